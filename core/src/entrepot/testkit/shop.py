"""A shop to read from, for observation hooks and jobs under test."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.sdk import OrderView


class FakeShop:
    """Implements ``entrepot.sdk.ShopReader`` from orders and stock that the test names."""

    def __init__(self, *orders: OrderView, stock: Mapping[str, int] | None = None) -> None:
        self._orders = {order.number: order for order in orders}
        self._stock = dict(stock or {})

    def order(self, number: str) -> OrderView | None:
        return self._orders.get(number)

    def stock(self, skus: list[str]) -> dict[str, int]:
        return {sku: self._stock[sku] for sku in skus if sku in self._stock}
