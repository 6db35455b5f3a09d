"""A quote as JSON and back, and the fingerprint that fixes it. Pure."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from entrepot.kernel.money import Money
from entrepot.pricing.discounting import Discount
from entrepot.pricing.rules import Quote, QuoteLine, Shipment, ShippingOption, TraceStep
from entrepot.sdk.carriers import DutyTerms
from entrepot.sdk.customs import Charge, Finding, Severity
from entrepot.sdk.readmodels import TotalLine
from entrepot.sdk.tax import Certainty, RuleRef


def to_json(quote: Quote) -> dict[str, Any]:
    """The quote as JSON-ready values; ``from_json`` reads exactly these back."""
    encoded: dict[str, Any] = _encode(quote)
    return encoded


def from_json(content: dict[str, Any]) -> Quote:
    """Read a stored quote."""
    money = _money
    return Quote(
        **{key: content[key] for key in ("id", "market", "locale", "currency", "prices_include_tax")},
        lines=tuple(_line(line) for line in content["lines"]),
        shipments=tuple(_shipment(shipment) for shipment in content["shipments"]),
        totals=tuple(TotalLine(**{**row, "amount": money(row["amount"])}) for row in content["totals"]),
        total=money(content["total"]),
        tax_state=Certainty(content["tax_state"]),
        customs_state=Certainty(content["customs_state"]),
        notices=tuple(content["notices"]),
        trace=tuple(TraceStep(**step) for step in content["trace"]),
        created_at=datetime.fromisoformat(content["created_at"]),
        expires_at=datetime.fromisoformat(content["expires_at"]),
        coupons=tuple(content["coupons"]),
        charges=tuple(_charge(each) for each in content.get("charges", ())),
        findings=tuple(_finding(each) for each in content.get("findings", ())),
        incoterm=content.get("incoterm", ""),
    )


def digest(content: dict[str, Any]) -> str:
    """A fingerprint of a stored quote: any change of it, by whomever, shows."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _line(line: dict[str, Any]) -> QuoteLine:
    rule = line["tax_rule"]
    return QuoteLine(
        **{
            **line,
            "unit_price": _money(line["unit_price"]),
            "total": _money(line["total"]),
            "tax": _money(line["tax"]),
            "tax_rate": Decimal(line["tax_rate"]),
            "tax_rule": RuleRef(**rule) if rule else None,
            "list_price": _money(line["list_price"]) if line["list_price"] else None,
            "cuts": _discounts(line["cuts"]),
            "discounts": _discounts(line["discounts"]),
            "unit_discounts": tuple(line["unit_discounts"]),
        }
    )


def _charge(stored: dict[str, Any]) -> Charge:
    read = {"amount": _money(stored["amount"]), "certainty": Certainty(stored["certainty"])}
    return Charge(**{**stored, **read, "rule": RuleRef(**stored["rule"])})


def _finding(stored: dict[str, Any]) -> Finding:
    return Finding(**{**stored, "severity": Severity(stored["severity"]), "rule": RuleRef(**stored["rule"])})


def _discounts(stored: list[dict[str, Any]]) -> tuple[Discount, ...]:
    return tuple(Discount(**{**each, "amount": _money(each["amount"])}) for each in stored)


def _shipment(stored: dict[str, Any]) -> Shipment:
    read = {"option": _shipping_option(stored["option"]), "tax": _money(stored["tax"])}
    return Shipment(**{**stored, **read, "discounts": _discounts(stored["discounts"])})


def _shipping_option(option: dict[str, Any]) -> ShippingOption:
    return ShippingOption(**{**option, "price": _money(option["price"]), "duty_terms": DutyTerms(option["duty_terms"])})


def _money(value: list[Any]) -> Money:
    return Money(value[0], value[1])


_AS_THEY_ARE = frozenset({str, int, bool, type(None)})


def _encode(value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:  # most are
        return value
    if isinstance(value, Money):
        return [value.minor, value.currency]
    if isinstance(value, Decimal | datetime):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None:
        return {name: _encode(getattr(value, name)) for name in fields}
    return str(value) if isinstance(value, StrEnum) else value
