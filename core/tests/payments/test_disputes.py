"""Disputes: told by webhooks, payouts and staff in any order, booked once, shown to a person while they are open."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.inventory import stock
from entrepot.inventory.queries import warehouses
from entrepot.kernel.money import Money
from entrepot.ledger import disputes as booked
from entrepot.ledger import payouts
from entrepot.ledger.service import order_postings
from entrepot.orders import queries as orders
from entrepot.orders.attention import why_waiting
from entrepot.orders.detail import order_detail
from entrepot.payments import disputes, inbox, refunds
from entrepot.payments import queries as payments
from entrepot.payments.errors import RefundTooLarge
from entrepot.sdk.payments import DisputeNews, DisputeState, Outcome, RefundResult, Settlement, SettlementKind
from entrepot.sdk.payments import SettlementLine as Line
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader, release_reader, unit_of_work
from entrepot.testkit.providers import dispute_webhook, webhook
from entrepot.testkit.samples import NOON
from entrepot.testkit.small_shop import SmallShop

OPENED, WON, LOST = DisputeState.OPENED, DisputeState.WON, DisputeState.LOST
DUE = NOON + timedelta(days=7)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def attempt_of(number: str) -> payments.AttemptView:
    release_reader()
    return payments.attempts(orders.id_of(number))[0]


def tell(
    shop: SmallShop,
    number: str,
    state: DisputeState,
    *,
    minor: int = 1000,
    fee: int | None = None,
    reference: str = "dp-1",
    at: datetime = NOON,
    id: str = "",
) -> inbox.Received:
    attempt = attempt_of(number)
    news = DisputeNews(state, reference, eur(minor), None if fee is None else eur(fee), "Not received", DUE)
    event = id or f"evt-{reference}-{state}-{at:%M%S}"
    body, headers = dispute_webhook(event, attempt.reference, news, paid=attempt.amount, at=at)
    return inbox.handle_webhook(shop.runtime, attempt.account_id, body, headers)


def balance(number: str) -> dict[str, int]:
    release_reader()
    sums: dict[str, int] = {}
    for _, _, account, amount in order_postings(reader(), orders.id_of(number)):
        sums[account] = sums.get(account, 0) + amount.minor
    return {account: minor for account, minor in sums.items() if minor}


def settle(shop: SmallShop, number: str, *lines: tuple[SettlementKind, int, int], name: str = "po-1") -> str:
    attempt = attempt_of(number)
    made = tuple(
        Line(f"{name}-{at}", kind, attempt.reference, eur(gross), eur(fee))
        for at, (kind, gross, fee) in enumerate(lines)
    )
    paid = eur(sum(line.net.minor for line in made))
    payout = Settlement(name, paid, NOON, made)
    return payouts.take_in(shop.runtime, attempt.account_id, [payout], source="t.csv", actor="t").payouts[0]


def facts(kind: str) -> int:
    return reader().query(FactRow).filter_by(kind=kind).count()


@pytest.mark.databases
@pytest.mark.covers("G5", "S1.35", "S1.36")
def test_an_opened_dispute_is_booked_and_waits_for_a_person_until_the_provider_gives_its_verdict(
    shop: SmallShop,
) -> None:
    number = shop.paid().number
    assert tell(shop, number, OPENED, fee=1500).applied == 1
    found = balance(number)
    assert (found["disputes"], found["fees"]) == (1000, 1500)
    assert "disputes EUR 10.00 (dp-1): Not received. Answer at the provider until 2026" in why_waiting(number)
    assert (attempt_of(number).disputed, facts("dispute_opened")) == (eur(1000), 1)
    tell(shop, number, WON, fee=0, at=NOON + timedelta(days=2))
    assert not {"disputes", "dispute_losses", "fees"} & set(balance(number))
    assert (why_waiting(number), attempt_of(number).disputed, facts("dispute_won")) == ("", None, 1)
    kinds = [entry.kind for entry in order_detail(shop.runtime, number).timeline]
    assert {"dispute_opened", "dispute_won"} <= set(kinds)


@pytest.mark.databases
@pytest.mark.covers("G5")
def test_a_lost_dispute_is_a_loss_and_a_repeated_webhook_has_no_second_effect(shop: SmallShop) -> None:
    number = shop.paid().number
    assert tell(shop, number, OPENED, id="evt").applied == 1
    assert tell(shop, number, OPENED, id="evt").repeated == 1
    tell(shop, number, OPENED, id="evt-again")
    for minutes in (3, 4):
        tell(shop, number, LOST, at=NOON + timedelta(minutes=minutes))
    assert (balance(number)["dispute_losses"], "disputes" in balance(number)) == (1000, False)
    assert (facts("dispute_opened"), facts("dispute_lost"), why_waiting(number)) == (1, 1, "")


@pytest.mark.covers("G5")
def test_what_the_bank_took_cannot_be_refunded_too(shop: SmallShop) -> None:
    number = shop.paid().number
    attempt = attempt_of(number)
    tell(shop, number, OPENED, minor=attempt.captured.minor - 300)
    with pytest.raises(RefundTooLarge):
        refunds.refund(shop.runtime, attempt.id, amount=eur(301), reason="", actor="t", idempotency_key="a")
    refunds.refund(shop.runtime, attempt.id, amount=eur(300), reason="", actor="t", idempotency_key="b")
    assert attempt_of(number).refundable.is_zero


def test_a_refund_made_before_the_dispute_is_named_in_the_mark(shop: SmallShop) -> None:
    number = shop.paid().number
    attempt = attempt_of(number)
    refunds.refund(shop.runtime, attempt.id, amount=eur(300), reason="", actor="t", idempotency_key="b")
    tell(shop, number, OPENED)
    assert "EUR 3.00 of the payment was given back before" in why_waiting(number)


def test_a_dispute_in_another_currency_is_not_booked_and_shown(shop: SmallShop) -> None:
    number = shop.paid().number
    attempt = attempt_of(number)
    news = DisputeNews(OPENED, "dp-9", Money(500, "USD"))
    body, headers = dispute_webhook("evt", attempt.reference, news, paid=attempt.amount)
    inbox.handle_webhook(shop.runtime, attempt.account_id, body, headers)
    assert "USD 5.00 (dp-9)" in attempt_of(number).attention
    assert "disputes" not in balance(number)


def test_a_dispute_before_the_news_of_the_capture_pays_the_order_first(shop: SmallShop) -> None:
    number = shop.place().number
    tell(shop, number, OPENED)
    assert orders.order_view(number=number).payment_state == "paid"
    assert balance(number)["disputes"] == 1000


@pytest.mark.covers("G5")
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_two_verdicts_the_later_one_holds_whatever_comes_first(shop: SmallShop, order: tuple[int, ...]) -> None:
    number = shop.paid().number
    news = [(OPENED, 1500, NOON), (LOST, None, NOON + timedelta(days=3)), (WON, 0, NOON + timedelta(days=9))]
    for each in order:
        state, fee, at = news[each]
        tell(shop, number, state, fee=fee, at=at)
    assert not {"disputes", "dispute_losses", "fees"} & set(balance(number))
    assert [each.state for each in disputes.of_order(orders.id_of(number))] == ["won"]


@pytest.mark.databases
@pytest.mark.covers("G5", "G6")
@pytest.mark.parametrize("first", ["news", "payout"])
def test_a_payout_and_the_news_of_one_dispute_are_booked_once(shop: SmallShop, first: str) -> None:
    number = shop.paid().number
    before = balance(number).get("psp", 0)
    if first == "news":
        tell(shop, number, OPENED, fee=1500)
    settle(shop, number, (SettlementKind.DISPUTE, -1000, 1500))
    if first == "payout":
        assert disputes.of_order(orders.id_of(number))[0].reference == ""
        tell(shop, number, OPENED)
    found = balance(number)
    assert (found["disputes"], found["fees"], found.get("psp", 0), found["payout"]) == (1000, 1500, before, -2500)
    assert [each.reference for each in disputes.of_order(orders.id_of(number))] == ["dp-1"]
    settle(shop, number, (SettlementKind.DISPUTE, 1000, -1500), name="po-2")
    tell(shop, number, WON, at=NOON + timedelta(days=1), fee=0 if first == "news" else None)
    assert not {"disputes", "payout", "dispute_losses"} & set(balance(number))
    assert facts("dispute_won") == 1


def test_a_dispute_that_gets_its_name_still_waits_for_a_person(shop: SmallShop) -> None:
    number = shop.paid().number
    settle(shop, number, (SettlementKind.DISPUTE, -1000, 0))
    assert "seen in a payout" in why_waiting(number)
    tell(shop, number, OPENED)
    assert "(dp-1)" in why_waiting(number)
    assert "seen in a payout" not in why_waiting(number)


def test_a_payout_that_gives_back_what_nobody_disputed_stays_open(shop: SmallShop) -> None:
    number = shop.paid().number
    settle(shop, number, (SettlementKind.DISPUTE, 700, 0))
    assert "payout" not in balance(number)


@pytest.mark.covers("G5")
def test_staff_write_a_dispute_off_and_the_providers_later_victory_takes_it_back(shop: SmallShop) -> None:
    number = shop.paid().number
    tell(shop, number, OPENED)
    order_id = orders.id_of(number)
    assert booked.write_off(shop.runtime, order_id=order_id, order_number=number, actor="staff:anna") == [eur(1000)]
    assert (balance(number)["dispute_losses"], why_waiting(number)) == (1000, "")
    tell(shop, number, WON, at=NOON - timedelta(days=1))
    assert "dispute_losses" not in balance(number)


#: (what, amount or dispute, when): everything that can be said of one payment, in any order and repeated.
NEWS = st.lists(
    st.tuples(
        st.sampled_from(["opened", "won", "lost", "refund", "seen", "taken", "returned", "write_off"]),
        st.integers(1, 3),
        st.integers(0, 5),
    ),
    max_size=14,
)


@pytest.mark.databases
@pytest.mark.covers("G5", "S1.39", "S2.15")
def test_any_order_of_disputes_refunds_and_payouts_ends_with_the_ledger_at_zero(shop: SmallShop) -> None:
    numbers = iter(range(1_000_000))
    plenty(shop)

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(NEWS)
    def run(sequence: list[tuple[str, int, int]]) -> None:
        number = shop.paid().number
        for what, which, when in sequence:
            happen(shop, number, what, which, when, f"{next(numbers)}")
            agrees(number)

    run()


def plenty(shop: SmallShop) -> None:
    [hamburg] = [each.id for each in warehouses() if each.code == "hamburg"]
    with unit_of_work() as session:
        place = {"variant_id": shop.mug, "warehouse_id": hamburg}
        stock.set_on_hand(session, **place, on_hand=100_000, reference="t", actor="t", at=shop.clock.now())


def happen(shop: SmallShop, number: str, what: str, which: int, when: int, key: str) -> None:
    minor = which * 400
    attempt = attempt_of(number)
    if what in ("opened", "won", "lost"):
        at = NOON + timedelta(minutes=when)
        fee = None if what == "opened" else 0
        tell(shop, number, DisputeState(what), minor=minor, fee=fee, reference=f"dp-{which}", at=at, id=key)
    elif what == "refund":
        amount = min(attempt.refundable, eur(minor))
        if amount.minor:
            refunds.refund(shop.runtime, attempt.id, amount=amount, reason="", actor="t", idempotency_key=key)
    elif what == "seen":
        news = RefundResult(Outcome.CAPTURED, f"seen-{which}", eur(minor))
        body, headers = webhook(key, attempt.reference, Outcome.CAPTURED, attempt.amount, refund=news)
        inbox.handle_webhook(shop.runtime, attempt.account_id, body, headers)
    elif what == "write_off":
        booked.write_off(shop.runtime, order_id=orders.id_of(number), order_number=number, actor="t")
    else:
        settle(shop, number, (SettlementKind.DISPUTE, -minor if what == "taken" else minor, which), name=key)


def agrees(number: str) -> None:
    found = balance(number)
    attempt = attempt_of(number)
    known = disputes.of_order(orders.id_of(number))
    assert sum(found.values()) == 0
    assert found.get("disputes", 0) == sum(each.amount.minor for each in known if each.state == "opened")
    assert found.get("dispute_losses", 0) == sum(each.amount.minor for each in known if each.state == "lost")
    withheld = eur(sum(each.amount.minor for each in known if each.state != "won"))
    assert (attempt.disputed or eur(0)) == withheld
    assert bool(why_waiting(number)) == any(each.state == "opened" for each in known)
    assert len({each.reference for each in known if each.reference}) == len([1 for each in known if each.reference])
    assert attempt.refunded <= attempt.captured
