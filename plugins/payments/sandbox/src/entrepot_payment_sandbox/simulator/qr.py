"""A picture that looks like a QR code, for the page of the QR wallet; no telephone can read it."""

from __future__ import annotations

import hashlib

_SIZE = 21
_CORNERS = ((0, 0), (0, _SIZE - 7), (_SIZE - 7, 0))


def picture(text: str) -> str:
    """The dark squares as an SVG path, always the same for the same text."""
    bits = int.from_bytes(hashlib.shake_256(text.encode()).digest(_SIZE * _SIZE // 8 + 1))
    dark = ((row, column) for row in range(_SIZE) for column in range(_SIZE) if _is_dark(row, column, bits))
    return "".join(f"M{column} {row}h1v1h-1z" for row, column in dark)


def _is_dark(row: int, column: int, bits: int) -> bool:
    for top, left in _CORNERS:
        if -1 <= row - top <= 7 and -1 <= column - left <= 7:
            return _is_dark_in_corner(row - top, column - left)
    return bool(bits >> (row * _SIZE + column) & 1)


def _is_dark_in_corner(row: int, column: int) -> bool:
    """A frame, a white ring, a square of three."""
    ring = max(abs(row - 3), abs(column - 3))
    return ring in (0, 1, 3)
