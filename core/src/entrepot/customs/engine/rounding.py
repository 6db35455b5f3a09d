"""Rounding as the authority does it: by a record of the pack, else half up to the currency's own decimals."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext

from entrepot.customs.engine.answer import Unknown, Value
from entrepot.customs.engine.case import PRECISION, Case
from entrepot.customs.engine.records import Direction
from entrepot.kernel.money import Money

_MODES = {Direction.HALF_UP: ROUND_HALF_UP, Direction.DOWN: ROUND_DOWN, Direction.UP: ROUND_UP}


def to_step(value: Decimal, step: Decimal, direction: Direction) -> Decimal:
    """To a multiple of ``step``: 6.48 to 0.05 is 6.50, 18 999 down to 1000 is 18 000."""
    with localcontext(prec=PRECISION):
        return (value / step).quantize(Decimal(1), rounding=_MODES[direction]) * step


def by_record(value: Value, key: str, case: Case) -> Value:
    """Rounded by the record of a key; unknown when the pack has none for the day."""
    if isinstance(value, Unknown) or not key:
        return value
    record = case.pack.rounding(key, case.areas, case.consignment.day)
    if record is None:
        return Unknown(f"Rule pack {case.pack.id} has no rounding '{key}' for {case.consignment.day}.")
    return to_step(value, record.step, record.direction)


def to_money(value: Decimal, currency: str) -> Money:
    return Money.of(value, currency)
