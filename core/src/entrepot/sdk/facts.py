"""Facts: what has happened and is committed. Immutable, delivered at least once, recognisable by ``id``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, ClassVar, Self

from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass

FACTS: dict[str, type[Fact]] = {}


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Base of all facts. The observation hook of ``OrderPlaced`` is ``entrepot_order_placed``."""

    id: str
    at: datetime
    kind: ClassVar[str] = "fact"

    def __init_subclass__(cls, *, is_base: bool = False) -> None:
        if is_base:
            return
        cls.kind = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        FACTS[cls.kind] = cls

    def payload(self) -> dict[str, Any]:
        """The fact as JSON-ready values; ``from_payload`` reads them back."""
        return {key: _to_json(value) for key, value in _shallow(self).items() if key not in ("id", "at")}

    @classmethod
    def from_payload(cls, id: str, at: datetime, payload: Mapping[str, Any]) -> Self:
        """Read a stored fact; keys of a later version are ignored."""
        known = {field.name for field in fields(cls)} - {"id", "at"}
        values = {key: _from_json(value) for key, value in payload.items() if key in known}
        return cls(id=id, at=at, **values)


@dataclass(frozen=True, kw_only=True)
class OrderFact(Fact, is_base=True):
    """A fact about one order."""

    order_number: str


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(OrderFact):
    """An order exists: stock is reserved, payment may still be open."""

    total: Money
    market: str
    locale: str


@dataclass(frozen=True, kw_only=True)
class PaymentAuthorized(OrderFact):
    """Money is reserved for the order, not taken."""

    attempt_id: str
    amount: Money


@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(OrderFact):
    """Money was taken. ``paid_in_full`` says whether the order owes nothing more."""

    attempt_id: str
    amount: Money
    paid_in_full: bool


@dataclass(frozen=True, kw_only=True)
class PaymentDeclined(OrderFact):
    """An attempt failed, was cancelled or expired; the order can be paid again while it stands."""

    attempt_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(OrderFact):
    """Money was given back."""

    attempt_id: str
    refund_id: str
    amount: Money
    reason: str


@dataclass(frozen=True, kw_only=True)
class GiftCardsIssued(OrderFact):
    """The gift cards that an order sold can be spent: so many ``cards``, holding ``amount`` together."""

    amount: Money
    cards: int


@dataclass(frozen=True, kw_only=True)
class DisputeOpened(OrderFact):
    """A buyer's bank takes money back. ``due`` is the instant until which to answer, as ISO text; empty if untold."""

    attempt_id: str
    dispute_id: str
    amount: Money
    reason: str
    due: str


@dataclass(frozen=True, kw_only=True)
class DisputeWon(OrderFact):
    """A buyer's bank gives money back that it had taken."""

    attempt_id: str
    dispute_id: str
    amount: Money


@dataclass(frozen=True, kw_only=True)
class DisputeLost(OrderFact):
    """A buyer's bank keeps money that it took back; it is written off. ``actor`` is who said so."""

    amount: Money
    actor: str


@dataclass(frozen=True, kw_only=True)
class PaymentCameLate(OrderFact):
    """Money arrived for an order that was cancelled meanwhile: staff must re-open or refund."""

    attempt_id: str
    amount: Money


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(OrderFact):
    """The order will not be carried out; its stock is free again."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderReinstated(OrderFact):
    """A cancelled order was taken up again, because its money came and its goods are still there."""


@dataclass(frozen=True, kw_only=True)
class OrderEdited(OrderFact):
    """Staff changed the order: ``difference`` was added to its total, ``owing`` is what the buyer has to pay now."""

    edit_id: str
    difference: Money
    total: Money
    owing: Money
    reason: str


@dataclass(frozen=True, kw_only=True)
class ParcelShipped(OrderFact):
    """A parcel left a warehouse; once per parcel."""

    parcel_id: str
    tracking_number: str
    carrier: str


@dataclass(frozen=True, kw_only=True)
class ParcelDelivered(OrderFact):
    """A parcel reached the buyer."""

    parcel_id: str
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class OrderCompleted(OrderFact):
    """Everything was delivered and nothing is open any more."""


@dataclass(frozen=True, kw_only=True)
class ReturnRequested(OrderFact):
    """A buyer wants to send goods back. ``withdrawal``: by the legal right of withdrawal, which this acknowledges."""

    return_number: str
    withdrawal: bool


@dataclass(frozen=True, kw_only=True)
class ReturnApproved(OrderFact):
    """The buyer may send the goods of a return."""

    return_number: str


@dataclass(frozen=True, kw_only=True)
class ReturnDeclined(OrderFact):
    """A return was asked for and refused; the return holds the answer that the buyer reads."""

    return_number: str


@dataclass(frozen=True, kw_only=True)
class ReturnReceived(OrderFact):
    """Goods of a return have arrived."""

    return_number: str


@dataclass(frozen=True, kw_only=True)
class ReturnSettled(OrderFact):
    """A return is done: inspected, restocked, credited. ``refund`` may be zero."""

    return_number: str
    refund: Money


@dataclass(frozen=True, kw_only=True)
class CreditIssued(Fact):
    """A gift card or store credit was made. ``credit_kind``: gift_card or store_credit; its code is in no fact."""

    credit_id: str
    credit_kind: str
    amount: Money


@dataclass(frozen=True, kw_only=True)
class StockChanged(Fact):
    """Stock that can be promised changed for these SKUs."""

    skus: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class StockLow(Fact):
    """What can be promised of a SKU in a warehouse fell to its threshold; once per crossing, not per order."""

    sku: str
    warehouse: str
    available: int
    threshold: int


@dataclass(frozen=True, kw_only=True)
class StockSourceStale(Fact):
    """A source of stock has said nothing for too long; once per silence. ``last_synced`` is empty if it never did."""

    source: str
    last_synced: str
    problem: str


def _shallow(fact: Fact) -> dict[str, Any]:
    return {field.name: getattr(fact, field.name) for field in fields(fact)}


def _to_json(value: Any) -> Any:
    return {"money": asdict(value)} if isinstance(value, Money) else list(value) if isinstance(value, tuple) else value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"money"}:
        return Money(**value["money"])
    return tuple(value) if isinstance(value, list) else value
