"""Which warehouse serves what: one plan for what is promised and for what is allocated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import combinations

from entrepot.kernel.records import dataclass

#: With more candidates than this the best combination is approached instead of searched.
EXACT_SEARCH_UP_TO = 10


class Strategy(StrEnum):
    """How warehouses are chosen when several have the goods."""

    FEWEST = "fewest"
    PRIORITY = "priority"
    NEAREST = "nearest"
    CHEAPEST = "cheapest"


@dataclass(frozen=True, slots=True)
class StockAt:
    """What one warehouse can promise of one variant. A lower priority is asked first.

    ``dispatch_cost`` is what one parcel from there to the destination costs, in minor units of the base currency.
    """

    variant_id: int
    warehouse_id: int
    available: int
    priority: int = 100
    country: str = ""
    warehouse: str = ""
    dispatch_cost: int | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """What may be promised of a variant beyond its stock: so many pieces, to arrive in this warehouse."""

    warehouse_id: int
    open: int
    kind: str = "backorder"
    available_from: date | None = None
    sku: str = ""


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
    """Picks that serve every line, or else the shortages; never a part. ``reasons`` explain it to staff.

    ``awaited`` are picks of pieces that are not there yet.
    """

    picks: tuple[Pick, ...]
    shortages: tuple[Shortage, ...]
    reasons: tuple[str, ...]
    awaited: tuple[Pick, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.shortages


class _Warehouses:
    """The candidates in the order in which they are asked."""

    def __init__(self, levels: Iterable[StockAt], destination: str, strategy: Strategy) -> None:
        self._stock: dict[int, dict[int, int]] = defaultdict(dict)
        self._names: dict[int, str] = {}
        self._costs: dict[int, int | None] = {}
        ranks: dict[int, tuple[int, int, int]] = {}
        for level in levels:
            self._stock[level.warehouse_id][level.variant_id] = max(level.available, 0)
            self._names[level.warehouse_id] = level.warehouse or str(level.warehouse_id)
            self._costs[level.warehouse_id] = level.dispatch_cost
            ranks[level.warehouse_id] = _rank(level, destination, strategy)
        self.in_order = sorted(ranks, key=lambda warehouse: ranks[warehouse])

    def name(self, warehouse_id: int) -> str:
        return self._names[warehouse_id]

    def cost(self, chosen: Iterable[int]) -> tuple[int, int]:
        """How many have no known cost, and what the others cost together: the unknown is the dearest."""
        costs = [self._costs[warehouse_id] for warehouse_id in chosen]
        return costs.count(None), sum(cost for cost in costs if cost is not None)

    def stock(self, warehouse_id: int, variant_id: int) -> int:
        return self._stock[warehouse_id].get(variant_id, 0)

    def together(self, chosen: Iterable[int], variant_id: int) -> int:
        return sum(self.stock(warehouse_id, variant_id) for warehouse_id in chosen)

    def can_serve(self, chosen: Sequence[int], wanted: Mapping[int, int]) -> bool:
        return all(self.together(chosen, variant_id) >= quantity for variant_id, quantity in wanted.items())

    def useful(self, wanted: Mapping[int, int]) -> list[int]:
        return [warehouse_id for warehouse_id in self.in_order if any(self.stock(warehouse_id, v) for v in wanted)]


def _rank(level: StockAt, destination: str, strategy: Strategy) -> tuple[int, int, int]:
    abroad = int(bool(destination) and level.country != destination)
    if strategy is Strategy.NEAREST:
        return abroad, level.priority, level.warehouse_id
    return level.priority, abroad, level.warehouse_id


def plan(
    lines: Mapping[int, int],
    levels: Iterable[StockAt],
    destination: str = "",
    *,
    strategy: Strategy = Strategy.FEWEST,
    later: Mapping[int, Later] | None = None,
) -> Allocation:
    """Serve ``{variant id: quantity}`` as the strategy says; what stock lacks is awaited where ``later`` allows it.

    Warehouses are asked by priority; of equal ones, first those in the destination country. The nearest strategy asks
    those in the destination country first and then by priority.
    """
    wanted = {variant_id: quantity for variant_id, quantity in lines.items() if quantity > 0}
    later = later or {}
    warehouses = _Warehouses(levels, destination, strategy)
    if shortages := _shortages(wanted, warehouses, later):
        return Allocation((), shortages, tuple(_explain_shortage(shortage) for shortage in shortages))
    there = {v: min(quantity, warehouses.together(warehouses.in_order, v)) for v, quantity in wanted.items()}
    there = {variant_id: quantity for variant_id, quantity in there.items() if quantity}
    awaited = tuple(
        Pick(variant_id, later[variant_id].warehouse_id, quantity - there.get(variant_id, 0))
        for variant_id, quantity in wanted.items()
        if quantity > there.get(variant_id, 0)
    )
    chosen = _chosen(there, warehouses, strategy)
    picks = _picks(there, chosen, warehouses, in_turn=strategy in (Strategy.PRIORITY, Strategy.NEAREST))
    reasons = [_explain_choice(chosen, warehouses, strategy)] if there or not awaited else []
    reasons += [_explain_waiting(pick, later[pick.variant_id]) for pick in awaited]
    return Allocation(picks, (), tuple(reasons), awaited)


def _shortages(wanted: Mapping[int, int], warehouses: _Warehouses, later: Mapping[int, Later]) -> tuple[Shortage, ...]:
    promised = {
        variant_id: warehouses.together(warehouses.in_order, variant_id)
        + (later[variant_id].open if variant_id in later else 0)
        for variant_id in wanted
    }
    return tuple(
        Shortage(variant_id, quantity, promised[variant_id])
        for variant_id, quantity in wanted.items()
        if promised[variant_id] < quantity
    )


def _chosen(wanted: Mapping[int, int], warehouses: _Warehouses, strategy: Strategy) -> tuple[int, ...]:
    if strategy in (Strategy.PRIORITY, Strategy.NEAREST):
        return _in_turn(wanted, warehouses)
    useful = warehouses.useful(wanted)
    if strategy is Strategy.CHEAPEST and len(useful) <= EXACT_SEARCH_UP_TO:
        return _cheapest(wanted, useful, warehouses)
    return _fewest(wanted, useful, warehouses)


def _in_turn(wanted: Mapping[int, int], warehouses: _Warehouses) -> tuple[int, ...]:
    """Those that give something when each in its turn gives all it has."""
    missing, chosen = dict(wanted), []
    for warehouse_id in warehouses.in_order:
        given = {v: min(quantity, warehouses.stock(warehouse_id, v)) for v, quantity in missing.items()}
        if any(given.values()):
            chosen.append(warehouse_id)
            missing = {v: quantity - given[v] for v, quantity in missing.items()}
    return tuple(chosen)


def _cheapest(wanted: Mapping[int, int], useful: Sequence[int], warehouses: _Warehouses) -> tuple[int, ...]:
    """The lowest sum of dispatch costs; of equal sums the fewest parcels, then the order of asking."""
    sets = (chosen for size in range(len(useful) + 1) for chosen in combinations(useful, size))
    return min((chosen for chosen in sets if warehouses.can_serve(chosen, wanted)), key=warehouses.cost)


def _fewest(wanted: Mapping[int, int], useful: list[int], warehouses: _Warehouses) -> tuple[int, ...]:
    if len(useful) > EXACT_SEARCH_UP_TO:
        return _most_useful_first(wanted, useful, warehouses)
    return next(
        chosen
        for size in range(len(useful) + 1)
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


def _picks(
    wanted: Mapping[int, int], chosen: Sequence[int], warehouses: _Warehouses, *, in_turn: bool
) -> tuple[Pick, ...]:
    picks = (pick for v, n in wanted.items() for pick in _serve(v, n, chosen, warehouses, in_turn=in_turn))
    return tuple(sorted(picks, key=lambda pick: (pick.variant_id, pick.warehouse_id)))


def _serve(
    variant_id: int, quantity: int, chosen: Sequence[int], warehouses: _Warehouses, *, in_turn: bool
) -> list[Pick]:
    """From the first warehouse that has it all, else (or ``in_turn``) from each what it has."""
    for warehouse_id in () if in_turn else chosen:
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


def _explain_waiting(pick: Pick, later: Later) -> str:
    when = f"from {later.available_from.isoformat()} on" if later.available_from else "when stock arrives"
    name = later.sku or f"Variant {pick.variant_id}"
    return f"{name}: {pick.quantity} on {later.kind}, to leave {when}."


def _explain_choice(chosen: Sequence[int], warehouses: _Warehouses, strategy: Strategy) -> str:
    if not chosen:
        return "Nothing to allocate."
    names = ", ".join(warehouses.name(warehouse_id) for warehouse_id in chosen)
    if strategy is Strategy.CHEAPEST:
        return _explain_cost(names, warehouses.cost(chosen))
    if strategy is Strategy.PRIORITY:
        return f"{names}: each gives what it has, by priority."
    if strategy is Strategy.NEAREST:
        return f"{names}: each gives what it has, those in the destination country first."
    if len(chosen) == 1:
        return f"{names} serves everything: the first by priority that can."
    return f"No single warehouse has everything; {names} together are the fewest that do."


def _explain_cost(names: str, cost: tuple[int, int]) -> str:
    unknown, known = cost
    if unknown:
        return f"{names}: no cheaper way is known, because warehouses have no dispatch cost to the destination."
    return f"{names}: the lowest dispatch cost, {known} in minor units of the base currency."
