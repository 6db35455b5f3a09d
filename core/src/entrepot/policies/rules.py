"""The terms on which goods come back: a market's today, and those that hold for an order. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

#: The period of the right of withdrawal: Directive 2011/83/EU, Art. 9.
WITHDRAWAL_DAYS = 14


@dataclass(frozen=True)
class Basis:
    """Where the terms come from. ``agreed``: this is the version that the order's buyer agreed to, else today's.

    ``improved``: {term: what was agreed} where today's terms are better for the buyer and hold instead.
    """

    version: str = ""
    agreed: bool = False
    improved: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """What a market promises. ``who_pays`` for the way back: buyer or seller; ``fee_percent`` is kept of the goods."""

    days: int = 30
    who_pays: str = "buyer"
    fee_percent: Decimal = Decimal(0)
    auto_approve: bool = False
    #: Whether duties and import taxes that were taken with the order go back; after a withdrawal they always do.
    refund_duties: bool = False
    #: Where the goods are sent, and how: what the buyer reads once the return is approved.
    instructions: str = ""
    withdrawal_days: int = WITHDRAWAL_DAYS
    basis: Basis = Basis()

    def promised(self) -> dict[str, Any]:
        """The terms that buyers are promised; the rest is how the shop works today."""
        return {
            "days": self.days,
            "who_pays": self.who_pays,
            "fee_percent": written_percent(self.fee_percent),
            "refund_duties": self.refund_duties,
            "withdrawal_days": self.withdrawal_days,
        }

    def as_dict(self) -> dict[str, Any]:
        """As it is stored with each return."""
        works = {"auto_approve": self.auto_approve, "instructions": self.instructions}
        return {**self.promised(), **works, "basis": {**vars(self.basis), "improved": dict(self.basis.improved)}}


def policy_of(settings: Mapping[str, Any], market: str) -> Policy:
    """The store's setting ``returns``, with what its ``markets`` say of this one."""
    common = dict(settings.get("returns") or {})
    chosen = {**common, **dict((common.pop("markets", None) or {}).get(market) or {})}
    return Policy(
        days=int(chosen.get("days", Policy.days)),
        who_pays="seller" if chosen.get("who_pays") == "seller" else "buyer",
        fee_percent=min(max(Decimal(str(chosen.get("fee_percent", 0))), Decimal(0)), Decimal(100)),
        auto_approve=bool(chosen.get("auto_approve", False)),
        refund_duties=bool(chosen.get("refund_duties", False)),
        instructions=str(chosen.get("instructions") or ""),
    )


def policy_held(agreed: Mapping[str, Any], today: Policy, *, version: str) -> Policy:
    """What holds for an order that keeps these promises: what was agreed, term by term, unless today's is better for
    the buyer. Today's, of this ``version``, for an order that keeps none."""
    if not agreed:
        return replace(today, basis=Basis(version))
    offered = today.promised()
    kept = {term: agreed.get(term, value) for term, value in offered.items()}
    improved = {term: kept[term] for term, value in offered.items() if _is_better(term, value, kept[term])}
    held = {term: offered[term] if term in improved else value for term, value in kept.items()}
    held["fee_percent"] = Decimal(held["fee_percent"])
    return replace(today, **held, basis=Basis(str(agreed.get("version", "")), agreed=True, improved=improved))


def stored_policy(stored: Mapping[str, Any]) -> Policy:
    """Read what ``Policy.as_dict`` made, also before it knew all that it knows now."""
    known = {name: value for name, value in stored.items() if name in Policy.__dataclass_fields__}
    return Policy(**{**known, "fee_percent": Decimal(str(stored.get("fee_percent", 0))), "basis": stored_basis(stored)})


def stored_basis(stored: Mapping[str, Any]) -> Basis:
    """Of a stored policy or plan; without a version where it was stored without."""
    return Basis(**(stored.get("basis") or {}))


def written_percent(percent: Decimal) -> str:
    """Without needless noughts: 10, 7.5."""
    return f"{percent.normalize():f}"


def _is_better(term: str, value: Any, agreed: Any) -> bool:
    """Whether the buyer is better off with this value of a term than with what was agreed."""
    if term == "fee_percent":
        return Decimal(value) < Decimal(agreed)
    if term == "who_pays":
        return bool(value == "seller" != agreed)
    return bool(value > agreed)
