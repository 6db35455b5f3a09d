"""Rows of a file become orders: one row per line, joined by the order's reference. Pure but for the country's form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from entrepot.catalog.importing.cells import FALSE, TRUE, Cells, Problems
from entrepot.catalog.importing.failures import RowFailure
from entrepot.catalog.importing.parsed import SKU_LENGTH
from entrepot.catalog.importing.sheets import Row, Sheet
from entrepot.checkout.address_rules import email_problem, problems
from entrepot.kernel.address import Address
from entrepot.kernel.country import COUNTRIES
from entrepot.kernel.currency import EXPONENTS
from entrepot.kernel.money import Money, total
from entrepot.markets.queries import MarketView
from entrepot.order_import.columns import Columns

REFERENCE_LENGTH = 100
MOST_PIECES = 1_000_000
_PAID = TRUE | {"paid"}
_UNPAID = FALSE | {"unpaid", "pending", ""}
_ADDRESS = ("name", "company", "street", "street2", "postcode", "city", "region", "phone")
#: What every row of an order says again, or leaves empty.
_COMMON = ("country", "email", "currency", "shipping", "placed_at", "paid", *_ADDRESS)


@dataclass(frozen=True, slots=True)
class LineRecord:
    """``unit_price`` is what was paid for a piece, with everything in it."""

    row: int
    sku: str
    quantity: int
    unit_price: Money


@dataclass(frozen=True)
class OrderRecord:
    """One order as its channel tells it. ``shipping`` is the delivery fee that was paid."""

    reference: str
    market: MarketView
    lines: tuple[LineRecord, ...]
    shipping: Money
    email: str
    address: Address
    placed_at: datetime | None
    is_paid: bool

    @property
    def total(self) -> Money:
        return total((line.unit_price * line.quantity for line in self.lines), self.shipping.currency) + self.shipping

    @property
    def digest(self) -> str:
        """Of everything that the file says about the order."""
        lines = [(line.sku, line.quantity, line.unit_price.minor) for line in self.lines]
        said = (self.reference, self.market.code, self.market.currency, lines, self.shipping.minor, self.email)
        text = repr((*said, self.address.as_dict(), self.placed_at, self.is_paid))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class ParsedOrder:
    """One order of the file: a record, or the reasons why there is none."""

    reference: str
    rows: tuple[Row, ...]
    record: OrderRecord | None
    failures: tuple[RowFailure, ...]


@dataclass(frozen=True)
class Reading:
    """How a file is read. ``market`` is empty where country and currency decide."""

    columns: Columns
    markets: Sequence[MarketView]
    market: MarketView | None
    now: datetime


def read_orders(sheet: Sheet, reading: Reading) -> Iterator[ParsedOrder]:
    """The file's orders in the order of their first rows; the lines of an order need not stand together."""
    titles = _titles(sheet, reading.columns)
    by_reference: dict[str, list[Row]] = {}
    for row in sheet.rows():
        reference = reading.columns.of(row).cells.get("reference", "").strip()
        by_reference.setdefault(reference or f"\N{NO-BREAK SPACE}{row.number}", []).append(row)
    for reference, rows in by_reference.items():
        yield _Order(reference, rows, reading, titles).parsed()


def _titles(sheet: Sheet, columns: Columns) -> dict[str, str]:
    """{field: the title of its column in the file}, for messages."""
    by_key = {" ".join(title.split()).lower(): title for title in sheet.header}
    return {name: by_key.get(key, key) for name, key in columns.keys.items()}


class _Order:
    """The rows of one order on their way to a record."""

    def __init__(self, reference: str, rows: Sequence[Row], reading: Reading, titles: Mapping[str, str]) -> None:
        self._reference = reference.strip()
        self._rows = rows
        self._reading = reading
        self._problems = Problems(titles)
        self._cells = [Cells(reading.columns.of(row), self._problems) for row in rows]
        self._first = Cells(self._common_row(), self._problems)

    def parsed(self) -> ParsedOrder:
        record = self._record()
        failures = tuple(self._problems.found)
        return ParsedOrder(self._reference, tuple(self._rows), None if failures else record, failures)

    def _common_row(self) -> Row:
        """The first row, with what only later rows say about the order."""
        first = self._cells[0].row
        common = dict(first.cells)
        for cells in self._cells:
            for name in _COMMON:
                said = cells.row.cells.get(name, "").strip()
                known = common.get(name, "").strip()
                if said and known and said != known:
                    cells.refuse(name, f"differs from {known!r} in row {first.number}.", "Say it once for an order.")
                elif said:
                    common[name] = said
        return Row(first.number, common)

    def _record(self) -> OrderRecord | None:
        self._first.required("reference", REFERENCE_LENGTH, remedy="Every order needs what its channel calls it.")
        country, email, market = self._country(), self._email(), self._market()
        address = self._address(country)
        if market is None:
            return None
        lines = tuple(line for cells in self._cells if (line := self._line(cells, market.currency)))
        fee = self._first.amount("shipping", market.currency) or 0
        return OrderRecord(
            reference=self._reference,
            market=market,
            lines=lines,
            shipping=Money(fee, market.currency),
            email=email,
            address=address,
            placed_at=self._placed_at(market),
            is_paid=self._is_paid(),
        )

    def _line(self, cells: Cells, currency: str) -> LineRecord | None:
        sku = cells.required("sku", SKU_LENGTH, remedy="Every line needs the SKU of what was sold.")
        cells.required("quantity", remedy="Write how many pieces were sold.")
        quantity = cells.whole("quantity")
        cells.required("unit_price", remedy="Write what was paid for a piece, 0 for a gift.")
        price = cells.amount("unit_price", currency)
        if quantity is not None and not 0 < quantity <= MOST_PIECES:
            cells.refuse(
                "quantity", "is no number of pieces that were sold.", "Leave out what was cancelled or sent back."
            )
            return None
        if quantity is None or price is None:
            return None
        return LineRecord(cells.row.number, sku, quantity, Money(price, currency))

    def _country(self) -> str:
        written = self._first.required("country", remedy="Every order needs the country it goes to.")
        code = _code_of(written)
        if written and not code:
            self._first.refuse("country", "is no country that is known.", "Write two letters such as DE or CN.")
        return code

    def _email(self) -> str:
        email = self._first.required("email", remedy="Every order needs an address, if only the channel's.")
        if email and email_problem(email):
            self._first.refuse("email", "is no e-mail address.", "Write it like name@example.com.")
        return email

    def _market(self) -> MarketView | None:
        """The chosen market, or the first that sells to the country in the currency."""
        currency = self._first.text("currency").upper()
        if currency and currency not in EXPONENTS:
            self._first.refuse("currency", "is no currency.", "Write three letters such as EUR.")
            return None
        chosen = self._reading.market
        if chosen is not None:
            if currency and currency != chosen.currency:
                self._first.refuse(
                    "currency",
                    f"is not the currency of the market {chosen.code} ({chosen.currency}).",
                    "Choose the market that sells in it.",
                )
                return None
            return chosen
        return self._fitting_market(_code_of(self._first.text("country")), currency)

    def _fitting_market(self, country: str, currency: str) -> MarketView | None:
        markets = self._reading.markets
        fits = [m for m in markets if country in m.countries and currency in ("", m.currency)]
        fits = fits or [m for m in markets if currency == m.currency]
        if not fits and country:
            self._first.refuse(
                "country", f"is sold to by no market in {currency or 'any currency'}.", "Choose a market for the file."
            )
        return fits[0] if fits else None

    def _address(self, country: str) -> Address:
        """As the country's form wants it. In a file without streets the country is enough: the channel sends."""
        address = Address(country=country, **{name: self._first.text(name) for name in _ADDRESS})
        if country and self._reading.columns.has("street"):
            for name, text in problems(address, None).items():
                self._first.refuse(name, f"does not fit the country {country}.", text)
        return address

    def _placed_at(self, market: MarketView) -> datetime | None:
        written = self._first.text("placed_at")
        if not written:
            return None
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            self._first.refuse("placed_at", "is no time.", "Write it like 2026-03-31 or 2026-03-31 14:05.")
            return None
        at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(market.time_zone))
        if at > self._reading.now:
            self._first.refuse("placed_at", "lies in the future.", "Correct the date.")
        return at

    def _is_paid(self) -> bool:
        written = self._first.text("paid").lower()
        if written not in _PAID | _UNPAID:
            self._first.refuse("paid", "says neither paid nor unpaid.", "Write yes or no.")
        return written in _PAID


def _code_of(written: str) -> str:
    """The ISO code of a country that is written as a code or by its English name; empty for what is not known."""
    if written.upper() in COUNTRIES:
        return written.upper()
    return _by_name().get(" ".join(written.split()).casefold(), "")


@cache
def _by_name() -> Mapping[str, str]:
    from babel import Locale

    names = Locale("en").territories
    return {name.casefold(): code for code, name in names.items() if code in COUNTRIES} | _OTHER_NAMES


_OTHER_NAMES = {
    "usa": "US",
    "uk": "GB",
    "great britain": "GB",
    "eire": "IE",
    "south korea": "KR",
    "czech republic": "CZ",
}
