"""What is kept about a person, in every slice that keeps something: given out whole, or erased. Read beside ``app.py``.

Books stay: amounts, lines, countries, invoices and credit notes, which the law obliges the merchant to keep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from entrepot.checkout import personal as carts
from entrepot.customers import personal as customers
from entrepot.customers.service import CustomerMissing
from entrepot.engine.runtime import Runtime
from entrepot.kernel.clock import Clock
from entrepot.kernel.texts import N_
from entrepot.notifications import personal as messages
from entrepot.orders import personal as orders
from entrepot.returns import personal as returns
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import unit_of_work


class StillNeeded(EntrepotError):
    """Orders are under way to the person who is to be erased."""

    status = 409

    def __init__(self, numbers: list[str]) -> None:
        super().__init__(
            N_("Orders {numbers} are not delivered yet. Deliver or cancel them, then erase the customer."),
            numbers=", ".join(numbers),
        )


@dataclass(frozen=True)
class Holder:
    """A slice that keeps personal data. ``erase`` is given the address, what is to stand for it, and the clock."""

    name: str
    export: Callable[[str], list[dict[str, Any]]]
    erase: Callable[[Session, str, str, Clock], None]


#: In the order in which they forget: what is found by the orders' address goes before the orders change it.
HOLDERS = (
    Holder("carts", carts.export, carts.erase),
    Holder("messages", messages.export, messages.erase),
    Holder("returns", returns.export, returns.erase),
    Holder("orders", orders.export, orders.erase),
    Holder("customer", customers.export, customers.erase),
)


def export(customer_id: int) -> dict[str, Any]:
    """Everything that the core keeps about a customer, as plain values by holder. Raises CustomerMissing."""
    email = _email(customer_id)
    return {"email": email, **{holder.name: holder.export(email) for holder in HOLDERS}}


def erase(runtime: Runtime, customer_id: int) -> None:
    """Forget the person, keep the books. Idempotent; raises CustomerMissing, StillNeeded."""
    email = _email(customer_id)
    if customers.is_erased(email):
        return
    with unit_of_work() as session:
        if under_way := orders.open_orders(email):
            raise StillNeeded(under_way)
        for holder in HOLDERS:
            holder.erase(session, email, customers.alias_of(customer_id), runtime.clock)


def _email(customer_id: int) -> str:
    email = customers.email_of(customer_id)
    if email is None:
        raise CustomerMissing(customer_id)
    return email
