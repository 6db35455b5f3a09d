"""Times as staff type them into a form."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import request

from entrepot.sdk.errors import EntrepotError


def typed_instant(name: str) -> datetime | None:
    """A time in UTC as the browser's field or a person writes it, None when it is empty; raises EntrepotError."""
    written = request.form.get(name, "").strip()
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise EntrepotError("“{typed}” is no time. Write it like 2026-11-21T14:00.", typed=written) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
