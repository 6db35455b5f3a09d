"""Document numbers: 1…n without a gap, whatever aborts, whoever issues at the same time."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from entrepot.documents import series, service
from entrepot.documents.content import Content, Item
from entrepot.documents.models import Document
from entrepot.documents.queries import document_of, documents_of
from entrepot.kernel.money import Money, total
from entrepot.markets.service import change_store
from entrepot.orders import fulfilment, queries
from entrepot.orders.detail import order_detail
from entrepot.orders.models import Order
from entrepot.payments import refunds
from entrepot.storage.session import reader, release_reader, unit_of_work
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases


class Aborted(Exception):
    """Something failed after the number was given out."""


def draft(order_id: int, source: str, kind: str = "invoice") -> service.Draft:
    item = Item("goods", "Mug", 1, Money(1809, "EUR"), Money(181, "EUR"))
    return service.Draft(kind, order_id, source, "en", Content(("Shop",), "", ("Anna",), "1", (item,)))


def ship(shop: SmallShop, number: str) -> str:
    part = order_detail(shop.runtime, number).fulfilments[0]
    return fulfilment.ship(
        shop.runtime,
        number,
        fulfilment_id=part.id,
        tracking_number="T1",
        carrier="Post",
        actor="staff:anna",
        idempotency_key=f"parcel-{number}",
    )


def positions(kind: str = "invoice") -> list[int]:
    release_reader()  # so that what other threads wrote is seen
    return sorted(reader().scalars(select(Document.position).where(Document.kind == kind)))


@pytest.mark.covers("G17")
def test_two_hundred_at_once_with_aborts_give_one_to_n(shop: SmallShop) -> None:
    order_id = queries.id_of(shop.paid().number)
    chance = random.Random(7)
    fates = [chance.random() < 0.3 for _ in range(200)]

    def issue(n: int) -> bool:
        with shop.app.app_context():
            try:
                with unit_of_work():
                    service.issue(shop.runtime, draft(order_id, f"test {n}"))
                    if fates[n]:
                        raise Aborted
            except Aborted:
                return False
            return True

    with ThreadPoolExecutor(8) as threads:
        issued = sum(threads.map(issue, range(200)))
    assert issued == 200 - sum(fates) < 200
    assert positions() == list(range(1, issued + 1))
    assert series.gaps() == []


def test_the_same_event_from_many_sides_is_documented_once(shop: SmallShop) -> None:
    order_id = queries.id_of(shop.paid().number)

    def issue(_n: int) -> str:
        with shop.app.app_context():
            return service.issue(shop.runtime, draft(order_id, "once"))

    with ThreadPoolExecutor(8) as threads:
        numbers = set(threads.map(issue, range(24)))
    assert len(numbers) == 1
    assert positions() == [1]


@pytest.mark.covers("G17")
def test_each_kind_and_year_and_legal_entity_counts_for_itself(shop: SmallShop) -> None:
    order_id = queries.id_of(shop.paid().number)
    first = service.issue(shop.runtime, draft(order_id, "a"))
    note = service.issue(shop.runtime, draft(order_id, "b", "credit_note"))
    change_store(settings={"legal_name": "Small Shop GmbH"})
    other = service.issue(shop.runtime, draft(order_id, "c"))
    shop.clock.move(timedelta(days=366))
    later = service.issue(shop.runtime, draft(order_id, "d"))
    year = shop.clock.now().year
    assert [first, note, other, later] == [
        f"INV-{year - 1}-00001", f"CN-{year - 1}-00001", f"INV-{year - 1}-00001", f"INV-{year}-00001"
    ]  # fmt: skip
    assert series.gaps() == []


def test_a_gap_would_be_reported(shop: SmallShop) -> None:
    order_id = queries.id_of(shop.paid().number)
    for source in "abc":
        service.issue(shop.runtime, draft(order_id, source))
    with unit_of_work() as session:
        session.delete(session.scalars(select(Document).where(Document.position == 2)).one())
    assert [gap.positions for gap in series.gaps()] == [(2,)]


@pytest.mark.covers("G17")
def test_an_invoice_is_issued_when_the_order_is_paid_and_shipped(shop: SmallShop) -> None:
    placed = shop.paid(quantity=2)
    service.issue_due(shop.runtime, placed.number)
    assert documents_of(queries.id_of(placed.number)) == ()
    ship(shop, placed.number)
    service.issue_due(shop.runtime, placed.number)
    service.issue_due(shop.runtime, placed.number)
    [row] = documents_of(queries.id_of(placed.number))
    order = queries.order_view(number=placed.number)
    content = document_of(placed.number, row.number).content
    assert (row.kind, row.total, content.gross) == ("invoice", order.total, order.total)
    assert total((item.gross for item in content.items), "EUR") == order.total
    assert document_of("1", row.number) is None


def test_a_shop_may_invoice_as_soon_as_money_is_there(shop: SmallShop) -> None:
    change_store(settings={"invoice_when": "paid"})
    placed = shop.paid()
    service.issue_due(shop.runtime, placed.number)
    assert [row.kind for row in documents_of(queries.id_of(placed.number))] == ["invoice"]


@pytest.mark.covers("G17", "S2.15")
def test_every_refund_has_one_credit_note_that_names_its_invoice(shop: SmallShop) -> None:
    placed = shop.paid()
    for key, minor in (("r1", 500), ("r2", 333)):
        refunds.refund(
            shop.runtime,
            placed.payment.id,
            amount=Money(minor, "EUR"),
            reason="Scratch",
            actor="staff:anna",
            idempotency_key=key,
        )
    ship(shop, placed.number)
    service.issue_due(shop.runtime, placed.number)
    service.issue_due(shop.runtime, placed.number)
    order_id = reader().scalar(select(Order.id).where(Order.number == placed.number))
    invoice, *notes = documents_of(order_id)
    assert [row.total.minor for row in notes] == [500, 333]
    content = document_of(placed.number, notes[0].number).content
    assert (content.refers_to, content.reason) == (invoice.number, "Scratch")
    assert content.tax.minor > 0
