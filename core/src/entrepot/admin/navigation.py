"""The navigation: five groups, to which plugins add their pages."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from entrepot.engine.runtime import Runtime
from entrepot.kernel.texts import N_
from entrepot.sdk.jobs import MenuItem
from entrepot.staff.queries import StaffView
from entrepot.web.i18n import gettext as _

GROUPS: dict[str, str] = {
    "sell": N_("Sell"),
    "stock": N_("Stock"),
    "ship": N_("Ship"),
    "customers": N_("Customers"),
    "settings": N_("Settings"),
}


@dataclass(frozen=True)
class Crumb:
    """One step of the way to a page."""

    label: str
    url: str


@dataclass(frozen=True)
class Entry:
    label: str
    url: str
    current: bool = False


@dataclass(frozen=True)
class Group:
    label: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class _Place:
    """A page of the core: group, label, endpoint with its values, permission."""

    group: str
    label: str
    endpoint: str
    permission: str
    status: str = ""

    @property
    def url(self) -> str:
        return url_for(self.endpoint, status=self.status or None)


_PLACES = (
    _Place("sell", N_("Orders"), "admin.orders", "orders.view"),
    _Place("sell", N_("Payouts"), "admin.payout_list", "payments.confirm"),
    _Place("sell", N_("Products"), "admin.products", "catalog.view"),
    _Place("sell", N_("Imports"), "admin.imports", "catalog.import"),
    _Place("sell", N_("Orders from a file"), "admin.order_imports", "orders.import"),
    _Place("sell", N_("Order rules"), "admin.order_rules", "store.manage"),
    _Place("stock", N_("Stock"), "admin.stock", "inventory.view"),
    _Place("stock", N_("Low stock"), "admin.low_stock", "inventory.view"),
    _Place("stock", N_("Proposed levels"), "admin.stock_targets", "inventory.view"),
    _Place("stock", N_("Transfers"), "admin.transfers", "inventory.view"),
    _Place("stock", N_("Counts"), "admin.counts", "inventory.view"),
    _Place("stock", N_("Stock of others"), "admin.stock_sources", "inventory.view"),
    _Place("stock", N_("Choice of warehouse"), "admin.allocation", "inventory.adjust"),
    _Place("ship", N_("To ship"), "admin.orders", "orders.view", status="to_ship"),
    _Place("ship", N_("On the way"), "admin.orders", "orders.view", status="shipped"),
    _Place("customers", N_("Customers"), "admin.customers", "customers.view"),
    _Place("customers", N_("Returns"), "admin.returns", "orders.view"),
    _Place("customers", N_("Gift cards and store credit"), "admin.credits", "orders.view"),
    _Place("customers", N_("Messages"), "admin.messages", "messages.view"),
    _Place("settings", N_("Store and markets"), "admin.store", "store.view"),
    _Place("settings", N_("Promises to buyers"), "admin.policies", "store.view"),
    _Place("settings", N_("Accounts"), "admin.accounts", "plugins.view"),
    _Place("settings", N_("Plugins"), "admin.plugins", "plugins.view"),
    _Place("settings", N_("Webhooks"), "admin.webhooks", "plugins.view"),
    _Place("settings", N_("Deliveries to plugins"), "admin.deliveries", "plugins.view"),
    _Place("settings", N_("Background work"), "admin.jobs", "plugins.view"),
    _Place("settings", N_("Inbox"), "admin.inbox", "payments.confirm"),
    _Place("settings", N_("Health"), "admin.health", "plugins.view"),
)


def groups(runtime: Runtime, staff: StaffView, here: str) -> tuple[Group, ...]:
    """What this member of staff may open; ``here`` is the path of the page being shown."""
    entries: dict[str, list[Entry]] = {name: [] for name in GROUPS}
    for place in _PLACES:
        if staff.may(place.permission):
            entries[place.group].append(Entry(_(place.label), place.url, not place.status and _is_at(place.url, here)))
    for item in _plugin_items(runtime):
        if staff.may(item.permission):
            entries[item.group].append(Entry(item.label, item.url, _is_at(item.url, here)))
    return tuple(Group(_(GROUPS[name]), tuple(found)) for name, found in entries.items() if found)


def _plugin_items(runtime: Runtime) -> list[MenuItem]:
    """Links that stay inside the back office; anything else is left out."""
    offered = runtime.registry.hooks.collect("entrepot_admin_menu_items").items
    return [item for item in offered if item.group in GROUPS and item.url.startswith("/admin/x/")]


def _is_at(url: str, here: str) -> bool:
    return here == url or here.startswith(f"{url}/")
