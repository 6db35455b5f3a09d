"""What a rule pack consists of: dated records, one a line, each with the source of its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from entrepot.kernel.country import COUNTRIES
from entrepot.sdk.customs import Severity
from entrepot.sdk.errors import PluginError
from entrepot.sdk.tax import RuleRef

#: In a record's column, and for a rate nobody narrowed down.
ANY = "*"


class PackInvalid(PluginError):
    """A record of a rule pack cannot be used; the message names file, line and remedy."""


@dataclass(frozen=True)
class Period:
    """``start`` is inclusive, ``end`` exclusive; without an end the record is in force."""

    start: date
    end: date | None = None

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Period) -> bool:
        return (self.end is None or other.start < self.end) and (other.end is None or self.start < other.end)

    def __str__(self) -> str:
        return f"from {self.start}" + (f" until before {self.end}" if self.end else "")


@dataclass(frozen=True)
class Source:
    """Where a number was read. ``reliability``: A official or several that agree, B one secondary, C unchecked."""

    id: str
    title: str
    address: str
    licence: str
    reliability: str


@dataclass(frozen=True)
class Cited:
    """What every record carries: its name in the pack, when it holds, where its number was read and when."""

    pack: str
    version: str
    id: str
    period: Period
    source: Source
    retrieved: date
    note: str
    #: File and line, for messages and for ``entrepot rules``.
    place: str

    @property
    def ref(self) -> RuleRef:
        source = f"{self.source.title} ({self.source.address}), retrieved {self.retrieved}"
        return RuleRef(f"{self.pack}/{self.id}/{self.period.start}", self.version, self.note, source)


class Method(StrEnum):
    """How a rate record makes an amount from a base."""

    AD_VALOREM = "ad_valorem"
    PER_UNIT = "per_unit"
    COMPOUND = "compound"
    MAX_OF = "max_of"
    MIN_OF = "min_of"
    TOP_UP_TO = "top_up_to"
    #: The law has a number here that the pack does not know.
    UNKNOWN = "unknown"
    PROHIBITED = "prohibited"


class Unit(StrEnum):
    """What an amount is counted by."""

    CONSIGNMENT = "consignment"
    ITEM = "item"
    PIECE = "piece"
    KG = "kg"


@dataclass(frozen=True)
class Rate:
    """A fraction (0.2 for 20 %), an amount per unit, or both, for an area, category, HS prefix and origin."""

    key: str
    area: str
    category: str
    hs: str
    origin: str
    method: Method
    fraction: Decimal
    amount: Decimal
    currency: str
    unit: Unit
    cited: Cited

    def __str__(self) -> str:
        if self.method in (Method.UNKNOWN, Method.PROHIBITED):
            return str(self.method)
        share = f"{(self.fraction * 100).normalize():f} %" if self.fraction or not self.currency else ""
        amount = f"{self.currency} {self.amount} per {self.unit}" if self.currency else ""
        method = "" if self.method is Method.AD_VALOREM else f"{self.method} "
        return method + " and ".join(filter(None, (share, amount)))


class Scope(StrEnum):
    """Over what a threshold adds up before it compares."""

    ITEM = "item"
    LINE = "line"
    CONSIGNMENT = "consignment"
    ORDER = "order"
    PERSON_YEAR = "person-year"
    TAX_AMOUNT = "tax amount"


@dataclass(frozen=True)
class Threshold:
    """A limit. ``basis`` names the value it tests; ``consequence`` says what happens above, for people."""

    key: str
    area: str
    amount: Decimal
    currency: str
    inclusive: bool
    scope: Scope
    basis: str
    consequence: str
    cited: Cited

    def admits(self, value: Decimal) -> bool:
        return value <= self.amount if self.inclusive else value < self.amount

    def __str__(self) -> str:
        sign = "<=" if self.inclusive else "<"
        return f"{self.basis} {sign} {self.currency} {self.amount} per {self.scope}"


@dataclass(frozen=True)
class Amount:
    """A sum of money in the law: a flat duty, a fee, its minimum, a deduction."""

    key: str
    area: str
    amount: Decimal
    currency: str
    unit: Unit
    cited: Cited

    def __str__(self) -> str:
        return f"{self.currency} {self.amount} per {self.unit}"


class Direction(StrEnum):
    """How an authority rounds."""

    HALF_UP = "half_up"
    DOWN = "down"
    UP = "up"


@dataclass(frozen=True)
class Rounding:
    """To multiples of ``step``."""

    key: str
    area: str
    direction: Direction
    step: Decimal
    cited: Cited

    def __str__(self) -> str:
        return f"{self.direction} to multiples of {self.step}"


@dataclass(frozen=True)
class Goods:
    """One entry of a named list of goods: an HS prefix, an attribute of the product, or both alternatives."""

    key: str
    hs: str
    attribute: str
    cited: Cited

    def __str__(self) -> str:
        return " or ".join(filter(None, (f"HS {self.hs}" if self.hs else "", self.attribute)))

    def contains(self, hs: str, attributes: frozenset[str]) -> bool:
        return bool(self.hs and hs.startswith(self.hs)) or bool(self.attribute and self.attribute in attributes)


@dataclass(frozen=True)
class Restriction:
    """Goods that may not be sent, or only with papers: all named criteria hold together; ``cited.note`` says why."""

    key: str
    area: str
    hs: str
    origin: str
    attribute: str
    category: str
    mode: str
    severity: Severity
    cited: Cited

    def __str__(self) -> str:
        return str(self.severity)

    def concerns(self, hs: str, origin: str, attributes: frozenset[str], category: str) -> bool:
        return (
            hs.startswith(self.hs)
            and self.origin in (ANY, origin)
            and (not self.attribute or self.attribute in attributes)
            and self.category in (ANY, category)
        )


@dataclass(frozen=True)
class Area:
    """A region of a country that the pack knows. ``postcodes`` is a regular expression, or empty."""

    code: str
    name: str
    postcodes: str
    cited: Cited

    def __str__(self) -> str:
        return self.name

    @property
    def country(self) -> str:
        return self.code.partition("-")[0]


def is_area(code: str) -> bool:
    """Whether a text is a country code, a region such as CA-ON, or ``*``."""
    return code == ANY or code.partition("-")[0] in COUNTRIES
