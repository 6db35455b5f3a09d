"""Shapes of products and categories as the merchant edits them."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import AMOUNT_PATTERN, CURRENCIES, ApiSchema, Text, names, quantity, texts_by_locale
from entrepot.api.schemas import PageQuery, page_of

SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
_OPTION = ma.validate.Regexp(r"^[a-z0-9_-]{1,60}$", error="Small letters, digits, - and _: colour.")
_AMOUNT = ma.validate.Regexp(AMOUNT_PATTERN, error="Write it like 19.90, in quotes.")
_COUNTRY = ma.validate.Regexp(r"^([A-Z]{2})?$", error="Two capital letters: DE.")
_HS_CODE = ma.validate.Regexp(r"^([0-9]{6,12})?$", error="6 to 12 digits such as 610910.")
_MOST = 500


class OptionInSchema(ApiSchema):
    code = ma.fields.String(required=True, validate=_OPTION)
    name = texts_by_locale(required=True)


class OptionValueInSchema(ApiSchema):
    """What a variant is: the value of one option."""

    option = ma.fields.String(required=True, validate=_OPTION)
    value = Text(least=1, most=80, required=True)
    label = texts_by_locale(load_default=dict)
    swatch = Text(most=20, load_default="")


class ListPriceSchema(ApiSchema):
    """``compare_at`` is the former price to strike through, where the law allows it."""

    price_list = Text(least=1, most=40, required=True)
    amount = ma.fields.String(required=True, validate=_AMOUNT)
    compare_at = ma.fields.String(load_default=None, allow_none=True, validate=_AMOUNT)
    currency = ma.fields.String(dump_only=True, validate=ma.validate.OneOf(CURRENCIES))


class VariantInSchema(ApiSchema):
    """What is sold. Price lists that are not named keep their price."""

    sku = Text(least=1, most=100, required=True)
    options = ma.fields.List(
        ma.fields.Nested(OptionValueInSchema), load_default=list, validate=ma.validate.Length(max=10)
    )
    prices = ma.fields.List(ma.fields.Nested(ListPriceSchema), load_default=list, validate=ma.validate.Length(max=100))
    weight_g = quantity(least=0, most=100_000_000, load_default=0)
    tracked = ma.fields.Boolean(load_default=True)
    barcode = Text(most=40, load_default="")
    hs_code = ma.fields.String(load_default="", validate=_HS_CODE)
    origin_country = ma.fields.String(load_default="", validate=_COUNTRY)
    requires_shipping = ma.fields.Boolean(load_default=True)


class SpecificationInSchema(ApiSchema):
    name = texts_by_locale(required=True)
    value = texts_by_locale(required=True)


class ProductInSchema(ApiSchema):
    """A whole product. Variants that are not named are no longer sold; pictures stay as they are."""

    name = texts_by_locale(most=300, required=True, validate=ma.validate.Length(min=1))
    summary = texts_by_locale(load_default=dict)
    description = texts_by_locale(
        most=50_000, lines=True, load_default=dict, metadata={"description": "HTML by locale; cleaned when saved."}
    )
    brand = Text(most=120, load_default="")
    product_type = Text(most=120, load_default="")
    tags = names(load_default=list)
    categories = names(most=50, load_default=list, metadata={"description": "Slugs of the lowest categories."})
    options = ma.fields.List(ma.fields.Nested(OptionInSchema), load_default=list, validate=ma.validate.Length(max=10))
    variants = ma.fields.List(
        ma.fields.Nested(VariantInSchema), required=True, validate=ma.validate.Length(min=1, max=_MOST)
    )
    specification = ma.fields.List(
        ma.fields.Nested(SpecificationInSchema), load_default=list, validate=ma.validate.Length(max=100)
    )
    tax_category = Text(least=1, most=40, load_default="standard")
    origin_country = ma.fields.String(load_default="", validate=_COUNTRY)
    hs_code = ma.fields.String(load_default="", validate=_HS_CODE)
    customs_description = Text(most=250, load_default="")
    materials = Text(most=250, load_default="")
    published = ma.fields.Boolean(load_default=True)
    position = quantity(least=0, load_default=100)


class ProductRecordSchema(ProductInSchema):
    slug = ma.fields.String(required=True)
    updated_at = ma.fields.DateTime(required=True)


class RecordRowSchema(ApiSchema):
    slug = ma.fields.String(required=True)
    name = texts_by_locale(required=True)
    published = ma.fields.Boolean(required=True)
    updated_at = ma.fields.DateTime(required=True)


class RecordQuery(PageQuery):
    """``q`` is in a name, or is the slug or a SKU."""

    q = Text(most=100, load_default="")


class CategoryInSchema(ApiSchema):
    """``parent`` is the slug of the category above; empty for the top."""

    name = texts_by_locale(most=200, required=True, validate=ma.validate.Length(min=1))
    description = texts_by_locale(most=20_000, lines=True, load_default=dict)
    parent = Text(most=120, load_default="")
    position = quantity(least=0, load_default=100)


class CategoryRecordSchema(CategoryInSchema):
    slug = ma.fields.String(required=True)


RecordPageSchema: Any = page_of(RecordRowSchema, "ProductRecordPage")
