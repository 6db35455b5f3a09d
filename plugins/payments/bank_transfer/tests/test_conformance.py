"""The behaviours that every payment provider owes a shop, inherited from the conformance kit."""

from __future__ import annotations

from typing import ClassVar

from entrepot.testkit import PaymentConformance
from entrepot_payment_bank_transfer.provider import BankTransfer


class TestBankTransfer(PaymentConformance):
    provider_class = BankTransfer
    config: ClassVar[dict[str, str]] = {
        "beneficiary": "Harbour Goods GmbH",
        "iban": "DE89 3704 0044 0532 0130 00",
        "bic": "COBADEFFXXX",
        "bank": "Commerzbank",
    }
