"""The store and its markets at a glance, and the theme it is drawn in."""

from __future__ import annotations

from flask import Response, current_app, url_for

from entrepot import web
from entrepot.admin.frame import page, staff
from entrepot.inventory.queries import warehouses
from entrepot.markets.queries import store as current_store
from entrepot.markets.rules import text
from entrepot.staff.queries import members
from entrepot.theming.facade import Theming
from entrepot.web.i18n import gettext as _
from entrepot.web.i18n import language_name


def store() -> Response:
    theming: Theming = current_app.extensions["entrepot.theming"]
    found = current_store()
    settings = web.runtime().settings
    return page(
        "admin/store.html",
        title=_("Store and markets"),
        store=found,
        markets=[
            (market, text(market.name, staff().locale), [language_name(locale) for locale in market.locales])
            for market in found.markets
        ],
        warehouses=warehouses(),
        members=members(),
        theme=theming.active,
        themes=sorted(theming.discovery.themes),
        base_url=settings.base_url,
        accounts_url=url_for("admin.accounts"),
    )
