"""What a buyer of each demo market reads about taxes and duties, and that the quote keeps why."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from entrepot.checkout import quoting
from entrepot.checkout.carts import CartContent, CartItem
from entrepot.checkout.quoting import Offer
from entrepot.engine.runtime import Runtime
from entrepot.inventory.queries import stocked_variant
from entrepot.kernel.address import Address
from entrepot.kernel.money import total
from entrepot.markets.queries import store
from entrepot.pricing.frozen import from_json, to_json
from entrepot.sdk import Certainty, DutyTerms
from entrepot.storage.session import reader

NEW_YORK = Address(country="US", region="NY", postcode="10001", city="New York")


def offered(demo: Runtime, market: str, address: Address, *skus: str) -> Offer:
    """The price of one piece of each, estimated with the cheapest delivery."""
    known = store().market(market)
    assert known is not None
    rows = reader().execute(select(stocked_variant.c.sku, stocked_variant.c.id)).all()
    ids = {row.sku: row.id for row in rows}
    cart = CartContent(
        id=0, token="", market=known, locale="en", email="", shipping_address=address, billing_address=None,
        payment_account_id="", order_number="", lines=tuple(CartItem(ids[sku], 1) for sku in skus),
    )  # fmt: skip
    return quoting.price(demo, cart, assume_cheapest=True)


@pytest.mark.covers("G1", "G3", "S1.37")
def test_buyer_in_the_eu_sees_prices_with_vat(demo: Runtime) -> None:
    quote = offered(demo, "eu", Address(country="FR"), "TEAPOT-CHALK").quote
    assert (quote.tax_state, quote.customs_state, quote.incoterm) == (Certainty.KNOWN, Certainty.NOT_DUE, "")
    assert [row.kind for row in quote.totals] == ["goods", "shipping", "tax_included", "total"]


@pytest.mark.covers("G1", "G2", "G3", "S1.38")
def test_buyer_in_the_us_pays_duties_with_the_order_and_nothing_later(demo: Runtime) -> None:
    offer = offered(demo, "us", NEW_YORK, "TEAPOT-CHALK")
    quote = offer.quote
    assert (quote.incoterm, quote.customs_state, quote.due_on_delivery) == ("DDP", Certainty.KNOWN, quote.tax * 0)
    assert {way.duty_terms for way in offer.shipping_options} == {DutyTerms.DDP}
    duties = total((row.amount for row in quote.totals if row.kind == "duty"), "USD")
    assert duties == total((charge.amount for charge in quote.charges), "USD")
    assert quote.total == quote.goods + quote.shipping_charge + duties


@pytest.mark.covers("G2")
def test_every_charge_of_a_stored_quote_names_its_rule_version_and_source(demo: Runtime) -> None:
    quote = offered(demo, "us", NEW_YORK, "TEAPOT-CHALK").quote
    stored = from_json(json.loads(json.dumps(to_json(quote))))
    assert stored == quote
    assert stored.charges
    for charge in stored.charges:
        assert charge.rule.id.startswith("us/")
        assert charge.rule.version.startswith("20")
        assert charge.rule.source


@pytest.mark.covers("G3", "G15")
def test_what_is_not_known_is_said_with_the_reason_and_no_carrier_promises_it(demo: Runtime) -> None:
    offer = offered(demo, "us", NEW_YORK, "CADDY-MOSS")
    quote = offer.quote
    assert (quote.customs_state, quote.incoterm, quote.due_on_delivery) == (Certainty.UNKNOWN, "DAP", None)
    assert "No rate 'duty' for HS 732399" in quote.doubts[0]
    assert not any("Give duty_rate" in doubt for doubt in quote.doubts)
    assert {way.duty_terms for way in offer.shipping_options} == {DutyTerms.DAP}
    assert [row for row in quote.totals if row.kind == "duty"] == []


@pytest.mark.covers("G1", "G3")
def test_buyer_in_china_pays_retail_import_tax_within_the_price(demo: Runtime) -> None:
    """Goods that only Hamburg has: composite 9.1 per cent within price and freight."""
    quote = offered(demo, "cn", Address(country="CN"), "MUG-RUST").quote
    (tax,) = [row for row in quote.totals if row.kind == "tax_included"]
    assert (tax.label, quote.customs_state) == ("VAT", Certainty.NOT_DUE)
    net = quote.total - tax.amount
    assert abs((net * Decimal("0.091")).minor - tax.amount.minor) <= 1


def test_goods_leave_from_the_nearest_warehouse_that_has_all_of_them(demo: Runtime) -> None:
    near = offered(demo, "cn", Address(country="CN"), "TEAPOT-CHALK")
    far = offered(demo, "cn", Address(country="CN"), "TEAPOT-CHALK", "MUG-RUST")
    assert {way.duty_terms for way in near.shipping_options} == {DutyTerms.NONE}
    assert {way.duty_terms for way in far.shipping_options} == {DutyTerms.DAP}
    assert replace(near.quote, id="") != replace(far.quote, id="")
