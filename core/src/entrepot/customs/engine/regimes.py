"""How a regime is written down: when it applies and its ordered steps. Read from TOML and checked word for word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from entrepot.customs.engine.records import Cited, PackInvalid, Period, Source


class Collector(StrEnum):
    """Who hands the money to the authority."""

    SELLER = "seller"
    MARKETPLACE = "marketplace"
    DECLARANT = "declarant"
    CARRIER = "carrier"
    BUYER = "buyer"


#: Their money was taken from the buyer before the parcel left.
AT_CHECKOUT = frozenset({Collector.SELLER, Collector.MARKETPLACE, Collector.DECLARANT})


class Kind(StrEnum):
    """What a charge is; a value is computed and shown, and nobody owes it."""

    DUTY = "duty"
    TAX = "tax"
    FEE = "fee"
    VALUE = "value"


class Formula(StrEnum):
    """How a step makes its amount."""

    NOT_DUE = "not_due"
    #: Base times the rate record, by the record's own method.
    RATE = "rate"
    #: Base times rate, less an amount, never below zero.
    RATE_LESS_AMOUNT = "rate_less_amount"
    #: The tax is part of its own base: base × rate / (1 - rate).
    INSIDE = "inside"
    #: An amount from the pack, by its unit: per consignment, item, piece or kg.
    FLAT = "flat"
    #: Number of declaration items: lines that share what ``items_by`` names.
    COUNT = "count"
    #: The base itself.
    BASE = "base"
    #: One sum as a fraction of another.
    SHARE = "share"
    #: Frees a charge computed before while its amount keeps within a threshold.
    WAIVE = "waive"
    #: The pack knows that something is due and not how much.
    UNKNOWN = "unknown"


class Over(StrEnum):
    """What is computed, and rounded, as one: each line, all lines of one rate, or the whole consignment."""

    LINE = "line"
    RATE = "rate"
    CONSIGNMENT = "consignment"


@dataclass(frozen=True)
class Step:
    """One step of a regime, in the words of the TOML file."""

    kind: Kind
    code: str
    formula: Formula
    label: str = ""
    base: tuple[str, ...] = ()
    rate: tuple[str, ...] = ()
    #: Whose rates: the destination's, or with "ship_from" those of the country of departure.
    area: str = ""
    amount: str = ""
    #: What formula "share" divides by.
    of: tuple[str, ...] = ()
    over: Over = Over.LINE
    items_by: tuple[str, ...] = ("hs6",)
    at_least: str = ""
    at_most: str = ""
    round: str = ""
    base_round: str = ""
    #: "not_due" where a rate that does not exist means that nothing is due; otherwise it is unknown.
    without_rate: str = "unknown"
    within: str = ""
    when: tuple[Mapping[str, Any], ...] = ()
    collector: Collector | None = None
    registration: str = ""
    because: str = ""


@dataclass(frozen=True)
class Regime:
    """Conditions, steps, and what else the answer says: declaration, collector, registration."""

    id: str
    title: str
    cited: Cited
    when: tuple[Mapping[str, Any], ...]
    steps: tuple[Step, ...]
    #: "consignment", or "line" where each line is judged alone and the rest goes to the regimes that follow.
    scope: str
    collector: Collector
    registration: str
    declaration: str
    #: "authority": computed in the pack's currency; "sale": in the currency of the sale.
    reckoned_in: str
    allocate_by: str
    refused: str
    unknown: str

    def __str__(self) -> str:
        return f"{len(self.steps)} steps" if self.steps else "refused" if self.refused else "unknown"


_STEP_KINDS = tuple(Kind)
_LISTS = ("base", "rate", "of", "items_by", "when")
_STEP_KEYS = {field.name for field in fields(Step)} - {"kind", "code"} | set(_STEP_KINDS)
_REGIME_KEYS = {
    "id", "title", "effective_from", "effective_to", "source", "retrieved", "note", "when", "steps", "scope",
    "collector", "registration", "declaration", "reckoned_in", "allocate_by", "refused", "unknown",
}  # fmt: skip


@dataclass(frozen=True)
class Origin:
    """What every regime of a file shares: the pack's identity and its sources."""

    pack: str
    version: str
    file: str
    sources: Mapping[str, Source]


def read_regime(table: Mapping[str, Any], origin: Origin) -> Regime:
    """A ``[[regime]]`` table; raises PackInvalid with the regime's name."""
    place = f"{origin.file}, regime '{table.get('id', '?')}'"
    _refuse_unknown(table, _REGIME_KEYS, place)
    return Regime(
        id=_text(table, "id", place),
        title=_text(table, "title", place),
        cited=_cited(table, origin, place),
        when=tuple(table.get("when", ())),
        steps=tuple(read_step(step, place) for step in table.get("steps", ())),
        scope=_one_of(table.get("scope", "consignment"), ("consignment", "line"), "scope", place),
        collector=Collector(_one_of(table.get("collector", "carrier"), tuple(Collector), "collector", place)),
        registration=table.get("registration", ""),
        declaration=table.get("declaration", ""),
        reckoned_in=_one_of(table.get("reckoned_in", "authority"), ("authority", "sale"), "reckoned_in", place),
        allocate_by=_one_of(table.get("allocate_by", "value"), ("value", "weight"), "allocate_by", place),
        refused=table.get("refused", ""),
        unknown=table.get("unknown", ""),
    )


def read_step(table: Mapping[str, Any], place: str) -> Step:
    """An inline table of ``steps``: its first word says the kind, as in ``{tax = "vat", formula = "rate", …}``."""
    _refuse_unknown(table, _STEP_KEYS, place)
    kinds = [kind for kind in _STEP_KINDS if kind in table]
    if len(kinds) != 1:
        raise PackInvalid(f"{place}: a step names exactly one of {', '.join(_STEP_KINDS)}; {dict(table)} does not.")
    given: dict[str, Any] = {key: value for key, value in table.items() if key not in _STEP_KINDS}
    for key in _LISTS:
        if key in given:
            given[key] = _tuple(given[key])
    where = f"{place}, step '{table[kinds[0]]}'"
    given["formula"] = Formula(_one_of(given.get("formula", "rate"), tuple(Formula), "formula", where))
    given["over"] = Over(_one_of(given.get("over", "line"), tuple(Over), "over", where))
    _one_of(given.get("area", ""), ("", "ship_from"), "area", where)
    if "collector" in given:
        given["collector"] = Collector(_one_of(given["collector"], tuple(Collector), "collector", where))
    return Step(kind=kinds[0], code=table[kinds[0]], **given)


def _tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def _refuse_unknown(table: Mapping[str, Any], known: set[str], place: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise PackInvalid(f"{place}: unknown word {', '.join(unknown)}. There are: {', '.join(sorted(known))}.")


def _text(table: Mapping[str, Any], key: str, place: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise PackInvalid(f"{place}: {key} is missing.")
    return value


def _one_of(value: Any, choices: Sequence[str], key: str, place: str) -> str:
    if value not in choices:
        raise PackInvalid(f"{place}: {key} = {value!r}. Write one of: {', '.join(choices)}.")
    return str(value)


def _cited(table: Mapping[str, Any], origin: Origin, place: str) -> Cited:
    start, end, retrieved = (table.get(key) for key in ("effective_from", "effective_to", "retrieved"))
    if not isinstance(start, date) or not isinstance(retrieved, date) or not isinstance(end, date | None):
        raise PackInvalid(f"{place}: effective_from and retrieved are days like 2026-01-31, without quotes.")
    source = origin.sources.get(table.get("source", ""))
    if source is None:
        raise PackInvalid(f"{place}: source = {table.get('source')!r}. Name an id of sources.csv.")
    id = _text(table, "id", place)
    note = table.get("note", "") or _text(table, "title", place)
    return Cited(origin.pack, origin.version, id, Period(start, end), source, retrieved, note, place)
