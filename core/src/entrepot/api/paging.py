"""Opaque cursors: clients pass them back and read nothing out of them."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from entrepot.sdk.errors import EntrepotError


class CursorInvalid(EntrepotError):
    """A cursor that no page of this list has given."""

    def __init__(self) -> None:
        super().__init__("The cursor is not one of this list. Start without it, then pass on each page's next_cursor.")


def wrap(key: object) -> str | None:
    """The cursor of the page after the row with this key; None for no more pages."""
    return urlsafe_b64encode(str(key).encode()).decode().rstrip("=") if key not in (None, "") else None


def unwrap(cursor: str) -> str:
    """The key inside a cursor, empty for the first page; raises CursorInvalid."""
    try:
        key = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise CursorInvalid from None
    if wrap(key) != (cursor or None):
        raise CursorInvalid
    return key


def unwrap_number(cursor: str) -> str:
    """The same for lists whose keys are numbers."""
    key = unwrap(cursor)
    if key and not (key.isascii() and key.isdigit() and len(key) < 19):
        raise CursorInvalid
    return key


def page(items: Sequence[Any], next_key: object = None) -> dict[str, Any]:
    """One page in the form that ``schemas.page_of`` writes."""
    return {"items": items, "next_cursor": wrap(next_key)}


def unwrap_moment(cursor: str) -> tuple[datetime, str] | None:
    """The same for lists whose keys are a time and an id, as ``moment_key`` writes them; None for the first page."""
    if not cursor:
        return None
    written, _, id = unwrap(cursor).partition(" ")
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise CursorInvalid from None
    if at.tzinfo is None or not id:
        raise CursorInvalid
    return at, id


def moment_key(at: datetime, id: str) -> str:
    return f"{at.isoformat()} {id}"
