"""One consignment as the engine is asked about it: who sends what to whom, on which day, and what is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from entrepot.customs.engine.fx import RateTable
from entrepot.kernel.money import Money, total

#: Chapters 01 to 97 of the Harmonized System; 77 is reserved.
_HS = re.compile(r"(?!77)(0[1-9]|[1-8]\d|9[0-7])\d{4,10}")


@dataclass(frozen=True)
class Place:
    """``region`` is the part after the hyphen of ISO 3166-2: ON for CA-ON."""

    country: str
    region: str = ""
    postcode: str = ""


@dataclass(frozen=True)
class Line:
    """Goods of one kind. ``value`` is for the whole quantity, without transport and without tax shown separately."""

    id: str
    value: Money
    quantity: int = 1
    hs: str = ""
    origin: str = ""
    weight_g: int | None = None
    category: str = "standard"
    #: Facts about the goods that lists of goods ask for: "alcohol", "prescription".
    attributes: frozenset[str] = frozenset()
    #: Rates that the asker knows, by their key in the pack: {"duty": Decimal("0.12")}.
    known_rates: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    description: str = ""

    @cached_property
    def hs_digits(self) -> str:
        """The code without points; empty when it is missing or cannot exist."""
        digits = re.sub(r"[\s.]", "", self.hs)
        return digits if _HS.fullmatch(digits) else ""


@dataclass(frozen=True)
class CarrierFee:
    """What the carrier asks for clearing, as its price list says."""

    code: str
    amount: Money
    label: str = ""


@dataclass(frozen=True)
class Consignment:
    """Everything that an assessment depends on. All money is in ``currency``."""

    ship_from: Place
    ship_to: Place
    day: date
    currency: str
    lines: tuple[Line, ...]
    freight: Money
    insurance: Money
    #: Transport from the border to the buyer, when it is known apart from the freight.
    onward: Money
    discount: Money
    #: "post", "courier" or "sea"; None when it is not known.
    mode: str | None = None
    #: Scheme to number: {"IOSS": "IM2760000000"}.
    registrations: Mapping[str, str] = field(default_factory=dict)
    #: Where the seller has its seat; empty when it is not known.
    established_in: str = ""
    #: "consumer" or "business".
    buyer: str = "consumer"
    buyer_tax_id: str = ""
    #: "sale", "gift", "sample" or "return".
    nature: str = "sale"
    #: "DDP" when the seller wants to collect everything before the parcel leaves; "DAP" or empty otherwise.
    incoterm: str = ""
    #: What the buyer has imported this year under the regime that counts it.
    year_to_date: Money | None = None
    #: What the goods of the whole order are worth, where this consignment is only a part of it.
    order_value: Money | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    rates: RateTable = field(default_factory=RateTable)
    carrier_fees: tuple[CarrierFee, ...] = ()


def line_values(consignment: Consignment) -> dict[str, dict[str, Decimal]]:
    """The values of every line kept apart, by name and line id, in the currency of the sale.

    Discount, insurance and onward transport are shared out by value, freight too unless every line has a weight and
    a regime asks for it (``freight_by_weight``); shares are whole minor units, so that they sum to the whole.
    """
    lines = sorted(consignment.lines, key=lambda line: line.id)
    by_value = [max(line.value.minor, 0) for line in lines]
    net = [line.value - part for line, part in zip(lines, _shares(consignment.discount, by_value), strict=True)]
    weights = [amount.minor for amount in net]
    freight = _shares(consignment.freight, weights)
    heavy = [line.weight_g or 0 for line in lines]
    freight_by_weight = _shares(consignment.freight, heavy if all(heavy) else weights)
    insurance = _shares(consignment.insurance, weights)
    onward = _shares(consignment.onward, weights)
    columns = {
        "intrinsic": net,
        "fob": net,
        "freight": freight,
        "freight_by_weight": freight_by_weight,
        "insurance": insurance,
        "onward": onward,
        "cif": _sum(net, freight, insurance),
        "cif_by_weight": _sum(net, freight_by_weight, insurance),
        "sales_price": _sum(net, freight, insurance, onward),
    }
    ids = [line.id for line in lines]
    return {
        name: {id: amount.decimal for id, amount in zip(ids, column, strict=True)} for name, column in columns.items()
    }


def _shares(amount: Money, weights: list[int]) -> list[Money]:
    if not weights:
        return []
    return amount.allocate(weights if any(weights) else [1] * len(weights))


def _sum(*columns: list[Money]) -> list[Money]:
    return [total(parts, parts[0].currency) for parts in zip(*columns, strict=True)]
