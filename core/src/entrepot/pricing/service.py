"""Saving promotions, catalogue cuts, limits of discounts and exchange rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from entrepot.kernel.clock import HasClock
from entrepot.kernel.currency import exponent
from entrepot.markets.queries import known_store
from entrepot.markets.service import touch_store
from entrepot.pricing import models
from entrepot.pricing.definitions import NoAmountHere, Place, PromotionInvalid, money, percent, read_definition
from entrepot.pricing.fx import RateInvalid
from entrepot.pricing.promotions import coupon_code
from entrepot.storage.session import unit_of_work


def save_promotion(
    runtime: HasClock,
    *,
    code: str,
    label: Mapping[str, str],
    definition: Mapping[str, Any],
    markets: Sequence[str] = (),
    enabled: bool = True,
    priority: int = 0,
    exclusive: bool = False,
    coupon: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    usage_limit: int | None = None,
    used: int | None = None,
    per_customer_limit: int | None = None,
    reusable_after_cancel: bool = True,
) -> int:
    """Create or change the promotion with this code; its id. Raises PromotionInvalid.

    An amount without a currency counts in the store's base currency. ``used`` takes over uses counted elsewhere.
    """
    read = _with_currency(definition)
    _refuse_unreadable(read, markets)
    _refuse_empty_window(starts_at, ends_at)
    with unit_of_work() as session:
        row = session.scalar(select(models.Promotion).where(models.Promotion.code == code))
        row = row or models.Promotion(code=code, used=0)
        row.label, row.definition, row.markets = dict(label), read, list(markets)
        row.enabled, row.priority, row.exclusive = enabled, priority, exclusive
        row.coupon, row.starts_at, row.ends_at = coupon_code(coupon), starts_at, ends_at
        row.usage_limit, row.per_customer_limit = usage_limit, per_customer_limit
        row.reusable_after_cancel = reusable_after_cancel
        if used is not None:
            row.used = used
        session.add(row)
        session.flush()
        touch_store(session)
        return row.id


def end_promotion(runtime: HasClock, code: str) -> None:
    """Let it apply to no new quote from now on. Quotes that were agreed to and orders keep it."""
    with unit_of_work() as session:
        session.execute(
            update(models.Promotion).where(models.Promotion.code == code).values(ends_at=runtime.clock.now())
        )
        touch_store(session)


def save_cut(
    runtime: HasClock,
    *,
    code: str,
    label: Mapping[str, str],
    definition: Mapping[str, Any],
    markets: Sequence[str] = (),
    priority: int = 0,
    exclusive: bool = False,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> int:
    """Create the catalogue cut, or put it in the place of the one with this code from now on; its id.

    ``definition``: "percent" or "amount", and any of "sku", "skus", "category", "categories". What was in force until
    now stays on record. Raises PromotionInvalid.
    """
    now = runtime.clock.now()
    read = _with_currency(definition)
    _refuse_unreadable_cut(read)
    begins = max(starts_at, now) if starts_at else now
    _refuse_empty_window(begins, ends_at)
    with unit_of_work() as session:
        _end_cut(session, code, now)
        row = models.CatalogueCut(
            code=code,
            label=dict(label),
            definition=read,
            markets=list(markets),
            priority=priority,
            exclusive=exclusive,
            starts_at=begins,
            ends_at=ends_at,
        )
        session.add(row)
        session.flush()
        touch_store(session)
        return row.id


def end_cut(runtime: HasClock, code: str) -> None:
    """End the catalogue cut now. Idempotent."""
    with unit_of_work() as session:
        _end_cut(session, code, runtime.clock.now())
        touch_store(session)


def limit_discounts(
    runtime: HasClock, *, variant_id: int, discountable: bool = True, floors: Mapping[str, str] | None = None
) -> None:
    """Say what no discount may do to a variant. ``floors`` are amounts by market or currency: {"EUR": "45.00"}."""
    with unit_of_work() as session:
        session.merge(models.DiscountLimit(variant_id=variant_id, discountable=discountable, floors=dict(floors or {})))


def save_rates(runtime: HasClock, *, base: str, rates: Mapping[str, Decimal | str], on: date, source: str) -> None:
    """Store what 1 ``base`` is worth in other currencies on a day. The same day and source again changes nothing."""
    exponent(base)
    rows = [(quote, _rate_text(base, quote, rate)) for quote, rate in rates.items()]
    with unit_of_work() as session:
        stored = select(models.FxRate.quote).where(
            models.FxRate.base == base, models.FxRate.on == on, models.FxRate.source == source
        )
        known = set(session.scalars(stored))
        session.add_all(
            models.FxRate(base=base, quote=quote, rate=rate, on=on, source=source)
            for quote, rate in rows
            if quote not in known
        )


def _rate_text(base: str, quote: str, rate: Decimal | str) -> str:
    exponent(quote)
    try:
        number = Decimal(rate)
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or number <= 0:
        raise RateInvalid(f"{base}/{quote}: {rate!r} is not an exchange rate. Write it like 1.0834.")
    return str(rate)


def _end_cut(session: Session, code: str, now: datetime) -> None:
    """What has begun ends; what has not is taken away."""
    cut = models.CatalogueCut
    session.execute(delete(cut).where(cut.code == code, cut.starts_at >= now))
    running = cut.ends_at.is_(None) | (cut.ends_at > now)
    session.execute(update(cut).where(cut.code == code, running).values(ends_at=now))


def _with_currency(value: Any, key: str = "") -> Any:
    """The definition with plain amounts put under the base currency."""
    amounts = ("amount", "min_price", "max_price", "min_items_total", "total")
    if key == "options":  # a plugin's own
        return value
    if isinstance(value, Mapping):
        return {name: _with_currency(each, name) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_with_currency(each) for each in value]
    return {known_store().base_currency: value} if key in amounts and value is not None else value


def _places(markets: Sequence[str]) -> list[Place]:
    chosen = [market for market in known_store().markets if not markets or market.code in markets]
    return [Place(market.code, market.currency) for market in chosen]


def _refuse_unreadable(definition: Mapping[str, Any], markets: Sequence[str]) -> None:
    """Raises PromotionInvalid where the definition cannot be read, or for no market at all."""
    missing: list[NoAmountHere] = []
    places = _places(markets)
    for place in places:
        try:
            read_definition(definition, place)
        except NoAmountHere as error:
            missing.append(error)
    if missing and len(missing) == len(places):
        raise missing[0]


def _refuse_unreadable_cut(definition: Mapping[str, Any]) -> None:
    if ("percent" in definition) == ("amount" in definition):
        raise PromotionInvalid("Catalogue cut: give it either a 'percent' or an 'amount'.")
    percent(definition.get("percent", 0))
    for place in (place for place in _places(()) if place.currency in definition.get("amount", {})):
        money(definition["amount"], place, "amount")


def _refuse_empty_window(starts_at: datetime | None, ends_at: datetime | None) -> None:
    if starts_at and ends_at and ends_at <= starts_at:
        raise PromotionInvalid(f"It would end at {ends_at} before it begins at {starts_at}. Choose a later end.")
