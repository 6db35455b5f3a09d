"""Rules for stock: when it is low, what is promised beyond it, and which warehouse serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from flask import Response, request, url_for

from entrepot import web
from entrepot.admin.carrying_out import NOTHING_REFUSED, Refused, amount, carry_out, whole_number
from entrepot.admin.frame import Answer, page
from entrepot.admin.stock import item_page
from entrepot.inventory import awaiting, thresholds
from entrepot.inventory.allocation import strategy_named
from entrepot.inventory.queries import warehouses
from entrepot.inventory.rules import Strategy
from entrepot.inventory.warehousing import save_dispatch_costs
from entrepot.kernel.country import COUNTRIES
from entrepot.kernel.currency import exponent
from entrepot.markets.queries import store
from entrepot.markets.service import change_store
from entrepot.sdk.errors import EntrepotError
from entrepot.web.i18n import gettext as _


def low_stock() -> Response:
    return page("admin/low_stock.html", title=_("Low stock"), rows=thresholds.low_stock())


def save_threshold(variant_id: int, warehouse_id: int) -> Answer:
    typed = request.form.get("least", "").strip()

    def action() -> None:
        least = whole_number(typed, _("Low at")) if typed else None
        thresholds.set_threshold(variant_id, warehouse_id, least=least, at=web.runtime().clock.now())

    return _of_variant(variant_id, action, form=f"threshold-{warehouse_id}", done=_("The threshold is saved."))


def save_policy(variant_id: int) -> Answer:
    form = request.form

    def action() -> None:
        awaiting.set_policy(
            variant_id,
            kind=form.get("kind", ""),
            warehouse_id=whole_number(form.get("warehouse", ""), _("Arrives in")),
            most=whole_number(form.get("most", "") or "0", _("At most")),
            available_from=_day(form.get("available_from", "")),
        )

    return _of_variant(variant_id, action, form="policy", done=_("The policy is saved."))


def allocation() -> Response:
    return _allocation()


def save_allocation() -> Answer:
    def action() -> None:
        form, currency = request.form, store().base_currency
        costs = {place.id: _costs(form.get(f"cost-{place.id}", ""), currency) for place in warehouses()}
        save_dispatch_costs(costs)
        change_store(settings={"allocation_strategy": strategy_named(form.get("strategy", "")).value})

    to = url_for("admin.allocation")
    return carry_out(action, form="strategy", done=_("The strategy is saved."), to=to, again=_allocation)


def _allocation(refused: Refused = NOTHING_REFUSED) -> Response:
    found = store()
    return page(
        "admin/allocation.html",
        title=_("Choice of warehouse"),
        offered=[strategy.value for strategy in Strategy],
        current=strategy_named(found.settings.get("allocation_strategy")).value,
        places=[(place, _written(place.dispatch_costs, found.base_currency)) for place in warehouses()],
        currency=found.base_currency,
        refused=refused,
    )


def _costs(typed: str, currency: str) -> dict[str, int]:
    """Minor units by country of "DE 4.90, * 12.90"."""
    costs = {}
    for part in filter(None, (part.strip() for part in typed.split(","))):
        country, _space, cost = part.partition(" ")
        if country != "*" and country.upper() not in COUNTRIES:
            raise EntrepotError("“{part}” names no country. Write it like DE 4.90, * 12.90.", part=part)
        costs[country.upper()] = amount(cost, currency).minor
    return costs


def _written(costs: Mapping[str, int], currency: str) -> str:
    places = exponent(currency)
    return ", ".join(f"{country} {Decimal(minor).scaleb(-places):.{places}f}" for country, minor in costs.items())


def _of_variant(variant_id: int, action: Callable[[], None], *, form: str, done: str) -> Answer:
    to = url_for("admin.stock_item", variant_id=variant_id)
    return carry_out(action, form=form, done=done, to=to, again=lambda refused: item_page(variant_id, refused))


def _day(typed: str) -> date | None:
    if not typed.strip():
        return None
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise EntrepotError("“{typed}” is not a day. Write it like 2026-05-31.", typed=typed) from None
