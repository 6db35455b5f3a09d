"""The plugin's own texts: gettext catalogues under ``translations``, each read once."""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

_DOMAIN = "payment-sandbox"
_FOLDER = Path(__file__).parent / "translations"


def texts(locale: str) -> NullTranslations:
    """Translations for a locale such as ``de-AT`` or ``zh-Hans``; English when there are none."""
    return _catalogue(nearest(locale))


def nearest(locale: str) -> str:
    """The catalogue of the locale itself, else of its language, else English."""
    parts = locale.replace("-", "_").split("_")
    known = _locales()
    shorter = ("_".join(parts[:length]) for length in range(len(parts), 0, -1))
    same_language = (name for name in known if name.split("_")[0] == parts[0])
    return next((name for name in shorter if name in known), next(same_language, "en"))


@cache
def _locales() -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in _FOLDER.iterdir() if folder.is_dir()))


@cache
def _catalogue(name: str) -> NullTranslations:
    source = (_FOLDER / name / "LC_MESSAGES" / f"{_DOMAIN}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source), locale=name))
    compiled.seek(0)
    return GNUTranslations(compiled)
