"""Runs the steps of one regime over its lines: bases, formula, bounds, rounding, shares per line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from entrepot.customs.engine import conditions, formulas
from entrepot.customs.engine.answer import AssessedCharge, Unknown, Value
from entrepot.customs.engine.case import Case, add
from entrepot.customs.engine.consignment import Line
from entrepot.customs.engine.formulas import Purse, Worked
from entrepot.customs.engine.records import Method, Unit
from entrepot.customs.engine.regimes import Formula, Kind, Over, Regime, Step
from entrepot.customs.engine.resolving import Resolved, missing, no_hs, product
from entrepot.customs.engine.rounding import by_record
from entrepot.kernel.money import Money
from entrepot.sdk.customs import Finding, Severity
from entrepot.sdk.tax import Certainty, RuleRef

#: Sums of charges that a base may name besides single codes.
_SUMS = {"duties": Kind.DUTY, "taxes": Kind.TAX, "fees": Kind.FEE}


@dataclass
class Reckoning:
    """One regime at work on its lines. Amounts per code and line are in ``currency``."""

    case: Case
    regime: Regime
    lines: tuple[Line, ...]
    currency: str
    charges: list[AssessedCharge] = field(default_factory=list)
    facts: dict[str, Value] = field(default_factory=dict)
    amounts: dict[str, dict[str, Value]] = field(default_factory=dict)
    #: Goods that a rate record forbids.
    findings: list[Finding] = field(default_factory=list)

    def run(self) -> None:
        """All steps, in order."""
        for step in self.regime.steps:
            for one in self._expand(step):
                self._step(one)

    def _expand(self, step: Step) -> list[Step]:
        """A step whose rate is a group, such as ``additional/*``, becomes a step per key of the group."""
        if not step.rate or not step.rate[0].endswith("/*"):
            return [step]
        keys = self.case.pack.rate_keys(step.rate[0])
        return [replace(step, code=key.rpartition("/")[2], rate=(key, *step.rate[1:])) for key in keys]

    def _step(self, step: Step) -> None:
        applies = conditions.holds(step.when, self.case, self.lines) if step.when else True
        if applies is False:
            return
        if step.formula is Formula.WAIVE:
            self._waive(step)
            return
        for lines in self._batches(step):
            worked = Worked(applies) if isinstance(applies, Unknown) else self._work(step, lines)
            if worked is not None:
                self._record(step, lines, worked)

    def _batches(self, step: Step) -> list[tuple[Line, ...]]:
        """The lines that are computed and rounded as one."""
        if step.over is Over.CONSIGNMENT or step.formula in (Formula.FLAT, Formula.COUNT, Formula.SHARE):
            return [self.lines]
        if step.over is Over.LINE:
            return [(line,) for line in self.lines]
        batches: dict[tuple[object, ...], list[Line]] = {}
        for line in self.lines:
            batches.setdefault(self._rate_of(step, line), []).append(line)
        return [tuple(batch) for batch in batches.values()]

    def _rate_of(self, step: Step, line: Line) -> tuple[object, ...]:
        rate = product(self.case.seen_from(step.area), line, step.rate)
        return (rate.fraction, rate.method) if isinstance(rate, Resolved) else (line.id,)

    def _work(self, step: Step, lines: tuple[Line, ...]) -> Worked | None:
        """The step's amount for the lines; None where it does not concern them."""
        if step.kind is Kind.DUTY and step.formula is not Formula.UNKNOWN:
            unclassified = self._unclassified(step, lines)
            if unclassified:
                return Worked(unclassified)
        base = by_record(self._base(step.base, lines), step.base_round, self.case)
        worked = self._apply(step, lines, base)
        if worked is None or not worked.is_due:
            return worked
        purse = Purse(self.case, self.currency)
        least = purse.amount(step.at_least)[0] if step.at_least else None
        most = purse.amount(step.at_most)[0] if step.at_most else None
        value = by_record(formulas.bounded(worked.value, least, most), step.round, self.case)
        inputs = worked.inputs + self._bounds(step, least, most)
        return replace(worked, value=value, inputs=self._described(step, base, lines) + inputs)

    def _unclassified(self, step: Step, lines: tuple[Line, ...]) -> Unknown | None:
        """Duty on goods without an HS code is unknown, whatever the formula, unless somebody stated the rate."""
        return next((no_hs(line) for line in lines if not line.hs_digits and "duty" not in line.known_rates), None)

    def _apply(self, step: Step, lines: tuple[Line, ...], base: Value) -> Worked | None:
        if step.formula is Formula.NOT_DUE:
            return Worked(Decimal(0), self._because(step), is_due=False, why=self._reason(step))
        if step.formula is Formula.UNKNOWN:
            return Worked(Unknown(self._reason(step)))
        if step.formula is Formula.BASE:
            return Worked(base)
        if step.formula is Formula.SHARE:
            return Worked(formulas.share(base, self._base(step.of, lines)))
        if step.formula is Formula.COUNT:
            return Worked(formulas.counted(Unit.ITEM, lines, step.items_by))
        if step.formula is Formula.FLAT:
            return self._flat(step, lines)
        return self._by_rate(step, lines, base)

    def _by_rate(self, step: Step, lines: tuple[Line, ...], base: Value) -> Worked | None:
        rate = self._one_rate(step, lines)
        if rate is None:
            if step.without_rate == "not_due":
                return None
            return Worked(missing(self.case, lines[0], step.rate[0]))
        if isinstance(rate, Unknown):
            return Worked(rate)
        if rate.method is Method.PROHIBITED:
            self._prohibit(rate, lines)
            return Worked(Unknown(rate.ref.text or "These goods may not be imported."), rate.ref)
        inputs: tuple[tuple[str, str], ...] = (("rate", _plain(rate.fraction)), ("method", str(rate.method)))
        purse = Purse(self.case, self.currency)
        if step.formula is Formula.INSIDE:
            return Worked(formulas.inside(base, rate.fraction), rate.ref, inputs)
        value = formulas.by_rate(base, rate, lines, purse, self._base(("duties",), lines))
        if step.formula is Formula.RATE_LESS_AMOUNT:
            deduction, record = purse.amount(step.amount)
            value = _less(value, deduction)
            inputs += (("deduction", f"{record.currency} {record.amount}" if record else "unknown"),)
        is_share = step.formula is Formula.RATE and rate.method is Method.AD_VALOREM
        return Worked(value, rate.ref, inputs, fraction=rate.fraction if is_share else None)

    def _one_rate(self, step: Step, lines: tuple[Line, ...]) -> Resolved | Unknown | None:
        """The rate that all the lines share; unknown where they do not and are computed as one."""
        rates = [product(self.case.seen_from(step.area), line, step.rate) for line in lines]
        doubt = next((rate for rate in rates if isinstance(rate, Unknown)), None)
        if doubt or len(rates) == 1:
            return doubt or rates[0]
        found = [rate for rate in rates if isinstance(rate, Resolved)]
        if len({(rate.method, rate.fraction, rate.amount) for rate in found}) + (len(found) < len(rates)) > 1:
            return Unknown(f"The lines have different rates '{step.rate[0]}', and step '{step.code}' has one for all.")
        return rates[0]

    def _prohibit(self, rate: Resolved, lines: tuple[Line, ...]) -> None:
        why = rate.ref.text or "These goods may not be imported."
        self.findings += [Finding(Severity.PROHIBITED, why, rate.ref, line.id) for line in lines]

    def _flat(self, step: Step, lines: tuple[Line, ...]) -> Worked:
        amount, record = Purse(self.case, self.currency).amount(step.amount)
        if isinstance(amount, Unknown) or record is None:
            return Worked(amount)
        count = formulas.counted(record.unit, lines, step.items_by)
        value = count if isinstance(count, Unknown) else formulas.times(amount, count)
        shown = "unknown" if isinstance(count, Unknown) else _plain(count)
        inputs = (("amount", f"{record.currency} {record.amount} per {record.unit}"), ("count", shown))
        return Worked(value, record.cited.ref, inputs)

    def _base(self, terms: Sequence[str], lines: Sequence[Line]) -> Value:
        return add([self._term(term, lines) for term in terms])

    def _term(self, term: str, lines: Sequence[Line]) -> Value:
        """A value of the lines, an amount computed before, or a sum of a kind of charge."""
        if term in _SUMS:
            return add([self._of_code(code, lines) for code in self._codes(_SUMS[term])])
        if term in self.amounts:
            return self._of_code(term, lines)
        if term in self._step_codes:
            return Decimal(0)
        return self.case.convert(self.case.sum(term, lines), self.case.consignment.currency, self.currency)

    def _of_code(self, code: str, lines: Sequence[Line]) -> Value:
        column = self.amounts[code]
        return add([column.get(line.id, Decimal(0)) for line in lines])

    def _codes(self, kind: Kind) -> list[str]:
        return list(dict.fromkeys(charge.code for charge in self.charges if charge.kind is kind))

    @cached_property
    def _step_codes(self) -> set[str]:
        return {step.code for step in self.regime.steps}

    def _record(self, step: Step, lines: tuple[Line, ...], worked: Worked) -> None:
        if step.kind is Kind.VALUE:
            self._keep(step, lines, worked.value)
            return
        rounded = worked.value if isinstance(worked.value, Unknown) else Money.of(worked.value, self.currency).decimal
        parts = self._shared(rounded, lines)
        self.amounts.setdefault(step.code, {}).update(parts)
        if step.over is Over.CONSIGNMENT or step.formula is Formula.FLAT:
            self.charges.append(self._charge(step, "", rounded, worked, lines))
            return
        for line in lines:
            self.charges.append(self._charge(step, line.id, parts[line.id], worked, lines))

    def _keep(self, step: Step, lines: tuple[Line, ...], value: Value) -> None:
        """A computed value: usable as a base by its line, shown as a fact of the consignment."""
        self.amounts.setdefault(step.code, {}).update(self._shared_exactly(value, lines))
        before = self.facts.get(step.code, Decimal(0))
        self.facts[step.code] = value if step.formula is Formula.SHARE else add([before, value])

    def _shared_exactly(self, value: Value, lines: tuple[Line, ...]) -> dict[str, Value]:
        if len(lines) == 1 or isinstance(value, Unknown):
            return {line.id: value for line in lines}
        return {lines[0].id: value, **{line.id: Decimal(0) for line in lines[1:]}}

    def _shared(self, value: Value, lines: tuple[Line, ...]) -> dict[str, Value]:
        """Shares per line by value, that sum to the whole."""
        if len(lines) == 1 or isinstance(value, Unknown):
            return {line.id: value for line in lines}
        weights = [max(line.value.minor, 0) for line in lines]
        money = Money.of(value, self.currency).allocate(weights if any(weights) else [1] * len(lines))
        return {line.id: part.decimal for line, part in zip(lines, money, strict=True)}

    def _charge(
        self, step: Step, line_id: str, value: Value, worked: Worked, lines: tuple[Line, ...]
    ) -> AssessedCharge:
        amount = self.case.convert(value, self.currency, self.case.consignment.currency)
        doubt = next((one for one in (value, amount) if isinstance(one, Unknown)), None)
        state = Certainty.UNKNOWN if doubt else Certainty.KNOWN if worked.is_due else Certainty.NOT_DUE
        return AssessedCharge(
            kind=step.kind,
            code=step.code,
            label=step.label or step.code,
            state=state,
            amount=_money(amount, self.case.consignment.currency),
            reckoned=_money(value, self.currency),
            line_id=line_id,
            collector=step.collector or self.regime.collector,
            registration=self.case.named(step.registration or self.regime.registration),
            rule=worked.ref or self.regime.cited.ref,
            inputs=worked.inputs,
            why=doubt.reason if doubt else worked.why,
            regime=self.regime.id,
            fraction=worked.fraction,
            base=step.base,
            exact=self._exact(worked.value) if line_id and len(lines) == 1 else None,
        )

    def _exact(self, value: Value) -> Decimal | None:
        converted = self.case.convert(value, self.currency, self.case.consignment.currency)
        return None if isinstance(converted, Unknown) else converted

    def _waive(self, step: Step) -> None:
        """Free the charges of a code while their sum keeps within a threshold of scope 'tax amount'."""
        record = self.case.pack.threshold(step.within, self.case.areas, self.case.consignment.day)
        whole = self._base(step.base, self.lines)
        self.facts[step.code] = whole
        if record is None or isinstance(whole, Unknown):
            return
        tested = self.case.convert(whole, self.currency, record.currency)
        if isinstance(tested, Unknown) or not record.admits(tested):
            return
        for number, charge in enumerate(self.charges):
            if charge.code in step.base:
                self.charges[number] = _freed(charge, record.cited.ref, record.consequence)
                self.amounts[charge.code] = {line.id: Decimal(0) for line in self.lines}

    def _because(self, step: Step) -> RuleRef | None:
        record = self.case.pack.threshold(step.because, self.case.areas, self.case.consignment.day)
        return record.cited.ref if record else None

    def _reason(self, step: Step) -> str:
        record = self.case.pack.threshold(step.because, self.case.areas, self.case.consignment.day)
        return str(record) if record else step.because or self.regime.title

    def _described(self, step: Step, base: Value, lines: tuple[Line, ...]) -> tuple[tuple[str, str], ...]:
        if not step.base:
            return ()
        shown = "unknown" if isinstance(base, Unknown) else f"{self.currency} {_plain(base)}"
        over = f" over lines {', '.join(line.id for line in lines)}" if len(lines) > 1 else ""
        return (("base", f"{' + '.join(step.base)} = {shown}{over}"),)

    def _bounds(self, step: Step, least: Value | None, most: Value | None) -> tuple[tuple[str, str], ...]:
        named = (("at least", least), ("at most", most))
        return tuple((name, f"{self.currency} {_plain(value)}") for name, value in named if isinstance(value, Decimal))


def _freed(charge: AssessedCharge, ref: RuleRef, why: str) -> AssessedCharge:
    inputs = (*charge.inputs, ("computed", str(charge.reckoned)))
    nothing = Money.zero(charge.amount.currency)
    reckoned = Money.zero(charge.reckoned.currency)
    return replace(charge, state=Certainty.NOT_DUE, amount=nothing, reckoned=reckoned, rule=ref, why=why, inputs=inputs)


def _money(value: Value, currency: str) -> Money:
    return Money.zero(currency) if isinstance(value, Unknown) else Money.of(value, currency)


def _less(value: Value, deduction: Value) -> Value:
    if isinstance(value, Unknown):
        return value
    return deduction if isinstance(deduction, Unknown) else max(value - deduction, Decimal(0))


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
