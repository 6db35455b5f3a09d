"""Reading customers: one, a page of them, their groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, or_, select

from entrepot.customers.models import Customer, CustomerGroup
from entrepot.kernel.address import Address
from entrepot.kernel.texts import folded_email
from entrepot.storage.session import reader

PAGE = 50


@dataclass(frozen=True)
class CustomerView:
    """One customer as lists and the detail show it."""

    id: int
    email: str
    name: str
    phone: str
    locale: str
    addresses: tuple[Address, ...]
    group: str
    group_name: str
    note: str
    created_at: datetime
    last_order_at: datetime | None
    erased_at: datetime | None


@dataclass(frozen=True)
class CustomerPage:
    """``next_cursor`` is empty on the last page."""

    rows: tuple[CustomerView, ...]
    next_cursor: str


@dataclass(frozen=True)
class GroupView:
    code: str
    name: str
    customers: int


def group_of(email: str) -> str | None:
    """The code of the group that this buyer is in; None for none. One look-up by the unique index."""
    if not email:
        return None
    return reader().scalar(select(Customer.group_code).where(Customer.email == folded_email(email)))


def customer(customer_id: int) -> CustomerView | None:
    row = reader().execute(_rows().where(Customer.id == customer_id)).one_or_none()
    return _view(row) if row is not None else None


def customer_by_email(email: str) -> CustomerView | None:
    row = reader().execute(_rows().where(Customer.email == folded_email(email))).one_or_none()
    return _view(row) if row is not None else None


def customer_list(*, q: str = "", group: str = "", cursor: str = "", limit: int = PAGE) -> CustomerPage:
    """Newest first. ``q`` is the beginning of an e-mail address or of a name."""
    query = _rows().order_by(Customer.id.desc())
    if q:
        wanted = folded_email(q)
        query = query.where(
            or_(
                Customer.email.startswith(wanted, autoescape=True),
                func.lower(Customer.name).startswith(wanted, autoescape=True),
            )
        )
    if group:
        query = query.where(Customer.group_code == group)
    if cursor.isdigit():
        query = query.where(Customer.id < int(cursor))
    rows = reader().execute(query.limit(limit + 1)).all()
    return CustomerPage(tuple(_view(row) for row in rows[:limit]), str(rows[limit - 1].id) if len(rows) > limit else "")


def groups() -> list[GroupView]:
    """All groups by name, with how many customers are in each."""
    query = (
        select(CustomerGroup.code, CustomerGroup.name, func.count(Customer.id))
        .outerjoin(Customer, Customer.group_code == CustomerGroup.code)
        .group_by(CustomerGroup.code, CustomerGroup.name)
        .order_by(CustomerGroup.name, CustomerGroup.code)
    )
    return [GroupView(*row) for row in reader().execute(query)]


def group(code: str) -> GroupView | None:
    return next((found for found in groups() if found.code == code), None)


def _rows() -> Select[*tuple[Any, ...]]:
    return select(Customer.__table__, CustomerGroup.name.label("group_name")).outerjoin(
        CustomerGroup, CustomerGroup.code == Customer.group_code
    )


def _view(row: Row[Any]) -> CustomerView:
    return CustomerView(
        id=row.id,
        email=row.email,
        name=row.name,
        phone=row.phone,
        locale=row.locale,
        addresses=tuple(Address.from_dict(address) for address in row.addresses),
        group=row.group_code or "",
        group_name=row.group_name or "",
        note=row.note,
        created_at=row.created_at,
        last_order_at=row.last_order_at,
        erased_at=row.erased_at,
    )
