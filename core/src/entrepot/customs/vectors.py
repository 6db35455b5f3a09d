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
from entrepot.kernel.money import Money
from entrepot.sdk.errors import EntrepotError


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
    """The vectors of a JSON file (a list, or one object), or of every JSON file of a folder."""
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    if not files:
        raise VectorInvalid(f"{path}: there is no JSON file.")
    for file in files:
        content = _parse(file)
        for vector in content if isinstance(content, list) else [content]:
            if not isinstance(vector, Mapping) or "id" not in vector or "expected" not in vector:
                raise VectorInvalid(f"{file}: a vector is an object with id, kind, input and expected.")
            yield vector


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
    kind = vector.get("kind", "assess")
    if kind not in KINDS:
        return Played(id, source, (), f"There is no kind '{kind}'. There are: {', '.join(KINDS)}.")
    try:
        actual = KINDS[kind](vector.get("input", {}))
    except EntrepotError as refusal:
        actual = {"refused": True, "reason": str(refusal)}
        if "refused" not in vector["expected"]:
            return Played(id, source, (), str(refusal))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Played(id, source, (), f"The input of kind '{kind}' is incomplete: {type(error).__name__} {error}.")
    return Played(id, source, tuple(differences(vector["expected"], actual)))


def differences(expected: Any, actual: Any, path: str = "") -> Iterable[Difference]:
    """Where the actual answer lacks or contradicts the expected one; what is not expected is not looked at."""
    if isinstance(expected, Mapping):
        for key, value in expected.items():
            there = isinstance(actual, Mapping) and key in actual
            inner = actual[key] if there else None
            yield from differences(value, inner, f"{path}.{key}" if path else str(key))
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif not _same(expected, actual):
        yield Difference(path, expected, actual)


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
