"""From the bank's files to exchange rates: the history's table and the feed's XML. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from entrepot.sdk import ExchangeRate, ProviderUnavailable

if TYPE_CHECKING:
    from xml.etree import ElementTree

SOURCE = "ECB"
BASE = "EUR"
NOT_QUOTED = ("", "N/A")
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


def read_history(text: str, since: date) -> list[ExchangeRate]:
    """Rates after the day, oldest first, from the bank's own CSV: a column per currency, a row per business day."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    days = ((date.fromisoformat(row["Date"]), row) for row in rows)
    found = [
        ExchangeRate(BASE, currency, Decimal(number), day, SOURCE)
        for day, row in days
        if day > since
        for currency, number in row.items()
        if currency and currency != "Date" and number not in NOT_QUOTED
    ]
    return sorted(found, key=lambda rate: rate.day)


def read_feed(body: bytes, since: date) -> list[ExchangeRate]:
    """Rates after the day, oldest first, from the daily feed or that of 90 days. Raises ProviderUnavailable."""
    from xml.etree import ElementTree  # the process that serves pages reads no feed

    refuse_declarations(body)
    try:
        days = [cube for cube in ElementTree.fromstring(body).iter(_CUBE) if "time" in cube.attrib]
        found = [rate for cube in days for rate in _rates(date.fromisoformat(cube.attrib["time"]), cube)]
    except (ElementTree.ParseError, KeyError, ValueError, InvalidOperation) as error:
        raise _unreadable(f"{type(error).__name__}: {error}") from error
    if not found:
        raise _unreadable("there is no rate in it")
    return sorted((rate for rate in found if rate.day > since), key=lambda rate: rate.day)


def refuse_declarations(body: bytes) -> None:
    """The feed declares no document type: with one, a few lines could grow to gigabytes (entity expansion)."""
    if b"<!" in body.replace(b"<!--", b"") or b"\x00" in body:
        raise _unreadable("it declares a document type")


def _rates(day: date, cube: ElementTree.Element) -> Iterator[ExchangeRate]:
    for each in _quoted(cube):
        rate = Decimal(each.attrib["rate"])
        if not rate.is_finite() or rate <= 0:
            raise ValueError(f"{each.attrib['rate']} is no rate")
        yield ExchangeRate(BASE, each.attrib["currency"], rate, day, SOURCE)


def _quoted(cube: ElementTree.Element) -> Iterable[ElementTree.Element]:
    return (each for each in cube.iter(_CUBE) if "currency" in each.attrib and each.get("rate") not in NOT_QUOTED)


def _unreadable(why: str) -> ProviderUnavailable:
    return ProviderUnavailable(f"The feed of exchange rates cannot be read: {why}. Try again later.")
