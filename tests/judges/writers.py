"""Those who write to the shop while it is killed: buyers, operators, stock keepers, importers, people who return."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2

from judges.client import Api, GaveUp, Refused
from judges.invariants import MARK
from judges.journal import Journal
from support.buyer import Buyer

ADDRESS = {"name": "Anna Berg", "street": "Am Kai 1", "postcode": "20457", "city": "Hamburg", "country": "DE"}
WAREHOUSE = "hamburg"
_RETURN_NUMBER = re.compile(r"\d+-R\d+")


@dataclass(frozen=True)
class Place:
    """Where the writers write, and what for: everything that they share."""

    url: str
    payments_url: str
    api_key: str
    staff: tuple[str, str]
    slugs: tuple[str, ...]
    journal: Journal
    stop: threading.Event


class Writer:
    """One thread that acts until it is told to stop. Marks are unique to writer and act."""

    pause_s = 0.1

    def __init__(self, place: Place, name: str, seed: int) -> None:
        self.place, self.name = place, name
        self.journal = place.journal
        self.chance = random.Random(f"{name}-{seed}")
        self.api = Api(place.url, place.journal, self.chance, place.stop, key=place.api_key)
        self._count = 0

    def live(self) -> None:
        while not self.place.stop.is_set():
            try:
                self.act()
            except Refused:
                self.journal.trouble(f"{type(self).__name__} refused")
            except (GaveUp, httpx2.HTTPError, AssertionError) as error:
                self.journal.trouble(f"{type(self).__name__} {type(error).__name__}")
            self.place.stop.wait(self.chance.uniform(0.5, 1.5) * self.pause_s)

    def act(self) -> None:
        raise AssertionError("A writer says what it does.")

    def mark(self) -> str:
        self._count += 1
        return f"{MARK}{self.name}-{self._count}"

    def orders(self, status: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.get(f"/orders?status={status}&limit=40")["items"]
        return found


class HtmlBuyer(Writer):
    """Buys through the pages; an order counts as acknowledged once its page was shown."""

    def act(self) -> None:
        with Buyer(self.place.url) as buyer:
            page = buyer.buy(self.chance.choice(self.place.slugs), f"{self.mark()}@example.com")
            if str(page.url).startswith(f"{self.place.payments_url}/pay/"):
                page = buyer.page = self._pay(str(page.url))
            if page.status_code == 200 and page.url.path.startswith("/order/"):
                self.journal.order(page.url.path.rsplit("/", 1)[1])
                if self.chance.random() < 0.15 and any(form.action.endswith("/cancel") for form in buyer.forms()):
                    buyer.submit("/cancel")
                    self.journal.done("cancels by buyers")
            elif page.status_code >= 500:
                self.journal.trouble(f"page {page.status_code}")

    def _pay(self, address: str) -> httpx2.Response:
        """Press a button of the payment page, which leads back to the shop."""
        action = self.chance.choices(["pay", "decline", "cancel"], [85, 10, 5])[0]
        answer = httpx2.post(address, data={"action": action, "method": "card"}, timeout=20, follow_redirects=True)
        self.journal.done("visits to the payment page")
        return answer


class ApiBuyer(Writer):
    """Buys through the REST API, sends requests twice, pays at the provider, sometimes twice or not at all."""

    def __init__(self, place: Place, name: str, seed: int) -> None:
        super().__init__(place, name, seed)
        self.api = Api(place.url, place.journal, self.chance, place.stop)

    def act(self) -> None:
        mark = self.mark()
        cart = self._cart(mark)
        quote = self.api.post(f"/carts/{cart}/quotes", {}, key=f"quote-{mark}-0123456789")
        methods = self.api.get(f"/carts/{cart}/payment-methods")["items"]
        method = self.chance.choice(methods)["account_id"]
        wanted = {"cart": cart, "quote": quote["id"], "expected_total": quote["total"], "payment_method": method}
        order = self.api.post("/orders", wanted, key=f"order-{mark}-0123456789", same="number")
        self.journal.order(order["token"], minor(order["total"]))
        address = order["payments"][-1]["redirect_url"] if order["payments"] else ""
        if address and self.chance.random() < 0.9:
            self._visit(address)
        elif self.chance.random() < 0.3:
            self.api.post(f"/my-orders/{order['token']}/cancel", {"reason": mark}, key=f"cancel-{mark}-0123456789")
            self.journal.done("cancels by buyers")

    def _cart(self, mark: str) -> str:
        lines = [
            {"sku": slug.upper(), "quantity": self.chance.randint(1, 3)}
            for slug in self.chance.sample(self.place.slugs, self.chance.randint(1, 2))
        ]
        body = {"market": "eu", "email": f"{mark}@example.com", "lines": lines, "shipping_address": ADDRESS}
        cart = self.api.post("/carts", body, key=f"cart-{mark}-0123456789", same="token")["token"]
        option = self.api.get(f"/carts/{cart}/shipping-options")["items"][0]
        self.api.put(f"/carts/{cart}/shipping", {"account_id": option["account_id"], "service": option["service"]})
        return str(cart)

    def _visit(self, address: str) -> None:
        """Pay, or not; come back to the shop, or not. Pressing twice must not pay twice."""
        action = self.chance.choices(["pay", "decline", "cancel"], [85, 10, 5])[0]
        for _ in range(self.chance.choice([1, 1, 2])):
            with suppress(httpx2.HTTPError):
                answer = httpx2.post(address, data={"action": action, "method": "card"}, timeout=10)
                self.journal.done("visits to the payment page")
                if self.chance.random() < 0.6:
                    httpx2.get(answer.headers.get("location", address), timeout=10, follow_redirects=True)
                    self.journal.done("visits to the return page")


class Operator(Writer):
    """Ships, delivers, captures, confirms, refunds and cancels through the REST API."""

    def act(self) -> None:
        steps: list[Callable[[], None]] = [self._ship, self._deliver, self._refund, self._cancel, self._take_money]
        self.chance.choices(steps, [5, 3, 2, 1, 4])[0]()

    def _some(self, status: str) -> dict[str, Any]:
        found = self.orders(status)
        if not found:
            raise Refused("There is nothing to do.")
        order: dict[str, Any] = self.api.get(f"/orders/{self.chance.choice(found)['number']}")
        return order

    def _ship(self) -> None:
        order = self._some("to_ship")
        part = next((part for part in order["fulfilments"] if part["state"] == "open"), None)
        if part is None:
            return
        mark = self.mark()
        parcel: dict[str, Any] = {"fulfilment": part["id"], "tracking_number": mark, "carrier": "Judges' Post"}
        left = [(line["line"], line["quantity"] - line["shipped"]) for line in part["lines"]]
        if self.chance.random() < 0.3:
            line, pieces = self.chance.choice([row for row in left if row[1]])
            parcel["lines"] = [{"line": line, "quantity": self.chance.randint(1, pieces)}]
        self.api.post(f"/orders/{order['number']}/parcels", parcel, key=f"ship-{mark}", same="number")
        self.journal.done("parcels", mark)

    def _deliver(self) -> None:
        order = self._some("shipped")
        parcel = next((parcel for parcel in order["parcels"] if not parcel["delivered_at"]), None)
        if parcel is not None:
            self.api.post(f"/orders/{order['number']}/parcels/{parcel['id']}/deliver", key=f"arrived-{self.mark()}")
            self.journal.done("deliveries")

    def _refund(self) -> None:
        order = self._some(self.chance.choice(["to_ship", "shipped", "delivered"]))
        payment = next((payment for payment in order["payments"] if payment["state"] == "captured"), None)
        if payment is None:
            return
        mark = self.mark()
        wanted = {"amount": {"amount": f"{self.chance.randint(1, 900) / 100:.2f}", "currency": "EUR"}, "reason": mark}
        self.api.post(f"/payments/{payment['id']}/refunds", wanted, key=f"refund-{mark}", same="id")
        self.journal.done("refunds", mark)

    def _cancel(self) -> None:
        order = self._some(self.chance.choice(["to_ship", "to_ship", "to_pay"]))
        self.api.post(f"/orders/{order['number']}/cancel", {"reason": "judged"}, key=f"cancel-{self.mark()}")
        self.journal.done("cancels by staff", order["number"])

    def _take_money(self) -> None:
        order = self._some("to_pay")
        payment = order["payments"][-1] if order["payments"] else None
        if payment is None:
            return
        if payment["state"] == "authorized":
            step = self.chance.choices(["capture", "void"], [9, 1])[0]
            body: dict[str, Any] | None = {} if step == "capture" else None
            self.api.post(f"/payments/{payment['id']}/{step}", body, key=f"{step}-{self.mark()}")
            self.journal.done(f"{step}s")
        elif payment["label"].startswith("Bank") and payment["state"] in ("created", "pending"):
            body = {"received": payment["amount"]}
            self.api.post(f"/payments/{payment['id']}/confirm", body, key=f"confirm-{self.mark()}")
            self.journal.done("confirmations by hand")


class StockKeeper(Writer):
    """Books goods that come in, break and come back, each delivery once."""

    def act(self) -> None:
        mark = self.mark()
        body = {
            "sku": self.chance.choice(self.place.slugs).upper(),
            "warehouse": WAREHOUSE,
            "kind": self.chance.choice(["received", "received", "damaged"]),
            "pieces": self.chance.randint(1, 9),
            "reason": mark,
        }
        self.api.post("/stock-movements", body, key=f"stock-{mark}", same="sku")
        self.journal.done("stock movements", mark)


class Importer(Writer):
    """Uploads product files and runs them; each file's products are new."""

    pause_s = 1.5
    rows = 12

    def act(self) -> None:
        mark = self.mark().lower()
        header = "Handle,Title,Variant SKU,Variant Price,Variant Inventory Tracker,Variant Inventory Qty\n"
        rows = [f"{mark}-{n},{mark} {n},{mark}-{n},{n + 1}.50,shopify,{n + 5}\n" for n in range(self.rows)]
        file = {"file": (f"{mark}.csv", (header + "".join(rows)).encode(), "text/csv")}
        upload = self.api.post("/imports", key=f"upload-{mark}", files=file)
        self.api.post(f"/imports/{upload['id']}/run", key=f"run-{mark}")
        self.journal.done("imports", mark)


class Returner(Writer):
    """Withdraws from delivered orders as the buyer, receives and settles as staff; through the pages."""

    pause_s = 0.5

    def act(self) -> None:
        order = self.api.get(f"/orders/{self.chance.choice(self._delivered())}")
        mark = self.mark()
        with Buyer(self.place.url) as buyer:
            buyer.get(f"/order/{order['token']}/withdraw")
            buyer.submit("/withdraw", reason=mark)
            buyer.submit("/withdraw/confirm")
            found = _RETURN_NUMBER.findall(buyer.page.text)
        if not found:
            raise Refused("The withdrawal was not taken.")
        self.journal.done("withdrawals", mark)
        with Buyer(self.place.url) as staff:
            self._settle(staff, found[0])

    def _delivered(self) -> list[str]:
        numbers = [row["number"] for row in self.orders("delivered")]
        if not numbers:
            raise Refused("Nothing has been delivered.")
        return numbers

    def _settle(self, staff: Buyer, number: str) -> None:
        email, password = self.place.staff
        staff.get("/admin/login")
        staff.submit("/admin/login", email=email, password=password)
        staff.get(f"/admin/returns/{number}")
        staff.submit(f"/returns/{number}/receive")
        staff.submit(f"/returns/{number}/settle")
        staff.submit(f"/returns/{number}/settle", press="expected")
        if staff.page.status_code == 200:
            self.journal.done("settled returns")


def minor(money: dict[str, str]) -> int:
    """Minor units of an amount of the API, in a currency with two decimals."""
    return round(float(money["amount"]) * 100)


#: How many of each write at once.
CAST: tuple[tuple[type[Writer], int], ...] = (
    (HtmlBuyer, 2),
    (ApiBuyer, 3),
    (Operator, 2),
    (StockKeeper, 1),
    (Importer, 1),
    (Returner, 1),
)
