"""Asking the market's tax calculator and checking what it says."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from entrepot.engine.guard import Offered
from entrepot.engine.runtime import Runtime
from entrepot.kernel.money import Money
from entrepot.pricing.rules import TraceStep
from entrepot.sdk.errors import ProviderError
from entrepot.sdk.provider import Provider
from entrepot.sdk.tax import (
    GIFT_CARD,
    Certainty,
    RuleRef,
    TaxAnswer,
    TaxCalculator,
    TaxedLine,
    TaxLine,
    TaxQuestion,
)
from entrepot.taxes.rules import problem

DEADLINE_S = 3.0
_VOUCHER = RuleRef(
    "core/multi-purpose-voucher",
    "1",
    "A gift card is taxed when it pays, not when it is sold",
    "EU: 2006/112/EC Art. 30b",
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TaxResult:
    """``answer`` is None where nobody can say: the tax is unknown then, never zero."""

    answer: TaxAnswer | None
    trace: tuple[TraceStep, ...] = ()


def assess(runtime: Runtime, accounts: Iterable[Offered], question: TaxQuestion) -> TaxResult:
    """The answer of the first calculator that serves the lane, in the order of ``accounts``; cards need none."""
    asked = replace(question, lines=tuple(line for line in question.lines if line.tax_category != GIFT_CARD))
    cards = tuple(_untaxed(line) for line in question.lines if line.tax_category == GIFT_CARD)
    if cards and not asked.lines:
        return TaxResult(TaxAnswer(cards), (TraceStep("tax", _VOUCHER.text),))
    found = _assess(runtime, accounts, asked)
    if found.answer is None or not cards:
        return found
    return replace(found, answer=replace(found.answer, lines=(*found.answer.lines, *cards)))


def _untaxed(line: TaxLine) -> TaxedLine:
    none = Money.zero(line.amount.currency)
    return TaxedLine(line.id, line.amount, none, line.amount, Decimal(0), "", _VOUCHER, Certainty.NOT_DUE)


def _assess(runtime: Runtime, accounts: Iterable[Offered], question: TaxQuestion) -> TaxResult:
    trace: list[TraceStep] = []
    for offered in accounts:
        account = offered.view
        version = runtime.registry.version(account.plugin_id)
        try:
            answer = runtime.guard.call(
                offered,
                "calculate",
                lambda provider: _calculate(provider, question),
                deadline_s=DEADLINE_S,
            )
        except ProviderError as error:
            trace.append(TraceStep("tax", str(error), account.plugin_id, version, account.label))
            continue
        if answer is None:
            continue
        wrong = problem(question, answer)
        trace.append(TraceStep("tax", wrong or "answered", account.plugin_id, version, account.label))
        if not wrong:
            return TaxResult(answer, tuple(trace))
        _log.error("%s: account '%s' %s. Its answer is not used.", account.plugin_id, account.label, wrong)
    return TaxResult(None, tuple(trace))


def _calculate(provider: Provider, question: TaxQuestion) -> TaxAnswer | None:
    """None where the calculator does not serve the lane."""
    if not isinstance(provider, TaxCalculator) or not provider.serves(question):
        return None
    return provider.calculate(question)
