"""The order of computation: values, which regime for which lines, steps, who collects, incoterm."""

from __future__ import annotations

from dataclasses import dataclass, replace

from entrepot.customs.engine import conditions
from entrepot.customs.engine.answer import Answer, AssessedCharge, Treatment, Unknown, Value, state_of
from entrepot.customs.engine.case import Case, open_case
from entrepot.customs.engine.consignment import Consignment, Line
from entrepot.customs.engine.pack import Pack
from entrepot.customs.engine.reckoning import Reckoning
from entrepot.customs.engine.regimes import AT_CHECKOUT, Collector, Kind, Regime, Step
from entrepot.customs.engine.restricting import restricted
from entrepot.kernel.money import Money, total
from entrepot.sdk.customs import Finding, Severity
from entrepot.sdk.tax import Certainty, RuleRef

SHOWN_VALUES = ("intrinsic", "fob", "cif", "sales_price")


@dataclass(frozen=True)
class _Group:
    """Lines that one regime is for, or lines of which it is not known."""

    lines: tuple[Line, ...]
    regime: Regime | None
    doubt: str = ""


def assess(consignment: Consignment, pack: Pack) -> Answer:
    """What the pack says about the consignment. Pure: the same consignment has the same answer."""
    case = open_case(consignment, pack)
    facts = _derive(case)
    charges: list[AssessedCharge] = []
    findings: list[Finding] = []
    treatments: list[Treatment] = []
    refused: list[bool | None] = []
    groups = _groups(case)
    for group in groups:
        if group.regime is None or group.regime.unknown or group.regime.refused:
            reason = group.doubt or (group.regime.unknown or group.regime.refused if group.regime else "")
            charges += _unknown_charges(case, group, reason)
            refused.append(bool(group.regime and group.regime.refused) or None)
            severity = Severity.PROHIBITED if refused[-1] else Severity.MISSING
            findings.append(Finding(severity, reason, _ref(case, group.regime)))
        else:
            run = Reckoning(case, group.regime, group.lines, _currency(group.regime, case))
            run.run()
            charges += run.charges
            facts.update(run.facts)
            findings += run.findings
            refused.append(False)
            findings += _registration_findings(case, group.regime, run.charges)
        if group.regime:
            treatments.append(_treatment(group, group.regime))
    charges, incoterm = _terms(consignment, charges)
    said = {finding.text for finding in findings}
    findings += [*(doubt for doubt in _doubts(charges) if doubt.text not in said), *restricted(case)]
    refused += [True for finding in findings if finding.severity is Severity.PROHIBITED]
    return Answer(
        pack=pack.id,
        version=pack.version,
        currency=consignment.currency,
        values={name: _shown(case, name) for name in SHOWN_VALUES},
        charges=tuple(charges),
        facts=facts,
        treatments=tuple(treatments),
        findings=tuple(dict.fromkeys(findings)),
        accepted=_accepted(refused),
        incoterm=incoterm,
        carrier_fees=total((fee.amount for fee in consignment.carrier_fees), consignment.currency),
        pieces=_pieces(case, groups),
    )


def _derive(case: Case) -> dict[str, Value]:
    """Values that the pack defines before any regime is chosen, such as a reduced value of personal imports."""
    facts: dict[str, Value] = {}
    for step in case.pack.values:
        run = Reckoning(case, _no_regime(case, step), case.lines, case.consignment.currency)
        run.run()
        for code, column in run.amounts.items():
            case.values.setdefault(code, {}).update(column)
        facts.update(run.facts)
    return facts


def _no_regime(case: Case, step: Step) -> Regime:
    return replace(case.pack.regimes[0], id=f"value {step.code}", steps=(step,), reckoned_in="sale")


def _groups(case: Case) -> list[_Group]:
    """Every line in exactly one group: the first regime in force whose conditions hold."""
    groups: list[_Group] = []
    rest = case.lines
    for regime in case.pack.regimes:
        if not rest or not regime.cited.period.holds(case.consignment.day):
            continue
        batches = [(line,) for line in rest] if regime.scope == "line" else [rest]
        verdicts = [(batch, conditions.holds(regime.when, case, batch)) for batch in batches]
        taken = tuple(line for batch, verdict in verdicts if verdict is True for line in batch)
        if taken:
            groups.append(_Group(taken, regime))
        groups += [_Group(batch, None, verdict.reason) for batch, verdict in verdicts if isinstance(verdict, Unknown)]
        rest = tuple(line for batch, verdict in verdicts if verdict is False for line in batch)
    if rest:
        groups.append(_Group(rest, None, _no_rule(case)))
    return groups


def _pieces(case: Case, groups: list[_Group]) -> dict[str, int]:
    in_force = [r.id for r in case.pack.regimes if r.cited.period.holds(case.consignment.day)]
    counts = dict.fromkeys(in_force, 0)
    for group in groups:
        if group.regime:
            counts[group.regime.id] += sum(line.quantity for line in group.lines)
    return counts


def _no_rule(case: Case) -> str:
    day, place = case.consignment.day, case.areas[0]
    return f"Rule pack {case.pack.id} {case.pack.version} has no rule for {place} on {day}. Update the pack."


def _unknown_charges(case: Case, group: _Group, reason: str) -> list[AssessedCharge]:
    nothing = Money.zero(case.consignment.currency)
    return [
        AssessedCharge(
            kind=kind,
            code=str(kind),
            label=str(kind),
            state=Certainty.UNKNOWN,
            amount=nothing,
            reckoned=nothing,
            line_id=line.id,
            collector=Collector.CARRIER,
            registration="",
            rule=_ref(case, group.regime),
            inputs=(),
            why=reason,
            regime=group.regime.id if group.regime else "",
        )
        for line in group.lines
        for kind in (Kind.DUTY, Kind.TAX)
    ]


def _ref(case: Case, regime: Regime | None) -> RuleRef:
    if regime:
        return regime.cited.ref
    return RuleRef(f"{case.pack.id}/no-rule", case.pack.version, "No rule was found", f"rule pack {case.pack.id}")


def _currency(regime: Regime, case: Case) -> str:
    return case.consignment.currency if regime.reckoned_in == "sale" else case.pack.currency


def _registration_findings(case: Case, regime: Regime, charges: list[AssessedCharge]) -> list[Finding]:
    """A seller who must collect under a number that the consignment does not name."""
    needed = {c.registration for c in charges if c.registration and c.collector in AT_CHECKOUT and not c.amount.is_zero}
    return [
        Finding(Severity.MISSING, f"Collecting this needs a registration '{name}'. Enter its number.", regime.cited.ref)
        for name in sorted(needed - set(case.consignment.registrations))
    ]


def _treatment(group: _Group, regime: Regime) -> Treatment:
    ids = tuple(line.id for line in group.lines)
    return Treatment(regime.id, regime.title, ids, regime.declaration, regime.cited.ref)


def _terms(consignment: Consignment, charges: list[AssessedCharge]) -> tuple[list[AssessedCharge], str]:
    """DDP only when everything due is known and taken from the buyer at checkout; DAP otherwise.

    A seller who wants DDP prepays what the carrier would collect, as long as no amount is unknown.
    """
    due = [charge for charge in charges if charge.state is not Certainty.NOT_DUE]
    if state_of(tuple(charges)) is Certainty.UNKNOWN:
        return charges, "DAP"
    if consignment.incoterm == "DDP":
        charges = [_prepaid(charge) for charge in charges]
        return charges, "DDP"
    return charges, "DDP" if all(charge.is_due_at_checkout for charge in due) else "DAP"


def _prepaid(charge: AssessedCharge) -> AssessedCharge:
    is_owed = charge.state is Certainty.KNOWN and charge.collector not in AT_CHECKOUT
    return replace(charge, is_prepaid=True) if is_owed else charge


def _doubts(charges: list[AssessedCharge]) -> list[Finding]:
    unknown = [charge for charge in charges if charge.state is Certainty.UNKNOWN]
    return [Finding(Severity.MISSING, charge.why, charge.rule, charge.line_id) for charge in unknown]


def _accepted(refused: list[bool | None]) -> bool | None:
    if any(refused):
        return False
    return None if None in refused or not refused else True


def _shown(case: Case, name: str) -> Money:
    value = case.sum(name, case.lines)
    currency = case.consignment.currency
    return Money.zero(currency) if isinstance(value, Unknown) else Money.of(value, currency)
