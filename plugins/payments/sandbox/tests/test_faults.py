"""Every way in which the simulator misbehaves, as the provider meets it over real sockets."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from entrepot.sdk import (
    CaptureRequest,
    Money,
    Outcome,
    PaymentRequest,
    ProviderUnavailable,
    RefundRequest,
)
from entrepot_payment_sandbox.provider import Sandbox

Order = Callable[..., PaymentRequest]
FAULTS = {"faults": "1"}


def outcomes(webhooks: list[Any], read: Any) -> list[Outcome]:
    return [read(webhook).result.outcome for webhook in webhooks]


@pytest.fixture
def authorized(simulator: Any, cautious: Sandbox, order: Order) -> str:
    """The reference of a payment whose money is reserved."""
    started = cautious.start(order())
    simulator.press(started.redirect_url, "authorize")
    return started.reference


@pytest.mark.covers("G7", "S2.14")
def test_duplicate_webhooks_carry_the_same_event_id(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any
) -> None:
    simulator.press(provider.start(order()).redirect_url, "pay", fault_duplicate="3", **FAULTS)

    ids = [read(webhook).id for webhook in shop.webhooks(6)]
    assert ids[0] == ids[1] == ids[2] != ids[3] == ids[4] == ids[5]


def test_reordered_webhooks_tell_the_later_state_first(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any
) -> None:
    simulator.press(provider.start(order()).redirect_url, "pay", fault_reorder="on", **FAULTS)

    assert outcomes(shop.webhooks(2), read) == [Outcome.CAPTURED, Outcome.AUTHORIZED]


def test_lost_webhooks_leave_the_truth_to_fetch(simulator: Any, shop: Any, provider: Sandbox, order: Order) -> None:
    started = provider.start(order())
    simulator.press(started.redirect_url, "pay", fault_lost="on", **FAULTS)

    assert {each["status"] for each in simulator.deliveries(started.reference)} == {"lost"}
    assert shop.received == []
    assert provider.fetch(started.reference).outcome is Outcome.CAPTURED


@pytest.mark.parametrize("fault", [{"fault_hold": "on"}, {"fault_late": "3600"}])
def test_late_webhooks_wait_until_they_are_released(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any, fault: dict[str, str]
) -> None:
    started = provider.start(order())
    simulator.press(started.redirect_url, "pay", **fault, **FAULTS)
    assert shop.received == []

    simulator.control("/release", payment=started.reference)
    assert outcomes(shop.webhooks(2), read) == [Outcome.AUTHORIZED, Outcome.CAPTURED]


def test_webhooks_before_return_are_there_when_the_browser_is(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any
) -> None:
    simulator.press(provider.start(order()).redirect_url, "pay", fault_before_return="on", **FAULTS)

    assert outcomes(shop.received, read) == [Outcome.AUTHORIZED, Outcome.CAPTURED]


@pytest.mark.covers("S2.13")
@pytest.mark.parametrize(("lie", "told"), [("amount", Money(199, "EUR")), ("currency", Money(1990, "USD"))])
def test_lying_service_is_quoted_as_it_speaks(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any, lie: str, told: Money
) -> None:
    started = provider.start(order())
    simulator.press(started.redirect_url, "pay", fault_lying_amount=lie, **FAULTS)

    assert started.amount == Money(1990, "EUR")
    assert provider.fetch(started.reference).amount == told
    assert read(shop.webhooks(2)[1]).result.amount == told


@pytest.mark.covers("G7")
def test_timeout_after_capture_is_uncertain_and_captured_once(
    simulator: Any, cautious: Sandbox, authorized: str
) -> None:
    simulator.control(faults={"timeout_after_capture": 1}, payment=authorized)
    capture = CaptureRequest(authorized, Money(1990, "EUR"), f"capture-{authorized}")

    with pytest.raises(ProviderUnavailable) as silent:
        cautious.capture(capture)
    assert silent.value.uncertain
    assert cautious.fetch(authorized).outcome is Outcome.CAPTURED
    assert cautious.capture(capture).amount == Money(1990, "EUR")
    kinds = [each["type"] for each in simulator.deliveries(authorized)]
    assert kinds == ["payment.authorized", "payment.captured"]


def test_timeout_after_refund_gives_the_money_back_once(simulator: Any, cautious: Sandbox, authorized: str) -> None:
    cautious.capture(CaptureRequest(authorized, Money(1990, "EUR"), f"capture-{authorized}"))
    simulator.control(faults={"timeout_after_capture": 1}, payment=authorized)
    request = RefundRequest(authorized, Money(1990, "EUR"), f"refund-{authorized}", Money(1990, "EUR"))

    with pytest.raises(ProviderUnavailable):
        cautious.refund(request)
    assert cautious.refund(request).outcome is Outcome.CAPTURED
    assert [each["type"] for each in simulator.deliveries(authorized)].count("refund.succeeded") == 1


def test_errors_of_the_service_happen_as_often_as_asked(simulator: Any, provider: Sandbox) -> None:
    simulator.control(faults={"error_500": 2})

    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            provider.check()
    provider.check()


def test_garbage_after_a_write_is_uncertain(simulator: Any, provider: Sandbox, order: Order) -> None:
    simulator.control(faults={"garbage": 1})
    request = order()

    with pytest.raises(ProviderUnavailable) as nonsense:
        provider.start(request)
    assert nonsense.value.uncertain
    assert provider.start(request).outcome is Outcome.PENDING


def test_garbage_after_a_read_is_not_uncertain(simulator: Any, provider: Sandbox) -> None:
    simulator.control(faults={"garbage": True})

    for _ in range(2):
        with pytest.raises(ProviderUnavailable) as nonsense:
            provider.check()
        assert not nonsense.value.uncertain


def test_slow_answers_are_held_back(simulator: Any, provider: Sandbox) -> None:
    simulator.control(faults={"slow": 30})
    before = time.monotonic()
    provider.check()

    assert time.monotonic() - before >= 0.03
    assert simulator.get("/control").json == {"faults": {"slow": 30}}


def test_declining_bank_declines_whatever_is_pressed(simulator: Any, provider: Sandbox, order: Order) -> None:
    started = provider.start(order())
    simulator.press(started.redirect_url, "pay", fault_decline="on", **FAULTS)

    assert provider.fetch(started.reference).outcome is Outcome.DECLINED


def test_amounts_switch_faults_on(simulator: Any, provider: Sandbox, order: Order) -> None:
    declined = provider.start(order(Money(990001, "JPY")))
    simulator.press(declined.redirect_url, "pay")

    assert provider.fetch(declined.reference).outcome is Outcome.DECLINED
    with pytest.raises(ProviderUnavailable):
        provider.start(order(Money(990011, "EUR")))
    with pytest.raises(ProviderUnavailable):
        provider.start(order(Money(990012, "EUR")))


def test_header_switches_faults_on_for_one_payment(simulator: Any, provider: Sandbox) -> None:
    body = {"amount": 1, "currency": "EUR", "reference": "1", "return_url": "http://127.0.0.1:9/"}
    headers = provider._auth() | {"Sandbox-Fault": "decline; duplicate=2"}
    made = provider.ctx.http.post(provider._url("payments"), headers=headers, json=body).json()
    simulator.press(made["checkout_url"], "pay")

    assert provider.fetch(made["id"]).outcome is Outcome.DECLINED


def test_unwilling_shop_is_asked_again_with_the_same_event(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any
) -> None:
    shop.answers = [500, 503]
    simulator.press(provider.start(order()).redirect_url, "cancel")

    assert len({read(webhook).id for webhook in shop.webhooks(3)}) == 1


def test_repetitions_end_after_six_attempts(simulator: Any, shop: Any, provider: Sandbox, order: Order) -> None:
    shop.answers = [500] * 6
    started = provider.start(order())
    simulator.press(started.redirect_url, "cancel")
    shop.webhooks(6)
    other = provider.start(order())  # the courier sends in order: its webhook comes after the last repetition
    simulator.press(other.redirect_url, "cancel")
    shop.webhooks(7)

    (delivery,) = simulator.deliveries(started.reference)
    assert (delivery["status"], delivery["attempts"], delivery["answer"]) == ("failed", 6, "500")


@pytest.mark.parametrize("wishes", [{"faults": {"unknown": 1}}, {"faults": []}, {"webhook_secrets": []}])
def test_control_refuses_what_it_does_not_know(simulator: Any, wishes: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="invalid"):
        simulator.control(**wishes)
