"""WooCommerce's product CSV, as its built-in exporter writes it.

https://github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema

Variations name their parent by `id:123` or by SKU and may stand anywhere in the file. A blank stock means that stock is
not counted, unless "In stock?" says 0. A sale price is taken when it has no dates; a dated one would not end here, so
the regular price is taken instead. Grouped and external products, variations for "any" value and stock that variations
share with their parent have no counterpart here and are refused by row.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from entrepot.catalog.importing.cells import GRAMS, Cells, Problems
from entrepot.catalog.importing.failures import ImportRefused
from entrepot.catalog.importing.parsed import (
    NAME_LENGTH,
    SKU_LENGTH,
    SLUG_LENGTH,
    Parsed,
    Target,
    generated_sku,
    option_records,
    option_values,
    refuse_twins,
    way,
)
from entrepot.catalog.importing.sheets import Row, Sheet, column_key
from entrepot.catalog.records import ImageRecord, OptionRecord, PriceRecord, ProductRecord, VariantRecord
from entrepot.catalog.rules import slugify

TAX_CATEGORIES = {"": "standard", "standard": "standard", "reduced-rate": "reduced", "zero-rate": "zero"}
GTIN = "gtin, upc, ean, or isbn"
SELLABLE = frozenset({"simple", "variable"})
REFUSED = {
    "grouped": "Import its products on their own.",
    "external": "It is sold elsewhere.",
}
_SEPARATOR = re.compile(r"(?<!\\),")


@dataclass
class _File:
    """What is needed of the whole file to read one product."""

    target: Target
    titles: Mapping[str, str]
    weight_column: str
    weight_unit: str
    attributes: tuple[int, ...]
    variations: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    slugs: set[str] = field(default_factory=set)

    def children_of(self, parent: Row) -> list[Row]:
        """The variations of this parent; each is handed out once."""
        by_id = self.variations.pop(f"id:{parent.cells.get('id', '').strip()}", [])
        sku = parent.cells.get("sku", "").strip()
        by_sku = self.variations.pop(sku, []) if sku else []
        return sorted([*by_id, *by_sku], key=lambda row: row.number)

    def free_slug(self, cells: Cells) -> str:
        """From the name; a name that was used already is told apart by SKU or id."""
        name = slugify(cells.text("name"))[: SLUG_LENGTH - 60] or "product"
        apart = slugify(cells.text("sku") or cells.text("id"))[:59] or str(cells.row.number)
        slug = name if name not in self.slugs else f"{name}-{apart}"
        self.slugs.add(slug)
        return slug


@dataclass(frozen=True)
class WooCommerce:
    name: str = "woocommerce"

    def recognises(self, columns: frozenset[str]) -> bool:
        return {"type", "sku", "name", "regular price"} <= columns

    def read(self, sheet: Sheet, target: Target) -> Iterator[Parsed]:
        file = _file(sheet, target)
        for row in sheet.rows():
            if "variation" in _types(row):
                file.variations[row.cells.get("parent", "").strip()].append(_only_filled(row))
        for row in sheet.rows():
            if "variation" not in _types(row):
                yield _product(row, file)
        for orphans in file.variations.values():
            for row in orphans:
                yield _orphan(row, file)


def _file(sheet: Sheet, target: Target) -> _File:
    titles = {column_key(title): title for title in sheet.header}
    weight = next((key for key in titles if key.startswith("weight (")), "weight (kg)")
    unit = weight.removeprefix("weight (").rstrip(")")
    if unit not in GRAMS:
        raise ImportRefused(f"The column {titles[weight]!r} is in no known unit. Use one of {', '.join(GRAMS)}.")
    numbers = (re.fullmatch(r"attribute (\d+) name", key) for key in titles)
    return _File(target, titles, weight, unit, tuple(int(found[1]) for found in numbers if found))


def _types(row: Row) -> set[str]:
    return {part.strip() for part in row.cells.get("type", "").lower().split(",")}


def _only_filled(row: Row) -> Row:
    """Without empty cells: all variations of the file are held in memory."""
    return Row(row.number, {key: value for key, value in row.cells.items() if value}, row.surplus)


def _orphan(row: Row, file: _File) -> Parsed:
    problems = Problems(file.titles)
    Cells(row, problems).refuse("parent", "is not in this file.", "Export the parent together with its variations.")
    return Parsed("", (row,), None, tuple(problems.found))


def _product(row: Row, file: _File) -> Parsed:
    problems = Problems(file.titles)
    cells = Cells(row, problems)
    children = file.children_of(row)
    slug = file.free_slug(cells)
    _refuse_unsellable(cells, children)
    if problems.found:
        return Parsed(slug, (row, *children), None, tuple(problems.found))
    parts = [Cells(child, problems) for child in children] or [cells]
    options, per_variant = _options(cells, [part for part in parts if part is not cells], file)
    variants = [
        (part, _variant(part, cells, slug, options, labels, file))
        for part, labels in zip(parts, per_variant, strict=True)
    ]
    refuse_twins(variants, f"attribute {file.attributes[0]} value(s)" if file.attributes else "name")
    record = _record(cells, slug, options, variants, file)
    failures = tuple(problems.found)
    rows = (row, *children)
    return Parsed(slug, rows, None if failures else record, failures, tuple(part.row.number for part in parts))


def _record(
    cells: Cells,
    slug: str,
    options: tuple[OptionRecord, ...],
    variants: Sequence[tuple[Cells, VariantRecord]],
    file: _File,
) -> ProductRecord:
    locale = file.target.locale
    return ProductRecord(
        slug=slug,
        name={locale: cells.required("name", NAME_LENGTH)},
        summary={locale: cells.text("short description")},
        description={locale: cells.text("description")},
        brand=cells.text("brands", 120),
        tags=_split(cells.text("tags")),
        categories=tuple(found for part in _split(cells.text("categories")) if (found := way(part))),
        options=options,
        variants=tuple(variant for _, variant in variants),
        images=_images(cells, variants, options),
        specification=_specification(cells, options, file),
        tax_category=_tax_category(cells),
        published=cells.text("published") in ("", "1") and cells.text("visibility in catalog") != "hidden",
    )


def _refuse_unsellable(cells: Cells, children: Sequence[Row]) -> None:
    types = _types(cells.row)
    for kind in sorted(types & REFUSED.keys()):
        cells.refuse("type", "is not sold here.", REFUSED[kind])
    if not types & (SELLABLE | REFUSED.keys()):
        cells.refuse("type", "is no type of product.", "Write simple, variable or variation.")
    if "variable" in types and not children:
        cells.refuse("type", "has no variations in this file.", "Export its variations with it.")


def _options(
    parent: Cells, children: Sequence[Cells], file: _File
) -> tuple[tuple[OptionRecord, ...], list[tuple[str, ...]]]:
    """The parent's attributes in which its variations differ, and each variation's values for them."""
    if not children:
        return (), [()]
    written = [_attributes(child, file) for child in children]
    names = [name for name in _attributes(parent, file) if any(name in attributes for attributes in written)]
    for child, attributes in zip(children, written, strict=True):
        if any(not attributes.get(name) for name in names) or not names:
            child.refuse("name", "stands for any value of an attribute.", "Make one variation for each value.")
    values = [tuple(attributes.get(name, "") for name in names) for attributes in written]
    return option_records(names, file.target.locale), values


def _attributes(cells: Cells, file: _File) -> dict[str, str]:
    named = ((cells.text(f"attribute {number} name", 80), number) for number in file.attributes)
    return {name: value for name, number in named if name and (value := cells.text(f"attribute {number} value(s)"))}


def _variant(
    cells: Cells, parent: Cells, slug: str, options: Sequence[OptionRecord], labels: Sequence[str], file: _File
) -> VariantRecord:
    values = option_values(options, labels, file.target.locale)
    price = _price(cells, file.target.currency)
    stock = _stock(cells)
    weighed = cells if cells.text(file.weight_column) else parent
    return VariantRecord(
        sku=cells.text("sku", SKU_LENGTH) or generated_sku(slug, values),
        options=values,
        prices={file.target.price_list: price} if price else {},
        stock={file.target.warehouse: stock} if stock is not None else {},
        weight_g=weighed.grams(file.weight_column, file.weight_unit),
        tracked=stock is not None,
        barcode=cells.text(GTIN, 40),
        requires_shipping=not _types(cells.row) & {"virtual", "downloadable"},
    )


def _price(cells: Cells, currency: str) -> PriceRecord | None:
    regular = cells.amount("regular price", currency)
    sale = cells.amount("sale price", currency)
    dated = cells.text("date sale price starts") or cells.text("date sale price ends")
    if regular is None:
        if not cells.text("regular price"):
            cells.refuse("regular price", "is empty.", "Write an amount like 12.50.")
        return None
    return PriceRecord(regular) if sale is None or dated else PriceRecord(sale, regular)


def _stock(cells: Cells) -> int | None:
    """None when stock is not counted or may be oversold."""
    if cells.text("stock").lower() == "parent":
        cells.refuse("stock", "is shared with the parent.", "Give each variation its own stock.")
        return None
    if cells.text("backorders allowed?").lower() in ("1", "notify"):
        return None
    if not cells.text("stock"):
        return 0 if cells.text("in stock?") == "0" else None
    return cells.stock("stock")


def _tax_category(cells: Cells) -> str:
    if cells.text("tax status").lower() == "none":
        return "zero"
    written = cells.text("tax class").lower()
    return TAX_CATEGORIES.get(written, slugify(written)[:40])


def _specification(
    cells: Cells, options: Sequence[OptionRecord], file: _File
) -> tuple[tuple[Mapping[str, str], Mapping[str, str]], ...]:
    """Attributes that no variation differs in."""
    locale = file.target.locale
    chosen = {option.name[locale] for option in options}
    return tuple(
        ({locale: name}, {locale: ", ".join(_split(value))})
        for name, value in _attributes(cells, file).items()
        if name not in chosen
    )


def _images(
    cells: Cells, variants: Sequence[tuple[Cells, VariantRecord]], options: Sequence[OptionRecord]
) -> tuple[ImageRecord, ...]:
    """The parent's pictures; those of variations belong to their value of the first option."""
    pictures = dict.fromkeys(_split(cells.text("images")), "")
    for part, variant in variants:
        if options and part is not cells and (value := variant.options.get(options[0].code)):
            for url in _split(part.text("images")):
                pictures[url] = pictures.get(url) or value.value
    return tuple(ImageRecord(source_url=url, option_value=value) for url, value in pictures.items())


def _split(written: str) -> tuple[str, ...]:
    r"""The parts of a list; `\,` is a comma within one."""
    parts = (part.replace("\\,", ",").strip() for part in _SEPARATOR.split(written))
    return tuple(dict.fromkeys(part for part in parts if part))
