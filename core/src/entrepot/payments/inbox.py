"""The webhook inbox: each verified event has one effect, also when it arrives before its payment is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.engine.runtime import Runtime
from entrepot.kernel.money import Money
from entrepot.payments import disputes, refunds
from entrepot.payments.hearing import ask_about_doubted, hear
from entrepot.payments.models import InboxEvent, PaymentAttempt
from entrepot.payments.queries import payment
from entrepot.sdk.payments import DisputeNews, DisputeState, Outcome, PaymentEvent, PaymentResult, RefundResult
from entrepot.storage.session import unit_of_work

PARSE_DEADLINE_S = 5.0


@dataclass(frozen=True)
class Received:
    """What became of a webhook's events."""

    applied: int = 0
    repeated: int = 0
    waiting: int = 0


def handle_webhook(runtime: Runtime, account_id: str, body: bytes, headers: Mapping[str, str]) -> Received:
    """Verify, de-duplicate and apply. Raises WebhookRejected for what is forged or unreadable and keeps nothing."""
    lowered = {name.lower(): value for name, value in headers.items()}
    events = runtime.guard.call(
        account_id,
        "parse_webhook",
        lambda provider: payment(provider).parse_webhook(body, lowered),
        deadline_s=PARSE_DEADLINE_S,
        returns=list[PaymentEvent],
    )
    outcomes = [_receive(runtime, account_id, event, body) for event in events]
    ask_about_doubted(runtime, account_id, {event.result.reference for event in events}, actor="system")
    return Received(outcomes.count("applied"), outcomes.count("repeated"), outcomes.count("unmatched"))


def apply_unmatched(session: Session, runtime: Runtime, row: PaymentAttempt) -> None:
    """Apply events that came before the attempt knew its reference. Called inside the transaction that stored it."""
    if not row.reference:
        return
    waiting = session.scalars(
        select(InboxEvent)
        .where(
            InboxEvent.state == "unmatched",
            InboxEvent.account_id == row.account_id,
            InboxEvent.reference == row.reference,
        )
        .order_by(InboxEvent.id)
    ).all()
    for event in waiting:
        event.state = "applied"
        _apply_news(runtime, row, event.news)


def match_waiting(runtime: Runtime) -> int:
    """Give events that are still waiting to their attempts; for the rare pair that committed side by side."""
    with unit_of_work() as session:
        pairs = session.scalars(
            select(PaymentAttempt)
            .join(
                InboxEvent,
                (InboxEvent.account_id == PaymentAttempt.account_id)
                & (InboxEvent.reference == PaymentAttempt.reference),
            )
            .where(InboxEvent.state == "unmatched")
            .limit(100)
        ).all()
        for row in pairs:
            apply_unmatched(session, runtime, row)
        return len(pairs)


def apply_again(runtime: Runtime, row: PaymentAttempt, event: InboxEvent) -> None:
    """Apply an event whose effect a person doubts; an effect that is there already is not made twice."""
    _apply_news(runtime, row, event.news)


def _receive(runtime: Runtime, account_id: str, event: PaymentEvent, body: bytes) -> str:
    """One event in one transaction: the inbox row and its effect commit together."""
    with unit_of_work() as session:
        row = _claim(session, runtime, account_id, event, body)
        if row is None:
            return "repeated"
        attempt = session.scalars(
            select(PaymentAttempt).where(
                PaymentAttempt.account_id == account_id, PaymentAttempt.reference == event.result.reference
            )
        ).one_or_none()
        if attempt is None:
            return "unmatched"
        row.state = "applied"
        _apply_news(runtime, attempt, row.news)
        return "applied"


def _claim(session: Session, runtime: Runtime, account_id: str, event: PaymentEvent, body: bytes) -> InboxEvent | None:
    """The new inbox row, or None when the event was received before (also by another process at this moment)."""
    values = {
        "account_id": account_id,
        "event_id": event.id,
        "received_at": runtime.clock.now(),
        "body": body,
        "reference": event.result.reference,
        "news": _to_json(event, runtime.clock.now()),
        "state": "unmatched",
        "note": "",
    }
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    added = session.execute(
        insert(InboxEvent).values(values).on_conflict_do_nothing().returning(InboxEvent.id)
    ).scalar()
    return session.get(InboxEvent, added) if added is not None else None


def _apply_news(runtime: Runtime, row: PaymentAttempt, news: Mapping[str, Any]) -> None:
    actor = f"payment:{row.label}"
    if ("refund" in news or "dispute" in news) and news["outcome"] == Outcome.CAPTURED and not row.captured:
        hear(runtime, row.id, _result(news, row.reference or ""), actor=actor)  # the later news was faster
    if "dispute" in news:
        told = news["dispute"]
        disputes.apply(runtime, row.id, _dispute(told), at=datetime.fromisoformat(told["at"]), actor=actor)
        return
    if "refund" in news:
        refunds.apply_by_reference(runtime, row.id, _refund_result(news["refund"]), actor=actor)
        return
    hear(runtime, row.id, _result(news, row.reference or ""), actor=actor)


def _to_json(event: PaymentEvent, now: datetime) -> dict[str, Any]:
    news = _news_json(event.result.outcome, event.result.amount, event.result.message)
    if event.result.fee:
        news["fee"] = [event.result.fee.minor, event.result.fee.currency]
    if event.result.captured:
        news["captured"] = [event.result.captured.minor, event.result.captured.currency]
    if event.refund:
        news["refund"] = _news_json(event.refund.outcome, event.refund.amount, event.refund.message)
        news["refund"]["reference"] = event.refund.reference
    if event.dispute:
        news["dispute"] = _dispute_json(event.dispute, at=event.occurred_at or now)
    return news


def _dispute_json(dispute: DisputeNews, *, at: datetime) -> dict[str, Any]:
    return {
        "state": dispute.state.value,
        "reference": dispute.reference,
        "amount": [dispute.amount.minor, dispute.amount.currency],
        "fee": [dispute.fee.minor, dispute.fee.currency] if dispute.fee is not None else None,
        "reason": dispute.reason,
        "due": dispute.due.isoformat() if dispute.due else None,
        "at": at.isoformat(),
    }


def _news_json(outcome: Outcome, amount: Money, message: str) -> dict[str, Any]:
    return {"outcome": outcome.value, "amount": [amount.minor, amount.currency], "message": message}


def _result(news: Mapping[str, Any], reference: str) -> PaymentResult:
    return PaymentResult(
        Outcome(news["outcome"]),
        reference,
        Money(*news["amount"]),
        message=news["message"],
        fee=Money(*news["fee"]) if "fee" in news else None,
        captured=Money(*news["captured"]) if "captured" in news else None,
    )


def _dispute(told: Mapping[str, Any]) -> DisputeNews:
    return DisputeNews(
        DisputeState(told["state"]),
        told["reference"],
        Money(*told["amount"]),
        fee=Money(*told["fee"]) if told["fee"] else None,
        reason=told["reason"],
        due=datetime.fromisoformat(told["due"]) if told["due"] else None,
    )


def _refund_result(news: Mapping[str, Any]) -> RefundResult:
    return RefundResult(Outcome(news["outcome"]), news["reference"], Money(*news["amount"]), news["message"])
