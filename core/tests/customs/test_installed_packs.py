"""What holds for every installed pack: no number in code, every record used on its days and on no other."""

from __future__ import annotations

import ast
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from entrepot.customs.assess import assess_json
from entrepot.customs.engine.checking import problems
from entrepot.customs.words import LABELS

from .baskets import PACKS, basket, loaded, schemes

#: Neutral elements and positions; everything else is a number of the law and belongs into a CSV file.
HARMLESS = {0, 1}


def sources() -> list[Path]:
    """Code of every distribution that brings rule packs."""
    folders = [Path(str(named.folder)).parent for named in PACKS.values()]
    return sorted({file for folder in folders for file in folder.rglob("*.py")})


def numbers_in(code: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(code)):
        value = node.value if isinstance(node, ast.Constant) else None
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and value not in HARMLESS
        if is_number or (isinstance(value, str) and _is_decimal(value)):
            found.append(f"line {node.lineno}: {value!r}")
    return found


def _is_decimal(text: str) -> bool:
    try:
        return Decimal(text) not in HARMLESS
    except InvalidOperation:
        return False


@pytest.mark.covers("G1")
@pytest.mark.parametrize("file", sources(), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_rate_or_threshold_is_in_code(file: Path) -> None:
    assert numbers_in(file.read_text(encoding="utf-8")) == []


def test_numbers_in_code_are_found() -> None:
    code = "LIMIT = 150\nrate = Decimal('0.2')\nfirst = pack[0]\nis_due = True\n"
    assert numbers_in(code) == ["line 1: 150", "line 2: '0.2'"]


@pytest.mark.parametrize("pack_id", PACKS)
def test_pack_names_only_what_it_has(pack_id: str) -> None:
    assert problems(loaded(pack_id)) == []


@pytest.mark.covers("S0.7")
@pytest.mark.parametrize("pack_id", PACKS)
def test_every_label_of_a_charge_is_translated(pack_id: str) -> None:
    labels = {step.label for regime in loaded(pack_id).regimes for step in regime.steps if step.label}
    assert labels <= set(LABELS)


@pytest.mark.parametrize("pack_id", PACKS)
def test_every_record_names_a_source_that_can_be_looked_up(pack_id: str) -> None:
    for _, cited in loaded(pack_id).records():
        assert cited.source.title and cited.source.address, cited.place


def changes(pack_id: str) -> list[date]:
    starts = {cited.period.start for _, cited in loaded(pack_id).records()}
    ends = {cited.period.end for _, cited in loaded(pack_id).records() if cited.period.end}
    return sorted(starts | ends)


@pytest.mark.covers("G1", "G2")
@pytest.mark.parametrize("pack_id", PACKS)
def test_basket_changes_on_the_day_of_a_record_and_on_no_other(pack_id: str) -> None:
    """The day before and the day itself: only records in force are cited, and another amount has another record."""
    pack = loaded(pack_id)
    periods: dict[str, list[object]] = {}
    for _, cited in pack.records():
        periods.setdefault(cited.ref.id, []).append(cited.period)
    for change in changes(pack_id):
        for value, mode, held in (
            ("10.00", "post", []),
            ("60.00", "courier", schemes(pack)),
            ("900.00", "courier", []),
        ):
            before, after = (
                assess_json(basket(pack, day, minor_value=value, mode=mode, registrations=held))
                for day in (change - timedelta(days=1), change)
            )
            for day, answer in ((change - timedelta(days=1), before), (change, after)):
                for rule in cited_rules(answer):
                    assert all(p.holds(day) for p in periods.get(rule, [])), f"{rule} is cited on {day}"
            if amounts(before) != amounts(after):
                assert documented(pack_id, change), f"{pack_id}: the basket changed on {change} without a record"


def test_nothing_changes_on_a_day_without_a_record() -> None:
    for pack_id in PACKS:
        pack, all_changes = loaded(pack_id), changes(pack_id)
        quiet = next(d for d in (date(2026, 3, 10) + timedelta(days=n) for n in range(60)) if d not in all_changes)
        before, after = (assess_json(basket(pack, day)) for day in (quiet - timedelta(days=1), quiet))
        assert amounts(before) == amounts(after), pack_id


def documented(pack_id: str, day: date) -> bool:
    return any(day in (c.period.start, c.period.end) for _, c in loaded(pack_id).records())


def cited_rules(answer: dict) -> set[str]:
    return {line["rule"]["id"] for line in answer["lines"]} | {t["rule"]["id"] for t in answer["treatments"]}


def amounts(answer: dict) -> list[tuple[str, str, str | None]]:
    return [(line["line_id"], line["code"], line["amount"]) for line in answer["lines"]]
