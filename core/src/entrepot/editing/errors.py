"""Why an edit is refused: each error says what stands in the way and what to do."""

from __future__ import annotations

from entrepot.kernel.money import Money
from entrepot.kernel.texts import N_
from entrepot.sdk.errors import EntrepotError


class EditRefused(EntrepotError):
    """An edit that cannot be carried out; nothing was changed."""

    @classmethod
    def not_editable(cls, number: str, status: str) -> EditRefused:
        template = N_("Order {number} is {status}: it cannot be edited any more. Refund it, or take goods back.")
        return cls(template, number=number, status=status)

    @classmethod
    def out_of_time(cls, number: str) -> EditRefused:
        template = N_("Order {number} was not paid in time and is about to be cancelled. Place a new one instead.")
        return cls(template, number=number)

    @classmethod
    def nothing_changes(cls) -> EditRefused:
        return cls(N_("Nothing is changed. Enter another number of pieces, an address or an adjustment."))

    @classmethod
    def unknown_line(cls, line_id: str) -> EditRefused:
        return cls(N_("The order has no line {line}. Reload the order."), line=line_id)

    @classmethod
    def dispatched(cls, name: str) -> EditRefused:
        template = N_("{name} has left already, wholly or in part. Take it back as a return, or add a line.")
        return cls(template, name=name)

    @classmethod
    def address_is_used(cls) -> EditRefused:
        return cls(N_("A parcel has left already: the address cannot be changed. Ask its carrier to redirect it."))

    @classmethod
    def nothing_left(cls, number: str) -> EditRefused:
        return cls(N_("Nothing would be left of order {number}. Cancel it instead."), number=number)

    @classmethod
    def not_sold(cls, sku: str) -> EditRefused:
        return cls(N_("{sku} is not sold in the market of this order. Check the SKU and its prices."), sku=sku)

    @classmethod
    def other_currency(cls, currency: str, given: str) -> EditRefused:
        template = N_("The order is in {currency}; an amount in {given} cannot be reckoned with it.")
        return cls(template, currency=currency, given=given)

    @classmethod
    def below_zero(cls, most: Money) -> EditRefused:
        template = N_("At most {most} can be taken off the pieces that have not left. Enter that or less.")
        return cls(template, most=str(most))

    @classmethod
    def nothing_to_adjust(cls) -> EditRefused:
        return cls(N_("Everything has left: no price can be adjusted any more. Give money back by a refund."))

    @classmethod
    def reason_missing(cls) -> EditRefused:
        return cls(N_("Write down why the order is edited. The buyer reads it."))

    @classmethod
    def no_way_of_delivery(cls) -> EditRefused:
        template = N_("Nothing that is sent was ordered, so no delivery was chosen. Place a new order for goods.")
        return cls(template)

    @classmethod
    def not_sent_there(cls, service: str) -> EditRefused:
        template = N_("{service} does not deliver to this address. Choose another address, or place a new order.")
        return cls(template, service=service)

    @classmethod
    def not_reckoned(cls) -> EditRefused:
        return cls(N_("Tax or duties of the edited order are not known at this moment. Try again in a minute."))

    @classmethod
    def market_gone(cls, market: str) -> EditRefused:
        return cls(N_("The market {market} of this order is closed. Open it, then edit the order."), market=market)

    @classmethod
    def forbidden(cls, name: str, why: str) -> EditRefused:
        return cls(N_("{name} may not be sent there: {why}"), name=name, why=why)


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
