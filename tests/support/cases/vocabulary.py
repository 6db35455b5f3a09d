"""The words that a case may use. A word that is not known here makes the case fail: nothing is ever passed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Written = Mapping[str, Any]

#: Said for the reader only, wherever it stands.
_REMARKS = {"note", "name", "label", "title"}
GIVEN = {
    "currency", "exchange_rates", "products", "tax", "channels", "promotions", "catalog_promotions", "shipping_methods",
    "zones", "default_zone",
}  # fmt: skip
PRODUCT = {
    "sku", "price", "prices", "category", "categories", "tax", "floor", "stock", "weight", "discountable",
    "requires_shipping",
}  # fmt: skip
TAX = {"rounding", "rates"}
ROUNDINGS = {"per_line", "per_unit", "per_order"}
TAX_RATE = {"category", "percent", "included_in_price", "zone"}
SHIPPING_METHOD = {
    "code", "fee", "per_unit", "tax", "zone", "channels", "min_items_total", "max_items_total", "min_weight",
    "max_weight",
}  # fmt: skip
ZONE = {"countries", "priority"}
#: What the promotion's row holds; everything else is its definition, of which the shop refuses what it does not know.
PROMOTION_ROW = {
    "priority", "exclusive", "coupon", "usage_limit", "used", "per_customer_limit", "reusable_after_cancel",
}  # fmt: skip
CATALOG_PROMOTION = {
    "kind", "percent", "amount", "amounts", "sku", "skus", "category", "categories", "priority", "exclusive",
    "channels",
}  # fmt: skip
CATALOG_KINDS = {"percent", "fixed", "amount"}

#: Steps that are written as a mapping, with the keys of each.
STEP_KEYS: Mapping[str, set[str]] = {
    "add": {"sku", "qty", "shipment"},
    "set_qty": {"sku", "qty", "shipment"},
    "remove": {"sku", "shipment"},
    "address": {"country"},
    "pay": {"amount"},
    "authorize": {"amount"},
    "capture": {"amount"},
    "refund": {"amount", "key"},
    "prior_order": {"items", "coupon", "same_customer", "then"},
    "prior_orders": {"placed", "cancelled", "paid", "items", "coupon", "same_customer"},
    "complete": {"key", "different_body"},
    "webhook": {"event", "id", "times", "amount", "refund"},
    "parallel": {"buyers", "copies", "each"},
}


class NotBuilt(Exception):
    """The case uses a word that is not known here, or a feature that there is not."""


def check(written: Any, known: set[str], where: str) -> None:
    """Raises NotBuilt for the first word that is not known."""
    if not isinstance(written, Mapping):
        raise NotBuilt(f"{where}: {written!r} is no mapping")
    if stray := sorted(str(key) for key in written.keys() - known - _REMARKS):
        raise NotBuilt(f"{where}: {', '.join(stray)}")


def check_given(given: Written) -> None:
    """Every word of ``given`` but those of promotions, which the shop itself checks."""
    check(given, GIVEN, "given")
    tax = given.get("tax") or {}
    check(tax, TAX, "given.tax")
    if tax.get("rounding", "per_line") not in ROUNDINGS:
        raise NotBuilt(f"given.tax.rounding: {tax['rounding']}")
    for rate in tax.get("rates") or ():
        check(rate, TAX_RATE, "given.tax.rates")
    for product in given.get("products") or ():
        check(product, PRODUCT, "given.products")
    for method in given.get("shipping_methods") or ():
        check(method, SHIPPING_METHOD, "given.shipping_methods")
    for cut in given.get("catalog_promotions") or ():
        check(cut, CATALOG_PROMOTION, "given.catalog_promotions")
        if cut.get("kind", "percent") not in CATALOG_KINDS:
            raise NotBuilt(f"given.catalog_promotions: kind {cut['kind']}")
    for zone in (given.get("zones") or {}).values():
        if isinstance(zone, Mapping):
            check(zone, ZONE, "given.zones")


def check_step(name: str, value: Any) -> None:
    """The keys of a step that is written as a mapping."""
    if isinstance(value, Mapping) and name in STEP_KEYS:
        check(value, STEP_KEYS[name], f"when: {name}")
