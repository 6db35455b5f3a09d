"""The account's settings: the table itself and how parcels are tracked."""

from __future__ import annotations

import re

from marshmallow import ValidationError

from entrepot.sdk import ConfigSchema, switch, text
from entrepot_carrier_table_rates.table import COLUMNS, TableMistakes, parse_table

_PLACE = re.compile(r"\{[^}]*\}")
_PLACES = frozenset({"{number}", "{locale}"})


def _must_be_table(value: str) -> None:
    try:
        parse_table(value)
    except TableMistakes as error:
        raise ValidationError(error.messages) from error


def _must_be_tracking_url(value: str) -> None:
    if not value:
        return
    if not value.startswith("https://") or "{number}" not in value:
        raise ValidationError("Write an address like https://carrier.example/track?id={number}&lang={locale}.")
    unknown = sorted(set(_PLACE.findall(value)) - _PLACES)
    if unknown:
        raise ValidationError(f"{unknown[0]} cannot be filled in. Use {{number}} and, if you like, {{locale}}.")


class TableRatesConfig(ConfigSchema):
    """One account is one table, usually one carrier or one way of sending."""

    rates = text(
        label="Rates",
        help=f"Paste from a spreadsheet or write CSV. The first row names the columns: {', '.join(COLUMNS)}.",
        multiline=True,
        validate=_must_be_table,
    )
    tracked = switch(label="Parcels are tracked", default=True, help="Shown to the buyer beside the service.")
    tracking_url = text(
        label="Tracking page",
        help="Address of the carrier's page; {number} and {locale} are filled in. Leave empty when there is none.",
        default="",
        validate=_must_be_tracking_url,
    )
