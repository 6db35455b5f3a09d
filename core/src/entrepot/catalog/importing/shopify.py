"""Shopify's product CSV, in the headers before and since 2024, and the columns of its inventory CSV.

https://help.shopify.com/en/manual/products/import-export/using-csv

Shopify's own meaning is kept: rows with the same handle make one product, of which the first row says what is common;
rows with only a picture add a picture. An empty inventory tracker means that stock is not counted, whatever the
quantity says, and so does "continue selling when out of stock". Weights are always grams; the unit is for display.
The file has no currency: prices go to the price list that the import names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from entrepot.catalog.importing.cells import Cells, Problems
from entrepot.catalog.importing.parsed import (
    NAME_LENGTH,
    SKU_LENGTH,
    SLUG_LENGTH,
    Parsed,
    Target,
    generated_sku,
    listed,
    option_records,
    option_values,
    price_record,
    refuse_twins,
    way,
)
from entrepot.catalog.importing.sheets import Row, Sheet, column_key
from entrepot.catalog.records import ImageRecord, OptionRecord, ProductRecord, VariantRecord
from entrepot.sdk.tax import GIFT_CARD

#: Our name of a column, and Shopify's.
COLUMNS = {
    "handle": ("handle", "url handle"),
    "body": ("body (html)", "description"),
    "published": ("published", "published on online store"),
    "sku": ("variant sku", "sku"),
    "grams": ("variant grams", "weight value (grams)"),
    "tracker": ("variant inventory tracker", "inventory tracker"),
    "quantity": ("variant inventory qty", "inventory quantity"),
    "policy": ("variant inventory policy", "continue selling when out of stock"),
    "price": ("variant price", "price"),
    "compare at": ("variant compare at price", "compare-at price"),
    "ships": ("variant requires shipping", "requires shipping"),
    "taxable": ("variant taxable", "charge tax"),
    "barcode": ("variant barcode", "barcode"),
    "image": ("image src", "product image url"),
    "variant image": ("variant image", "variant image url"),
    "hs code": ("variant hs code", "variant harmonized system code", "hs code"),
    "origin": ("variant country of origin", "country of origin", "variant coo", "coo"),
    "collection": ("collection", "collections"),
}
OPTIONS = (1, 2, 3)
SELLS_ON = frozenset({"continue", "true"})


@dataclass(frozen=True)
class Shopify:
    name: str = "shopify"

    def recognises(self, columns: frozenset[str]) -> bool:
        old = {"handle", "title"} <= columns and ("variant price" in columns or "option1 value" in columns)
        return old or {"url handle", "title"} <= columns

    def read(self, sheet: Sheet, target: Target) -> Iterator[Parsed]:
        renamed = {theirs: ours for ours, names in COLUMNS.items() for theirs in names}
        titles = {renamed.get(column_key(title), column_key(title)): title for title in sheet.header}
        seen: dict[str, int] = {}
        column = "handle" if "handle" in sheet.columns else "url handle"
        for handle, group in groupby(sheet.rows(), key=lambda row: row.cells.get(column, "").strip()):
            rows = tuple(group)
            problems = Problems(titles)
            variants, record = _product(handle, [Cells(_renamed(row, renamed), problems) for row in rows], target, seen)
            failures = tuple(problems.found)
            yield Parsed(handle, rows, None if failures else record, failures, variants)


def _renamed(row: Row, renamed: Mapping[str, str]) -> Row:
    return Row(row.number, {renamed.get(key, key): value for key, value in row.cells.items()}, row.surplus)


def _product(
    handle: str, all_cells: Sequence[Cells], target: Target, seen: dict[str, int]
) -> tuple[tuple[int, ...], ProductRecord]:
    """The rows of the variants, and the record; it is worth nothing when a cell had a problem."""
    first = all_cells[0]
    _refuse_unusable(handle, first, seen)
    options = _options(first, target.locale)
    variants = [
        (cells, _variant(cells, handle, options, target))
        for cells in all_cells
        if cells is first or any(cells.text(column) for column in ("option1 value", "price", "sku"))
    ]
    refuse_twins(variants, "option1 value")
    record = ProductRecord(
        slug=handle,
        name={target.locale: first.required("title", NAME_LENGTH)},
        description={target.locale: first.text("body")},
        brand=first.text("vendor", 120),
        product_type=first.text("type", 120),
        tags=listed(first.text("tags")),
        categories=_categories(first),
        options=options,
        variants=tuple(variant for _, variant in variants),
        images=_images(all_cells, variants, options, target.locale),
        tax_category=_tax_category(first),
        published=first.flag("published", True) and first.text("status").lower() in ("", "active"),
    )
    return tuple(cells.row.number for cells, _ in variants), record


def _tax_category(first: Cells) -> str:
    if first.flag("gift card", False):
        return GIFT_CARD
    return "standard" if first.flag("taxable", True) else "zero"


def _refuse_unusable(handle: str, first: Cells, seen: dict[str, int]) -> None:
    if not first.required("handle", SLUG_LENGTH):
        return
    if handle in seen:
        first.refuse("handle", f"was used in row {seen[handle]} already.", "Put all rows of a product together.")
    if handle.startswith(".") or any(c in "/?#\\ " or not c.isprintable() for c in handle):
        first.refuse("handle", "cannot be part of an address.", "Use letters, digits and hyphens.")
    seen.setdefault(handle, first.row.number)


def _options(first: Cells, locale: str) -> tuple[OptionRecord, ...]:
    names = [first.text(f"option{number} name", 80) for number in OPTIONS]
    if names[0] in ("", "Title") and first.text("option1 value") in ("", "Default Title"):
        return ()
    return option_records([name for name in names if name], locale)


def _variant(cells: Cells, handle: str, options: Sequence[OptionRecord], target: Target) -> VariantRecord:
    labels = [cells.text(f"option{number} value", 250) for number in OPTIONS[: len(options)]]
    values = option_values(options, labels, target.locale)
    if len(values) < len(options):
        cells.refuse(f"option{labels.index('') + 1} value", "is empty.", "Every variant needs a value for each option.")
    price = price_record(cells, "price", "compare at", target.currency)
    if price is None and not cells.text("price"):
        cells.refuse("price", "is empty.", "Write an amount like 12.50.")
    tracked = bool(cells.text("tracker")) and cells.text("policy").lower() not in SELLS_ON
    quantity = cells.stock("quantity")
    return VariantRecord(
        sku=cells.text("sku", SKU_LENGTH) or generated_sku(handle, values),
        options=values,
        prices={target.price_list: price} if price else {},
        stock={target.warehouse: quantity or 0} if tracked else {},
        weight_g=cells.grams("grams"),
        tracked=tracked,
        barcode=cells.text("barcode", 40).lstrip("'"),
        hs_code=cells.hs_code("hs code"),
        origin_country=cells.country("origin"),
        requires_shipping=cells.flag("ships", True),
    )


def _categories(first: Cells) -> tuple[tuple[str, ...], ...]:
    """By type, else by Shopify's taxonomy; and every collection."""
    own = way(first.text("type")) or way(first.text("product category"))
    return tuple(dict.fromkeys(way for way in (own, *((name,) for name in listed(first.text("collection")))) if way))


def _images(
    all_cells: Sequence[Cells],
    variants: Sequence[tuple[Cells, VariantRecord]],
    options: Sequence[OptionRecord],
    locale: str,
) -> tuple[ImageRecord, ...]:
    """In the order of their positions; pictures of variants belong to the value of the first option."""
    of_value = _pictures_of_values(variants, options)
    written = [cells for cells in all_cells if cells.text("image")]
    written.sort(key=lambda cells: cells.whole("image position") or len(all_cells))
    alt = {cells.text("image"): cells.text("image alt text", 500) for cells in written}
    return tuple(
        ImageRecord(source_url=url, alt={locale: alt[url]} if alt.get(url) else {}, option_value=of_value.get(url, ""))
        for url in dict.fromkeys([*alt, *of_value])
    )


def _pictures_of_values(
    variants: Sequence[tuple[Cells, VariantRecord]], options: Sequence[OptionRecord]
) -> dict[str, str]:
    if not options:
        return {}
    pictures: dict[str, str] = {}
    for cells, variant in variants:
        value = variant.options.get(options[0].code)
        if (url := cells.text("variant image")) and value:
            pictures.setdefault(url, value.value)
    return pictures
