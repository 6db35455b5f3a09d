"""Asking every carrier of the market at once, within one deadline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from entrepot.engine.guard import Offered
from entrepot.engine.runtime import Runtime
from entrepot.pricing.rules import ShippingOption, TraceStep
from entrepot.sdk.carriers import Carrier, Rate, RateRequest
from entrepot.sdk.provider import Provider

DEADLINE_S = 3.0


@dataclass(frozen=True)
class ShippingAnswer:
    """What can be chosen, whom we asked, and who did not answer."""

    options: tuple[ShippingOption, ...]
    missing: tuple[str, ...]
    trace: tuple[TraceStep, ...]


def options(runtime: Runtime, offered: Sequence[Offered], request: RateRequest) -> ShippingAnswer:
    """All ways to send it, cheapest first. A carrier that fails or answers nonsense is named and left out."""
    accounts = {account.view.id: account.view for account in offered}
    answers = runtime.guard.call_many(
        offered, "rates", lambda provider: _rates(provider, request), deadline_s=DEADLINE_S, returns=list[Rate]
    )
    found: list[ShippingOption] = []
    trace: list[TraceStep] = []
    for id, account in accounts.items():
        rates = _sound(answers.results.get(id, []), request.currency)
        found += [_option(id, account.label, rate) for rate in rates]
        text = str(answers.failures[id]) if id in answers.failures else f"{len(rates)} rates"
        version = runtime.registry.version(account.plugin_id)
        trace.append(TraceStep("shipping", text, account.plugin_id, version, account.label))
    missing = tuple(accounts[id].label for id in answers.failures)
    return ShippingAnswer(tuple(ordered(found)), missing, tuple(trace))


def ordered(found: Iterable[ShippingOption]) -> list[ShippingOption]:
    """By price, then speed; of options that look the same to the buyer the first one stays."""
    unique: dict[tuple[object, ...], ShippingOption] = {}
    for option in found:
        looks = (option.label, option.price.minor, option.min_days, option.max_days, option.duty_terms)
        unique.setdefault(looks, option)
    return sorted(unique.values(), key=lambda option: (option.price.minor, option.max_days or 999, option.label))


def _rates(provider: Provider, request: RateRequest) -> list[Rate]:
    return provider.rates(request) if isinstance(provider, Carrier) else []


def _sound(rates: Iterable[Rate], currency: str) -> list[Rate]:
    """Only rates that can be charged: in the currency that was asked for, and not negative."""
    return [rate for rate in rates if rate.price.currency == currency and not rate.price.is_negative]


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
        tax_category=rate.tax_category,
    )
