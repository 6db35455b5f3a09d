"""Where the seller is established and registered."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, post_load

from entrepot.sdk import ConfigSchema, switch, text
from entrepot_customs_eu_vat.pack import rule_pack


def split_vat_ids(value: str) -> list[str]:
    """The ids of a text, separated by commas, semicolons or lines."""
    return [part.strip() for part in re.split(r"[,;\n]", value) if part.strip()]


def _must_be_member_state(value: str) -> None:
    states = rule_pack().states
    if value.strip().upper() not in states:
        raise ValidationError(f"'{value}' is no member state of the EU. Write one of: {', '.join(sorted(states))}.")


def _must_be_vat_ids(value: str) -> None:
    for vat_id in split_vat_ids(value):
        if not rule_pack().state_of_vat_id(vat_id):
            raise ValidationError(
                f"'{vat_id}' has not the form of any member state. Write it with its country, like DE123456789."
            )


class EuVatConfig(ConfigSchema):
    """One account is one seller."""

    established_in = text(
        label="Established in",
        help="The member state where the business has its seat, as two letters such as DE.",
        validate=_must_be_member_state,
    )
    oss = switch(
        label="Union One Stop Shop",
        default=False,
        help="On: distance sales bear the destination's VAT. Off: the seller's own VAT, within the yearly threshold.",
    )
    vat_ids = text(
        label="VAT ids",
        help="Every VAT id of the business, one a line. Other member states named here count as registrations.",
        default="",
        multiline=True,
        validate=_must_be_vat_ids,
    )
    exempt_businesses = switch(
        label="No VAT for businesses of other member states",
        default=True,
        help="Needs your VAT id of the state from which goods leave. The buyer's VAT id is checked for its form only.",
    )

    @post_load
    def tidy(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Store the country in capitals."""
        return {**values, "established_in": values["established_in"].strip().upper()}
