"""Renders a plugin's templates without a shop: its own folder, autoescape by file ending, its own translations."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from entrepot.sdk import Money, Provider


def plugin_module(provider_class: type[Provider]) -> ModuleType:
    """The module that holds the manifest: the provider's own, else its top-level package."""
    own = sys.modules[provider_class.__module__]
    return own if hasattr(own, "manifest") else sys.modules[own.__name__.partition(".")[0]]


def plugin_renderer(provider_class: type[Provider]) -> Callable[..., str]:
    """A stand-in for ``Context.render``."""
    return renderer(plugin_module(provider_class))


def renderer(plugin: ModuleType) -> Callable[..., str]:
    """``render(template, locale, **context)`` over the plugin's ``templates`` and ``translations`` folders."""
    folder = Path(plugin.__file__ or ".").parent
    domain = getattr(getattr(plugin, "manifest", None), "id", "messages")

    def render(template: str, locale: str, **context: Any) -> str:
        environment = _environment(folder, domain, locale)
        return environment.get_template(template).render(locale=locale, **context)

    return render


@cache
def _environment(folder: Path, domain: str, locale: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder / "templates"),
        autoescape=select_autoescape(["html", "htm", "xml", "svg"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    language = _babel_locale(locale)
    catalogue = folder / "translations" / language / "LC_MESSAGES" / f"{domain}.po"
    environment.install_gettext_translations(_texts(catalogue, language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters["money"] = lambda value: _money(value, language)
    environment.filters["date"] = lambda value: _date(value, language)
    environment.filters["datetime"] = lambda value: format_datetime(value, "short", locale=language)
    environment.filters["country"] = lambda code: Locale.parse(language).territories.get(code, code)
    return environment


def _texts(catalogue: Path, language: str) -> NullTranslations:
    """The texts of a ``.po`` file, read as the shop reads it; English when there is none."""
    if not catalogue.is_file():
        return NullTranslations()
    binary = BytesIO()
    write_mo(binary, read_po(BytesIO(catalogue.read_bytes()), locale=language))
    binary.seek(0)
    return Translations(binary)


def _money(value: Money, language: str) -> str:
    return format_currency(value.decimal, value.currency, locale=language)


def _date(value: date | datetime, language: str) -> str:
    return format_date(value, "medium", locale=language)


def _babel_locale(locale: str) -> str:
    known = locale.replace("-", "_")
    return known if known.partition("_")[0] in {"en", "de", "zh", "fr", "es", "it", "ar", "ja"} else "en"
