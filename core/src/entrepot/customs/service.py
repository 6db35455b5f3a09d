"""Asking the customs rule sets that serve a lane."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from entrepot.customs import rules
from entrepot.engine.guard import Offered
from entrepot.engine.runtime import Runtime
from entrepot.pricing.rules import TraceStep
from entrepot.sdk.customs import CustomsAnswer, CustomsQuestion, CustomsRules
from entrepot.sdk.errors import ProviderError
from entrepot.sdk.provider import Provider
from entrepot.sdk.tax import Certainty

DEADLINE_S = 3.0


@dataclass(frozen=True)
class CustomsResult:
    """``answer`` is None where no border is crossed or nobody can say; ``state`` tells the two apart."""

    answer: CustomsAnswer | None
    state: Certainty
    trace: tuple[TraceStep, ...] = ()


def assess(runtime: Runtime, accounts: Iterable[Offered], question: CustomsQuestion) -> CustomsResult:
    """What the destination's customs will ask. Without a rule set for the lane the state is UNKNOWN, never zero."""
    origin, destination = question.origin.country, question.destination.country
    if not question.lines or not rules.crosses_border(origin, destination):
        return CustomsResult(None, Certainty.NOT_DUE)
    answers: list[CustomsAnswer] = []
    trace: list[TraceStep] = []
    for offered in accounts:
        account = offered.view
        version = runtime.registry.version(account.plugin_id)
        try:
            answer = runtime.guard.call(
                offered,
                "assess",
                lambda provider: _assess(provider, question),
                deadline_s=DEADLINE_S,
            )
        except ProviderError as error:
            trace.append(TraceStep("customs", str(error), account.plugin_id, version, account.label))
            return CustomsResult(None, Certainty.UNKNOWN, tuple(trace))
        if isinstance(answer, CustomsAnswer):
            answers.append(answer)
            trace.append(TraceStep("customs", "answered", account.plugin_id, version, account.label))
    if not answers:
        return CustomsResult(None, Certainty.UNKNOWN, tuple(trace))
    merged = rules.merge(answers)
    return CustomsResult(merged, rules.certainty(merged), tuple(trace))


def _assess(provider: Provider, question: CustomsQuestion) -> CustomsAnswer | None:
    """None where the rules are about other borders."""
    lane = question.origin.country, question.destination.country
    if not isinstance(provider, CustomsRules) or not provider.serves(*lane):
        return None
    return provider.assess(question)
