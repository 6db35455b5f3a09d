"""An answer as JSON: amounts as text, unknown as null with its reason, every number with its rule."""

from __future__ import annotations

from typing import Any

from entrepot.customs.engine.answer import Answer, AssessedCharge, Unknown, Value, state_of, sum_of
from entrepot.customs.engine.regimes import Kind
from entrepot.kernel.money import Money, total
from entrepot.sdk.customs import Finding
from entrepot.sdk.tax import Certainty, RuleRef

_TOTALS = {"duty": Kind.DUTY, "tax": Kind.TAX, "fees": Kind.FEE}


def write_answer(answer: Answer) -> dict[str, Any]:
    """JSON-ready values. ``charges`` sums by code; ``lines`` explains one by one."""
    return {
        "pack": {"id": answer.pack, "version": answer.version},
        "currency": answer.currency,
        "state": str(answer.state),
        "accepted": answer.accepted,
        "regimes": [t.regime for t in answer.treatments],
        "declarations": list(dict.fromkeys(t.declaration for t in answer.treatments if t.declaration)),
        "incoterm": answer.incoterm,
        "pieces": answer.pieces,
        "values": {name: _amount(money) for name, money in answer.values.items()},
        "totals": write_totals(answer),
        "charges": {code: _by_code(answer, code) for code in dict.fromkeys(c.code for c in answer.charges)},
        "facts": {name: _value(value) for name, value in answer.facts.items()},
        "lines": [_charge(charge) for charge in answer.charges],
        "treatments": [
            {"regime": t.regime, "title": t.title, "line_ids": list(t.line_ids), "declaration": t.declaration}
            | {"rule": _rule(t.rule)}
            for t in answer.treatments
        ],
        "findings": [_finding(finding) for finding in answer.findings],
    }


def write_totals(answer: Answer) -> dict[str, str | None]:
    """Sums in the currency of the sale; null where a part is unknown. ``landed`` is what the buyer pays in all."""
    sums = {name: _sum_of_kind(answer, kind) for name, kind in _TOTALS.items()}
    checkout = [c.amount for c in answer.charges if c.is_due_at_checkout]
    border = [c for c in answer.charges if not c.is_due_at_checkout]
    owed = sum_of(answer.charges, answer.currency)
    at_border = Money.zero(answer.currency) if not border else sum_of(tuple(border), answer.currency)
    landed = None if owed is None else answer.values["sales_price"] + owed + answer.carrier_fees
    return {
        **{name: _optional(amount) for name, amount in sums.items()},
        "carrier_fees": _amount(answer.carrier_fees),
        "collected_at_checkout": _amount(total(checkout, answer.currency)),
        "collected_at_border": _optional(at_border),
        "owed": _optional(owed),
        "landed": _optional(landed),
        "landed_without_fees": _optional(_less_fees(answer)),
    }


def _less_fees(answer: Answer) -> Money | None:
    """Goods, transport, duty and taxes: what remains when every fee is left out."""
    levies = tuple(charge for charge in answer.charges if charge.kind is not Kind.FEE)
    amount = sum_of(levies, answer.currency)
    return None if amount is None else answer.values["sales_price"] + amount


def _sum_of_kind(answer: Answer, kind: Kind) -> Money | None:
    charges = answer.of_kind(kind)
    if not charges:
        return Money.zero(answer.currency) if answer.state is not Certainty.UNKNOWN else None
    return sum_of(charges, answer.currency)


def _by_code(answer: Answer, code: str) -> dict[str, Any]:
    charges = answer.of_code(code)
    amount = sum_of(charges, answer.currency)
    currencies = {charge.reckoned.currency for charge in charges}
    is_summable = amount is not None and len(currencies) == 1
    reckoned = total((charge.reckoned for charge in charges), *currencies) if is_summable else None
    return {
        "kind": str(charges[0].kind),
        "state": str(state_of(charges)),
        "amount": _optional(amount),
        "reckoned": None if reckoned is None else {"amount": _amount(reckoned), "currency": reckoned.currency},
        "collector": _same([str(charge.collector) for charge in charges]),
        "registration": _same([charge.registration for charge in charges]),
        "at_checkout": _same([charge.is_due_at_checkout for charge in charges]),
    }


def _same(values: list[Any]) -> Any:
    """The value that all share, or a list of the different ones."""
    different = list(dict.fromkeys(values))
    return different[0] if len(different) == 1 else different


def _charge(charge: AssessedCharge) -> dict[str, Any]:
    is_unknown = charge.state is Certainty.UNKNOWN
    return {
        "line_id": charge.line_id,
        "kind": str(charge.kind),
        "code": charge.code,
        "label": charge.label,
        "state": str(charge.state),
        "amount": None if is_unknown else _amount(charge.amount),
        "currency": charge.amount.currency,
        "reckoned": None if is_unknown else {"amount": _amount(charge.reckoned), "currency": charge.reckoned.currency},
        "collector": str(charge.collector),
        "registration": charge.registration,
        "at_checkout": charge.is_due_at_checkout,
        "prepaid": charge.is_prepaid,
        "why": charge.why,
        "regime": charge.regime,
        "rule": _rule(charge.rule),
        "inputs": dict(charge.inputs),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "severity": str(finding.severity),
        "line_id": finding.line_id,
        "text": finding.text,
        "rule": _rule(finding.rule),
    }


def _rule(rule: RuleRef) -> dict[str, str]:
    return {"id": rule.id, "version": rule.version, "text": rule.text, "source": rule.source}


def _value(value: Value) -> str | None:
    if isinstance(value, Unknown):
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _amount(money: Money) -> str:
    return f"{money.decimal}"


def _optional(money: Money | None) -> str | None:
    return None if money is None else _amount(money)
