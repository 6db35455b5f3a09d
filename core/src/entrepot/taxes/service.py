"""Asking the market's tax calculator and checking what it says."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.engine.runtime import Runtime
from entrepot.pricing.rules import TraceStep
from entrepot.sdk.errors import ProviderError
from entrepot.sdk.tax import TaxAnswer, TaxQuestion
from entrepot.taxes.rules import problem

DEADLINE_S = 3.0


@dataclass(frozen=True)
class TaxResult:
    """``answer`` is None where nobody can say: the tax is unknown then, never zero."""

    answer: TaxAnswer | None
    trace: tuple[TraceStep, ...] = ()


def assess(runtime: Runtime, market: str, question: TaxQuestion) -> TaxResult:
    """The answer of the first enabled calculator, in the order staff gave them, that serves the lane."""
    trace: list[TraceStep] = []
    for account in runtime.accounts.list("tax", market):
        if not account.usable:
            continue
        version = runtime.registry.version(account.plugin_id)
        try:
            answer = runtime.guard.call(
                account.id,
                "calculate",
                lambda provider: provider.calculate(question) if provider.serves(question) else None,
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
        runtime.log.error("%s: account '%s' %s. Its answer is not used.", account.plugin_id, account.label, wrong)
    return TaxResult(None, tuple(trace))
