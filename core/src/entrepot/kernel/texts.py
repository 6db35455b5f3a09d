"""Marking texts that are translated where they are shown, not where they are made."""

from __future__ import annotations


def N_(text: str) -> str:
    """The text itself; extraction finds it, the page translates it."""
    return text
