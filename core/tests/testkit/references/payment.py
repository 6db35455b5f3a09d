"""A payment plugin without known faults: hosted page, refunds, signed webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json

from entrepot.sdk import (
    CaptureRequest,
    ConfigSchema,
    Money,
    Outcome,
    PaymentEvent,
    PaymentProvider,
    PaymentResult,
    PluginManifest,
    ProviderRejected,
    ProviderUnavailable,
    RefundResult,
    WebhookRejected,
    hookimpl,
    secret,
)

manifest = PluginManifest(id="payment-paylink", name="Paylink")
OUTCOMES = {"open": Outcome.PENDING, "reserved": Outcome.AUTHORIZED, "paid": Outcome.CAPTURED}


class PaylinkConfig(ConfigSchema):
    api_key = secret(label="API key")
    webhook_secret = secret(label="Webhook signing secret")


class Paylink(PaymentProvider):
    id, label = "paylink", "Paylink"
    config_schema = PaylinkConfig
    capabilities = frozenset(
        {"redirect", "webhook", "fetch", "authorize", "capture", "void", "refund", "partial_refund"}
    )

    def check(self):
        self.ctx.http.get("/account", headers=self.authorization())

    def start(self, request):
        body = self.amount_fields(request.amount) | {"reference": request.order_number, "back": request.return_url}
        return self.read_link(self.post("/links", body, request.idempotency_key), wrote=True)

    def fetch(self, reference):
        return self.read_link(self.ctx.http.get(f"/links/{reference}", headers=self.authorization()).json())

    def capture(self, request: CaptureRequest):
        answer = self.post(
            f"/links/{request.reference}/captures", self.amount_fields(request.amount), request.idempotency_key
        )
        return self.read_link(answer, wrote=True)

    def void(self, reference, idempotency_key):
        return self.read_link(self.post(f"/links/{reference}/void", {}, idempotency_key), wrote=True)

    def refund(self, request):
        if request.amount.currency != request.refundable.currency or request.amount > request.refundable:
            raise ProviderRejected(f"Only {request.refundable} can be refunded, not {request.amount}.")
        answer = self.post(
            f"/links/{request.reference}/refunds", self.amount_fields(request.amount), request.idempotency_key
        )
        link = self.read_link(answer, wrote=True)
        return RefundResult(link.outcome, link.reference, link.amount)

    def parse_webhook(self, body, headers):
        self.verify(body, headers)
        try:
            event = json.loads(body)
            return [self.read_event(event)] if event["type"] == "link.changed" else []
        except (KeyError, TypeError, ValueError, ProviderUnavailable) as error:
            raise WebhookRejected("The webhook cannot be read. Ask Paylink to send it again.") from error

    def verify(self, body, headers):
        expected = hmac.new(self.config["webhook_secret"].encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), headers.get("x-signature", "").encode()):
            raise WebhookRejected("The signature is wrong. Check the webhook signing secret.")

    def read_event(self, event):
        return PaymentEvent(event["id"], self.read_link(event["link"]))

    def post(self, path, body, key):
        return self.ctx.http.post(path, headers=self.authorization(), json=body, idempotency_key=key).json()

    def amount_fields(self, amount):
        return {"amount": amount.minor, "currency": amount.currency}

    def read_link(self, link, *, wrote=False):
        try:
            outcome = OUTCOMES.get(link["status"], Outcome.UNKNOWN)
            return PaymentResult(outcome, link["id"], Money(link["amount"], link["currency"]), link.get("url", ""))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ProviderUnavailable("Paylink's answer cannot be read.", uncertain=wrote) from error

    def authorization(self):
        return {"Authorization": f"Bearer {self.config['api_key']}"}


@hookimpl
def entrepot_register_payment_providers():
    return [Paylink]
