"""Playing ``when``: each step is one or a few requests to the public API, as a shop front would send them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import quote

from entrepot.checkout import address_rules
from entrepot.kernel.money import Money
from entrepot.sdk.payments import Outcome
from entrepot.testkit.providers import BANK, webhook
from support.cases.seeding import WAREHOUSE, NotBuilt, channels, home_of
from support.cases.shop import Answer, CaseShop

Written = Mapping[str, Any]
CUSTOMER = "buyer@example.com"
_OPTIONS = {"times"}
_NEWS = {
    "payment_succeeded": Outcome.CAPTURED,
    "payment_processing": Outcome.PENDING,
    "payment_pending": Outcome.PENDING,
    "payment_authorized": Outcome.AUTHORIZED,
    "payment_failed": Outcome.DECLINED,
    "payment_canceled": Outcome.CANCELLED,
    "payment_cancelled": Outcome.CANCELLED,
    "payment_expired": Outcome.EXPIRED,
}
_numbers = itertools.count(1)


class Player:
    """One buyer of a case, and the merchant beside him. What the case expects is read off it afterwards."""

    def __init__(self, shop: CaseShop, given: Written, *, email: str = CUSTOMER) -> None:
        self.shop = shop
        self.given = given
        self.email = email
        self.market = next(iter(channels(given)))
        self.cart = ""
        self.method = ""
        self.has_address = False
        self.display = ""
        self.viewed: Written = {}
        self.coupon_accepted: bool | None = None
        self.refusal: Answer | None = None
        self.last_step_refused = False
        self.order: Written = {}
        self.quote_id = ""
        self.completions: list[Answer] = []
        self.crowd: list[Player] = []
        self._bodies: dict[str, Any] = {}

    def play(self, step: Written) -> None:
        """One step; a refusal is remembered and the play goes on. Raises NotBuilt."""
        self.last_step_refused = False
        options = {key: value for key, value in step.items() if key in _OPTIONS}
        for name, value in step.items():
            if name in _OPTIONS:
                continue
            played: Callable[..., None] | None = getattr(self, f"do_{name}", None)
            if played is None:
                raise NotBuilt(f"when: {name}")
            played(value, **options)

    def do_add(self, step: Written) -> None:
        if "shipment" in step:
            raise NotBuilt("several shipments in one cart")
        self._try("POST", f"/carts/{self._cart()}/lines", {"sku": step["sku"], "quantity": step.get("qty", 1)})

    def do_set_qty(self, step: Written) -> None:
        self._try("PUT", f"/carts/{self._cart()}/lines/{quote(step['sku'])}", {"quantity": step["qty"]})

    def do_remove(self, sku: str) -> None:
        self._try("DELETE", f"/carts/{self._cart()}/lines/{quote(sku)}")

    def do_channel(self, code: str) -> None:
        self.market = code
        if self.cart:
            self._try("PATCH", f"/carts/{self.cart}", {"market": code})

    def do_address(self, country: str) -> None:
        self.has_address = True
        body = {"email": self.email, "shipping": address_in(country)}
        self._try("PUT", f"/carts/{self._cart()}/address", body)

    def do_ship(self, code: Any) -> None:
        if not isinstance(code, str):
            raise NotBuilt("several shipments in one cart")
        self.method = code
        self._choose(code)

    def do_coupon(self, code: str) -> None:
        answer = self._try("POST", f"/carts/{self._cart()}/coupons", {"code": code})
        self.coupon_accepted = not answer.is_refusal

    def do_display_currency(self, currency: str) -> None:
        self.display = currency

    def do_view(self, sku: str) -> None:
        page = self.shop.ask("GET", f"/products/{quote(sku)}?market={self.market}").body
        self.viewed = next(variant for variant in page["variants"] if variant["sku"] == sku)

    def do_place(self, _: object = True) -> None:
        self._place("later")

    def do_pay(self, _: object = True) -> None:
        """The money arrives: the provider says so where providers do."""
        if not self.order:
            self._place("later")
        if self.open_payment():
            self._tell(Outcome.CAPTURED, f"paid-{next(_numbers)}")

    def do_authorize(self, amount: Any = True) -> None:
        if not self.order:
            self._place("authorizing")
        else:
            self._pay_by("authorizing")
        if _is_amount(amount) and self.order and not self._is(amount, self.order["total"]):
            raise NotBuilt("authorizing another amount than the order's total")

    def do_capture(self, amount: Any = True) -> None:
        self.refresh()
        payment = next((each for each in reversed(self.payments()) if each["state"] == "authorized"), None)
        payment = payment or self.payments()[-1]
        self._try("POST", f"/payments/{payment['id']}/capture", {"amount": self._money(amount)}, staff=True)

    def do_refund(self, amount: Any = "all") -> None:
        payment = next((each for each in self.payments() if each["state"] == "captured"), None)
        payment = payment or self.payments()[-1]
        body = {"amount": self._money(amount), "reason": "case"}
        path = f"/payments/{payment['id']}/refunds"
        self._try("POST", path, body, staff=True, Idempotency_Key=f"refund-{next(_numbers)}")

    def do_cancel(self, _: object = True) -> None:
        self._try("POST", f"/orders/{self.order['number']}/cancel", {"reason": "case"}, staff=True)

    def do_set_stock(self, counts: Written) -> None:
        """With us a paid unit is there until it is sent; in the case's words it has left."""
        for sku, count in counts.items():
            committed = self.shop.ask("GET", f"/stock/{quote(sku)}", staff=True).body["committed"]
            body = {"on_hand": count + committed, "reason": "case"}
            self._try("PUT", f"/stock/{quote(sku)}/{WAREHOUSE}", body, staff=True)

    def do_end_promotions(self, _: object = True) -> None:
        for path in ("/promotions", "/catalogue-cuts"):
            for row in self.shop.ask("GET", path, staff=True).body["items"]:
                self.shop.ask("DELETE", f"{path}/{row['code']}", staff=True)

    def do_other_buyer(self, items: Written) -> None:
        self._other().buy(items, then="paid")

    def do_prior_order(self, step: Written) -> None:
        buyer = Player(self.shop, self.given, email=self.email) if step.get("same_customer") else self._other()
        buyer.market = self.market
        buyer.buy(step.get("items") or self._anything(), coupon=step.get("coupon", ""), then=step.get("then", ""))

    def do_prior_orders(self, step: Written) -> None:
        placed, cancelled = step.get("placed", 0), step.get("cancelled", 0)
        for number in range(placed):
            buyer = Player(self.shop, self.given, email=self.email)
            buyer.buy(step.get("items") or self._anything(), then="cancelled" if number < cancelled else "")

    def do_complete(self, step: Any) -> None:
        answer = self._complete(step if isinstance(step, Mapping) else {"key": str(step)})
        self._note(answer)

    def do_webhook(self, name: str, times: int = 1) -> None:
        if name not in _NEWS:
            raise NotBuilt(f"webhook {name}")
        event = f"event-{next(_numbers)}"
        for _ in range(times):
            self._tell(_NEWS[name], event)

    def do_parallel(self, step: Written) -> None:
        """So many buyers at once; ``copies`` of the same request each."""
        buyers, copies, each = step.get("buyers", 1), step.get("copies", 1), step["each"]
        if buyers == 1:
            self._same_at_once(each, copies)
            return
        self.crowd = [self._other() for _ in range(buyers)]
        start = Barrier(buyers)

        def run(buyer: Player) -> None:
            start.wait()
            for name, value in each.items():
                if not buyer.refusal:
                    buyer.play({name: value})

        with ThreadPoolExecutor(buyers) as pool:
            list(pool.map(run, self.crowd))

    def buy(self, items: Written, *, coupon: str = "", then: str = "") -> None:
        """A whole order. ``then``: "", paid, cancelled."""
        for sku, quantity in items.items():
            self.do_add({"sku": sku, "qty": quantity})
        if coupon:
            self.do_coupon(coupon)
        self.do_place()
        if then == "paid":
            self.do_pay()
        elif then in ("cancelled", "canceled"):
            self.do_cancel()
        elif then:
            raise NotBuilt(f"then: {then}")

    def settle(self) -> None:
        """Have a way of delivery: the chosen one, else the first that is offered, in the order of listing."""
        codes = self.offered()
        if codes:
            self._choose(self.method if self.method in codes else codes[0])

    def offered(self) -> list[str]:
        """Ways of delivery in the order of listing."""
        options = self.shop.ask("GET", f"/carts/{self._cart()}/shipping-options").body["items"]
        found = {option["service"] for option in options}
        return [method["code"] for method in self.given.get("shipping_methods") or () if method["code"] in found]

    def refresh(self) -> Written:
        """The order as the merchant sees it."""
        if self.order:
            self.order = self.shop.ask("GET", f"/orders/{self.order['number']}", staff=True).body
        return self.order

    def payments(self) -> list[Written]:
        found: list[Written] = self.refresh().get("payments", [])
        return found

    def open_payment(self) -> Written | None:
        return next((each for each in reversed(self.payments()) if each["state"] != "captured"), None)

    def _place(self, by: str) -> None:
        body = self._order_body(by)
        if body is None:
            return
        answer = self._try("POST", "/orders", body, Idempotency_Key=f"place-{next(_numbers)}")
        if not answer.is_refusal:
            self.order = answer.body

    def _order_body(self, by: str) -> dict[str, Any] | None:
        """Quote the cart and say yes to it; None when the quote is refused."""
        if not self.has_address:
            self.do_address(self._home())
        self.settle()
        quoted = self._try("POST", f"/carts/{self._cart()}/quotes")
        if quoted.is_refusal:
            return None
        self.quote_id = quoted.body["id"]
        total = quoted.body["total"]
        method = "" if not float(total["amount"]) else self.shop.accounts[by]
        return {"cart": self.cart, "quote": self.quote_id, "expected_total": total, "payment_method": method}

    def _complete(self, step: Written) -> Answer:
        key = str(step.get("key", f"complete-{next(_numbers)}"))
        if key not in self._bodies:
            self._bodies[key] = self._order_body("at-once") or self._bodies.get("", {})
        body = dict(self._bodies[key])
        if step.get("different_body"):
            body["payment_method"] = self.shop.accounts["later"]
        answer = self.shop.ask("POST", "/orders", body, Idempotency_Key=key)
        self.completions.append(answer)
        if not answer.is_refusal:
            self.order = answer.body
        return answer

    def _same_at_once(self, each: Written, copies: int) -> None:
        """Copies of this buyer's own request; the prelude is his alone."""
        steps = list(each.items())
        for name, value in steps[:-1]:
            self.play({name: value})
        name, value = steps[-1]
        if name != "complete":
            raise NotBuilt(f"copies of {name}")
        key = str(value.get("key", f"complete-{next(_numbers)}"))
        self._bodies[key] = self._order_body("at-once")
        start = Barrier(copies)

        def run(_: int) -> Answer:
            start.wait()
            return self._patiently({"key": key})

        with ThreadPoolExecutor(copies) as pool:
            list(pool.map(run, range(copies)))

    def _patiently(self, step: Written) -> Answer:
        """A client that does what Retry-After says."""
        for _ in range(20):
            answer = self._complete(step)
            if answer.reason != "still-under-way":
                break
        return answer

    def _pay_by(self, method: str) -> None:
        body = {"payment_method": self.shop.accounts[method]}
        path = f"/my-orders/{self.order['token']}/payments"
        self._try("POST", path, body, Idempotency_Key=f"pay-{next(_numbers)}")

    def _tell(self, outcome: Outcome, event: str) -> None:
        payment = self.payments()[-1]
        amount = Money.exactly(payment["amount"]["amount"], payment["amount"]["currency"])
        BANK.decide(payment["reference"], outcome)
        body, headers = webhook(event, payment["reference"], outcome, amount)
        self.shop.post_webhook(payment["account_id"], body, headers)

    def _choose(self, code: str) -> None:
        body = {"account_id": self.shop.accounts["case-carrier"], "service": code}
        self._try("PUT", f"/carts/{self._cart()}/shipping", body)

    def _cart(self) -> str:
        if not self.cart:
            body = {"market": self.market, "email": self.email}
            self.cart = self.shop.ask("POST", "/carts", body).body["token"]
        return self.cart

    def _home(self) -> str:
        if self.market == next(iter(channels(self.given))):
            return home_of(self.given)
        market = self.shop.ask("GET", f"/markets/{self.market}").body
        return str(market["default_country"])

    def _other(self) -> Player:
        other = Player(self.shop, self.given, email=f"other-{next(_numbers)}@example.com")
        other.market = self.market
        return other

    def _anything(self) -> Written:
        return {self.given["products"][0]["sku"]: 1}

    def _money(self, amount: Any) -> Written | None:
        """None for all of it."""
        if not _is_amount(amount):
            return None
        return {"amount": str(amount), "currency": self.order["currency"]}

    def _is(self, amount: Any, money: Written) -> bool:
        return Money.of(str(amount), money["currency"]) == Money.of(money["amount"], money["currency"])

    def _try(self, method: str, path: str, body: Any = None, *, staff: bool = False, **headers: str) -> Answer:
        answer = self.shop.ask(method, path, body, staff=staff, **headers)
        self._note(answer)
        return answer

    def _note(self, answer: Answer) -> None:
        if answer.is_refusal:
            self.refusal, self.last_step_refused = answer, True


def address_in(country: str) -> dict[str, str]:
    """An address as the country's form wants it."""
    filled = {"country": country}
    for field in address_rules.form(country):
        if field.required:
            filled[field.name] = field.choices[0][0] if field.choices else field.example or "Case"
    return filled


def _is_amount(value: Any) -> bool:
    return not isinstance(value, bool) and value != "all"
