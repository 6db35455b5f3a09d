"""What a payment provider owes a shop: amounts to the last digit, no double charge, no forged news."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest

from entrepot.sdk import (
    CaptureRequest,
    Money,
    Outcome,
    PaymentResult,
    ProviderError,
    ProviderUnavailable,
    RefundRequest,
    RefundResult,
    SystemClock,
)
from entrepot.testkit.conformance.mutation import with_unknown_status
from entrepot.testkit.conformance.network import NetworkBehaviours
from entrepot.testkit.conformance.payment_amounts import AmountBehaviours
from entrepot.testkit.conformance.payment_disputes import DisputeBehaviours
from entrepot.testkit.conformance.payment_refunds import RefundBehaviours
from entrepot.testkit.conformance.provider import ProviderConformance
from entrepot.testkit.http import Reply
from entrepot.testkit.verdict import require

_OPEN = (Outcome.UNKNOWN, Outcome.PENDING)
_TAKEN = (Outcome.CAPTURED, Outcome.AUTHORIZED)


class PaymentConformance(AmountBehaviours, RefundBehaviours, DisputeBehaviours, NetworkBehaviours, ProviderConformance):
    """Inherit, name ``provider_class``, ``config``, ``http_script`` and, with webhooks, ``signed_webhook``."""

    registration_hook = "entrepot_register_payment_providers"
    optional_methods: ClassVar[dict[str, str]] = {
        "fetch": "fetch",
        "capture": "capture",
        "void": "void",
        "refund": "refund",
        "webhook": "parse_webhook",
        "settlements": "settlements",
    }
    other_capabilities = frozenset({"redirect", "authorize", "partial_refund", "manual", "offline"})
    locales: ClassVar[tuple[str, ...]] = ("en", "de", "zh-Hans")

    def call_optional(self, method: str) -> Any:
        provider = self.provider()
        if method == "parse_webhook":
            return provider.parse_webhook(b"{}", {})
        if method == "settlements":
            return provider.settlements(SystemClock().now() - timedelta(days=1))
        if method == "capture":
            return provider.capture(CaptureRequest("ref-1", self.amount, "key-1"))
        if method == "refund":
            return provider.refund(RefundRequest("ref-1", self.amount, "key-1", self.amount))
        return provider.void("ref-1", "key-1") if method == "void" else provider.fetch("ref-1")

    def event_keys(self, events: list[Any]) -> list[Any]:
        return [event.id for event in events]

    def test_start_reports_a_payment(self) -> None:
        result = self._started()
        require(
            isinstance(result, PaymentResult) and isinstance(result.outcome, Outcome) and result.reference,
            f"start() gave {result!r}.",
            costs="without the vendor's reference the shop can never ask again: paid, but no order.",
            remedy="return PaymentResult(outcome, the vendor's id, the vendor's amount).",
        )

    def test_start_leaves_the_buyer_a_way_to_pay(self) -> None:
        result = self._started()
        require(
            result.outcome in _TAKEN or result.redirect_url or result.instructions or result.message,
            f"The payment is {result.outcome}, with neither an address to go to nor instructions.",
            costs="the buyer sees a dead end and leaves.",
            remedy="set redirect_url (capability 'redirect') or instructions (capability 'manual').",
        )

    def test_redirect_is_declared_and_goes_to_a_safe_address(self) -> None:
        url = self._started().redirect_url
        require(
            bool(url) == self.offers("redirect"),
            f"Capability 'redirect' is {'' if self.offers('redirect') else 'not '}declared; redirect_url is {url!r}.",
            costs="the checkout says 'pay now' and leads nowhere, or surprises the buyer with another site.",
            remedy="make redirect_url and the capability agree.",
        )
        local = urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
        require(
            not url or url.startswith("https://") or local,
            f"redirect_url is {url!r}.",
            costs="card data typed on an unencrypted page.",
            remedy="send the buyer to https addresses only (plain http on this machine is allowed for simulators).",
        )

    def test_offline_start_asks_nobody(self) -> None:
        if not self.offers("offline"):
            pytest.skip("The provider does not offer 'offline'.")
        provider, http = self._with_http()
        provider.start(self.payment_request())
        require(
            not http.requests,
            "Capability 'offline' is declared, and start() used the network.",
            costs="the order's transaction waits for somebody else's server, and every other buyer with it.",
            remedy="answer from self.config and the request alone, or leave the capability out.",
        )

    def test_start_twice_with_one_key_is_one_payment(self) -> None:
        provider, http = self._with_http()
        first, again = provider.start(self.payment_request()), provider.start(self.payment_request())
        half = len(http.requests) // 2
        same = [sent.content for sent in http.requests[:half]] == [sent.content for sent in http.requests[half:]]
        require(
            first.reference == again.reference and same,
            "Two calls with the same idempotency key differ.",
            costs="a double click or a retry after a time-out charges the buyer twice.",
            remedy="derive everything you send from the request; no counter, no random number, no clock.",
        )

    def test_different_attempts_have_different_keys(self) -> None:
        http = self.http()
        self.provider(http).start(self.payment_request(key="attempt-key-1"))
        sent = len(http.requests)
        self.provider(http).start(self.payment_request(key="attempt-key-2"))
        if not sent:
            pytest.skip("start makes no HTTP requests.")
        later = " ".join(self.everything_sent(request) for request in http.requests[sent:])
        require(
            "attempt-key-2" in later and "attempt-key-1" not in later,
            "The second attempt was not sent with its own idempotency key.",
            costs="the vendor answers with the first, declined attempt for ever: nobody can pay on the second try.",
            remedy="pass request.idempotency_key, not the order number.",
        )

    def test_writes_carry_the_idempotency_key(self) -> None:
        for name, operation in self.operations().items():
            writes = [sent for sent in self.requests_of(name, operation) if sent.writes]
            if not operation.moves or not writes:
                continue
            require(
                operation.key in self.everything_sent(writes[-1]),
                f"{name} sent {writes[-1]} without the idempotency key.",
                costs="after a time-out the shop must choose between charging twice and not at all.",
                remedy="self.ctx.http.post(…, idempotency_key=request.idempotency_key), or the vendor's own field.",
            )

    def test_status_nobody_knows_is_unknown(self) -> None:
        changed = False
        for name, operation in self.operations().items():
            http = self.http()
            self.outcome_of(name, operation, http)
            for at, reply in enumerate(http.replies):
                strange = with_unknown_status(reply)
                if strange is None:
                    continue
                changed = True
                outcome = self.outcome_of(name, operation, self.http(strange, at))
                self._require_unknown(name, outcome)
        if not changed:
            pytest.skip("No scripted answer has a status field.")

    def test_results_are_complete(self) -> None:
        for name, operation in self.operations().items():
            result = self.outcome_of(name, operation)
            expected = RefundResult if name == "refund" else PaymentResult
            require(
                isinstance(result, expected) and isinstance(result.amount, Money) and result.reference,
                f"{name} gave {result!r} instead of a {expected.__name__} with amount and reference.",
                costs="the ledger cannot book it; the payment stays open for staff.",
                remedy="check http_script, then fill outcome, reference and amount from the vendor's answer.",
            )

    def test_unreadable_answer_to_a_write_is_uncertain(self) -> None:
        for fault in (Reply(200, "<html>"), Reply(200, b""), Reply(200, {})):
            for name, operation, sent, outcome in self.answered_with(fault):
                if operation.moves and sent.writes and isinstance(outcome, ProviderUnavailable):
                    require(
                        outcome.uncertain,
                        f"{name}: {sent} was answered with {fault.body!r} and the failure is called certain.",
                        costs="the vendor said 200: the money may have moved. A second attempt would take it again.",
                        remedy="raise ProviderUnavailable(…, uncertain=True) for an unreadable answer to a write.",
                    )

    def test_nothing_is_taken_without_an_answer(self) -> None:
        for fault in (Reply(200, {}), Reply(200, []), Reply(200, "null"), Reply(202, b""), Reply(302, b"")):
            for name, _, sent, outcome in self.answered_with(fault):
                require(
                    getattr(outcome, "outcome", None) not in _TAKEN,
                    f"{name} reports money, but {sent} was answered with {fault.body!r}.",
                    costs="goods are sent for money that never came.",
                    remedy="report CAPTURED or AUTHORIZED only for the vendor's explicit word.",
                )

    def test_authorize_needs_capture(self) -> None:
        require(
            self.offers("capture") or not self.offers("authorize"),
            "Capability 'authorize' is declared without 'capture'.",
            costs="money is reserved, can never be taken, and falls back to the buyer after a week.",
            remedy="write capture() or do not authorize.",
        )

    def test_method_has_a_name_in_every_language(self) -> None:
        for locale in self.locales:
            label = self.provider().method_label(locale)
            require(
                isinstance(label, str) and label.strip() and "\n" not in label,
                f"method_label({locale!r}) gave {label!r}.",
                costs="an unnamed radio button at the most expensive moment of the checkout.",
                remedy="return a short name; self.label is good enough.",
            )

    def test_webhook_events_name_payment_amount_and_outcome(self) -> None:
        for event in self.parse(self.webhook()):
            require(
                event.id and event.result.reference and isinstance(event.result.outcome, Outcome),
                f"The event {event!r} lacks id, reference or outcome.",
                costs="the news cannot be attached to its order.",
                remedy="fill PaymentEvent(id, PaymentResult(outcome, reference, amount)).",
            )
            require(
                isinstance(event.result.amount, Money),
                f"The event's amount is {event.result.amount!r}.",
                costs="the core cannot compare what was paid with what was asked.",
                remedy="Money(minor units, currency) from the webhook.",
            )

    def _require_unknown(self, name: str, outcome: Any) -> None:
        if isinstance(outcome, ProviderError):
            return
        require(
            outcome.outcome in _OPEN,
            f"{name} read a status that nobody knows as {outcome.outcome}.",
            costs="the vendor adds a status and orders are sent unpaid, or cancelled although paid.",
            remedy="map with OUTCOMES.get(status, Outcome.UNKNOWN); the core will ask again.",
        )
