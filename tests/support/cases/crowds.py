"""Many at once: buyers who want the same goods, or copies of one buyer's request."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

from support.cases.vocabulary import NotBuilt

if TYPE_CHECKING:
    from support.cases.shop import Answer
    from support.cases.steps import Player

#: However a file orders its keys, a cart is filled before it is ordered, and ordered before it is paid.
_IN_ORDER = (
    "channel", "add", "set_qty", "remove", "address", "coupon", "ship", "place", "complete", "authorize", "pay",
    "capture",
)  # fmt: skip
_MOST_TRIES = 20
_numbers = itertools.count(1)


def everybody_at_once(buyers: list[Player], each: Mapping[str, Any]) -> list[Player]:
    """Every buyer plays all steps until one is refused."""
    steps = _in_order(each)
    start = Barrier(len(buyers))

    def run(buyer: Player) -> None:
        start.wait()
        for name, value in steps:
            if not buyer.refusal:
                buyer.play({name: value})

    with ThreadPoolExecutor(len(buyers)) as pool:
        list(pool.map(run, buyers))
    return buyers


def copies_at_once(buyer: Player, each: Mapping[str, Any], copies: int) -> None:
    """Copies of this buyer's last request, with one key; what comes before it is sent once."""
    *before, (name, value) = _in_order(each)
    for earlier, step in before:
        buyer.play({earlier: step})
    if name not in ("complete", "place"):
        raise NotBuilt(f"copies of {name}")
    key = str(value.get("key", "copies")) if isinstance(value, Mapping) else f"copies-{next(_numbers)}"
    buyer.bodies[key] = buyer.order_body("at-once" if name == "complete" else "later")
    start = Barrier(copies)

    def run(_: int) -> Answer:
        start.wait()
        return _patiently(buyer, {"key": key})

    with ThreadPoolExecutor(copies) as pool:
        list(pool.map(run, range(copies)))


def _in_order(each: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
    known = {name: position for position, name in enumerate(_IN_ORDER)}
    return sorted(each.items(), key=lambda step: known.get(step[0], len(known)))


def _patiently(buyer: Player, step: Mapping[str, Any]) -> Answer:
    """A client that does what Retry-After says."""
    for _ in range(_MOST_TRIES):
        answer = buyer.complete(step)
        if answer.reason != "still-under-way":
            break
    return answer
