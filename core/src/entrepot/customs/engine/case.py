"""A consignment before a pack: its values, its areas, its day, and the conversions that it allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from functools import cached_property

from entrepot.customs.engine.answer import Unknown, Value
from entrepot.customs.engine.consignment import Consignment, Line, line_values
from entrepot.customs.engine.fx import NoRate
from entrepot.customs.engine.pack import Pack, RateQuestion
from entrepot.customs.engine.records import ANY

#: More digits than any product of rates and amounts needs before it is rounded once.
PRECISION = 40


@dataclass(frozen=True)
class Case:
    """What conditions and formulas ask. ``values`` are per name and line, in the currency of the sale."""

    consignment: Consignment
    pack: Pack
    areas: tuple[str, ...]
    values: dict[str, dict[str, Value]] = field(default_factory=dict)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        return tuple(sorted(self.consignment.lines, key=lambda line: line.id))

    def named(self, scheme: str) -> str:
        """A registration with its places filled in: "{area}" US-CA, "{country}-VAT" DE-VAT."""
        return scheme.replace("{area}", self.areas[0]).replace("{country}", self.consignment.ship_to.country)

    def sum(self, name: str, lines: Sequence[Line]) -> Value:
        """A value over lines; unknown as soon as one is, or when nobody defined it."""
        column = self.values.get(name)
        if column is None:
            return Unknown(f"Rule pack {self.pack.id} names a value '{name}' that does not exist.")
        return add([column[line.id] for line in lines])

    def convert(self, amount: Value, base: str, quote: str) -> Value:
        """At the stated rate of the day, not rounded; unknown without a rate."""
        if isinstance(amount, Unknown) or base == quote:
            return amount
        try:
            conversion = self.consignment.rates.conversion(base, quote, self.consignment.day)
        except NoRate as missing:
            return Unknown(str(missing))
        with localcontext(prec=PRECISION):
            return amount * conversion.factor

    def seen_from(self, place: str) -> Case:
        """The case with the areas of another place: "ship_from" for rates of the country of departure."""
        if place != "ship_from":
            return self
        return replace(self, areas=(self.consignment.ship_from.country, ANY))

    def question(self, line: Line) -> RateQuestion:
        return RateQuestion(self.areas, self.consignment.day, line.category, line.hs_digits, line.origin)


def open_case(consignment: Consignment, pack: Pack) -> Case:
    """The case with the values that need no rule."""
    values: dict[str, dict[str, Value]] = {name: dict(column) for name, column in line_values(consignment).items()}
    return Case(consignment, pack, _areas(consignment, pack), values)


def _areas(consignment: Consignment, pack: Pack) -> tuple[str, ...]:
    """From the nearest to everywhere: CA-ON, CA, *."""
    to = consignment.ship_to
    region = f"{to.country}-{to.region}" if to.region else pack.region_of(to.country, to.postcode)
    return (region, to.country, ANY) if region else (to.country, ANY)


def add(values: Sequence[Value]) -> Value:
    """The sum; the first unknown part makes it unknown."""
    with localcontext(prec=PRECISION):
        whole = Decimal(0)
        for value in values:
            if isinstance(value, Unknown):
                return value
            whole += value
        return whole


def by_line(lines: Sequence[Line], values: Sequence[Value]) -> Mapping[str, Value]:
    return {line.id: value for line, value in zip(lines, values, strict=True)}
