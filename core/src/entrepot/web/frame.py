"""The frame of a shop page: name, navigation, language, what is in the cart. One query beside the visitor's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, g, request

from entrepot import web
from entrepot.kernel.records import dataclass
from entrepot.markets.queries import CategoryNode, StoreView, known_store
from entrepot.markets.rules import text
from entrepot.theming.facade import Theming
from entrepot.web import i18n
from entrepot.web.visitor import Visitor, visitor

CountPieces = Callable[[str], int]
_COUNT = "entrepot.cart_count"


@dataclass(frozen=True)
class NavigationLink:
    slug: str
    name: str
    children: tuple[NavigationLink, ...] = ()


@dataclass(frozen=True)
class CountryChoice:
    """A country that somebody ships to; ``currency`` is what is paid in there."""

    code: str
    name: str
    currency: str


@dataclass(frozen=True)
class Frame:
    """What the layout shows on every page. Texts of the merchant are empty where nothing was written."""

    shop_name: str
    tagline: str
    announcement: str
    trust: tuple[str, ...]
    contact_email: str
    locale: str
    direction: str
    currency: str
    includes_tax: bool
    country: str
    country_name: str
    countries: tuple[CountryChoice, ...]
    languages: tuple[tuple[str, str], ...]
    categories: tuple[NavigationLink, ...]
    cart_count: int
    #: Address of this page, for forms that come back to it.
    here: str
    canonical: str


def install(app: Flask, count_pieces: CountPieces) -> None:
    """Give every shop template ``frame``; ``count_pieces`` says how many pieces a cart holds."""
    app.extensions[_COUNT] = count_pieces

    @app.context_processor
    def add_frame() -> dict[str, Any]:
        return {"frame": frame()} if _draws_shop_pages() else {}


def render(template: str, **context: Any) -> str:
    """A shop page in the active theme. Whatever it needs was read before."""
    theming: Theming = current_app.extensions["entrepot.theming"]
    values = {"frame": frame(), **context}
    worn = known_store()
    theming.follow(worn.theme, worn.theme_settings)
    return theming.render(template, **values)


def frame() -> Frame:
    """The frame of this request's page."""
    if "frame" not in g:
        g.frame = _build(known_store(), visitor())
    found: Frame = g.frame
    return found


def set_cart_count(pieces: int) -> None:
    """A page that has read the cart says what is in it, and saves a query."""
    g.cart_count = pieces


def _draws_shop_pages() -> bool:
    """Plugins' pages and error pages are drawn by Flask; the back office has a frame of its own."""
    return not (request.blueprint or "").startswith(("admin", "x_admin"))


@dataclass(frozen=True)
class _Lasting:
    """The part of the frame that stays as long as the store does."""

    countries: tuple[CountryChoice, ...]
    languages: tuple[tuple[str, str], ...]
    categories: tuple[NavigationLink, ...]


#: {locale: (the store that it was made of, what was made)}
_made: dict[str, tuple[StoreView, _Lasting]] = {}


def _lasting(store: StoreView, locale: str) -> _Lasting:
    """Made once per state of the store, as ``store()`` gives the same object while nothing has changed."""
    known = _made.get(locale)
    if known is not None and known[0] is store:
        return known[1]
    categories = tuple(_link(node, locale) for node in store.categories)
    lasting = _Lasting(_countries(store, locale), _languages(store), categories)
    _made[locale] = store, lasting
    return lasting


def _build(store: StoreView, who: Visitor) -> Frame:
    settings, lasting = store.settings, _lasting(store, who.locale)
    return Frame(
        shop_name=store.name,
        tagline=_written(settings.get("tagline"), who.locale),
        announcement=_written(settings.get("announcement"), who.locale),
        trust=tuple(filter(None, (_written(fact, who.locale) for fact in settings.get("trust") or ()))),
        contact_email=str(settings.get("contact_email") or ""),
        locale=who.locale,
        direction=i18n.direction(who.locale),
        currency=who.market.currency,
        includes_tax=who.market.includes_tax,
        country=who.country,
        country_name=i18n.country_name(who.country, who.locale),
        countries=lasting.countries,
        languages=lasting.languages,
        categories=lasting.categories,
        cart_count=_cart_count(who),
        here=request.full_path.rstrip("?") if request.method == "GET" else request.path,
        canonical=f"{web.runtime().settings.base_url}{request.path}",
    )


def _cart_count(who: Visitor) -> int:
    if "cart_count" in g:
        return int(g.cart_count)
    count_pieces: CountPieces = current_app.extensions[_COUNT]
    return count_pieces(who.cart_token) if who.cart_token else 0


def _link(node: CategoryNode, locale: str) -> NavigationLink:
    return NavigationLink(node.slug, text(node.name, locale), tuple(_link(child, locale) for child in node.children))


def _countries(store: StoreView, locale: str) -> tuple[CountryChoice, ...]:
    found = [
        CountryChoice(code, i18n.country_name(code, locale), market.currency)
        for market in store.markets
        for code in market.countries
    ]
    return tuple(sorted(found, key=lambda country: country.name))


def _languages(store: StoreView) -> tuple[tuple[str, str], ...]:
    tags = dict.fromkeys(tag for market in store.markets for tag in market.locales)
    return tuple((tag, i18n.language_name(tag)) for tag in tags)


def _written(by_locale: object, locale: str) -> str:
    """A text of the merchant's settings: by locale, or the same for all."""
    return text(by_locale, locale) if isinstance(by_locale, dict) else str(by_locale or "")
