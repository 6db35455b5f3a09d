"""Money: integer minor units of a known currency. Never a float."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from entrepot.kernel.currency import exponent
from entrepot.kernel.records import dataclass


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were about to be combined."""


class InvalidAmount(ValueError):
    """A text or number that is not an amount of money in its currency."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units: ``Money(1990, "EUR")`` is EUR 19.90, ``Money(500, "JPY")`` is JPY 500."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise InvalidAmount(
                f"Money takes integer minor units, not {self.minor!r}. Use Money.of() for decimal amounts."
            )
        exponent(self.currency)

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: str) -> Money:
        """From an amount in major units, rounded half up to the currency's own decimals."""
        return cls(_to_minor(_decimal(amount), currency), currency)

    @classmethod
    def exactly(cls, amount: Decimal | str | int, currency: str) -> Money:
        """From an amount in major units; raises InvalidAmount when it has more decimals than the currency."""
        value = _decimal(amount)
        money = cls(_to_minor(value, currency), currency)
        if money.decimal != value:
            raise InvalidAmount(f"{amount} has more decimals than {currency} has ({exponent(currency)}).")
        return money

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    @property
    def is_zero(self) -> bool:
        return self.minor == 0

    @property
    def is_negative(self) -> bool:
        return self.minor < 0

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __mul__(self, factor: int | Decimal) -> Money:
        """Times a whole number, or a Decimal rounded half up once."""
        if isinstance(factor, bool) or not isinstance(factor, int | Decimal):
            raise InvalidAmount(f"Money can be multiplied by int or Decimal, not {type(factor).__name__}.")
        return Money(round_half_up(Decimal(self.minor) * factor), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __str__(self) -> str:
        return f"{self.currency} {self.decimal}"

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """Split by integer weights; the parts always sum to the whole (largest remainder, earlier parts first)."""
        return [Money(part, self.currency) for part in allocate(self.minor, weights)]

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(
                f"{self} and {other} are in different currencies. Convert one with a stored rate first."
            )
        return other.minor


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Sum of the amounts; zero of the currency when there are none."""
    return sum(amounts, Money.zero(currency))


def round_half_up(value: Decimal) -> int:
    """To the nearest whole number, halves away from zero."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an integer by weights with the largest-remainder method; Σ parts == amount, also when negative."""
    if any(weight < 0 for weight in weights):
        raise InvalidAmount("Weights of an allocation cannot be negative.")
    whole = sum(weights)
    if whole == 0:
        raise InvalidAmount("An amount cannot be allocated over weights that are all zero.")
    sign, magnitude = (-1, -amount) if amount < 0 else (1, amount)
    parts = [magnitude * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(magnitude * weights[i] % whole), i))
    for i in by_remainder[: magnitude - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def _decimal(amount: Decimal | str | int) -> Decimal:
    if isinstance(amount, bool | float):
        raise InvalidAmount(f"{amount!r} is not an exact amount. Pass a Decimal, an int or a text such as '12.50'.")
    try:
        value = Decimal(amount)
    except (InvalidOperation, TypeError, ValueError):
        raise InvalidAmount(f"{amount!r} is not an amount. Write it like 12.50.") from None
    if not value.is_finite():
        raise InvalidAmount(f"{amount!r} is not an amount. Write it like 12.50.")
    return value


def _to_minor(value: Decimal, currency: str) -> int:
    return round_half_up(value.scaleb(exponent(currency)))
