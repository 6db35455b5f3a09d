"""Misbehaviour on request: which switches there are and who sets them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

#: Stands for "every time" where a switch counts.
ALWAYS = -1
#: Lowest and highest value of switches that measure something, and what plain "on" means.
_RANGES = {"slow": (0, 30_000), "late": (0, 3_600), "duplicate": (1, 20)}
_COUNTS = (ALWAYS, 1_000)
_PLAIN_ON = {"slow": 1_000, "late": 5, "duplicate": 2}


class UnknownFault(ValueError):
    """A switch or a value that does not exist."""


@dataclass(frozen=True)
class Faults:
    """All switches off. Counters work that many times, -1 (or true in JSON) every time."""

    #: Milliseconds that answers of the API are held back.
    slow: int = 0
    #: How often each webhook is sent.
    duplicate: int = 1
    #: The last event of a step is sent first.
    reorder: bool = False
    #: Webhooks are never sent.
    lost: bool = False
    #: Seconds that webhooks are held back.
    late: int = 0
    #: Webhooks wait for POST /control/release.
    hold: bool = False
    #: Webhooks are sent before the browser is redirected.
    before_return: bool = False
    #: "amount" or "currency": paid payments are reported with another one.
    lying_amount: str = ""
    #: Counter: captures and refunds take effect, then the connection breaks.
    timeout_after_capture: int = 0
    #: Counter: the API answers 500 and does nothing.
    error_500: int = 0
    #: Counter: the API acts, then answers what is not JSON.
    garbage: int = 0
    #: Whatever the buyer chooses is declined.
    decline: bool = False

    @property
    def switched_on(self) -> dict[str, Any]:
        """Only what differs from all off."""
        return {name: value for name, value in asdict(self).items() if value != getattr(Faults, name)}


#: Amounts in minor units that switch a fault on by themselves.
MAGIC_AMOUNTS: dict[int, Mapping[str, Any]] = {
    990001: {"decline": True},
    990002: {"slow": 2_000},
    990003: {"duplicate": 3},
    990004: {"reorder": True},
    990005: {"lost": True},
    990006: {"late": 5},
    990007: {"before_return": True},
    990008: {"lying_amount": "amount"},
    990009: {"lying_amount": "currency"},
    990010: {"timeout_after_capture": 1},
    990011: {"error_500": ALWAYS},
    990012: {"garbage": ALWAYS},
}


def read_faults(values: Mapping[str, Any], base: Faults | None = None) -> Faults:
    """Switches from JSON, a form or a header, on top of ``base``; raises UnknownFault."""
    kinds = {field.name: type(field.default) for field in fields(Faults)}
    unknown = set(values) - set(kinds)
    if unknown:
        raise UnknownFault(f"Unknown fault {sorted(unknown)}. There are: {', '.join(sorted(kinds))}.")
    read = {name: _value(name, value, kinds[name]) for name, value in values.items()}
    return replace(base or Faults(), **read)


def spent(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The switches after a counter worked once; "always" stays."""
    count = int(values[name])
    return {**values, name: count if count == ALWAYS else max(count - 1, 0)}


def normalised(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same switches with checked values, ready to be stored."""
    read = asdict(read_faults(values))
    return {name: read[name] for name in values}


def read_fault_header(header: str) -> dict[str, Any]:
    """``decline; slow=500`` as ``{"decline": True, "slow": "500"}``."""
    switches = (part.strip().partition("=") for part in header.split(";") if part.strip())
    return {name.strip(): value.strip() if equals else True for name, equals, value in switches}


def _value(name: str, value: Any, kind: type) -> Any:
    if kind is bool:
        return value in (True, "true", "on", "1", 1)
    if name == "lying_amount":
        return _one_of(name, "amount" if value is True else value, ("", "amount", "currency"))
    if value is True:
        return _PLAIN_ON.get(name, ALWAYS)
    return _whole_number(name, value)


def _whole_number(name: str, value: Any) -> int:
    try:
        number = int(value or 0)
    except (TypeError, ValueError):
        raise UnknownFault(f"Fault {name} takes a whole number, not {value!r}.") from None
    lowest, highest = _RANGES.get(name, _COUNTS)
    return min(max(number, lowest), highest)


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise UnknownFault(f"Fault {name} takes one of {', '.join(filter(None, allowed))}, not {value!r}.")
    return str(value)
