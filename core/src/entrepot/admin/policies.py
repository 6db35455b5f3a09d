"""What the shop promises: its terms in every language, and on which terms goods come back, everywhere and by market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for

from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, carry_out, explained
from entrepot.admin.frame import Answer, missing, page, staff
from entrepot.admin.words import word
from entrepot.markets.queries import MarketView, StoreView, store
from entrepot.markets.rules import text
from entrepot.policies import service
from entrepot.policies.errors import MarketUnknown
from entrepot.policies.promises import own_words, promises
from entrepot.policies.rules import policy_of, written_percent
from entrepot.web.i18n import gettext as _
from entrepot.web.i18n import language_name

TERMS = "terms"
#: The forms of the terms of return: "returns" for everywhere, "returns-eu" for a market.
RETURNS = "returns"
_PREFIX = "text-"


@dataclass(frozen=True)
class Field:
    """A field as it is drawn; ``choices`` make it a select. ``problem`` says what is wrong with it."""

    name: str
    label: str
    value: str
    problem: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""


@dataclass(frozen=True)
class Words:
    """The terms in one language; ``instead`` names the language that its readers get while it has none."""

    locale: str
    language: str
    value: str
    paragraphs: tuple[str, ...]
    instead: str = ""
    problem: str = ""


@dataclass(frozen=True)
class ReturnForm:
    """On which terms goods come back: of one market, or everywhere without a code. ``own`` counts what differs."""

    id: str
    market: str
    name: str
    fields: tuple[Field, ...]
    own: int = 0


def policies() -> Response:
    return _page()


def publish_terms() -> Answer:
    """The merchant's own words. A new version holds for orders placed afterwards."""

    def action() -> None:
        texts = {locale: request.form.get(f"{_PREFIX}{locale}", "") for locale in _locales(store())}
        service.publish_terms(texts, seen=request.form.get("seen", ""))

    return carry_out(action, form=TERMS, done=_published(), to=url_for("admin.policies"), again=_page)


def publish_return_terms() -> Answer:
    """On which terms goods come back: everywhere, or what differs in the market that the form names."""
    market = request.form.get("market", "")
    if market and store().market(market) is None:
        return missing(explained(MarketUnknown(market)))

    def action() -> None:
        service.publish_return_terms(market, request.form, seen=request.form.get("seen", ""))

    return carry_out(action, form=_form_of(market), done=_published(), to=url_for("admin.policies"), again=_page)


def _published() -> str:
    return _("Published. It holds for orders from now on; earlier orders keep what was agreed.")


def _page(refused: Refused = NOTHING_REFUSED) -> Response:
    found = store()
    return page(
        "admin/policies.html",
        title=_("Promises to buyers"),
        refused=refused,
        versions=[(_name(market), promises(found.settings, market.code)["version"]) for market in found.markets],
        words=_words(found, refused),
        terms_form=TERMS,
        has_terms=bool(found.settings.get("terms")),
        returns=_return_forms(found, refused),
        seen={what: service.seen(what) for what in ("terms", "returns")},
    )


def _locales(found: StoreView) -> tuple[str, ...]:
    """Every language that a market is read in, and those that have terms already."""
    published = found.settings.get("terms") or {}
    return tuple(dict.fromkeys([*(locale for market in found.markets for locale in market.locales), *published]))


def _words(found: StoreView, refused: Refused) -> list[Words]:
    published = found.settings.get("terms") or {}
    return [_in_language(locale, published, refused) for locale in _locales(found)]


def _in_language(locale: str, published: Mapping[str, str], refused: Refused) -> Words:
    read = own_words({"terms": published}, locale)
    other = next((tag for tag in published if own_words({"terms": published}, tag) == read), "")
    return Words(
        locale=locale,
        language=language_name(locale),
        value=refused.value(TERMS, f"{_PREFIX}{locale}", published.get(locale, "")),
        paragraphs=read,
        instead=language_name(other) if other and locale not in published else "",
        problem=_problem(refused, TERMS, locale),
    )


def _return_forms(found: StoreView, refused: Refused) -> list[ReturnForm]:
    setting = found.settings.get("returns") or {}
    by_market = setting.get("markets") or {}
    everywhere = _typed(policy_of({"returns": {**setting, "markets": {}}}, "").as_dict())
    forms = [ReturnForm(RETURNS, "", _("Everywhere"), _fields(refused, RETURNS, everywhere, {}))]
    for market in found.markets:
        own = _typed(by_market.get(market.code) or {})
        fields = _fields(refused, _form_of(market.code), own, everywhere)
        forms.append(ReturnForm(_form_of(market.code), market.code, _name(market), fields, own=len(own)))
    return forms


def _typed(stored: Mapping[str, Any]) -> dict[str, str]:
    """Stored terms as they are typed."""
    typed = {name: str(stored[name]) for name in ("days", "who_pays", "instructions") if name in stored}
    if "fee_percent" in stored:
        typed["fee_percent"] = written_percent(policy_of({"returns": stored}, "").fee_percent)
    return typed | {name: _yes_or_no(stored[name]) for name in ("refund_duties", "auto_approve") if name in stored}


def _fields(refused: Refused, form: str, own: Mapping[str, str], otherwise: Mapping[str, str]) -> tuple[Field, ...]:
    """The fields of one form; what a market leaves open is as ``otherwise``."""
    labels = {
        "days": _("Days after the last parcel's delivery"),
        "who_pays": _("Who pays for the way back"),
        "fee_percent": _("Kept of the price of the goods, in percent"),
        "refund_duties": _("Duties and import charges go back"),
        "auto_approve": _("Requests are approved at once"),
        "instructions": _("Where and how goods are sent; buyers read it once the return is approved"),
    }
    return tuple(
        Field(
            name,
            label,
            refused.value(form, name, own.get(name, "")),
            _problem(refused, form, name),
            _choices(name, otherwise.get(name, "")),
            otherwise.get(name, ""),
        )
        for name, label in labels.items()
    )


def _choices(name: str, otherwise: str) -> tuple[tuple[str, str], ...]:
    families = {"who_pays": "who_pays", "refund_duties": "yes_no", "auto_approve": "yes_no"}
    if name not in families:
        return ()
    family = families[name]
    codes = ("buyer", "seller") if family == "who_pays" else ("no", "yes")
    chosen = tuple((code, word(family, code)) for code in codes)
    return (("", _("as everywhere: %(term)s", term=word(family, otherwise))), *chosen) if otherwise else chosen


def _problem(refused: Refused, form: str, name: str) -> str:
    error = refused.fields.get(name) if refused.form == form else None
    return explained(error) if isinstance(error, Exception) else ""


def _yes_or_no(value: object) -> str:
    return "yes" if value else "no"


def _form_of(market: str) -> str:
    return f"{RETURNS}-{market}" if market else RETURNS


def _name(market: MarketView) -> str:
    return text(market.name, staff().locale) or market.code
