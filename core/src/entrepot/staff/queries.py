"""Reading members of staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from entrepot.staff import rules
from entrepot.staff.models import StaffMember
from entrepot.storage.session import reader


@dataclass(frozen=True)
class StaffView:
    """Somebody who works in the back office."""

    id: int
    email: str
    name: str
    locale: str
    permissions: frozenset[str]
    active: bool = True

    def may(self, permission: str) -> bool:
        return rules.allows(self.permissions, permission)

    @property
    def actor(self) -> str:
        """How timelines and ledgers name this person."""
        return f"staff:{self.email}"


def signed_in(staff_id: int, version: int, *beside: ColumnElement[Any]) -> tuple[StaffView, Row[Any]] | None:
    """Whose session this is, with more columns read ``beside``; None when the member is gone, inactive, or all sessions
    were ended since."""
    query = select(StaffMember.__table__, *beside).where(
        StaffMember.id == staff_id, StaffMember.session_version == version, StaffMember.active
    )
    row = reader().execute(query).one_or_none()
    return (_view(row), row) if row is not None else None


def members() -> list[StaffView]:
    """Everybody, by e-mail address."""
    return [_view(row) for row in reader().execute(select(StaffMember.__table__).order_by(StaffMember.email))]


def _view(row: Row[Any]) -> StaffView:
    return StaffView(
        id=row.id,
        email=row.email,
        name=row.name,
        locale=row.locale,
        permissions=frozenset(row.permissions),
        active=row.active,
    )
