"""What products are filed under: categories by name, price lists and warehouses by code."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.catalog.models import Category
from entrepot.catalog.rules import fold, slugify
from entrepot.inventory.queries import warehouses
from entrepot.markets.queries import price_lists
from entrepot.markets.service import touch_store
from entrepot.sdk.errors import EntrepotError


class UnknownPriceList(EntrepotError):
    def __init__(self, code: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no price list {code!r}. Known: {', '.join(sorted(known)) or 'none yet'}.")


class UnknownWarehouse(EntrepotError):
    def __init__(self, code: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no warehouse {code!r}. Known: {', '.join(sorted(known)) or 'none yet'}.")


class Filing:
    """Knows the ids, and creates the categories that are missing."""

    def __init__(self, session: Session, locale: str) -> None:
        self._session = session
        self._locale = locale
        self._price_lists = {code: prices.id for code, prices in price_lists().items()}
        self._warehouses = {warehouse.code: warehouse.id for warehouse in warehouses()}
        self._parents: dict[int, int | None] = {}
        self._slugs: set[str] = set()
        self._by_name: dict[tuple[int | None, str], int] = {}
        for row in session.execute(select(Category.id, Category.parent_id, Category.slug, Category.name)):
            self._remember(row.id, row.parent_id, row.slug, row.name.values())

    def price_list_id(self, code: str) -> int:
        if code not in self._price_lists:
            raise UnknownPriceList(code, self._price_lists)
        return self._price_lists[code]

    def warehouse_id(self, code: str) -> int:
        if code not in self._warehouses:
            raise UnknownWarehouse(code, self._warehouses)
        return self._warehouses[code]

    def category_ids(self, ways: Iterable[tuple[str, ...]]) -> list[int]:
        """Every category on these ways from the top, each once; by name in any language, or by slug."""
        found: dict[int, None] = {}
        for way in ways:
            parent_id: int | None = None
            for name in way:
                parent_id = self._by_name.get((parent_id, fold(name))) or self._create(name, parent_id)
                found[parent_id] = None
            for ancestor in self._above(parent_id):
                found[ancestor] = None
        return list(found)

    def _above(self, category_id: int | None) -> list[int]:
        above: list[int] = []
        while category_id is not None and (category_id := self._parents[category_id]) is not None:
            above.append(category_id)
        return above

    def _create(self, name: str, parent_id: int | None) -> int:
        category = Category(slug=self._free_slug(name), name={self._locale: name}, parent_id=parent_id)
        self._session.add(category)
        self._session.flush()
        touch_store(self._session)
        self._remember(category.id, parent_id, category.slug, [name])
        return category.id

    def _free_slug(self, name: str) -> str:
        wanted = slugify(name)[:110] or "category"
        candidates = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, len(self._slugs) + 2))
        return next(slug for slug in candidates if slug not in self._slugs)

    def _remember(self, category_id: int, parent_id: int | None, slug: str, names: Iterable[str]) -> None:
        self._parents[category_id] = parent_id
        self._slugs.add(slug)
        for name in (slug, *names):
            self._by_name.setdefault((parent_id, fold(name)), category_id)
