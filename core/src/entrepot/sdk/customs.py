"""Customs rules: duty, import tax, prohibitions and what is missing, per consignment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import Unsupported
from entrepot.sdk.provider import Provider
from entrepot.sdk.rates import ExchangeRate
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
    tax_category: str = "standard"
    #: Facts about the goods that rules ask for: "alcohol", "lithium_battery".
    attributes: frozenset[str] = frozenset()


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
    #: How it is sent: "post", "courier" or "sea"; empty while nobody knows.
    mode: str = ""
    #: "consumer" or "business".
    buyer: str = "consumer"
    buyer_tax_id: str = ""
    #: "DDP" where the seller wants to take everything from the buyer before the parcel leaves.
    incoterm: str = ""
    #: Under what the seller collects taxes, as the tax calculator said; None: as the account's configuration says.
    registrations: Mapping[str, str] | None = field(default=None, hash=False)
    #: Dated exchange rates, for thresholds and values in the authority's currency.
    rates: tuple[ExchangeRate, ...] = ()
    #: What the buyer imported this year under a regime that counts it; None where nobody knows.
    year_to_date: Money | None = None


@dataclass(frozen=True)
class Charge:
    """One explained amount of an assessment. ``amount`` counts only when ``certainty`` is KNOWN.

    ``at_checkout``: the seller takes it from the buyer now; otherwise it is asked for on delivery. ``why`` says what is
    missing where the amount is unknown, why nothing is due where it is not, and may show the sum where it is known.
    """

    kind: str  # "duty", "import_tax", "fee"
    label: str
    amount: Money
    certainty: Certainty
    rule: RuleRef
    line_id: str = ""
    at_checkout: bool = False
    why: str = ""

    @property
    def reason(self) -> str:
        """The first sentence of ``why``: for buyers, without the remedy that only a merchant can use."""
        sentence, _, rest = self.why.partition(". ")
        return f"{sentence}." if rest else self.why


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
    #: "DDP" where everything due is known and taken at checkout, "DAP" otherwise; empty where the rules do not say.
    incoterm: str = ""


class CustomsRules(Provider):
    """Base class of customs rule sets. All enabled sets that serve the lane answer; findings are merged."""

    kind: ClassVar[str] = "customs"

    def serves(self, origin_country: str, destination_country: str) -> bool:
        """Whether the lane crosses a border that these rules are about. Pure."""
        return False

    def assess(self, question: CustomsQuestion) -> CustomsAnswer:
        """Charges and findings of the consignment. Pure: no network, no clock but ``question.at``."""
        raise Unsupported(self, "assess")
