"""Recording what prices were asked, so that every strike price can be proved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from entrepot.pricing.models import PriceHistory
from entrepot.pricing.strikes import PricePoint

#: Variants asked about in one statement; SQLite takes 32,766 values.
_AT_ONCE = 5000


@dataclass(frozen=True)
class ListedPrice:
    """A price in a price list, in minor units."""

    price_list_id: int
    variant_id: int
    amount: int


def record_prices(
    session: Session,
    prices: Iterable[ListedPrice],
    *,
    at: datetime,
    planned: Mapping[tuple[int, int], Sequence[PricePoint]] | None = None,
) -> int:
    """Note those prices that differ from the last ones noted; how many. In the transaction that changes them.

    Two changes at the same instant leave one row: nobody was asked the first price. ``planned`` are the changes to
    come by (price list id, variant id); they take the place of what was planned for these prices before.
    """
    wanted = {(price.price_list_id, price.variant_id): price.amount for price in prices}
    forget_planned(session, wanted, at=at)
    known = _latest(session, sorted({variant_id for _, variant_id in wanted}), at)
    rows = [
        {"price_list_id": list_id, "variant_id": variant_id, "since": at, "amount": amount}
        for (list_id, variant_id), amount in wanted.items()
        if known.get((list_id, variant_id)) != amount
    ]
    rows += [
        {"price_list_id": list_id, "variant_id": variant_id, "since": point.since, "amount": point.amount}
        for (list_id, variant_id), points in (planned or {}).items()
        for point in points
    ]
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        new = dialect.insert(PriceHistory.__table__)
        keys = ["price_list_id", "variant_id", "since"]
        session.execute(new.on_conflict_do_update(index_elements=keys, set_={"amount": new.excluded.amount}), rows)
    return len(rows)


def forget_planned(session: Session, keys: Iterable[tuple[int, int]], *, at: datetime) -> None:
    """Strike out what was planned after the instant for these (price list id, variant id)."""
    by_list: dict[int, list[int]] = defaultdict(list)
    for list_id, variant_id in keys:
        by_list[list_id].append(variant_id)
    row = PriceHistory
    for list_id, variant_ids in by_list.items():
        for start in range(0, len(variant_ids), _AT_ONCE):
            some = row.variant_id.in_(variant_ids[start : start + _AT_ONCE])
            session.execute(delete(row).where(row.price_list_id == list_id, some, row.since > at))


def _latest(session: Session, variant_ids: Sequence[int], at: datetime) -> dict[tuple[int, int], int]:
    """The last amounts noted until then, by price list and variant."""
    key = (PriceHistory.price_list_id, PriceHistory.variant_id)
    newest_first = func.row_number().over(partition_by=key, order_by=PriceHistory.since.desc()).label("rank")
    ranked = select(*key, PriceHistory.amount, newest_first).where(PriceHistory.since <= at)
    found: dict[tuple[int, int], int] = {}
    for start in range(0, len(variant_ids), _AT_ONCE):
        chunk = ranked.where(PriceHistory.variant_id.in_(variant_ids[start : start + _AT_ONCE])).subquery()
        rows = session.execute(select(chunk).where(chunk.c.rank == 1))
        found |= {(row.price_list_id, row.variant_id): row.amount for row in rows}
    return found
