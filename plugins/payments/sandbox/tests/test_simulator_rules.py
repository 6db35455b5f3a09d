"""The pure half of the simulator: steps of a payment, fees, faults, deliveries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_payment_sandbox.simulator import payment as steps
from entrepot_payment_sandbox.simulator.faults import (
    ALWAYS,
    MAGIC_AMOUNTS,
    Faults,
    UnknownFault,
    normalised,
    read_fault_header,
    read_faults,
    spent,
)
from entrepot_payment_sandbox.simulator.loopback import NotLoopback, loopback_target
from entrepot_payment_sandbox.simulator.payment import Payment, Refund, Refused
from entrepot_payment_sandbox.simulator.qr import picture
from entrepot_payment_sandbox.simulator.storage import Delivery
from entrepot_payment_sandbox.simulator.webhooks import MAX_ATTEMPTS, after_attempt, planned

OPEN = Payment("pay_1", 1990, "EUR", "1000424", "http://shop.test/", "", 0)
TAKEN = steps.paid(OPEN)[-1]
STEPS = [
    steps.authorized,
    steps.captured,
    steps.processing,
    steps.declined,
    steps.cancelled,
    lambda payment: steps.refunded(payment, Refund("ref_1", 700)),
]


@pytest.mark.parametrize(
    ("currency", "fee"), [("EUR", 53), ("JPY", 28), ("KWD", 278)]
)  # 27.86 and 25, 0.25 or 250 minor units
def test_fee_is_a_share_and_a_fixed_part_rounded_once(currency: str, fee: int) -> None:
    assert replace(TAKEN, currency=currency).fee == fee
    assert replace(OPEN, currency=currency).fee is None


def test_paying_reserves_and_takes_or_only_reserves() -> None:
    assert [state.status for state in steps.paid(OPEN)] == ["authorized", "captured"]
    assert [state.status for state in steps.paid(replace(OPEN, capture_method="manual"))] == ["authorized"]


@given(st.lists(st.sampled_from(STEPS), max_size=12))
def test_no_order_of_steps_gives_back_more_than_was_taken(order: list[Any]) -> None:
    payment = OPEN
    for step in order:
        try:
            payment = step(payment)
        except Refused:
            continue
    assert 0 <= payment.refunded <= payment.captured <= payment.amount
    assert Payment.from_document(payment.document) == payment


def test_refund_above_the_rest_names_the_rest() -> None:
    with pytest.raises(Refused, match="between 1 and 1290"):
        steps.refunded(steps.refunded(TAKEN, Refund("ref_1", 700)), Refund("ref_2", 1291))


def test_switches_are_read_from_json_forms_and_headers() -> None:
    assert read_faults({"error_500": True, "late": "7", "decline": "on"}) == Faults(
        error_500=ALWAYS, late=7, decline=True
    )
    assert read_fault_header("decline; slow=500;") == {"decline": True, "slow": "500"}
    assert read_faults({"duplicate": 0, "slow": 10**9}) == Faults(duplicate=1, slow=30_000)
    assert read_faults({"lost": True}, Faults(decline=True)) == Faults(decline=True, lost=True)


@pytest.mark.parametrize("wrong", [{"fast": 1}, {"slow": "much"}, {"lying_amount": "name"}, {"late": [1]}])
def test_unknown_switch_or_value_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UnknownFault):
        read_faults(wrong)


def test_counters_run_out_unless_they_mean_always() -> None:
    assert spent({"garbage": 2}, "garbage") == {"garbage": 1}
    assert spent({"garbage": 0}, "garbage") == {"garbage": 0}
    assert spent({"garbage": ALWAYS}, "garbage") == {"garbage": ALWAYS}


def test_every_magic_amount_switches_something_on() -> None:
    assert all(read_faults(faults).switched_on == normalised(faults) for faults in MAGIC_AMOUNTS.values())


def event(number: int) -> dict[str, Any]:
    return {"id": f"evt_{number}", "type": "payment.captured", "data": {"payment": {"id": "pay_1"}}}


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        (Faults(), [("evt_1", "pending", 100), ("evt_2", "pending", 100)]),
        (Faults(reorder=True), [("evt_2", "pending", 100), ("evt_1", "pending", 100)]),
        (Faults(lost=True, late=5), [("evt_1", "lost", 105), ("evt_2", "lost", 105)]),
        (Faults(hold=True), [("evt_1", "held", 100), ("evt_2", "held", 100)]),
        (Faults(before_return=True, late=5), [("evt_1", "held", 100), ("evt_2", "held", 100)]),
    ],
)
def test_faults_decide_when_and_in_which_order_webhooks_go(faults: Faults, expected: list[Any]) -> None:
    deliveries = planned([event(1), event(2)], url="http://127.0.0.1/", faults=faults, now=100)

    assert [(each.event_id, each.status, each.due) for each in deliveries] == expected


def test_pauses_double_and_end() -> None:
    delivery = Delivery(1, "evt_1", "payment.captured", "pay_1", "http://127.0.0.1/", "{}", "sending", 0, 0, "")
    pauses = []
    while delivery.status != "failed":
        delivery = after_attempt(delivery, answer="500", now=0, first_pause_s=0.5)
        pauses.append(delivery.due)

    assert delivery.attempts == MAX_ATTEMPTS
    assert pauses[:5] == [0.5, 1, 2, 4, 8]


@pytest.mark.parametrize(("answer", "status"), [("204", "delivered"), ("302", "pending"), ("OSError: x", "pending")])
def test_only_2xx_counts_as_delivered(answer: str, status: str) -> None:
    delivery = Delivery(1, "evt_1", "payment.captured", "pay_1", "http://127.0.0.1/", "{}", "sending", 0, 0, "")

    assert after_attempt(delivery, answer=answer, now=0, first_pause_s=1).status == status


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:80/a", "http://127.8.9.1/", "http://[::1]:5000/", "http://localhost/"]
)
def test_this_machine_may_be_called(url: str) -> None:
    assert loopback_target(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "https://127.0.0.1/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://localhost.example/",
        "http://127.0.0.1@192.0.2.1/",
        "http://2130706433/",
        "http://[::ffff:192.0.2.1]/",
    ],
)
def test_no_other_machine_may_be_called(url: str) -> None:
    with pytest.raises(NotLoopback):
        loopback_target(url)


def test_picture_of_the_code_is_always_the_same() -> None:
    assert picture("pay_1") == picture("pay_1") != picture("pay_2")
