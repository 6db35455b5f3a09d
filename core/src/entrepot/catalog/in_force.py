"""The price in force at an instant as a part of statements: a window that is on goes before the usual price."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, case, func, or_

from entrepot.catalog.models import Price, PriceWindow

#: What is asked. Join ``Price`` and, outer, ``PriceWindow`` by ``is_on``.
AMOUNT = func.coalesce(PriceWindow.amount, Price.amount)
#: The former price that the merchant wishes to show; a window that reduces the price wishes for the usual one.
WISH = func.coalesce(Price.compare_at, case((PriceWindow.amount < Price.amount, Price.amount)))


def is_on(at: datetime | BindParameter[Any]) -> ColumnElement[bool]:
    """The window of the joined ``Price`` that is on at the instant; there is never more than one."""
    return and_(
        PriceWindow.price_list_id == Price.price_list_id,
        PriceWindow.variant_id == Price.variant_id,
        PriceWindow.valid_from <= at,
        or_(PriceWindow.valid_until.is_(None), PriceWindow.valid_until > at),
    )
