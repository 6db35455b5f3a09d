"""Spreading an amount over lines or units so that every cent is placed and no cap is exceeded. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def spread(amount: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """Shares in proportion to the weights; what a cap keeps out goes to the others. Σ == min(amount, Σ caps)
    where every cap above zero has a weight above zero.

    Cents that remain go by largest remainder, of equal remainders to the larger share, then the earlier one.
    """
    shares = [0] * len(weights)
    open_ = [i for i, weight in enumerate(weights) if weight > 0 and caps[i] > 0]
    rest = min(amount, sum(caps[i] for i in open_))
    while full := _full(rest, weights, caps, open_):
        for i in full:
            shares[i] = caps[i]
        rest -= sum(caps[i] for i in full)
        open_ = [i for i in open_ if i not in full]
    for i, share in zip(open_, _by_largest_remainder(rest, [weights[i] for i in open_]), strict=True):
        shares[i] = share
    return shares


def apportion(amount: int, weights: Sequence[int]) -> list[int]:
    """The same without caps; Σ == amount unless all weights are zero."""
    return spread(amount, weights, [amount] * len(weights))


def _full(rest: int, weights: Sequence[int], caps: Sequence[int], open_: Sequence[int]) -> set[int]:
    """Those whose exact share reaches their cap."""
    whole = sum(weights[i] for i in open_)
    return {i for i in open_ if rest * weights[i] >= caps[i] * whole}


def _by_largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    first = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), -weights[i], i))
    for i in first[: amount - sum(shares)]:
        shares[i] += 1
    return shares
