"""Plays a behaviour case without a shop: given becomes the pipeline's input, its answer the values to compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from entrepot.kernel.money import Money
from entrepot.pricing.cuts import Article, CatalogueCut, CutPrice, cut_price
from entrepot.pricing.definitions import NoAmountHere, Place, read_definition
from entrepot.pricing.discounting import discount_goods, discount_shipping
from entrepot.pricing.fx import FxRate, convert
from entrepot.pricing.promotions import Promotion, coupon_code, coupon_refusal, earned
from entrepot.pricing.rules import (
    FIRST_SHIPMENT,
    PricingInput,
    Quote,
    QuoteLine,
    Shipment,
    ShippingOption,
    discounted,
    price_cart,
    shipping_line,
)
from entrepot.pricing.tax_rounding import TaxRounding, exact_tax, half_up, rounded
from entrepot.sdk.carriers import DutyTerms
from entrepot.sdk.promotions import PromotionCart, PromotionLine
from entrepot.sdk.tax import Certainty, RuleRef, TaxAnswer, TaxedLine
from entrepot.testkit.samples import NOON


def played(case: Mapping[str, Any]) -> dict[str, Any]:
    """What a buyer would see at the end of the case."""
    player = CasePlayer(case["given"])
    for step in case["when"]:
        for name, value in step.items():
            getattr(player, f"do_{name}")(value)
    return player.seen()


class CasePlayer:
    """A store of one case, and one buyer in it."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        self.products = {product["sku"]: product for product in given["products"]}
        self.channel = next(iter(given.get("channels", {})), "")
        self.quantities: dict[str, int] = {}
        self.coupons: set[str] = set()
        self.country = ""
        self.method = ""
        self.display = ""
        self.earlier_orders = 0
        self.used: dict[str, tuple[int, int]] = {}
        self.order: Quote | None = None
        self.answers: dict[str, Any] = {}
        self.ended = False

    @property
    def currency(self) -> str:
        return str(self.given.get("channels", {}).get(self.channel) or self.given["currency"])

    def do_add(self, step: Mapping[str, Any]) -> None:
        self.quantities[step["sku"]] = self.quantities.get(step["sku"], 0) + step["qty"]

    def do_set_qty(self, step: Mapping[str, Any]) -> None:
        self.quantities[step["sku"]] = step["qty"]

    def do_remove(self, sku: str) -> None:
        del self.quantities[sku]

    def do_ship(self, code: str) -> None:
        self.method = code

    def do_address(self, country: str) -> None:
        self.country = country

    def do_channel(self, code: str) -> None:
        self.channel = code

    def do_display_currency(self, currency: str) -> None:
        self.display = currency

    def do_coupon(self, code: str) -> None:
        accepted = not coupon_refusal(self.promotions(), self.cart(), code)
        self.answers["coupon_accepted"] = accepted
        if accepted:
            self.coupons.add(coupon_code(code))

    def do_prior_order(self, step: Mapping[str, Any]) -> None:
        cancelled = step.get("then") == "cancelled"
        mine = bool(step.get("same_customer"))
        self.earlier_orders += mine and not cancelled
        for promotion in self.given.get("promotions", ()):
            kept = not cancelled or not promotion.get("reusable_after_cancel", True)
            if kept and promotion.get("coupon") == step.get("coupon"):
                total, own = self.used.get(promotion["coupon"], (0, 0))
                self.used[promotion["coupon"]] = (total + 1, own + mine)

    def do_prior_orders(self, step: Mapping[str, int]) -> None:
        self.earlier_orders += step["placed"] - step.get("cancelled", 0)

    def do_place(self, _: object) -> None:
        self.order = self.quote()
        self.answers["order_state"] = "placed"

    def do_cancel(self, _: object) -> None:
        self.answers["order_state"] = "cancelled"

    def do_end_promotions(self, _: object) -> None:
        self.ended = True

    def do_view(self, sku: str) -> None:
        price = self.price(sku)
        self.answers |= {"unit_price": str(price.price.decimal), "original_price": str(price.list_price.decimal)}

    def seen(self) -> dict[str, Any]:
        if not self.quantities:
            return self.answers
        quote = self.order or self.quote()
        return {**self.answers, **_of_quote(quote), **self._offered(), **self._displayed(quote)}

    def _offered(self) -> dict[str, Any]:
        return {"offered": sorted(method["code"] for method in self.methods(self.goods()))}

    def _displayed(self, quote: Quote) -> dict[str, Any]:
        if not self.display:
            return {}
        text = self.given["exchange_rates"][f"{self.currency}/{self.display}"]
        rate = FxRate(1, self.currency, self.display, Decimal(text), NOON.date(), "case")
        unit, whole = convert(quote.lines[0].unit_price, rate), convert(quote.total, rate)
        return {"display_unit_price": str(unit.decimal), "display_total": str(whole.decimal)}

    def promotions(self) -> list[Promotion]:
        return [each for each in self._promotions() if each is not None and not self.ended]

    def _promotions(self) -> Iterator[Promotion | None]:
        own = {"priority", "exclusive", "coupon", "usage_limit", "per_customer_limit", "used", "reusable_after_cancel"}
        for position, written in enumerate(self.given.get("promotions", ())):
            content = {key: value for key, value in written.items() if key not in own}
            try:
                definition = read_definition(content, Place(self.channel, self.currency))
            except NoAmountHere:
                continue
            used, by_customer = self.used.get(written.get("coupon", ""), (0, 0))
            yield Promotion(
                id=str(position),
                label=written.get("kind", "actions"),
                actions=definition.actions,
                conditions=definition.conditions,
                priority=written.get("priority", 0),
                position=position,
                exclusive=written.get("exclusive", False),
                coupon=coupon_code(written.get("coupon", "")),
                usage_limit=written.get("usage_limit"),
                used=written.get("used", 0) + used,
                per_customer_limit=written.get("per_customer_limit"),
                used_by_customer=by_customer,
            )

    def cuts(self) -> list[CatalogueCut]:
        return [
            CatalogueCut(
                id=f"cut-{position}",
                label="cut",
                percent=Decimal(written.get("percent", 0)),
                amount=self.money(written["amount"]) if "amount" in written else None,
                skus=frozenset([written["sku"]] if "sku" in written else []),
                categories=frozenset([written["category"]] if "category" in written else []),
                priority=written.get("priority", 0),
                position=position,
                exclusive=written.get("exclusive", False),
            )
            for position, written in enumerate(self.given.get("catalog_promotions", ()))
        ]

    def money(self, text: str) -> Money:
        return Money.exactly(text, self.currency)

    def price(self, sku: str) -> CutPrice:
        product = self.products[sku]
        listed = product["prices"][self.channel] if "prices" in product else product["price"]
        return cut_price(self.money(listed), self.article(sku), self.cuts(), NOON)

    def article(self, sku: str) -> Article:
        product = self.products[sku]
        return Article(
            sku=sku,
            categories=frozenset([product["category"]] if "category" in product else []),
            floor=self.money(product["floor"]) if "floor" in product else None,
            discountable=product.get("discountable", True),
        )

    def cart(self) -> PromotionCart:
        return PromotionCart(
            market=self.channel,
            currency=self.currency,
            at=NOON,
            lines=tuple(self.promotion_line(sku, quantity) for sku, quantity in self.quantities.items()),
            coupons=frozenset(self.coupons),
            earlier_orders=self.earlier_orders,
        )

    def promotion_line(self, sku: str, quantity: int) -> PromotionLine:
        article, price = self.article(sku), self.price(sku)
        return PromotionLine(
            id=sku,
            sku=sku,
            quantity=quantity,
            unit_price=price.price,
            list_price=price.list_price,
            categories=article.categories,
            floor=article.floor,
            discountable=article.discountable,
        )

    def goods(self) -> tuple[QuoteLine, ...]:
        cart = self.cart()
        taken = discount_goods(earned(self.promotions(), cart), cart)
        return tuple(discounted(self.line(each), taken.get(each.id)) for each in cart.lines)

    def line(self, each: PromotionLine) -> QuoteLine:
        product = self.products[each.sku]
        return QuoteLine(
            id=each.id, variant_id=1, sku=each.sku, name=each.sku, options="", product_slug="", image_path="",
            quantity=each.quantity, unit_price=each.unit_price, total=each.value, tax=Money.zero(self.currency),
            tax_rate=Decimal(0), tax_label="", tax_rule=None, tax_category=product.get("tax", ""), hs_code="",
            origin_country="", weight_g=int(Decimal(product.get("weight", 0)) * 1000), tracked=False,
            requires_shipping=True,
        )  # fmt: skip

    def quote(self) -> Quote:
        lines = self.goods()
        chosen = self.chosen(lines)
        fee = self.fee(chosen, lines) if chosen else None
        off = discount_shipping(earned(self.promotions(), self.cart()), fee) if fee else ()
        shipments: tuple[Shipment, ...] = ()
        asked = [(line.id, line.total, line.tax_category) for line in lines]
        if chosen and fee:
            left = fee - sum((each.amount for each in off), Money.zero(self.currency))
            asked.append((shipping_line(FIRST_SHIPMENT), left, chosen.get("tax", "")))
            shipments = (Shipment(FIRST_SHIPMENT, _option(chosen, fee), Money.zero(self.currency), off),)
        return price_cart(
            PricingInput(
                id="q", market=self.channel, locale="en", currency=self.currency, prices_include_tax=False,
                lines=lines, shipments=shipments,
                tax=self.taxed(asked, lines), customs=None, customs_state=Certainty.NOT_DUE, notices=(), trace=(),
                created_at=NOON, expires_at=NOON + timedelta(minutes=30),
            )
        )  # fmt: skip

    def zone(self) -> str:
        zones: Mapping[str, Any] = self.given.get("zones", {})
        if not self.country:
            return str(self.given.get("default_zone", ""))
        listed = (name for name, countries in zones.items() if self.country in countries)
        rest = (name for name, countries in zones.items() if countries == "all others")
        return next(listed, next(rest, ""))

    def rate(self, category: str) -> Mapping[str, Any] | None:
        for rate in self.given.get("tax", {}).get("rates", ()):
            if rate["category"] == category and rate.get("zone", self.zone()) == self.zone():
                return dict(rate)
        return None

    def taxed(self, asked: list[tuple[str, Money, str]], lines: tuple[QuoteLine, ...]) -> TaxAnswer:
        answer = TaxAnswer(tuple(self.taxed_line(*each) for each in asked))
        mode = TaxRounding(self.given.get("tax", {}).get("rounding", "per_line"))
        return rounded(answer, mode, units={line.id: line.unit_totals for line in lines}, prices_include_tax=False)

    def taxed_line(self, id: str, amount: Money, category: str) -> TaxedLine:
        rate = self.rate(category)
        if rate is None:
            none = Money.zero(self.currency)
            return TaxedLine(id, amount, none, amount, Decimal(0), "", RuleRef("", ""), Certainty.NOT_DUE)
        share, included = Decimal(rate["percent"]) / 100, rate["included_in_price"]
        tax = Money(half_up(exact_tax(amount, share, included=included)), self.currency)
        net, gross = (amount - tax, amount) if included else (amount, amount + tax)
        return TaxedLine(id, net, tax, gross, share, f"{rate['percent']} %", RuleRef("r", "1"), included=included)

    def methods(self, lines: tuple[QuoteLine, ...]) -> list[Mapping[str, Any]]:
        """The ways of delivery that fit: thresholds look at goods after discounts with tax."""
        taxed = self.taxed([(line.id, line.total, line.tax_category) for line in lines], lines)
        goods = sum((line.gross for line in taxed.lines), Money.zero(self.currency)).decimal
        weight = Decimal(sum(line.weight_g * line.quantity for line in lines)) / 1000
        found = [dict(method) for method in self.given.get("shipping_methods", ())]
        return [
            method
            for method in found
            if _between(goods, method, "items_total")
            and _between(weight, method, "weight")
            and method.get("zone", self.zone()) == self.zone()
        ]

    def chosen(self, lines: tuple[QuoteLine, ...]) -> Mapping[str, Any] | None:
        offered = self.methods(lines)
        return next((each for each in offered if each["code"] == self.method), next(iter(offered), None))

    def fee(self, method: Mapping[str, Any], lines: tuple[QuoteLine, ...]) -> Money:
        fee = self.money(method["fee"])
        return fee * sum(line.quantity for line in lines) if method.get("per_unit") else fee


def _between(value: Decimal, method: Mapping[str, Any], name: str) -> bool:
    least, most = method.get(f"min_{name}"), method.get(f"max_{name}")
    return (least is None or value >= Decimal(least)) and (most is None or value <= Decimal(most))


def _option(method: Mapping[str, Any], fee: Money) -> ShippingOption:
    return ShippingOption("a", method["code"], method["code"], "Post", fee, 1, 2, DutyTerms.NONE)


def _of_quote(quote: Quote) -> dict[str, Any]:
    included = sum((row.amount for row in quote.totals if row.kind == "tax_included"), Money.zero(quote.currency))
    taxed = quote.net_shipping + quote.shipping_tax
    return {
        "currency": quote.currency,
        "total": str(quote.total.decimal),
        "minor_units": quote.total.minor,
        "discount": str(quote.discount.decimal),
        "tax": str((quote.tax - included).decimal),
        "tax_included": str(included.decimal),
        "shipping": str(quote.shipping_charge.decimal),
        "shipping_with_tax": str(taxed.decimal),
        "lines": {line.sku: _of_line(line) for line in quote.lines},
        "line_discounts_any_order": sorted(str(line.discount.decimal) for line in quote.lines),
    }


def _of_line(line: QuoteLine) -> dict[str, Any]:
    return {
        "unit_price": str(line.unit_price.decimal),
        "discount": str(line.discount.decimal),
        "total": str(line.total.decimal),
        "unit_discounts": [str(Money(minor, line.total.currency).decimal) for minor in line.unit_discounts],
    }
