"""Money that comes too late: the order is taken up again, the money is given back, or a person decides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entrepot.checkout.service import PlacedOrder
from entrepot.inventory import reservations, stock
from entrepot.inventory.allocation import OutOfStock
from entrepot.inventory.queries import available
from entrepot.ledger.service import order_postings
from entrepot.markets.service import change_store
from entrepot.orders import attention, late, queries
from entrepot.orders.detail import order_detail
from entrepot.orders.errors import NotAllowed
from entrepot.orders.models import OrderLine
from entrepot.orders.service import cancel, cancel_unpaid
from entrepot.payments import polling, service
from entrepot.payments import queries as payments
from entrepot.sdk.errors import ProviderUnavailable
from entrepot.sdk.payments import Outcome, PaymentRequest, PaymentResult
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader, unit_of_work
from entrepot.testkit.providers import BANK, ScriptedPayment
from entrepot.testkit.small_shop import SmallShop

pytestmark = [pytest.mark.databases, pytest.mark.covers("S2.14")]


def lapsed(shop: SmallShop, quantity: int = 1) -> PlacedOrder:
    """An order that was not paid in time."""
    placed = shop.place(quantity=quantity)
    shop.clock.move(timedelta(hours=2))
    assert cancel_unpaid(shop.runtime) == 1
    return placed


def pay(shop: SmallShop, placed: PlacedOrder, outcome: Outcome = Outcome.CAPTURED) -> None:
    assert placed.payment is not None
    news = PaymentResult(outcome, placed.payment.reference, placed.payment.amount)
    service.apply(shop.runtime, placed.payment.id, news, actor="payment:Scripted")


def order_of(placed: PlacedOrder) -> tuple[str, str]:
    view = queries.order_view(number=placed.number)
    assert view is not None
    return view.status, view.payment_state


def balance(placed: PlacedOrder) -> dict[str, int]:
    sums: dict[str, int] = {}
    for _, _, account, amount in order_postings(reader(), queries.id_of(placed.number) or 0):
        sums[account] = sums.get(account, 0) + amount.minor
    return {account: minor for account, minor in sums.items() if minor}


def facts(kind: str) -> int:
    return reader().query(FactRow).filter_by(kind=kind).count()


@pytest.mark.parametrize("outcome", [Outcome.CAPTURED, Outcome.AUTHORIZED])
def test_an_order_is_taken_up_again_where_its_goods_are_there(shop: SmallShop, outcome: Outcome) -> None:
    placed = lapsed(shop, quantity=2)
    pay(shop, placed, outcome)
    state = "paid" if outcome is Outcome.CAPTURED else "authorized"
    assert order_of(placed) == ("to_ship", state)
    assert available([shop.mug])[shop.mug] == 13
    assert {"cancelled", "receivable"}.isdisjoint(balance(placed)) or outcome is Outcome.AUTHORIZED
    assert (facts("order_reinstated"), facts("payment_came_late")) == (1, 0)
    kinds = [entry.kind for entry in order_detail(shop.runtime, placed.number).timeline]
    assert "paid_late" in kinds and "taken_up_again" in kinds


def test_goods_that_were_sold_meanwhile_wait_for_a_person(shop: SmallShop) -> None:
    placed = lapsed(shop, quantity=2)
    shop.paid(key="other", quantity=14)
    pay(shop, placed)
    assert order_of(placed) == ("cancelled", "paid_late")
    assert "Take the order up again" in payments.needing_attention()[0][1]
    with pytest.raises(OutOfStock):
        late.take_up(shop.runtime, placed.number, actor="staff:anna")
    assert order_of(placed) == ("cancelled", "paid_late")
    with unit_of_work() as session:
        stock.set_on_hand(
            session, variant_id=shop.mug, warehouse_id=1, on_hand=30, reference="x", actor="test", at=shop.clock.now()
        )
    late.take_up(shop.runtime, placed.number, actor="staff:anna")
    assert order_of(placed) == ("to_ship", "paid")
    assert payments.needing_attention() == []
    with pytest.raises(NotAllowed):
        late.take_up(shop.runtime, placed.number, actor="staff:anna")


def test_the_store_may_give_late_money_back_by_itself(shop: SmallShop) -> None:
    change_store(settings={"paid_late": "refund"})
    placed = lapsed(shop)
    pay(shop, placed)
    pay(shop, placed)
    assert order_of(placed) == ("cancelled", "paid_late")
    polling.poll_due(shop.runtime)
    assert order_of(placed) == ("cancelled", "refunded")
    assert payments.needing_attention() == []
    assert facts("payment_came_late") == 1
    assert sum(balance(placed).values()) == 0


def test_reserved_money_of_an_order_that_stays_cancelled_is_released(shop: SmallShop) -> None:
    change_store(settings={"paid_late": "take_up_or_refund"})
    placed = lapsed(shop, quantity=15)
    shop.paid(key="other")
    pay(shop, placed, Outcome.AUTHORIZED)
    polling.poll_due(shop.runtime)
    attempts = payments.attempts(queries.id_of(placed.number) or 0)
    assert [attempt.state for attempt in attempts] == ["cancelled"]
    assert order_of(placed)[0] == "cancelled"


def test_an_order_that_somebody_cancelled_is_not_taken_up_by_itself(shop: SmallShop) -> None:
    placed = shop.place(pay_by="by-hand")
    cancel(shop.runtime, placed.number, reason="Changed my mind", actor="buyer")
    assert placed.payment is not None
    service.confirm_manually(shop.runtime, placed.payment.id, received=placed.payment.amount, actor="staff:anna")
    assert order_of(placed) == ("cancelled", "paid_late")
    late.take_up(shop.runtime, placed.number, actor="staff:anna")
    assert order_of(placed) == ("to_ship", "paid")


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.AUTHORIZED])
def test_an_order_cancelled_while_its_payment_is_being_made_holds_no_money(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch, outcome: Outcome
) -> None:
    answer = ScriptedPayment.start

    def answers_after_the_cancellation(provider: ScriptedPayment, request: PaymentRequest) -> PaymentResult:
        cancel(shop.runtime, request.order_number, reason="Changed my mind", actor="buyer")
        return answer(provider, request)

    BANK.start = outcome
    monkeypatch.setattr(ScriptedPayment, "start", answers_after_the_cancellation)
    placed = shop.place()
    assert [payment.outcome for payment in BANK.payments.values()] == [Outcome.CANCELLED]
    assert [attempt.state for attempt in payments.attempts(queries.id_of(placed.number) or 0)] == ["cancelled"]


def test_the_poll_releases_what_could_not_be_released_when_the_order_was_cancelled(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    BANK.start = ProviderUnavailable("time-out", uncertain=True)
    placed = shop.place()
    cancel(shop.runtime, placed.number, reason="Changed my mind", actor="buyer")
    BANK.start = Outcome.PENDING
    shop.clock.move(timedelta(minutes=2))
    polling.poll_due(shop.runtime)
    assert [payment.outcome for payment in BANK.payments.values()] == [Outcome.CANCELLED]


def test_a_part_of_the_money_takes_nothing_up(shop: SmallShop) -> None:
    placed = shop.place(pay_by="by-hand")
    shop.clock.move(timedelta(days=30))
    cancel_unpaid(shop.runtime)
    assert placed.payment is not None
    half = type(placed.payment.amount)(placed.payment.amount.minor // 2, "EUR")
    service.confirm_manually(shop.runtime, placed.payment.id, received=half, actor="staff:anna")
    assert order_of(placed) == ("cancelled", "paid_late")


def holds_given_away(shop: SmallShop, placed: PlacedOrder, *, left: int) -> None:
    """The order still stands, but what it held has lapsed and was sold down to ``left`` pieces."""
    with unit_of_work() as session:
        ids = session.query(OrderLine.id).filter_by(order_id=queries.id_of(placed.number)).all()
        reservations.release(session, shop.runtime, order_line_ids=[row.id for row in ids])
    if left < 15:
        shop.paid(key="other", quantity=15 - left)


def test_stock_that_lapsed_is_allocated_again_with_the_money(shop: SmallShop) -> None:
    placed = shop.place(quantity=2)
    holds_given_away(shop, placed, left=15)
    pay(shop, placed)
    assert order_of(placed) == ("to_ship", "paid")
    assert available([shop.mug])[shop.mug] == 13


def test_stock_that_was_given_away_puts_the_order_before_a_person(shop: SmallShop) -> None:
    placed = shop.place(quantity=2)
    holds_given_away(shop, placed, left=1)
    pay(shop, placed)
    assert "given away" in attention.why_waiting(placed.number)
    with pytest.raises(OutOfStock):
        late.reallocate(shop.runtime, placed.number, actor="staff:anna")


def test_stock_that_was_given_away_gives_the_money_back_where_the_store_says_so(shop: SmallShop) -> None:
    change_store(settings={"paid_late": "take_up_or_refund"})
    placed = shop.place(quantity=2)
    holds_given_away(shop, placed, left=1)
    pay(shop, placed)
    polling.poll_due(shop.runtime)
    assert order_of(placed) == ("cancelled", "refunded")
