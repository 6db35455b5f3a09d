"""Whoever brings the news, in whatever order: an order is paid once or not at all."""

from __future__ import annotations

import pytest

from entrepot.kernel.money import Money
from entrepot.ledger.service import order_postings
from entrepot.orders import queries as orders
from entrepot.payments import inbox, polling, refunds, service
from entrepot.payments import queries as payments
from entrepot.payments.errors import PaymentError, RefundTooLarge
from entrepot.sdk.errors import ProviderRejected, ProviderUnavailable, WebhookRejected
from entrepot.sdk.payments import CaptureRequest, Outcome, PaymentResult
from entrepot.shop.routes import ROUTES
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader
from entrepot.testkit.providers import BANK, ScriptedPayment, webhook
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases


def facts(kind: str) -> int:
    return reader().query(FactRow).filter_by(kind=kind).count()


def balance(number: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for _, _, account, amount in order_postings(reader(), orders.id_of(number)):
        sums[account] = sums.get(account, 0) + amount.minor
    return sums


def news(
    shop: SmallShop, attempt: payments.AttemptView, outcome: Outcome, id: str = "evt-1", minor: int = 0
) -> inbox.Received:
    amount = Money(minor or attempt.amount.minor, attempt.amount.currency)
    body, headers = webhook(id, attempt.reference, outcome, amount)
    return inbox.handle_webhook(shop.runtime, attempt.account_id, body, headers)


@pytest.mark.covers("S2.14", "S1.36")
def test_webhook_after_return_page_captures_once(shop: SmallShop) -> None:
    placed = shop.place()
    BANK.decide(placed.payment.reference, Outcome.CAPTURED)
    service.fetch(shop.runtime, placed.payment.id, actor="buyer")
    assert news(shop, placed.payment, Outcome.CAPTURED).applied == 1
    assert orders.order_view(number=placed.number).status == "to_ship"
    assert facts("payment_captured") == 1
    assert balance(placed.number)["receivable"] == 0


@pytest.mark.covers("S2.14")
def test_a_repeated_webhook_has_no_second_effect(shop: SmallShop) -> None:
    placed = shop.place()
    assert news(shop, placed.payment, Outcome.CAPTURED).applied == 1
    assert news(shop, placed.payment, Outcome.CAPTURED).repeated == 1
    assert facts("payment_captured") == 1


def test_pending_after_captured_changes_nothing(shop: SmallShop) -> None:
    placed = shop.place()
    news(shop, placed.payment, Outcome.CAPTURED, "evt-2")
    news(shop, placed.payment, Outcome.PENDING, "evt-1")
    assert payments.attempts(orders.id_of(placed.number))[0].state == "captured"


def test_a_webhook_that_lies_about_the_amount_does_not_pay_the_order(shop: SmallShop) -> None:
    placed = shop.place()
    news(shop, placed.payment, Outcome.CAPTURED, minor=1)
    attempt = payments.attempts(orders.id_of(placed.number))[0]
    assert attempt.captured.is_zero
    assert "EUR 0.01" in attempt.attention
    assert orders.order_view(number=placed.number).status == "to_pay"


def test_a_forged_webhook_is_refused_and_kept_nowhere(shop: SmallShop) -> None:
    placed = shop.place()
    body, _ = webhook("evt-1", placed.payment.reference, Outcome.CAPTURED, placed.payment.amount)
    with pytest.raises(WebhookRejected):
        inbox.handle_webhook(shop.runtime, placed.payment.account_id, body, {"signature": "forged"})
    assert news(shop, placed.payment, Outcome.CAPTURED).applied == 1


def test_a_webhook_that_comes_before_the_providers_answer_is_applied_with_it(shop: SmallShop) -> None:
    BANK.start = ProviderUnavailable("connection lost", uncertain=True)
    placed = shop.place()
    assert placed.payment.state == "unknown"
    reference = next(iter(BANK.payments))
    body, headers = webhook("evt-1", reference, Outcome.CAPTURED, placed.payment.amount)
    assert inbox.handle_webhook(shop.runtime, placed.payment.account_id, body, headers).waiting == 1
    BANK.start = Outcome.PENDING
    service.start(shop.runtime, placed.payment.id, return_url="http://shop.test/")
    assert orders.order_view(number=placed.number).payment_state == "paid"


def test_poll_repeats_a_start_that_got_no_answer_without_a_second_payment(shop: SmallShop) -> None:
    from datetime import timedelta

    BANK.start = ProviderUnavailable("time-out", uncertain=True)
    placed = shop.place()
    BANK.start = Outcome.CAPTURED
    BANK.decide(next(iter(BANK.payments)), Outcome.CAPTURED)
    shop.clock.move(timedelta(minutes=2))
    polling.poll_due(shop.runtime)
    assert len(BANK.payments) == 1
    assert orders.order_view(number=placed.number).status == "to_ship"


def test_a_declined_payment_can_be_tried_again(shop: SmallShop) -> None:
    BANK.start = ProviderRejected("Your card was declined.")
    placed = shop.place()
    assert (placed.payment.state, placed.payment.message) == ("declined", "Your card was declined.")
    BANK.start = Outcome.CAPTURED
    order_id = orders.id_of(placed.number)
    again = service.try_again(shop.runtime, order_id=order_id, account_id=shop.accounts["scripted"])
    service.start(shop.runtime, again, return_url="http://shop.test/")
    assert orders.order_view(number=placed.number).status == "to_ship"
    with pytest.raises(PaymentError, match="Nothing is left"):
        service.try_again(shop.runtime, order_id=order_id, account_id=shop.accounts["scripted"])


def test_staff_confirm_a_bank_transfer_once(shop: SmallShop) -> None:
    placed = shop.place(pay_by="by-hand")
    service.confirm_manually(shop.runtime, placed.payment.id, received=placed.payment.amount, actor="staff:anna")
    with pytest.raises(PaymentError, match="confirmed already"):
        service.confirm_manually(shop.runtime, placed.payment.id, received=placed.payment.amount, actor="staff:anna")


def test_a_payment_that_reports_itself_is_not_confirmed_by_hand(shop: SmallShop) -> None:
    placed = shop.place()
    with pytest.raises(PaymentError, match="reports payments by itself"):
        service.confirm_manually(shop.runtime, placed.payment.id, received=placed.payment.amount, actor="staff:anna")


@pytest.mark.covers("S2.15")
def test_refunds_never_exceed_what_was_taken(shop: SmallShop) -> None:
    placed = shop.paid()
    attempt_id, half = placed.payment.id, Money(1000, "EUR")
    refunds.refund(shop.runtime, attempt_id, amount=half, reason="scratch", actor="staff:anna", idempotency_key="r1")
    refunds.refund(shop.runtime, attempt_id, amount=half, reason="scratch", actor="staff:anna", idempotency_key="r1")
    attempt = payments.attempts(orders.id_of(placed.number))[0]
    assert attempt.refunded == half
    with pytest.raises(RefundTooLarge, match=str(attempt.refundable)):
        refunds.refund(
            shop.runtime, attempt_id, amount=placed.payment.amount, reason="", actor="staff:anna", idempotency_key="r2"
        )
    assert sum(balance(placed.number).values()) == 0


def test_an_unanswered_refund_counts_until_it_is_known(shop: SmallShop) -> None:
    placed = shop.paid()
    BANK.refund = ProviderUnavailable("time-out", uncertain=True)
    row = refunds.refund(
        shop.runtime,
        placed.payment.id,
        amount=placed.payment.amount,
        reason="",
        actor="staff:anna",
        idempotency_key="r1",
    )
    assert row.state == "unknown"
    with pytest.raises(RefundTooLarge):
        refunds.refund(
            shop.runtime, placed.payment.id, amount=Money(1, "EUR"), reason="", actor="staff:anna", idempotency_key="r2"
        )
    BANK.refund = Outcome.CAPTURED
    polling.poll_due(shop.runtime)
    assert orders.order_view(number=placed.number).payment_state == "refunded"
    assert len(BANK.refunds) == 1


def test_money_for_a_cancelled_order_asks_for_a_person(shop: SmallShop) -> None:
    from datetime import timedelta

    from entrepot.markets.service import change_store
    from entrepot.orders.service import cancel_unpaid

    change_store(settings={"paid_late": "ask"})
    placed = shop.place()
    shop.clock.move(timedelta(hours=2))
    assert cancel_unpaid(shop.runtime) == 1
    service.apply(
        shop.runtime,
        placed.payment.id,
        PaymentResult(Outcome.CAPTURED, placed.payment.reference, placed.payment.amount),
        actor="system",
    )
    assert facts("payment_came_late") == 1
    assert orders.order_view(number=placed.number).status == "cancelled"
    assert payments.needing_attention()


def test_a_capture_whose_answer_was_lost_is_found_out_by_the_poll(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    placed = shop.place()
    BANK.decide(placed.payment.reference, Outcome.AUTHORIZED)
    service.fetch(shop.runtime, placed.payment.id, actor="buyer")
    with monkeypatch.context() as lost, pytest.raises(ProviderUnavailable):
        lost.setattr(ScriptedPayment, "capture", _captures_and_loses_the_answer)
        service.capture(shop.runtime, placed.payment.id, actor="staff:anna")
    shop.clock.move(timedelta(hours=1))
    polling.poll_due(shop.runtime)
    assert orders.order_view(number=placed.number).payment_state == "paid"
    assert facts("payment_captured") == 1


def test_the_poll_starts_a_payment_with_the_very_request_of_the_shop(shop: SmallShop) -> None:
    addresses = {view: address for _, address, view, *_ in ROUTES}
    path = addresses["paying:pay_return"].replace("<attempt_id>", "an-attempt")
    assert service.return_url(shop.runtime, "an-attempt") == shop.runtime.settings.base_url + path


def _captures_and_loses_the_answer(_: object, request: CaptureRequest) -> PaymentResult:
    BANK.decide(request.reference, Outcome.CAPTURED, request.amount)
    raise ProviderUnavailable("connection lost", uncertain=True)
