"""Below which stock to buy, and up to which, from what was sold and how long goods take to come. Pure.

While goods are on their way the shop sells what it sold a day before, more or less: ``least`` is that demand, and so
much more that it lasts in the wished share of cases. ``most`` is that and what is sold until the next purchase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist, fmean, pstdev

#: What is known of fewer days, or of fewer pieces sold, is no ground for a proposal.
FEWEST_DAYS = 14
FEWEST_PIECES = 3
#: A level this near to the present one is not worth a word.
NEAR = 0.1


@dataclass(frozen=True, slots=True)
class Terms:
    """How goods are bought. ``service``: in how many of a hundred waits stock is to last."""

    lead_days: int = 14
    purchase_days: int = 30
    service: int = 95


@dataclass(frozen=True, slots=True)
class Target:
    """The two levels, and the figures that explain them."""

    least: int
    most: int
    #: Pieces sold in so many days.
    sold: int
    days: int
    #: What is sold while goods are on their way, and what is kept on top of it.
    while_waiting: int
    safety: int
    terms: Terms

    @property
    def per_day(self) -> float:
        return self.sold / self.days


def propose(daily: Sequence[int], terms: Terms) -> Target | None:
    """Levels from the pieces sold day by day, the oldest first; None where too little is known."""
    sold = sum(daily)
    if len(daily) < FEWEST_DAYS or sold < FEWEST_PIECES:
        return None
    a_day = fmean(daily)
    waiting = a_day * terms.lead_days
    swing = pstdev(daily) * sqrt(terms.lead_days)
    safety = ceil(NormalDist().inv_cdf(terms.service / 100) * swing)
    least = ceil(waiting) + safety
    return Target(
        least=least,
        most=least + max(ceil(a_day * terms.purchase_days), 1),
        sold=sold,
        days=len(daily),
        while_waiting=ceil(waiting),
        safety=safety,
        terms=terms,
    )


def is_worth_telling(target: Target, least: int | None, most: int | None) -> bool:
    """Whether the proposal differs from the levels that hold, or that were rejected, by more than a little."""
    return not (_is_near(target.least, least) and _is_near(target.most, most))


def _is_near(proposed: int, now: int | None) -> bool:
    return now is not None and abs(proposed - now) <= max(1, NEAR * now)
