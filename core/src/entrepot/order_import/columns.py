"""Which column of a channel's file means what: guessed from its header, set by hand, or taken from a profile. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from entrepot.catalog.importing.failures import ImportRefused
from entrepot.catalog.importing.sheets import FAILED_REASON, FAILED_ROW, Row, Sheet, column_key
from entrepot.kernel.texts import N_

#: Begins a value that holds for every row, where a column's title would stand.
ALWAYS = "="
LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class Field:
    """Something that an order or its line has. ``names`` are titles that channels give the column."""

    name: str
    label: str
    names: tuple[str, ...] = ()
    is_required: bool = False


FIELDS = (
    Field(
        "reference",
        N_("Order reference"),
        ("order reference", "order id", "order-id", "order number", "invoiceno", "name"),
        is_required=True,
    ),
    Field("sku", N_("SKU"), ("seller sku", "lineitem sku", "stockcode", "item sku"), is_required=True),
    Field("quantity", N_("Pieces"), ("quantity-purchased", "lineitem quantity", "qty"), is_required=True),
    Field(
        "unit_price",
        N_("Price paid for a piece"),
        ("unit price", "unitprice", "lineitem price", "price", "price paid"),
        is_required=True,
    ),
    Field("country", N_("Country"), ("ship-country", "shipping country", "country code"), is_required=True),
    Field("email", N_("E-mail"), ("e-mail", "buyer-email", "buyer email", "buyer e-mail"), is_required=True),
    Field("currency", N_("Currency"), ("currency code",)),
    Field("shipping", N_("Delivery fee of the order"), ("shipping price", "shipping-price")),
    Field("placed_at", N_("Placed"), ("placed at", "purchase-date", "created at", "order date", "invoicedate", "date")),
    Field("paid", N_("Paid"), ("is paid", "payment status", "financial status")),
    Field("name", N_("Name of the receiver"), ("recipient-name", "shipping name", "recipient", "full name")),
    Field("company", N_("Company"), ("shipping company",)),
    Field("street", N_("Street and number"), ("ship-address-1", "shipping address1", "address", "address 1")),
    Field("street2", N_("Flat, building, floor"), ("ship-address-2", "shipping address2", "address 2")),
    Field("postcode", N_("Postcode"), ("ship-postal-code", "shipping zip", "postal code", "zip")),
    Field("city", N_("City"), ("ship-city", "shipping city", "town")),
    Field("region", N_("Region"), ("ship-state", "shipping province", "state", "province")),
    Field("phone", N_("Telephone"), ("ship-phone-number", "shipping phone", "telephone")),
)
BY_NAME = {each.name: each for each in FIELDS}


class ColumnsMissing(ImportRefused):
    """Nobody said which columns hold what every order needs. ``columns`` is what could be guessed."""

    def __init__(self, file_name: str, missing: Sequence[str], columns: Mapping[str, str]) -> None:
        self.columns = dict(columns)
        super().__init__(
            f"{file_name}: no column was found for {', '.join(missing)}. Name the columns, or use a profile that does."
        )


@dataclass(frozen=True)
class Columns:
    """Where each field comes from: ``keys`` are columns, ``always`` values that hold for every row."""

    keys: Mapping[str, str]
    always: Mapping[str, str] = field(default_factory=dict)

    def of(self, row: Row) -> Row:
        """The row with its cells named by field."""
        cells = {name: row.cells.get(key, "") for name, key in self.keys.items()}
        return Row(row.number, {**cells, **self.always}, row.surplus)

    def has(self, name: str) -> bool:
        return name in self.keys or name in self.always


def guess(header: Sequence[str]) -> dict[str, str]:
    """{field: title} of the columns whose title says what they are; each column is used once."""
    titles = {column_key(title): title for title in header if column_key(title) not in (FAILED_ROW, FAILED_REASON)}
    found: dict[str, str] = {}
    for own_names in (True, False):
        for each in FIELDS:
            names = (each.name, each.name.replace("_", " ")) if own_names else each.names
            key = next((name for name in names if name in titles and titles[name] not in found.values()), None)
            if key is not None and each.name not in found:
                found[each.name] = titles[key]
    return found


def resolve(sheet: Sheet, said: Mapping[str, str]) -> Columns:
    """The columns of a file: guessed, where nothing was said; an empty text says that there is none.

    Raises ImportRefused for a field or column that there is not, ColumnsMissing where a needed one is not known.
    """
    sheet.refuse_twin_columns()
    _refuse_unknown(sheet, said)
    chosen = {name: title for name, title in {**guess(sheet.header), **said}.items() if title}
    missing = [each.name for each in FIELDS if each.is_required and each.name not in chosen]
    if missing:
        raise ColumnsMissing(sheet.name, missing, chosen)
    return Columns(
        keys={name: column_key(title) for name, title in chosen.items() if not title.startswith(ALWAYS)},
        always={name: value[1:].strip() for name, value in chosen.items() if value.startswith(ALWAYS)},
    )


def _refuse_unknown(sheet: Sheet, said: Mapping[str, str]) -> None:
    for name, title in said.items():
        if name not in BY_NAME:
            raise ImportRefused(f"There is no field {name!r}. Known: {', '.join(BY_NAME)}.")
        if len(title) > LONGEST_VALUE:
            raise ImportRefused(f"What was said for {name} is longer than {LONGEST_VALUE} characters. Shorten it.")
        if title and not title.startswith(ALWAYS) and column_key(title) not in sheet.columns:
            raise ImportRefused(
                f"{sheet.name} has no column {title!r} for {name}. Its columns: {', '.join(sheet.header)[:200]}. "
                f"A value for every row begins with {ALWAYS}, like {ALWAYS}EUR."
            )
