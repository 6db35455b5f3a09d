"""Shapes of markets in the API."""

from __future__ import annotations

import marshmallow as ma

from entrepot.api.fields import CURRENCIES, ApiSchema, ListOf, Text, names, quantity, texts_by_locale
from entrepot.api.schemas import COUNTRY


class MarketSchema(ApiSchema):
    code = ma.fields.String(required=True)
    name = texts_by_locale(required=True)
    currency = ma.fields.String(required=True)
    locales = ma.fields.List(ma.fields.String(), required=True)
    countries = ListOf(ma.fields.String(), of=lambda market: sorted(market.countries), required=True)
    default_country = ma.fields.String(required=True)
    prices_include_tax = ma.fields.Boolean(attribute="includes_tax", required=True)
    time_zone = ma.fields.String(required=True)


class MarketInSchema(ApiSchema):
    """A market as the merchant sets it up. Countries move here from other markets; the price list is made when it is
    missing and keeps its currency."""

    name = texts_by_locale(required=True, validate=ma.validate.Length(min=1))
    currency = ma.fields.String(required=True, validate=ma.validate.OneOf(CURRENCIES))
    locales = names(most=30, each=12, required=True)
    countries = ma.fields.List(
        ma.fields.String(validate=ma.validate.Regexp(COUNTRY, error="Two capital letters: DE.")),
        required=True,
        validate=ma.validate.Length(min=1, max=300),
    )
    default_country = ma.fields.String(required=True, validate=ma.validate.Regexp(COUNTRY, error="Like DE."))
    prices_include_tax = ma.fields.Boolean(attribute="includes_tax", required=True)
    price_list = Text(most=40, load_default="")
    time_zone = Text(least=1, most=60, load_default="UTC")
    tax_rounding = ma.fields.String(
        load_default="per_line", validate=ma.validate.OneOf(["per_line", "per_unit", "per_order"])
    )
    enabled = ma.fields.Boolean(load_default=True)
    position = quantity(least=0, load_default=100)


class MarketListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(MarketSchema), required=True)
