"""Which warehouse serves what: one plan for what is promised and for what is allocated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

#: With more candidates than this the best combination is approached instead of searched.
EXACT_SEARCH_UP_TO = 10


@dataclass(frozen=True, slots=True)
class StockAt:
    """What one warehouse can promise of one variant. A lower priority is asked first."""

    variant_id: int
    warehouse_id: int
    available: int
    priority: int = 100
    country: str = ""
    warehouse: str = ""


@dataclass(frozen=True, slots=True)
class Pick:
    variant_id: int
    warehouse_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Shortage:
    variant_id: int
    wanted: int
    available: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Picks that serve every line, or else the shortages; never a part. ``reasons`` explain it to staff."""

    picks: tuple[Pick, ...]
    shortages: tuple[Shortage, ...]
    reasons: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return not self.shortages


class _Warehouses:
    """The candidates in the order in which they are asked."""

    def __init__(self, levels: Iterable[StockAt], destination: str) -> None:
        self._stock: dict[int, dict[int, int]] = defaultdict(dict)
        self._names: dict[int, str] = {}
        ranks: dict[int, tuple[int, bool, int]] = {}
        for level in levels:
            self._stock[level.warehouse_id][level.variant_id] = max(level.available, 0)
            self._names[level.warehouse_id] = level.warehouse or str(level.warehouse_id)
            abroad = bool(destination) and level.country != destination
            ranks[level.warehouse_id] = (level.priority, abroad, level.warehouse_id)
        self.in_order = sorted(ranks, key=lambda warehouse: ranks[warehouse])

    def name(self, warehouse_id: int) -> str:
        return self._names[warehouse_id]

    def stock(self, warehouse_id: int, variant_id: int) -> int:
        return self._stock[warehouse_id].get(variant_id, 0)

    def together(self, chosen: Iterable[int], variant_id: int) -> int:
        return sum(self.stock(warehouse_id, variant_id) for warehouse_id in chosen)

    def can_serve(self, chosen: Sequence[int], wanted: Mapping[int, int]) -> bool:
        return all(self.together(chosen, variant_id) >= quantity for variant_id, quantity in wanted.items())


def plan(lines: Mapping[int, int], levels: Iterable[StockAt], destination: str = "") -> Allocation:
    """Serve ``{variant id: quantity}`` from one warehouse if one can, else from as few as possible.

    Warehouses are asked by priority; of equal ones, first those in the destination country.
    """
    wanted = {variant_id: quantity for variant_id, quantity in lines.items() if quantity > 0}
    warehouses = _Warehouses(levels, destination)
    if shortages := _shortages(wanted, warehouses):
        return Allocation((), shortages, tuple(_explain_shortage(shortage) for shortage in shortages))
    chosen = _fewest(wanted, warehouses)
    return Allocation(_picks(wanted, chosen, warehouses), (), (_explain_choice(chosen, warehouses),))


def _shortages(wanted: Mapping[int, int], warehouses: _Warehouses) -> tuple[Shortage, ...]:
    available = {variant_id: warehouses.together(warehouses.in_order, variant_id) for variant_id in wanted}
    return tuple(
        Shortage(variant_id, quantity, available[variant_id])
        for variant_id, quantity in wanted.items()
        if available[variant_id] < quantity
    )


def _fewest(wanted: Mapping[int, int], warehouses: _Warehouses) -> tuple[int, ...]:
    if not wanted:
        return ()
    useful = [
        warehouse_id for warehouse_id in warehouses.in_order if any(warehouses.stock(warehouse_id, v) for v in wanted)
    ]
    if len(useful) > EXACT_SEARCH_UP_TO:
        return _most_useful_first(wanted, useful, warehouses)
    return next(
        chosen
        for size in range(1, len(useful) + 1)
        for chosen in combinations(useful, size)
        if warehouses.can_serve(chosen, wanted)
    )


def _most_useful_first(wanted: Mapping[int, int], useful: list[int], warehouses: _Warehouses) -> tuple[int, ...]:
    chosen: list[int] = []
    while not warehouses.can_serve(chosen, wanted):
        missing = {v: max(0, quantity - warehouses.together(chosen, v)) for v, quantity in wanted.items()}
        best = max(
            (warehouse_id for warehouse_id in useful if warehouse_id not in chosen),
            key=lambda warehouse_id: sum(min(warehouses.stock(warehouse_id, v), n) for v, n in missing.items()),
        )
        chosen.append(best)
    return tuple(warehouse_id for warehouse_id in useful if warehouse_id in chosen)


def _picks(wanted: Mapping[int, int], chosen: Sequence[int], warehouses: _Warehouses) -> tuple[Pick, ...]:
    picks = (pick for variant_id, n in wanted.items() for pick in _serve(variant_id, n, chosen, warehouses))
    return tuple(sorted(picks, key=lambda pick: (pick.variant_id, pick.warehouse_id)))


def _serve(variant_id: int, quantity: int, chosen: Sequence[int], warehouses: _Warehouses) -> list[Pick]:
    """From the first warehouse that has it all, else by priority."""
    for warehouse_id in chosen:
        if warehouses.stock(warehouse_id, variant_id) >= quantity:
            return [Pick(variant_id, warehouse_id, quantity)]
    picks = []
    for warehouse_id in chosen:
        taken = min(quantity, warehouses.stock(warehouse_id, variant_id))
        if taken:
            picks.append(Pick(variant_id, warehouse_id, taken))
        quantity -= taken
    return picks


def _explain_shortage(shortage: Shortage) -> str:
    return f"Variant {shortage.variant_id}: {shortage.wanted} wanted, {shortage.available} available in all warehouses."


def _explain_choice(chosen: Sequence[int], warehouses: _Warehouses) -> str:
    if not chosen:
        return "Nothing to allocate."
    names = ", ".join(warehouses.name(warehouse_id) for warehouse_id in chosen)
    if len(chosen) == 1:
        return f"{names} serves everything: the first by priority that can."
    return f"No single warehouse has everything; {names} together are the fewest that do."
