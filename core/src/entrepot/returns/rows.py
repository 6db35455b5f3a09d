"""Rows of returns as settling reads them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from entrepot.returns import rules
from entrepot.returns.errors import ReturnNotFound
from entrepot.returns.models import OrderLine, Return, ReturnLine


def return_row(session: Session, number: str) -> Return:
    """The return; raises ReturnNotFound."""
    found = session.scalars(select(Return).where(Return.number == number)).one_or_none()
    if found is None:
        raise ReturnNotFound(number)
    return found


def lines_of(session: Session, found: Return) -> Sequence[ReturnLine]:
    """The lines of a return, in the order's order."""
    query = (
        select(ReturnLine)
        .join(OrderLine, OrderLine.id == ReturnLine.order_line_id)
        .where(ReturnLine.return_id == found.id)
        .order_by(OrderLine.position)
    )
    return session.scalars(query).all()


def order_lines_of(session: Session, order_id: int) -> Sequence[OrderLine]:
    """The order's lines, in the order of its quote."""
    return session.scalars(select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.position)).all()


def taken_back_before(session: Session, found: Return) -> dict[str, int]:
    """{order line id: pieces} that other returns of the order took back for money, credit or other goods."""
    query = (
        select(ReturnLine.order_line_id, func.sum(ReturnLine.quantity))
        .join(Return, Return.id == ReturnLine.return_id)
        .where(Return.order_id == found.order_id, Return.id != found.id, ReturnLine.resolution.in_(rules.TAKEN_BACK))
        .group_by(ReturnLine.order_line_id)
    )
    return {line_id: int(pieces) for line_id, pieces in session.execute(query)}
