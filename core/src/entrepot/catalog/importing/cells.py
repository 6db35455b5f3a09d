"""Reading cells: each value is right, absent, or a problem with row, column and remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from entrepot.catalog.importing.failures import RowFailure
from entrepot.catalog.importing.sheets import Row
from entrepot.kernel.country import COUNTRIES
from entrepot.kernel.money import InvalidAmount, Money

TRUE = frozenset({"true", "yes", "1", "y"})
FALSE = frozenset({"false", "no", "0", "n", "-1"})
GRAMS = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "lb": Decimal("453.59237"),
    "lbs": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
LARGEST_NUMBER = 2_000_000_000
LARGEST_AMOUNT = 10**15


class Problems:
    """The failures of one product or order, in order."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self._titles = titles
        self.found: list[RowFailure] = []

    def add(self, row: Row, column: str, reason: str, remedy: str) -> None:
        value = row.cells.get(column, "")
        self.found.append(RowFailure(row.number, self._titles.get(column, column), value[:80], reason, remedy))


class Cells:
    """One row's values by column."""

    def __init__(self, row: Row, problems: Problems) -> None:
        self.row = row
        self._problems = problems
        if row.surplus:
            self.refuse(
                "", f"has {row.surplus} cells more than the header.", "Put quotes around texts with delimiters."
            )

    def refuse(self, column: str, reason: str, remedy: str) -> None:
        self._problems.add(self.row, column, reason, remedy)

    def text(self, column: str, longest: int = 0) -> str:
        value = self.row.cells.get(column, "").strip()
        if longest and len(value) > longest:
            self.refuse(column, f"is longer than {longest} characters.", "Shorten it.")
        return value

    def required(self, column: str, longest: int = 0, *, remedy: str = "Every product needs it.") -> str:
        value = self.text(column, longest)
        if not value:
            self.refuse(column, "is empty.", remedy)
        return value

    def flag(self, column: str, default: bool) -> bool:
        value = self.text(column).lower()
        if not value:
            return default
        if value not in TRUE | FALSE:
            self.refuse(column, "is neither true nor false.", "Write true or false.")
        return value in TRUE

    def amount(self, column: str, currency: str) -> int | None:
        """Minor units; None when the cell is empty or wrong."""
        value = self.text(column)
        if not value:
            return None
        try:
            money = Money.exactly(_plain(value), currency)
        except InvalidAmount as error:
            more_decimals = "decimals" in str(error)
            reason = f"has more decimals than {currency}." if more_decimals else "is not an amount."
            self.refuse(column, reason, "Write it like 12.50." if not more_decimals else "Round it.")
            return None
        if money.is_negative or money.minor > LARGEST_AMOUNT:
            self.refuse(column, "is not a price.", "Write an amount of zero or more.")
            return None
        return money.minor

    def whole(self, column: str) -> int | None:
        """A whole number, also written like 5.0; None when the cell is empty or wrong."""
        number = self._decimal(column, "a whole number", "Write it like 12.")
        if number is None:
            return None
        if number != number.to_integral_value():
            self.refuse(column, "is not a whole number.", "Write it like 12.")
            return None
        return int(number)

    def stock(self, column: str) -> int | None:
        """A count; what was oversold elsewhere counts as nothing left."""
        number = self.whole(column)
        return max(number, 0) if number is not None else None

    def grams(self, column: str, unit: str = "g") -> int:
        """A weight rounded to grams; 0 when the cell is empty or wrong."""
        number = self._decimal(column, "a weight", "Write it like 0.25.")
        if number is None:
            return 0
        if number < 0:
            self.refuse(column, "is not a weight.", "Write a number of zero or more.")
            return 0
        return int((number * GRAMS[unit]).quantize(Decimal(1), rounding=ROUND_HALF_UP))

    def hs_code(self, column: str) -> str:
        digits = re.sub(r"[\s.]", "", self.text(column))
        if digits and not (digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 12):
            self.refuse(column, "is not an HS code.", "Write 6 to 12 digits such as 610910.")
            return ""
        return digits

    def country(self, column: str) -> str:
        code = self.text(column).upper()
        if code and code not in COUNTRIES:
            self.refuse(column, "is not a country code.", "Write two letters such as DE or CN.")
            return ""
        return code

    def _decimal(self, column: str, what: str, remedy: str) -> Decimal | None:
        value = self.text(column)
        if not value:
            return None
        try:
            number = Decimal(_plain(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) > LARGEST_NUMBER:
            self.refuse(column, f"is not {what}.", remedy)
            return None
        return number


def _plain(value: str) -> str:
    """Only what people write as a number: Decimal would also take 1e5, 1_000 and digits of other scripts."""
    return value if re.fullmatch(r"[+-]?[0-9]*\.?[0-9]+|[+-]?[0-9]+\.", value) else "not a number"
