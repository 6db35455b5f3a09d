"""Texts by locale: which one a reader gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

FALLBACK_LOCALE = "en"


def text(by_locale: Mapping[str, str], locale: str) -> str:
    """The text for this locale, else for its language, else English, else any; empty when there is none."""
    for tag in fallbacks(locale):
        if found := by_locale.get(tag):
            return found
    return next((found for found in by_locale.values() if found), "")


def fallbacks(locale: str) -> Iterator[str]:
    """`zh-Hans-CN`, `zh-Hans`, `zh`, then English."""
    tag = locale
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
    yield FALLBACK_LOCALE
