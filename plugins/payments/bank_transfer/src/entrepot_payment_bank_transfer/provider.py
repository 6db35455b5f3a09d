"""The payment provider: local and deterministic, it never touches the network."""

from __future__ import annotations

from datetime import timedelta

from entrepot.sdk import (
    Outcome,
    PaymentProvider,
    PaymentRequest,
    PaymentResult,
    ProviderRejected,
    RefundRequest,
    RefundResult,
)
from entrepot_payment_bank_transfer.config import BankTransferConfig
from entrepot_payment_bank_transfer.mapping import advice, instructions
from entrepot_payment_bank_transfer.texts import TEXTS

#: A transfer made on the last day takes this long to be seen.
BANK_DAYS = 2


class BankTransfer(PaymentProvider):
    """Instructions for the buyer; staff confirm the money and make refunds at the bank."""

    id = "bank-transfer"
    label = "Bank transfer"
    config_schema = BankTransferConfig
    capabilities = frozenset({"manual", "offline", "refund", "partial_refund"})
    at_once = PaymentProvider.at_once | {"start"}

    def method_label(self, locale: str) -> str:
        _ = TEXTS.of(locale).gettext
        return _("Bank transfer")

    def hold_for(self) -> timedelta:
        """The days that the buyer is given, and two for the money to arrive."""
        return timedelta(days=self.config["days_to_pay"] + BANK_DAYS)

    def start(self, request: PaymentRequest) -> PaymentResult:
        return PaymentResult(
            outcome=Outcome.PENDING,
            reference=request.idempotency_key,
            amount=request.amount,
            instructions=instructions(request, self.config),
            message=advice(self.config["days_to_pay"], request.locale),
        )

    def refund(self, request: RefundRequest) -> RefundResult:
        """Record a refund that staff make at the bank: it counts as done, under the request's key."""
        _refuse_impossible(request)
        return RefundResult(Outcome.CAPTURED, reference=request.idempotency_key, amount=request.amount)


def _refuse_impossible(request: RefundRequest) -> None:
    if request.amount.currency != request.refundable.currency:
        raise ProviderRejected(
            f"The payment was taken in {request.refundable.currency}, so {request.amount} cannot be refunded. "
            f"Enter the amount in {request.refundable.currency}."
        )
    if request.amount.minor <= 0:
        raise ProviderRejected(f"A refund of {request.amount} moves no money. Enter an amount above zero.")
    if request.amount > request.refundable:
        raise ProviderRejected(
            f"{request.amount} is more than the {request.refundable} left to refund. Enter at most that amount."
        )
