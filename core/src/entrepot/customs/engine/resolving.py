"""Which rate counts for a line: stated by the asker, else the pack's record, else unknown with the remedy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from entrepot.customs.engine.answer import Unknown
from entrepot.customs.engine.case import Case
from entrepot.customs.engine.consignment import Line
from entrepot.customs.engine.records import ANY, Method, Rate, Unit
from entrepot.sdk.tax import RuleRef

STATED = "given in the request"


@dataclass(frozen=True)
class Resolved:
    """A rate ready to be used, with where it comes from."""

    method: Method
    fraction: Decimal
    ref: RuleRef
    amount: Decimal = Decimal(0)
    currency: str = ""
    unit: Unit = Unit.PIECE


def resolve(case: Case, line: Line, key: str) -> Resolved | Unknown | None:
    """None where the pack has no record for these goods at all. A stated rate does not allow what is prohibited."""
    record = case.pack.rate(key, case.question(line))
    if record is not None and record.method is Method.PROHIBITED:
        return _of_record(record)
    stated = _stated(line, key)
    if stated is not None:
        ref = RuleRef(f"stated/{key}", case.pack.version, f"Rate of line {line.id}, {STATED}", STATED)
        return Resolved(Method.AD_VALOREM, stated, ref)
    doubt = _doubt(case, line, key, record)
    if doubt:
        return doubt
    return _of_record(record) if record else None


def product(case: Case, line: Line, keys: tuple[str, ...]) -> Resolved | Unknown | None:
    """The rates of several keys multiplied; the first one's record is cited."""
    found: list[Resolved] = []
    for key in keys:
        one = resolve(case, line, key)
        if not isinstance(one, Resolved):
            return one
        found.append(one)
    first = found[0]
    fraction = first.fraction
    for other in found[1:]:
        fraction *= other.fraction
    return replace(first, fraction=fraction)


def missing(case: Case, line: Line, key: str) -> Unknown:
    """No rate is not zero: what is missing and how to give it."""
    goods = f"HS {line.hs_digits}" if line.hs_digits else f"line {line.id}"
    field = "duty_rate" if key == "duty" else f"known_rates.{key}"
    return Unknown(
        f"No rate '{key}' for {goods} from {line.origin or 'an unknown origin'} to {case.areas[0]} on "
        f"{case.consignment.day}. Give {field} with line {line.id}, or add the rate to your overlay of pack "
        f"{case.pack.id}."
    )


def _stated(line: Line, key: str) -> Decimal | None:
    return line.known_rates.get(key, line.known_rates.get(key.rpartition("/")[2]))


def _of_record(rate: Rate) -> Resolved | Unknown:
    if rate.method is Method.UNKNOWN:
        return Unknown(f"{rate.cited.note or rate.key} ({rate.cited.ref.id})")
    return Resolved(rate.method, rate.fraction, rate.cited.ref, rate.amount, rate.currency, rate.unit)


def _doubt(case: Case, line: Line, key: str, record: Rate | None) -> Unknown | None:
    """An answer that would change with what the line does not say is unknown."""
    if not line.origin and _depends_on_origin(case, line, key):
        return Unknown(f"Line {line.id} has no country of origin, and the rate '{key}' depends on it. Enter it.")
    if not line.hs_digits and _depends_on_goods(case, line, key):
        return no_hs(line)
    return None


def _depends_on_origin(case: Case, line: Line, key: str) -> bool:
    question = case.question(line)
    return any(
        rate.origin != ANY and replace(question, origin=rate.origin).fits(rate) for rate in case.pack.rates.get(key, ())
    )


def _depends_on_goods(case: Case, line: Line, key: str) -> bool:
    question = case.question(line)
    return any(rate.hs and replace(question, hs=rate.hs).fits(rate) for rate in case.pack.rates.get(key, ()))


def no_hs(line: Line) -> Unknown:
    if line.hs:
        return Unknown(f"'{line.hs}' of line {line.id} is no HS code. Enter 6 to 10 digits of chapters 01 to 97.")
    return Unknown(f"Line {line.id} has no HS code, and duty depends on it. Enter 6 to 10 digits.")
