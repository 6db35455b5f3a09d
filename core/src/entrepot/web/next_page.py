"""Where to go after a form: an address of this shop, never of another."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_PLAIN = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def safe_next(target: str | None, default: str = "/") -> str:
    """The path that a form asked for, when it stays in this shop; otherwise the default."""
    if not target or not _PLAIN.fullmatch(target):
        return default
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else default
