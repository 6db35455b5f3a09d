"""Opaque cursors of keyset pages: where the next page begins."""

from __future__ import annotations

import base64
import binascii
import json


def encode(sort: str, *key: int | str) -> str:
    """A URL-safe text that ``decode`` reads back."""
    packed = json.dumps([sort, *key], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode(cursor: str, sort: str, *types: type) -> tuple[int | str, ...] | None:
    """The key, or None (the first page) when the cursor is empty, of another sort order, or was changed."""
    try:
        packed = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        kind, *key = json.loads(packed)
    except (binascii.Error, UnicodeError, ValueError, TypeError, RecursionError):
        return None
    if kind != sort or [type(part) for part in key] != list(types):
        return None
    if any(isinstance(part, int) and abs(part) >= 2**63 for part in key):
        return None
    return tuple(key)
