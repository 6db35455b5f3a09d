"""Customs rules: duty, import tax, prohibitions and what is missing, per consignment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.sdk.errors import Unsupported
from entrepot.sdk.provider import Provider
from entrepot.sdk.tax import Certainty, RuleRef


@dataclass(frozen=True)
class CustomsLine:
    """One declaration line. ``intrinsic_value`` is the price of the goods alone, without tax and transport."""

    id: str
    intrinsic_value: Money
    quantity: int
    weight_g: int
    hs_code: str = ""
    origin_country: str = ""
    description: str = ""
    materials: str = ""


@dataclass(frozen=True)
class CustomsQuestion:
    """One consignment that crosses a customs border."""

    origin: Address
    destination: Address
    currency: str
    at: datetime
    lines: tuple[CustomsLine, ...]
    freight: Money
    insurance: Money


@dataclass(frozen=True)
class Charge:
    """One explained amount of an assessment. ``amount`` counts only when ``certainty`` is KNOWN."""

    kind: str  # "duty", "import_tax", "fee"
    label: str
    amount: Money
    certainty: Certainty
    rule: RuleRef
    line_id: str = ""


class Severity(StrEnum):
    """The strictest finding of all rule sets wins."""

    NOTICE = "notice"
    MISSING = "missing"
    RESTRICTED = "restricted"
    PROHIBITED = "prohibited"


@dataclass(frozen=True)
class Finding:
    """Something about a line that a person must know before paying or sending."""

    severity: Severity
    text: str
    rule: RuleRef
    line_id: str = ""


@dataclass(frozen=True)
class CustomsAnswer:
    charges: tuple[Charge, ...] = ()
    findings: tuple[Finding, ...] = ()


class CustomsRules(Provider):
    """Base class of customs rule sets. All enabled sets that serve the lane answer; findings are merged."""

    kind: ClassVar[str] = "customs"

    def serves(self, origin_country: str, destination_country: str) -> bool:
        """Whether the lane crosses a border that these rules are about. Pure."""
        return False

    def assess(self, question: CustomsQuestion) -> CustomsAnswer:
        """Charges and findings of the consignment. Pure: no network, no clock but ``question.at``."""
        raise Unsupported(self, "assess")
