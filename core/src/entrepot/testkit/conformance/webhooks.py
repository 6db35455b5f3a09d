"""Webhooks: anybody can post to the address, vendors post twice, late and out of order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, NoReturn

import pytest

from entrepot.sdk import WebhookRejected
from entrepot.testkit.conformance.bench import Bench
from entrepot.testkit.samples import NOON
from entrepot.testkit.signing import SignedWebhook
from entrepot.testkit.verdict import refuse, require, told

_TYPE_FIELDS = ("type", "event", "event_type", "eventType", "event_code", "eventCode", "topic", "kind")
_FORGED = "a stranger marks orders as paid with one POST, and the goods are gone."


class WebhookBehaviours(Bench):
    """For kinds with ``parse_webhook``. The subclass sets ``signed_webhook`` when it declares the capability."""

    #: A genuine webhook: sign_sha256("secret", {...}, header="x-…").
    signed_webhook: ClassVar[SignedWebhook | None] = None
    #: Another genuine one, of a later state of the same thing; makes the reordering tests stricter.
    later_webhook: ClassVar[SignedWebhook | None] = None
    #: A payload of a type that the provider does not know; guessed from signed_webhook when it has a type field.
    unknown_event: ClassVar[Mapping[str, Any] | None] = None

    def event_keys(self, events: list[Any]) -> list[Any]:
        """What a repeated event is recognised by; given by the kind's class."""
        return events

    def parse(self, webhook: SignedWebhook, provider: Any = None) -> list[Any]:
        events: list[Any] = (provider or self.provider()).parse_webhook(webhook.body, webhook.headers)
        return events

    def webhook(self) -> SignedWebhook:
        """The genuine sample; skips without the capability, fails when the sample is missing."""
        self.need("webhook")
        if self.signed_webhook is None:
            refuse(
                "Capability 'webhook' is declared, but the test class has no signed_webhook.",
                costs="nobody has tried what happens to forged and repeated webhooks.",
                remedy='set signed_webhook = sign_sha256("the configured secret", {...}, header="x-…").',
            )
        return self.signed_webhook

    def signable(self) -> SignedWebhook:
        """The genuine sample, able to sign other bodies."""
        webhook = self.webhook()
        if webhook.signer is None:
            pytest.skip("signed_webhook has no signer; build it with one of the sign_… functions.")
        return webhook

    def test_genuine_webhook_is_understood(self) -> None:
        events = self.parse(self.webhook())
        require(
            isinstance(events, list) and events,
            f"The genuine webhook gave {events!r}.",
            costs="paid orders stay unpaid until somebody looks.",
            remedy="return one event per piece of news; check that signed_webhook is what the vendor really sends.",
        )

    def test_tampered_body_is_refused(self) -> None:
        webhook = self.webhook()
        for body in (webhook.body + b" ", webhook.body.replace(b"1", b"2", 1), webhook.body[:-1], b""):
            if body != webhook.body:
                self._require_refused(replace(webhook, body=body), f"the altered body {body[:60]!r}")

    def test_unsigned_webhook_is_refused(self) -> None:
        self._require_refused(replace(self.webhook(), headers={}), "a webhook without any header")

    def test_empty_signature_is_refused(self) -> None:
        webhook = self.webhook()
        self._require_refused(replace(webhook, headers=dict.fromkeys(webhook.headers, "")), "empty signature headers")

    def test_nonsense_signature_is_refused(self) -> None:
        webhook = self.webhook()
        for text in ("nonsense", "t=,v1=", "sha256=", "v1,", "ä" * 64, "0" * 64, "=" * 44):
            self._require_refused(replace(webhook, headers=dict.fromkeys(webhook.headers, text)), f"signature {text!r}")

    def test_signature_of_another_account_is_refused(self) -> None:
        webhook = self.webhook()
        if not self.secret_names():
            refuse(
                "The provider takes webhooks but its configuration has no secret to verify them with.",
                costs=_FORGED,
                remedy="add the vendor's signing secret: webhook_secret = secret(label=…).",
            )
        stranger = self.provider(config=self.marked_config("other"))
        self._require_refused(webhook, "a webhook signed with another account's secret", stranger)

    def test_signature_covers_the_raw_body(self) -> None:
        webhook = self.signable()
        try:
            spaced = json.dumps(json.loads(webhook.body), indent=3).encode() + b"\n"
        except ValueError:
            pytest.skip("The webhook is not JSON.")
        require(
            self.event_keys(self._parsed(webhook.sign(spaced))) == self.event_keys(self.parse(webhook)),
            "The same JSON with other white space, correctly signed, was read differently.",
            costs="genuine webhooks fail on the day the vendor's serializer changes.",
            remedy="verify the signature over the raw bytes before parsing them.",
        )

    def test_repeated_webhook_is_recognisable(self) -> None:
        webhook = self.webhook()
        provider = self.provider()
        first, again = self.parse(webhook, provider), self.parse(webhook, provider)
        fresh = self.parse(webhook)
        require(
            self.event_keys(first) == self.event_keys(again) == self.event_keys(fresh),
            "The same webhook sent twice gave different event ids.",
            costs="vendors deliver at least once: each repeat would count as news, a refund might be booked twice.",
            remedy="take the id from the vendor's event; never make one up.",
        )

    def test_order_of_arrival_changes_nothing(self) -> None:
        webhook = self.webhook()
        other = self.later_webhook or webhook
        forwards, backwards = self.provider(), self.provider()
        first = [self.parse(webhook, forwards), self.parse(other, forwards)]
        second = [self.parse(other, backwards), self.parse(webhook, backwards)]
        require(
            first == second[::-1],
            "A webhook was read differently because another one came first.",
            costs="'authorized' that arrives after 'captured' sets a paid order back.",
            remedy="keep no state in the provider; the core decides which news is newer.",
        )

    def test_different_webhooks_have_different_ids(self) -> None:
        webhook = self.webhook()
        if self.later_webhook is None:
            pytest.skip("The test class names no later_webhook.")
        first, later = self.event_keys(self.parse(webhook)), self.event_keys(self.parse(self.later_webhook))
        require(
            not set(map(str, first)) & set(map(str, later)),
            "Two different webhooks gave the same event id.",
            costs="the second is dropped as a repeat: the capture after the authorization never arrives.",
            remedy="use the id of the event, not the id of the payment.",
        )

    def test_stale_webhook_is_refused(self) -> None:
        webhook = self.signable()
        if not webhook.timestamped:
            pytest.skip("The vendor's signature carries no time.")
        for age in (timedelta(days=1), timedelta(hours=-12)):
            self._require_refused(webhook.sign(webhook.body, NOON - age), f"a webhook signed {age} before now")

    def test_garbage_bytes_are_refused(self) -> None:
        webhook = self.webhook()
        for body in self._garbage():
            self._require_refused(replace(webhook, body=body), f"unsigned garbage {body[:20]!r}")

    def test_signed_garbage_is_refused(self) -> None:
        webhook = self.signable()
        for body in self._garbage():
            self._require_refused(webhook.sign(body), f"signed garbage {body[:20]!r}")

    def test_signed_json_without_the_expected_fields_is_refused_or_ignored(self) -> None:
        webhook = self.signable()
        for body in (b"{}", b"[]", b"null", b'"text"', b"17"):
            try:
                events = self.parse(webhook.sign(body))
            except WebhookRejected:
                continue
            except Exception as error:
                self._leaked(error, f"signed {body!r}")
            require(
                events == [],
                f"Signed {body!r} was read as {events!r}.",
                costs="news out of nothing.",
                remedy="raise WebhookRejected when fields are missing.",
            )

    def test_unknown_event_type_is_ignored(self) -> None:
        webhook = self.signable()
        payload = self.unknown_event or _with_unknown_type(webhook.body)
        if payload is None:
            pytest.skip("The webhook has no type field; set unknown_event to try one.")
        events = self._parsed(webhook.sign(json.dumps(payload).encode()))
        require(
            events == [],
            f"An event of a type nobody knows gave {events!r}.",
            costs="the vendor adds a type of event, and it is booked as a payment or answered with errors.",
            remedy="return [] for types that you do not translate.",
        )

    def test_reading_a_webhook_touches_no_network(self) -> None:
        webhook, http = self.webhook(), self.http()
        self.parse(webhook, self.provider(http))
        require(
            not http.requests,
            f"parse_webhook asked for {', '.join(map(str, http.requests))}.",
            costs="late answers are repeated by the vendor; a flood of forged ones becomes a flood of calls.",
            remedy="translate what is in the body; the core calls fetch() itself when it wants to be sure.",
        )

    def _garbage(self) -> Iterator[bytes]:
        yield from (b"", b"\xff\xfe\x00", b"{", b"<xml/>", b"\x00" * 64)

    def _parsed(self, webhook: SignedWebhook) -> list[Any]:
        try:
            return self.parse(webhook)
        except Exception as error:
            self._leaked(error, f"the signed body {webhook.body[:80]!r}")

    def _require_refused(self, webhook: SignedWebhook, what: str, provider: Any = None) -> None:
        try:
            events = self.parse(webhook, provider)
        except WebhookRejected:
            return
        except Exception as error:
            self._leaked(error, what)
        refuse(
            f"parse_webhook accepted {what} as {events!r}.",
            costs=_FORGED,
            remedy="compare the signature with hmac.compare_digest over the raw body first; raise WebhookRejected.",
        )

    def _leaked(self, error: Exception, what: str) -> NoReturn:
        refuse(
            f"parse_webhook answered {what} with {told(error)} instead of WebhookRejected.",
            costs="the door answers 500, the vendor repeats for days and then switches the webhook off.",
            remedy="compare signatures as bytes, parse inside try, and raise WebhookRejected for what you cannot read.",
        )


def _with_unknown_type(body: bytes) -> dict[str, Any] | None:
    payload = json.loads(body)
    if not isinstance(payload, dict):
        return None
    field = next((name for name in _TYPE_FIELDS if isinstance(payload.get(name), str)), "")
    return {**payload, field: "an.event.nobody.knows"} if field else None
