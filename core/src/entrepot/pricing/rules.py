"""One pure pipeline totals a cart: prices → promotions → shipping → duties → taxes. Every amount knows its cause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from entrepot.kernel.money import Money, total
from entrepot.sdk.carriers import DutyTerms
from entrepot.sdk.customs import CustomsAnswer
from entrepot.sdk.readmodels import TotalLine
from entrepot.sdk.tax import Certainty, RuleRef, TaxAnswer, TaxedLine

SHIPPING_LINE = "shipping"


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
    """One line of the cart, priced. ``total`` and ``unit_price`` are as the market shows prices."""

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


@dataclass(frozen=True)
class Quote:
    """A priced, explained, frozen answer."""

    id: str
    market: str
    locale: str
    currency: str
    prices_include_tax: bool
    lines: tuple[QuoteLine, ...]
    shipping: ShippingOption | None
    totals: tuple[TotalLine, ...]
    total: Money
    shipping_tax: Money
    tax_state: Certainty
    customs_state: Certainty
    notices: tuple[str, ...]
    trace: tuple[TraceStep, ...]
    created_at: datetime
    expires_at: datetime

    @property
    def goods(self) -> Money:
        return total((line.total for line in self.lines), self.currency)

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
    shipping: ShippingOption | None
    tax: TaxAnswer | None
    customs: CustomsAnswer | None
    #: KNOWN, NOT_DUE (no customs border) or UNKNOWN.
    customs_state: Certainty
    notices: tuple[str, ...]
    trace: tuple[TraceStep, ...]
    created_at: datetime
    expires_at: datetime


class TotalMismatch(AssertionError):
    """A programming error: the explained lines do not sum to the total."""


def price_line(line: QuoteLine) -> QuoteLine:
    """The line's total: unit price times quantity, before anything else."""
    return replace(line, total=line.unit_price * line.quantity)


def price_cart(question: PricingInput) -> Quote:
    """Total the cart. Σ(goods, shipping, duties, added tax) == total is checked for every quote."""
    lines, shipping_tax = _taxed(question)
    totals = _goods(question, lines) + _shipping(question) + _duties(question) + _taxes(question, lines, shipping_tax)
    amount = total((row.amount for row in totals if row.kind != "tax_included"), question.currency)
    _check(question, lines, shipping_tax, amount)
    return Quote(
        id=question.id,
        market=question.market,
        locale=question.locale,
        currency=question.currency,
        prices_include_tax=question.prices_include_tax,
        lines=lines,
        shipping=question.shipping,
        totals=(*totals, TotalLine("total", "total", amount)),
        total=amount,
        shipping_tax=shipping_tax,
        tax_state=_tax_state(question),
        customs_state=question.customs_state,
        notices=question.notices,
        trace=question.trace,
        created_at=question.created_at,
        expires_at=question.expires_at,
    )


def _taxed(question: PricingInput) -> tuple[tuple[QuoteLine, ...], Money]:
    """Lines with their tax, and the tax of shipping."""
    none = Money.zero(question.currency)
    if question.tax is None:
        return question.lines, none
    answers = {taxed.id: taxed for taxed in question.tax.lines}
    shipping = answers.get(SHIPPING_LINE)
    return tuple(_with_tax(line, answers[line.id]) for line in question.lines), shipping.tax if shipping else none


def _with_tax(line: QuoteLine, taxed: TaxedLine) -> QuoteLine:
    return replace(line, tax=taxed.tax, tax_rate=taxed.rate, tax_label=taxed.label, tax_rule=taxed.rule)


def _goods(question: PricingInput, lines: tuple[QuoteLine, ...]) -> tuple[TotalLine, ...]:
    return (TotalLine("goods", "goods", total((line.total for line in lines), question.currency)),)


def _shipping(question: PricingInput) -> tuple[TotalLine, ...]:
    option = question.shipping
    return (TotalLine("shipping", option.label, option.price, option.reason),) if option else ()


def _duties(question: PricingInput) -> tuple[TotalLine, ...]:
    if question.customs is None:
        return ()
    known = (charge for charge in question.customs.charges if charge.certainty is Certainty.KNOWN)
    return tuple(TotalLine("duty", charge.label, charge.amount, charge.rule.id) for charge in known)


def _taxes(question: PricingInput, lines: tuple[QuoteLine, ...], shipping_tax: Money) -> tuple[TotalLine, ...]:
    """One row per label and rate; added to the total only where prices come without tax."""
    if question.tax is None:
        return ()
    kind = "tax_included" if question.prices_include_tax else "tax"
    rows: dict[str, TotalLine] = {}
    for taxed in question.tax.lines:
        if taxed.certainty is not Certainty.KNOWN:
            continue
        known = rows.get(taxed.label)
        amount = taxed.tax if known is None else known.amount + taxed.tax
        rows[taxed.label] = TotalLine(kind, taxed.label, amount, taxed.rule.id)
    return tuple(rows.values())


def _tax_state(question: PricingInput) -> Certainty:
    if question.tax is None:
        return Certainty.UNKNOWN
    states = {taxed.certainty for taxed in question.tax.lines}
    if Certainty.UNKNOWN in states:
        return Certainty.UNKNOWN
    return Certainty.KNOWN if Certainty.KNOWN in states else Certainty.NOT_DUE


def _check(question: PricingInput, lines: tuple[QuoteLine, ...], shipping_tax: Money, amount: Money) -> None:
    """The rows against the lines that they were made of: two ways to the same sum."""
    expected = total((line.total for line in lines), question.currency)
    if question.shipping:
        expected += question.shipping.price
    if question.tax and not question.prices_include_tax:
        expected += total((line.tax for line in lines), question.currency) + shipping_tax
    expected += total((row.amount for row in _duties(question)), question.currency)
    if expected != amount:
        raise TotalMismatch(f"Quote {question.id}: lines sum to {expected}, the total says {amount}.")
