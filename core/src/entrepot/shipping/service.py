"""Asking every carrier of the market at once, within one deadline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from entrepot.engine.runtime import Runtime
from entrepot.pricing.rules import ShippingOption, TraceStep
from entrepot.sdk.carriers import Rate, RateRequest
from entrepot.sdk.errors import ProviderError

DEADLINE_S = 3.0


@dataclass(frozen=True)
class ShippingAnswer:
    """What can be chosen, whom we asked, and who did not answer."""

    options: tuple[ShippingOption, ...]
    missing: tuple[str, ...]
    trace: tuple[TraceStep, ...]


def options(runtime: Runtime, market: str, request: RateRequest) -> ShippingAnswer:
    """All ways to send it, cheapest first. A carrier that fails or answers nonsense is named and left out."""
    accounts = {account.id: account for account in runtime.accounts.list("carrier", market) if account.usable}
    answers = runtime.guard.call_many(
        list(accounts), "rates", lambda provider: provider.rates(request), deadline_s=DEADLINE_S
    )
    found: list[ShippingOption] = []
    missing: list[str] = []
    trace: list[TraceStep] = []
    for account_id, account in accounts.items():
        answer = answers[account_id]
        rates = [] if isinstance(answer, ProviderError) else _sound(answer, request.currency)
        if isinstance(answer, ProviderError):
            missing.append(account.label)
        text = str(answer) if isinstance(answer, ProviderError) else f"{len(rates)} rates"
        trace.append(
            TraceStep("shipping", text, account.plugin_id, runtime.registry.version(account.plugin_id), account.label)
        )
        found += [_option(account_id, account.label, rate) for rate in rates]
    return ShippingAnswer(tuple(ordered(found)), tuple(missing), tuple(trace))


def ordered(found: Iterable[ShippingOption]) -> list[ShippingOption]:
    """By price, then speed; of options that look the same to the buyer the first one stays."""
    unique: dict[tuple[object, ...], ShippingOption] = {}
    for option in found:
        looks = (option.label, option.price.minor, option.min_days, option.max_days, option.duty_terms)
        unique.setdefault(looks, option)
    return sorted(unique.values(), key=lambda option: (option.price.minor, option.max_days or 999, option.label))


def _sound(rates: object, currency: str) -> list[Rate]:
    """Only rates that can be charged: right type, asked currency, not negative."""
    if not isinstance(rates, list):
        return []
    return [
        rate
        for rate in rates
        if isinstance(rate, Rate) and rate.price.currency == currency and not rate.price.is_negative
    ]


def _option(account_id: str, carrier: str, rate: Rate) -> ShippingOption:
    return ShippingOption(
        account_id=account_id,
        service=rate.service,
        label=rate.label,
        carrier=carrier,
        price=rate.price,
        min_days=rate.min_days,
        max_days=rate.max_days,
        duty_terms=rate.duty_terms,
        reason=rate.reason,
    )
