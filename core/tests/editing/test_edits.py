"""An order is edited after placement: one commit for lines, stock, ledger and money, or nothing at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrepot.checkout import carts
from entrepot.editing import service
from entrepot.editing.errors import DifferenceChanged, EditRefused, KeyReused, OrderChanged
from entrepot.editing.rules import Edit
from entrepot.editing.service import Agreed
from entrepot.inventory.allocation import OutOfStock
from entrepot.inventory.queries import available
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money, total
from entrepot.ledger.service import order_postings
from entrepot.orders import fulfilment, queries
from entrepot.orders.detail import AdminOrder, order_detail
from entrepot.orders.service import cancel
from entrepot.payments import queries as payments
from entrepot.payments import service as payment_service
from entrepot.sdk.errors import ProviderUnavailable
from entrepot.sdk.payments import Outcome
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader
from entrepot.testkit.providers import BANK
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases

MUG, BOWL = Money(1990, "EUR"), Money(2990, "EUR")


def detail(shop: SmallShop, number: str) -> AdminOrder:
    found = order_detail(shop.runtime, number)
    assert found is not None
    return found


def balance(number: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for _, _, account, amount in order_postings(reader(), queries.id_of(number) or 0):
        sums[account] = sums.get(account, 0) + amount.minor
    return {account: minor for account, minor in sums.items() if minor}


def first_line(shop: SmallShop, number: str) -> str:
    return detail(shop, number).order.lines[0].id


def edit(shop: SmallShop, number: str, wanted: Edit, *, key: str = "edit-1") -> service.Preview:
    """Preview, then agree to it."""
    seen = service.preview(shop.runtime, number, wanted)
    agreed = Agreed(seen.difference, seen.version, key)
    service.confirm(
        shop.runtime, number, wanted, agreed, actor="staff:anna", return_url=lambda id: f"http://shop.test/{id}"
    )
    return seen


def explained(seen: service.Preview) -> Money:
    return total((row.change for row in seen.differences if row.kind != "tax_included"), "EUR")


@pytest.mark.covers("S1.16", "S2.12")
def test_more_pieces_ask_the_buyer_for_the_difference(shop: SmallShop) -> None:
    placed = shop.paid()
    BANK.start = Outcome.PENDING
    seen = edit(shop, placed.number, Edit("You wanted two", {first_line(shop, placed.number): 2}))
    order = detail(shop, placed.number)
    assert seen.difference == MUG == explained(seen)
    assert (order.order.status, order.order.payment_state) == ("to_pay", "part_paid")
    assert order.attempts[-1].amount == MUG
    assert available([shop.mug])[shop.mug] == 13
    assert balance(placed.number)["receivable"] == MUG.minor
    BANK.decide(order.attempts[-1].reference, Outcome.CAPTURED)
    payment_service.fetch(shop.runtime, order.attempts[-1].id, actor="buyer")
    assert queries.order_view(number=placed.number).status == "to_ship"
    assert "receivable" not in balance(placed.number)


@pytest.mark.covers("S2.15", "S2.8")
def test_fewer_pieces_give_money_and_stock_back(shop: SmallShop) -> None:
    placed = shop.paid(quantity=3)
    edit(shop, placed.number, Edit("One is cracked", {first_line(shop, placed.number): 1}))
    order = detail(shop, placed.number)
    assert order.refunds[0].amount == Money(2 * 1990, "EUR") and order.refunds[0].state == "done"
    assert (order.order.status, order.order.total) == ("to_ship", order.order.paid - order.order.refunded)
    assert available([shop.mug])[shop.mug] == 14
    assert {"receivable", "refunds"}.isdisjoint(balance(placed.number))


def test_a_line_is_exchanged_for_another_variant(shop: SmallShop) -> None:
    placed = shop.paid()
    edit(shop, placed.number, Edit("Other size", {first_line(shop, placed.number): 0}, added=(("BOWL", 1),)))
    order = detail(shop, placed.number)
    assert [line.sku for line in order.order.lines] == ["BOWL"]
    assert available([shop.mug, shop.bowl]) == {shop.mug: 15, shop.bowl: 14}
    assert order.attempts[-1].amount == BOWL - MUG
    assert [row.kind for row in order.timeline if row.kind == "edited"] == ["edited"]


def test_an_adjustment_is_spread_over_the_goods_with_its_reason(shop: SmallShop) -> None:
    token = shop.cart(quantity=2)
    carts.add(shop.runtime, token, variant_id=shop.bowl)
    BANK.start = Outcome.CAPTURED
    placed = shop.place(token)
    edit(shop, placed.number, Edit("Scratched box", adjustment=Money(-1000, "EUR")))
    order = detail(shop, placed.number)
    assert sum(line.total.minor for line in order.order.lines) == 2 * 1990 + 2990 - 1000
    assert [row.label for row in order.order.totals if row.kind == "discount"] == ["Scratched box"]
    assert order.refunds[0].amount == Money(1000, "EUR")
    edit(shop, placed.number, Edit("Gift wrap", adjustment=Money(350, "EUR")), key="edit-2")
    assert sum(line.total.minor for line in detail(shop, placed.number).order.lines) == 2 * 1990 + 2990 - 650


def test_the_address_is_changed_and_the_same_service_priced_again(shop: SmallShop) -> None:
    placed = shop.paid()
    there = Address("AT", name="Anna Berg", street="Ring 1", postcode="1010", city="Wien")
    seen = edit(shop, placed.number, Edit("Moved", address=there))
    assert queries.order_view(number=placed.number).shipping_address == there
    assert seen.difference == explained(seen)


def test_an_order_without_money_takes_a_new_attempt_for_the_new_total(shop: SmallShop) -> None:
    placed = shop.place(pay_by="by-hand", quantity=2)
    edit(shop, placed.number, Edit("Only one", {first_line(shop, placed.number): 1}))
    order = detail(shop, placed.number)
    assert [attempt.state for attempt in order.attempts] == ["cancelled", "pending"]
    assert order.attempts[-1].amount == order.order.total
    assert balance(placed.number)["receivable"] == order.order.total.minor
    payment_service.confirm_manually(
        shop.runtime, order.attempts[-1].id, received=order.order.total, actor="staff:anna"
    )
    assert queries.order_view(number=placed.number).payment_state == "paid"


def test_of_reserved_money_only_the_new_total_is_taken(shop: SmallShop) -> None:
    BANK.start = Outcome.AUTHORIZED
    placed = shop.place(quantity=2)
    seen = edit(shop, placed.number, Edit("Only one", {first_line(shop, placed.number): 1}))
    order = detail(shop, placed.number).order
    assert seen.money.lowered == ((placed.payment.id, order.total),)
    payment_service.capture(shop.runtime, placed.payment.id, actor="staff:anna")
    order = detail(shop, placed.number).order
    assert (order.paid, order.payment_state) == (order.total, "paid")
    assert "receivable" not in balance(placed.number)


def test_reserved_money_that_is_too_little_asks_for_the_rest(shop: SmallShop) -> None:
    BANK.start = Outcome.AUTHORIZED
    placed = shop.place()
    edit(shop, placed.number, Edit("Two", {first_line(shop, placed.number): 2}))
    order = detail(shop, placed.number)
    assert (order.order.status, order.attempts[-1].amount, order.attempts[-1].state) == ("to_ship", MUG, "authorized")


def test_the_same_key_edits_once(shop: SmallShop) -> None:
    placed = shop.paid()
    wanted = Edit("Two", {first_line(shop, placed.number): 2})
    seen = edit(shop, placed.number, wanted)
    agreed = Agreed(seen.difference, seen.version, "edit-1")
    service.confirm(shop.runtime, placed.number, wanted, agreed, actor="staff:anna", return_url=str)
    assert reader().query(FactRow).filter_by(kind="order_edited").count() == 1
    assert len(detail(shop, placed.number).attempts) == 2
    with pytest.raises(KeyReused):
        other = replace(wanted, reason="Three")
        service.confirm(shop.runtime, placed.number, other, agreed, actor="staff:anna", return_url=str)


def test_an_order_that_changed_since_the_preview_is_not_edited(shop: SmallShop) -> None:
    placed = shop.paid(quantity=2)
    line = first_line(shop, placed.number)
    wanted = Edit("One", {line: 1})
    seen = service.preview(shop.runtime, placed.number, wanted)
    part = detail(shop, placed.number).fulfilments[0]
    fulfilment.ship(
        shop.runtime,
        placed.number,
        fulfilment_id=part.id,
        tracking_number="T1",
        carrier="Post",
        quantities={line: 1},
        actor="staff:anna",
        idempotency_key="parcel-1",
    )
    agreed = Agreed(seen.difference, seen.version, "edit-1")
    with pytest.raises(EditRefused, match="has left already"):
        service.confirm(shop.runtime, placed.number, wanted, agreed, actor="staff:anna", return_url=str)
    other = Edit("A bowl too", added=(("BOWL", 1),))
    with pytest.raises(OrderChanged):
        service.confirm(shop.runtime, placed.number, other, agreed, actor="staff:anna", return_url=str)
    with pytest.raises(DifferenceChanged):
        stale = Agreed(Money(1, "EUR"), "", "edit-2")
        service.confirm(shop.runtime, placed.number, other, stale, actor="staff:anna", return_url=str)
    assert len(detail(shop, placed.number).order.lines) == 1


def test_a_piece_that_is_sold_out_leaves_everything_as_it_was(shop: SmallShop) -> None:
    placed = shop.paid(quantity=2)
    line = first_line(shop, placed.number)
    before = (detail(shop, placed.number), balance(placed.number), available([shop.mug, shop.bowl]))
    with pytest.raises(OutOfStock):
        edit(shop, placed.number, Edit("Many", {line: 1}, added=(("BOWL", 99),)))
    assert (detail(shop, placed.number), balance(placed.number), available([shop.mug, shop.bowl])) == before


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Edit("", adjustment=Money(-1, "EUR")), "Write down why"),
        (Edit("x"), "Nothing is changed"),
        (Edit("x", {"nothing": 1}), "no line"),
        (Edit("x", adjustment=Money(-1, "USD")), "amount in USD"),
        (Edit("x", adjustment=Money(-1991, "EUR")), "At most EUR 19.90"),
        (Edit("x", added=(("NOTHING", 1),)), "not sold"),
        (Edit("x", address=Address("DE", name="Anna")), "need your attention"),
    ],
)
def test_bad_edits_are_refused_with_the_remedy(shop: SmallShop, wanted: Edit, says: str) -> None:
    from entrepot.sdk.errors import EntrepotError

    placed = shop.paid()
    with pytest.raises(EntrepotError, match=says):
        service.preview(shop.runtime, placed.number, wanted)


def test_nothing_is_left_to_edit_of_a_cancelled_or_emptied_order(shop: SmallShop) -> None:
    placed = shop.paid()
    line = first_line(shop, placed.number)
    with pytest.raises(EditRefused, match="Cancel it instead"):
        service.preview(shop.runtime, placed.number, Edit("x", {line: 0}))
    cancel(shop.runtime, placed.number, reason="", actor="staff:anna")
    with pytest.raises(EditRefused, match="cannot be edited any more"):
        service.preview(shop.runtime, placed.number, Edit("x", {line: 2}))


def test_a_refund_that_gets_no_answer_is_followed_up(shop: SmallShop) -> None:
    from entrepot.payments import polling

    placed = shop.paid(quantity=2)
    BANK.refund = ProviderUnavailable("down", uncertain=True)
    edit(shop, placed.number, Edit("One", {first_line(shop, placed.number): 1}))
    assert detail(shop, placed.number).refunds[0].state == "unknown"
    BANK.refund = Outcome.CAPTURED
    polling.poll_due(shop.runtime)
    assert detail(shop, placed.number).refunds[0].state == "done"
    assert payments.attempts(queries.id_of(placed.number) or 0)[0].refunded == MUG


def test_what_is_added_to_a_shipped_order_is_shipped_on_its_own(shop: SmallShop) -> None:
    placed = shop.paid()
    part = detail(shop, placed.number).fulfilments[0]
    fulfilment.ship(
        shop.runtime, placed.number, fulfilment_id=part.id, tracking_number="T1", carrier="Post", actor="staff:anna",
        idempotency_key="parcel-1",
    )  # fmt: skip
    edit(shop, placed.number, Edit("And a bowl", added=(("BOWL", 1),)))
    order = detail(shop, placed.number)
    assert order.order.fulfilment_state == "part_shipped"
    assert len(order.fulfilments) == 2
    with pytest.raises(EditRefused, match="has left already"):
        service.preview(shop.runtime, placed.number, Edit("x", {order.order.lines[0].id: 2}))
    with pytest.raises(EditRefused, match="address cannot be changed"):
        there = Address("AT", name="Anna Berg", street="Ring 1", postcode="1010", city="Wien")
        service.preview(shop.runtime, placed.number, Edit("x", address=there))


@pytest.mark.covers("G17", "S2.15")
def test_an_invoice_that_is_out_is_corrected_by_documents(shop: SmallShop) -> None:
    from entrepot.documents import service as documents
    from entrepot.documents.queries import document_of, documents_of
    from entrepot.markets.service import change_store

    change_store(settings={"invoice_when": "paid"})
    placed = shop.paid(quantity=2)
    documents.issue_due(shop.runtime, placed.number)
    line = first_line(shop, placed.number)
    edit(shop, placed.number, Edit("Other size", {line: 1}, added=(("BOWL", 1),)))
    for _ in range(2):
        documents.issue_due(shop.runtime, placed.number)
    order_id = queries.id_of(placed.number) or 0
    rows = documents_of(order_id)
    assert sorted((row.kind, row.total.minor) for row in rows[1:]) == [("credit_note", 1990), ("invoice", 2990)]
    invoices = sum((row.total.minor if row.kind == "invoice" else -row.total.minor) for row in rows)
    assert invoices == detail(shop, placed.number).order.total.minor
    more = document_of(placed.number, next(row.number for row in rows[1:] if row.kind == "invoice"))
    assert more is not None and (more.content.refers_to, more.content.reason) == (rows[0].number, "Other size")


def test_an_edit_before_the_invoice_needs_no_correction(shop: SmallShop) -> None:
    from entrepot.documents import service as documents
    from entrepot.documents.queries import documents_of
    from entrepot.markets.service import change_store

    change_store(settings={"invoice_when": "paid"})
    placed = shop.paid(quantity=2)
    edit(shop, placed.number, Edit("One", {first_line(shop, placed.number): 1}))
    documents.issue_due(shop.runtime, placed.number)
    rows = documents_of(queries.id_of(placed.number) or 0)
    assert [(row.kind, row.total) for row in rows] == [("invoice", detail(shop, placed.number).order.total)]
