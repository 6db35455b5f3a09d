"""From placed to completed, and the ways out: cancelled, refunded, not paid in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entrepot.checkout import carts
from entrepot.inventory.queries import available
from entrepot.kernel.money import Money
from entrepot.ledger.service import order_postings
from entrepot.orders import fulfilment, queries, service
from entrepot.orders.detail import AdminOrder, order_detail
from entrepot.orders.errors import NotAllowed, OrderError, OrderNotFound
from entrepot.orders.listing import order_list
from entrepot.payments import polling, refunds
from entrepot.payments import service as payments
from entrepot.sdk.carriers import TrackingEvent, TrackingState
from entrepot.sdk.errors import ProviderUnavailable
from entrepot.sdk.payments import Outcome
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader
from entrepot.testkit.providers import BANK, ScriptedPayment
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases


def detail(shop: SmallShop, number: str) -> AdminOrder:
    found = order_detail(shop.runtime, number)
    assert found is not None
    return found


def ship(shop: SmallShop, number: str, key: str = "parcel-1", **options: object) -> str:
    part = detail(shop, number).fulfilments[0]
    return fulfilment.ship(
        shop.runtime,
        number,
        fulfilment_id=part.id,
        tracking_number="TRACK1",
        account_id=shop.accounts["flat"],
        actor="staff:anna",
        idempotency_key=key,
        **options,  # type: ignore[arg-type]
    )


def kinds() -> list[str]:
    return [row.kind for row in reader().query(FactRow).order_by(FactRow.seq)]


@pytest.mark.covers("S1.20", "S2.4", "S2.5", "S2.6", "S1.22", "S0.49")
def test_the_six_statuses_in_order(shop: SmallShop) -> None:
    placed = shop.place()
    seen = [queries.order_view(number=placed.number).status]
    from entrepot.payments import service as payments
    from entrepot.sdk.payments import Outcome

    BANK.decide(placed.payment.reference, Outcome.CAPTURED)
    payments.fetch(shop.runtime, placed.payment.id, actor="buyer")
    seen.append(queries.order_view(number=placed.number).status)
    parcel = ship(shop, placed.number)
    seen.append(queries.order_view(number=placed.number).status)
    fulfilment.deliver(shop.runtime, parcel, actor="staff:anna")
    seen.append(queries.order_view(number=placed.number).status)
    fulfilment.complete(shop.runtime, placed.number, actor="system")
    seen.append(queries.order_view(number=placed.number).status)
    assert seen == ["to_pay", "to_ship", "shipped", "delivered", "completed"]
    assert queries.order_view(number=placed.number).parcels[0].tracking_url == "https://track.example/TRACK1"
    assert kinds()[-3:] == ["parcel_shipped", "parcel_delivered", "order_completed"]


def test_an_unpaid_order_is_not_shipped(shop: SmallShop) -> None:
    placed = shop.place()
    with pytest.raises(NotAllowed, match="only paid orders"):
        ship(shop, placed.number)


def test_the_same_key_ships_one_parcel(shop: SmallShop) -> None:
    placed = shop.paid()
    part = detail(shop, placed.number).fulfilments[0]
    first = ship(shop, placed.number)
    again = fulfilment.ship(
        shop.runtime,
        placed.number,
        fulfilment_id=part.id,
        tracking_number="TRACK1",
        carrier="Post",
        actor="staff:anna",
        idempotency_key="parcel-1",
    )
    assert again == first
    assert kinds().count("parcel_shipped") == 1


@pytest.mark.covers("S1.20")
def test_a_part_of_an_order_can_be_shipped_first(shop: SmallShop) -> None:
    placed = shop.paid(quantity=3)
    line = detail(shop, placed.number).order.lines[0].id
    ship(shop, placed.number, quantities={line: 1})
    order = detail(shop, placed.number).order
    assert (order.status, order.fulfilment_state) == ("to_ship", "part_shipped")
    with pytest.raises(OrderError, match="2 are open"):
        ship(shop, placed.number, "parcel-2", quantities={line: 3})
    ship(shop, placed.number, "parcel-2")
    assert detail(shop, placed.number).order.status == "shipped"


def test_scans_are_kept_once_and_never_turn_a_parcel_back(shop: SmallShop) -> None:
    placed = shop.paid()
    parcel = ship(shop, placed.number)
    now = shop.clock.now()
    delivered = TrackingEvent(TrackingState.DELIVERED, now + timedelta(days=2))
    older = TrackingEvent(TrackingState.IN_TRANSIT, now + timedelta(days=1), place="Bremen")
    for event in (delivered, older, delivered):
        fulfilment.record_scan(shop.runtime, parcel, event, actor="carrier:flat")
    view = queries.order_view(number=placed.number)
    assert [scan.state for scan in view.parcels[0].events] == ["in_transit", "delivered"]
    assert view.status == "delivered"
    assert kinds().count("parcel_delivered") == 1


@pytest.mark.covers("S2.15", "S2.8")
def test_cancelling_gives_back_stock_and_money(shop: SmallShop) -> None:
    placed = shop.paid(quantity=2)
    service.cancel(shop.runtime, placed.number, reason="Changed my mind", actor="buyer")
    order = detail(shop, placed.number)
    assert (order.order.status, order.order.payment_state) == ("cancelled", "refunded")
    assert available([shop.mug])[shop.mug] == 15
    assert sum(amount.minor for *_, amount in order_postings(reader(), queries.id_of(placed.number))) == 0
    service.cancel(shop.runtime, placed.number, reason="again", actor="buyer")
    assert kinds().count("order_cancelled") == 1


@pytest.mark.parametrize("method", ["scripted", "by-hand"])
def test_cancelling_an_unpaid_order_closes_its_payment(shop: SmallShop, method: str) -> None:
    placed = shop.place(pay_by=method)
    service.cancel(shop.runtime, placed.number, reason="", actor="buyer")
    assert detail(shop, placed.number).attempts[0].state == "cancelled"


def test_a_refund_that_fails_while_cancelling_stays_visible(shop: SmallShop) -> None:
    placed = shop.paid()
    BANK.refund = ProviderUnavailable("down")
    service.cancel(shop.runtime, placed.number, reason="", actor="staff:anna")
    assert detail(shop, placed.number).refunds[0].state == "unknown"


def test_what_has_left_is_not_cancelled(shop: SmallShop) -> None:
    placed = shop.paid()
    ship(shop, placed.number)
    with pytest.raises(NotAllowed, match="parcel has left"):
        service.cancel(shop.runtime, placed.number, reason="", actor="buyer")


@pytest.mark.covers("S1.8")
def test_an_unpaid_order_gives_its_stock_back_after_its_time(shop: SmallShop) -> None:
    placed = shop.place(quantity=15)
    assert available([shop.mug])[shop.mug] == 0
    shop.clock.move(timedelta(minutes=61))
    assert service.cancel_unpaid(shop.runtime) == 1
    assert queries.order_view(number=placed.number).status == "cancelled"
    assert available([shop.mug])[shop.mug] == 15


@pytest.mark.covers("S2.6")
def test_delivered_orders_complete_by_themselves(shop: SmallShop) -> None:
    placed = shop.paid()
    fulfilment.deliver(shop.runtime, ship(shop, placed.number), actor="staff:anna")
    shop.clock.move(timedelta(days=13))
    assert fulfilment.auto_complete(shop.runtime) == 0
    shop.clock.move(timedelta(days=2))
    assert fulfilment.auto_complete(shop.runtime) == 1


@pytest.mark.covers("S2.6", "S2.7")
def test_an_order_with_an_open_return_does_not_complete_by_itself(shop: SmallShop) -> None:
    from entrepot.storage.session import unit_of_work

    placed = shop.paid()
    fulfilment.deliver(shop.runtime, ship(shop, placed.number), actor="staff:anna")
    order_id = queries.id_of(placed.number) or 0
    shop.clock.move(timedelta(days=15))
    for state, completed in (("requested", 0), ("settled", 1)):
        with unit_of_work() as session:
            service.note_return_state(session, shop.runtime, order_id, state, "buyer")
        assert fulfilment.auto_complete(shop.runtime) == completed


@pytest.mark.covers("S0.13", "S2.16")
def test_orders_are_found_by_what_people_have_at_hand(shop: SmallShop) -> None:
    placed = shop.paid()
    ship(shop, placed.number)
    for q in (placed.number, "anna@example.com", "ANNA@", "TRACK1", "MUG", placed.payment.reference):
        assert [row.number for row in order_list(q=q).rows] == [placed.number], q
    assert order_list(q="nobody").rows == ()
    assert queries.find(placed.number, " Anna@Example.com ") == placed.token
    assert queries.find(placed.number, "bob@example.com") is None


def test_an_unknown_order_says_so(shop: SmallShop) -> None:
    with pytest.raises(OrderNotFound):
        service.cancel(shop.runtime, "0", reason="", actor="buyer")


@pytest.mark.covers("S0.13")
def test_an_order_is_found_however_the_address_is_written(shop: SmallShop) -> None:
    token = shop.cart()
    carts.set_email(shop.runtime, token, email="Anna@Example.COM")
    placed = shop.place(token)
    assert queries.find(placed.number, " anna@EXAMPLE.com ") == placed.token
    assert queries.find(placed.number, "berta@example.com") is None
    assert queries.orders_of("ANNA@example.com") == 1


@pytest.mark.covers("S2.15")
def test_a_process_that_dies_while_cancelling_leaves_the_refund_to_the_poll(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = shop.paid()
    with monkeypatch.context() as dying:
        dying.setattr(refunds, "send", _die)
        with pytest.raises(SystemExit):
            service.cancel(shop.runtime, placed.number, reason="", actor="staff:anna")
    assert detail(shop, placed.number).refunds[0].state == "created"
    polling.poll_due(shop.runtime)
    assert queries.order_view(number=placed.number).payment_state == "refunded"
    assert len(BANK.refunds) == 1


def test_cancelling_gives_back_only_what_is_not_on_its_way_already(shop: SmallShop) -> None:
    placed = shop.paid()
    BANK.refund = ProviderUnavailable("lost", uncertain=True)
    key = {"reason": "", "actor": "staff:anna", "idempotency_key": "part"}
    refunds.refund(shop.runtime, placed.payment.id, amount=Money(100, "EUR"), **key)
    BANK.refund = Outcome.CAPTURED
    service.cancel(shop.runtime, placed.number, reason="", actor="staff:anna")
    polling.poll_due(shop.runtime)
    assert queries.order_view(number=placed.number).payment_state == "refunded"
    assert sum(result.amount.minor for result in BANK.refunds.values()) == placed.payment.amount.minor


@pytest.mark.covers("S2.15")
def test_reserved_money_of_a_cancelled_order_is_released_by_the_poll_when_the_vendor_was_silent(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = shop.place()
    BANK.decide(placed.payment.reference, Outcome.AUTHORIZED)
    payments.fetch(shop.runtime, placed.payment.id, actor="buyer")
    with monkeypatch.context() as silent:
        silent.setattr(ScriptedPayment, "void", _unavailable)
        service.cancel(shop.runtime, placed.number, reason="", actor="staff:anna")
    assert detail(shop, placed.number).attempts[0].state == "authorized"
    shop.clock.move(timedelta(hours=1))
    polling.poll_due(shop.runtime)
    assert detail(shop, placed.number).attempts[0].state == "cancelled"
    assert BANK.payments[placed.payment.reference].outcome is Outcome.CANCELLED


def _die(*_: object, **__: object) -> None:
    raise SystemExit(9)


def _unavailable(*_: object, **__: object) -> None:
    raise ProviderUnavailable("down", uncertain=True)


@pytest.mark.covers("S2.3", "S2.4", "S2.7")
def test_two_parcels_from_two_warehouses_and_a_part_of_a_line(shop: SmallShop) -> None:
    """12 of 15 mugs: ten from Hamburg, two from Shenzhen; one warehouse sends its part in two parcels."""
    placed = shop.paid(quantity=12)
    parts = {part.warehouse: part for part in detail(shop, placed.number).fulfilments}
    assert {name: part.lines[0][1] for name, part in parts.items()} == {"Hamburg": 10, "Shenzhen": 2}
    line = parts["Hamburg"].lines[0][0]
    seen = []
    parcels = []
    for key, (warehouse, pieces) in enumerate([("Hamburg", 4), ("Shenzhen", 2), ("Hamburg", 6)]):
        parcels.append(
            fulfilment.ship(
                shop.runtime,
                placed.number,
                fulfilment_id=parts[warehouse].id,
                tracking_number=f"T{key}",
                carrier="Post",
                quantities={line: pieces},
                actor="staff:anna",
                idempotency_key=f"parcel-{key}",
            )
        )
        order = detail(shop, placed.number).order
        seen.append((order.status, order.fulfilment_state, order.lines[0].shipped))
    assert seen == [("to_ship", "part_shipped", 4), ("to_ship", "part_shipped", 6), ("shipped", "shipped", 12)]
    with pytest.raises(NotAllowed):
        fulfilment.complete(shop.runtime, placed.number, actor="staff:anna")
    for parcel in parcels:
        fulfilment.deliver(shop.runtime, parcel, actor="carrier:Post")
    order = detail(shop, placed.number)
    assert order.order.status == "delivered"
    assert {(entry.kind, entry.actor) for entry in order.timeline if entry.kind in ("shipped", "delivered")} == {
        ("shipped", "staff:anna"),
        ("delivered", "carrier:Post"),
    }
    assert available([shop.mug])[shop.mug] == 3


@pytest.mark.covers("S2.3")
def test_an_order_is_allocated_again_from_what_is_there_now(shop: SmallShop) -> None:
    from entrepot.orders import late

    placed = shop.paid(quantity=12)
    stock_of(shop, 30)
    late.reallocate(shop.runtime, placed.number, actor="staff:anna")
    order = detail(shop, placed.number)
    assert [(part.warehouse, part.lines[0][1]) for part in order.fulfilments] == [("Hamburg", 12)]
    assert available([shop.mug])[shop.mug] == 23
    ship(shop, placed.number)
    with pytest.raises(NotAllowed, match="Nothing of order"):
        late.reallocate(shop.runtime, placed.number, actor="staff:anna")


@pytest.mark.covers("S1.8", "S2.4")
def test_a_pre_order_leaves_on_its_day_or_when_staff_say_so(shop: SmallShop) -> None:
    from entrepot.inventory import awaiting

    day = (shop.clock.now() + timedelta(days=3)).date()
    awaiting.set_policy(shop.mug, kind="preorder", warehouse_id=1, most=50, available_from=day)
    placed, other = shop.paid(quantity=20), shop.paid(key="other", quantity=1)
    waiting = detail(shop, placed.number)
    assert (sum(waiting.awaited.values()), waiting.leaves_from) == (5, day)
    stock_of(shop, 60)
    line = detail(shop, other.number).order.lines[0].id
    with pytest.raises(NotAllowed, match=day.isoformat()):
        ship(shop, other.number, quantities={line: 1})
    ship(shop, other.number, early=True)
    shop.clock.move(timedelta(days=3))
    ship(shop, placed.number, "parcel-2")


def stock_of(shop: SmallShop, on_hand: int) -> None:
    from entrepot.inventory import stock
    from entrepot.storage.session import unit_of_work

    with unit_of_work() as session:
        stock.set_on_hand(
            session,
            variant_id=shop.mug,
            warehouse_id=1,
            on_hand=on_hand,
            reference="delivery",
            actor="test",
            at=shop.clock.now(),
        )


@pytest.mark.covers("S1.20", "S2.7")
def test_the_return_state_is_told_once_and_only_by_its_name(shop: SmallShop) -> None:
    from entrepot.storage.session import unit_of_work

    placed = shop.paid()
    order_id = queries.id_of(placed.number) or 0
    for _ in range(2):
        with unit_of_work() as session:
            service.note_return_state(session, shop.runtime, order_id, "requested", "buyer")
    order = detail(shop, placed.number)
    assert order.order.return_state == "requested"
    assert [entry.actor for entry in order.timeline if entry.kind == "return_state"] == ["buyer"]
    with pytest.raises(OrderError, match="no state of returns"), unit_of_work() as session:
        service.note_return_state(session, shop.runtime, order_id, "lost", "buyer")
