"""Why an edit is refused: each text says what stands in the way and what to do."""

from __future__ import annotations

from entrepot.kernel.money import Money
from entrepot.kernel.texts import N_
from entrepot.sdk.errors import EntrepotError

NOT_EDITABLE = N_("Order {number} is {status}: it cannot be edited any more. Refund it, or take goods back.")
OUT_OF_TIME = N_("Order {number} was not paid in time and is about to be cancelled. Place a new one instead.")
NOTHING_CHANGES = N_("Nothing is changed. Enter another number of pieces, an address or an adjustment.")
UNKNOWN_LINE = N_("The order has no line {line}. Reload the order.")
DISPATCHED = N_("{name} has left already, wholly or in part. Take it back as a return, or add a line.")
ADDRESS_IS_USED = N_("A parcel has left already: the address cannot be changed. Ask its carrier to redirect it.")
NOTHING_LEFT = N_("Nothing would be left of order {number}. Cancel it instead.")
NOT_SOLD = N_("{sku} is not sold in the market of this order. Check the SKU and its prices.")
OTHER_CURRENCY = N_("The order is in {currency}; an amount in {given} cannot be reckoned with it.")
BELOW_ZERO = N_("At most {most} can be taken off the pieces that have not left. Enter that or less.")
NOTHING_TO_ADJUST = N_("Everything has left: no price can be adjusted any more. Give money back by a refund.")
REASON_MISSING = N_("Write down why the order is edited. The buyer reads it.")
NO_WAY_OF_DELIVERY = N_("Nothing that is sent was ordered, so no delivery was chosen. Place a new order for goods.")
NOT_SENT_THERE = N_("{service} does not deliver to this address. Choose another address, or place a new order.")
NOT_RECKONED = N_("Tax or duties of the edited order are not known at this moment. Try again in a minute.")
MARKET_GONE = N_("The market {market} of this order is closed. Open it, then edit the order.")
FORBIDDEN = N_("{name} may not be sent there: {why}")


class EditRefused(EntrepotError):
    """An edit that cannot be carried out, for one of the reasons above; nothing was changed."""


class OrderChanged(EntrepotError):
    """Somebody else changed the order since the preview was made."""

    status = 409

    def __init__(self, number: str) -> None:
        super().__init__(
            N_("Order {number} has changed since the preview. Look at the new preview and confirm that."),
            number=number,
        )


class DifferenceChanged(EntrepotError):
    """The difference is another one than was agreed to."""

    status = 409

    def __init__(self, now: Money) -> None:
        super().__init__(
            N_("The edit would now change the total by {now}. Look at the new preview and confirm that."), now=str(now)
        )
        self.now = now


class KeyReused(EntrepotError):
    status = 422

    def __init__(self) -> None:
        super().__init__(N_("This key was used for another edit. Send each new edit with a new key."))
