"""Questions to the provider of a payment: what it offers, and how the payment stands."""

from __future__ import annotations

from collections.abc import Callable

from entrepot.engine.runtime import Runtime
from entrepot.payments import rows
from entrepot.payments.applying import apply
from entrepot.payments.models import PaymentAttempt
from entrepot.payments.queries import payment
from entrepot.payments.rules import Trust
from entrepot.sdk.errors import ProviderError
from entrepot.sdk.payments import PaymentProvider, PaymentResult
from entrepot.storage.session import reader

CALL_DEADLINE_S = 15.0


def offers(runtime: Runtime, account_id: str, capability: str) -> bool:
    """Whether the account's provider has an optional operation."""
    account = runtime.accounts.get(account_id)
    return capability in runtime.registry.provider_class("payment", account.provider_id).capabilities


def trust_in_answers(runtime: Runtime, account_id: str) -> Trust:
    """What the account's provider is believed when we ask it."""
    return Trust.PARTS if offers(runtime, account_id, "multicapture") else Trust.ANSWERED


def fetch(runtime: Runtime, attempt_id: str, *, actor: str) -> PaymentAttempt:
    """Ask the provider how the payment stands, where it can be asked. Provider errors leave everything as it is."""
    row = rows.attempt(reader(), attempt_id)
    if not row.reference or not rows.state_of(row).is_watched or not offers(runtime, row.account_id, "fetch"):
        return row
    try:
        result = ask(runtime, row, "fetch", lambda provider: provider.fetch(row.reference or ""), "")
    except ProviderError:
        return row
    return apply(runtime, attempt_id, result, actor=actor, trust=trust_in_answers(runtime, row.account_id))


def ask(
    runtime: Runtime,
    row: PaymentAttempt,
    operation: str,
    call: Callable[[PaymentProvider], PaymentResult],
    key: str,
) -> PaymentResult:
    """The provider's answer. Never called inside a transaction; raises ProviderError."""
    return runtime.guard.call(
        row.account_id,
        operation,
        lambda provider: call(payment(provider)),
        deadline_s=CALL_DEADLINE_S,
        idempotency_key=key,
        returns=PaymentResult,
    )
