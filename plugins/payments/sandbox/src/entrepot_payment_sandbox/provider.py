"""The payment provider: joins mapping and signing to HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from entrepot.sdk import (
    CaptureRequest,
    HttpReply,
    PaymentEvent,
    PaymentProvider,
    PaymentRequest,
    PaymentResult,
    ProviderRejected,
    ProviderUnavailable,
    RefundRequest,
    RefundResult,
    WebhookRejected,
)
from entrepot_payment_sandbox.config import SandboxConfig
from entrepot_payment_sandbox.mapping import (
    Unreadable,
    capture_body,
    payment_body,
    payment_events,
    payment_result,
    refund_body,
    refund_result,
)
from entrepot_payment_sandbox.signing import HEADER, BadSignature, verify
from entrepot_payment_sandbox.texts import TEXTS

Answer = TypeVar("Answer")


class Sandbox(PaymentProvider):
    """A hosted payment page of the sandbox payment service, confirmed by signed webhooks."""

    id = "sandbox"
    label = "Sandbox payments"
    config_schema = SandboxConfig
    capabilities = frozenset(
        {"redirect", "authorize", "capture", "void", "refund", "partial_refund", "webhook", "fetch"}
    )

    def method_label(self, locale: str) -> str:
        _ = TEXTS.of(locale).gettext
        return _("Test payment")

    def check(self) -> None:
        """Ask the service who we are: proves address and API key."""
        reply = self.ctx.http.get(self._url(_path("account")), headers=self._auth())
        reply.json()

    def start(self, request: PaymentRequest) -> PaymentResult:
        body = payment_body(request, config=self.config, webhook_url=self.ctx.webhook_url)
        return self._write(_path("payments"), body, request.idempotency_key, payment_result)

    def fetch(self, reference: str) -> PaymentResult:
        reply = self.ctx.http.get(self._url(_path("payments", reference)), headers=self._auth())
        return _read(reply, payment_result, uncertain=False)

    def capture(self, request: CaptureRequest) -> PaymentResult:
        path = _path("payments", request.reference, "capture")
        return self._write(path, capture_body(request), request.idempotency_key, payment_result)

    def void(self, reference: str, idempotency_key: str) -> PaymentResult:
        return self._write(_path("payments", reference, "void"), {}, idempotency_key, payment_result)

    def refund(self, request: RefundRequest) -> RefundResult:
        _refuse_impossible(request)
        path = _path("payments", request.reference, "refunds")
        return self._write(path, refund_body(request), request.idempotency_key, refund_result)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> list[PaymentEvent]:
        secret, now = self.config["webhook_secret"], self.ctx.clock.now()
        try:
            verify(body, headers.get(HEADER, ""), secret=secret, now=now)
            return payment_events(json.loads(body))
        except (BadSignature, Unreadable, ValueError, RecursionError) as error:
            raise WebhookRejected(f"Webhook of the sandbox refused: {error}") from error

    def _write(self, path: str, body: dict[str, Any], key: str, parse: Callable[[Any], Answer]) -> Answer:
        reply = self.ctx.http.post(self._url(path), headers=self._auth(), json=body, idempotency_key=key)
        return _read(reply, parse, uncertain=True)

    def _url(self, path: str) -> str:
        return f"{self.config['base_url'].rstrip('/')}/v1/{path}"

    def _auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.config['api_key']}"}


def _path(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)


def _read(reply: HttpReply, parse: Callable[[Any], Answer], *, uncertain: bool) -> Answer:
    """The parsed answer; an unreadable one means that a write may have been executed all the same."""
    try:
        return parse(reply.json())
    except (Unreadable, ProviderUnavailable) as error:
        raise ProviderUnavailable(
            f"The sandbox answered with nonsense: {error} Check its address and version.", uncertain=uncertain
        ) from error


def _refuse_impossible(request: RefundRequest) -> None:
    """What can never succeed is refused before the network."""
    if request.amount.currency != request.refundable.currency:
        raise ProviderRejected(
            f"The payment was taken in {request.refundable.currency}, so {request.amount} cannot be refunded. "
            f"Enter the amount in {request.refundable.currency}."
        )
    if request.amount.minor <= 0:
        raise ProviderRejected(f"A refund of {request.amount} moves no money. Enter an amount above zero.")
    if request.amount > request.refundable:
        raise ProviderRejected(
            f"{request.amount} is more than the {request.refundable} left to refund. Enter at most that amount."
        )
