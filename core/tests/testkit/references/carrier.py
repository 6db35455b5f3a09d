"""A carrier plugin without known faults: rates, labels, tracking, pushed scans."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from urllib.parse import quote

from entrepot.sdk import (
    Carrier,
    ConfigSchema,
    DutyTerms,
    Label,
    Money,
    PluginManifest,
    ProviderUnavailable,
    Rate,
    TrackingEvent,
    TrackingState,
    WebhookRejected,
    hookimpl,
    secret,
)

manifest = PluginManifest(id="carrier-flatbox", name="Flatbox")
STATES = {"PRE": TrackingState.ANNOUNCED, "MOV": TrackingState.IN_TRANSIT, "DLV": TrackingState.DELIVERED}
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)


class FlatboxConfig(ConfigSchema):
    api_key = secret(label="API key")
    webhook_secret = secret(label="Webhook secret")


class Flatbox(Carrier):
    id, label = "flatbox", "Flatbox"
    config_schema = FlatboxConfig
    capabilities = frozenset({"rates", "labels", "void", "tracking", "webhook"})

    def rates(self, request):
        body = {
            "from": request.origin.country,
            "to": request.destination.country,
            "weights": [parcel.weight_g for parcel in request.parcels],
            "currency": request.currency,
        }
        answer = self.ctx.http.post("/quotes", headers=self.authorization(), json=body).json()
        try:
            offers = [offer for offer in answer["offers"] if self.wanted(offer, request)]
            return [self.read_offer(offer, request) for offer in offers]
        except UNREADABLE as error:
            raise ProviderUnavailable("Flatbox's answer cannot be read.") from error

    def wanted(self, offer, request):
        return offer["currency"] == request.currency

    def read_offer(self, offer, request):
        price = Money.of(offer["price"], offer["currency"])
        return Rate(offer["code"], offer["name"], price, 1, 3, DutyTerms.NONE, tracked=True)

    def buy_label(self, request):
        body = {"service": request.service, "to": request.recipient.as_dict(), "reference": request.reference}
        reply = self.ctx.http.post(
            "/labels", headers=self.authorization(), json=body, idempotency_key=request.idempotency_key
        )
        answer = reply.json()
        try:
            return Label(answer["number"], base64.b64decode(answer["pdf"]), reference=answer["id"])
        except UNREADABLE as error:
            raise ProviderUnavailable("Flatbox's answer cannot be read.", uncertain=True) from error

    def void_label(self, reference):
        self.ctx.http.post(f"/labels/{reference}/void", headers=self.authorization())

    def track(self, tracking_number):
        answer = self.ctx.http.get(f"/tracks/{quote(tracking_number)}", headers=self.authorization()).json()
        try:
            return self.ordered([self.read_scan(scan) for scan in answer["scans"]])
        except UNREADABLE as error:
            raise ProviderUnavailable("Flatbox's answer cannot be read.") from error

    def ordered(self, events):
        return sorted(events, key=lambda event: event.at)

    def read_scan(self, scan):
        state = STATES.get(scan["status"], TrackingState.UNKNOWN)
        return TrackingEvent(state, datetime.fromisoformat(scan["at"]), code=scan["status"])

    def parse_webhook(self, body, headers):
        expected = hmac.new(self.config["webhook_secret"].encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), headers.get("x-signature", "").encode()):
            raise WebhookRejected("The signature is wrong.")
        try:
            event = json.loads(body)
            return [(event["number"], self.read_scan(event["scan"]))] if event["type"] == "scan" else []
        except UNREADABLE as error:
            raise WebhookRejected("The webhook cannot be read.") from error

    def tracking_url(self, tracking_number, locale):
        return f"https://track.example/{quote(tracking_number, safe='')}"

    def authorization(self):
        return {"Authorization": f"Bearer {self.config['api_key']}"}


@hookimpl
def entrepot_register_carriers():
    return [Flatbox]
