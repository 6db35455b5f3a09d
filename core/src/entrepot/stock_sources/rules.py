"""Which events of a source still count. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from entrepot.sdk.stock import StockEvent

#: A SKU in a warehouse: (SKU, warehouse code).
Place = tuple[str, str]


@dataclass(frozen=True)
class Sorted:
    """``due`` are the newest events by place, ``passed`` how many were older or known."""

    due: dict[Place, StockEvent]
    passed: int


def newest(events: Iterable[StockEvent], known: Mapping[Place, int]) -> Sorted:
    """Of each place the event with the highest sequence, where it is above the one that is ``known``."""
    due: dict[Place, StockEvent] = {}
    seen = 0
    for event in events:
        seen += 1
        place = (event.sku, event.warehouse)
        last = due[place].sequence if place in due else known.get(place)
        if last is None or event.sequence > last:
            due[place] = event
    return Sorted(due, seen - len(due))
