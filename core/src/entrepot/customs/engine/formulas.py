"""The formula kinds: from a base and records to an amount, with what went in. Pure; numbers come from the pack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from entrepot.customs.engine.answer import Unknown, Value
from entrepot.customs.engine.case import PRECISION, Case
from entrepot.customs.engine.consignment import Line
from entrepot.customs.engine.records import Amount, Method, Unit
from entrepot.customs.engine.resolving import Resolved
from entrepot.sdk.tax import RuleRef

_GRAMS = Decimal(1000)


@dataclass(frozen=True)
class Worked:
    """An amount not yet rounded, the record it comes from, and what went in, in words."""

    value: Value
    ref: RuleRef | None = None
    inputs: tuple[tuple[str, str], ...] = ()
    #: False where the law says that nothing is due.
    is_due: bool = True
    why: str = ""
    #: The rate, where the value is a share of the base.
    fraction: Decimal | None = None


@dataclass(frozen=True)
class Purse:
    """Amounts of the pack in the currency in which a regime is reckoned."""

    case: Case
    currency: str
    notes: dict[str, RuleRef] = field(default_factory=dict)

    def amount(self, key: str) -> tuple[Value, Amount | None]:
        """The amount of a key, converted; unknown when the pack has none for the day."""
        record = self.case.pack.amount(key, self.case.areas, self.case.consignment.day)
        if record is None:
            return _no_amount(self.case, key), None
        return self.case.convert(record.amount, record.currency, self.currency), record


def by_rate(base: Value, rate: Resolved, lines: Sequence[Line], purse: Purse, so_far: Value) -> Value:
    """What a rate record makes of a base, by its method. ``so_far`` is what a top-up counts as paid already."""
    if isinstance(base, Unknown):
        return base
    if rate.method is Method.AD_VALOREM:
        return times(base, rate.fraction)
    if rate.method is Method.TOP_UP_TO:
        return so_far if isinstance(so_far, Unknown) else max(times(base, rate.fraction) - so_far, Decimal(0))
    specific = _specific(rate, lines, purse)
    if isinstance(specific, Unknown):
        return specific
    valued = times(base, rate.fraction)
    return {
        Method.PER_UNIT: specific,
        Method.COMPOUND: valued + specific,
        Method.MAX_OF: max(valued, specific),
        Method.MIN_OF: min(valued, specific),
    }[rate.method]


def _specific(rate: Resolved, lines: Sequence[Line], purse: Purse) -> Value:
    unit = purse.case.convert(rate.amount, rate.currency, purse.currency)
    count = counted(rate.unit, lines, ("hs6",))
    if isinstance(unit, Unknown):
        return unit
    return count if isinstance(count, Unknown) else times(unit, count)


def inside(base: Value, fraction: Decimal) -> Value:
    """A tax that is part of its own base: 17 % of 72.29 on 60.00."""
    if isinstance(base, Unknown):
        return base
    with localcontext(prec=PRECISION):
        return base * fraction / (1 - fraction)


def times(base: Decimal, factor: Decimal) -> Decimal:
    with localcontext(prec=PRECISION):
        return base * factor


def share(part: Value, whole: Value) -> Value:
    """One sum as a fraction of another; unknown of nothing."""
    if isinstance(part, Unknown):
        return part
    if isinstance(whole, Unknown):
        return whole
    if whole == 0:
        return Unknown("There is nothing of which this could be a share.")
    with localcontext(prec=PRECISION):
        return part / whole


def counted(unit: Unit, lines: Sequence[Line], items_by: Sequence[str]) -> Value:
    """How many units the lines are: pieces, kilograms, declaration items."""
    if unit is Unit.CONSIGNMENT:
        return Decimal(1)
    if unit is Unit.PIECE:
        return Decimal(sum(line.quantity for line in lines))
    if unit is Unit.KG:
        return _kilograms(lines)
    items = declaration_items(lines, items_by)
    return items if isinstance(items, Unknown) else Decimal(len(items))


def _kilograms(lines: Sequence[Line]) -> Value:
    weightless = next((line for line in lines if not line.weight_g), None)
    if weightless:
        return Unknown(f"Line {weightless.id} has no weight, and the duty is per kilogram. Enter it in grams.")
    return Decimal(sum(line.weight_g or 0 for line in lines)) / _GRAMS


def declaration_items(lines: Sequence[Line], items_by: Sequence[str]) -> dict[tuple[str, ...], list[Line]] | Unknown:
    """Lines that are declared as one item, by what they share."""
    items: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        key = tuple(_property(line, name) for name in items_by)
        if "" in key:
            return Unknown(f"Line {line.id} lacks {' or '.join(items_by)}, so declaration items cannot be counted.")
        items.setdefault(key, []).append(line)
    return items


def _property(line: Line, name: str) -> str:
    if name.startswith("hs"):
        return line.hs_digits[: int(name[2:])]
    return {"origin": line.origin, "description": line.description, "line": line.id}[name]


def bounded(value: Value, least: Value | None, most: Value | None) -> Value:
    """Raised to a minimum and capped at a maximum; unknown bounds make it unknown."""
    for bound in (value, least, most):
        if isinstance(bound, Unknown):
            return bound
    assert not isinstance(value, Unknown)
    if isinstance(least, Decimal):
        value = max(value, least)
    return min(value, most) if isinstance(most, Decimal) else value


def _no_amount(case: Case, key: str) -> Unknown:
    return Unknown(
        f"Rule pack {case.pack.id} has no amount '{key}' for {case.areas[0]} on {case.consignment.day}. "
        "Update the pack, or add the amount to your overlay."
    )
