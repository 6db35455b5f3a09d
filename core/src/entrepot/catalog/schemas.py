"""Shapes of products and categories in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import Amount, ApiSchema, Text
from entrepot.api.schemas import PageQuery, ReaderQuery, page_of
from entrepot.catalog.listings import SORTS


class ImageSchema(ApiSchema):
    url = ma.fields.String(required=True)
    alt = ma.fields.String(required=True)
    width = ma.fields.Integer(required=True)
    height = ma.fields.Integer(required=True)


class PriceSchema(ApiSchema):
    """``compare_at`` is the former price that may be struck through; null when there is none."""

    amount = Amount(required=True)
    compare_at = Amount(required=True, allow_none=True)
    includes_tax = ma.fields.Boolean(required=True)


class ProductCardSchema(ApiSchema):
    slug = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    brand = ma.fields.String(required=True)
    image = ma.fields.Nested(ImageSchema, required=True, allow_none=True)
    price = ma.fields.Nested(PriceSchema, required=True, allow_none=True)
    price_varies = ma.fields.Boolean(required=True)
    availability = ma.fields.String(required=True)


class VariantSchema(ApiSchema):
    """``list_price`` is the price before catalogue cuts; ``available`` is null where stock is not counted."""

    sku = ma.fields.String(required=True)
    label = ma.fields.String(required=True)
    options = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    price = ma.fields.Nested(PriceSchema, required=True, allow_none=True)
    list_price = Amount(required=True, allow_none=True)
    availability = ma.fields.String(required=True)
    available = ma.fields.Integer(required=True, allow_none=True)


class OptionValueSchema(ApiSchema):
    value = ma.fields.String(required=True)
    label = ma.fields.String(required=True)


class OptionSchema(ApiSchema):
    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    values = ma.fields.List(ma.fields.Nested(OptionValueSchema), required=True)


class SpecificationSchema(ApiSchema):
    name = ma.fields.String(required=True)
    value = ma.fields.String(required=True)


class ProductSchema(ApiSchema):
    slug = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    summary = ma.fields.String(required=True)
    description_html = ma.fields.String(required=True)
    brand = ma.fields.String(required=True)
    availability = ma.fields.String(required=True)
    origin_country = ma.fields.String(required=True)
    hs_code = ma.fields.String(required=True)
    weight_g = ma.fields.Integer(required=True)
    images = ma.fields.List(ma.fields.Nested(ImageSchema), required=True)
    options = ma.fields.List(ma.fields.Nested(OptionSchema), required=True)
    variants = ma.fields.List(ma.fields.Nested(VariantSchema), required=True)
    specification = ma.fields.List(ma.fields.Nested(SpecificationSchema), required=True)
    categories = ma.fields.List(ma.fields.String(), required=True)


class CategorySchema(ApiSchema):
    slug = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    description = ma.fields.String(required=True)
    parent = ma.fields.String(required=True, allow_none=True)


class CategoryListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(CategorySchema), required=True)


class ProductQuery(PageQuery, ReaderQuery):
    """Which products: of a category, or those that contain the words of ``q``; all when neither is given."""

    category = Text(most=120, load_default="")
    q = Text(most=200, load_default="")
    sort = ma.fields.String(load_default="featured", validate=ma.validate.OneOf(sorted(SORTS)))
    in_stock = ma.fields.Boolean(load_default=False)


ProductPageSchema: Any = page_of(ProductCardSchema, "ProductPage")
