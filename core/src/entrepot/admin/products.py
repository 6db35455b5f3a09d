"""Products: the list, and one product with its names, prices and whether it is shown."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, amount, carry_out
from entrepot.admin.frame import Answer, Crumb, missing, page, staff
from entrepot.admin.instants import typed_instant
from entrepot.admin.product_list import price_lists, product_detail, product_list
from entrepot.admin.product_prices import product_prices
from entrepot.catalog import editing
from entrepot.catalog.windows import set_windows, windowed_price
from entrepot.pricing.windows import PriceWindow
from entrepot.web.i18n import LOCALES, language_name
from entrepot.web.i18n import gettext as _

_NAME = "name-"
_PRICE = "price-"


def products() -> Response:
    q = request.args.get("q", "").strip()[:100]
    found = product_list(q=q, locale=staff().locale, cursor=request.args.get("cursor", ""))
    next_url = url_for("admin.products", q=q or None, cursor=found.next_cursor) if found.next_cursor else ""
    return page("admin/products.html", title=_("Products"), q=q, found=found, next_url=next_url)


def product(slug: str) -> Response:
    return _product_page(slug)


def save_product(slug: str) -> Answer:
    def action() -> None:
        editing.edit_product(
            web.runtime(),
            slug,
            names={name.removeprefix(_NAME): text for name, text in request.form.items() if name.startswith(_NAME)},
            published="published" in request.form,
            prices=_prices(),
        )

    return carry_out(
        action,
        form="product",
        done=_("The product is saved."),
        to=url_for("admin.product", slug=slug),
        again=lambda refused: _product_page(slug, refused),
    )


def plan_price(slug: str) -> Answer:
    """Ask another price for a time, beside the windows that there are."""

    def action() -> None:
        now = web.runtime().clock.now()
        found = windowed_price(request.form.get("list", ""), request.form.get("sku", ""), at=now)
        typed = amount(request.form.get("amount", ""), found.usual.currency)
        window = PriceWindow(typed.minor, typed_instant("valid_from") or now, typed_instant("valid_until"))
        set_windows(web.runtime(), found.price_list.code, found.sku, [*found.windows, window])

    return _window_changed(slug, action, done=_("The price is planned."))


def take_price_back(slug: str) -> Answer:
    """Remove the window that begins at the named instant."""

    def action() -> None:
        now = web.runtime().clock.now()
        found = windowed_price(request.form.get("list", ""), request.form.get("sku", ""), at=now)
        begin = typed_instant("valid_from")
        others = [window for window in found.windows if window.valid_from != begin]
        set_windows(web.runtime(), found.price_list.code, found.sku, others)

    return _window_changed(slug, action, done=_("The price is taken back."))


def _window_changed(slug: str, action: Callable[[], None], *, done: str) -> Answer:
    return carry_out(
        action,
        form="window",
        done=done,
        to=url_for("admin.product", slug=slug),
        again=lambda refused: _product_page(slug, refused),
    )


def _prices() -> dict[tuple[int, int], int | None]:
    """What was typed per variant and price list; an empty field takes the variant off the list."""
    currencies = {one.id: one.currency for one in price_lists()}
    found: dict[tuple[int, int], int | None] = {}
    for name, text in request.form.items():
        ids = name.removeprefix(_PRICE).split("-") if name.startswith(_PRICE) else []
        if len(ids) != 2 or not all(part.isdigit() for part in ids) or int(ids[1]) not in currencies:
            continue
        variant_id, price_list_id = int(ids[0]), int(ids[1])
        typed = text.strip()
        found[variant_id, price_list_id] = amount(typed, currencies[price_list_id]).minor if typed else None
    return found


def _product_page(slug: str, refused: Refused = NOTHING_REFUSED) -> Response:
    detail = product_detail(slug, staff().locale)
    if detail is None:
        return missing(_("There is no product %(slug)s. Search for it in the list.", slug=slug))
    locales = dict.fromkeys((*LOCALES, *detail.names))
    return page(
        "admin/product.html",
        title=detail.names.get(staff().locale) or next(iter(detail.names.values()), slug),
        trail=(Crumb(_("Products"), url_for("admin.products")),),
        product=detail,
        prices=product_prices(detail.id),
        languages=[(locale, language_name(locale)) for locale in locales],
        published=("published" in refused.values) if refused.form == "product" else detail.published,
        refused=refused,
    )
