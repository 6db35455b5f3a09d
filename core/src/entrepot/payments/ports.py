"""What payments need of orders. The orders slice implements it and the composition root binds it: payments sit below
orders and never import them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Protocol

from sqlalchemy.orm import Session

from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass

if TYPE_CHECKING:
    from entrepot.engine.runtime import Runtime


class Late(StrEnum):
    """What becomes of money for a cancelled order."""

    TAKEN_UP = "taken_up"
    REFUND = "refund"
    ASK = "ask"


@dataclass(frozen=True)
class PayableOrder:
    """What a payment must know of its order."""

    id: int
    number: str
    token: str
    total: Money
    #: What must have been taken in all; more than the total where an edit lowered what had been paid.
    charged: Money
    payment_state: str
    cancelled: bool
    locale: str
    email: str
    billing_address: Address


class OrderBook(Protocol):
    """The orders as payments see them."""

    def get(self, session: Session, order_id: int) -> PayableOrder: ...

    def lock(self, session: Session, order_id: int) -> PayableOrder:
        """As ``get``, holding the order's row until the transaction ends."""
        ...

    def payment_changed(self, session: Session, runtime: Runtime, order_id: int, state: str) -> None:
        """Store the new payment state with all that follows from it, in the same transaction."""
        ...

    def came_late(self, session: Session, runtime: Runtime, order_id: int, *, covered: bool, untouched: bool) -> Late:
        """Money is certain for a cancelled order: take the order up again, or say what becomes of the money.

        ``covered``: it is all that is charged; ``untouched``: nothing was given back before.
        """
        ...

    def ask_for(self, session: Session, runtime: Runtime, order_id: int, why: str) -> None:
        """Mark the order as one that a person must look at."""
        ...

    def no_longer_ask(self, session: Session, order_id: int, why: str) -> None:
        """Take this reason from the order's mark, and the mark with the last one."""
        ...

    def note(self, session: Session, runtime: Runtime, order_id: int, actor: str, kind: str, **detail: str) -> None:
        """Append to the order's timeline."""
        ...


_make_book: Callable[[], OrderBook] | None = None


def bind_orders(make_book: Callable[[], OrderBook]) -> None:
    """Called once by the composition root; the book is made when a payment first needs it."""
    global _make_book
    _make_book = cache(make_book)


def orders() -> OrderBook:
    if _make_book is None:
        raise RuntimeError("payments.ports.bind_orders was not called; create_app does it.")
    return _make_book()
