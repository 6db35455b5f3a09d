"""All tables of the core in one place, for migrations and for whoever makes a database from nothing."""

from __future__ import annotations

from importlib import import_module

SLICES = (
    "storage",
    "engine",
    "markets",
    "pricing",
    "catalog",
    "customers",
    "inventory",
    "customs",
    "checkout",
    "orders",
    "credit",
    "payments",
    "ledger",
    "documents",
    "returns",
    "order_import",
    "stock_sources",
    "stock_targets",
    "notifications",
    "staff",
    "webhooks",
    "api",
)


def import_all_models() -> None:
    """Import every slice's models, so that the metadata knows every table."""
    for name in SLICES:
        import_module(f"entrepot.{name}.models")
