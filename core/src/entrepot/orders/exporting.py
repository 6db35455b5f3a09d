"""Orders as a table: chosen columns, one row per order or per line, read in pages however many there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from entrepot.kernel.money import Money
from entrepot.kernel.texts import N_
from entrepot.orders.models import Order, OrderLine
from entrepot.orders.rules import STATUSES
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import reader

#: Orders that are read at once.
PAGE = 500

AnyRow = Row[*tuple[object, ...]]
Value = str | int
Read = Callable[[AnyRow], Value]


class ExportRefused(EntrepotError):
    """An export that asks for what there is not."""


@dataclass(frozen=True)
class Column:
    """``personal``: says who the buyer is. ``of_line``: only there with one row per line."""

    name: str
    read: Read
    personal: bool = False
    of_line: bool = False


@dataclass(frozen=True)
class Chosen:
    """Which orders; ``since`` and ``until`` are instants, the second is excluded."""

    status: str = ""
    market: str = ""
    since: datetime | None = None
    until: datetime | None = None


def _text(name: str) -> Read:
    return lambda row: str(getattr(row, name) or "")


def _instant(name: str) -> Read:
    def read(row: AnyRow) -> str:
        at = getattr(row, name)
        return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""

    return read


def _address(name: str) -> Read:
    return lambda row: str((row.shipping_address or {}).get(name) or "")


def _money(name: str) -> Read:
    return lambda row: str(Money(getattr(row, name), row.currency).decimal)


def _count(name: str) -> Read:
    return lambda row: int(getattr(row, name))


COLUMNS = {
    column.name: column
    for column in (
        Column("number", _text("number")),
        Column("placed_at", _instant("placed_at")),
        Column("status", _text("status")),
        Column("payment_state", _text("payment_state")),
        Column("fulfilment_state", _text("fulfilment_state")),
        Column("channel", _text("channel")),
        Column("external_id", _text("external_id")),
        Column("market", _text("market")),
        Column("currency", _text("currency")),
        Column("total", _money("total")),
        Column("email", _text("email"), personal=True),
        Column("name", _address("name"), personal=True),
        Column("company", _address("company"), personal=True),
        Column("street", _address("street"), personal=True),
        Column("postcode", _address("postcode"), personal=True),
        Column("city", _address("city"), personal=True),
        Column("region", _address("region")),
        Column("country", _address("country")),
        Column("phone", _address("phone"), personal=True),
        Column("sku", _text("sku"), of_line=True),
        Column("goods", _text("goods"), of_line=True),
        Column("options", _text("options"), of_line=True),
        Column("quantity", _count("quantity"), of_line=True),
        Column("shipped", _count("shipped"), of_line=True),
        Column("unit_price", _money("unit_price"), of_line=True),
        Column("line_total", _money("line_total"), of_line=True),
        Column("line_tax", _money("line_tax"), of_line=True),
        Column("hs_code", _text("hs_code"), of_line=True),
        Column("origin_country", _text("origin_country"), of_line=True),
    )
}

_ORDER = (
    Order.id, Order.number, Order.placed_at, Order.status, Order.payment_state, Order.fulfilment_state, Order.channel,
    Order.external_id, Order.market, Order.currency, Order.total, Order.email, Order.shipping_address,
)  # fmt: skip
_LINE = (
    OrderLine.sku, OrderLine.name.label("goods"), OrderLine.options, OrderLine.quantity, OrderLine.shipped,
    OrderLine.unit_price, OrderLine.total.label("line_total"), OrderLine.tax.label("line_tax"), OrderLine.hs_code,
    OrderLine.origin_country,
)  # fmt: skip


def choose_columns(names: Sequence[str], *, by_line: bool, personal: bool) -> tuple[Column, ...]:
    """The columns named, or all that fit. Without ``personal`` none says who the buyer is. Raises ExportRefused."""
    offered = [
        column for column in COLUMNS.values() if (by_line or not column.of_line) and (personal or not column.personal)
    ]
    if not names:
        return tuple(offered)
    by_name = {column.name: column for column in offered}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise ExportRefused(
            N_("There is no column '{name}' here. Choose among: {known}."), name=unknown[0], known=", ".join(by_name)
        )
    return tuple(by_name[name] for name in dict.fromkeys(names))


def rows(columns: Collection[Column], chosen: Chosen, *, by_line: bool) -> Iterator[tuple[Value, ...]]:
    """One tuple per order, or per line of every order, oldest first. Raises ExportRefused for an unknown status."""
    if chosen.status and chosen.status not in STATUSES:
        raise ExportRefused(
            N_("There is no status '{name}'. Choose among: {known}."), name=chosen.status, known=", ".join(STATUSES)
        )
    return (tuple(column.read(row) for column in columns) for row in _read(chosen, by_line))


def _read(chosen: Chosen, by_line: bool) -> Iterator[AnyRow]:
    oldest_first = _oldest_first(chosen)
    last = None
    while page := _page(chosen, oldest_first, last):
        last = page[-1]
        ids = [row.id for row in page]
        orders = select(*_ORDER, *(_LINE if by_line else ())).where(Order.id.in_(ids)).order_by(*oldest_first)
        if by_line:
            orders = orders.join(OrderLine, OrderLine.order_id == Order.id).order_by(OrderLine.position)
        yield from reader().execute(orders)


def _oldest_first(chosen: Chosen) -> Sequence[InstrumentedAttribute[Any]]:
    """As an index has them: in a period by the time of the order."""
    is_whole = chosen.since is None and chosen.until is None
    return (Order.id,) if is_whole else (Order.placed_at, Order.id)


def _page(
    chosen: Chosen, oldest_first: Sequence[InstrumentedAttribute[Any]], last: AnyRow | None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows that follow ``last``, which are then not asked whether they are late enough."""
    found = select(Order.id, Order.placed_at).order_by(*oldest_first).limit(PAGE)
    if chosen.status:
        found = found.where(Order.status == chosen.status)
    if chosen.market:
        found = found.where(Order.market == chosen.market)
    if last is not None:
        place = (literal(getattr(last, column.key), column.type) for column in oldest_first)
        found = found.where(tuple_(*oldest_first) > tuple_(*place))
    elif chosen.since is not None:
        found = found.where(Order.placed_at >= chosen.since)
    if chosen.until is not None:
        found = found.where(Order.placed_at < chosen.until)
    return reader().execute(found).all()
