"""What the record of a customer holds about a person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.customers.models import Customer
from entrepot.customers.rules import NOWHERE, anonymous_email
from entrepot.kernel.clock import Clock
from entrepot.storage.session import reader


def alias_of(customer_id: int) -> str:
    """What stands for the person's address everywhere once they are erased."""
    return anonymous_email(customer_id)


def email_of(customer_id: int) -> str | None:
    """The address under which everything about this customer is found; None for no customer."""
    return reader().scalar(select(Customer.email).where(Customer.id == customer_id))


def is_erased(email: str) -> bool:
    return email.endswith(f"@{NOWHERE}")


def export(email: str) -> list[dict[str, Any]]:
    """The record as plain values."""
    columns = (Customer.name, Customer.phone, Customer.locale, Customer.addresses, Customer.group_code, Customer.note)
    rows = reader().execute(select(*columns, Customer.created_at).where(Customer.email == email))
    return [{**row._mapping, "created_at": row.created_at.isoformat()} for row in rows]


def erase(session: Session, email: str, alias: str, clock: Clock) -> None:
    """Leave an empty record under the alias."""
    row = session.scalars(select(Customer).where(Customer.email == email).with_for_update()).one()
    row.email, row.name, row.phone, row.locale, row.note = alias, "", "", "", ""
    row.addresses, row.group_code, row.erased_at = [], None, clock.now()
