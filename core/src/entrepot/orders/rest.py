"""Orders in the API: by their private token for buyers, by number and with a key for the merchant."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from entrepot import web
from entrepot.api import context, paging
from entrepot.api.operations import Once, Resource
from entrepot.credit.queries import SoldCard
from entrepot.credit.service import code_of
from entrepot.orders import attention, fulfilment, gift_cards, late, queries, service
from entrepot.orders.detail import order_detail
from entrepot.orders.errors import NotAllowed, OrderNotFound
from entrepot.orders.listing import order_list
from entrepot.orders.queries import BuyerOrder
from entrepot.orders.schemas import (
    BuyerOrderSchema,
    LookedAtSchema,
    OrderPageSchema,
    OrderQuery,
    OwnCardListSchema,
    ReasonSchema,
    ShipSchema,
    SoldCardListSchema,
    StaffOrderSchema,
)
from entrepot.payments import queries as payment_queries
from entrepot.payments import service as payments
from entrepot.payments.queries import AttemptView
from entrepot.payments.schemas import PaymentSchema, StartPaymentSchema
from entrepot.sdk.readmodels import OrderView

buyers = Resource("My orders", f"{__name__}.buyers", "A buyer's own order; reached by the order's private token.")
orders = Resource("Orders", __name__, "All orders, for the merchant.")
resources = (buyers, orders)

_VIEW, _SHIP, _CANCEL, _REFUND = "orders.view", "orders.ship", "orders.cancel", "payments.refund"
_LINKS = {"order": {"operationId": "read_order", "parameters": {"number": "$response.body#/number"}}}


@buyers.operation("GET", "/my-orders/<token>", answer=BuyerOrderSchema)
def read_buyers_order(token: str) -> dict[str, Any]:
    """How the order stands"""
    return buyer_json(_own(token))


@buyers.operation(
    "POST", "/my-orders/<token>/payments", answer=PaymentSchema, status=201, body=StartPaymentSchema, once=Once.CLAIM,
    key_required=True,
)  # fmt: skip
def start_payment(body: dict[str, Any], token: str) -> AttemptView:
    """Pay what is still owed: another attempt, or the open one of the same method"""
    order = _own(token)
    attempt_id = payments.try_again(web.runtime(), order_id=order.id, account_id=body["payment_method"])
    started = payments.start(web.runtime(), attempt_id, return_url=context.payment_return_url(attempt_id))
    return payment_queries.view(started)


@buyers.operation("GET", "/my-orders/<token>/gift-cards", answer=OwnCardListSchema)
def list_own_gift_cards(token: str) -> dict[str, Any]:
    """The gift cards that the order sold, with their codes"""
    cards = gift_cards.cards_of(_own(token).order.number)
    return {"items": [{**vars(card), "state": card.state, "code": _code(card)} for card in cards]}


@buyers.operation("POST", "/my-orders/<token>/cancel", answer=BuyerOrderSchema, body=ReasonSchema, once=Once.CLAIM)
def cancel_own_order(body: dict[str, Any], token: str) -> dict[str, Any]:
    """Cancel the order while it is not paid"""
    order = _own(token).order
    if order.status != "to_pay" and order.status != "cancelled":
        raise NotAllowed.paid_already(order.number)
    service.cancel(web.runtime(), order.number, reason=body["reason"] or "Cancelled by the buyer", actor="buyer")
    return buyer_json(_own(token))


@orders.operation("GET", "/orders", answer=OrderPageSchema, query=OrderQuery, scope=_VIEW)
def list_orders(query: dict[str, Any]) -> dict[str, Any]:
    """Orders, newest first"""
    cursor = paging.unwrap_number(query["cursor"])
    found = order_list(**{**query, "cursor": cursor})
    return paging.page(found.rows, found.next_cursor)


@orders.operation("GET", "/orders/<number>", answer=StaffOrderSchema, scope=_VIEW)
def read_order(number: str) -> dict[str, Any]:
    """Everything about one order"""
    return staff_json(number)


@orders.operation(
    "POST", "/orders/<number>/parcels", answer=StaffOrderSchema, status=201, body=ShipSchema, scope=_SHIP,
    once=Once.SERVICE, key_required=True,
)  # fmt: skip
def ship_parcel(body: dict[str, Any], number: str) -> dict[str, Any]:
    """Hand a parcel over to a carrier"""
    lines = body["lines"]
    fulfilment.ship(
        web.runtime(),
        number,
        fulfilment_id=body["fulfilment"],
        tracking_number=body["tracking_number"],
        account_id=body["account_id"],
        carrier=body["carrier"],
        quantities=None if lines is None else {line["line"]: line["quantity"] for line in lines},
        early=body["early"],
        actor=context.actor(),
        idempotency_key=context.request_key(),
    )
    return staff_json(number)


@orders.operation(
    "POST", "/orders/<number>/parcels/<parcel_id>/deliver", answer=StaffOrderSchema, scope=_SHIP, once=Once.TRANSACTION
)
def deliver_parcel(number: str, parcel_id: str) -> dict[str, Any]:
    """Say that a parcel has arrived"""
    known = staff_json(number)
    if parcel_id not in {parcel.id for parcel in known["parcels"]}:
        raise OrderNotFound(f"{number} with a parcel {parcel_id}")
    fulfilment.deliver(web.runtime(), parcel_id, actor=context.actor())
    return staff_json(number)


@orders.operation("POST", "/orders/<number>/complete", answer=StaffOrderSchema, scope=_SHIP, once=Once.TRANSACTION)
def complete_order(number: str) -> dict[str, Any]:
    """Close a delivered order"""
    fulfilment.complete(web.runtime(), number, actor=context.actor())
    return staff_json(number)


@orders.operation(
    "POST", "/orders/<number>/cancel", answer=StaffOrderSchema, body=ReasonSchema, scope=_CANCEL, once=Once.CLAIM
)
def cancel_order(body: dict[str, Any], number: str) -> dict[str, Any]:
    """Cancel an order of which nothing has left; its money is given back"""
    service.cancel(web.runtime(), number, reason=body["reason"] or "Cancelled by the merchant", actor=context.actor())
    return staff_json(number)


@orders.operation("POST", "/orders/<number>/take-up", answer=StaffOrderSchema, scope=_CANCEL, once=Once.TRANSACTION)
def take_up_order(number: str) -> dict[str, Any]:
    """Take a cancelled order up again whose money came late"""
    late.take_up(web.runtime(), number, actor=context.actor())
    return staff_json(number)


@orders.operation("POST", "/orders/<number>/reallocate", answer=StaffOrderSchema, scope=_SHIP, once=Once.TRANSACTION)
def reallocate_order(number: str) -> dict[str, Any]:
    """Allocate anew whatever has not left"""
    late.reallocate(web.runtime(), number, actor=context.actor())
    return staff_json(number)


@orders.operation(
    "POST", "/orders/<number>/let-go", answer=StaffOrderSchema, body=LookedAtSchema, scope=_SHIP,
    once=Once.TRANSACTION,
)  # fmt: skip
def let_order_go(body: dict[str, Any], number: str) -> dict[str, Any]:
    """Say that somebody has looked at an order that waited for a person"""
    attention.settle(web.runtime(), number, reason=body["reason"], actor=context.actor())
    return staff_json(number)


@orders.operation("GET", "/orders/<number>/gift-cards", answer=SoldCardListSchema, scope=_VIEW)
def list_gift_cards(number: str) -> dict[str, Any]:
    """The gift cards that an order sold"""
    return {"items": gift_cards.cards_of(number)}


@orders.operation(
    "POST", "/orders/<number>/gift-cards/<credit_id>/take-back", answer=SoldCardListSchema, body=ReasonSchema,
    scope=_REFUND, once=Once.CLAIM,
)  # fmt: skip
def take_gift_card_back(body: dict[str, Any], number: str, credit_id: str) -> dict[str, Any]:
    """Void a card that nobody has used and give its money back"""
    gift_cards.take_back(web.runtime(), number, credit_id, reason=body["reason"], actor=context.actor())
    return {"items": gift_cards.cards_of(number)}


def buyer_json(found: BuyerOrder) -> dict[str, Any]:
    """What the buyer may read of the order."""
    return {**_order(found.order), "payments": found.attempts}


def _code(card: SoldCard) -> str:
    return "" if card.state == "taken_back" else code_of(web.runtime(), card.id)


def _own(token: str) -> BuyerOrder:
    found = queries.buyer_order(token)
    if found is None:
        raise OrderNotFound
    return found


def staff_json(number: str) -> dict[str, Any]:
    """Everything that the merchant may read of the order; raises OrderNotFound."""
    found = order_detail(web.runtime(), number)
    if found is None:
        raise OrderNotFound(number)
    parts = [
        {"id": part.id, "warehouse": part.warehouse, "state": part.state, "lines": [_part(line) for line in part.lines]}
        for part in found.fulfilments
    ]
    return {
        **_order(found.order),
        "channel": found.channel,
        "actions": found.actions,
        "payments": found.attempts,
        "refunds": found.refunds,
        "fulfilments": parts,
        "timeline": found.timeline,
        "ledger": found.ledger,
    }


def _order(order: OrderView) -> dict[str, Any]:
    return {
        **{field.name: getattr(order, field.name) for field in fields(order)},
        "shipping_address": order.shipping_address.as_dict(),
        "billing_address": order.billing_address.as_dict(),
    }


def _part(line: tuple[str, int, int]) -> dict[str, Any]:
    return dict(zip(("line", "quantity", "shipped"), line, strict=True))
