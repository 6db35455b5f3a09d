"""What can be wrong with a request about an order. Buyers read these too, so each is a template with a remedy."""

from __future__ import annotations

from entrepot.kernel.texts import N_
from entrepot.sdk.errors import EntrepotError


class OrderError(EntrepotError):
    """A request about an order that cannot be carried out."""


class OrderNotFound(OrderError):
    """``what`` is the number that was given; without it a private link led to no order."""

    status = 404

    def __init__(self, what: str = "") -> None:
        if what:
            super().__init__(
                N_("There is no order {number}. Check the number, or open the link in the confirmation e-mail."),
                number=what,
            )
        else:
            super().__init__(
                N_("There is no order behind this link. Check it against the one in the confirmation e-mail.")
            )


class NotAllowed(OrderError):
    """The order's state does not allow the action."""

    @classmethod
    def parcel_has_left(cls, number: str) -> NotAllowed:
        template = N_(
            "Order {number} cannot be cancelled: a parcel has left already. Refund it, or take it back as a return."
        )
        return cls(template, number=number)

    @classmethod
    def has_gift_cards(cls, number: str) -> NotAllowed:
        template = N_("Order {number} cannot be cancelled: it sold gift cards. Take back each unused card first.")
        return cls(template, number=number)

    @classmethod
    def paid_already(cls, number: str) -> NotAllowed:
        template = N_("Order {number} cannot be cancelled by you: it is paid already. Ask the shop to cancel it.")
        return cls(template, number=number)

    @classmethod
    def not_paid(cls, number: str) -> NotAllowed:
        return cls(N_("Order {number} cannot be shipped: only paid orders are."), number=number)

    @classmethod
    def parcels_on_their_way(cls, number: str) -> NotAllowed:
        template = N_("Order {number} cannot be completed. Mark every parcel as delivered first.")
        return cls(template, number=number)

    @classmethod
    def not_taken_up(cls, number: str) -> NotAllowed:
        template = N_(
            "Order {number} cannot be taken up again: it is not cancelled, or its money is not there any more."
        )
        return cls(template, number=number)

    @classmethod
    def nothing_to_allocate(cls, number: str) -> NotAllowed:
        template = N_("Nothing of order {number} can be allocated: it is cancelled, or everything has left.")
        return cls(template, number=number)

    @classmethod
    def not_before(cls, number: str, day: str) -> NotAllowed:
        template = N_(
            "Order {number} holds a pre-order that leaves on {day}. Wait until then, or confirm that it leaves earlier."
        )
        return cls(template, number=number, day=day)
