"""Tax calculators: VAT, GST and sales tax that the seller collects. Pure: the same question has the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.sdk.errors import Unsupported
from entrepot.sdk.provider import Provider


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


class TaxCalculator(Provider):
    """Base class of tax calculators. One enabled account answers for a destination; the core checks every answer."""

    kind: ClassVar[str] = "tax"

    def serves(self, question: TaxQuestion) -> bool:
        """Whether this calculator has an answer for the lane. Pure."""
        return True

    def calculate(self, question: TaxQuestion) -> TaxAnswer:
        """The tax of every line. Pure: no network, no clock but ``question.at``."""
        raise Unsupported(self, "calculate")
