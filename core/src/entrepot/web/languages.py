"""Which language a request is answered in."""

from __future__ import annotations

from flask import Flask, current_app, g

from entrepot.web import i18n
from entrepot.web.i18n import Catalogues

_CATALOGUES = "entrepot.catalogues"
_LANGUAGE = "_language"


def install(app: Flask, catalogues: Catalogues) -> None:
    app.extensions[_CATALOGUES] = catalogues
    app.teardown_request(_end)


def speak(locale: str, catalogues: Catalogues | None = None) -> None:
    """Answer the rest of this request in a language, in the shop's words unless other ``catalogues`` are given; said
    again, the last one holds."""
    _end()
    language = i18n.use((catalogues or current_app.extensions[_CATALOGUES]).translator(locale))
    language.__enter__()
    setattr(g, _LANGUAGE, language)


def _end(_error: BaseException | None = None) -> None:
    language = g.pop(_LANGUAGE, None)
    if language is not None:
        language.__exit__(None, None, None)
