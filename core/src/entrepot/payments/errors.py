"""What can be wrong with a request about a payment. Buyers read these too, so each is a template with a remedy."""

from __future__ import annotations

from entrepot.kernel.money import Money
from entrepot.kernel.texts import N_
from entrepot.sdk.errors import EntrepotError


class PaymentError(EntrepotError):
    """A request about a payment that cannot be carried out."""


class AttemptNotFound(PaymentError):
    status = 404

    def __init__(self, attempt_id: str) -> None:
        super().__init__(
            N_("There is no payment {id}. Open the order again from the link in its e-mail."), id=attempt_id
        )


class MethodNotAvailable(PaymentError):
    def __init__(self) -> None:
        super().__init__(N_("This payment method is not available any more. Choose another one."))


class CaptureTooLarge(PaymentError):
    def __init__(self, asked: Money, authorized: Money) -> None:
        super().__init__(
            N_("{asked} cannot be captured: {authorized} is authorized. Enter that or less, above zero."),
            asked=str(asked),
            authorized=str(authorized),
        )


class RefundTooLarge(PaymentError):
    def __init__(self, asked: Money, refundable: Money) -> None:
        super().__init__(
            N_("{asked} cannot be refunded: {refundable} of this payment is left. Enter that or less."),
            asked=str(asked),
            refundable=str(refundable),
        )


class BacksGiftCards(PaymentError):
    def __init__(self, asked: Money, backing: Money) -> None:
        super().__init__(
            N_("{asked} cannot be refunded: {backing} of this order is on gift cards. Take back unused cards first."),
            asked=str(asked),
            backing=str(backing),
        )


class KeyReused(PaymentError):
    def __init__(self) -> None:
        super().__init__(N_("This key was used for another request. Send each new request with a new key."))
