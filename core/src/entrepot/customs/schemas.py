"""The form of an assessment in the API. The engine itself reads the values and says what is wrong with them."""

from __future__ import annotations

import marshmallow as ma

from entrepot.api.fields import ApiSchema


def _any(about: str, *, required: bool = False) -> ma.fields.Raw:
    return ma.fields.Raw(required=required, allow_none=True, metadata={"description": about})


class AssessmentInSchema(ApiSchema):
    """One consignment. Amounts are texts such as "12.50"."""

    ship_from = _any('Country, as "CN" or {"country": "CN"}.', required=True)
    ship_to = _any('Country, with region where the law asks for it: {"country": "CA", "region": "ON"}.', required=True)
    date = _any("The day of the sale, 2026-08-01.", required=True)
    currency = _any("Currency of all amounts.", required=True)
    lines = _any("Goods: value, quantity, hs, origin, weight_g, category, attributes, duty_rate.", required=True)
    freight = _any("Transport to the border.")
    insurance = _any("Insurance of the transport.")
    onward_freight = _any("Transport from the border to the buyer.")
    discount = _any("Taken off the goods.")
    mode = _any("post, courier or sea.")
    registrations = _any('Under what the seller collects: {"IOSS": "IM…"}.')
    established_in = _any("Country of the seller's seat.")
    buyer = _any('consumer or business, or {"kind": "business", "tax_id": "…"}.')
    nature = _any("sale, gift, sample or return.")
    incoterm = _any("DDP where the seller wants to collect everything.")
    year_to_date = _any('What the buyer imported this year: {"amount": "0", "currency": "CNY"}.')
    order_value = _any("What the goods of the whole order are worth, where this is a part of it.")
    options = _any('Choices that a rule pack names: {"channel": "cbec"}.')
    rates = _any("Exchange rates: [{from, to, rate, date, source}].")
    carrier_fees = _any("What the carrier asks for clearing: [{code, amount, label}].")


class AssessmentSchema(ma.Schema):
    """The explained answer; amounts are texts in the currency of the sale, null where they are not known."""

    pack = ma.fields.Dict(metadata={"description": "Rule pack and version."})
    currency = ma.fields.String()
    state = ma.fields.String(metadata={"description": "known, not_due or unknown."})
    accepted = ma.fields.Boolean(allow_none=True, metadata={"description": "false where the law refuses it."})
    regimes = ma.fields.List(ma.fields.String())
    declarations = ma.fields.List(ma.fields.String())
    incoterm = ma.fields.String(metadata={"description": "DDP when all that is due is collected at checkout."})
    pieces = ma.fields.Dict()
    values = ma.fields.Dict(metadata={"description": "intrinsic, fob, cif and sales_price."})
    totals = ma.fields.Dict(metadata={"description": "duty, tax, fees, landed and who collects how much."})
    charges = ma.fields.Dict(metadata={"description": "Sums by code."})
    facts = ma.fields.Dict(metadata={"description": "Numbers computed on the way."})
    lines = ma.fields.List(ma.fields.Dict(), metadata={"description": "Every amount with rule, source and inputs."})
    treatments = ma.fields.List(ma.fields.Dict())
    findings = ma.fields.List(ma.fields.Dict(), metadata={"description": "What is missing, restricted or prohibited."})
