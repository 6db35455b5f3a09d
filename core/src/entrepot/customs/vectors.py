"""Plays test vectors: an input and what must come out, expected beside actual."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from entrepot.customs.assess import assess_json
from entrepot.customs.engine.check_digits import message_digest, s10_check_digit, s10_item_id
from entrepot.customs.engine.reading import read_rates
from entrepot.customs.engine.settlement import payment_fee, refund, round_cash, settle
from entrepot.customs.terse import is_terse, written_out
from entrepot.kernel.money import Money
from entrepot.sdk.errors import EntrepotError

#: What a vector says about itself; every other field of one without ``input`` is a field of the assessment.
ABOUT_THE_VECTOR = ("id", "kind", "status", "source", "note", "title", "expected")
#: Words for sums that people use beside those of an answer.
OTHER_NAMES = {"total": "landed", "landed_cost": "landed", "taxes": "tax", "duties": "duty", "customs_value": "cif"}


class VectorInvalid(EntrepotError):
    """A file that holds no vectors; the message says what was expected."""


@dataclass(frozen=True)
class Difference:
    """One value that came out otherwise, by its path in the answer."""

    path: str
    expected: Any
    actual: Any


@dataclass(frozen=True)
class Played:
    """A vector that was played; ``problem`` is set where no answer came at all."""

    id: str
    source: str
    differences: tuple[Difference, ...]
    problem: str = ""

    @property
    def passed(self) -> bool:
        return not self.differences and not self.problem


def read_vectors(path: Path) -> Iterator[Mapping[str, Any]]:
    """The vectors of a file, or of every JSON file of a folder, each with id, kind, input and expected.

    A file is a list, one vector, or an object with the list under ``vectors``. A vector may leave out ``kind`` and
    ``input`` when the fields of an assessment stand beside ``expected``; a terse one is written out.
    """
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    if not files:
        raise VectorInvalid(f"{path}: there is no JSON file.")
    for file in files:
        for number, vector in enumerate(_listed(_parse(file)), start=1):
            if not isinstance(vector, Mapping) or not isinstance(vector.get("expected"), Mapping):
                raise VectorInvalid(f"{file}: vector {number} is no object with id, kind, input and expected.")
            yield _whole({"id": f"{file.stem}-{number}", **vector})


def _listed(content: Any) -> list[Any]:
    if isinstance(content, Mapping) and isinstance(content.get("vectors"), list):
        return list(content["vectors"])
    return content if isinstance(content, list) else [content]


def _whole(vector: dict[str, Any]) -> Mapping[str, Any]:
    """The vector with its input in its place."""
    if "input" in vector:
        return vector
    question = {name: value for name, value in vector.items() if name not in ABOUT_THE_VECTOR}
    return {name: vector[name] for name in ABOUT_THE_VECTOR if name in vector} | {"input": question}


def _parse(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise VectorInvalid(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise VectorInvalid(f"{file} is no JSON: {error}.") from None


def play(vector: Mapping[str, Any]) -> Played:
    """Ask the function that does the job and compare; never raises for what a vector says."""
    id, source = str(vector["id"]), str(vector.get("source", ""))
    try:
        told = written_out(dict(vector)) if is_terse(vector) else vector
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        return Played(id, source, (), f"The example lacks or misuses a word: {type(error).__name__} {error}.")
    kind = told.get("kind", "assess")
    if kind not in KINDS:
        return Played(id, source, (), f"There is no kind '{kind}'. There are: {', '.join(KINDS)}.")
    try:
        actual = KINDS[kind](told.get("input", {}))
    except EntrepotError as refusal:
        actual = {"refused": True, "reason": str(refusal)}
        if "refused" not in told["expected"]:
            return Played(id, source, (), str(refusal))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Played(id, source, (), f"The input of kind '{kind}' is incomplete: {type(error).__name__} {error}.")
    return Played(id, source, tuple(differences(told["expected"], actual)))


def differences(expected: Any, actual: Any, path: str = "") -> Iterable[Difference]:
    """Where the actual answer lacks or contradicts the expected one; what is not expected is not looked at."""
    if isinstance(expected, Mapping):
        for key, value in expected.items():
            inner = _named(actual, key, is_whole=not path) if isinstance(actual, Mapping) else None
            yield from differences(value, inner, f"{path}.{key}" if path else str(key))
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif not _same(expected, actual):
        yield Difference(path, expected, actual)


def _named(actual: Mapping[str, Any], key: str, *, is_whole: bool) -> Any:
    """What an answer says under this name; in the whole answer also what its sums, charges and facts call so."""
    if key in actual or not is_whole:
        return actual.get(key)
    name = OTHER_NAMES.get(key, key)
    for section in ("totals", "facts", "values", "pieces"):
        if name in actual.get(section, {}):
            return actual[section][name]
    charge = actual.get("charges", {}).get(name.replace("_", "-"), {})
    return charge.get("amount")


def _same(expected: Any, actual: Any) -> bool:
    """Equal as numbers where both are numbers: 5.00 is 5."""
    if isinstance(expected, bool) or isinstance(actual, bool) or None in (expected, actual):
        return expected is actual
    try:
        return Decimal(str(expected)) == Decimal(str(actual))
    except InvalidOperation:
        return bool(expected == actual)


def _allocate(given: Mapping[str, Any]) -> dict[str, Any]:
    parts = Money.exactly(given["amount"], given["currency"]).allocate(given["ratios"])
    return {"parts": [str(part.decimal) for part in parts]}


def _convert(given: Mapping[str, Any]) -> dict[str, Any]:
    day = date.fromisoformat(given["date"])
    amount = Money.exactly(given["amount"], given["currency"])
    converted, how = read_rates(given["rates"]).convert(amount, given["to"], day)
    return {"result": str(converted.decimal), "rate_date": str(how.day), "source": how.source}


def _cash(given: Mapping[str, Any]) -> dict[str, Any]:
    payable, line = round_cash(Money.exactly(given["amount"], given["currency"]))
    return {"payable": str(payable.decimal), "rounding_line": str(line.decimal)}


def _settle(given: Mapping[str, Any]) -> dict[str, Any]:
    order = Money.exactly(given["amount"], given["currency"])
    fixed = Money.exactly(given["fee_fixed"], given["currency"])
    booked = settle(
        order,
        payment_fee(order, share=Decimal(given["fee_share"]), fixed=fixed),
        booked_rate=Decimal(given["booked_rate"]),
        settle_rate=Decimal(given["settle_rate"]),
        book_currency=given["book_currency"],
    )
    return {name: str(getattr(booked, name).decimal) for name in booked.__dataclass_fields__}


def _refund(given: Mapping[str, Any]) -> dict[str, Any]:
    cost = refund(
        Money.exactly(given["amount"], given["currency"]),
        booked_rate=Decimal(given["booked_rate"]),
        rate_at_refund=Decimal(given["rate_at_refund"]),
        book_currency=given["book_currency"],
    )
    return {name: str(getattr(cost, name).decimal) for name in cost.__dataclass_fields__}


def _digest(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"digest_value": message_digest(given["message"])}


def _s10(given: Mapping[str, Any]) -> dict[str, Any]:
    item = s10_item_id(given["service"], given["serial"], given["country"])
    return {"check_digit": str(s10_check_digit(given["serial"])), "item_id": item}


KINDS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "assess": assess_json,
    "money.allocate": _allocate,
    "money.cash": _cash,
    "fx.convert": _convert,
    "fx.settle": _settle,
    "fx.refund": _refund,
    "message.digest": _digest,
    "post.s10": _s10,
}
