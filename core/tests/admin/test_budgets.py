"""What a page of the back office costs: queries that do not grow with the shop, and no writes while reading."""

from __future__ import annotations

from entrepot.testkit.small_shop import SmallShop
from entrepot.testkit.statements import Statements, recorded

from .conftest import Desk

PAGES = (
    "/admin/",
    "/admin/orders",
    "/admin/orders/{number}",
    "/admin/products",
    "/admin/products/tableware",
    "/admin/stock",
    "/admin/stock/1",
    "/admin/imports",
    "/admin/messages",
    "/admin/plugins",
    "/admin/plugins/feature-testkit",
    "/admin/accounts",
    "/admin/accounts/{account}",
    "/admin/accounts/{account}/delete",
    "/admin/accounts/new/payment/scripted",
    "/admin/deliveries",
    "/admin/store",
    "/admin/policies",
    "/admin/search?q=MUG",
)


def queries_of(desk: Desk, path: str) -> Statements:
    desk.open(path)  # what is cached per process is cached now
    with recorded() as statements:
        desk.open(path)
    assert desk.status == 200, path
    return statements


def addresses(shop: SmallShop) -> list[str]:
    number = shop.paid().number
    return [path.format(number=number, account=shop.accounts["scripted"]) for path in PAGES]


def test_lists_keep_to_eight_queries(shop: SmallShop, owner: Desk) -> None:
    counts = {path: len(queries_of(owner, path)) for path in addresses(shop) if "/admin/orders/" not in path}
    assert {path: count for path, count in counts.items() if count > 8} == {}


def test_order_list_costs_the_same_for_one_order_and_for_many(shop: SmallShop, owner: Desk) -> None:
    shop.paid()
    one = len(queries_of(owner, "/admin/orders"))
    for position in range(8):
        shop.paid(key=f"more-{position}")
    assert len(queries_of(owner, "/admin/orders")) == one


def test_order_page_costs_the_same_for_one_line_and_for_two(shop: SmallShop, owner: Desk) -> None:
    from entrepot.checkout import carts

    one_line = shop.paid().number
    token = shop.cart()
    carts.add(shop.runtime, token, variant_id=shop.bowl, quantity=1)
    two_lines = shop.place(token, key="key-2").number
    first = queries_of(owner, f"/admin/orders/{one_line}")
    second = queries_of(owner, f"/admin/orders/{two_lines}")
    assert len(first) == len(second)
    assert len(first) <= 8


def test_reading_writes_nothing(shop: SmallShop, owner: Desk) -> None:
    for path in addresses(shop):
        assert queries_of(owner, path).writes == [], path
