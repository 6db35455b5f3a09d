"""Who is looking: market, language, country and cart of this request, from cookies or from good guesses."""

from __future__ import annotations

from functools import lru_cache

from flask import Response, current_app, g, request
from itsdangerous import BadSignature, URLSafeSerializer

from entrepot import web
from entrepot.kernel.records import dataclass
from entrepot.markets.queries import MarketView, StoreMissing, StoreView, store
from entrepot.web import i18n

CHOICES_COOKIE = "visitor"
CART_COOKIE = "cart"
_YEAR = 365 * 24 * 3600
_CART_AGE = 60 * 24 * 3600
_LONGEST_TOKEN = 64


@dataclass(frozen=True)
class Visitor:
    """What pages need to know of the person before the screen. ``cart_token`` is empty without a cart."""

    market: MarketView
    locale: str
    country: str
    cart_token: str


@dataclass(frozen=True)
class Choices:
    """What the cookie says; any of it may have stopped to exist since."""

    market: str = ""
    locale: str = ""
    country: str = ""


def visitor() -> Visitor:
    """The visitor of this request, worked out once: one query. Raises StoreMissing."""
    if "visitor" not in g:
        g.visitor = _recognise(store())
    found: Visitor = g.visitor
    return found


def choose(store: StoreView, *, country: str, locale: str) -> Visitor:
    """A visitor who ships to ``country`` and reads ``locale``, as far as the store offers them."""
    market = store.market_of_country(country) or visitor().market
    return Visitor(
        market=market,
        locale=locale if locale in market.locales else i18n.negotiate(locale, market.locales),
        country=country if country in market.countries else market.default_country,
        cart_token=visitor().cart_token,
    )


def remember(response: Response, chosen: Visitor) -> None:
    """Keep the choices for a year, signed."""
    value = _signer().dumps([chosen.market.code, chosen.locale, chosen.country])
    _set_cookie(response, CHOICES_COOKIE, str(value), max_age=_YEAR)


def remember_cart(response: Response, token: str) -> None:
    """Keep the cart's token, which is a secret of its own."""
    _set_cookie(response, CART_COOKIE, token, max_age=_CART_AGE)


def forget_cart(response: Response) -> None:
    """After the cart became an order."""
    response.delete_cookie(CART_COOKIE, path="/", httponly=True, samesite="Lax")


def _recognise(store: StoreView) -> Visitor:
    if not store.markets:
        raise StoreMissing
    choices = _stored_choices()
    market = store.market(choices.market) or store.markets[0]
    return Visitor(
        market=market,
        locale=choices.locale if choices.locale in market.locales else _guess_locale(market),
        country=choices.country if choices.country in market.countries else market.default_country,
        cart_token=_cart_token(),
    )


def _guess_locale(market: MarketView) -> str:
    """What a plugin says, else what the browser asks for."""
    asked = i18n.negotiate(request.headers.get("Accept-Language"), market.locales)
    said = web.runtime().registry.hooks.first(
        "entrepot_request_locale", asked, accepted=market.locales, headers=dict(request.headers)
    )
    return said if said in market.locales else asked


def _stored_choices() -> Choices:
    try:
        market, locale, country = _signer().loads(request.cookies.get(CHOICES_COOKIE, ""))
    except (BadSignature, ValueError, TypeError):
        return Choices()
    return Choices(str(market), str(locale), str(country))


def _cart_token() -> str:
    token = request.cookies.get(CART_COOKIE, "")
    return token if len(token) <= _LONGEST_TOKEN else ""


def _signer() -> URLSafeSerializer:
    return _signer_with(current_app.secret_key or "")


@lru_cache(maxsize=4)
def _signer_with(key: str | bytes) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="entrepot visitor")


def _set_cookie(response: Response, name: str, value: str, *, max_age: int) -> None:
    secure = web.runtime().settings.base_url.startswith("https://")
    response.set_cookie(name, value, max_age=max_age, path="/", secure=secure, httponly=True, samesite="Lax")
