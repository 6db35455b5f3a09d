"""What a carrier owes a shop: honest prices in the asked currency, empty lanes, states that everybody understands."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from entrepot.sdk import (
    Carrier,
    Label,
    LabelRequest,
    Parcel,
    ProviderError,
    TrackingEvent,
    TrackingState,
)
from entrepot.testkit.conformance.carrier_rates import RateBehaviours
from entrepot.testkit.conformance.mutation import STATUS_FIELDS, with_unknown_status
from entrepot.testkit.conformance.network import NetworkBehaviours
from entrepot.testkit.conformance.provider import ProviderConformance
from entrepot.testkit.conformance.webhooks import WebhookBehaviours
from entrepot.testkit.samples import address
from entrepot.testkit.verdict import require

_HOSTILE_NUMBERS = ('"><script>alert(1)</script>', "../../admin", "a b&c=d#e", "javascript:alert(1)")


class CarrierConformance(RateBehaviours, WebhookBehaviours, NetworkBehaviours, ProviderConformance):
    """Inherit; name ``provider_class``, ``config``, and both HTTP scripts when the carrier calls out."""

    registration_hook = "entrepot_register_carriers"
    optional_methods: ClassVar[dict[str, str]] = {
        "rates": "rates",
        "labels": "buy_label",
        "void": "void_label",
        "tracking": "track",
        "webhook": "parse_webhook",
    }
    #: Fields of the vendor's answers that hold a tracking code.
    tracking_code_fields: ClassVar[frozenset[str]] = STATUS_FIELDS

    def call_optional(self, method: str) -> Any:
        carrier: Carrier = self.provider()
        if method == "rates":
            return carrier.rates(self.rate_request())
        if method == "parse_webhook":
            return carrier.parse_webhook(b"{}", {})
        if method == "buy_label":
            recipient = address(self.destination_country)
            return carrier.buy_label(LabelRequest("x", recipient, recipient, Parcel(1), "1", "label-key-1"))
        return carrier.void_label("label-1") if method == "void_label" else carrier.track(self.tracking_number)

    def harmless_without_answer(self, name: str, result: Any) -> bool:
        return result is None and name in ("void_label", "check")

    def test_label_can_be_printed_and_tracked(self) -> None:
        self.need("labels")
        label: Label = self.provider().buy_label(self.label_request())
        require(
            isinstance(label, Label) and label.content and isinstance(label.content, bytes) and label.tracking_number,
            f"buy_label() gave {label!r}.",
            costs="a paid label that nobody can print, for a parcel that nobody can find.",
            remedy="return Label(tracking_number, content as bytes, content_type, reference).",
        )

    def test_label_is_bought_with_the_idempotency_key(self) -> None:
        self.need("labels")
        writes = [sent for sent in self.requests_of("buy_label", self.operations()["buy_label"]) if sent.writes]
        if not writes:
            pytest.skip("buy_label makes no writing HTTP request.")
        require(
            "label-key-1" in self.everything_sent(writes[-1]),
            f"{writes[-1]} was sent without the idempotency key.",
            costs="a time-out in the warehouse buys the label twice, and both are billed.",
            remedy="self.ctx.http.post(…, idempotency_key=request.idempotency_key).",
        )

    def test_label_can_be_voided_when_offered(self) -> None:
        self.need("void")
        outcome = self.outcome_of("void_label", self.operations()["void_label"])
        require(
            outcome is None,
            f"void_label() of an unused label gave {outcome!r}.",
            costs="every cancelled order leaves a billed label.",
            remedy="return nothing on success; check http_script and label_reference.",
        )

    def test_scans_are_mapped_dated_and_in_order(self) -> None:
        self.need("tracking")
        events = self.provider().track(self.tracking_number)
        require(
            isinstance(events, list) and all(isinstance(event, TrackingEvent) for event in events) and events,
            f"track() gave {events!r}.",
            costs="the buyer's most visited page is empty.",
            remedy="check http_script; return TrackingEvent objects.",
        )
        require(
            all(isinstance(event.state, TrackingState) and event.at.tzinfo for event in events),
            f"Scans without a canonical state or with a naive time: {events!r}.",
            costs="'delivered' is shown eight hours before it happened.",
            remedy="map codes to TrackingState; attach the scan's own offset or UTC.",
        )
        require(
            [event.at for event in events] == sorted(event.at for event in events),
            "The scans are not oldest first.",
            costs="the last scan decides the order's state: a parcel goes back from delivered to announced.",
            remedy="sort by time before returning.",
        )

    def test_scan_code_nobody_knows_is_unknown(self) -> None:
        self.need("tracking")
        http = self.http()
        self.outcome_of("track", self.operations()["track"], http)
        strange = [with_unknown_status(reply, self.tracking_code_fields) for reply in http.replies]
        if not any(strange):
            pytest.skip("No scripted answer has a tracking code; set tracking_code_fields to the vendor's names.")
        for at, reply in enumerate(strange):
            events = [] if reply is None else self.outcome_of("track", self.operations()["track"], self.http(reply, at))
            require(
                not isinstance(events, ProviderError) and all(event.state is TrackingState.UNKNOWN for event in events),
                f"A scan code that nobody knows gave {events!r}.",
                costs="the carrier adds a code, and parcels count as delivered, or tracking stops for everybody.",
                remedy="STATES.get(code, TrackingState.UNKNOWN); keep the carrier's code and text.",
            )

    def test_tracking_address_is_https_or_empty(self) -> None:
        for locale in ("en", "de", "zh-Hans"):
            url = self.provider().tracking_url(self.tracking_number, locale)
            require(
                url == "" or url.startswith("https://"),
                f"tracking_url() gave {url!r}.",
                costs="a link in every shipping mail that browsers warn about.",
                remedy="use the carrier's https page, or return ''.",
            )

    def test_tracking_address_survives_hostile_numbers(self) -> None:
        for number in _HOSTILE_NUMBERS:
            url = self.provider().tracking_url(number, "en")
            require(
                url == ""
                or (url.startswith("https://") and not any(sign in url for sign in '"<> ') and "../" not in url),
                f"tracking_url({number!r}) gave {url!r}.",
                costs="a tracking number typed by anyone becomes a link to anywhere in the mails of the shop.",
                remedy='quote the number: urllib.parse.quote(tracking_number, safe="").',
            )

    def test_own_tracking_number_is_accepted(self) -> None:
        require(
            self.provider().accepts_tracking_number(self.tracking_number) is True,
            f"accepts_tracking_number({self.tracking_number!r}) is not True.",
            costs="staff cannot enter the number that is printed on the label.",
            remedy="set tracking_number in the test to a real pattern, and be lenient when the pattern is not known.",
        )

    def test_nonsense_is_no_tracking_number(self) -> None:
        for number in ("", "   ", "\n"):
            require(
                self.provider().accepts_tracking_number(number) is False,
                f"accepts_tracking_number({number!r}) is not False.",
                costs="orders are marked as sent with nothing to track.",
                remedy="refuse blank numbers.",
            )

    def test_webhook_events_are_scans_of_a_parcel(self) -> None:
        for pair in self.parse(self.webhook()):
            number, event = pair
            require(
                number and isinstance(event, TrackingEvent) and event.at.tzinfo,
                f"parse_webhook gave {pair!r}.",
                costs="the scan cannot be attached to its parcel.",
                remedy="return (tracking number, TrackingEvent with an aware time).",
            )
