"""Asking the market's tax calculator and checking what it says."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from entrepot.engine.guard import Offered
from entrepot.engine.runtime import Runtime
from entrepot.pricing.rules import TraceStep
from entrepot.sdk.errors import ProviderError
from entrepot.sdk.provider import Provider
from entrepot.sdk.tax import TaxAnswer, TaxCalculator, TaxQuestion
from entrepot.taxes.rules import problem

DEADLINE_S = 3.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TaxResult:
    """``answer`` is None where nobody can say: the tax is unknown then, never zero."""

    answer: TaxAnswer | None
    trace: tuple[TraceStep, ...] = ()


def assess(runtime: Runtime, accounts: Iterable[Offered], question: TaxQuestion) -> TaxResult:
    """The answer of the first calculator that serves the lane, in the order of ``accounts``."""
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
