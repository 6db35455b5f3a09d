"""The reference price that may lawfully be struck through: the lowest of 30 days before the reduction. Pure.

Directive 98/6/EC, article 6a (in force since 2022-05-28): an announced reduction names the lowest price that was asked
during at least 30 days before it. A price that was never asked cannot be struck through by construction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.pricing.cuts import Article, CatalogueCut, CutPrice, cut_price

WINDOW = timedelta(days=30)
#: A price that was reduced longer ago is the ordinary one: calling it reduced for ever would mislead.
ANNOUNCED_FOR = timedelta(days=90)
#: How far back prices and cuts are read for today's strike prices.
DEPTH = ANNOUNCED_FOR + WINDOW


@dataclass(frozen=True)
class PricePoint:
    """From ``since`` on the price was ``amount`` (minor units), until the next point."""

    since: datetime
    amount: int


def lawful_strike(history: Sequence[PricePoint], now: datetime) -> int | None:
    """The amount to strike through beside today's price, or None where no reduction may be announced.

    ``history`` holds what buyers were asked, oldest first. The reduction began when today's price did.
    """
    past = [point for point in merged(history) if point.since <= now]
    if len(past) < 2:
        return None
    current = past[-1]
    before = lowest(past[:-1], since=current.since - WINDOW, until=current.since)
    return before if before is not None and before > current.amount else None


def announced_strike(asked: Sequence[PricePoint], now: datetime, *, today: CutPrice, wish: int | None) -> int | None:
    """The amount that is struck through beside ``today``; None where no reduction is announced or may be.

    Announced are catalogue cuts, and listed prices below the former price that the merchant wishes to show. The wish
    itself is shown only where it is no higher than what the law allows.
    """
    wished = wish is not None and wish > today.price.minor
    if not (wished or today.is_cut):
        return None
    turns = merged(point for point in asked if point.since <= now)
    is_known = bool(turns) and turns[-1].amount == today.price.minor and now - turns[-1].since <= ANNOUNCED_FOR
    lawful = lawful_strike(turns, now) if is_known else None
    return min(lawful, wish) if lawful is not None and wished and wish is not None else lawful


def lowest(history: Sequence[PricePoint], *, since: datetime, until: datetime) -> int | None:
    """The lowest amount asked at any instant of [since, until); None where nothing was asked."""
    ends = [point.since for point in history[1:]] + [until]
    asked = (
        point.amount
        for point, end in zip(history, ends, strict=True)
        if end > since and point.since < until and end > point.since
    )
    return min(asked, default=None)


def asked_prices(
    listed: Sequence[PricePoint], article: Article, cuts: Iterable[CatalogueCut], *, currency: str, until: datetime
) -> tuple[PricePoint, ...]:
    """What buyers were asked over time: the list's prices with the cuts that were on."""
    if not listed:
        return ()
    known = tuple(cuts)
    turns = {point.since for point in listed}
    turns |= {at for cut in known for at in (cut.starts_at, cut.ends_at) if at and at > listed[0].since}
    points = (_asked(at, listed, article, known, currency) for at in sorted(turns) if at <= until)
    return merged(points)


def merged(points: Iterable[PricePoint]) -> tuple[PricePoint, ...]:
    """The same history without points that change nothing."""
    found: list[PricePoint] = []
    for point in points:
        if not found or found[-1].amount != point.amount:
            found.append(point)
    return tuple(found)


def _asked(
    at: datetime, listed: Sequence[PricePoint], article: Article, cuts: tuple[CatalogueCut, ...], currency: str
) -> PricePoint:
    amount = next(point.amount for point in reversed(listed) if point.since <= at)
    return PricePoint(at, cut_price(Money(amount, currency), article, cuts, at).price.minor)
