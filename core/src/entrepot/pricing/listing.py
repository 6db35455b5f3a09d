"""Promotions and catalogue cuts as merchants read them: as they were written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from entrepot.pricing.models import CatalogueCut, Promotion
from entrepot.storage.session import reader

AnyRow = Row[*tuple[Any, ...]]


def promotion_rows(*, after: int = 0, limit: int = 100) -> list[AnyRow]:
    """In the order in which they were made, from the one after this id on."""
    query = select(Promotion.__table__).where(Promotion.id > after).order_by(Promotion.id).limit(limit)
    return list(reader().execute(query))


def promotion_row(code: str) -> AnyRow | None:
    return reader().execute(select(Promotion.__table__).where(Promotion.code == code)).one_or_none()


def cut_rows(code: str = "") -> list[AnyRow]:
    """Newest first; of one code, also what was in force before."""
    query = select(CatalogueCut.__table__).order_by(CatalogueCut.id.desc()).limit(1000)
    return list(reader().execute(query.where(CatalogueCut.code == code) if code else query))
