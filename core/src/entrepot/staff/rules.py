"""Who may do what in the back office, and what a sign-in needs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from entrepot.kernel.texts import N_
from entrepot.sdk.jobs import Permission

#: Stands for every permission, also those of plugins installed later.
ALL = "*"
#: Not a permission that is given: what every signed-in member of staff may do.
ANY_STAFF = "staff"

FAILURES_ALLOWED = 10
LOCKED_FOR = timedelta(minutes=15)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1024

PERMISSIONS: tuple[Permission, ...] = (
    Permission("orders.view", N_("See orders, buyers and their addresses")),
    Permission("orders.ship", N_("Ship parcels, mark them delivered, complete orders")),
    Permission("orders.cancel", N_("Cancel orders")),
    Permission("orders.export", N_("Write orders into files")),
    Permission("orders.import", N_("Import orders of other channels, and take a batch back")),
    Permission("orders.edit", N_("Edit orders after they were placed")),
    Permission("payments.confirm", N_("Confirm, capture and release payments")),
    Permission("payments.refund", N_("Give money back")),
    Permission("customers.view", N_("See customers, their addresses and notes")),
    Permission("customers.edit", N_("Change customers and their groups")),
    Permission("customers.erase", N_("Export and erase what is kept about a customer")),
    Permission("catalog.view", N_("See products and prices")),
    Permission("catalog.edit", N_("Change products and prices")),
    Permission("catalog.import", N_("Import products from files")),
    Permission("inventory.view", N_("See stock")),
    Permission("inventory.adjust", N_("Correct stock")),
    Permission("inventory.sync", N_("Ask for and report the stock of suppliers and warehouses of others")),
    Permission("messages.view", N_("See messages to buyers")),
    Permission("messages.send", N_("Send messages again")),
    Permission("plugins.view", N_("See plugins and accounts")),
    Permission("plugins.manage", N_("Switch plugins on and off, edit accounts and their secrets")),
    Permission("deliveries.replay", N_("Repeat parked deliveries to plugins")),
    Permission("store.view", N_("See the settings of the store and its markets")),
    Permission("store.manage", N_("Change the settings of the store")),
)

_ORDER_DESK = (
    "orders.view",
    "orders.ship",
    "orders.cancel",
    "orders.import",
    "orders.edit",
    "payments.confirm",
    "payments.refund",
    "customers.view",
    "customers.edit",
    "catalog.view",
    "inventory.view",
    "messages.view",
    "messages.send",
)
#: What a new member of staff is given by the name of a role; afterwards only the permissions count.
ROLES: dict[str, tuple[str, ...]] = {
    "owner": (ALL,),
    "orders": _ORDER_DESK,
    "warehouse": ("orders.view", "orders.ship", "catalog.view", "inventory.view", "inventory.adjust", "inventory.sync"),
    "catalogue": (
        "catalog.view",
        "catalog.edit",
        "catalog.import",
        "inventory.view",
        "inventory.adjust",
        "inventory.sync",
    ),
    "viewer": (
        "orders.view",
        "customers.view",
        "catalog.view",
        "inventory.view",
        "messages.view",
        "plugins.view",
        "store.view",
    ),
}


def allows(given: Collection[str], permission: str) -> bool:
    """Whether somebody with these permissions may; nothing is allowed that was not given."""
    return permission == ANY_STAFF or permission in given or ALL in given


def unknown_permissions(ids: Iterable[str], plugin_permissions: Iterable[Permission] = ()) -> list[str]:
    """Those that neither the core nor a plugin knows, sorted."""
    known = {permission.id for permission in (*PERMISSIONS, *plugin_permissions)} | {ALL}
    return sorted(set(ids) - known)


def password_problem(password: str, email: str) -> str:
    """Why a password is refused, with the remedy; empty when it is good enough."""
    if len(password) < SHORTEST_PASSWORD:
        return f"The password has {len(password)} characters. Use at least {SHORTEST_PASSWORD}."
    if len(password) > LONGEST_PASSWORD:
        return f"The password is longer than {LONGEST_PASSWORD} characters. Use a shorter one."
    if password.strip().lower() in (email.lower(), email.lower().partition("@")[0]):
        return "The password is the e-mail address. Use another one."
    if len(set(password)) < 4:
        return "The password repeats very few characters. Use a mixed one."
    return ""


def minutes_left(locked_until: datetime, now: datetime) -> int:
    """Whole minutes until a lock ends, at least one."""
    return max(1, -(-int((locked_until - now).total_seconds()) // 60))
