"""What a pack names and does not have: rates, thresholds, amounts, roundings, conditions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from entrepot.customs.engine.conditions import TESTS
from entrepot.customs.engine.pack import Pack
from entrepot.customs.engine.regimes import Formula, Step

_NESTED = ("any_of", "none_of")
_BASES = {
    "intrinsic", "fob", "cif", "sales_price", "freight", "insurance", "onward", "freight_by_weight", "cif_by_weight",
    "duties", "taxes", "fees",
}  # fmt: skip


def problems(pack: Pack) -> list[str]:
    """Everything that a consignment could stumble over later, in sentences."""
    found: list[str] = []
    derived = {step.code for step in pack.values}
    for step in pack.values:
        found += _of_step(pack, step, "values", _BASES | derived)
    for regime in pack.regimes:
        place = f"regimes.toml, regime '{regime.id}'"
        found += _of_conditions(pack, regime.when, place)
        known = _BASES | derived | {step.code for step in regime.steps}
        for step in regime.steps:
            found += _of_step(pack, step, f"{place}, step '{step.code}'", known)
        if not regime.steps and not regime.refused and not regime.unknown:
            found.append(f"{place} has no steps. Add some, or say why it is refused or unknown.")
    found += _of_thresholds(pack, derived)
    return found


def _of_step(pack: Pack, step: Step, place: str, known: set[str]) -> Iterator[str]:
    needs_rate = step.formula in (Formula.RATE, Formula.RATE_LESS_AMOUNT, Formula.INSIDE)
    if needs_rate and not step.rate:
        yield f"{place}: formula {step.formula} needs a rate."
    if needs_rate and not step.base:
        yield f"{place}: formula {step.formula} needs a base."
    yield from (f"{place}: base '{term}' does not exist." for term in (*step.base, *step.of) if term not in known)
    rates = [key for key in step.rate if key != "duty" and not _has_rate(pack, key)]
    yield from (f"{place}: rates.csv has no key '{key}'." for key in rates)
    amounts = [key for key in (step.amount, step.at_least, step.at_most) if key and key not in pack.amounts]
    yield from (f"{place}: amounts.csv has no key '{key}'." for key in amounts)
    roundings = [key for key in (step.round, step.base_round) if key and key not in pack.roundings]
    yield from (f"{place}: roundings.csv has no key '{key}'." for key in roundings)
    if step.within and step.within not in pack.thresholds:
        yield f"{place}: thresholds.csv has no key '{step.within}'."
    yield from _of_conditions(pack, step.when, place)


def _has_rate(pack: Pack, key: str) -> bool:
    return key in pack.rates or (key.endswith("/*") and bool(pack.rate_keys(key)))


def _of_conditions(pack: Pack, conditions: Iterable[Mapping[str, Any]], place: str) -> Iterator[str]:
    for name, given in ((name, given) for table in conditions for name, given in table.items()):
        if name not in TESTS:
            yield f"{place}: there is no condition '{name}'. There are: {', '.join(TESTS)}."
        elif name in _NESTED:
            yield from _of_conditions(pack, given, place)
        elif name in ("within", "above") and given not in pack.thresholds:
            yield f"{place}: thresholds.csv has no key '{given}'."
        elif name in ("goods", "goods_not") and given not in pack.goods:
            yield f"{place}: goods.csv has no key '{given}'."
        elif name == "option":
            yield from _of_options(pack, given, place)
        elif isinstance(given, list | str):
            yield from _of_groups(pack, given, place)


def _of_options(pack: Pack, given: Mapping[str, Any], place: str) -> Iterator[str]:
    for name, values in given.items():
        option = pack.options.get(name)
        wanted = values if isinstance(values, list) else [values]
        if option is None or not set(wanted) <= set(option.values):
            yield f"{place}: pack.toml declares no option '{name}' with the value {' or '.join(map(str, wanted))}."


def _of_groups(pack: Pack, given: list[str] | str, place: str) -> Iterator[str]:
    names = given if isinstance(given, list) else [given]
    for name in names:
        if name.startswith("@") and name[1:] not in pack.groups:
            yield f"{place}: pack.toml has no group '{name[1:]}'."


def _of_thresholds(pack: Pack, derived: set[str]) -> Iterator[str]:
    for records in pack.thresholds.values():
        for record in records:
            if record.scope != "tax amount" and record.basis not in _BASES | derived:
                yield f"{record.cited.place}: basis '{record.basis}' does not exist."
            elif record.scope == "order" and record.basis not in ("intrinsic", "fob"):
                yield f"{record.cited.place}: scope order knows the value of the goods. Write basis intrinsic or fob."
