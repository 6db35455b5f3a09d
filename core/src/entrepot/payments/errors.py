"""What can be wrong with a request about a payment. Each message names the remedy."""

from __future__ import annotations

from entrepot.kernel.money import Money
from entrepot.sdk.errors import EntrepotError


class PaymentError(EntrepotError):
    """A request about a payment that cannot be carried out."""


class AttemptNotFound(PaymentError):
    status = 404

    def __init__(self, attempt_id: str) -> None:
        super().__init__(f"There is no payment {attempt_id}. Open the order again from the link in its e-mail.")


class MethodNotAvailable(PaymentError):
    def __init__(self) -> None:
        super().__init__("This payment method is not available any more. Choose another one.")


class CaptureTooLarge(PaymentError):
    def __init__(self, asked: Money, authorized: Money) -> None:
        super().__init__(f"{asked} cannot be captured: {authorized} is authorized. Enter that or less, above zero.")


class RefundTooLarge(PaymentError):
    def __init__(self, asked: Money, refundable: Money) -> None:
        super().__init__(f"{asked} cannot be refunded: {refundable} of this payment is left. Enter that or less.")


class KeyReused(PaymentError):
    def __init__(self) -> None:
        super().__init__("This key was used for another request. Send each new request with a new key.")
