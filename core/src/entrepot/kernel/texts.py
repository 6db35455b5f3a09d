"""Texts that are translated where they are shown, not where they are made; and addresses as they are compared."""

from __future__ import annotations


def N_(text: str) -> str:
    """The text itself; extraction finds it, the page translates it."""
    return text


def folded_email(written: str) -> str:
    """How an e-mail address is kept, so that it is found however it is written later."""
    return written.strip().lower()
