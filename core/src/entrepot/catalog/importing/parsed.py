"""What the readers of all formats have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from entrepot.catalog.importing.cells import Cells
from entrepot.catalog.importing.failures import RowFailure
from entrepot.catalog.importing.sheets import Row, Sheet
from entrepot.catalog.records import OptionRecord, OptionValueRecord, PriceRecord, ProductRecord, VariantRecord
from entrepot.catalog.rules import slugify

SKU_LENGTH = 100
SLUG_LENGTH = 200
NAME_LENGTH = 300


@dataclass(frozen=True)
class Target:
    """Where prices and stock of the file go, for columns that do not say it themselves."""

    price_list: str
    warehouse: str
    locale: str
    #: Currency per price list.
    currencies: Mapping[str, str]
    warehouses: frozenset[str]

    @property
    def currency(self) -> str:
        return self.currencies[self.price_list]


@dataclass(frozen=True, slots=True)
class Parsed:
    """One product of the file: a record, or the reasons why there is none. ``variant_rows`` are the variants' rows."""

    slug: str
    rows: tuple[Row, ...]
    record: ProductRecord | None
    failures: tuple[RowFailure, ...]
    variant_rows: tuple[int, ...] = ()


class Format(Protocol):
    """A kind of product file."""

    @property
    def name(self) -> str: ...

    def recognises(self, columns: frozenset[str]) -> bool:
        """Whether a file with these columns (in small letters) is of this kind."""
        ...

    def read(self, sheet: Sheet, target: Target) -> Iterator[Parsed]:
        """The file's products one by one. Raises ImportRefused when a column as a whole is wrong."""
        ...


def option_records(names: Sequence[str], locale: str) -> tuple[OptionRecord, ...]:
    codes: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        code = slugify(name) or f"option-{number}"
        codes[code if code not in codes else f"{code}-{number}"] = name
    return tuple(OptionRecord(code, {locale: name}) for code, name in codes.items())


def option_values(options: Sequence[OptionRecord], labels: Sequence[str], locale: str) -> dict[str, OptionValueRecord]:
    return {
        option.code: OptionValueRecord((slugify(label) or label)[:80], {locale: label})
        for option, label in zip(options, labels, strict=True)
        if label
    }


def generated_sku(slug: str, values: Mapping[str, OptionValueRecord]) -> str:
    """The same for the same product and options at every import."""
    sku = "-".join([slug, *(value.value for value in values.values())])
    if len(sku) <= SKU_LENGTH:
        return sku
    return f"{sku[: SKU_LENGTH - 17]}-{hashlib.sha256(sku.encode()).hexdigest()[:16]}"


def price_record(cells: Cells, amount_column: str, compare_column: str, currency: str) -> PriceRecord | None:
    """None when there is no amount; a former price of zero is none."""
    amount = cells.amount(amount_column, currency)
    compare_at = cells.amount(compare_column, currency)
    return PriceRecord(amount, compare_at or None) if amount is not None else None


def refuse_twins(variants: Sequence[tuple[Cells, VariantRecord]], column: str) -> None:
    """No two variants of a product may have the same options."""
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    for cells, variant in variants:
        key = tuple((code, value.value) for code, value in variant.options.items())
        if key in seen:
            cells.refuse(column, f"has the same options as row {seen[key]}.", "Give every variant its own options.")
        seen.setdefault(key, cells.row.number)


def listed(written: str, separator: str = ",") -> tuple[str, ...]:
    """The parts of a list in one cell, each once."""
    return tuple(dict.fromkeys(part.strip() for part in written.split(separator) if part.strip()))


def way(written: str) -> tuple[str, ...]:
    """`Clothing > Shirts` as a way from the top."""
    return listed(written, ">")
