"""The quick search: an order number, a buyer's e-mail, a SKU, a tracking number, the name of a product."""

from __future__ import annotations

from flask import redirect, request, url_for

from entrepot.admin.frame import Answer, nothing_there, page, staff
from entrepot.admin.product_list import product_list
from entrepot.orders.listing import order_list
from entrepot.web.i18n import gettext as _

MOST = 20


def search() -> Answer:
    q = request.args.get("q", "").strip()[:100]
    orders = order_list(q=q, limit=MOST).rows if q and staff().may("orders.view") else ()
    products = product_list(q=q, locale=staff().locale, limit=MOST).rows if q and staff().may("catalog.view") else ()
    if len(orders) == 1 and not products:
        return redirect(url_for("admin.order", number=orders[0].number))
    if len(products) == 1 and not orders:
        return redirect(url_for("admin.product", slug=products[0].slug))
    return page("admin/search.html", title=_("Search"), q=q, orders=orders, products=products)


def elsewhere(anything: str) -> Answer:
    """An address that no page has; the pages of plugins stand before it."""
    return nothing_there()
