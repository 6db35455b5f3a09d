"""Shapes of price lists and of prices that hold for a time in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import CURRENCIES, Amount, ApiSchema, ListOf, Text, instant
from entrepot.catalog.windows import WindowedPrice
from entrepot.kernel.money import Money
from entrepot.pricing.fx import PriceMode

_NUMBER = r"^-?[0-9]{1,6}(\.[0-9]{1,6})?$"


def _number(**options: Any) -> Text:
    return Text(most=20, validators=[ma.validate.Regexp(_NUMBER, error="Write it like 12.5, in quotes.")], **options)


class FollowingSchema(ApiSchema):
    """Prices are those of ``base``, whose tax is held (hold_gross) or whose net amount is (hold_net), converted at the
    newest stored rate, made ``percent`` dearer, and rounded to a step such as "5" or an ending such as "0.99"."""

    base = Text(least=1, most=40, required=True)
    mode = ma.fields.String(required=True, validate=ma.validate.OneOf([mode.value for mode in PriceMode]))
    percent = _number(load_default="0")
    rounding_step = _number(load_default=None, allow_none=True)
    rounding_ending = _number(load_default=None, allow_none=True)


class PriceListInSchema(ApiSchema):
    """A price list. ``tax_rates`` are percents by tax category that its prices are reckoned with."""

    currency = ma.fields.String(required=True, validate=ma.validate.OneOf(CURRENCIES))
    prices_include_tax = ma.fields.Boolean(attribute="includes_tax", required=True)
    tax_rates = ma.fields.Dict(
        keys=Text(least=1, most=40), values=_number(), load_default=dict, validate=ma.validate.Length(max=40)
    )
    follows = ma.fields.Nested(FollowingSchema, load_default=None, allow_none=True)


class PriceListSchema(ApiSchema):
    """``problem`` says why prices were not taken over the last time; empty when they were."""

    code = ma.fields.String(required=True)
    currency = ma.fields.String(required=True)
    prices_include_tax = ma.fields.Boolean(attribute="includes_tax", required=True)
    tax_rates = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    follows = ma.fields.Nested(FollowingSchema, required=True, allow_none=True)
    followed_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    problem = ma.fields.String(required=True)


class PriceListsSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(PriceListSchema), required=True)


class RecomputedSchema(ApiSchema):
    code = ma.fields.String(required=True)
    changed = ma.fields.Integer(required=True)
    problem = ma.fields.String(required=True)


class PriceWindowSchema(ApiSchema):
    amount = Amount(required=True)
    valid_from = instant(required=True)
    valid_until = instant(required=True, allow_none=True)


class PriceWindowInSchema(ApiSchema):
    """From ``valid_from`` until just before ``valid_until``. What names no offset is read on the clocks of the
    request's time zone."""

    amount = Amount(required=True)
    valid_from = ma.fields.DateTime(required=True, format="iso")
    valid_until = ma.fields.DateTime(load_default=None, allow_none=True, format="iso")


class PriceWindowsInSchema(ApiSchema):
    """All windows of the price; they take the place of those that there are."""

    time_zone = Text(least=1, most=60, load_default="UTC")
    windows = ma.fields.List(ma.fields.Nested(PriceWindowInSchema), required=True, validate=ma.validate.Length(max=100))


class WindowedPriceSchema(ApiSchema):
    """``derived`` says where the usual price comes from when the list follows another; empty when it was entered."""

    sku = ma.fields.String(required=True)
    usual = Amount(required=True)
    asked = Amount(required=True)
    derived = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    windows = ListOf(ma.fields.Nested(PriceWindowSchema), of=lambda price: _windows(price), required=True)


def _windows(price: WindowedPrice) -> list[dict[str, object]]:
    currency = price.usual.currency
    return [{**vars(window), "amount": Money(window.amount, currency)} for window in price.windows]
