"""Playing ``when``: each step is one or a few requests to the public API, as a shop front would send them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from entrepot.checkout import address_rules
from entrepot.kernel.money import Money
from entrepot.sdk.payments import Outcome, RefundResult
from entrepot.testkit.providers import BANK, webhook
from support.cases import crowds
from support.cases.providers import Authorizing
from support.cases.seeding import WAREHOUSE, channels, home_of
from support.cases.shop import Answer, CaseShop
from support.cases.vocabulary import NotBuilt, check_step

Written = Mapping[str, Any]
CUSTOMER = "buyer@example.com"
FIRST = 1
_OPTIONS = {"times"}
_NEWS = {
    "payment_succeeded": Outcome.CAPTURED,
    "payment_captured": Outcome.CAPTURED,
    "payment_processing": Outcome.PENDING,
    "payment_pending": Outcome.PENDING,
    "payment_authorized": Outcome.AUTHORIZED,
    "payment_failed": Outcome.DECLINED,
    "payment_declined": Outcome.DECLINED,
    "payment_canceled": Outcome.CANCELLED,
    "payment_cancelled": Outcome.CANCELLED,
    "payment_expired": Outcome.EXPIRED,
}
_REFUND_NEWS = {
    "payment_refunded": Outcome.CAPTURED,
    "payment_partially_refunded": Outcome.CAPTURED,
    "refund_succeeded": Outcome.CAPTURED,
    "refunded": Outcome.CAPTURED,
    "refund": Outcome.CAPTURED,
    "refund_created": Outcome.CAPTURED,
    "refund_pending": Outcome.PENDING,
    "refund_failed": Outcome.DECLINED,
}
_FINAL = {Outcome.CAPTURED}
_numbers = itertools.count(1)


class Player:
    """One buyer of a case, and the merchant beside him. What the case expects is read off it afterwards."""

    def __init__(self, shop: CaseShop, given: Written, *, email: str = CUSTOMER) -> None:
        self.shop = shop
        self.given = given
        self.email = email
        self.market = next(iter(channels(given)))
        self.cart = ""
        self.methods: dict[int, str] = {}
        self.coupons: list[str] = []
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
        self.bodies: dict[str, Any] = {}
        self.told_refunds: set[str] = set()

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
            check_step(name, value)
            played(value, **options)

    def do_add(self, step: Written) -> None:
        body = {"sku": step["sku"], "quantity": step.get("qty", 1), "shipment": int(step.get("shipment", FIRST))}
        if self.order:
            self._begin_again()
        self._try("POST", f"/carts/{self._cart()}/lines", body)

    def do_set_qty(self, step: Written) -> None:
        shipment = {"shipment": int(step["shipment"])} if "shipment" in step else {}
        self._try("PUT", f"/carts/{self._cart()}/lines/{quote(step['sku'])}", {"quantity": step["qty"], **shipment})

    def do_remove(self, step: Any) -> None:
        sku, shipment = (step["sku"], step.get("shipment")) if isinstance(step, Mapping) else (step, None)
        query = f"?shipment={shipment}" if shipment else ""
        self._try("DELETE", f"/carts/{self._cart()}/lines/{quote(sku)}{query}")

    def do_channel(self, code: str) -> None:
        self.market = code
        if self.cart:
            self._try("PATCH", f"/carts/{self.cart}", {"market": code})

    def do_address(self, step: Any) -> None:
        self.has_address = True
        country = step["country"] if isinstance(step, Mapping) else step
        body = {"email": self.email, "shipping": address_in(country)}
        self._try("PUT", f"/carts/{self._cart()}/address", body)

    def do_ship(self, step: Any) -> None:
        """A method for everything, or one for each shipment's number."""
        chosen = {int(number): code for number, code in step.items()} if isinstance(step, Mapping) else {FIRST: step}
        self.methods |= chosen
        for number, code in chosen.items():
            self._choose(number, code)

    def do_coupon(self, code: Any) -> None:
        """Enter a coupon; nothing in its place takes those out that were entered."""
        if not code:
            for known in self.coupons:
                self._try("DELETE", f"/carts/{self._cart()}/coupons/{quote(known)}")
            self.coupons = []
            return
        answer = self._try("POST", f"/carts/{self._cart()}/coupons", {"code": str(code)})
        self.coupon_accepted = not answer.is_refusal
        self.coupons += [] if answer.is_refusal else [str(code)]

    def do_display_currency(self, currency: str) -> None:
        self.display = currency

    def do_view(self, sku: str) -> None:
        page = self._try("GET", f"/products/{quote(sku)}?market={self.market}")
        variants = [] if page.is_refusal else page.body["variants"]
        self.viewed = next((variant for variant in variants if variant["sku"] == sku), {})

    def do_place(self, _: object = True) -> None:
        self._place("later")

    def do_pay(self, amount: Any = True) -> None:
        """The money arrives: the provider says so where providers do. Where nothing can be paid the buyer is told."""
        amount = _amount_of(amount)
        if not self.order:
            self._place("later")
        if not self.order:
            return
        if _is_amount(amount) and Money.of(str(amount), self.order["currency"]) != self._total_of_order():
            self._pay_a_part(str(amount))
            return
        waiting = self._authorized() or [each for each in (self.open_payment(),) if each]
        for payment in waiting:
            self._tell(Outcome.CAPTURED, f"paid-{next(_numbers)}", payment=payment)
        if self._total_of_order().minor and (not waiting or self.refresh()["payment_state"] == "part_paid"):
            self._pay_by("at-once")

    def _authorized(self) -> list[Written]:
        """The attempts whose money is reserved; none of an order that was cancelled."""
        if self.refresh().get("status") == "cancelled":
            return []
        return [each for each in self.payments() if each["state"] == "authorized"]

    def _pay_a_part(self, amount: str) -> None:
        """Money that staff see on the bank account, however much it is."""
        self._pay_by("by-hand")
        if not self.last_step_refused:
            received = {"amount": amount, "currency": self.order["currency"]}
            self._try("POST", f"/payments/{self.payments()[-1]['id']}/confirm", {"received": received}, staff=True)

    def do_authorize(self, amount: Any = True) -> None:
        """The provider reserves the amount that the case says, whatever it was asked for."""
        Authorizing.granted = self._granted(_amount_of(amount))
        try:
            if not self.order:
                self._place("authorizing")
            else:
                self._pay_by("authorizing")
        finally:
            Authorizing.granted = None

    def do_capture(self, amount: Any = True) -> None:
        self._spread("capturable", _amount_of(amount), self._capture)

    def do_refund(self, step: Any = "all") -> None:
        amount, key = (step.get("amount", "all"), step.get("key")) if isinstance(step, Mapping) else (step, None)
        self._spread("refundable", amount, lambda payment, part: self._refund(payment, part, key))

    def _capture(self, payment: Written, amount: Written | None) -> None:
        self._try("POST", f"/payments/{payment['id']}/capture", {"amount": amount}, staff=True)

    def _refund(self, payment: Written, amount: Written | None, key: Any) -> None:
        body, path = {"amount": amount, "reason": "case"}, f"/payments/{payment['id']}/refunds"
        own_key = f"{key}-{payment['id']}" if key else f"refund-{next(_numbers)}"
        self._try("POST", path, body, staff=True, Idempotency_Key=own_key)

    def _spread(self, left: str, amount: Any, act: Callable[[Written, Written | None], None]) -> None:
        """Over the payments of which something is left, the oldest first; too much is asked of one and refused."""
        payments = self.payments()
        usable = [each for each in payments if _left(left, each)]
        if not usable:
            usable = [each for each in payments if each["state"] == "captured"] or payments
            usable = usable[-1:]
        if not _is_amount(amount):
            for each in usable:
                act(each, None)
            return
        asked = Decimal(str(amount))
        if len(usable) == 1 or asked > sum(_left(left, each) for each in usable):
            act(usable[0], self._money(amount))
            return
        for each in usable:
            part = min(asked, _left(left, each))
            asked -= part
            if part:
                act(each, self._money(part))

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
                self.shop.ask("POST", f"{path}/{row['code']}/end", staff=True)

    def do_other_buyer(self, items: Written) -> None:
        self.other().buy(items, then="paid")

    def do_prior_order(self, step: Written) -> None:
        buyer = Player(self.shop, self.given, email=self.email) if step.get("same_customer") else self.other()
        buyer.market = self.market
        buyer.buy(step.get("items") or self._anything(), coupon=step.get("coupon", ""), then=step.get("then", ""))

    def do_prior_orders(self, step: Any) -> None:
        """So many of this buyer's orders; a number alone says how many were placed."""
        told = step if isinstance(step, Mapping) else {"placed": step}
        endings = ["cancelled"] * told.get("cancelled", 0) + ["paid"] * told.get("paid", 0)
        for number in range(max(told.get("placed", 0), len(endings))):
            mine = told.get("same_customer", True)
            buyer = Player(self.shop, self.given, email=self.email) if mine else self.other()
            buyer.market = self.market
            then = endings[number] if number < len(endings) else ""
            buyer.buy(told.get("items") or self._anything(), coupon=told.get("coupon", ""), then=then)

    def do_complete(self, step: Any) -> None:
        self.note(self.complete(step if isinstance(step, Mapping) else {"key": str(step)}))

    def do_webhook(self, step: Any, times: int = 1) -> None:
        """The same event so many times; ``amount`` where the provider speaks of another one."""
        told = step if isinstance(step, Mapping) else {"event": step}
        name = str(told.get("event"))
        if name not in _NEWS and name not in _REFUND_NEWS:
            raise NotBuilt(f"webhook {name}")
        event = str(told.get("id", f"event-{next(_numbers)}"))
        for _ in range(told.get("times", times)):
            if name in _REFUND_NEWS:
                told = {"refund": self._tell_refund(_REFUND_NEWS[name], event, told), **told}
            else:
                self._tell(_NEWS[name], event, amount=told.get("amount"))

    def do_parallel(self, step: Written) -> None:
        """So many buyers at once; ``copies`` of the same request each."""
        buyers, copies = step.get("buyers", 1), step.get("copies", 1)
        if buyers > 1 and copies > 1:
            raise NotBuilt("parallel: copies of several buyers")
        if buyers > 1:
            self.crowd = crowds.everybody_at_once([self.other() for _ in range(buyers)], step["each"])
        else:
            crowds.copies_at_once(self, step["each"], copies)

    def buy(self, items: Written, *, coupon: str = "", then: str = "") -> None:
        """A whole order. ``then``: "", placed, paid, refunded, cancelled."""
        for sku, quantity in items.items():
            self.do_add({"sku": sku, "qty": quantity})
        if coupon:
            self.do_coupon(coupon)
        self.do_place()
        endings: Mapping[str, tuple[Callable[[], None], ...]] = {
            "": (), "placed": (), "unpaid": (), "paid": (self.do_pay,), "refunded": (self.do_pay, self.do_refund),
            "cancelled": (self.do_cancel,), "canceled": (self.do_cancel,),
        }  # fmt: skip
        if then not in endings:
            raise NotBuilt(f"then: {then}")
        for step in endings[then] if self.order else ():
            step()

    def complete(self, step: Written) -> Answer:
        """Place and pay in one request; a key that was sent before sends the same body again."""
        key = str(step.get("key", f"complete-{next(_numbers)}"))
        if key not in self.bodies:
            self.bodies[key] = self.order_body("at-once") or next(reversed(self.bodies.values()), {})
        body = dict(self.bodies[key])
        if step.get("different_body"):
            body["payment_method"] = self.shop.accounts["later"]
        answer = self.shop.ask("POST", "/orders", body, Idempotency_Key=key)
        self.completions.append(answer)
        if not answer.is_refusal:
            self.order = answer.body
        return answer

    def settle(self) -> None:
        """Have ways of delivery: the chosen ones, else the first that is offered, in the order of listing."""
        for number, codes in self.offered().items():
            if codes:
                method = self.methods.get(number, "")
                self._choose(number, method if method in codes else codes[0])

    def offered(self) -> dict[int, list[str]]:
        """Ways of delivery in the order of listing, by the shipment's number."""
        options = self.shop.ask("GET", f"/carts/{self._cart()}/shipping-options").body["items"]
        found: dict[int, set[str]] = {}
        for option in options:
            found.setdefault(option["shipment"], set()).add(option["service"])
        listed = [method["code"] for method in self.given.get("shipping_methods") or ()]
        return {number: [code for code in listed if code in codes] for number, codes in found.items()}

    def refresh(self) -> Written:
        """The order as the merchant sees it."""
        if self.order:
            self.order = self.shop.ask("GET", f"/orders/{self.order['number']}", staff=True).body
        return self.order

    def payments(self) -> list[Written]:
        found: list[Written] = self.refresh().get("payments", [])
        return found

    def open_payment(self) -> Written | None:
        """The newest attempt of which news is awaited; none of an order that was cancelled."""
        if self.refresh().get("status") == "cancelled":
            return None
        return next((each for each in reversed(self.payments()) if each["state"] in _OPEN_STATES), None)

    def other(self) -> Player:
        """Somebody else in the same shop."""
        other = Player(self.shop, self.given, email=f"other-{next(_numbers)}@example.com")
        other.market = self.market
        return other

    def order_body(self, by: str) -> dict[str, Any] | None:
        """Quote the cart and say yes to it; None when the quote is refused."""
        if not self.has_address:
            self.do_address(self._home())
        self.settle()
        quoted = self._try("POST", f"/carts/{self._cart()}/quotes")
        if quoted.is_refusal:
            return None
        self.quote_id = quoted.body["id"]
        total = quoted.body["total"]
        method = self.shop.accounts[by] if Decimal(total["amount"]) else ""
        return {"cart": self.cart, "quote": self.quote_id, "expected_total": total, "payment_method": method}

    def note(self, answer: Answer) -> None:
        """Remember a refusal."""
        if answer.is_refusal:
            self.refusal, self.last_step_refused = answer, True

    def _place(self, by: str) -> None:
        body = self.order_body(by)
        if body is None:
            return
        answer = self._try("POST", "/orders", body, Idempotency_Key=f"place-{next(_numbers)}")
        if not answer.is_refusal:
            self.order = answer.body

    def _begin_again(self) -> None:
        """Who has ordered and puts something in begins another cart."""
        self.cart, self.order, self.quote_id, self.has_address = "", {}, "", False
        self.methods, self.coupons = {}, []

    def _pay_by(self, method: str) -> None:
        body = {"payment_method": self.shop.accounts[method]}
        path = f"/my-orders/{self.order['token']}/payments"
        self._try("POST", path, body, Idempotency_Key=f"pay-{next(_numbers)}")

    def _tell(self, outcome: Outcome, event: str, *, amount: Any = None, payment: Written | None = None) -> None:
        """The bank's news; what it knows to be paid stays so, whatever it says late."""
        payment = payment or self.payments()[-1]
        currency = payment["amount"]["currency"]
        told = Money.exactly(str(amount if amount is not None else _whole(payment)), currency)
        if BANK.payments[payment["reference"]].outcome not in _FINAL:
            BANK.decide(payment["reference"], outcome, told)
        body, headers = webhook(event, payment["reference"], outcome, told)
        self.shop.post_webhook(payment["account_id"], body, headers)

    def _tell_refund(self, outcome: Outcome, event: str, told: Written) -> str:
        """The bank's news of a refund; ``refund`` names it, else each event is about one of its own."""
        payment = next((each for each in self.payments() if _left("captured", each)), None) or self.payments()[-1]
        paid = BANK.payments[payment["reference"]]
        asked, taken = told.get("amount"), paid.amount
        amount = Money.exactly(str(asked), taken.currency) if _is_amount(asked) else taken
        name = str(told["refund"]) if "refund" in told else self._untold_refund(amount) or f"refund of {event}"
        refund = RefundResult(outcome, name, amount)
        body, headers = webhook(event, payment["reference"], paid.outcome, taken, refund=refund)
        self.shop.post_webhook(payment["account_id"], body, headers)
        return name

    def _untold_refund(self, amount: Money) -> str:
        """The reference of a refund of this amount that the shop asked for and the bank has not spoken of."""
        known = (each.reference for each in BANK.refunds.values() if each.amount == amount)
        name = next((each for each in known if each not in self.told_refunds), "")
        self.told_refunds.add(name)
        return name

    def _choose(self, number: int, code: str) -> None:
        body = {"account_id": self.shop.accounts[f"case-carrier {self.market}"], "service": code, "shipment": number}
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

    def _anything(self) -> Written:
        return {self.given["products"][0]["sku"]: 1}

    def _money(self, amount: Any) -> Written | None:
        """None for all of it."""
        if not _is_amount(amount):
            return None
        return {"amount": str(amount), "currency": self.order["currency"]}

    def _total_of_order(self) -> Money:
        total = self.order["total"]
        return Money.exactly(total["amount"], total["currency"])

    def _granted(self, amount: Any) -> Money | None:
        """None for what is asked for."""
        return Money.exactly(str(amount), channels(self.given)[self.market]) if _is_amount(amount) else None

    def _try(self, method: str, path: str, body: Any = None, *, staff: bool = False, **headers: str) -> Answer:
        answer = self.shop.ask(method, path, body, staff=staff, **headers)
        self.note(answer)
        return answer


_OPEN_STATES = {"created", "unknown", "pending", "authorized", "declined", "expired"}


def address_in(country: str) -> dict[str, str]:
    """An address as the country's form wants it."""
    filled = {"country": country}
    for field in address_rules.form(country):
        if field.required:
            filled[field.name] = field.choices[0][0] if field.choices else field.example or "Case"
    return filled


def _left(name: str, payment: Written) -> Decimal:
    """What can still be captured, or given back, of a payment."""
    if name == "refundable":
        return Decimal(payment["captured"]["amount"]) - Decimal(payment["refunded"]["amount"])
    return Decimal(payment[name]["amount"])


def _whole(payment: Written) -> Decimal:
    """What a payment is about: all that is reserved, and what was asked for before."""
    if payment["state"] != "authorized":
        return Decimal(payment["amount"]["amount"])
    return Decimal(payment["captured"]["amount"]) + Decimal(payment["capturable"]["amount"])


def _amount_of(step: Any) -> Any:
    """The amount of a step that may be written as a mapping."""
    return step.get("amount", "all") if isinstance(step, Mapping) else step


def _is_amount(value: Any) -> bool:
    return not isinstance(value, bool) and value not in ("all", None)
