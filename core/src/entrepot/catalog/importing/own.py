"""Our own product table, as CSV or as the first sheet of an XLSX workbook.

One row per variant; rows with the same slug stand together, and the first of them says what is common. Columns:

- product: ``slug`` and ``name`` are required; ``summary``, ``description`` (HTML), ``brand``, ``type``, ``tags``
  (separated by commas), ``category`` (``Clothing > Shirts``, several separated by semicolons), ``tax_category``,
  ``materials``, ``customs_description``, ``published``, ``position``, ``images`` (addresses separated by spaces);
- texts by language: ``name.de``, ``summary.zh-Hans``, ``description.fr``; without a language they are in the import's;
- variant: ``option:Size`` for an option called Size, ``sku`` (made from slug and options when empty), ``price``,
  ``compare_at``, ``stock``, ``weight_g``, ``tracked``, ``barcode``, ``hs_code``, ``origin_country``,
  ``requires_shipping``, ``image`` (the picture for the value of the first option);
- ``price:eu`` and ``compare_at:eu`` per price list, ``stock:hamburg`` per warehouse.

A variant with a number in a stock column is tracked unless ``tracked`` says false. An unknown column is refused, since
it is most often a known one with a typing error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from entrepot.catalog.importing.cells import Cells, Problems
from entrepot.catalog.importing.failures import ImportRefused
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
from entrepot.catalog.importing.sheets import FAILED_REASON, FAILED_ROW, Row, Sheet, column_key
from entrepot.catalog.records import ImageRecord, OptionRecord, PriceRecord, ProductRecord, VariantRecord
from entrepot.catalog.rules import slugify

TEXTS = ("name", "summary", "description")
_PLAIN = (
    "slug name summary description brand type tags category tax_category materials customs_description published "
    "position images sku price compare_at stock weight_g tracked barcode hs_code origin_country requires_shipping "
    "image"
)
PLAIN = frozenset(_PLAIN.split())
ADDED = frozenset({FAILED_ROW, FAILED_REASON})


@dataclass(frozen=True)
class _Columns:
    """Which column holds what, read off the header once."""

    titles: Mapping[str, str]
    target: Target
    #: {"name": {"de": "name.de"}}
    texts: Mapping[str, Mapping[str, str]]
    #: {"Size": "option:size"}
    options: Mapping[str, str]
    #: {"eu": ("price:eu", "compare_at:eu")}
    prices: Mapping[str, tuple[str, str]]
    #: {"hamburg": "stock:hamburg"}
    stock: Mapping[str, str]
    seen: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Own:
    name: str = "entrepot"

    def recognises(self, columns: frozenset[str]) -> bool:
        return "slug" in columns and any(column.split(".")[0] == "name" for column in columns)

    def read(self, sheet: Sheet, target: Target) -> Iterator[Parsed]:
        columns = _columns(sheet, target)
        for slug, group in groupby(sheet.rows(), key=lambda row: row.cells.get("slug", "").strip()):
            yield _product(slug, tuple(group), columns)


def _columns(sheet: Sheet, target: Target) -> _Columns:
    titles = {column_key(title): title for title in sheet.header if title}
    texts: dict[str, dict[str, str]] = {text: {} for text in TEXTS}
    options: dict[str, str] = {}
    prices = {target.price_list: ("price", "compare_at")} if "price" in titles else {}
    stock = {target.warehouse: "stock"} if "stock" in titles else {}
    for key, title in titles.items():
        kind, _, detail = title.partition("." if key.split(".")[0] in TEXTS else ":")
        kind, detail = kind.strip().lower(), detail.strip()
        if kind in TEXTS:
            texts[kind][detail or target.locale] = key
        elif kind == "option" and detail:
            options[detail] = key
        elif kind in ("price", "compare_at") and detail:
            _known(title, detail, target.currencies, "price list")
            prices[detail] = (f"price:{detail}".lower(), f"compare_at:{detail}".lower())
        elif kind == "stock" and detail:
            _known(title, detail, target.warehouses, "warehouse")
            stock[detail] = key
        elif key not in PLAIN | ADDED:
            raise ImportRefused(f"The column {title!r} is not known. Known: {', '.join(sorted(PLAIN))}, option:….")
    return _Columns(titles, target, texts, options, prices, stock)


def _known(title: str, code: str, known: Mapping[str, str] | frozenset[str], what: str) -> None:
    if code not in known:
        raise ImportRefused(f"The column {title!r} names no {what}. Known: {', '.join(sorted(known)) or 'none yet'}.")


def _product(slug: str, rows: tuple[Row, ...], columns: _Columns) -> Parsed:
    problems = Problems(columns.titles)
    all_cells = [Cells(row, problems) for row in rows]
    first = all_cells[0]
    _refuse_unusable(slug, first, columns)
    options = option_records([name for name, key in columns.options.items() if _used(key, rows)], columns.target.locale)
    variants = [(cells, _variant(cells, slug, options, columns)) for cells in all_cells]
    refuse_twins(variants, next(iter(columns.options.values()), "sku"))
    record = ProductRecord(
        slug=slug,
        name=_texts(first, columns.texts["name"], NAME_LENGTH),
        summary=_texts(first, columns.texts["summary"]),
        description=_texts(first, columns.texts["description"]),
        brand=first.text("brand", 120),
        product_type=first.text("type", 120),
        tags=listed(first.text("tags")),
        categories=tuple(found for part in listed(first.text("category"), ";") if (found := way(part))),
        options=options,
        variants=tuple(variant for _, variant in variants),
        images=_images(all_cells, variants, options),
        tax_category=first.text("tax_category", 40) or "standard",
        materials=first.text("materials", 250),
        customs_description=first.text("customs_description", 250),
        published=first.flag("published", True),
        position=_position(first),
    )
    if not record.name:
        first.refuse(next(iter(columns.texts["name"].values())), "is empty.", "Every product needs a name.")
    failures = tuple(problems.found)
    return Parsed(slug, rows, None if failures else record, failures, tuple(row.number for row in rows))


def _refuse_unusable(slug: str, first: Cells, columns: _Columns) -> None:
    if not first.required("slug", SLUG_LENGTH):
        return
    if slug in columns.seen:
        first.refuse("slug", f"was used in row {columns.seen[slug]} already.", "Put all rows of a product together.")
    if slug != slugify(slug):
        first.refuse("slug", "cannot be part of an address.", f"Write {slugify(slug) or 'letters and digits'}.")
    columns.seen.setdefault(slug, first.row.number)


def _used(key: str, rows: tuple[Row, ...]) -> bool:
    return any(row.cells.get(key, "").strip() for row in rows)


def _texts(cells: Cells, columns: Mapping[str, str], longest: int = 0) -> dict[str, str]:
    return {locale: value for locale, key in columns.items() if (value := cells.text(key, longest))}


def _position(first: Cells) -> int:
    position = first.whole("position")
    return 100 if position is None else position


def _variant(cells: Cells, slug: str, options: tuple[OptionRecord, ...], columns: _Columns) -> VariantRecord:
    keys = [columns.options[option.name[columns.target.locale]] for option in options]
    values = option_values(options, [cells.text(key, 250) for key in keys], columns.target.locale)
    for option, key in zip(options, keys, strict=True):
        if option.code not in values:
            cells.refuse(key, "is empty.", "Every variant of a product needs a value for each of its options.")
    stock = {code: pieces for code, key in columns.stock.items() if (pieces := cells.stock(key)) is not None}
    tracked = cells.flag("tracked", bool(stock))
    return VariantRecord(
        sku=cells.text("sku", SKU_LENGTH) or generated_sku(slug, values),
        options=values,
        prices=_prices(cells, columns),
        stock=stock if tracked else {},
        weight_g=cells.grams("weight_g"),
        tracked=tracked,
        barcode=cells.text("barcode", 40),
        hs_code=cells.hs_code("hs_code"),
        origin_country=cells.country("origin_country"),
        requires_shipping=cells.flag("requires_shipping", True),
    )


def _prices(cells: Cells, columns: _Columns) -> dict[str, PriceRecord]:
    currencies = columns.target.currencies
    found = {code: price_record(cells, *keys, currencies[code]) for code, keys in columns.prices.items()}
    return {code: price for code, price in found.items() if price is not None}


def _images(
    all_cells: list[Cells], variants: list[tuple[Cells, VariantRecord]], options: tuple[OptionRecord, ...]
) -> tuple[ImageRecord, ...]:
    pictures = {url: "" for cells in all_cells for url in cells.text("images").split()}
    for cells, variant in variants:
        value = variant.options.get(options[0].code) if options else None
        if url := cells.text("image"):
            pictures[url] = value.value if value else ""
    return tuple(ImageRecord(source_url=url, option_value=value) for url, value in pictures.items())
