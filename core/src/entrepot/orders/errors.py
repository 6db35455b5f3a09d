"""What can be wrong with a request about an order. Each message names the remedy."""

from __future__ import annotations

from entrepot.sdk.errors import EntrepotError


class OrderError(EntrepotError):
    """A request about an order that cannot be carried out."""


class OrderNotFound(OrderError):
    status = 404

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no order {what}. Check the number, or open the link in the confirmation e-mail.")


class NotAllowed(OrderError):
    """The order's state does not allow the action."""

    def __init__(self, number: str, action: str, reason: str) -> None:
        super().__init__(f"Order {number}: {action} is not possible. {reason}")
