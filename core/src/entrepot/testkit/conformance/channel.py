"""What a sales channel owes a shop: no order twice, none lost, no stock below zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from entrepot.sdk import (
    COUNTRIES,
    ChannelOrder,
    Listing,
    Money,
    OrderPage,
    PriceUpdate,
    ProviderError,
    Rejection,
    ShipmentNotice,
    StockUpdate,
    total,
)
from entrepot.testkit.conformance.bench import Operation
from entrepot.testkit.conformance.network import NetworkBehaviours
from entrepot.testkit.conformance.provider import ProviderConformance
from entrepot.testkit.http import SentRequest, leaves
from entrepot.testkit.samples import NOON
from entrepot.testkit.verdict import refuse, require, told


class ChannelConformance(NetworkBehaviours, ProviderConformance):
    """Inherit, name ``provider_class``, ``config`` and ``http_script``; the scripted order page is what is checked."""

    registration_hook = "entrepot_register_channels"
    optional_methods: ClassVar[dict[str, str]] = {
        "orders": "pull_orders",
        "stock": "push_stock",
        "prices": "push_prices",
        "listings": "push_listings",
        "shipments": "push_shipment",
    }

    #: A SKU that the channel lists, and the currency it sells in.
    sku: ClassVar[str] = "LAMP-1"
    currency: ClassVar[str] = "EUR"
    external_id: ClassVar[str] = "ext-1"

    def samples(self) -> dict[str, Any]:
        """One ordinary argument per method."""
        listing = Listing(
            sku=self.sku,
            title="Harbour lamp",
            description="A lamp <b>of brass</b>.",
            price=Money(1990, self.currency),
            available=7,
            image_urls=("https://shop.example/lamp.jpg",),
        )
        return {
            "pull_orders": "",
            "push_stock": [StockUpdate(self.sku, 7)],
            "push_prices": [PriceUpdate(self.sku, Money(1990, self.currency))],
            "push_listings": [listing],
            "push_shipment": ShipmentNotice(self.external_id, "00340434161094000000", "Flatbox", NOON),
        }

    def operations(self) -> Mapping[str, Operation]:
        samples = self.samples()
        return {
            method: Operation(
                lambda channel, method=method: getattr(channel, method)(samples[method]),  # type: ignore[misc]
                moves=method != "pull_orders",
            )
            for capability, method in self.optional_methods.items()
            if self.offers(capability)
        }

    def call_optional(self, method: str) -> Any:
        return getattr(self.provider(), method)(self.samples()[method])

    def harmless_without_answer(self, name: str, result: Any) -> bool:
        return name != "pull_orders" and result in (None, [])

    # Orders in

    def test_pulled_orders_are_complete(self) -> None:
        page = self._page()
        require(
            page.orders,
            "The scripted answer gave no orders, so nothing about them is checked.",
            costs="an integration that imports nothing looks exactly like a quiet day.",
            remedy="put at least one real order of the vendor into http_script.",
        )
        for order in page.orders:
            require(
                isinstance(order, ChannelOrder) and order.external_id and order.placed_at.tzinfo and order.lines,
                f"{order!r} lacks its id, an aware time or its lines.",
                costs="the order cannot be recognised when it comes again.",
                remedy="fill external_id from the vendor's order id and placed_at with its offset.",
            )

    def test_pulled_orders_add_up(self) -> None:
        for order in self._page().orders:
            lines = total((line.unit_price * line.quantity for line in order.lines), order.total.currency)
            require(
                lines + order.shipping == order.total,
                f"{order.external_id}: lines {lines} and shipping {order.shipping} are not {order.total}.",
                costs="the ledger refuses the order, or books money that nobody paid.",
                remedy="put discounts into unit prices and read all amounts in the order's currency.",
            )

    def test_pulled_quantities_are_positive(self) -> None:
        for order in self._page().orders:
            require(
                all(line.quantity > 0 and line.sku.strip() for line in order.lines),
                f"{order.external_id} has lines without SKU or quantity: {order.lines!r}.",
                costs="stock is booked in when it should go out, or the warehouse finds nothing to pick.",
                remedy="leave cancelled lines out; never pass quantity 0.",
            )

    def test_pulled_addresses_name_a_country(self) -> None:
        for order in self._page().orders:
            require(
                order.shipping_address.country in COUNTRIES,
                f"{order.external_id} goes to {order.shipping_address.country!r}.",
                costs="tax and customs cannot be decided; the order waits for a person.",
                remedy="country_code(text) gives ISO 3166-1 alpha-2 in capitals.",
            )

    def test_order_ids_are_unique_in_a_page(self) -> None:
        ids = [order.external_id for order in self._page().orders]
        require(
            len(ids) == len(set(ids)),
            f"The page repeats orders: {ids}.",
            costs="one order is imported once and its twin is taken for a change.",
            remedy="one ChannelOrder per vendor order, with all its lines.",
        )

    def test_pull_is_repeatable(self) -> None:
        self.need("orders")
        channel = self.provider()
        first, again, fresh = channel.pull_orders(""), channel.pull_orders(""), self.provider().pull_orders("")
        require(
            first == again == fresh,
            "The same cursor gave different pages.",
            costs="a crash between reading and saving loses the orders of that page for ever.",
            remedy="keep no position in the provider; everything is in the cursor.",
        )

    def test_pull_reads_and_writes_nothing(self) -> None:
        self.need("orders")
        sent = self.requests_of("pull_orders", self.operations()["pull_orders"])
        require(
            not [request for request in sent if request.method in ("PUT", "PATCH", "DELETE")],
            f"pull_orders sent {', '.join(map(str, sent))}.",
            costs="orders are marked as fetched before they are saved; a crash loses them.",
            remedy="acknowledge nothing while reading; the cursor is the position.",
        )

    def test_cursor_is_a_text_that_can_be_given_back(self) -> None:
        page = self._page()
        require(
            isinstance(page.cursor, str) and isinstance(page.more, bool),
            f"cursor {page.cursor!r}, more {page.more!r}.",
            costs="the position cannot be stored, and the import starts from the beginning every night.",
            remedy="json.dumps what you need into one text.",
        )
        require(
            page.cursor or not page.more,
            "More orders are announced and the cursor is empty.",
            costs="the import reads the first page for ever.",
            remedy="return the vendor's next position as the cursor.",
        )

    def test_next_page_is_asked_with_the_cursor(self) -> None:
        page = self._page()
        if not page.cursor:
            pytest.skip("The scripted page has no cursor.")
        http = self.http()
        self.outcome_of("pull_orders", Operation(lambda c: c.pull_orders(page.cursor)), http)
        first = self.requests_of("pull_orders", self.operations()["pull_orders"])
        require(
            [_whole(sent) for sent in http.requests] != [_whole(sent) for sent in first],
            "The second page was asked for exactly like the first.",
            costs="the same hundred orders every time, and none of the newer ones.",
            remedy="send the cursor to the vendor.",
        )

    # Pushes out

    def test_pushes_return_a_list_of_rejections(self) -> None:
        for name, operation in self._pushes().items():
            rejections = self.outcome_of(name, operation)
            if name == "push_shipment" or isinstance(rejections, ProviderError):
                continue
            require(
                isinstance(rejections, list) and all(isinstance(item, Rejection) for item in rejections),
                f"{name} gave {rejections!r}.",
                costs="refused items look like accepted ones: sold on the channel at last year's price.",
                remedy="return [] or Rejection(sku, reason) for each refused item.",
            )

    def test_pushing_twice_sends_the_same(self) -> None:
        for name, operation in self._pushes().items():
            first, again = self.requests_of(name, operation), self.requests_of(name, operation)
            http = self.http()
            provider = self.provider(http)
            self.outcome_of(name, operation, provider=provider)
            half = len(http.requests)
            self.outcome_of(name, operation, provider=provider)
            repeated = [_whole(sent) for sent in http.requests[half:]]
            require(
                [_whole(sent) for sent in first] == [_whole(sent) for sent in again] == repeated,
                f"{name} twice with the same items sent different requests.",
                costs="a repeated delivery changes stock by a difference instead of setting it.",
                remedy="send absolute values; no counters, clocks or random numbers.",
            )

    def test_empty_pushes_send_nothing(self) -> None:
        for name in self._pushes():
            if name == "push_shipment":
                continue
            http = self.http()
            operation = Operation(lambda channel, name=name: getattr(channel, name)([]))  # type: ignore[misc]
            result = self.outcome_of(name, operation, http)
            require(
                not http.requests and result == [],
                f"{name}([]) sent {len(http.requests)} requests and gave {result!r}.",
                costs="an empty list means 'delete all listings' to some channels.",
                remedy="if not updates: return [].",
            )

    def test_stock_is_never_pushed_below_zero(self) -> None:
        self.need("stock")
        http = self.http()
        operation = Operation(lambda channel: channel.push_stock([StockUpdate(self.sku, -3)]))
        self.outcome_of("push_stock", operation, http)
        negative = [sent for sent in http.requests if any(_negative(value) for _, value in leaves(sent.payload))]
        require(
            not negative,
            f"-3 pieces were pushed as {[sent.payload for sent in negative]!r}.",
            costs="the channel reads -3 as unlimited, or refuses the batch and keeps selling what is gone.",
            remedy="send max(0, update.available).",
        )

    def test_stock_that_is_sold_out_is_pushed_as_zero(self) -> None:
        self.need("stock")
        http = self.http()
        self.outcome_of("push_stock", Operation(lambda c: c.push_stock([StockUpdate(self.sku, 0)])), http)
        require(
            http.requests,
            "Stock of zero was not pushed.",
            costs="the channel goes on selling the last known stock.",
            remedy="do not skip falsy amounts: 0 is news.",
        )

    def test_every_item_of_a_long_push_is_sent(self) -> None:
        self.need("stock")
        http = self.http()
        updates = [StockUpdate(f"SKU-{number:04}", number) for number in range(1, 502)]
        result = self.outcome_of("push_stock", Operation(lambda c: c.push_stock(updates)), http)
        if isinstance(result, ProviderError) or not http.requests:
            pytest.skip("The scripted vendor refuses long lists.")
        sent = " ".join(self.everything_sent(request) for request in http.requests)
        rejected = {item.sku for item in result}
        missing = [update.sku for update in updates if update.sku not in sent and update.sku not in rejected]
        require(
            not missing,
            f"{len(missing)} of {len(updates)} items were neither sent nor rejected, such as {missing[:3]}.",
            costs="everything after the first page is oversold on the channel.",
            remedy="send in batches of the vendor's size until the list is done.",
        )

    def test_yen_price_has_no_decimals(self) -> None:
        self.need("prices")
        http = self.http()
        price = Money(1993, "JPY")
        result = self.outcome_of(
            "push_prices", Operation(lambda c: c.push_prices([PriceUpdate(self.sku, price)])), http
        )
        if isinstance(result, ProviderError) or result:
            return
        sent = [value for request in http.requests for _, value in leaves(request.payload)]
        require(
            not http.requests or any(str(value) == "1993" for value in sent),
            f"JPY 1993 was pushed as {sent!r}.",
            costs="a factor of 100 in every price of the Japanese market.",
            remedy="send str(price.decimal) with its currency, or reject currencies that the channel does not sell in.",
        )

    def test_prices_are_no_floats(self) -> None:
        self.need("prices")
        for sent in self.requests_of("push_prices", self.operations()["push_prices"]):
            require(
                not any(isinstance(value, float) for _, value in leaves(sent.payload)),
                f"{sent} carries a float: {sent.payload!r}.",
                costs="19.90 becomes 19.899999999999999 in somebody's price list.",
                remedy="str(price.decimal) or price.minor.",
            )

    def _page(self) -> OrderPage:
        self.need("orders")
        page = self.outcome_of("pull_orders", self.operations()["pull_orders"])
        if not isinstance(page, OrderPage):
            refuse(
                f"pull_orders('') gave {told(page) if isinstance(page, Exception) else page!r}.",
                costs="no order arrives.",
                remedy="return OrderPage(orders, cursor, more); check http_script.",
            )
        return page

    def _pushes(self) -> dict[str, Operation]:
        return {name: operation for name, operation in self.operations().items() if name != "pull_orders"}


def _whole(sent: SentRequest) -> tuple[str, str, bytes]:
    return sent.method, sent.address, sent.content


def _negative(value: Any) -> bool:
    if isinstance(value, str):
        return value.startswith("-") and value[1:].isdigit()
    return isinstance(value, int | float) and value < 0
