"""A sales channel plugin without known faults."""

from __future__ import annotations

from datetime import datetime

from entrepot.sdk import (
    Address,
    ChannelOrder,
    ChannelOrderLine,
    ConfigSchema,
    Money,
    OrderPage,
    PluginManifest,
    ProviderUnavailable,
    Rejection,
    SalesChannel,
    hookimpl,
    secret,
)

manifest = PluginManifest(id="channel-pier", name="Pier market")
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
BATCH = 200


class PierConfig(ConfigSchema):
    api_key = secret(label="API key")


class Pier(SalesChannel):
    id, label = "pier", "Pier market"
    config_schema = PierConfig
    capabilities = frozenset({"orders", "stock", "prices", "shipments"})

    def pull_orders(self, cursor):
        answer = self.ctx.http.get("/orders", headers=self.authorization(), params={"after": cursor}).json()
        try:
            return OrderPage(tuple(map(self.read_order, answer["orders"])), answer["next"], bool(answer["more"]))
        except UNREADABLE as error:
            raise ProviderUnavailable("Pier's answer cannot be read.") from error

    def read_order(self, order):
        lines = tuple(
            ChannelOrderLine(line["sku"], line["quantity"], Money(line["price"], order["currency"]))
            for line in order["lines"]
        )
        return ChannelOrder(
            external_id=order["id"],
            placed_at=datetime.fromisoformat(order["at"]),
            email=order["email"],
            shipping_address=Address(country=order["country"], name=order["name"]),
            lines=lines,
            shipping=Money(order["shipping"], order["currency"]),
            total=Money(order["total"], order["currency"]),
        )

    def push_stock(self, updates):
        items = [{"sku": update.sku, "available": self.available(update)} for update in updates]
        return self.push("/stock", items)

    def available(self, update):
        return max(0, update.available)

    def push_prices(self, updates):
        return self.push("/prices", [{"sku": one.sku, **self.price(one.price)} for one in updates])

    def price(self, price):
        return {"price": str(price.decimal), "currency": price.currency}

    def push_shipment(self, notice):
        body = {"tracking": notice.tracking_number, "carrier": notice.carrier}
        self.ctx.http.post(f"/orders/{notice.external_id}/shipment", headers=self.authorization(), json=body)

    def push(self, path, items):
        rejected = []
        for start in range(0, len(items), BATCH):
            reply = self.ctx.http.post(path, headers=self.authorization(), json={"items": items[start : start + BATCH]})
            try:
                rejected += [Rejection(item["sku"], item["why"]) for item in reply.json()["rejected"]]
            except UNREADABLE as error:
                raise ProviderUnavailable("Pier's answer cannot be read.", uncertain=True) from error
        return rejected

    def authorization(self):
        return {"Authorization": f"Bearer {self.config['api_key']}"}


@hookimpl
def entrepot_register_channels():
    return [Pier]
