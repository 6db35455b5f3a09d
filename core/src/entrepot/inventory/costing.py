"""What stock is worth: moving average and first in, first out, over the same movements. In whole minor units."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """Pieces in or out (signed); ``cost`` is what incoming pieces cost together, landed, or None when nobody said."""

    quantity: int
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """``unpriced`` pieces came before any cost was known; they count as nothing."""

    pieces: int
    value: int
    #: What the pieces that left had cost.
    consumed: int
    unpriced: int


@dataclass(slots=True)
class _Layer:
    pieces: int
    cost: int
    priced: bool

    def take(self, pieces: int) -> int:
        """The cost of so many of these pieces; what rounding leaves stays with the rest."""
        taken = self.cost * pieces // self.pieces
        self.pieces -= pieces
        self.cost -= taken
        return taken


def fifo(steps: Iterable[Step]) -> Worth:
    """What came first leaves first. Pieces without a cost of their own cost what the latest with one did."""
    layers: deque[_Layer] = deque()
    latest: tuple[int, int] | None = None
    consumed = 0
    for step in steps:
        if step.quantity > 0:
            if step.cost is not None:
                latest = step.cost, step.quantity
            cost = step.cost if step.cost is not None else _share(latest, step.quantity)
            layers.append(_Layer(step.quantity, cost or 0, cost is not None))
        else:
            consumed += _leave(layers, -step.quantity)
    return _worth(layers, consumed)


def moving_average(steps: Iterable[Step]) -> Worth:
    """All pieces cost the same: the average of what is there. Pieces without a cost come in at that average."""
    pool, latest, consumed = _Layer(0, 0, True), None, 0
    unpriced = 0
    for step in steps:
        if step.quantity > 0:
            known = pool.pieces - unpriced
            average = (pool.cost, known) if known else latest
            cost = step.cost if step.cost is not None else _share(average, step.quantity)
            unpriced += step.quantity if cost is None else 0
            pool.pieces += step.quantity
            pool.cost += cost or 0
        elif step.quantity < 0:
            first = min(unpriced, -step.quantity)  # what has no cost leaves before what has one
            unpriced -= first
            pool.pieces -= first
            consumed += pool.take(-step.quantity - first) if -step.quantity > first else 0
        if pool.pieces > unpriced:
            latest = pool.cost, pool.pieces - unpriced
    return Worth(pool.pieces, pool.cost, consumed, unpriced)


def _share(of: tuple[int, int] | None, pieces: int) -> int | None:
    return of[0] * pieces // of[1] if of else None


def _leave(layers: deque[_Layer], pieces: int) -> int:
    cost = 0
    while pieces and layers:
        taken = min(pieces, layers[0].pieces)
        cost += layers[0].take(taken)
        pieces -= taken
        if not layers[0].pieces:
            layers.popleft()
    return cost


def _worth(layers: Iterable[_Layer], consumed: int) -> Worth:
    rest = list(layers)
    return Worth(
        pieces=sum(layer.pieces for layer in rest),
        value=sum(layer.cost for layer in rest),
        consumed=consumed,
        unpriced=sum(layer.pieces for layer in rest if not layer.priced),
    )


METHODS = {"average": moving_average, "fifo": fifo}
