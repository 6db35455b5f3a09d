"""Recording what prices were asked, so that every strike price can be proved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from entrepot.pricing.models import PriceHistory

#: Variants asked about in one statement; SQLite takes 32,766 values.
_AT_ONCE = 5000


@dataclass(frozen=True)
class ListedPrice:
    """A price in a price list, in minor units."""

    price_list_id: int
    variant_id: int
    amount: int


def record_prices(session: Session, prices: Iterable[ListedPrice], *, at: datetime) -> int:
    """Note those prices that differ from the last ones noted; how many. In the transaction that changes them.

    Two changes at the same instant leave one row: nobody was asked the first price.
    """
    wanted = {(price.price_list_id, price.variant_id): price.amount for price in prices}
    known = _latest(session, sorted({variant_id for _, variant_id in wanted}))
    rows = [
        {"price_list_id": list_id, "variant_id": variant_id, "since": at, "amount": amount}
        for (list_id, variant_id), amount in wanted.items()
        if known.get((list_id, variant_id)) != amount
    ]
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        new = dialect.insert(PriceHistory.__table__)
        keys = ["price_list_id", "variant_id", "since"]
        session.execute(new.on_conflict_do_update(index_elements=keys, set_={"amount": new.excluded.amount}), rows)
    return len(rows)


def _latest(session: Session, variant_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """The last amounts noted, by price list and variant."""
    key = (PriceHistory.price_list_id, PriceHistory.variant_id)
    newest_first = func.row_number().over(partition_by=key, order_by=PriceHistory.since.desc()).label("rank")
    ranked = select(*key, PriceHistory.amount, newest_first)
    found: dict[tuple[int, int], int] = {}
    for start in range(0, len(variant_ids), _AT_ONCE):
        chunk = ranked.where(PriceHistory.variant_id.in_(variant_ids[start : start + _AT_ONCE])).subquery()
        rows = session.execute(select(chunk).where(chunk.c.rank == 1))
        found |= {(row.price_list_id, row.variant_id): row.amount for row in rows}
    return found
