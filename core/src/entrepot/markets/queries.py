"""The frame of every page: the store, its markets and its category tree, cached per process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import field
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import JSON, Engine, Row, column, select, table

from entrepot.kernel.records import dataclass
from entrepot.markets.models import Market, MarketCountry, PriceList, Store
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import db, in_unit_of_work, reader, rows_of

#: The catalogue is a slice above this one; of its table these columns are what the frame of a page needs.
_category = table(
    "category",
    column("id"),
    column("slug"),
    column("parent_id"),
    column("name", JSON),
    column("description", JSON),
    column("position"),
)


class StoreMissing(EntrepotError):
    """The database holds no store yet."""

    status = 503

    def __init__(self) -> None:
        super().__init__("There is no store in this database yet. Create one with: entrepot init")


@dataclass(frozen=True)
class MarketView:
    """Countries, currency, locales, price list and tax display that go together."""

    code: str
    name: dict[str, str]
    currency: str
    locales: tuple[str, ...]
    price_list_id: int
    includes_tax: bool
    time_zone: str
    default_country: str
    countries: frozenset[str]
    #: per_line, per_unit or per_order
    tax_rounding: str = "per_line"


@dataclass(frozen=True)
class CategoryNode:
    id: int
    slug: str
    name: dict[str, str]
    children: tuple[CategoryNode, ...] = ()
    description: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StoreView:
    """What every page needs to know of the shop; ``markets`` are the enabled ones in order."""

    name: str
    base_currency: str
    theme: str
    theme_settings: dict[str, Any]
    settings: dict[str, Any]
    markets: tuple[MarketView, ...]
    categories: tuple[CategoryNode, ...]
    version: int

    def market(self, code: str) -> MarketView | None:
        """The enabled market with this code."""
        return next((market for market in self.markets if market.code == code), None)

    def market_of_country(self, country: str) -> MarketView | None:
        return next((market for market in self.markets if country in market.countries), None)


#: A row whose columns the reading function knows by name.
AnyRow = Row[*tuple[Any, ...]]

_version = select(Store.__table__.c.version)
_known: WeakKeyDictionary[Engine, StoreView] = WeakKeyDictionary()


def store() -> StoreView:
    """The store as it is now: one query while nothing has changed. Raises StoreMissing."""
    version = rows_of(_version).scalar()
    if version is None:
        raise StoreMissing
    known = _known.get(db.engine)
    if known is not None and known.version == version:
        return known
    return _load_and_remember()


def known_store() -> StoreView:
    """The store as this process last saw it, without a query; for code that runs after ``store()`` was asked."""
    return _known.get(db.engine) or store()


def price_list_codes() -> dict[int, str]:
    """{price list id: code}"""
    return {row.id: row.code for row in reader().execute(select(PriceList.id, PriceList.code))}


def forget_store() -> None:
    """Have the next question answered from the database, in this process."""
    _known.pop(db.engine, None)


@dataclass(frozen=True)
class PriceListView:
    """A price list, and how it follows another one; ``problem`` says why it could not last time."""

    id: int
    code: str
    currency: str
    includes_tax: bool = False
    tax_rates: dict[str, str] = field(default_factory=dict)
    follows: str = ""
    mode: str = "fixed"
    percent: str = "0"
    rounding_step: str = ""
    rounding_ending: str = ""
    followed_at: datetime | None = None
    problem: str = ""


def price_lists() -> dict[str, PriceListView]:
    """All price lists by code, oldest first."""
    rows = reader().execute(select(PriceList.__table__).order_by(PriceList.id)).all()
    codes = {row.id: row.code for row in rows}
    return {row.code: _price_list_view(row, codes.get(row.follows_id, "")) for row in rows}


def _price_list_view(row: AnyRow, follows: str) -> PriceListView:
    return PriceListView(
        id=row.id,
        code=row.code,
        currency=row.currency,
        includes_tax=row.includes_tax,
        tax_rates=dict(row.tax_rates),
        follows=follows,
        mode=row.mode,
        percent=row.percent,
        rounding_step=row.rounding_step,
        rounding_ending=row.rounding_ending,
        followed_at=row.followed_at,
        problem=row.problem,
    )


def _load_and_remember() -> StoreView:
    loaded = _load()
    if not in_unit_of_work():  # what is not committed may never come true
        _known[db.engine] = loaded
    return loaded


def _load() -> StoreView:
    row = reader().execute(select(Store.__table__)).one()
    return StoreView(
        name=row.name,
        base_currency=row.base_currency,
        theme=row.theme,
        theme_settings=row.theme_settings,
        settings=row.settings,
        markets=_markets(),
        categories=_tree(reader().execute(select(_category).order_by(_category.c.position, _category.c.id)).all()),
        version=row.version,
    )


def _markets() -> tuple[MarketView, ...]:
    countries: dict[int, set[str]] = defaultdict(set)
    for country, market_id in reader().execute(select(MarketCountry.country, MarketCountry.market_id)):
        countries[market_id].add(country)
    rows = reader().execute(
        select(Market.__table__, PriceList.includes_tax)
        .join(PriceList, PriceList.id == Market.price_list_id)
        .where(Market.enabled)
        .order_by(Market.position, Market.id)
    )
    return tuple(_market_view(row, countries[row.id]) for row in rows)


def _market_view(row: AnyRow, countries: set[str]) -> MarketView:
    return MarketView(
        code=row.code,
        name=row.name,
        currency=row.currency,
        locales=tuple(row.locales),
        price_list_id=row.price_list_id,
        includes_tax=row.includes_tax,
        time_zone=row.time_zone,
        default_country=row.default_country,
        countries=frozenset(countries),
        tax_rounding=row.tax_rounding,
    )


def _tree(rows: Iterable[AnyRow]) -> tuple[CategoryNode, ...]:
    by_parent: dict[int | None, list[AnyRow]] = defaultdict(list)
    for row in rows:
        by_parent[row.parent_id].append(row)

    def below(parent_id: int | None) -> tuple[CategoryNode, ...]:
        return tuple(
            CategoryNode(row.id, row.slug, row.name, below(row.id), row.description) for row in by_parent[parent_id]
        )

    return below(None)
