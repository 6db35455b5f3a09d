"""What can be wrong on the way from cart to order. Buyers read these, so each is a template with a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from entrepot.kernel.texts import N_
from entrepot.sdk.errors import EntrepotError

if TYPE_CHECKING:
    from entrepot.kernel.money import Money
    from entrepot.pricing.rules import Quote


class CheckoutError(EntrepotError):
    """A step of the checkout cannot be taken."""

    status = 409


class CartMissing(CheckoutError):
    def __init__(self) -> None:
        super().__init__(N_("Your cart is not known here any more. Start a new one; orders that you placed are safe."))


class CartEmpty(CheckoutError):
    def __init__(self) -> None:
        super().__init__(N_("Your cart is empty. Put something in it first."))


class NotSold(CheckoutError):
    def __init__(self, sku: str) -> None:
        super().__init__(N_("{sku} is not sold here at the moment. Choose something else."), sku=sku)


class NotEnough(CheckoutError):
    """``available`` pieces of ``sku`` can be promised; 0 means sold out."""

    def __init__(self, name: str, available: int, *, sku: str = "") -> None:
        if available:
            super().__init__(N_("Only {count} of {name} left. Choose {count} or fewer."), name=name, count=available)
        else:
            super().__init__(N_("{name} is sold out. Remove it to go on."), name=name)
        self.available = available
        self.sku = sku


class InvalidQuantity(CheckoutError):
    def __init__(self, most: int) -> None:
        super().__init__(N_("Enter a whole number from 1 to {most}."), most=most)


class InvalidFields(CheckoutError):
    """Fields of the address form that must be mended; ``fields`` maps the field's name to a text."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(N_("Some fields need your attention."))
        self.fields = dict(fields)


class NotDelivered(CheckoutError):
    """No carrier serves the address."""

    def __init__(self) -> None:
        super().__init__(N_("We cannot deliver to this address yet. Try another address, or ask us."))


class ChoiceGone(CheckoutError):
    def __init__(self) -> None:
        super().__init__(N_("This choice is not available any more. Choose again."))


class MayNotBeSent(CheckoutError):
    """The law of the destination forbids it; ``reason`` is the rule's own."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            N_("{name} may not be sent to this address: {reason} Remove it or choose another address."),
            name=name,
            reason=reason,
        )


class QuoteTampered(CheckoutError):
    def __init__(self) -> None:
        super().__init__(N_("These prices do not belong to your cart. Review your order again before paying."))


class TotalChanged(CheckoutError):
    """The buyer agreed to another total than today's. Nothing was ordered; ``quote`` is the new offer."""

    def __init__(self, quote: Quote) -> None:
        super().__init__(N_("The total has changed to {total}. Review it and confirm again."), total=str(quote.total))
        self.quote = quote


class DueChanged(CheckoutError):
    """Gift cards or store credit pay another part than the buyer saw. Nothing was ordered."""

    status = 409

    def __init__(self, left: Money) -> None:
        super().__init__(N_("What is left to pay has changed to {left}. Review it and confirm again."), left=str(left))
        self.left = left


class TooManyCredits(CheckoutError):
    def __init__(self, most: int) -> None:
        super().__init__(N_("An order can be paid with {most} cards at most. Remove one first."), most=most)


class AlreadyOrdered(CheckoutError):
    """The cart became an order before."""

    def __init__(self, number: str) -> None:
        super().__init__(N_("This cart was ordered already as order {number}."), number=number)
        self.number = number


class KeyReused(CheckoutError):
    def __init__(self) -> None:
        super().__init__(N_("This request was sent before with other contents. Reload the page and try again."))


_COUPON_TEXTS = {
    "unknown": N_("There is no coupon {code}. Check how it is written."),
    "used_up": N_("The coupon {code} has been used up."),
    "used_by_you": N_("You have used the coupon {code} before."),
    "not_now": N_("The coupon {code} is not valid today."),
    "total": N_("The coupon {code} asks for a larger order."),
    "quantity": N_("The coupon {code} asks for more pieces."),
}


class CouponRefused(CheckoutError):
    """``reason`` is unknown, used_up, used_by_you, not_now, total, quantity, goods, customer or nth_order."""

    def __init__(self, code: str, reason: str) -> None:
        text = _COUPON_TEXTS.get(reason, N_("The coupon {code} cannot be used with what is in the cart."))
        super().__init__(text, code=code)
        self.reason = reason
        self.fields = {"code": reason}
