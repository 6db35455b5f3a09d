"""Returns from the request to the money: windows, withdrawal, inspection, one plan that drives everything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from entrepot.documents import series
from entrepot.documents.queries import document_of, documents_of
from entrepot.inventory.models import StockMovement
from entrepot.inventory.queries import available
from entrepot.kernel.money import Money
from entrepot.ledger.models import LedgerPosting
from entrepot.ledger.service import order_postings
from entrepot.markets.service import change_store
from entrepot.orders import fulfilment, queries
from entrepot.orders.detail import order_detail
from entrepot.payments import refunds
from entrepot.returns import service, settling
from entrepot.returns.errors import NothingChosen, ReturnError, TooLate, TooMany
from entrepot.returns.queries import offer, return_list, return_state, return_view
from entrepot.returns.settling import Decision, Decisions, PlanChanged
from entrepot.sdk.errors import ProviderUnavailable
from entrepot.sdk.payments import Outcome, RefundResult
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader
from entrepot.testkit.providers import BANK
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases
ANNA = "staff:anna"


def delivered(shop: SmallShop, quantity: int = 3) -> str:
    """An order of mugs at 19.90, paid and delivered."""
    return sent_and_delivered(shop, shop.paid(quantity=quantity).number)


def sent_and_delivered(shop: SmallShop, number: str) -> str:
    """The order, after its first parcel has arrived."""
    part = order_detail(shop.runtime, number).fulfilments[0]
    parcel = fulfilment.ship(
        shop.runtime,
        number,
        fulfilment_id=part.id,
        tracking_number="T1",
        carrier="Post",
        actor=ANNA,
        idempotency_key="parcel",
    )
    fulfilment.deliver(shop.runtime, parcel, actor=ANNA)
    return number


def line_of(number: str) -> str:
    return queries.order_view(number=number).lines[0].id


def ask(shop: SmallShop, number: str, pieces: int = 1, *, key: str = "ask", withdrawal: bool = False) -> str:
    wanted = service.Request({line_of(number): pieces}, "Too small", withdrawal, key)
    return service.request(shop.runtime, number, wanted, actor="buyer")


def arrived(shop: SmallShop, number: str, pieces: int = 1, *, key: str = "ask", withdrawal: bool = False) -> str:
    found = ask(shop, number, pieces, key=key, withdrawal=withdrawal)
    service.approve(shop.runtime, found, actor=ANNA)
    service.receive(shop.runtime, found, actor=ANNA)
    return found


def decide(number: str, resolution: str = "refund", grade: str = "sellable", **terms: object) -> Decisions:
    lines: Mapping[str, Decision] = {line_of(number): Decision(resolution, grade)}
    return Decisions(lines, **terms)  # type: ignore[arg-type]


def settle(shop: SmallShop, found: str, decisions: Decisions) -> Money:
    expected = settling.preview(shop.runtime, found, decisions).refund
    settling.settle(shop.runtime, found, decisions, expected=expected, actor=ANNA)
    return expected


def balances(number: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for _at, _kind, account, amount in order_postings(reader(), queries.id_of(number)):
        sums[account] = sums.get(account, 0) + amount.minor
    return sums


def kinds() -> list[str]:
    return [row.kind for row in reader().query(FactRow).order_by(FactRow.seq)]


@pytest.mark.covers("S1.49", "S1.50", "S2.15", "S2.17", "G18")
def test_a_return_drives_refund_credit_note_stock_and_ledger(shop: SmallShop) -> None:
    number = delivered(shop)
    before = available([shop.mug])[shop.mug]
    found = arrived(shop, number, 2)
    given = settle(shop, found, decide(number))
    order = queries.order_view(number=number)
    assert order.refunded == given == Money(3980, "EUR")
    assert available([shop.mug])[shop.mug] == before + 2
    invoice, note = documents_of(queries.id_of(number))
    assert (note.kind, note.total, invoice.total) == ("credit_note", given, order.total)
    assert document_of(number, note.number).content.refers_to == invoice.number
    assert sum(balances(number).values()) == 0
    assert balances(number)["refunds"] == 0
    assert return_view(found).state == "settled"
    assert return_state(number) == "partially_settled"
    assert [kind for kind in kinds() if kind.startswith("return")] == [
        "return_requested", "return_approved", "return_received", "return_settled"
    ]  # fmt: skip
    assert series.gaps() == []


@pytest.mark.covers("G18")
def test_settling_again_gives_nothing_twice(shop: SmallShop) -> None:
    number = delivered(shop)
    found = arrived(shop, number)
    given = settle(shop, found, decide(number))
    settling.settle(shop.runtime, found, decide(number), expected=given, actor=ANNA)
    settling.finish(shop.runtime, found, actor=ANNA)
    assert queries.order_view(number=number).refunded == given
    assert len(documents_of(queries.id_of(number))) == 2
    assert kinds().count("return_settled") == 1


def test_returning_everything_in_parts_with_delivery_gives_back_everything(shop: SmallShop) -> None:
    number = delivered(shop)
    for key in "abc":
        settle(shop, arrived(shop, number, key=key), decide(number, shipping=True))
    order = queries.order_view(number=number)
    assert (order.refunded, order.payment_state) == (order.total, "refunded")
    assert return_state(number) == "settled"
    sums = balances(number)
    assert {sums["revenue"], sums["shipping"], sums["tax"], sums["refunds"]} == {0}


@pytest.mark.covers("S1.49")
def test_what_was_refunded_by_hand_is_not_given_back_again(shop: SmallShop) -> None:
    placed_number = delivered(shop, 1)
    order = order_detail(shop.runtime, placed_number)
    by_hand = order.order.total - Money(700, "EUR")
    refunds.refund(
        shop.runtime, order.attempts[0].id, amount=by_hand, reason="Late", actor=ANNA, idempotency_key="by-hand"
    )
    given = settle(shop, arrived(shop, placed_number), decide(placed_number))
    assert given == Money(700, "EUR")
    assert sum(balances(placed_number).values()) == 0


@pytest.mark.covers("S1.49")
def test_a_late_request_is_refused_with_the_rule(shop: SmallShop) -> None:
    change_store(settings={"returns": {"days": 30, "markets": {"eu": {"days": 20}}}})
    number = delivered(shop)
    shop.clock.move(timedelta(days=20))
    assert offer(number, shop.clock.now()).may_return
    shop.clock.move(timedelta(seconds=1))
    assert not offer(number, shop.clock.now()).may_return
    with pytest.raises(TooLate, match="within 20 days of delivery"):
        ask(shop, number)


@pytest.mark.covers("S1.49")
def test_a_withdrawal_needs_no_approval_and_bears_no_fee(shop: SmallShop) -> None:
    number = delivered(shop, 1)
    found = ask(shop, number, withdrawal=True)
    assert return_view(found).state == "approved"
    with pytest.raises(ReturnError, match="buyer's right"):
        service.decline(shop.runtime, found, answer="No", actor=ANNA)
    service.receive(shop.runtime, found, actor=ANNA)
    given = settle(shop, found, decide(number, fee_percent=Decimal(50)))
    assert given == queries.order_view(number=number).total


@pytest.mark.covers("S1.49")
def test_a_withdrawal_ends_fourteen_days_after_delivery(shop: SmallShop) -> None:
    number = delivered(shop)
    shop.clock.move(timedelta(days=14, seconds=1))
    with pytest.raises(TooLate, match="within 14 days"):
        ask(shop, number, withdrawal=True)
    assert ask(shop, number)


def test_a_fee_is_kept_and_booked(shop: SmallShop) -> None:
    change_store(settings={"returns": {"fee_percent": 10}})
    number = delivered(shop)
    given = settle(shop, arrived(shop, number), decide(number, fee_percent=Decimal(10)))
    assert given == Money(1791, "EUR")
    assert sum(balances(number).values()) == 0
    assert balances(number)["restocking"] < 0


@pytest.mark.covers("S1.50")
@pytest.mark.parametrize("grade", ["used", "damaged"])
def test_what_cannot_be_sold_again_does_not_reach_the_shelf(shop: SmallShop, grade: str) -> None:
    number = delivered(shop)
    before = available([shop.mug])[shop.mug]
    settle(shop, arrived(shop, number), decide(number, grade=grade))
    assert available([shop.mug])[shop.mug] == before
    moved = select(StockMovement.kind, func.sum(StockMovement.quantity)).group_by(StockMovement.kind)
    assert {kind: int(sum_) for kind, sum_ in reader().execute(moved)}.items() >= {("returned", 1), ("damaged", -1)}


@pytest.mark.covers("S1.50")
@pytest.mark.parametrize("resolution", ["repair", "reject"])
def test_what_goes_back_to_the_buyer_moves_neither_money_nor_stock(shop: SmallShop, resolution: str) -> None:
    number = delivered(shop)
    before = available([shop.mug])[shop.mug]
    assert settle(shop, arrived(shop, number), decide(number, resolution)).is_zero
    assert available([shop.mug])[shop.mug] == before
    assert queries.order_view(number=number).refunded.is_zero
    assert documents_of(queries.id_of(number)) == ()


def test_no_piece_comes_back_twice(shop: SmallShop) -> None:
    number = delivered(shop)
    assert ask(shop, number, 2) == ask(shop, number, 2)
    with pytest.raises(TooMany, match="1 can be sent back"):
        ask(shop, number, 2, key="other")
    with pytest.raises(NothingChosen):
        ask(shop, number, 0, key="none")


def test_a_declined_request_frees_its_pieces_and_says_why(shop: SmallShop) -> None:
    number = delivered(shop)
    found = ask(shop, number, 3)
    service.decline(shop.runtime, found, answer="Worn", actor=ANNA)
    assert (return_view(found).state, return_view(found).answer) == ("declined", "Worn")
    assert ask(shop, number, 3, key="again") == f"{number}-R2"
    assert [row.number for row in return_list()] == [f"{number}-R2"]


def test_what_has_not_left_does_not_come_back(shop: SmallShop) -> None:
    number = shop.paid().number
    with pytest.raises(TooMany):
        ask(shop, number)


def test_steps_out_of_turn_are_refused(shop: SmallShop) -> None:
    number = delivered(shop)
    found = ask(shop, number)
    with pytest.raises(ReturnError, match="is requested"):
        service.receive(shop.runtime, found, actor=ANNA)
    with pytest.raises(ReturnError, match="Mark it as received"):
        settling.settle(shop.runtime, found, decide(number), expected=Money(1990, "EUR"), actor=ANNA)


@pytest.mark.covers("G18")
def test_a_plan_that_changed_meanwhile_is_not_carried_out(shop: SmallShop) -> None:
    number = delivered(shop)
    found = arrived(shop, number)
    with pytest.raises(PlanChanged, match=r"19\.90"):
        settling.settle(shop.runtime, found, decide(number), expected=Money(1, "EUR"), actor=ANNA)
    assert return_view(found).state == "received"


def test_a_provider_that_does_not_answer_is_followed_up(shop: SmallShop) -> None:
    number = delivered(shop)
    BANK.refund = ProviderUnavailable("down")
    settle(shop, arrived(shop, number), decide(number))
    [row] = order_detail(shop.runtime, number).refunds
    assert row.state == "unknown"
    refunds.apply(shop.runtime, row.id, RefundResult(Outcome.CAPTURED, "r", row.amount), actor="system")
    assert sum(balances(number).values()) == 0
    assert balances(number)["refunds"] == 0


def test_money_that_a_provider_declines_to_return_goes_another_way(shop: SmallShop) -> None:
    number = delivered(shop)
    found = arrived(shop, number)
    expected = settling.preview(shop.runtime, found, decide(number)).refund
    BANK.refund = Outcome.DECLINED
    settling.settle(shop.runtime, found, decide(number), expected=expected, actor=ANNA)
    assert (return_view(found).state, "declined" in return_view(found).attention) == ("settling", True)
    settling.finish(shop.runtime, found, actor=ANNA, otherwise="Bank transfer")
    assert return_view(found).state == "settled"
    assert balances(number)["refunds"] == 0
    assert reader().scalar(select(func.sum(LedgerPosting.amount))) == 0
