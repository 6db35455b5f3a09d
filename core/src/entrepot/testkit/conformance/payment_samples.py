"""An ordinary payment: requests, amounts and the calls that a payment provider offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from entrepot.sdk import (
    CaptureRequest,
    Money,
    Outcome,
    PaymentRequest,
    PaymentResult,
    ProviderError,
    RefundRequest,
)
from entrepot.testkit.conformance.bench import Bench, Operation
from entrepot.testkit.http import FakeHttp
from entrepot.testkit.samples import address
from entrepot.testkit.verdict import refuse, told


class PaymentSamples(Bench):
    """Part of PaymentConformance."""

    #: What is paid in the samples; the scripted answers are about this amount.
    amount: ClassVar[Money] = Money(1990, "EUR")
    #: The vendor's reference for fetch, capture, void and refund; by default the one that start() gives.
    reference: ClassVar[str] = ""

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

    def harmless_without_answer(self, name: str, result: Any) -> bool:
        return result is None or getattr(result, "outcome", None) is Outcome.UNKNOWN

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
