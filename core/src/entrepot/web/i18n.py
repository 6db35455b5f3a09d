"""Languages: catalogues read straight from ``.po`` files, the current locale, formats for money, dates and countries.

Language tags are BCP 47 everywhere (``zh-Hans``); Babel's form (``zh_Hans``) exists only inside this module and as
folder names. Babel is imported when first needed, so that commands without texts start without it.
"""

from __future__ import annotations

import gettext as gnu
import io
import logging
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jinja2 import Environment
from markupsafe import Markup

from entrepot.kernel.currency import exponent
from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.storage.derived import DerivedFiles
from entrepot.theming.messages import SOURCE_LOCALE, catalogue_file, folder_of, read_catalogue
from entrepot.theming.messages import missing_keys as missing_keys

if TYPE_CHECKING:
    from babel import Locale
    from babel.messages.catalog import Catalog
    from babel.numbers import NumberPattern

#: Locales that a release is complete in; a missing text fails the suite.
LOCALES = ("en", "de", "zh-Hans")
#: What the menu calls them, so that no page needs the formats of a language that it is not written in.
_OWN_NAMES = {"en": "English", "de": "Deutsch", "zh-Hans": "中文 (简体)"}
#: Kept ready for right-to-left layouts; used in tests and previews.
RESERVED_LOCALES = ("ar",)

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv"})
#: Regions say the script for Chinese; browsers send regions.
_CHINESE = dict.fromkeys(("zh", "zh-cn", "zh-sg"), "zh-hans") | dict.fromkeys(("zh-tw", "zh-hk", "zh-mo"), "zh-hant")
_LONGEST_HEADER = 20
#: CLDR puts a space there (currencySpacing); Babel does not.
_BETWEEN_CODE_AND_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_logger = logging.getLogger(__name__)

Width = Literal["short", "medium", "long", "full"]


@dataclass(frozen=True)
class CatalogueSource:
    """A ``translations`` folder: of the core and themes with domain ``messages``, of a plugin with its id."""

    folder: Path
    domain: str = "messages"


@dataclass(frozen=True)
class Translator:
    """Texts in one language; what is not translated comes back in English."""

    locale: str
    texts: gnu.NullTranslations = field(default_factory=gnu.NullTranslations, repr=False)

    @property
    def direction(self) -> str:
        return direction(self.locale)

    #: What pages say without values, ready to be put into them: {message: text}
    ready: dict[str, Markup] = field(default_factory=dict, repr=False, compare=False)

    def gettext(self, message: str) -> str:
        return self.texts.gettext(message)

    def markup(self, message: str) -> Markup:
        """A text of a template, without places for values; texts in templates are format strings."""
        found = self.ready.get(message)
        if found is None:
            found = self.ready[message] = Markup(self.texts.gettext(message)) % {}  # as Jinja does
        return found

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.texts.ngettext(singular, plural, number)

    def pgettext(self, context: str, message: str) -> str:
        return self.texts.pgettext(context, message)

    def npgettext(self, context: str, singular: str, plural: str, number: int) -> str:
        return self.texts.npgettext(context, singular, plural, number)


class Catalogues:
    """All translations of a shop. Of two sources that translate one text the earlier wins.

    The order to give: the active theme and its parents, the core, plugins, themes that are not active.
    """

    def __init__(self, sources: Sequence[CatalogueSource], derived: DerivedFiles | None = None) -> None:
        self._sources = tuple(sources)
        self._derived = derived
        self._translators: dict[str, Translator] = {}

    def translator(self, locale: str) -> Translator:
        """The translator of a locale; its files are read on the first call."""
        if locale not in self._translators:
            self._translators[locale] = Translator(locale, self._load(locale))
        return self._translators[locale]

    def _load(self, locale: str) -> gnu.NullTranslations:
        """The texts of all sources, kept between starts: a large ``.po`` file takes long to read."""
        places = (catalogue_file(source.folder, locale, source.domain) for source in self._sources)
        files = [file for file in places if file.is_file()]
        if not files:
            return gnu.NullTranslations()
        name, made_from = f"texts {locale}", _state_of(files)
        merged = self._derived.read(name, made_from=made_from) if self._derived else None
        if merged is None:
            catalogues = [catalogue for file in files if (catalogue := _readable(file, locale)) is not None]
            merged = _merged(catalogues, locale)
            if self._derived and len(catalogues) == len(files):
                self._derived.write(name, merged, made_from=made_from)
        return gnu.GNUTranslations(io.BytesIO(merged))


_ENGLISH = Translator(SOURCE_LOCALE)
_current: ContextVar[Translator] = ContextVar("translator", default=_ENGLISH)


def current_translator() -> Translator:
    """The translator that texts and formats use now: English outside of ``use``."""
    return _current.get()


@contextmanager
def use(translator: Translator) -> Iterator[Translator]:
    """Speak a language for a while: a request, a mail, a document. Never the worker's own."""
    token = _current.set(translator)
    try:
        yield translator
    finally:
        _current.reset(token)


def gettext(message: str, **values: object) -> str:
    """A text in the current language; ``values`` fill its ``%(name)s`` places."""
    text = _current.get().gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, number: int, **values: object) -> str:
    """A text with a number; ``%(num)s`` is the number."""
    return _current.get().ngettext(singular, plural, number) % {"num": number, **values}


def pgettext(context: str, message: str, **values: object) -> str:
    """A text that means something else elsewhere; ``context`` tells translators which."""
    text = _current.get().pgettext(context, message)
    return text % values if values else text


def install_jinja(environment: Environment) -> None:
    """Give templates ``_``, ``ngettext``, ``pgettext`` and the formats as filters, in the current language.

    Texts in templates are format strings, so a per cent sign is written ``%%``.
    """
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: _current.get().gettext(message),
        lambda singular, plural, number: _current.get().ngettext(singular, plural, number),
        newstyle=True,
        pgettext=lambda context, message: _current.get().pgettext(context, message),
        npgettext=lambda context, one, many, number: _current.get().npgettext(context, one, many, number),
    )
    environment.globals["current_locale"] = lambda: _current.get().locale
    environment.globals["text_direction"] = lambda: _current.get().direction
    environment.filters.update(
        money=format_money,
        date=format_date,
        datetime=format_datetime,
        number=format_number,
        country=country_name,
        country_name=country_name,
    )


def template_text(message: str, **values: object) -> Markup:
    """``_`` of templates: what Jinja's own does, without asking for the context, as pages have two hundred of it."""
    translator = _current.get()
    if not values:
        return translator.markup(message)
    return Markup(translator.gettext(message)) % values  # the values are escaped


def direction(locale: str) -> str:
    """``rtl`` or ``ltr``, the value of an element's ``dir``."""
    return "rtl" if locale.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def negotiate(accept_language: str | None, supported: Sequence[str]) -> str:
    """The supported locale that a reader likes best; the first one when none fits."""
    by_tag = {_scripted(locale.lower()): locale for locale in supported}
    for wanted in _preferences(accept_language or ""):
        if wanted == "*":
            return supported[0]
        found = next((by_tag[tag] for tag in _generalised(wanted) if tag in by_tag), None)
        found = found or next((by_tag[tag] for tag in by_tag if tag.startswith(f"{wanted}-")), None)
        if found:
            return found
    return supported[0]


def format_money(money: Money, locale: str | None = None) -> str:
    """With the decimals that ISO 4217 gives the currency, never rounded: ``12,50 €``, ``￥500``."""
    return _money_text(money, locale or _current.get().locale)


@lru_cache(maxsize=4096)  # a page of the checkout says the same few amounts many times
def _money_text(money: Money, tag: str) -> str:
    pattern = _money_pattern(tag, exponent(money.currency))
    text = pattern.apply(money.decimal, _babel(tag), currency=money.currency, currency_digits=False)
    return _BETWEEN_CODE_AND_DIGIT.sub("\N{NO-BREAK SPACE}", text)


def format_number(value: int | Decimal, locale: str | None = None) -> str:
    """With the locale's separators and all of the value's decimals."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, locale=_babel(locale), decimal_quantization=False))


def format_date(day: date, width: Width = "medium", locale: str | None = None) -> str:
    """A calendar day. For the day of an instant say the time zone first: ``format_datetime``."""
    from babel.dates import format_date as babel_format_date

    if isinstance(day, datetime):
        raise TypeError("format_date takes a day, not an instant. Convert it to a time zone and take its date().")
    return babel_format_date(day, format=width, locale=_babel(locale))


def format_datetime(instant: datetime, time_zone: str, width: Width = "medium", locale: str | None = None) -> str:
    """An instant as clocks show it in a time zone such as ``Europe/Berlin``."""
    from babel.dates import format_datetime as babel_format_datetime
    from babel.dates import get_timezone

    if instant.tzinfo is None:
        raise TypeError("format_datetime takes an instant with a time zone. Instants are kept in UTC.")
    return babel_format_datetime(instant, format=width, tzinfo=get_timezone(time_zone), locale=_babel(locale))


def format_span(span: timedelta, locale: str | None = None) -> str:
    """How long something takes or is apart: ``6 hours``."""
    from babel.dates import format_timedelta

    return str(format_timedelta(span, locale=_babel(locale)))


def country_name(code: str, locale: str | None = None) -> str:
    """The name of a country by its ISO code; the code itself when there is no name."""
    return str(_babel(locale).territories.get(code, code))


def countries_by_name(codes: Collection[str], locale: str | None = None) -> tuple[tuple[str, str], ...]:
    """((code, name), …) in the order of the names."""
    return _countries_by_name(frozenset(codes), locale or _current.get().locale)


@lru_cache(maxsize=64)
def _countries_by_name(codes: frozenset[str], locale: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((code, country_name(code, locale)) for code in codes), key=lambda pair: pair[1]))


def language_name(tag: str) -> str:
    """A language's own name for itself, for language menus: ``Deutsch``, ``中文 (简体)``."""
    return _OWN_NAMES.get(tag) or _babel(tag).get_display_name() or tag


def _readable(file: Path, locale: str) -> Catalog | None:
    """A catalogue, or None: a plugin's broken file costs its texts, not the shop."""
    from babel.messages.pofile import PoFileError

    try:
        return read_catalogue(file, locale)
    except (PoFileError, ValueError, OSError) as error:
        _logger.error("Translations in %s cannot be read (%s); its texts stay in English.", file, error)
        return None


def _state_of(files: Sequence[Path]) -> str:
    found = [(file, file.stat()) for file in files]
    return "\n".join(f"{file} {stat.st_mtime_ns} {stat.st_size}" for file, stat in found)


def _merged(catalogues: Sequence[Catalog], locale: str) -> bytes:
    """One catalogue in gettext's binary form."""
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    merged = Catalog(locale=folder_of(locale))
    for message in (message for catalogue in catalogues for message in catalogue if message.id):
        if not message.fuzzy and message.string and merged.get(message.id, message.context) is None:
            merged.add(message.id, message.string, context=message.context)
    binary = io.BytesIO()
    write_mo(binary, merged)
    return binary.getvalue()


def _preferences(header: str) -> list[str]:
    """Language ranges of an Accept-Language header, best first, without those refused by q=0."""
    weighted = []
    for position, part in enumerate(header.split(",")[:_LONGEST_HEADER]):
        tag, _, parameter = part.strip().partition(";")
        weight = _weight(parameter)
        if tag.strip() and weight > 0:
            weighted.append((-weight, position, _scripted(tag.strip().lower().replace("_", "-"))))
    return [tag for _, _, tag in sorted(weighted)]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(float(value), 1.0)
    except ValueError:
        return 0.0


def _scripted(tag: str) -> str:
    return _CHINESE.get(tag, tag)


def _generalised(tag: str) -> Iterator[str]:
    """``de-ch-1996`` → itself, ``de-ch``, ``de``; Chinese stops at the script, which cannot be exchanged."""
    while tag and tag != "zh":
        yield tag
        tag = tag.rpartition("-")[0]


def _babel(locale: str | None) -> Locale:
    return _babel_locale(locale or _current.get().locale)


@lru_cache(maxsize=64)
def _babel_locale(tag: str) -> Locale:
    from babel import Locale

    return Locale.parse(tag, sep="-")


@lru_cache(maxsize=256)
def _money_pattern(tag: str, decimals: int) -> NumberPattern:
    """Babel would round to CLDR's decimals, which for RSD, IQD and others are fewer than the currency has."""
    pattern: NumberPattern = copy(_babel_locale(tag).currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return pattern
