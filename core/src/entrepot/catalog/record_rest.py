"""Products and categories in the API as the merchant edits them: every language, every price list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from entrepot import web
from entrepot.api import context, paging
from entrepot.api.errors import FieldsInvalid, NotFound
from entrepot.api.operations import Resource
from entrepot.catalog import service
from entrepot.catalog.record_queries import StoredRecord, category_record, record_rows, stored_record, way_to
from entrepot.catalog.record_schemas import (
    SLUG,
    CategoryInSchema,
    CategoryRecordSchema,
    ProductInSchema,
    ProductRecordSchema,
    RecordPageSchema,
    RecordQuery,
)
from entrepot.catalog.records import (
    OptionRecord,
    OptionValueRecord,
    PriceRecord,
    ProductRecord,
    VariantRecord,
)
from entrepot.kernel.country import country_code
from entrepot.kernel.money import InvalidAmount, Money
from entrepot.markets.queries import PriceListView, price_lists

records = Resource("Product records", __name__, "Products and categories as they are edited, in every language.")
resources = (records,)

_VIEW, _EDIT = "catalog.view", "catalog.edit"
_LONGEST_BODY = 4 * 1024 * 1024


@records.operation("GET", "/product-records", answer=RecordPageSchema, query=RecordQuery, scope=_VIEW)
def list_product_records(query: dict[str, Any]) -> dict[str, Any]:
    """All products, published or not"""
    after, limit = int(paging.unwrap_number(query["cursor"]) or 0), query["limit"]
    rows = record_rows(q=query["q"], after=after, limit=limit + 1)
    return paging.page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


@records.operation("GET", "/product-records/<slug>", answer=ProductRecordSchema, scope=_VIEW)
def read_product_record(slug: str) -> dict[str, Any]:
    """One product as it is edited"""
    return _json(slug)


@records.operation(
    "PUT", "/product-records/<slug>", answer=ProductRecordSchema, body=ProductInSchema, scope=_EDIT,
    versioned="read_product_record", largest_body=_LONGEST_BODY,
)  # fmt: skip
def save_product_record(body: dict[str, Any], slug: str) -> dict[str, Any]:
    """Create a product, or replace it; its pictures and its stock stay"""
    _check(slug, longest=200)
    known = stored_record(slug)
    record = _record(slug, body, known)
    service.save_product(web.runtime(), record, reference="api", actor=context.actor())
    return _json(slug)


@records.operation("GET", "/category-records/<slug>", answer=CategoryRecordSchema, scope=_VIEW)
def read_category_record(slug: str) -> dict[str, Any]:
    """One category as it is edited"""
    return _category(slug)


@records.operation(
    "PUT", "/category-records/<slug>", answer=CategoryRecordSchema, body=CategoryInSchema, scope=_EDIT,
    versioned="read_category_record",
)  # fmt: skip
def save_category_record(body: dict[str, Any], slug: str) -> dict[str, Any]:
    """Create a category, or change it"""
    _check(slug, longest=120)
    service.save_category(web.runtime(), slug=slug, **body)
    return _category(slug)


def _record(slug: str, body: dict[str, Any], known: StoredRecord | None) -> ProductRecord:
    options = tuple(OptionRecord(option["code"], option["name"]) for option in body.pop("options"))
    lists = price_lists()
    return ProductRecord(
        **{
            **body,
            "slug": slug,
            "tags": tuple(body["tags"]),
            "categories": tuple(_ways(body["categories"])),
            "options": options,
            "variants": tuple(_variants(body["variants"], options, lists)),
            "images": known.record.images if known else (),
            "specification": tuple((line["name"], line["value"]) for line in body["specification"]),
            "origin_country": _country(body["origin_country"]),
        }
    )


def _ways(slugs: list[str]) -> Iterator[tuple[str, ...]]:
    for slug in slugs:
        way = way_to(slug)
        if way is None:
            raise FieldsInvalid({"categories": [f"There is no category '{slug}'. Make it first."]})
        yield way


def _variants(
    bodies: list[dict[str, Any]], options: tuple[OptionRecord, ...], lists: Mapping[str, PriceListView]
) -> Iterator[VariantRecord]:
    codes = {option.code for option in options}
    taken: set[str] = set()
    for body in bodies:
        chosen = {value["option"]: value for value in body["options"]}
        if body["sku"] in taken or set(chosen) != codes:
            raise FieldsInvalid(
                {"variants": [f"SKU '{body['sku']}' needs to be there once, with a value for each option."]}
            )
        taken.add(body["sku"])
        values = {
            code: OptionValueRecord(value["value"], value["label"] or {"en": value["value"]}, value["swatch"])
            for code, value in chosen.items()
        }
        prices = {price["price_list"]: _price(price, lists) for price in body["prices"]}
        country = _country(body["origin_country"])
        yield VariantRecord(**{**body, "options": values, "prices": prices, "origin_country": country})


def _price(body: dict[str, Any], lists: Mapping[str, PriceListView]) -> PriceRecord:
    found = lists.get(body["price_list"])
    if found is None:
        raise FieldsInvalid({"variants": [f"There is no price list '{body['price_list']}'."]})
    try:
        amount = Money.exactly(body["amount"], found.currency)
        former = Money.exactly(body["compare_at"], found.currency) if body["compare_at"] else None
    except InvalidAmount as error:
        raise FieldsInvalid({"variants": [str(error)]}) from None
    if amount.minor < 0 or (former and former.minor < 0):
        raise FieldsInvalid({"variants": ["A price is not below zero."]})
    return PriceRecord(amount.minor, former.minor if former else None)


def _country(written: str) -> str:
    return country_code(written) if written else ""


def _json(slug: str) -> dict[str, Any]:
    found = stored_record(slug)
    if found is None:
        raise NotFound(f"product '{slug}'")
    currencies = {one.code: one.currency for one in price_lists().values()}
    record = found.record
    return {
        **{name: getattr(record, name) for name in ProductInSchema().fields if hasattr(record, name)},
        "slug": record.slug,
        "updated_at": found.updated_at,
        "categories": found.categories,
        "specification": [{"name": name, "value": value} for name, value in record.specification],
        "variants": [_variant_json(variant, currencies) for variant in record.variants],
    }


def _variant_json(variant: VariantRecord, currencies: Mapping[str, str]) -> dict[str, Any]:
    names = ("sku", "weight_g", "tracked", "barcode", "hs_code", "origin_country", "requires_shipping")
    return {
        **{name: getattr(variant, name) for name in names},
        "options": [
            {"option": code, "value": value.value, "label": value.label, "swatch": value.swatch}
            for code, value in variant.options.items()
        ],
        "prices": [_price_json(code, price, currencies[code]) for code, price in sorted(variant.prices.items())],
    }


def _price_json(code: str, price: PriceRecord, currency: str) -> dict[str, Any]:
    former = Money(price.compare_at, currency) if price.compare_at is not None else None
    return {
        "price_list": code,
        "amount": str(Money(price.amount, currency).decimal),
        "compare_at": str(former.decimal) if former else None,
        "currency": currency,
    }


def _category(slug: str) -> dict[str, Any]:
    found = category_record(slug)
    if found is None:
        raise NotFound(f"category '{slug}'")
    return found


def _check(slug: str, *, longest: int) -> None:
    if len(slug) > longest or not re.fullmatch(SLUG, slug):
        raise FieldsInvalid({"slug": [f"Small letters, digits and hyphens, at most {longest}: linen-shirt."]})
