"""The provider and the simulator over real sockets, when everything goes well or is refused for a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from entrepot.sdk import (
    CaptureRequest,
    CredentialsInvalid,
    DisputeState,
    Money,
    Outcome,
    PaymentRequest,
    PaymentResult,
    ProviderRejected,
    RefundRequest,
    WebhookRejected,
)
from entrepot_payment_sandbox.provider import Sandbox

EUR_1990 = Money(1990, "EUR")
Order = Callable[..., PaymentRequest]


def pay(simulator: Any, provider: Sandbox, request: PaymentRequest) -> PaymentResult:
    """Buy with a card; returns the payment as it was when it started."""
    started = provider.start(request)
    assert simulator.press(started.redirect_url, "pay").location == request.return_url
    return started


def refund(reference: str, amount: Money, refundable: Money = EUR_1990, key: str = "") -> RefundRequest:
    return RefundRequest(reference, amount, key or f"refund-{reference}-{amount.minor}", refundable)


@pytest.mark.covers("S1.35", "S2.12", "S2.14")
def test_card_payment_is_reported_by_signed_webhook_and_by_fetch(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any
) -> None:
    started = pay(simulator, provider, order())
    authorized, captured = map(read, shop.webhooks(2))

    assert (started.outcome, started.amount) == (Outcome.PENDING, EUR_1990)
    assert authorized.result.outcome is Outcome.AUTHORIZED
    assert captured.result == provider.fetch(started.reference)
    assert (captured.result.outcome, captured.result.amount) == (Outcome.CAPTURED, EUR_1990)
    assert captured.result.fee == Money(53, "EUR")
    assert authorized.id != captured.id
    assert captured.occurred_at


@pytest.mark.parametrize("amount", [Money(1990, "JPY"), Money(1990, "KWD"), Money(123456789, "CNY")])
def test_amounts_keep_their_minor_units_all_the_way(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any, amount: Money
) -> None:
    pay(simulator, provider, order(amount))

    assert [read(webhook).result.amount for webhook in shop.webhooks(2)] == [amount, amount]


@pytest.mark.covers("G7")
def test_same_key_starts_one_payment_and_another_body_is_refused(provider: Sandbox, order: Order) -> None:
    request = order(idempotency_key="the-same-key")

    assert provider.start(request) == provider.start(request)
    with pytest.raises(ProviderRejected):
        provider.start(order(Money(1, "EUR"), idempotency_key="the-same-key"))


def test_wrong_api_key_is_told_by_check(connect: Any, simulator: Any, order: Order) -> None:
    stranger = connect(simulator, api_key="wrong")

    with pytest.raises(CredentialsInvalid):
        stranger.check()
    with pytest.raises(CredentialsInvalid):
        stranger.start(order())
    connect(simulator).check()


def test_authorized_money_is_captured_in_part_once(
    simulator: Any, shop: Any, cautious: Sandbox, order: Order, read: Any
) -> None:
    started = cautious.start(order())
    simulator.press(started.redirect_url, "authorize")
    capture = CaptureRequest(started.reference, Money(1500, "EUR"), "capture-1")

    assert cautious.fetch(started.reference).outcome is Outcome.AUTHORIZED
    result = cautious.capture(capture)
    assert (result.outcome, result.amount) == (Outcome.CAPTURED, Money(1500, "EUR"))
    assert cautious.capture(capture) == result
    assert [read(webhook).result.outcome for webhook in shop.webhooks(2)] == [Outcome.AUTHORIZED, Outcome.CAPTURED]
    with pytest.raises(ProviderRejected):
        cautious.capture(CaptureRequest(started.reference, Money(490, "EUR"), "capture-2"))


def test_capture_above_the_authorized_amount_is_refused(simulator: Any, cautious: Sandbox, order: Order) -> None:
    started = cautious.start(order())
    simulator.press(started.redirect_url, "authorize")

    for amount in (Money(1991, "EUR"), Money(1990, "USD")):
        with pytest.raises(ProviderRejected):
            cautious.capture(CaptureRequest(started.reference, amount, f"capture-{amount}"))
    assert cautious.fetch(started.reference).outcome is Outcome.AUTHORIZED


def test_void_releases_authorized_money_and_refuses_taken_money(
    simulator: Any, provider: Sandbox, cautious: Sandbox, order: Order
) -> None:
    started = cautious.start(order())
    simulator.press(started.redirect_url, "authorize")

    assert cautious.void(started.reference, "void-1").outcome is Outcome.CANCELLED
    assert cautious.void(started.reference, "void-1").outcome is Outcome.CANCELLED
    with pytest.raises(ProviderRejected):
        provider.void(pay(simulator, provider, order()).reference, "void-2")


@pytest.mark.covers("S2.15")
def test_refunds_are_partial_repeatable_and_never_above_the_capture(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any
) -> None:
    reference = pay(simulator, provider, order()).reference
    first = provider.refund(refund(reference, Money(500, "EUR")))

    assert (first.outcome, first.amount) == (Outcome.CAPTURED, Money(500, "EUR"))
    assert provider.refund(refund(reference, Money(500, "EUR"))) == first
    assert read(shop.webhooks(3)[2]).refund == first
    with pytest.raises(ProviderRejected):  # the shop's own books say more is left than the service knows of
        provider.refund(refund(reference, Money(1500, "EUR")))
    assert provider.refund(refund(reference, Money(1490, "EUR"))).outcome is Outcome.CAPTURED


def test_declined_and_cancelled_payments_are_told_as_such(simulator: Any, provider: Sandbox, order: Order) -> None:
    declined, cancelled = provider.start(order()), provider.start(order())
    simulator.press(declined.redirect_url, "decline")
    simulator.press(cancelled.redirect_url, "cancel")

    assert provider.fetch(declined.reference).outcome is Outcome.DECLINED
    assert provider.fetch(declined.reference).message
    assert provider.fetch(cancelled.reference).outcome is Outcome.CANCELLED


def test_unknown_payment_is_rejected(provider: Sandbox) -> None:
    with pytest.raises(ProviderRejected):
        provider.fetch("pay_none/../../account")


@pytest.mark.covers("G7")
def test_webhook_signed_with_another_secret_is_rejected(
    connect: Any, simulator: Any, shop: Any, provider: Sandbox, order: Order
) -> None:
    pay(simulator, provider, order())

    with pytest.raises(WebhookRejected):
        connect(simulator, webhook_secret="another").parse_webhook(*shop.webhooks(1)[0])


def test_secrets_can_be_exchanged_without_losing_a_webhook(
    connect: Any, simulator: Any, shop: Any, provider: Sandbox, order: Order
) -> None:
    simulator.control(webhook_secrets=["new-secret", "sandbox-demo-secret"])
    pay(simulator, provider, order())
    body, headers = shop.webhooks(1)[0]

    assert provider.parse_webhook(body, headers) == connect(simulator, webhook_secret="new-secret").parse_webhook(
        body, headers
    )


def test_webhooks_to_other_machines_are_refused(connect: Any, simulator: Any, shop: Any, order: Order) -> None:
    for foreign in ("http://192.0.2.1/hook", "http://shop.example/hook", "https://127.0.0.1/hook", "file:///etc"):
        shop.url = foreign
        with pytest.raises(ProviderRejected):
            connect(simulator).start(order())
    shop.url = "http://localhost:9/hook"
    assert connect(simulator).start(order()).outcome is Outcome.PENDING


@pytest.mark.parametrize(
    "wrong", [{"amount": 0}, {"amount": 1.5}, {"amount": True}, {"currency": "EURO"}, {"return_url": "javascript:1"}]
)
def test_malformed_payment_is_refused_with_a_reason(provider: Sandbox, wrong: dict[str, Any]) -> None:
    body = {"amount": 1, "currency": "EUR", "reference": "1", "return_url": "http://shop.test/", **wrong}

    with pytest.raises(ProviderRejected):
        provider.ctx.http.post(provider._url("payments"), headers=provider._auth(), json=body)


@pytest.mark.covers("S1.36")
def test_payments_and_held_webhooks_survive_a_restart(
    connect: Any, own_simulator: Any, shop: Any, order: Order, read: Any
) -> None:
    own_simulator.start()
    provider = connect(own_simulator)
    own_simulator.control(faults={"hold": True})
    started = pay(own_simulator, provider, order())
    assert [each["status"] for each in own_simulator.deliveries()] == ["held", "held"]
    assert own_simulator.stop() == 0

    own_simulator.start()
    own_simulator.control("/release")
    assert [read(webhook).result.outcome for webhook in shop.webhooks(2)] == [Outcome.AUTHORIZED, Outcome.CAPTURED]
    assert provider.fetch(started.reference).outcome is Outcome.CAPTURED


def test_same_seed_gives_the_same_ids(connect: Any, own_simulator: Any, order: Order) -> None:
    own_simulator.start("--seed", "demo")

    assert connect(own_simulator).start(order()).reference == "pay_demo_000001"


@pytest.mark.covers("S2.14")
@pytest.mark.parametrize("granted", [1500, 2500])
def test_the_bank_reserves_less_or_more_than_was_asked_for(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any, granted: int
) -> None:
    started = provider.start(order())
    simulator.control("/authorize", payment=started.reference, amount=granted)

    (told,) = map(read, shop.webhooks(1))
    assert (told.result.outcome, told.result.amount) == (Outcome.AUTHORIZED, Money(granted, "EUR"))
    with pytest.raises(ProviderRejected, match="between 1 and"):
        provider.capture(CaptureRequest(started.reference, Money(granted + 1, "EUR"), "capture-1"))
    taken = provider.capture(CaptureRequest(started.reference, Money(granted, "EUR"), "capture-2"))
    assert (taken.outcome, taken.amount) == (Outcome.CAPTURED, Money(granted, "EUR"))


@pytest.mark.covers("S2.15")
def test_a_refund_on_the_services_own_site_is_told_by_webhook(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any
) -> None:
    started = pay(simulator, provider, order())
    simulator.control("/refund", payment=started.reference, amount=500)

    told = read(shop.webhooks(3)[-1])
    assert told.refund is not None
    assert (told.refund.outcome, told.refund.amount) == (Outcome.CAPTURED, Money(500, "EUR"))
    assert told.result.outcome is Outcome.CAPTURED


@pytest.mark.covers("S1.35", "G5")
def test_a_dispute_is_told_by_webhook_with_amount_fee_reason_and_due_date(
    simulator: Any, shop: Any, provider: Sandbox, order: Order, read: Any
) -> None:
    started = pay(simulator, provider, order())
    simulator.control("/dispute", payment=started.reference, status="opened", amount=700, reason="Fraud")
    simulator.control("/dispute", payment=started.reference, status="won")

    opened, won = map(read, shop.webhooks(4)[2:])
    assert (opened.dispute.state, opened.dispute.amount) == (DisputeState.OPENED, Money(700, "EUR"))
    assert (opened.dispute.fee, opened.dispute.reason) == (Money(1500, "EUR"), "Fraud")
    assert opened.dispute.due > opened.occurred_at
    assert (won.dispute.state, won.dispute.fee) == (DisputeState.WON, Money(0, "EUR"))
    assert won.dispute.reference == opened.dispute.reference
    assert won.result.outcome is Outcome.CAPTURED


def test_a_verdict_without_an_open_dispute_is_refused(simulator: Any, provider: Sandbox, order: Order) -> None:
    started = pay(simulator, provider, order())
    with pytest.raises(AssertionError, match="no open dispute"):
        simulator.control("/dispute", payment=started.reference, status="lost")
