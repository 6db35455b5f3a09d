"""Windows of prices: setting them for a variant in a list, and bringing the listings up to date at their edges."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, or_, select, update

from entrepot.catalog.models import Price, PriceWindow, Variant
from entrepot.catalog.noting import note_prices, refresh_listing_prices, windows_of
from entrepot.kernel.clock import HasClock
from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.kernel.texts import N_
from entrepot.markets.queries import PriceListView, price_lists
from entrepot.markets.service import touch_store
from entrepot.pricing.history import ListedPrice
from entrepot.pricing.windows import PriceWindow as Window
from entrepot.pricing.windows import asked_at, refuse_contradictions
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import reader, release_reader, unit_of_work


class PriceUnknown(EntrepotError):
    """A variant that has no price in the list."""

    status = 404

    def __init__(self, sku: str, code: str) -> None:
        super().__init__(
            N_("{sku} has no price in the list {list}. Enter its usual price there first."), sku=sku, list=code
        )


@dataclass(frozen=True)
class WindowedPrice:
    """A variant's price in a list: what is usual, what is asked now, and the windows in order."""

    sku: str
    price_list: PriceListView
    usual: Money
    asked: Money
    derived: dict[str, str]
    windows: tuple[Window, ...]


def set_windows(runtime: HasClock, code: str, sku: str, windows: Sequence[Window]) -> None:
    """Put these windows in the place of all that the variant has in the list. What was asked until now stays noted.

    Raises WindowInvalid, PriceUnknown.
    """
    refuse_contradictions(windows)
    price_list, now = price_lists().get(code), runtime.clock.now()
    release_reader()
    with unit_of_work() as session:
        price = session.scalar(_price(price_list, sku).with_for_update()) if price_list else None
        if price is None:
            raise PriceUnknown(sku, code)
        row = PriceWindow
        session.execute(delete(row).where(row.price_list_id == price.price_list_id, row.variant_id == price.variant_id))
        session.add_all(_row(price, window, now) for window in windows)
        session.flush()
        note_prices(session, [ListedPrice(price.price_list_id, price.variant_id, price.amount)], at=now)
        product = select(Variant.product_id).where(Variant.id == price.variant_id)
        refresh_listing_prices(session, [session.scalars(product).one()], at=now)
        touch_store(session)


def windowed_price(code: str, sku: str, *, at: datetime) -> WindowedPrice:
    """Raises PriceUnknown."""
    price_list = price_lists().get(code)
    columns = select(Price.variant_id, Price.amount, Price.derived).join(Variant, Variant.id == Price.variant_id)
    found = (
        price_list
        and reader().execute(columns.where(Price.price_list_id == price_list.id, Variant.sku == sku)).one_or_none()
    )
    if not price_list or not found:
        raise PriceUnknown(sku, code)
    windows = windows_of(reader(), [found.variant_id]).get((price_list.id, found.variant_id), [])
    return WindowedPrice(
        sku=sku,
        price_list=price_list,
        usual=Money(found.amount, price_list.currency),
        asked=Money(asked_at(found.amount, windows, at), price_list.currency),
        derived=dict(found.derived),
        windows=tuple(windows),
    )


def apply_due_windows(runtime: HasClock) -> int:
    """Bring the listings up to date with every window that began or ended; how many products. Idempotent."""
    now, row = runtime.clock.now(), PriceWindow
    begins = ~row.begun & (row.valid_from <= now)
    ends = ~row.ended & (row.valid_until <= now)
    with unit_of_work() as session:
        due = select(Variant.product_id).join(row, row.variant_id == Variant.id).where(~row.ended, or_(begins, ends))
        products = sorted(set(session.scalars(due)))
        if not products:
            return 0
        session.execute(update(row).where(begins).values(begun=True))
        session.execute(update(row).where(ends).values(ended=True))
        refresh_listing_prices(session, products, at=now)
        touch_store(session)
    return len(products)


def _price(price_list: PriceListView, sku: str) -> Select[Price]:
    variant = select(Variant.id).where(Variant.sku == sku).scalar_subquery()
    return select(Price).where(Price.price_list_id == price_list.id, Price.variant_id == variant)


def _row(price: Price, window: Window, now: datetime) -> PriceWindow:
    return PriceWindow(
        price_list_id=price.price_list_id,
        variant_id=price.variant_id,
        amount=window.amount,
        valid_from=window.valid_from,
        valid_until=window.valid_until,
        begun=window.valid_from <= now,
        ended=window.valid_until is not None and window.valid_until <= now,
    )
