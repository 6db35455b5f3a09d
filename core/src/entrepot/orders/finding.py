"""Finding orders by what people type: an index of words, so that a million orders are searched like a thousand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, select, union_all
from sqlalchemy.orm import Session, aliased

from entrepot.kernel.texts import folded_email
from entrepot.orders.models import Order, OrderLine, OrderWord, Parcel
from entrepot.payments.queries import payment_reference
from entrepot.storage.session import insert_rows, reader

#: Words of one search; what follows them is not asked for.
MOST_WORDS = 5
#: So many entries are sorted at once. A beginning that more words share is so common that the newest orders have it.
RARE = 8000
#: Words are not counted further: with two that are this common, orders with both are looked for from the newest on.
COMMON = 2 * RARE
_LONGEST = 60
_LAST = "\U0010ffff"
_SPACES = re.compile(r"[\s,;]+")

Conditions = Sequence[ColumnElement[bool]]


def words_of(*texts: str) -> list[str]:
    """The words that an order is found by, small and each once; an e-mail address is one word."""
    found = (word for text in texts for word in _SPACES.split(folded_email(text)))
    return list(dict.fromkeys(word[:_LONGEST] for word in found if word))


def remember(session: Session, order_id: int, *texts: str) -> None:
    """Have the order found by these texts."""
    if rows := [{"order_id": order_id, "word": word} for word in words_of(*texts)]:
        insert_rows(session, OrderWord, rows)


def forget(session: Session, order_ids: Iterable[int]) -> None:
    """Have the orders found by their numbers only; for buyers whose data are erased."""
    ids = list(order_ids)
    session.execute(delete(OrderWord).where(OrderWord.order_id.in_(ids)))
    for id, number in session.execute(select(Order.id, Order.number).where(Order.id.in_(ids))).all():
        remember(session, id, number)


@dataclass(frozen=True)
class _Page:
    """Which of the orders that fit are wanted: the newest that meet the conditions, with ids below ``before``."""

    conditions: Conditions
    limit: int
    before: int | None
    by_time: bool

    def newest_first(self, order_id: Any) -> tuple[ColumnElement[Any], ...]:
        if not self.by_time:
            return (order_id.desc(),)
        order = aliased(Order)
        placed_at = select(order.placed_at).where(order.id == order_id).scalar_subquery()
        return placed_at.desc(), order_id.desc()


def matching(
    q: str, conditions: Conditions, *, limit: int, before: int | None = None, by_time: bool = False
) -> list[int]:
    """Ids of orders that fit, newest first: by number, name or e-mail from their beginnings; by SKU, tracking number
    or the provider's reference when they are given whole. ``before`` is the id where the page before ended.

    The newest has the highest id, or with ``by_time`` the latest time, for conditions that bound the time.
    """
    words = words_of(q)[:MOST_WORDS]
    if not words:
        return []
    page = _Page(conditions, limit, before, by_time)
    parts = (
        _by_words(words, page),
        _entries(OrderLine.order_id, OrderLine.sku == q, page),
        _entries(Parcel.order_id, Parcel.tracking_number == q, page),
        _entries(payment_reference.c.order_id, payment_reference.c.reference == q, page),
    )
    found = union_all(*(select(part.subquery()) for part in parts)).subquery()
    id = found.c[0]
    return list(reader().scalars(select(id).group_by(id).order_by(*page.newest_first(id)).limit(limit)))


def _by_words(words: Sequence[str], page: _Page) -> Select[int]:
    """Orders with all the words: of a rare one all are sorted, of common ones the newest are read until enough fit."""
    shared = _shares(words)
    first, *others = sorted(words, key=lambda word: shared[word])
    id = OrderWord.order_id
    if shared[first] <= RARE or (others and shared[first] < COMMON):
        rest = (_has(id, word) for word in others)
        return _entries(id, and_(_begins(OrderWord.word, first), *rest), page, bound=id + 0)
    if page.conditions:
        return _orders(page, [_has(Order.id, word) for word in words])
    return _entries(id, and_(_begins(OrderWord.word + "", first), *(_has(id, word) for word in others)), page)


def _entries(order_id: Any, match: ColumnElement[bool], page: _Page, *, bound: Any = None) -> Select[int]:
    """Orders of a table's rows that match. Databases choose an index by its columns as they are: an expression in
    place of one (``+ 0``, ``+ ""``) keeps them from the index that is none here; ``bound`` is compared with the end of
    the page before."""
    query = select(order_id).where(match)
    if page.conditions:
        query = query.where(exists().where(Order.id == order_id, *page.conditions))
    if page.before is not None:
        query = query.where((order_id if bound is None else bound) < page.before)
    return query.group_by(order_id).order_by(*page.newest_first(order_id)).limit(page.limit)


def _orders(page: _Page, matches: Iterable[ColumnElement[bool]]) -> Select[int]:
    """Orders that meet the page's conditions, asked one by one whether they match."""
    query = select(Order.id).where(*page.conditions, *matches)
    if page.before is not None:
        query = query.where(Order.id < page.before)
    newest_first = (Order.placed_at.desc(), Order.id.desc()) if page.by_time else (Order.id.desc(),)
    return query.order_by(*newest_first).limit(page.limit)


def _shares(words: Sequence[str]) -> dict[str, int]:
    """How many entries begin with each word, counted a little beyond what can be sorted at once."""
    some = [select(OrderWord.order_id).where(_begins(OrderWord.word, word)).limit(COMMON).subquery() for word in words]
    counts = (select(func.count()).select_from(part).scalar_subquery() for part in some)
    return dict(zip(words, reader().execute(select(*counts)).one(), strict=True))


def _has(order_id: Any, word: str) -> ColumnElement[bool]:
    other = aliased(OrderWord)  # an order has few words: they are found by the order, never by the word
    return exists().where(other.order_id == order_id, _begins(other.word + "", word))


def _begins(column: Any, word: str) -> ColumnElement[bool]:
    return (column >= word) & (column < word + _LAST)
