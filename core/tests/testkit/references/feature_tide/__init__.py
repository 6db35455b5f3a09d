"""A feature plugin without known faults: one block, one observed fact."""

from __future__ import annotations

from entrepot.sdk import Notice, PluginManifest, SlotBlock, hookimpl

manifest = PluginManifest(id="feature-tide", name="Tide")
seen: set[str] = set()


def tide(values):
    return {"name": values["product"].name}


@hookimpl
def entrepot_register_slot_blocks():
    return [SlotBlock("product.after_price", "x/feature-tide/tide.html", context=tide)]


@hookimpl
def entrepot_order_placed(fact, shop):
    order = shop.order(fact.order_number)
    if order is not None:
        seen.add(order.email)


@hookimpl
def entrepot_cart_notices(skus, locale):
    return [Notice("info", "High tide.")] if skus else []
