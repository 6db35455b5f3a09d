"""Shapes of promotions, catalogue cuts and exchange rates in the API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import marshmallow as ma

from entrepot.api.fields import CURRENCIES, ApiSchema, Text, names, quantity, texts_by_locale
from entrepot.api.schemas import page_of

_AMOUNT = r"^[0-9]{1,15}(\.[0-9]{1,4})?$"
_PERCENT = r"^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)$"
_CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$"


class AmountByPlace(ma.fields.Field):
    """A decimal text in the base currency, or one per currency or market: {"EUR": "10.00", "uk": "12.00"}."""

    openapi: ClassVar[dict[str, Any]] = {
        "anyOf": [
            {"type": "string", "pattern": _AMOUNT},
            {
                "type": "object",
                "propertyNames": {"maxLength": 20},
                "additionalProperties": {"type": "string", "pattern": _AMOUNT},
            },
        ]
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Any:
        texts = value if isinstance(value, Mapping) else {"": value}
        for key, text in texts.items():
            if len(key) > 20 or not isinstance(text, str) or not _matches(_AMOUNT, text):
                raise ma.ValidationError('Write amounts as texts: "10.00", or {"EUR": "10.00"}.')
        return value


class CategoryMinSchema(ApiSchema):
    category = Text(least=1, most=120, required=True)
    total = AmountByPlace(required=True)


class PluggedSchema(ApiSchema):
    """A condition that a plugin brought, with what was entered for it."""

    id = Text(least=1, most=120, required=True)
    options = ma.fields.Dict(keys=ma.fields.String(), load_default=dict)


class ScopeSchema(ApiSchema):
    """Which units a discount looks at."""

    category = Text(most=120)
    categories = names()
    sku = Text(most=100)
    skus = names()
    min_price = AmountByPlace()
    max_price = AmountByPlace()
    on_discounted = ma.fields.Boolean(truthy={True}, falsy={False})


class ActionSchema(ScopeSchema):
    """One discount."""

    kind = Text(least=1, most=120)
    amount = AmountByPlace()
    amounts = AmountByPlace()
    percent = ma.fields.String(validate=ma.validate.Regexp(_PERCENT, error="Write a number from 0 to 100, in quotes."))
    every = quantity()
    max_units = quantity(least=0)
    max_applications = quantity(least=0)
    options = ma.fields.Dict(keys=ma.fields.String())


class DefinitionSchema(ActionSchema):
    """What the promotion does, and what must be true for it. Several ``actions`` look at the same starting price."""

    actions = ma.fields.List(ma.fields.Nested(ActionSchema), validate=ma.validate.Length(max=20))
    requires_category = Text(most=120)
    requires_any_category = names()
    requires_sku = Text(most=100)
    min_qty = quantity(least=0)
    min_items_total = AmountByPlace()
    category_min = ma.fields.List(ma.fields.Nested(CategoryMinSchema), validate=ma.validate.Length(max=20))
    nth_order = quantity()
    customer_groups = names()
    conditions = ma.fields.List(ma.fields.Nested(PluggedSchema), validate=ma.validate.Length(max=20))


class CutDefinitionSchema(ApiSchema):
    """A catalogue cut: either percent or amount, of everything or of these goods."""

    percent = ma.fields.String(validate=ma.validate.Regexp(_PERCENT, error="Write a number from 0 to 100, in quotes."))
    amount = AmountByPlace()
    sku = Text(most=100)
    skus = names()
    category = Text(most=120)
    categories = names()


class _DatedSchema(ApiSchema):
    label = texts_by_locale(required=True)
    markets = names(each=20, load_default=list)
    priority = ma.fields.Integer(strict=True, load_default=0, validate=ma.validate.Range(min=-1_000_000, max=1_000_000))
    exclusive = ma.fields.Boolean(load_default=False, truthy={True}, falsy={False})
    starts_at = ma.fields.AwareDateTime(load_default=None, allow_none=True)
    ends_at = ma.fields.AwareDateTime(load_default=None, allow_none=True, metadata={"description": "Exclusive."})


class PromotionInSchema(_DatedSchema):
    definition = ma.fields.Nested(DefinitionSchema, required=True)
    enabled = ma.fields.Boolean(load_default=True, truthy={True}, falsy={False})
    coupon = Text(most=60, load_default="")
    usage_limit = quantity(least=0, load_default=None, allow_none=True)
    used = quantity(
        least=0, load_default=None, allow_none=True, metadata={"description": "Uses that were counted elsewhere."}
    )
    per_customer_limit = quantity(least=0, load_default=None, allow_none=True)
    reusable_after_cancel = ma.fields.Boolean(load_default=True, truthy={True}, falsy={False})


class PromotionSchema(ApiSchema):
    code = ma.fields.String(required=True)
    label = texts_by_locale(required=True)
    definition = ma.fields.Dict(keys=ma.fields.String(), required=True)
    markets = ma.fields.List(ma.fields.String(), required=True)
    enabled = ma.fields.Boolean(required=True)
    priority = ma.fields.Integer(required=True)
    exclusive = ma.fields.Boolean(required=True)
    coupon = ma.fields.String(required=True)
    starts_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    ends_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    usage_limit = ma.fields.Integer(required=True, allow_none=True)
    used = ma.fields.Integer(required=True)
    per_customer_limit = ma.fields.Integer(required=True, allow_none=True)
    reusable_after_cancel = ma.fields.Boolean(required=True)


class CutInSchema(_DatedSchema):
    definition = ma.fields.Nested(CutDefinitionSchema, required=True)


class CutSchema(ApiSchema):
    code = ma.fields.String(required=True)
    label = texts_by_locale(required=True)
    definition = ma.fields.Dict(keys=ma.fields.String(), required=True)
    markets = ma.fields.List(ma.fields.String(), required=True)
    priority = ma.fields.Integer(required=True)
    exclusive = ma.fields.Boolean(required=True)
    starts_at = ma.fields.AwareDateTime(required=True)
    ends_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class CutListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(CutSchema), required=True)


class RatesSchema(ApiSchema):
    """What 1 ``base`` is worth in other currencies on a day. The same day and source again changes nothing."""

    base = ma.fields.String(required=True, validate=ma.validate.OneOf(CURRENCIES))
    on = ma.fields.Date(required=True)
    source = Text(least=1, most=60, required=True)
    rates = ma.fields.Dict(
        keys=ma.fields.String(validate=ma.validate.OneOf(CURRENCIES)),
        values=ma.fields.String(validate=ma.validate.Regexp(r"^[0-9]{1,12}(\.[0-9]{1,12})?$")),
        required=True,
        validate=ma.validate.Length(min=1, max=200),
    )


PromotionPageSchema: Any = page_of(PromotionSchema, "PromotionPage")


def is_code(text: str) -> bool:
    """Whether a promotion may be called so in an address."""
    return _matches(_CODE, text)


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None
