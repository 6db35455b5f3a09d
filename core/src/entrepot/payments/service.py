"""Taking money. Whoever brings the news (return page, webhook, poll, staff), it goes through ``apply``."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.orm import Session

from entrepot.engine.calls import OpenAccount
from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money
from entrepot.kernel.texts import N_
from entrepot.payments import inbox, rows, rules
from entrepot.payments.applying import advance, apply, learn, locked
from entrepot.payments.asking import ask, offers, trust_in_answers
from entrepot.payments.asking import fetch as fetch
from entrepot.payments.errors import CaptureTooLarge, MethodNotAvailable, PaymentError
from entrepot.payments.models import PaymentAttempt
from entrepot.payments.ports import PayableOrder, orders
from entrepot.payments.queries import AttemptView, captured, payment, view
from entrepot.sdk.errors import CredentialsInvalid, ProviderError, ProviderRejected, ProviderUnavailable, Unsupported
from entrepot.sdk.payments import CaptureRequest, Outcome, PaymentRequest, PaymentResult
from entrepot.storage.session import insert_rows, reader, unit_of_work

START_DEADLINE_S = 10.0
CALL_DEADLINE_S = 15.0
_log = logging.getLogger(__name__)


def create_attempt(
    session: Session, runtime: Runtime, *, order_id: int, account_id: str, label: str, amount: Money
) -> str:
    """Record the intention to take ``amount`` before anybody is asked: a crash leaves a trace. Returns its id."""
    attempt = _new_attempt(runtime, order_id=order_id, account_id=account_id, label=label, amount=amount)
    session.add(attempt)
    return attempt.id


def _new_attempt(runtime: Runtime, *, order_id: int, account_id: str, label: str, amount: Money) -> PaymentAttempt:
    now, id = runtime.clock.now(), new_id()
    return PaymentAttempt(
        id=id,
        order_id=order_id,
        account_id=account_id,
        label=label,
        state="created",
        amount=amount.minor,
        currency=amount.currency,
        authorized=None,
        capture_asked=None,
        captured=0,
        refunded=0,
        disputed=0,
        fee=0,
        redirect_url="",
        instructions=[],
        message="",
        attention="",
        idempotency_key=f"pay-{id}",
        created_at=now,
        updated_at=now,
        next_check_at=rules.next_check("created", now, now),
    )


def begin(
    session: Session,
    runtime: Runtime,
    order: PayableOrder,
    account: OpenAccount,
    *,
    label: str,
    amount: Money,
    return_url: Callable[[str], str],
) -> AttemptView | None:
    """The first attempt of a new order, in its transaction; with the provider's answer where it needs no network.

    None where that does not settle it: whatever goes wrong with that answer, the attempt is there, and ``start`` asks
    again after the commit.
    """
    row = _new_attempt(runtime, order_id=order.id, account_id=account.view.id, label=label, amount=amount)
    result = _answer_offline(runtime, account, row, order, return_url)
    if result is not None:
        learn(session, runtime, row, order, result, actor=f"payment:{label}", is_first=True)
    insert_rows(session, PaymentAttempt, rows.values_of(row))
    return None if must_be_asked(row.state) else view(row)


def _answer_offline(
    runtime: Runtime,
    account: OpenAccount,
    row: PaymentAttempt,
    order: PayableOrder,
    return_url: Callable[[str], str],
) -> PaymentResult | None:
    """What a provider says that needs nobody else for it; None from any other, and where it fails."""
    if "offline" not in account.provider_class.capabilities:
        return None
    request = _start_request(row, order, return_url(row.id))
    try:
        return runtime.guard.call_offline(
            account, "start", lambda provider: payment(provider).start(request), returns=PaymentResult
        )
    except ProviderError:
        return None


def must_be_asked(state: str) -> bool:
    """Whether an attempt in this state has not reached its provider yet, as far as we know."""
    return state in ("created", "unknown")


def try_again(runtime: Runtime, *, order_id: int, account_id: str) -> str:
    """A new attempt for what the order still owes; an open one of the same method is returned instead."""
    account = runtime.accounts.get(account_id)
    if account.kind != "payment" or not account.usable:
        raise MethodNotAvailable
    label = _method_label(runtime, account_id, orders().get(reader(), order_id).locale)
    with unit_of_work() as session:
        order = orders().lock(session, order_id)
        attempts = rows.attempts_of(session, order_id)
        if order.cancelled:
            raise PaymentError(N_("The order was cancelled and cannot be paid any more. Place a new order."))
        owed = rules.owing(order.charged, [rows.state_of(row) for row in attempts])
        if owed.is_zero:
            raise PaymentError(N_("The order is paid. Nothing is left to pay."))
        for row in attempts:
            if row.account_id == account_id and row.state in ("created", "pending") and row.amount == owed.minor:
                return row.id
        return create_attempt(
            session,
            runtime,
            order_id=order_id,
            account_id=account_id,
            label=label,
            amount=owed,
        )


def start(runtime: Runtime, attempt_id: str, *, return_url: str) -> PaymentAttempt:
    """Ask the provider to begin. Safe to repeat: the attempt's key makes it the same payment at the vendor's."""
    row = rows.attempt(reader(), attempt_id)
    if not must_be_asked(row.state):
        return row
    order = orders().get(reader(), row.order_id)
    request = _start_request(row, order, return_url)
    account_id, key, actor = row.account_id, row.idempotency_key, f"payment:{row.label}"
    try:
        result = runtime.guard.call(
            account_id,
            "start",
            lambda provider: payment(provider).start(request),
            deadline_s=START_DEADLINE_S,
            idempotency_key=key,
            returns=PaymentResult,
        )
    except ProviderUnavailable as error:
        no_answer = PaymentResult(Outcome.UNKNOWN, "", request.amount, message=str(error))
        return apply(runtime, attempt_id, no_answer, actor=actor)
    except (ProviderRejected, CredentialsInvalid, Unsupported) as error:
        declined = PaymentResult(Outcome.DECLINED, "", request.amount, message=buyer_message(error))
        return apply(runtime, attempt_id, declined, actor=actor)
    with unit_of_work() as session:
        started = apply(runtime, attempt_id, result, actor=actor)
        inbox.apply_unmatched(session, runtime, started)
    return _released(runtime, started) if is_for_nothing(started, just_begun=True) else started


def _released(runtime: Runtime, row: PaymentAttempt) -> PaymentAttempt:
    """The order was cancelled while the provider was being asked. Where it does not answer, the poll releases."""
    try:
        return give_up(runtime, row.id, actor="system")
    except ProviderError as error:
        _log.warning("Payment %s could not be released yet: %s", row.id, error)
        return row


def is_for_nothing(row: PaymentAttempt, *, just_begun: bool = False) -> bool:
    """Whether money is reserved or asked for that nobody waits for: its order was cancelled, or others took its place.

    An open payment of an order that lapsed by itself stays open: who pays late may still get the goods.
    """
    if row.given_up:
        return row.state in ("authorized", "pending")
    releasable = row.state == "authorized" or (just_begun and row.state == "pending")
    return releasable and orders().get(reader(), row.order_id).cancelled


def confirm_manually(runtime: Runtime, attempt_id: str, *, received: Money, actor: str) -> PaymentAttempt:
    """Staff saw the money arrive. Refused for attempts that a provider reports on by itself."""
    account = runtime.accounts.get(rows.attempt(reader(), attempt_id).account_id)
    if not offers(runtime, account.id, "manual"):
        raise PaymentError(f"{account.label} reports payments by itself. Ask it again instead of confirming by hand.")
    with unit_of_work() as session:
        row, order = locked(session, attempt_id)
        before = rows.state_of(row)
        if received.currency != before.amount.currency or received.minor <= 0:
            raise PaymentError(f"Enter an amount above zero in {before.amount.currency}.")
        if before.captured >= before.amount:
            raise PaymentError(f"This payment was confirmed already ({before.captured}).")
        advance(session, runtime, row, order, rules.after_manual(before, received), actor)
        return row


def capture(runtime: Runtime, attempt_id: str, *, actor: str, amount: Money | None = None) -> PaymentAttempt:
    """Take the authorized money, or less of it: the rest is released then, save where the provider keeps it reserved.

    Without an amount never more is taken than the order still owes, an edit may have lowered it meanwhile, and
    whatever is left is released.

    A time-out leaves the state as it is; the poll finds out what happened.
    """
    row = rows.attempt(reader(), attempt_id)
    if row.state != "authorized":
        raise PaymentError("Only an authorized payment can be captured.")
    before = rows.state_of(row)
    asked = amount or _still_to_capture(row, before)
    if asked.currency != row.currency or not 0 < asked.minor <= before.capturable.minor:
        raise CaptureTooLarge(asked, before.capturable)
    is_final = amount is None or asked == before.capturable or not offers(runtime, row.account_id, "multicapture")
    key = f"capture-{row.id}-{row.captured}" if row.captured else f"capture-{row.id}"
    request = CaptureRequest(row.reference or "", asked, key, final=is_final)
    _remember(attempt_id, before.captured + asked)
    result = ask(runtime, row, "capture", lambda provider: provider.capture(request), key)
    return apply(runtime, attempt_id, result, actor=actor, trust=trust_in_answers(runtime, row.account_id))


def _still_to_capture(row: PaymentAttempt, before: rules.AttemptState) -> Money:
    """What is reserved, or what is left to take of the order where that is less."""
    charged = orders().get(reader(), row.order_id).charged
    taken = captured(reader(), row.order_id, row.currency)
    return min(before.capturable, charged - taken)


def _remember(attempt_id: str, in_all: Money) -> None:
    """What we ask for is kept before the provider is asked: news of it is believed, also when the answer is lost."""
    with unit_of_work() as session:
        rows.attempt(session, attempt_id).capture_asked = in_all.minor


def void(runtime: Runtime, attempt_id: str, *, actor: str) -> PaymentAttempt:
    """Release money that is reserved or not yet taken."""
    row = rows.attempt(reader(), attempt_id)
    key = f"void-{row.id}"
    result = ask(runtime, row, "void", lambda provider: provider.void(row.reference or "", key), key)
    return apply(runtime, attempt_id, result, actor=actor)


def give_up(runtime: Runtime, attempt_id: str, *, actor: str) -> PaymentAttempt:
    """Nobody waits for this money any more: released at the provider where it can be, closed here otherwise.

    Money that arrives all the same is still seen: it revives the attempt and asks for a person. While the provider has
    not answered to the start the attempt stays open, marked: whoever gets the answer, or the poll, releases it.
    """
    row = _marked_if_unanswered(attempt_id)
    if row.given_up and not row.reference:
        return row
    if row.reference and offers(runtime, row.account_id, "void"):
        return void(runtime, attempt_id, actor=actor)
    closed = PaymentResult(Outcome.CANCELLED, row.reference or "", Money(row.amount, row.currency))
    return apply(runtime, attempt_id, closed, actor=actor)


def _marked_if_unanswered(attempt_id: str) -> PaymentAttempt:
    """The attempt, marked as given up where its provider may be making the payment at this moment."""
    with unit_of_work() as session:
        row, _ = locked(session, attempt_id)
        row.given_up = must_be_asked(row.state) and not row.reference
        return row


def return_url(runtime: Runtime, attempt_id: str) -> str:
    """The absolute address at which the provider sends the buyer back: the same whoever starts the payment, since a
    start that is repeated with another one would be another request."""
    return f"{runtime.settings.base_url}/pay/return/{attempt_id}"


def buyer_message(error: ProviderError) -> str:
    """What a buyer may read: the provider's own refusal, but nothing about our credentials."""
    return str(error) if isinstance(error, ProviderRejected) else ""


def _start_request(row: PaymentAttempt, order: PayableOrder, return_url: str) -> PaymentRequest:
    return PaymentRequest(
        amount=Money(row.amount, row.currency),
        order_number=order.number,
        idempotency_key=row.idempotency_key,
        return_url=return_url,
        locale=order.locale,
        email=order.email,
        billing_address=order.billing_address,
    )


def _method_label(runtime: Runtime, account_id: str, locale: str) -> str:
    return runtime.guard.call(
        account_id, "method_label", lambda provider: payment(provider).method_label(locale), deadline_s=1, returns=str
    )
