"""How often a page asks the database: a fixed number, whatever is in it. And asking never changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.routing import Rule

from entrepot.catalog.editing import edit_product
from entrepot.pricing.service import save_cut
from entrepot.sdk.slots import SlotBlock
from entrepot.storage.session import reader
from entrepot.testkit.small_shop import SmallShop
from entrepot.testkit.statements import recorded
from entrepot.theming.facade import Theming

from .visits import Visitor

PRODUCT, CATEGORY, OTHER = 6, 5, 8


def stroll(visitor: Visitor, shop: SmallShop) -> dict[str, str]:
    """A visit that leaves an order behind and a cart at the last screen; paths by what they show."""
    visitor.go_to_payment()
    order = visitor.place(shop.accounts["by-hand"]).location
    visitor.go_to_payment()
    unpaid = visitor.place(shop.accounts["scripted"])
    attempt = unpaid.location.rpartition("ref-pay-")[2]
    visitor.go_to_payment()
    return {
        "product": "/p/tableware?kind=bowl",
        "category": "/c/kitchen?sort=price",
        "home": "/",
        "search": "/search?q=table",
        "cart": "/cart",
        "address": "/checkout/address",
        "delivery": "/checkout/shipping",
        "payment": "/checkout/payment",
        "order": order,
        "return": f"/pay/return/{attempt}",
        "find": "/order/find",
        "missing": "/nowhere",
    }


@pytest.mark.covers("S2.31", "G7")
def test_every_page_keeps_its_query_budget(visitor: Visitor, web_shop: SmallShop) -> None:
    spent = {}
    for name, path in stroll(visitor, web_shop).items():
        assert visitor.get(path).status_code in (200, 404), path  # also loads what a process keeps
        with recorded() as statements:
            visitor.get(path)
        spent[name] = len(statements)
    budgets = {"product": PRODUCT, "category": CATEGORY}
    assert {name: count for name, count in spent.items() if count > budgets.get(name, OTHER)} == {}


@pytest.mark.covers("S2.31", "G7")
def test_reduced_prices_stay_within_the_budget(visitor: Visitor, web_shop: SmallShop) -> None:
    edit_product(web_shop.runtime, "tableware", names={"en": "Tableware"}, published=True, prices={})
    visitor.go_to_payment()
    save_cut(web_shop.runtime, code="sale", label={"en": "Sale"}, definition={"percent": "10"})
    spent = {}
    for path, budget in (("/p/tableware", PRODUCT), ("/c/kitchen", CATEGORY), ("/", OTHER), ("/cart", OTHER)):
        visitor.get(path)
        with recorded() as statements:
            assert "17.91" in visitor.get(path).text, path
        spent[path] = (len(statements), budget)
    assert {path: count for path, count in spent.items() if count[0] > count[1]} == {}


@pytest.mark.covers("S2.31", "G7")
def test_no_page_writes(visitor: Visitor, web_shop: SmallShop) -> None:
    visits = stroll(visitor, web_shop)
    values = {
        "slug": {"shop.category": "kitchen", "shop.product": "tableware"},
        "token": dict.fromkeys(
            (
                "shop.order",
                "shop.live_order",
                "shop.agreed_policies",
                "shop.return_goods",
                "shop.withdraw",
                "shop.document",
            ),
            visits["order"].rpartition("/")[2],
        ),
        "kind": {"shop.policy": "returns"},
        "number": {"shop.document": "INV-2026-00001"},
        "attempt_id": {"shop.pay_return": visits["return"].rpartition("/")[2]},
        "path": {"static.theme_file": "core/x/core.css", "static.media_file": "ab/mug.png"},
    }
    rules = [rule for rule in web_shop.app.url_map.iter_rules() if is_public_page(rule)]
    asked = {rule.endpoint for rule in rules}
    assert {"shop.home", "shop.cart", "shop.pay_return", "shop.order", "health.ready"} <= asked
    for rule in rules:
        path = address(web_shop, rule, values)
        with recorded() as statements:
            visitor.get(path)
        assert statements.writes == [], path


def is_public_page(rule: Rule) -> bool:
    return "GET" in (rule.methods or ()) and not rule.endpoint.startswith(("admin", "api"))


def address(shop: SmallShop, rule: Rule, values: Mapping[str, Mapping[str, str]]) -> str:
    known = {argument: values[argument][rule.endpoint] for argument in rule.arguments}
    return str(shop.app.url_map.bind("localhost").build(rule.endpoint, known))


@pytest.mark.covers("S2.31", "G7")
def test_a_lazy_slot_block_is_caught_and_costs_only_itself(
    visitor: Visitor, web_shop: SmallShop, caplog: pytest.LogCaptureFixture
) -> None:
    install_lazy_block(web_shop)
    web_shop.app.testing = True
    visitor.get("/p/tableware")
    with recorded() as statements:
        page = visitor.get("/p/tableware")
    assert page.status_code == 200
    assert "Small Shop" in page.text and "lazy block" not in page.text
    assert "QueryInTemplate" in caplog.text and "product/show.html" in caplog.text
    assert "SELECT count(*) FROM product" not in statements


@pytest.mark.covers("S2.31", "G7")
def test_a_lazy_slot_block_breaks_the_budget_where_it_is_not_stopped(
    visitor: Visitor, web_shop: SmallShop, caplog: pytest.LogCaptureFixture
) -> None:
    install_lazy_block(web_shop, reads=5)
    visitor.get("/p/tableware")
    with recorded() as statements:
        page = visitor.get("/p/tableware")
    assert "lazy block" in page.text
    assert len(statements) > PRODUCT
    assert "Prepare its values in the view" in caplog.text


def install_lazy_block(shop: SmallShop, reads: int = 1) -> None:
    """A block whose context asks the database while the page is drawn; its template is one of the core's."""

    def lazy(values: Mapping[str, Any]) -> dict[str, Any]:
        for _ in range(reads):
            reader().execute(text("SELECT count(*) FROM product"))
        return {}

    theming: Theming = shop.app.extensions["entrepot.theming"]
    block = SlotBlock("product.after_price", "x/feature-lazy/block.html", context=lazy)
    folder = shop.runtime.settings.data_dir / "lazy" / "x" / "feature-lazy"
    folder.mkdir(parents=True)
    (folder / "block.html").write_text("lazy block", encoding="utf-8")
    layers: Any = theming.environment.layers["plugins"]
    layers.roots["feature-lazy"] = folder.parent.parent
    theming.slots.register("feature-lazy", block)
