"""Tax calculators: VAT, GST and sales tax that the seller collects. Pure: the same question has the same answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import Unsupported
from entrepot.sdk.provider import Provider
from entrepot.sdk.rates import ExchangeRate

#: The tax category of gift cards that pay for anything here (multi-purpose vouchers): they are taxed when they pay, not
#: when they are sold, so that no calculator is asked about them.
GIFT_CARD = "gift_card"


class Certainty(StrEnum):
    """Three answers, not two: an unknown tax is shown as unknown and never as zero."""

    KNOWN = "known"
    NOT_DUE = "not_due"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class RuleRef:
    """Which dated record gave a number, so that anybody can look it up."""

    id: str
    version: str
    text: str = ""
    source: str = ""


@dataclass(frozen=True)
class TaxLine:
    """One line to be taxed. ``amount`` is for the whole quantity, after discounts."""

    id: str
    amount: Money
    quantity: int = 1
    tax_category: str = "standard"
    hs_code: str = ""
    #: "goods" or "shipping".
    subject: str = "goods"
    origin_country: str = ""
    #: For the whole quantity; 0 where nobody weighed it.
    weight_g: int = 0
    #: Facts about the goods that rules ask for: "alcohol", "prescription".
    attributes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TaxQuestion:
    """Who buys what, from where to where. ``at`` decides which dated rate applies, in the destination's time zone."""

    origin: Address
    destination: Address
    currency: str
    at: datetime
    #: True when ``TaxLine.amount`` contains the tax already.
    prices_include_tax: bool
    lines: tuple[TaxLine, ...]
    #: The buyer's validated tax id; empty for a consumer.
    buyer_tax_id: str = ""
    #: The language of labels and notices.
    locale: str = "en"
    #: How it is sent: "post", "courier" or "sea"; empty while nobody knows.
    mode: str = ""
    #: "consumer" or "business".
    buyer: str = "consumer"
    #: Dated exchange rates, for thresholds in another currency.
    rates: tuple[ExchangeRate, ...] = ()


@dataclass(frozen=True)
class TaxedLine:
    """``gross == net + tax``, each rounded to the currency. ``rate`` is a fraction: 0.19 for 19 %.

    ``included`` says whether the amount asked contained the tax; None means as the question says.
    """

    id: str
    net: Money
    tax: Money
    gross: Money
    rate: Decimal
    label: str
    rule: RuleRef
    certainty: Certainty = Certainty.KNOWN
    included: bool | None = None


@dataclass(frozen=True)
class TaxAnswer:
    """One TaxedLine per line asked, in the same order and currency."""

    lines: tuple[TaxedLine, ...]
    #: What the buyer should know, in the words of the rule: "Reverse charge: the recipient owes the VAT."
    notices: tuple[str, ...] = ()
    #: Schemes and places under which the seller collects, with the numbers: {"IOSS": "IM…", "US-CA": "…"}. Customs
    #: rules are told, so that nobody collects the same tax again; None where the calculator does not say.
    registrations: Mapping[str, str] | None = field(default=None, hash=False)


class TaxCalculator(Provider):
    """Base class of tax calculators. One enabled account answers for a destination; the core checks every answer."""

    kind: ClassVar[str] = "tax"

    def serves(self, question: TaxQuestion) -> bool:
        """Whether this calculator has an answer for the lane. Pure."""
        return True

    def calculate(self, question: TaxQuestion) -> TaxAnswer:
        """The tax of every line. Pure: no network, no clock but ``question.at``."""
        raise Unsupported(self, "calculate")
