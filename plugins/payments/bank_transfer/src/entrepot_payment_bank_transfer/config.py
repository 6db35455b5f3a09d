"""The account to which buyers send their money."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from entrepot.sdk import ConfigSchema, text
from entrepot_payment_bank_transfer.iban import compact, is_bic, is_iban


def _must_be_iban(value: str) -> None:
    if not is_iban(value):
        raise ValidationError(f"'{value}' is not an IBAN: its check digits do not fit. Copy it from a bank statement.")


def _must_be_bic(value: str) -> None:
    if value and not is_bic(value):
        raise ValidationError(f"'{value}' is not a BIC. Write 8 or 11 letters and digits, or leave it empty.")


class BankTransferConfig(ConfigSchema):
    """Where the money goes and how long the buyer has."""

    beneficiary = text(
        label="Beneficiary",
        help="The owner of the account, as the bank knows the name.",
        validate=validate.Length(min=1, max=70),
    )
    iban = text(label="IBAN", help="Blanks do not matter.", validate=_must_be_iban)
    bic = text(label="BIC", help="Not needed for transfers inside SEPA.", default="", validate=_must_be_bic)
    bank = text(label="Bank", help="Name of the bank.", default="", validate=validate.Length(max=70))
    days_to_pay = fields.Integer(
        load_default=7,
        validate=validate.Range(1, 60),
        metadata={"label": "Days to pay", "help": "Shown to the buyer with the instructions.", "unit": "days"},
    )

    @post_load
    def tidy(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Store IBAN and BIC without blanks and in capitals."""
        return {**values, "iban": compact(values["iban"]), "bic": compact(values["bic"])}
