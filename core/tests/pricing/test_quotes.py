"""The pipeline: lines sum to totals in every currency, and a frozen quote reads back unchanged."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.kernel.money import Money
from entrepot.pricing.frozen import digest, from_json, to_json
from entrepot.pricing.rules import (
    PricingInput,
    QuoteLine,
    Shipment,
    ShippingOption,
    TotalMismatch,
    price_cart,
    shipping_line,
)
from entrepot.sdk.carriers import DutyTerms
from entrepot.sdk.tax import Certainty, RuleRef, TaxAnswer, TaxedLine
from entrepot.testkit.samples import NOON

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])


def line(id: str, currency: str, unit: int, quantity: int) -> QuoteLine:
    price = Money(unit, currency)
    return QuoteLine(
        id=id,
        variant_id=int(id),
        sku=id,
        name="Thing",
        options="",
        product_slug="thing",
        image_path="",
        quantity=quantity,
        unit_price=price,
        total=price * quantity,
        tax=Money.zero(currency),
        tax_rate=Decimal(0),
        tax_label="",
        tax_rule=None,
        tax_category="standard",
        hs_code="",
        origin_country="",
        weight_g=1,
        tracked=True,
        requires_shipping=True,
    )


@st.composite
def questions(draw: st.DrawFn) -> PricingInput:
    currency = draw(CURRENCIES)
    included = draw(st.booleans())
    units = draw(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 99)), min_size=1, max_size=5))
    lines = tuple(line(str(i), currency, unit, quantity) for i, (unit, quantity) in enumerate(units, start=1))
    option = ShippingOption("a", "s", "Post", "Post", Money(draw(st.integers(0, 9999)), currency), 1, 2, DutyTerms.NONE)
    count = draw(st.integers(0, 3))
    shipments = tuple(Shipment(number, option, Money.zero(currency)) for number in range(1, count + 1))
    fees = [(shipping_line(shipment.number), shipment.charge) for shipment in shipments]
    amounts = [(each.id, each.total) for each in lines] + fees
    tax = TaxAnswer(tuple(taxed(id, amount, included) for id, amount in amounts)) if draw(st.booleans()) else None
    return PricingInput(
        id="q",
        market="eu",
        locale="en",
        currency=currency,
        prices_include_tax=included,
        lines=lines,
        shipments=shipments,
        tax=tax,
        customs=None,
        customs_state=Certainty.NOT_DUE,
        notices=(),
        trace=(),
        created_at=NOON,
        expires_at=NOON + timedelta(minutes=30),
    )


def taxed(id: str, amount: Money, included: bool) -> TaxedLine:
    tax = Money(amount.minor // 6, amount.currency)
    net, gross = (amount - tax, amount) if included else (amount, amount + tax)
    return TaxedLine(id, net, tax, gross, Decimal("0.2"), "VAT 20 %", RuleRef("r", "1"))


@pytest.mark.covers("S0.42")
@given(questions())
def test_rows_sum_to_the_total_and_the_quote_reads_back(question: PricingInput) -> None:
    quote = price_cart(question)
    added = [row.amount.minor for row in quote.totals if row.kind not in ("total", "tax_included")]
    assert sum(added) == quote.total.minor
    stored = json.loads(json.dumps(to_json(quote)))
    assert from_json(stored) == quote
    assert digest(stored) == digest(to_json(quote))


@given(questions())
def test_tax_that_nobody_can_tell_is_unknown_and_never_zero(question: PricingInput) -> None:
    state = price_cart(question).tax_state
    assert state is (Certainty.UNKNOWN if question.tax is None else Certainty.KNOWN)


def test_a_step_that_loses_a_cent_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from entrepot.pricing import rules

    monkeypatch.setattr(rules, "_shipping", lambda shipments: ())
    option = ShippingOption("a", "s", "Post", "Post", Money(500, "EUR"), 1, 2, DutyTerms.NONE)
    question = PricingInput(
        "q", "eu", "en", "EUR", True, (line("1", "EUR", 100, 1),), (Shipment(1, option, Money.zero("EUR")),), None,
        None,
        Certainty.NOT_DUE, (), (), NOON, NOON,
    )  # fmt: skip
    with pytest.raises(TotalMismatch):
        price_cart(question)
