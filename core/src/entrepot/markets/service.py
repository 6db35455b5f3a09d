"""Setting up the store and its markets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from entrepot.kernel.clock import HasClock
from entrepot.kernel.country import country_code
from entrepot.kernel.currency import exponent
from entrepot.markets.models import Market, MarketCountry, PriceList, Store
from entrepot.markets.queries import StoreMissing, forget_store
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import unit_of_work


class StoreExists(EntrepotError):
    """The database holds a store already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"This database already holds the store {name!r}. Use another database for a second store.")


class MarketInvalid(EntrepotError):
    """A market that cannot sell as described."""


def create_store(
    runtime: HasClock,
    *,
    name: str,
    base_currency: str,
    theme: str = "",
    theme_settings: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Create the one store of this database. Raises StoreExists, UnknownCurrency."""
    exponent(base_currency)
    with unit_of_work() as session:
        if (existing := session.execute(select(Store.name)).scalar()) is not None:
            raise StoreExists(existing)
        session.add(
            Store(
                name=name,
                base_currency=base_currency,
                theme=theme,
                theme_settings=dict(theme_settings or {}),
                settings=dict(settings or {}),
            )
        )


def change_store(
    *,
    name: str | None = None,
    theme: str | None = None,
    theme_settings: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Change what is given; ``settings`` are added to those that there are, ``theme_settings`` take their place.

    Raises StoreMissing.
    """
    with unit_of_work() as session:
        found = session.scalars(select(Store)).one_or_none()
        if found is None:
            raise StoreMissing
        found.name = name or found.name
        found.theme = found.theme if theme is None else theme
        found.theme_settings = found.theme_settings if theme_settings is None else dict(theme_settings)
        found.settings = {**found.settings, **(settings or {})}
        touch_store(session)


def save_market(
    runtime: HasClock,
    *,
    code: str,
    name: Mapping[str, str],
    currency: str,
    locales: Sequence[str],
    countries: Iterable[str],
    default_country: str,
    includes_tax: bool,
    price_list: str = "",
    time_zone: str = "UTC",
    tax_rounding: str = "per_line",
    enabled: bool = True,
    position: int = 100,
) -> int:
    """Create or change the market with this code; its id. Countries move here from other markets.

    ``price_list`` defaults to the market's code and is created when missing. Raises MarketInvalid, UnknownCountry,
    UnknownCurrency.
    """
    exponent(currency)
    served = {country_code(country) for country in countries}
    _refuse_contradictions(code, locales, served, default_country, time_zone)
    with unit_of_work() as session:
        list_id = save_price_list(session, code=price_list or code, currency=currency, includes_tax=includes_tax)
        market = session.scalar(select(Market).where(Market.code == code)) or Market(code=code)
        market.name = dict(name)
        market.currency = currency
        market.locales = list(locales)
        market.price_list_id = list_id
        market.time_zone = time_zone
        market.tax_rounding = tax_rounding
        market.default_country = default_country
        market.enabled = enabled
        market.position = position
        session.add(market)
        session.flush()
        _serve(session, market.id, served)
        touch_store(session)
        return market.id


def save_price_list(session: Session, *, code: str, currency: str, includes_tax: bool) -> int:
    """The id of the price list with this code; created when missing. Its currency never changes."""
    found = session.scalar(select(PriceList).where(PriceList.code == code))
    if found is None:
        found = PriceList(code=code, currency=currency, includes_tax=includes_tax)
        session.add(found)
    elif found.currency != currency:
        raise MarketInvalid(
            f"Price list {code!r} is in {found.currency}, not {currency}. Choose another price list for this market."
        )
    found.includes_tax = includes_tax
    session.flush()
    return found.id


def change_price_list(session: Session, list_id: int, **columns: Any) -> None:
    """Set columns of the list: how it follows another one, or what became of that."""
    session.execute(update(PriceList).where(PriceList.id == list_id).values(**columns))


def touch_store(session: Session) -> None:
    """Make every process read store, markets and categories anew. Call it with each change of them."""
    session.execute(update(Store).values(version=Store.version + 1))
    forget_store()


def _refuse_contradictions(
    code: str, locales: Sequence[str], countries: set[str], default_country: str, time_zone: str
) -> None:
    if not locales:
        raise MarketInvalid(f"Market {code!r} has no locale. Name at least one, such as 'en'.")
    if default_country not in countries:
        raise MarketInvalid(f"Market {code!r} does not serve its default country {default_country!r}. Add it.")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise MarketInvalid(f"{time_zone!r} is not a time zone. Write it like 'Europe/Berlin'.") from None


def _serve(session: Session, market_id: int, countries: set[str]) -> None:
    session.execute(
        delete(MarketCountry).where((MarketCountry.market_id == market_id) | MarketCountry.country.in_(countries))
    )
    session.add_all(MarketCountry(country=country, market_id=market_id) for country in sorted(countries))
