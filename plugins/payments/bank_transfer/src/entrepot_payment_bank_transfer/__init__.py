"""Bank transfer: the buyer gets the account to pay to, staff confirm the money by hand."""

from __future__ import annotations

from entrepot.sdk import PaymentProvider, PluginManifest, hookimpl
from entrepot_payment_bank_transfer.provider import BankTransfer

manifest = PluginManifest(
    id="payment-bank-transfer",
    name="Bank transfer",
    description="Tells the buyer where to send the money; staff confirm it by hand.",
)


@hookimpl
def entrepot_register_payment_providers() -> list[type[PaymentProvider]]:
    return [BankTransfer]
