"""Conditions of regimes and steps, in three-valued logic: yes, no, or unknown with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from entrepot.customs.engine.answer import Unknown, Value
from entrepot.customs.engine.case import Case
from entrepot.customs.engine.consignment import Line
from entrepot.customs.engine.records import PackInvalid, Scope, Threshold
from entrepot.customs.rules import crosses_border

Verdict = bool | Unknown
Test = Callable[[Case, Sequence[Line], Any], Verdict]


def holds(conditions: Sequence[Mapping[str, Any]], case: Case, lines: Sequence[Line]) -> Verdict:
    """Whether all conditions hold for the lines. One clear no decides, whatever else is unknown."""
    return _all([_test(name)(case, lines, given) for table in conditions for name, given in table.items()])


def within(case: Case, threshold: Threshold, lines: Sequence[Line]) -> Verdict:
    """Whether what the threshold tests keeps within it; per item, every item must."""
    if threshold.scope in (Scope.ITEM, Scope.LINE):
        return _all([_admits(case, threshold, _of_line(case, threshold, line)) for line in lines])
    if threshold.scope is Scope.ORDER and case.consignment.order_value is not None:
        return _admits(case, threshold, case.consignment.order_value.decimal)
    whole = case.sum(threshold.basis, case.lines)
    if threshold.scope is Scope.PERSON_YEAR:
        return _within_the_year(case, threshold, whole)
    return _admits(case, threshold, whole)


def _of_line(case: Case, threshold: Threshold, line: Line) -> Value:
    value = case.sum(threshold.basis, [line])
    if isinstance(value, Unknown) or threshold.scope is Scope.LINE:
        return value
    return value / line.quantity


def _within_the_year(case: Case, threshold: Threshold, whole: Value) -> Verdict:
    earlier = case.consignment.year_to_date
    if earlier is None:
        return Unknown(f"The limit {threshold} needs what the buyer imported this year: give year_to_date.")
    before = case.convert(earlier.decimal, earlier.currency, threshold.currency)
    now = case.convert(whole, case.consignment.currency, threshold.currency)
    if isinstance(before, Unknown):
        return before
    return now if isinstance(now, Unknown) else threshold.admits(before + now)


def _admits(case: Case, threshold: Threshold, value: Value) -> Verdict:
    converted = case.convert(value, case.consignment.currency, threshold.currency)
    return converted if isinstance(converted, Unknown) else threshold.admits(converted)


def _threshold(case: Case, lines: Sequence[Line], key: str) -> Verdict:
    record = case.pack.threshold(key, case.areas, case.consignment.day)
    if record is None:
        return Unknown(f"Rule pack {case.pack.id} has no threshold '{key}' for {case.consignment.day}.")
    return within(case, record, lines)


def _codes(case: Case, given: Any) -> set[str]:
    """Codes of a condition; ``@eu`` stands for a group of pack.toml."""
    codes: set[str] = set()
    for name in given if isinstance(given, list) else [given]:
        codes |= case.pack.groups[name[1:]] if name.startswith("@") else {name}
    return codes


def _choice(value: str | None, given: Any, case: Case, field: str) -> Verdict:
    if not value:
        return Unknown(f"The rules ask for '{field}': give it with the consignment.")
    return value in _codes(case, given)


def _origin(case: Case, lines: Sequence[Line], given: Any) -> Verdict:
    """Whether every line is of one of the origins."""
    return _all([_is_of(case, line, given) for line in lines])


def _is_of(case: Case, line: Line, given: Any) -> Verdict:
    if not line.origin:
        return Unknown(f"Line {line.id} has no country of origin, and the rules ask for it. Enter it.")
    return line.origin in _codes(case, given)


def _option(case: Case, lines: Sequence[Line], given: Mapping[str, Any]) -> Verdict:
    return _all([_one_option(case, name, wanted) for name, wanted in given.items()])


def _one_option(case: Case, name: str, wanted: Any) -> Verdict:
    option = case.pack.options.get(name)
    if option is None:
        raise PackInvalid(f"Rule pack {case.pack.id} asks for option '{name}', which pack.toml does not declare.")
    value = case.consignment.options.get(name) or option.default
    if value not in option.values:
        return Unknown(f"The rules ask for option '{name}'. Give one of: {', '.join(option.values)}.")
    return value in (wanted if isinstance(wanted, list) else [wanted])


def _registered(case: Case, lines: Sequence[Line], given: Any) -> Verdict:
    """Whether the seller is registered under one of the schemes; ``{area}`` stands for the buyer's region."""
    country = case.consignment.ship_to.country
    held = case.consignment.registrations
    verdicts: list[Verdict] = []
    for name in _codes(case, given):
        is_regional = "{area}" in name and case.areas[0] == country
        if is_regional and any(scheme.startswith(f"{country}-") for scheme in held):
            verdicts.append(Unknown("Whether the seller must collect depends on the region: give ship_to.region."))
        else:
            verdicts.append(case.named(name) in held)
    return _not(_all([_not(verdict) for verdict in verdicts]))


def _in_list(case: Case, lines: Sequence[Line], key: str) -> Verdict:
    """Whether any of the goods is in the list. Goods without an HS code are judged by their attributes alone."""
    entries = [e for e in case.pack.goods.get(key, ()) if e.cited.period.holds(case.consignment.day)]
    return any(entry.contains(line.hs_digits, line.attributes) for line in lines for entry in entries)


def _seat(case: Case, given: Any) -> Verdict:
    """``{ship_from}`` stands for the country from which the goods are sent."""
    named = {code.replace("{ship_from}", case.consignment.ship_from.country) for code in _codes(case, given)}
    if not case.consignment.established_in:
        return Unknown("The rules ask where the seller is established: give established_in.")
    return case.consignment.established_in in named


def _any(case: Case, lines: Sequence[Line], given: Sequence[Mapping[str, Any]]) -> Verdict:
    return _not(_all([_not(holds([table], case, lines)) for table in given]))


def _all(verdicts: Sequence[Verdict]) -> Verdict:
    if any(verdict is False for verdict in verdicts):
        return False
    return next((verdict for verdict in verdicts if isinstance(verdict, Unknown)), True)


def _not(verdict: Verdict) -> Verdict:
    return verdict if isinstance(verdict, Unknown) else not verdict


def _test(name: str) -> Test:
    if name not in TESTS:
        raise PackInvalid(f"regimes.toml: there is no condition '{name}'. There are: {', '.join(TESTS)}.")
    return TESTS[name]


TESTS: Mapping[str, Test] = {
    "within": _threshold,
    "above": lambda case, lines, key: _not(_threshold(case, lines, key)),
    "mode": lambda case, lines, given: _choice(case.consignment.mode, given, case, "mode"),
    "ship_from": lambda case, lines, given: case.consignment.ship_from.country in _codes(case, given),
    "ship_from_not": lambda case, lines, given: case.consignment.ship_from.country not in _codes(case, given),
    "ship_to": lambda case, lines, given: bool(_codes(case, given) & set(case.areas)),
    "ship_to_not": lambda case, lines, given: not _codes(case, given) & set(case.areas),
    "same_country": lambda case, lines, given: _stays(case) is given,
    "crosses_border": lambda case, lines, given: _crosses(case) is given,
    "origin": _origin,
    "origin_not": lambda case, lines, given: _all([_not(_is_of(case, line, given)) for line in lines]),
    "established_in": lambda case, lines, given: _seat(case, given),
    "established_in_not": lambda case, lines, given: _not(_seat(case, given)),
    "buyer": lambda case, lines, given: case.consignment.buyer in _codes(case, given),
    "has_tax_id": lambda case, lines, given: bool(case.consignment.buyer_tax_id) is given,
    "nature": lambda case, lines, given: case.consignment.nature in _codes(case, given),
    "option": _option,
    "registration": _registered,
    "registration_not": lambda case, lines, given: _not(_registered(case, lines, given)),
    "goods": _in_list,
    "goods_not": lambda case, lines, key: _not(_in_list(case, lines, key)),
    "category": lambda case, lines, given: all(line.category in _codes(case, given) for line in lines),
    "single_item": lambda case, lines, given: (sum(line.quantity for line in case.lines) == 1) is given,
    "any_of": _any,
    "none_of": lambda case, lines, given: _not(_any(case, lines, given)),
}


def _stays(case: Case) -> bool:
    return case.consignment.ship_from.country == case.consignment.ship_to.country


def _crosses(case: Case) -> bool:
    return crosses_border(case.consignment.ship_from.country, case.consignment.ship_to.country)
