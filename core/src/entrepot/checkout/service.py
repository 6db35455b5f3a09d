"""Placing an order: exactly one commit for stock, order, lines, payment attempt, ledger and facts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from entrepot.checkout import carts, credits, quoting
from entrepot.checkout.carts import CartContent
from entrepot.checkout.errors import (
    AlreadyOrdered,
    CartEmpty,
    CartMissing,
    ChoiceGone,
    CouponRefused,
    DueChanged,
    InvalidFields,
    KeyReused,
    NotEnough,
    TotalChanged,
)
from entrepot.checkout.models import Cart
from entrepot.credit.errors import CreditChanged
from entrepot.credit.rules import Due
from entrepot.engine.calls import OpenAccount
from entrepot.engine.runtime import Runtime
from entrepot.inventory.allocation import OutOfStock
from entrepot.kernel.money import Money
from entrepot.kernel.texts import N_, folded_email
from entrepot.markets.queries import known_store
from entrepot.orders import queries as order_queries
from entrepot.orders import service as orders
from entrepot.orders.service import OrderRef, Placement
from entrepot.payments import own, rows
from entrepot.payments import queries as payment_queries
from entrepot.payments import service as payments
from entrepot.payments.ports import PayableOrder
from entrepot.payments.queries import AttemptView, MethodView
from entrepot.policies.promises import promises_today
from entrepot.pricing import redemptions
from entrepot.pricing.redemptions import PromotionUsedUp
from entrepot.pricing.rules import FIRST_SHIPMENT, Quote
from entrepot.storage.session import unit_of_work

#: The chosen way to pay and its account, ready to be called.
Method = tuple[MethodView, OpenAccount]
WhenSettled = Callable[[OrderRef, tuple[AttemptView, ...] | None], None]
_held = select(Cart.order_number).where(Cart.id == bindparam("cart")).with_for_update()
_closing = (
    update(Cart.__table__)  # type: ignore[arg-type]  # a mapped class has a Table
    .where(Cart.__table__.c.id == bindparam("cart"))
    .values(order_number=bindparam("number"))
)


@dataclass(frozen=True)
class PlacedOrder:
    """The order and how its payment stands; ``payment`` is None when nothing had to be paid."""

    number: str
    token: str
    payment: AttemptView | None


def choose_shipping(runtime: Runtime, token: str, *, account_id: str, service: str) -> Quote:
    """Remember the way of delivery and freeze what the cart costs with it; raises ChoiceGone when it is not offered."""
    return choose_ways(runtime, token, {FIRST_SHIPMENT: (account_id, service)})


def choose_ways(runtime: Runtime, token: str, ways: Mapping[int, tuple[str, str]]) -> Quote:
    """The same for several shipments by number, each with its (carrier account, service)."""
    return _frozen_with(runtime, carts.content(token), ways)


def _frozen_with(runtime: Runtime, cart: CartContent, ways: Mapping[int, tuple[str, str]]) -> Quote:
    offer = quoting.price(runtime, replace(cart, shipping_choices={**cart.shipping_choices, **ways}), strict=True)
    _refuse_gone(offer, ways)
    with unit_of_work():
        carts.set_ways(runtime, cart.token, ways)
        quoting.keep(cart, offer.quote)
    return offer.quote


def choose_way(runtime: Runtime, token: str, ways: Mapping[int, tuple[str, str]]) -> None:
    """Remember ways of delivery by the shipment's number; raises ChoiceGone when one of them is not offered."""
    _refuse_gone(quoting.price(runtime, carts.content(token)), ways)
    carts.set_ways(runtime, token, ways)


def _refuse_gone(offer: quoting.Offer, ways: Mapping[int, tuple[str, str]]) -> None:
    offered = offer.ways
    if any(way not in offered.get(number, ()) for number, way in ways.items()):
        raise ChoiceGone


def open_checkout(runtime: Runtime, draft: CartContent) -> tuple[CartContent, quoting.Offer]:
    """Store a drafted cart, and freeze what it costs by the cheapest ways of delivery, which it has chosen then.

    Raises what ``requote`` raises; nothing is stored then.
    """
    offer = quoting.price(runtime, _ready(draft), strict=True, assume_cheapest=True)
    with unit_of_work():
        cart = carts.store(runtime, replace(draft, shipping_choices=offer.chosen))
        quoting.keep(cart, offer.quote)
    return cart, offer


def use_coupon(runtime: Runtime, token: str, *, code: str) -> None:
    """Put a coupon into the cart; raises CouponRefused with the reason when the cart has not earned it."""
    reason = quoting.coupon_refusal(runtime, carts.content(token), code)
    if reason:
        raise CouponRefused(code.strip(), reason)
    carts.add_coupon(runtime, token, code=code)


def requote(runtime: Runtime, token: str, ways: Mapping[int, tuple[str, str]] | None = None) -> Quote:
    """Freeze what the cart costs now, with these ways of delivery chosen first; raises ChoiceGone."""
    cart = _ready(carts.content(token))
    return _frozen_with(runtime, cart, ways) if ways else quoting.freeze(runtime, cart)


def place_order(
    runtime: Runtime,
    *,
    cart_token: str,
    quote_id: str,
    expected_total: Money,
    payment_account_id: str,
    idempotency_key: str,
    return_url: Callable[[str], str],
    channel: str = "shop",
    expected_due: Money | None = None,
    when_settled: WhenSettled = lambda _order, _attempts: None,
) -> PlacedOrder:
    """Order what was quoted, then begin the payment. Safe to repeat with the same key: one order, one attempt.

    ``return_url`` makes the buyer's way back from the id of the payment attempt. Raises TotalChanged (with the new
    quote) instead of ordering at a total that the buyer has not agreed to; any other CheckoutError leaves no trace.
    ``expected_due`` is what the buyer saw was left to pay after gift cards and store credit: DueChanged otherwise.
    ``when_settled`` is called inside the transaction where nobody has to be asked about the payment after it; with the
    order's payments, if they are known without a look.
    """
    key = f"{channel}:{cart_token}:{idempotency_key}"
    request = _digest(quote_id, expected_total, payment_account_id)
    try:
        asked = _Asked(key, request, channel, payment_account_id, return_url, expected_due, when_settled)
        order, attempt = _order(runtime, cart_token, quote_id, expected_total, asked)
        if attempt is not None:
            return PlacedOrder(order.number, order.token, attempt)
    except (AlreadyOrdered, CartMissing, IntegrityError):
        # It was sent again, or the same key has committed in another process at this very moment.
        known = _known(key, request)
        if known is None:
            raise
        order = known
    return _begin(runtime, order, return_url)


@dataclass(frozen=True)
class _Asked:
    """The request to place an order: what makes it one request, and how it is to be paid."""

    key: str
    digest: str
    channel: str
    payment_account_id: str
    return_url: Callable[[str], str]
    expected_due: Money | None
    when_settled: WhenSettled


def _order(
    runtime: Runtime, cart_token: str, quote_id: str, expected_total: Money, asked: _Asked
) -> tuple[OrderRef, AttemptView | None]:
    """The order, and its first payment where nobody has to be asked about that any more."""
    cart = _ready(carts.content(cart_token))
    quote = _agreed(runtime, cart, quote_id, expected_total)
    due = credits.due(runtime, cart, quote.total)
    if asked.expected_due is not None and due.left != asked.expected_due:
        raise DueChanged(due.left)
    method = _method(runtime, cart, due.left, asked.payment_account_id)
    placement = _placement(runtime, cart, method, asked)
    try:
        return _write(runtime, cart, quote, due, method, placement, asked)
    except CreditChanged as error:
        raise DueChanged(credits.due(runtime, cart, quote.total).left) from error
    except OutOfStock as error:
        raise _not_enough(quote, error) from error
    except PromotionUsedUp as error:
        raise TotalChanged(quoting.freeze(runtime, cart)) from error


def _ready(cart: CartContent) -> CartContent:
    """A cart that has everything but the payment; says what is missing otherwise."""
    if cart.order_number:
        raise AlreadyOrdered(cart.order_number)
    if cart.is_empty:
        raise CartEmpty
    if not cart.email or cart.shipping_address is None:
        raise InvalidFields({"email": N_("Enter your e-mail and address first.")})
    return cart


def _agreed(runtime: Runtime, cart: CartContent, quote_id: str, expected: Money) -> Quote:
    """The stored quote, or a fresh one where it ran out or the cart changed; only at the total that was agreed to."""
    quote = quoting.frozen(cart, quote_id)
    if quote.expires_at <= runtime.clock.now() or not quoting.fits(quote, cart):
        quote = quoting.freeze(runtime, cart)
    if quote.total != expected:
        raise TotalChanged(quote)
    return quote


def _method(runtime: Runtime, cart: CartContent, left: Money, account_id: str) -> Method | None:
    if left.is_zero:
        return None
    method = payment_queries.chosen_method(
        runtime, account_id, market=cart.market.code, currency=left.currency, locale=cart.locale
    )
    if method is None:
        raise ChoiceGone
    return method


def _write(
    runtime: Runtime,
    cart: CartContent,
    quote: Quote,
    due: Due,
    method: Method | None,
    placement: Placement,
    asked: _Asked,
) -> tuple[OrderRef, AttemptView | None]:
    attempt: AttemptView | None = None
    with unit_of_work() as session:
        _close_cart(session, cart)
        order = orders.create_order(session, runtime, quote, placement)
        redemptions.claim(session, order_id=order.id, customer=cart.email, quote=quote, at=runtime.clock.now())
        session.connection().execute(_closing, {"cart": cart.id, "number": order.number})
        if method is not None:
            view, account = method
            payable = _payable(order, quote, placement)
            attempt = payments.begin(
                session, runtime, payable, account, label=view.label, amount=due.left, return_url=asked.return_url
            )
        own.pay_with_credits(session, runtime, order_id=order.id, uses=due.uses)
        if method is None or attempt is not None:
            asked.when_settled(order, (attempt,) if attempt is not None and not due.uses else None)
    return order, attempt


def _payable(order: OrderRef, quote: Quote, placement: Placement) -> PayableOrder:
    return PayableOrder(
        id=order.id,
        number=order.number,
        token=order.token,
        total=quote.total,
        charged=quote.total,
        payment_state="unpaid",
        cancelled=False,
        locale=quote.locale,
        email=folded_email(placement.email),
        billing_address=placement.billing_address,
    )


def _placement(runtime: Runtime, cart: CartContent, method: Method | None, asked: _Asked) -> Placement:
    hold = _hold_for(runtime, method[1]) if method else quoting.VALID_FOR
    address = cart.shipping_address
    assert address is not None  # _ready saw to it
    return Placement(
        email=cart.email,
        shipping_address=address,
        billing_address=cart.billing_address or address,
        idempotency_key=asked.key,
        request_digest=asked.digest,
        hold_until=runtime.clock.now() + hold,
        channel=asked.channel,
        number_prefix=str(known_store().settings.get("order_prefix", "")),
        policies=promises_today(cart.market.code),
    )


def _hold_for(runtime: Runtime, account: OpenAccount) -> timedelta:
    return runtime.guard.call(
        account,
        "hold_for",
        lambda provider: payment_queries.payment(provider).hold_for(),
        deadline_s=1,
        returns=timedelta,
    )


def _close_cart(session: Session, cart: CartContent) -> None:
    """Hold the cart's row: of two requests with different keys only the first makes an order of it."""
    number = session.connection().execute(_held, {"cart": cart.id}).scalar()
    if number is None:
        raise CartMissing
    if number:
        raise AlreadyOrdered(number)


def _begin(runtime: Runtime, order: OrderRef, return_url: Callable[[str], str]) -> PlacedOrder:
    attempts = [
        attempt for attempt in payment_queries.attempts(order.id) if attempt.account_id not in rows.OWN_ACCOUNTS
    ]
    if not attempts or not payments.must_be_asked(attempts[0].state):
        return PlacedOrder(order.number, order.token, attempts[0] if attempts else None)
    started = payments.start(runtime, attempts[0].id, return_url=return_url(attempts[0].id))
    return PlacedOrder(order.number, order.token, payment_queries.view(started))


def _known(key: str, request: str) -> OrderRef | None:
    known = order_queries.placed_with(key)
    if known is None:
        return None
    ref, digest = known
    if digest != request:
        raise KeyReused
    return ref


def _not_enough(quote: Quote, error: OutOfStock) -> NotEnough:
    name = next((line.name for line in quote.lines if line.sku == error.sku), error.sku)
    return NotEnough(name, error.available, sku=error.sku)


def _digest(quote_id: str, expected: Money, account_id: str) -> str:
    text = json.dumps([quote_id, expected.minor, expected.currency, account_id])
    return hashlib.sha256(text.encode()).hexdigest()
