"""Shapes of markets in the API."""

from __future__ import annotations

import marshmallow as ma

from entrepot.api.fields import ApiSchema, ListOf, texts_by_locale


class MarketSchema(ApiSchema):
    code = ma.fields.String(required=True)
    name = texts_by_locale(required=True)
    currency = ma.fields.String(required=True)
    locales = ma.fields.List(ma.fields.String(), required=True)
    countries = ListOf(ma.fields.String(), of=lambda market: sorted(market.countries), required=True)
    default_country = ma.fields.String(required=True)
    prices_include_tax = ma.fields.Boolean(attribute="includes_tax", required=True)
    time_zone = ma.fields.String(required=True)


class MarketListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(MarketSchema), required=True)
