"""Product texts as HTML: cleaned once, when they are saved."""

from __future__ import annotations

from collections.abc import Mapping

_TAGS = (
    "a abbr b blockquote br caption code dd div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i li ol p pre s small "
    "span strong sub sup table tbody td tfoot th thead tr u ul"
)
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
LINKS = frozenset({"http", "https", "mailto", "tel"})


def clean(written: str) -> str:
    """The same text without scripts, styles, foreign pictures and event handlers."""
    if not written.strip():
        return ""
    import nh3

    return nh3.clean(written.strip(), tags=set(TAGS), attributes=ATTRIBUTES, url_schemes=set(LINKS))


def clean_all(by_locale: Mapping[str, str]) -> dict[str, str]:
    """Every locale's text cleaned; empty ones are left out."""
    return {locale: html for locale, written in by_locale.items() if (html := clean(written))}
