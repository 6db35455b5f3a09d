"""Webhook news: nobody asked for it, so where it speaks of another amount the provider is asked before it counts."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from entrepot.engine.runtime import Runtime
from entrepot.payments import rows, rules
from entrepot.payments.applying import learn, locked
from entrepot.payments.asking import fetch
from entrepot.payments.models import PaymentAttempt, needs_attention
from entrepot.sdk.payments import PaymentResult
from entrepot.storage.session import reader, unit_of_work


def hear(runtime: Runtime, attempt_id: str, result: PaymentResult, *, actor: str) -> None:
    """As ``apply``; an attempt whose news is doubted is due at once, so that the poll asks if nobody else does."""
    with unit_of_work() as session:
        row, order = locked(session, attempt_id)
        is_doubted = rules.is_doubted(rows.state_of(row), result)
        learn(session, runtime, row, order, result, actor=actor, trust=rules.Trust.TOLD)
        if is_doubted and rows.state_of(row).is_watched:
            row.next_check_at = runtime.clock.now()


def ask_about_doubted(runtime: Runtime, account_id: str, references: Collection[str], *, actor: str) -> None:
    """Ask the provider about those of the payments whose news was doubted. Called after the commit."""
    query = select(PaymentAttempt.id).where(
        PaymentAttempt.account_id == account_id,
        PaymentAttempt.reference.in_(references),
        PaymentAttempt.next_check_at <= runtime.clock.now(),
        needs_attention,
    )
    for attempt_id in reader().scalars(query).all():
        fetch(runtime, attempt_id, actor=actor)
