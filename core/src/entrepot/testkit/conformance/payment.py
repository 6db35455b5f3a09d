"""What a payment provider owes a shop: amounts to the last digit, no double charge, no forged news."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest

from entrepot.sdk import (
    CaptureRequest,
    Money,
    Outcome,
    PaymentRequest,
    PaymentResult,
    ProviderError,
    ProviderRejected,
    ProviderUnavailable,
    RefundRequest,
    RefundResult,
    Unsupported,
)
from entrepot.testkit.conformance.amounts import find_amount, has_float
from entrepot.testkit.conformance.bench import Operation
from entrepot.testkit.conformance.mutation import parsed, with_unknown_status
from entrepot.testkit.conformance.network import NetworkBehaviours
from entrepot.testkit.conformance.provider import ProviderConformance
from entrepot.testkit.conformance.webhooks import WebhookBehaviours
from entrepot.testkit.http import FakeHttp, Reply
from entrepot.testkit.samples import address
from entrepot.testkit.verdict import refuse, require, told

_OPEN = (Outcome.UNKNOWN, Outcome.PENDING)
_TAKEN = (Outcome.CAPTURED, Outcome.AUTHORIZED)


class PaymentConformance(WebhookBehaviours, NetworkBehaviours, ProviderConformance):
    """Inherit, name ``provider_class``, ``config``, ``http_script`` and, with webhooks, ``signed_webhook``."""

    registration_hook = "entrepot_register_payment_providers"
    optional_methods: ClassVar[dict[str, str]] = {
        "fetch": "fetch",
        "capture": "capture",
        "void": "void",
        "refund": "refund",
        "webhook": "parse_webhook",
    }
    other_capabilities = frozenset({"redirect", "authorize", "partial_refund", "manual"})

    #: What is paid in the samples; the scripted answers are about this amount.
    amount: ClassVar[Money] = Money(1990, "EUR")
    #: The vendor's reference for fetch, capture, void and refund; by default the one that start() gives.
    reference: ClassVar[str] = ""
    locales: ClassVar[tuple[str, ...]] = ("en", "de", "zh-Hans")

    def payment_request(self, amount: Money | None = None, key: str = "attempt-key-1") -> PaymentRequest:
        return PaymentRequest(
            amount=amount or self.amount,
            order_number="1000424",
            idempotency_key=key,
            return_url="https://shop.example/pay/return/attempt-1",
            locale="en",
            email="ada@example.com",
            billing_address=address("DE"),
            description="Order 1000424",
        )

    def capture_request(self, amount: Money | None = None, key: str = "capture-key-1") -> CaptureRequest:
        return CaptureRequest(self.known_reference(), amount or self.amount, key)

    def refund_request(
        self, amount: Money | None = None, refundable: Money | None = None, key: str = "refund-key-1"
    ) -> RefundRequest:
        asked = amount or self.amount
        return RefundRequest(self.known_reference(), asked, key, refundable or self.amount, "wrong size")

    def known_reference(self) -> str:
        return self.reference or str(self.provider().start(self.payment_request()).reference)

    def operations(self) -> Mapping[str, Operation]:
        known = {
            "fetch": Operation(lambda provider: provider.fetch(self.known_reference())),
            "capture": Operation(lambda provider: provider.capture(self.capture_request()), True, "capture-key-1"),
            "void": Operation(lambda provider: provider.void(self.known_reference(), "void-key-1"), True, "void-key-1"),
            "refund": Operation(lambda provider: provider.refund(self.refund_request()), True, "refund-key-1"),
        }
        start = Operation(lambda provider: provider.start(self.payment_request()), True, "attempt-key-1")
        return {"start": start} | {name: known[name] for name in known if self.offers(name)}

    def call_optional(self, method: str) -> Any:
        provider = self.provider()
        if method == "parse_webhook":
            return provider.parse_webhook(b"{}", {})
        if method == "capture":
            return provider.capture(CaptureRequest("ref-1", self.amount, "key-1"))
        if method == "refund":
            return provider.refund(RefundRequest("ref-1", self.amount, "key-1", self.amount))
        return provider.void("ref-1", "key-1") if method == "void" else provider.fetch("ref-1")

    def harmless_without_answer(self, name: str, result: Any) -> bool:
        return result is None or getattr(result, "outcome", None) is Outcome.UNKNOWN

    def event_keys(self, events: list[Any]) -> list[Any]:
        return [event.id for event in events]

    # Starting a payment

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

    # Amounts

    def test_euro_amount_is_sent_exactly(self) -> None:
        self._require_amount_sent(Money(1990, "EUR"))

    def test_yen_amount_is_sent_without_decimals(self) -> None:
        self._require_amount_sent(Money(1993, "JPY"))

    def test_dinar_amount_is_sent_with_three_decimals(self) -> None:
        self._require_amount_sent(Money(19930, "KWD"))

    def test_large_amount_is_sent_exactly(self) -> None:
        self._require_amount_sent(Money(987_654_321, "EUR"))

    def test_one_cent_is_sent_exactly(self) -> None:
        self._require_amount_sent(Money(1, "EUR"))

    def test_reported_amount_is_the_vendors(self) -> None:
        result = self._started()
        require(
            result.amount == self.amount,
            f"{self.amount} was asked and answered, but start() reports {result.amount}.",
            costs="every payment ends in the list of differences.",
            remedy="read amount and currency from the vendor's answer, in minor units of that currency.",
        )

    def test_lying_vendor_is_quoted_and_not_corrected(self) -> None:
        http = self.http()
        asked = Money(self.amount.minor + 1111, self.amount.currency)
        result = self.provider(http).start(self.payment_request(asked))
        quoted = [reply for reply in http.replies if find_amount(parsed(reply), self.amount)]
        if not quoted:
            pytest.skip("The vendor's answer to start does not repeat the amount of the sample.")
        require(
            result.amount == self.amount,
            f"The vendor said {self.amount}, {asked} was asked, and start() reports {result.amount}.",
            costs="a buyer who lowers the amount on the way gets the goods for a cent: the core can no longer see it.",
            remedy="report the amount of the vendor's answer, never request.amount.",
        )

    # Following a payment

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

    # Refunds

    def test_refund_of_more_than_refundable_is_refused_before_the_network(self) -> None:
        self.need("refund")
        self._require_refused_unsent(Money(self.amount.minor + 1, self.amount.currency), self.amount)

    def test_refund_when_nothing_is_refundable_is_refused_before_the_network(self) -> None:
        self.need("refund")
        self._require_refused_unsent(self.amount, Money.zero(self.amount.currency))

    def test_refund_in_another_currency_is_refused_before_the_network(self) -> None:
        self.need("refund")
        other = "USD" if self.amount.currency != "USD" else "EUR"
        self._require_refused_unsent(Money(self.amount.minor, other), self.amount)

    def test_partial_refund_sends_the_part_or_is_refused(self) -> None:
        self.need("refund")
        part = Money(self.amount.minor // 2, self.amount.currency)
        if not self.offers("partial_refund"):
            self._require_refused_unsent(part, self.amount)
            return
        http = self.http()
        self.outcome_of("refund", Operation(lambda p: p.refund(self.refund_request(part))), http)
        writes = [sent for sent in http.requests if sent.writes]
        require(
            not writes or find_amount(writes[-1].payload, part),
            f"A refund of {part} was sent as {writes[-1].payload if writes else ''!r}.",
            costs="the whole order is refunded for one returned item.",
            remedy="send request.amount with every refund.",
        )

    def test_partial_refund_needs_refund(self) -> None:
        require(
            self.offers("refund") or not self.offers("partial_refund"),
            "Capability 'partial_refund' is declared without 'refund'.",
            costs="the back office offers a refund that cannot be made.",
            remedy="declare both or neither.",
        )

    def test_authorize_needs_capture(self) -> None:
        require(
            self.offers("capture") or not self.offers("authorize"),
            "Capability 'authorize' is declared without 'capture'.",
            costs="money is reserved, can never be taken, and falls back to the buyer after a week.",
            remedy="write capture() or do not authorize.",
        )

    # The buyer's side

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

    def _started(self) -> PaymentResult:
        try:
            result: PaymentResult = self.provider().start(self.payment_request())
        except ProviderError as error:
            refuse(
                f"start() with an ordinary request failed: {told(error)}",
                costs="nobody can pay.",
                remedy="check http_script first, then start().",
            )
        return result

    def _with_http(self) -> tuple[Any, FakeHttp]:
        http = self.http()
        return self.provider(http), http

    def _require_amount_sent(self, amount: Money) -> None:
        accepted: frozenset[str] = getattr(self.provider_class, "currencies", frozenset())
        if accepted and amount.currency not in accepted:
            pytest.skip(f"The provider does not take {amount.currency}.")
        http = self.http()
        operation = Operation(lambda provider: provider.start(self.payment_request(amount)))
        outcome = self.outcome_of("start", operation, http)
        writes = [sent for sent in http.requests if sent.writes]
        if not http.requests:
            require(
                isinstance(outcome, PaymentResult) and outcome.amount == amount,
                f"{amount} was asked and start() reports {outcome!r}.",
                costs="the buyer is told to pay another amount.",
                remedy="use request.amount as it is.",
            )
            return
        require(
            any(find_amount(sent.payload, amount) for sent in writes) and not any(map(has_float, writes)),
            f"{amount} (minor units {amount.minor}) was sent as {[sent.payload for sent in writes]!r}.",
            costs="yen have no cents and dinars have three decimals: a factor of 100 charges 100 times too much.",
            remedy="send amount.minor, or str(amount.decimal) where the vendor wants decimals; never a float.",
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

    def _require_refused_unsent(self, amount: Money, refundable: Money) -> None:
        request = self.refund_request(amount, refundable)
        provider, http = self._with_http()
        try:
            outcome = provider.refund(request)
        except (ProviderRejected, Unsupported) as error:
            outcome = error
        except Exception as error:
            refuse(
                f"A refund of {amount} with {refundable} refundable ended in {told(error)}.",
                costs="staff see a crash in place of the reason.",
                remedy="compare currency first, then amount; raise ProviderRejected.",
            )
        require(
            isinstance(outcome, ProviderError) and not http.requests,
            f"A refund of {amount} with {refundable} refundable was not refused before the network.",
            costs="two members of staff refund the same order, and the vendor pays both from your balance.",
            remedy="compare request.amount with request.refundable first and raise ProviderRejected.",
        )
