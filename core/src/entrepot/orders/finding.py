"""Finding orders by what people type: an index of words, so that a million orders are searched like a thousand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, func, select, union_all
from sqlalchemy.orm import Session, aliased

from entrepot.kernel.texts import folded_email
from entrepot.orders.models import Order, OrderLine, OrderWord, Parcel
from entrepot.payments.queries import payment_reference
from entrepot.storage.session import insert_rows, reader

#: Words of one search; what follows them is not asked for.
MOST_WORDS = 5
#: So many entries are sorted at once. A beginning that more words share is so common that the newest orders have it.
RARE = 5000
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


def matching(q: str, conditions: Conditions, *, limit: int) -> list[int]:
    """Ids of orders that fit, newest first: by number, name or e-mail from their beginnings; by SKU, tracking number
    or the provider's reference when they are given whole."""
    words = words_of(q)[:MOST_WORDS]
    if not words:
        return []
    whole = [
        _of(OrderLine.order_id, OrderLine.sku == q, conditions, limit),
        _of(Parcel.order_id, Parcel.tracking_number == q, conditions, limit),
        _of(payment_reference.c.order_id, payment_reference.c.reference == q, conditions, limit),
    ]
    found = union_all(*(select(part.subquery()) for part in [_by_words(words, conditions, limit), *whole])).subquery()
    id = found.c[0]
    return list(reader().scalars(select(id).distinct().order_by(id.desc()).limit(limit)))


def _of(order_id: Any, match: ColumnElement[bool], conditions: Conditions, limit: int) -> Select[int]:
    query = select(order_id).where(match)
    if conditions:
        query = query.join(Order, Order.id == order_id).where(*conditions)
    return query.order_by(order_id.desc()).limit(limit)


def _by_words(words: Sequence[str], conditions: Conditions, limit: int) -> Select[int]:
    shared = _shares(words)
    first, *others = sorted(words, key=lambda word: shared[word])
    if others or shared[first] <= RARE:
        query = select(OrderWord.order_id).where(_begins(OrderWord.word, first)).distinct()
        query = query.join(Order, Order.id == OrderWord.order_id).where(*conditions) if conditions else query
        query = query.where(*(_has(OrderWord.order_id, word) for word in others))
        return query.order_by(OrderWord.order_id.desc()).limit(limit)
    return select(Order.id).where(_has(Order.id, first), *conditions).order_by(Order.id.desc()).limit(limit)


def _shares(words: Sequence[str]) -> dict[str, int]:
    """How many entries begin with each word, counted a little beyond what can be sorted at once."""
    some = [
        select(OrderWord.order_id).where(_begins(OrderWord.word, word)).limit(4 * RARE).subquery() for word in words
    ]
    counts = (select(func.count()).select_from(part).scalar_subquery() for part in some)
    return dict(zip(words, reader().execute(select(*counts)).one(), strict=True))


def _has(order_id: Any, word: str) -> ColumnElement[bool]:
    other = aliased(OrderWord)
    return exists().where(other.order_id == order_id, _begins(other.word, word))


def _begins(column: Any, word: str) -> ColumnElement[bool]:
    return (column >= word) & (column < word + _LAST)
