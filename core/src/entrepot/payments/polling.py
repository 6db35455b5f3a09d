"""Following up: attempts and refunds whose outcome is not known yet are asked about until it is."""

from __future__ import annotations

import logging

from sqlalchemy import or_, select

from entrepot.engine.runtime import Runtime
from entrepot.payments import inbox, refunds, rules, service
from entrepot.payments.models import PaymentAttempt, Refund
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import reader, unit_of_work

BATCH = 50
_log = logging.getLogger(__name__)


def poll_due(runtime: Runtime) -> int:
    """Ask about every attempt that is due and repeat unanswered refunds. Returns how many were looked at."""
    inbox.match_waiting(runtime)
    now = runtime.clock.now()
    due = (
        reader()
        .execute(
            select(PaymentAttempt.id, PaymentAttempt.reference)
            .where(PaymentAttempt.next_check_at <= now)
            .order_by(PaymentAttempt.next_check_at)
            .limit(BATCH)
        )
        .all()
    )
    for attempt in due:
        _follow_up(runtime, attempt.id, bool(attempt.reference))
    open_refunds = (
        reader()
        .scalars(select(Refund.id).where(or_(Refund.state == "unknown", Refund.state == "created")).limit(BATCH))
        .all()
    )
    for refund_id in open_refunds:
        refunds.send(runtime, refund_id)
    return len(due) + len(open_refunds)


def _follow_up(runtime: Runtime, attempt_id: str, has_reference: bool) -> None:
    try:
        if has_reference:
            row = service.fetch(runtime, attempt_id, actor="system")
        else:
            row = service.start(runtime, attempt_id, return_url=service.return_url(runtime, attempt_id))
        if service.is_for_nothing(row):
            service.give_up(runtime, attempt_id, actor="system")
    except EntrepotError as error:
        _log.warning("Payment %s could not be followed up: %s", attempt_id, error)
    _plan_next(runtime, attempt_id)


def _plan_next(runtime: Runtime, attempt_id: str) -> None:
    """Also when nothing was learnt, so that one silent provider is not asked in a tight loop."""
    with unit_of_work() as session:
        row = session.get(PaymentAttempt, attempt_id)
        if row is not None:
            row.next_check_at = rules.next_check(row.state, row.created_at, runtime.clock.now())
