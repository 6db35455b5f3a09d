"""One pure pipeline totals a cart: prices → promotions → shipping → duties → taxes. Every amount knows its cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from entrepot.kernel.money import Money, total
from entrepot.pricing.discounting import Discount, LineDiscounts
from entrepot.sdk.carriers import DutyTerms
from entrepot.sdk.customs import Charge, CustomsAnswer, Finding, Severity
from entrepot.sdk.readmodels import TotalLine
from entrepot.sdk.tax import Certainty, RuleRef, TaxAnswer, TaxedLine

FIRST_SHIPMENT = 1


@dataclass(frozen=True)
class ShippingOption:
    """One way to send the cart, from one carrier account. ``price`` is shown as the market shows prices."""

    account_id: str
    service: str
    label: str
    carrier: str
    price: Money
    min_days: int | None
    max_days: int | None
    duty_terms: DutyTerms
    reason: str = ""
    tax_category: str = "standard"


@dataclass(frozen=True)
class Shipment:
    """What travels apart from the rest of an order. ``tax`` is that of the delivery fee after ``discounts``."""

    number: int
    option: ShippingOption
    tax: Money
    discounts: tuple[Discount, ...] = ()
    tax_included: bool = False

    @property
    def charge(self) -> Money:
        """The delivery fee after discounts, as the market shows prices."""
        return self.option.price - total((each.amount for each in self.discounts), self.option.price.currency)

    @property
    def net(self) -> Money:
        return self.charge - self.tax if self.tax_included else self.charge


def shipping_line(shipment: int) -> str:
    """How the delivery fee of a shipment is named among the lines that are taxed."""
    return "shipping" if shipment == FIRST_SHIPMENT else f"shipping-{shipment}"


@dataclass(frozen=True)
class TraceStep:
    """Who contributed what to a quote, in order."""

    step: str
    text: str
    plugin_id: str = ""
    version: str = ""
    account: str = ""
    milliseconds: int = 0


@dataclass(frozen=True)
class QuoteLine:
    """One line of the cart, priced. ``total`` and ``unit_price`` are as the market shows prices.

    ``unit_price`` is after catalogue cuts, ``total`` after all discounts.
    """

    id: str
    variant_id: int
    sku: str
    name: str
    options: str
    product_slug: str
    image_path: str
    quantity: int
    unit_price: Money
    total: Money
    tax: Money
    tax_rate: Decimal
    tax_label: str
    tax_rule: RuleRef | None
    tax_category: str
    hs_code: str
    origin_country: str
    weight_g: int
    tracked: bool
    requires_shipping: bool
    #: The price before catalogue cuts where there were some, and what each took off one unit.
    list_price: Money | None = None
    cuts: tuple[Discount, ...] = ()
    discounts: tuple[Discount, ...] = ()
    #: What each unit lost, in minor units; empty where nothing was taken off.
    unit_discounts: tuple[int, ...] = ()
    #: Whether ``total`` contains ``tax``.
    tax_included: bool = False
    #: The number of the shipment that it travels with.
    shipment: int = FIRST_SHIPMENT

    @property
    def before_discounts(self) -> Money:
        return self.unit_price * self.quantity

    @property
    def discount(self) -> Money:
        return total((each.amount for each in self.discounts), self.total.currency)

    @property
    def net(self) -> Money:
        return self.total - self.tax if self.tax_included else self.total

    @property
    def unit_totals(self) -> tuple[Money, ...]:
        """What is left to pay for each unit; their sum is the line's total."""
        off = self.unit_discounts or (0,) * self.quantity
        return tuple(Money(self.unit_price.minor - minor, self.unit_price.currency) for minor in off)


@dataclass(frozen=True)
class Quote:
    """A priced, explained, frozen answer."""

    id: str
    market: str
    locale: str
    currency: str
    prices_include_tax: bool
    lines: tuple[QuoteLine, ...]
    #: One for most orders, none while no way of delivery is chosen.
    shipments: tuple[Shipment, ...]
    totals: tuple[TotalLine, ...]
    total: Money
    tax_state: Certainty
    customs_state: Certainty
    notices: tuple[str, ...]
    trace: tuple[TraceStep, ...]
    created_at: datetime
    expires_at: datetime
    coupons: tuple[str, ...] = ()
    #: What customs asks for, one by one, whoever takes it; each names its dated rule.
    charges: tuple[Charge, ...] = ()
    findings: tuple[Finding, ...] = ()
    #: "DDP" where everything due is in the total, "DAP" where something is asked for on delivery, "" without a border.
    incoterm: str = ""

    @property
    def charges_on_delivery(self) -> tuple[Charge, ...]:
        """What the carrier will ask the buyer for, as far as it is known or doubtful."""
        return tuple(each for each in self.charges if not each.at_checkout and each.certainty is not Certainty.NOT_DUE)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why charges are not known, each reason once."""
        unknown = (each for each in self.charges if each.certainty is Certainty.UNKNOWN)
        return tuple(dict.fromkeys(each.reason for each in unknown if each.why))

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What the buyer has to know about the goods; what the seller has to mend is not among it."""
        return tuple(each for each in self.findings if each.severity is not Severity.MISSING)

    @property
    def has_taxes(self) -> bool:
        return any(line.tax_rule for line in self.lines)

    def line_name(self, line_id: str) -> str:
        """The name of a line; empty for what concerns them all."""
        return next((line.name for line in self.lines if line.id == line_id), "")

    @property
    def due_on_delivery(self) -> Money | None:
        """Their sum; None where one of them is not known."""
        later = self.charges_on_delivery
        if self.customs_state is Certainty.UNKNOWN or any(each.certainty is Certainty.UNKNOWN for each in later):
            return None
        return total((each.amount for each in later), self.currency)

    @property
    def goods(self) -> Money:
        """Goods after discounts."""
        return total((line.total for line in self.lines), self.currency)

    @property
    def discount(self) -> Money:
        """What promotions took off the goods."""
        return total((line.discount for line in self.lines), self.currency)

    @property
    def shipping(self) -> ShippingOption | None:
        """The chosen way of delivery; of several shipments that of the first."""
        return self.shipments[0].option if self.shipments else None

    @property
    def shipping_label(self) -> str:
        """How it is sent, in the carriers' words."""
        return ", ".join(dict.fromkeys(shipment.option.label for shipment in self.shipments))

    @property
    def shipping_discounts(self) -> tuple[Discount, ...]:
        return tuple(each for shipment in self.shipments for each in shipment.discounts)

    @property
    def shipping_tax(self) -> Money:
        return total((shipment.tax for shipment in self.shipments), self.currency)

    @property
    def shipping_charge(self) -> Money:
        """The delivery fees after discounts, as the market shows prices."""
        return total((shipment.charge for shipment in self.shipments), self.currency)

    @property
    def net_goods(self) -> Money:
        return total((line.net for line in self.lines), self.currency)

    @property
    def net_shipping(self) -> Money:
        return total((shipment.net for shipment in self.shipments), self.currency)

    @property
    def all_discounts(self) -> tuple[Discount, ...]:
        """Every amount that a promotion took off goods or delivery; catalogue cuts are part of the prices."""
        return (*(each for line in self.lines for each in line.discounts), *self.shipping_discounts)

    @property
    def tax(self) -> Money:
        return total((line.tax for line in self.lines), self.currency) + self.shipping_tax

    @property
    def weight_g(self) -> int:
        return sum(line.weight_g * line.quantity for line in self.lines)

    @property
    def requires_shipping(self) -> bool:
        return any(line.requires_shipping for line in self.lines)


@dataclass(frozen=True)
class PricingInput:
    """Everything that a quote depends on, already asked for. ``tax`` and ``customs`` are None where nobody answers."""

    id: str
    market: str
    locale: str
    currency: str
    prices_include_tax: bool
    lines: tuple[QuoteLine, ...]
    #: The chosen ways of delivery, not taxed yet.
    shipments: tuple[Shipment, ...]
    tax: TaxAnswer | None
    customs: CustomsAnswer | None
    #: KNOWN, NOT_DUE (no customs border) or UNKNOWN.
    customs_state: Certainty
    notices: tuple[str, ...]
    trace: tuple[TraceStep, ...]
    created_at: datetime
    expires_at: datetime
    coupons: tuple[str, ...] = ()


class TotalMismatch(AssertionError):
    """A programming error: the explained lines do not sum to the total."""


def discounted(line: QuoteLine, taken: LineDiscounts | None) -> QuoteLine:
    """The line with its discounts; its total is what is left."""
    if taken is None:
        return replace(line, total=line.before_discounts)
    off = total((each.amount for each in taken.by_cause), line.unit_price.currency)
    return replace(
        line,
        total=line.before_discounts - off,
        discounts=taken.by_cause,
        unit_discounts=taken.by_unit,
    )


def price_cart(question: PricingInput) -> Quote:
    """Total the cart. Σ(goods, discounts, shipping, duties, added tax) == total is checked for every quote."""
    lines, shipments = _taxed(question)
    totals = (*_goods(question, lines), *_shipping(shipments), *_duties(question), *_taxes(question))
    amount = total((row.amount for row in totals if row.kind != "tax_included"), question.currency)
    quote = Quote(
        id=question.id,
        market=question.market,
        locale=question.locale,
        currency=question.currency,
        prices_include_tax=question.prices_include_tax,
        lines=lines,
        shipments=shipments,
        totals=(*totals, TotalLine("total", "total", amount)),
        total=amount,
        tax_state=_tax_state(question),
        customs_state=question.customs_state,
        notices=question.notices,
        trace=question.trace,
        created_at=question.created_at,
        expires_at=question.expires_at,
        coupons=question.coupons,
        charges=question.customs.charges if question.customs else (),
        findings=question.customs.findings if question.customs else (),
        incoterm=question.customs.incoterm if question.customs else "",
    )
    _check(question, quote)
    return quote


def _taxed(question: PricingInput) -> tuple[tuple[QuoteLine, ...], tuple[Shipment, ...]]:
    """Lines and shipments with their tax."""
    if question.tax is None:
        return question.lines, question.shipments
    answers = {taxed.id: taxed for taxed in question.tax.lines}
    lines = tuple(_with_tax(question, line, answers[line.id]) for line in question.lines)
    fees = ((shipment, answers[shipping_line(shipment.number)]) for shipment in question.shipments)
    return lines, tuple(
        replace(shipment, tax=taxed.tax, tax_included=_included(question, taxed)) for shipment, taxed in fees
    )


def _with_tax(question: PricingInput, line: QuoteLine, taxed: TaxedLine) -> QuoteLine:
    return replace(
        line,
        tax=taxed.tax,
        tax_rate=taxed.rate,
        tax_label=taxed.label,
        tax_rule=taxed.rule,
        tax_included=_included(question, taxed),
    )


def _included(question: PricingInput, taxed: TaxedLine) -> bool:
    return question.prices_include_tax if taxed.included is None else taxed.included


def _goods(question: PricingInput, lines: tuple[QuoteLine, ...]) -> tuple[TotalLine, ...]:
    goods = total((line.before_discounts for line in lines), question.currency)
    return (TotalLine("goods", "goods", goods), *_discount_rows(each for line in lines for each in line.discounts))


def _discount_rows(discounts: Iterable[Discount]) -> tuple[TotalLine, ...]:
    """One row per promotion."""
    rows: dict[str, TotalLine] = {}
    for each in discounts:
        known = rows.get(each.cause)
        amount = known.amount - each.amount if known else -each.amount
        rows[each.cause] = TotalLine("discount", each.label, amount, each.cause)
    return tuple(rows.values())


def _shipping(shipments: tuple[Shipment, ...]) -> tuple[TotalLine, ...]:
    """One row per delivery fee, then one per promotion."""
    options = (shipment.option for shipment in shipments)
    fees = (TotalLine("shipping", option.label, option.price, option.reason) for option in options)
    return (*fees, *_discount_rows(each for shipment in shipments for each in shipment.discounts))


def _duties(question: PricingInput) -> tuple[TotalLine, ...]:
    """One row per label of what the seller takes now; what is asked for on delivery is no part of the total."""
    rows: dict[str, TotalLine] = {}
    for charge in question.customs.charges if question.customs else ():
        if not charge.at_checkout or charge.certainty is not Certainty.KNOWN:
            continue
        known = rows.get(charge.label)
        amount = charge.amount if known is None else known.amount + charge.amount
        rows[charge.label] = TotalLine("duty", charge.label, amount, charge.rule.id)
    return tuple(rows.values())


def _taxes(question: PricingInput) -> tuple[TotalLine, ...]:
    """One row per label; added to the total only where the price does not contain the tax."""
    rows: dict[tuple[str, str], TotalLine] = {}
    for taxed in question.tax.lines if question.tax else ():
        if taxed.certainty is not Certainty.KNOWN:
            continue
        kind = "tax_included" if _included(question, taxed) else "tax"
        known = rows.get((kind, taxed.label))
        amount = taxed.tax if known is None else known.amount + taxed.tax
        rows[kind, taxed.label] = TotalLine(kind, taxed.label, amount, taxed.rule.id)
    return tuple(rows.values())


def _tax_state(question: PricingInput) -> Certainty:
    if question.tax is None:
        return Certainty.UNKNOWN
    states = {taxed.certainty for taxed in question.tax.lines}
    if Certainty.UNKNOWN in states:
        return Certainty.UNKNOWN
    return Certainty.KNOWN if Certainty.KNOWN in states else Certainty.NOT_DUE


def _check(question: PricingInput, quote: Quote) -> None:
    """The rows against the lines that they were made of, and the lines against their units: two ways to each sum."""
    duties = total((row.amount for row in _duties(question)), quote.currency)
    expected = quote.net_goods + quote.net_shipping + quote.tax + duties
    if expected != quote.total:
        raise TotalMismatch(f"Quote {quote.id}: lines sum to {expected}, the total says {quote.total}.")
    for line in quote.lines:
        by_unit = total(line.unit_totals, quote.currency)
        if line.total != line.before_discounts - line.discount or by_unit != line.total:
            raise TotalMismatch(f"Quote {quote.id}: the discounts of line {line.id} do not lead to its total.")
