"""Payout files: CSV with any column names, read by a profile that says which column is what."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from entrepot.kernel.currency import EXPONENTS
from entrepot.kernel.money import InvalidAmount, Money
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.payments import Settlement, SettlementKind, SettlementLine

#: What a profile can name. ``net``, when given, must be gross less fee; without ``amount`` the lines add up to it.
FIELDS = (
    "payout", "paid_at", "amount", "id", "kind", "reference", "gross", "fee", "net", "currency",
    "presentment", "presentment_currency",
)  # fmt: skip
_NEEDED = ("payout", "paid_at", "id", "kind", "gross", "currency")


class PayoutFileInvalid(EntrepotError):
    """A file that cannot be read as payouts; the message names row and column."""


@dataclass(frozen=True)
class Profile:
    """Column names by field, and how the file calls the kinds. A kind of ``payout`` gives the amount of its payout."""

    columns: Mapping[str, str]
    kinds: Mapping[str, str] = field(default_factory=dict)


_OWN_KINDS = {kind.value: kind.value for kind in SettlementKind} | {"payout": "payout"}
PROFILES: dict[str, Profile] = {
    "own": Profile({name: name for name in FIELDS}, _OWN_KINDS),
    # The itemised payout reconciliation report as Stripe and those who copy it write it.
    "stripe": Profile(
        {
            "payout": "automatic_payout_id",
            "paid_at": "automatic_payout_effective_at_utc",
            "id": "balance_transaction_id",
            "kind": "reporting_category",
            "reference": "source_id",
            "gross": "gross",
            "fee": "fee",
            "net": "net",
            "currency": "currency",
            "presentment": "customer_facing_amount",
            "presentment_currency": "customer_facing_currency",
        },
        {
            "charge": "capture",
            "payment": "capture",
            "refund": "refund",
            "partial_capture_reversal": "refund",
            "dispute": "dispute",
            "dispute_reversal": "dispute",
            "fee": "fee",
            "network_cost": "fee",
            "risk_reserved_funds": "reserve",
            "payout": "payout",
        },
    ),
}


def read_profile(text: str) -> Profile:
    """A profile of one's own: TOML with ``[columns]`` (field = "column name") and ``[kinds]`` (theirs = ours)."""
    try:
        content = tomllib.loads(text)
        columns, kinds = dict(content.get("columns", {})), dict(content.get("kinds", {}))
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise PayoutFileInvalid(f"The profile is not valid TOML: {error}. Correct that place.") from error
    unknown = sorted({*columns} - {*FIELDS})
    missing = [name for name in _NEEDED if name not in columns]
    wrong = sorted({*kinds.values()} - {*_OWN_KINDS})
    if unknown or missing or wrong:
        raise PayoutFileInvalid(
            f"The profile does not fit. Unknown fields: {', '.join(unknown) or 'none'}; missing: "
            f"{', '.join(missing) or 'none'}; unknown kinds: {', '.join(wrong) or 'none'}. "
            f"Fields: {', '.join(FIELDS)}; kinds: {', '.join(_OWN_KINDS)}."
        )
    return Profile(columns, {**_OWN_KINDS, **kinds})


def read_payouts(text: str, profile: Profile) -> list[Settlement]:
    """All payouts of a file; raises PayoutFileInvalid. Nothing is rounded and nothing is guessed."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=_delimiter(text))
    present = set(reader.fieldnames or ())
    missing = [profile.columns[name] for name in _NEEDED if profile.columns[name] not in present]
    if missing:
        raise PayoutFileInvalid(
            f"The file has no column {', '.join(missing)}. Its columns: {', '.join(sorted(present)) or 'none'}. "
            "Choose the profile that fits it, or write one."
        )
    collected: dict[str, _Collected] = {}
    for number, cells in enumerate(reader, start=2):
        row = _Row(number, cells, profile)
        if row.text("payout"):
            collected.setdefault(row.text("payout"), _Collected(row)).add(row)
    return [found.settlement(reference) for reference, found in collected.items()]


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


@dataclass(frozen=True)
class _Row:
    number: int
    cells: Mapping[str, str | None]
    profile: Profile

    def text(self, name: str) -> str:
        return (self.cells.get(self.profile.columns.get(name, "")) or "").strip()

    def money(self, name: str, currency: str) -> Money:
        written = self.text(name) or "0"
        try:
            return Money.exactly(written, currency)
        except InvalidAmount:
            raise self.wrong(name, "is not an amount. Write it like 12.50") from None

    def currency(self, name: str) -> str:
        code = self.text(name).upper()
        if code not in EXPONENTS:
            raise self.wrong(name, "is no currency. Write it like EUR")
        return code

    def kind(self) -> str:
        written = self.text("kind")
        return self.profile.kinds.get(written, self.profile.kinds.get(written.lower(), "other"))

    def instant(self) -> datetime:
        try:
            found = datetime.fromisoformat(self.text("paid_at"))
        except ValueError:
            raise self.wrong("paid_at", "is no day. Write it like 2026-11-21") from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def wrong(self, name: str, problem: str) -> PayoutFileInvalid:
        column = self.profile.columns.get(name, name)
        return PayoutFileInvalid(f"Row {self.number}: {column} '{self.text(name)}' {problem}.")


class _Collected:
    """The rows of one payout."""

    def __init__(self, first: _Row) -> None:
        self._currency = first.currency("currency")
        self._paid_at = first.instant()
        self._amount = first.money("amount", self._currency) if first.text("amount") else None
        self._lines: list[SettlementLine] = []

    def add(self, row: _Row) -> None:
        if row.currency("currency") != self._currency:
            raise row.wrong("currency", f"differs from the payout's other rows, which are in {self._currency}")
        if row.kind() == "payout":
            self._amount = abs(row.money("gross", self._currency))
            return
        self._lines.append(self._line(row))

    def settlement(self, reference: str) -> Settlement:
        lines = tuple(self._lines)
        added = sum((line.net for line in lines), Money.zero(self._currency))
        return Settlement(reference, self._amount if self._amount is not None else added, self._paid_at, lines)

    def _line(self, row: _Row) -> SettlementLine:
        gross, fee = row.money("gross", self._currency), row.money("fee", self._currency)
        if row.text("net") and row.money("net", self._currency) != gross - fee:
            raise row.wrong("net", f"is not {gross} less the fee {fee}. Correct one of the three")
        if not row.text("id"):
            raise row.wrong("id", "is empty. Every row needs an id of its own")
        presentment = None
        if row.text("presentment"):
            presentment = row.money("presentment", row.currency("presentment_currency"))
        kind = SettlementKind(row.kind())
        return SettlementLine(row.text("id"), kind, row.text("reference"), gross, fee, presentment)
