"""Carts: what is in them, where they go, how they are paid. Prices are never stored here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Row, Update, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from entrepot.catalog.queries import sellable
from entrepot.catalog.views import Sellable
from entrepot.checkout import address_rules
from entrepot.checkout.errors import CartMissing, InvalidFields, InvalidQuantity, NotEnough, NotSold
from entrepot.checkout.models import Cart, CartLine
from entrepot.engine.runtime import Runtime
from entrepot.kernel.address import Address
from entrepot.kernel.ids import new_token
from entrepot.markets.queries import MarketView, known_store
from entrepot.pricing.promotions import coupon_code
from entrepot.pricing.rules import FIRST_SHIPMENT
from entrepot.storage.session import insert_row, insert_rows, rows_of, unit_of_work

#: What was taken off each unit stands in the quote, one by one. A store may allow less: its setting "most_per_line".
MOST_PER_LINE = 9_999
#: Every shipment asks each carrier anew, while the buyer waits.
MOST_SHIPMENTS = 9
_NOT_STORED = 0


class CartItem(NamedTuple):
    """So many pieces of a variant that travel with one shipment."""

    variant_id: int
    quantity: int
    shipment: int = FIRST_SHIPMENT


_by_token = select(Cart.__table__).where(Cart.token == bindparam("token"))
_lines_of = (
    select(CartLine.variant_id, CartLine.quantity, CartLine.shipment)
    .where(CartLine.cart_id == bindparam("cart"))
    .order_by(CartLine.added_at, CartLine.variant_id, CartLine.shipment)
)
_cart, _line = Cart.__table__.c, CartLine.__table__.c
_open = (
    select(_cart.id, _cart.market, _cart.shipping_address, _cart.shipping_choices, _cart.coupons)
    .where(_cart.token == bindparam("token"), _cart.order_number == "")
    .with_for_update()
)
_touching = (
    update(Cart.__table__)  # type: ignore[arg-type]  # a mapped class has a Table
    .where(_cart.token == bindparam("cart"), _cart.order_number == "")
    .values(updated_at=bindparam("at"))
    .returning(_cart.id)
)
_setting = (
    update(CartLine.__table__)  # type: ignore[arg-type]  # a mapped class has a Table
    .where(
        _line.cart_id == bindparam("cart"),
        _line.variant_id == bindparam("variant"),
        _line.shipment == bindparam("number"),
    )
    .values(quantity=bindparam("wanted"))
)
_pieces = (
    select(func.coalesce(func.sum(CartLine.quantity), 0))
    .join(Cart, Cart.id == CartLine.cart_id)
    .where(Cart.token == bindparam("token"), Cart.order_number == "")
)


@dataclass(frozen=True)
class CartContent:
    """A cart as it is stored."""

    id: int
    token: str
    market: MarketView
    locale: str
    email: str
    shipping_address: Address | None
    billing_address: Address | None
    payment_account_id: str
    order_number: str
    #: In the order in which they were added.
    lines: tuple[CartItem, ...]
    coupons: tuple[str, ...] = ()
    #: Ids of the gift cards and store credits that are to pay.
    credits: tuple[str, ...] = ()
    #: (carrier account id, service) by the shipment's number
    shipping_choices: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.lines

    @property
    def pieces(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def quantities(self) -> dict[int, int]:
        """Pieces of each variant in all shipments together."""
        found: dict[int, int] = {}
        for line in self.lines:
            found[line.variant_id] = found.get(line.variant_id, 0) + line.quantity
        return found

    def choice(self, shipment: int) -> tuple[str, str]:
        """The chosen (carrier account id, service); empty texts while none is."""
        return self.shipping_choices.get(shipment, ("", ""))

    def shipment_of(self, variant_id: int) -> int:
        """The first shipment that the variant travels with, or would."""
        return next((line.shipment for line in self.lines if line.variant_id == variant_id), FIRST_SHIPMENT)


def content(token: str) -> CartContent:
    """The cart; raises CartMissing."""
    row = rows_of(_by_token, token=token).one_or_none()
    market = known_store().market(row.market) if row is not None else None
    if row is None or market is None:
        raise CartMissing
    lines = rows_of(_lines_of, cart=row.id)
    return CartContent(
        id=row.id,
        token=row.token,
        market=market,
        locale=row.locale,
        email=row.email,
        shipping_address=Address.from_dict(row.shipping_address) if row.shipping_address else None,
        billing_address=Address.from_dict(row.billing_address) if row.billing_address else None,
        payment_account_id=row.payment_account_id,
        order_number=row.order_number,
        lines=tuple(CartItem(line.variant_id, line.quantity, line.shipment) for line in lines),
        coupons=tuple(row.coupons),
        shipping_choices={
            int(number): (way["account_id"], way["service"]) for number, way in row.shipping_choices.items()
        },
        credits=tuple(row.credits),
    )


def count(token: str) -> int:
    """Pieces in the cart; 0 for a cart that is unknown or was ordered."""
    return int(rows_of(_pieces, token=token).scalar_one())


def draft(
    runtime: Runtime,
    *,
    market: MarketView,
    locale: str,
    picked: Sequence[tuple[Sellable, int, int]] = (),
    email: str = "",
    shipping: Address | None = None,
) -> CartContent:
    """A cart that is not stored yet, with (variant, quantity, shipment) in it, and where it goes.

    Raises what ``add`` and ``set_address`` raise.
    """
    lines = _together(picked)
    if shipping is not None:
        _refuse(address_rules.email_problem(email) | address_rules.problems(shipping, market.countries))
        shipping = address_rules.tidy(shipping)
    elif email:
        _refuse(address_rules.email_problem(email))
    return CartContent(_NOT_STORED, new_token(), market, locale, email.strip(), shipping, None, "", "", lines)


def store(runtime: Runtime, cart: CartContent) -> CartContent:
    """Keep what was drafted: the cart with its id."""
    now = runtime.clock.now()
    row = {
        "token": cart.token,
        "market": cart.market.code,
        "locale": cart.locale,
        "email": cart.email,
        "shipping_address": cart.shipping_address.as_dict() if cart.shipping_address else {},
        "shipping_choices": _stored_ways(cart.shipping_choices),
        "created_at": now,
        "updated_at": now,
    }
    with unit_of_work() as session:
        stored = replace(cart, id=insert_row(session, Cart, row))
        if cart.lines:
            rows = [{"cart_id": stored.id, "added_at": now, **line._asdict()} for line in cart.lines]
            insert_rows(session, CartLine, rows)
    return stored


def _stored_ways(ways: Mapping[int, tuple[str, str]]) -> dict[str, dict[str, str]]:
    return {str(number): {"account_id": account_id, "service": name} for number, (account_id, name) in ways.items()}


def _together(picked: Sequence[tuple[Sellable, int, int]]) -> tuple[CartItem, ...]:
    """Pieces of the same variant in the same shipment are one line, if so many are allowed and there."""
    pieces: dict[tuple[int, int], int] = {}
    wanted: dict[int, int] = {}
    for item, quantity, shipment in picked:
        place = item.variant_id, shipment
        pieces[place] = _checked(pieces.get(place, 0) + _checked(quantity))
        wanted[item.variant_id] = wanted.get(item.variant_id, 0) + quantity
        _promise(item, item.variant_id, wanted[item.variant_id])
    return tuple(CartItem(variant_id, quantity, shipment) for (variant_id, shipment), quantity in pieces.items())


def _refuse(errors: Mapping[str, str]) -> None:
    if errors:
        raise InvalidFields(errors)


def start_cart(runtime: Runtime, *, market: str, locale: str) -> str:
    """A new empty cart; returns its token."""
    now = runtime.clock.now()
    token = new_token()
    with unit_of_work() as session:
        row = {"token": token, "market": market, "locale": locale, "created_at": now, "updated_at": now}
        insert_rows(session, Cart, row)
    return token


def most_per_line() -> int:
    """How many pieces of a variant may travel in one shipment, as the store has it."""
    allowed = known_store().settings.get("most_per_line")
    return min(allowed, MOST_PER_LINE) if isinstance(allowed, int) and allowed > 0 else MOST_PER_LINE


def add(runtime: Runtime, token: str, *, variant_id: int, quantity: int = 1, shipment: int = FIRST_SHIPMENT) -> None:
    """Put pieces in, on top of those that travel with the same shipment already."""
    cart = content(token)
    present = _present(cart, variant_id, shipment)
    _put(runtime, cart, variant_id=variant_id, quantity=present + _checked(quantity), shipment=shipment)


def set_quantity(
    runtime: Runtime, token: str, *, variant_id: int, quantity: int, shipment: int = FIRST_SHIPMENT
) -> None:
    """Have exactly so many pieces in a shipment; 0 removes the line."""
    if quantity == 0:
        return remove(runtime, token, variant_id=variant_id, shipment=shipment)
    return _put(runtime, content(token), variant_id=variant_id, quantity=quantity, shipment=shipment)


def _put(runtime: Runtime, cart: CartContent, *, variant_id: int, quantity: int, shipment: int) -> None:
    wanted = _checked(quantity)
    elsewhere = cart.quantities.get(variant_id, 0) - _present(cart, variant_id, shipment)
    _promise(sellable([variant_id], cart.market, cart.locale).get(variant_id), variant_id, wanted + elsewhere)
    with unit_of_work() as session:
        _touch(session, runtime, cart.token)
        line = {"cart": cart.id, "variant": variant_id, "number": shipment, "wanted": wanted}
        if session.connection().execute(_setting, line).rowcount == 0:
            row = {"cart_id": cart.id, "variant_id": variant_id, "shipment": shipment, "quantity": wanted}
            insert_rows(session, CartLine, row | {"added_at": runtime.clock.now()})


def remove(runtime: Runtime, token: str, *, variant_id: int, shipment: int | None = None) -> None:
    """Take a variant out, of one shipment or of all. Idempotent."""
    with unit_of_work() as session:
        cart_id = _touch(session, runtime, token)
        gone = delete(CartLine).where(CartLine.cart_id == cart_id, CartLine.variant_id == variant_id)
        session.execute(gone if shipment is None else gone.where(CartLine.shipment == shipment))


def change_market(runtime: Runtime, token: str, *, market: str, locale: str) -> None:
    """Move the cart to another market: its lines stay, its choices of delivery and payment do not."""
    with unit_of_work() as session:
        cart = _held(session, token)
        left = {"shipping_choices": {}, "payment_account_id": "", "shipping_address": {}}
        _change(session, runtime, cart.id, market=market, locale=locale, **(left if cart.market != market else {}))


def set_address(runtime: Runtime, token: str, *, email: str, shipping: Address, billing: Address | None = None) -> None:
    """Where it goes and whom to write to; raises InvalidFields with a text per field."""
    store_address(runtime, addressed(content(token), email=email, shipping=shipping, billing=billing))


def addressed(cart: CartContent, *, email: str, shipping: Address, billing: Address | None) -> CartContent:
    """The cart with where it goes, not stored yet; raises InvalidFields with a text per field.

    Ways of delivery to another country are none to this one.
    """
    errors = address_rules.email_problem(email) | address_rules.problems(shipping, cart.market.countries)
    if billing is not None:
        anywhere = address_rules.problems(billing, None)
        errors |= {f"billing_{name}": text for name, text in anywhere.items()}
    _refuse(errors)
    stays = cart.shipping_address is not None and cart.shipping_address.country == shipping.country
    return replace(
        cart,
        email=email.strip(),
        shipping_address=address_rules.tidy(shipping),
        billing_address=address_rules.tidy(billing) if billing else None,
        shipping_choices=cart.shipping_choices if stays else {},
    )


def store_address(runtime: Runtime, cart: CartContent) -> None:
    """Keep where ``addressed`` sends it, and how."""
    with unit_of_work() as session:
        _change(
            session,
            runtime,
            _held(session, cart.token).id,
            email=cart.email,
            shipping_address=cart.shipping_address.as_dict() if cart.shipping_address else {},
            billing_address=cart.billing_address.as_dict() if cart.billing_address else {},
            shipping_choices=_stored_ways(cart.shipping_choices),
        )


def set_email(runtime: Runtime, token: str, *, email: str) -> None:
    """Whom to write to, known before the address is; raises InvalidFields."""
    _refuse(address_rules.email_problem(email))
    with unit_of_work() as session:
        _change(session, runtime, _held(session, token).id, email=email.strip())


def set_shipping(
    runtime: Runtime, token: str, *, account_id: str, service: str, shipment: int = FIRST_SHIPMENT
) -> None:
    """Remember the way of delivery of a shipment; whether it is offered is checked when the cart is priced."""
    set_ways(runtime, token, {shipment: (account_id, service)})


def set_ways(runtime: Runtime, token: str, ways: Mapping[int, tuple[str, str]]) -> None:
    """The same for several shipments by number, each with its (carrier account, service)."""
    with unit_of_work() as session:
        cart = _held(session, token)
        _change(session, runtime, cart.id, shipping_choices={**cart.shipping_choices, **_stored_ways(ways)})


def add_coupon(runtime: Runtime, token: str, *, code: str) -> None:
    """Remember a coupon; whether it is accepted is asked before (``quoting.coupon_refusal``). Idempotent."""
    with unit_of_work() as session:
        cart = _held(session, token)
        if coupon_code(code) not in cart.coupons:
            _change(session, runtime, cart.id, coupons=[*cart.coupons, coupon_code(code)])


def remove_coupon(runtime: Runtime, token: str, *, code: str) -> None:
    """Forget a coupon. Idempotent."""
    with unit_of_work() as session:
        cart = _held(session, token)
        left = [known for known in cart.coupons if known != coupon_code(code)]
        _change(session, runtime, cart.id, coupons=left)


def set_credits(runtime: Runtime, token: str, *, credits: Sequence[str]) -> None:
    """Remember which gift cards and store credits are to pay; what each pays is asked when the order is placed."""
    with unit_of_work() as session:
        _change(session, runtime, _held(session, token).id, credits=list(credits))


def set_payment(runtime: Runtime, token: str, *, account_id: str) -> None:
    """Remember the way of paying; whether it is offered is checked when the order is placed."""
    with unit_of_work() as session:
        _change(session, runtime, _held(session, token).id, payment_account_id=account_id)


def _checked(quantity: int) -> int:
    most = most_per_line()
    if not 1 <= quantity <= most:
        raise InvalidQuantity(most)
    return quantity


def _present(cart: CartContent, variant_id: int, shipment: int) -> int:
    return sum(line.quantity for line in cart.lines if (line.variant_id, line.shipment) == (variant_id, shipment))


def _promise(item: Sellable | None, variant_id: int, wanted: int) -> None:
    if item is None or item.unit_price is None or not item.active:
        raise NotSold(item.sku if item else str(variant_id))
    if item.tracked and item.available < wanted:
        raise NotEnough(item.name, item.available, sku=item.sku)


def _touch(session: Session, runtime: Runtime, token: str) -> int:
    """Mark the open cart as changed, which holds it until the transaction ends; its id."""
    session.flush()
    found: int | None = session.connection().execute(_touching, {"cart": token, "at": runtime.clock.now()}).scalar()
    if found is None:
        raise CartMissing
    return found


def _held(session: Session, token: str) -> Row[*tuple[Any, ...]]:
    """The open cart, held until the transaction ends; one that became an order is not touched any more."""
    session.flush()
    cart = session.connection().execute(_open, {"token": token}).one_or_none()
    if cart is None:
        raise CartMissing
    return cart


def _change(session: Session, runtime: Runtime, cart_id: int, **values: Any) -> None:
    given = {f"new_{name}": value for name, value in values.items()}
    changing = _changing(tuple(values))
    session.connection().execute(changing, {"cart": cart_id, "new_updated_at": runtime.clock.now(), **given})


@cache
def _changing(names: tuple[str, ...]) -> Update:
    """The statement for these columns, built once: building it costs more than running it."""
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in (*names, "updated_at")}
    return update(Cart.__table__).where(_cart.id == bindparam("cart")).values(new)  # type: ignore[arg-type]
