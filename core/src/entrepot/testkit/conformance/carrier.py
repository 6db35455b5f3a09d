"""What a carrier owes a shop: honest prices in the asked currency, empty lanes, states that everybody understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from entrepot.sdk import (
    Carrier,
    DutyTerms,
    Label,
    LabelRequest,
    Money,
    Parcel,
    ProviderError,
    Rate,
    RateRequest,
    TrackingEvent,
    TrackingState,
)
from entrepot.testkit.conformance.bench import Operation
from entrepot.testkit.conformance.mutation import STATUS_FIELDS, parsed, with_unknown_status
from entrepot.testkit.conformance.network import NetworkBehaviours
from entrepot.testkit.conformance.provider import ProviderConformance
from entrepot.testkit.conformance.webhooks import WebhookBehaviours
from entrepot.testkit.http import FakeHttp, Script, leaves
from entrepot.testkit.samples import NOON, address
from entrepot.testkit.verdict import refuse, require, told

_HOSTILE_NUMBERS = ('"><script>alert(1)</script>', "../../admin", "a b&c=d#e", "javascript:alert(1)")


class CarrierConformance(WebhookBehaviours, NetworkBehaviours, ProviderConformance):
    """Inherit; name ``provider_class``, ``config``, and both HTTP scripts when the carrier calls out."""

    registration_hook = "entrepot_register_carriers"
    optional_methods: ClassVar[dict[str, str]] = {
        "rates": "rates",
        "labels": "buy_label",
        "void": "void_label",
        "tracking": "track",
        "webhook": "parse_webhook",
    }

    #: A lane that the carrier serves, in a currency that it quotes.
    origin_country: ClassVar[str] = "DE"
    destination_country: ClassVar[str] = "FR"
    currency: ClassVar[str] = "EUR"
    weight_g: ClassVar[int] = 1000
    #: A destination that the carrier does not serve, and what the vendor answers then.
    country_not_served: ClassVar[str] = "AQ"
    http_script_not_served: ClassVar[Script | None] = None
    #: Something this carrier could have printed on a label.
    tracking_number: ClassVar[str] = "00340434161094000000"
    #: The service of a bought label; by default the first that rates() offers.
    service: ClassVar[str] = ""
    label_reference: ClassVar[str] = "label-1"
    #: Fields of the vendor's answers that hold a tracking code.
    tracking_code_fields: ClassVar[frozenset[str]] = STATUS_FIELDS

    def rate_request(self, **fields: Any) -> RateRequest:
        currency = fields.get("currency", self.currency)
        values: dict[str, Any] = {
            "origin": address(self.origin_country),
            "destination": address(self.destination_country),
            "parcels": (Parcel(self.weight_g, 300, 200, 100),),
            "goods_value": Money.of(50, currency),
            "currency": currency,
            "at": NOON,
        }
        return RateRequest(**(values | fields))

    def label_request(self) -> LabelRequest:
        service = self.service or (
            self.provider().rates(self.rate_request())[0].service if self.offers("rates") else "x"
        )
        return LabelRequest(
            service=service,
            sender=address(self.origin_country),
            recipient=address(self.destination_country),
            parcel=Parcel(self.weight_g, 300, 200, 100),
            reference="1000424-1",
            idempotency_key="label-key-1",
        )

    def operations(self) -> Mapping[str, Operation]:
        known = {
            "rates": ("rates", Operation(lambda carrier: carrier.rates(self.rate_request()))),
            "labels": (
                "buy_label",
                Operation(lambda carrier: carrier.buy_label(self.label_request()), True, "label-key-1"),
            ),
            "void": ("void_label", Operation(lambda carrier: carrier.void_label(self.label_reference), True)),
            "tracking": ("track", Operation(lambda carrier: carrier.track(self.tracking_number))),
        }
        return {name: operation for capability, (name, operation) in known.items() if self.offers(capability)}

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

    # Rates

    def test_served_lane_has_rates(self) -> None:
        require(
            self._rates(),
            f"{self.origin_country} to {self.destination_country} with {self.weight_g} g has no rate.",
            costs="the buyer reads 'we do not deliver to you' and leaves.",
            remedy="check http_script and config; set origin_country, destination_country and weight_g.",
        )

    def test_lane_not_served_is_an_empty_list(self) -> None:
        self.need("rates")
        http = FakeHttp(self.http_script if self.http_script_not_served is None else self.http_script_not_served)
        try:
            rates = self.provider(http).rates(self.rate_request(destination=address(self.country_not_served)))
        except Exception as error:
            refuse(
                f"A lane that is not served gave {told(error)}.",
                costs="a gap is logged as an outage; the breaker opens and buyers of other countries lose the carrier.",
                remedy="return [] when the vendor says that it does not go there.",
            )
        if http.requests and self.http_script_not_served is None:
            pytest.skip("Set http_script_not_served to what the vendor answers for a lane that it does not serve.")
        require(
            rates == [],
            f"{self.country_not_served} is not served, but the answer is {rates!r}.",
            costs="the shop sells what it cannot send, at the price of another zone.",
            remedy="return [] for zones that are not configured; set country_not_served when you do serve it.",
        )

    def test_prices_are_in_the_asked_currency(self) -> None:
        for rate in self._rates():
            require(
                isinstance(rate, Rate) and isinstance(rate.price, Money) and rate.price.currency == self.currency,
                f"{rate!r} is not priced in {self.currency}.",
                costs="the cart cannot be added up: checkout ends in an error for every buyer of that market.",
                remedy="build Money(…, request.currency), and leave out what the vendor quotes in another currency.",
            )

    def test_price_of_another_currency_is_not_relabelled(self) -> None:
        self.need("rates")
        other = "KWD" if self.currency != "KWD" else "JPY"
        http = self.http()
        operation = Operation(lambda carrier: carrier.rates(self.rate_request(currency=other)))
        rates = self.outcome_of("rates", operation, http)
        if isinstance(rates, ProviderError):
            return
        quoted = {value for reply in http.replies for _, value in leaves(parsed(reply)) if isinstance(value, str)}
        require(
            all(rate.price.currency == other for rate in rates) and not (rates and self.currency in quoted),
            f"{other} was asked, the vendor quoted {self.currency}, and the answer is {rates!r}.",
            costs="5.90 euros become 5.90 dinars: shipping at three times its price, or a third.",
            remedy="leave out offers whose currency is not request.currency.",
        )

    def test_prices_are_never_negative(self) -> None:
        for rate in self._rates():
            require(
                not rate.price.is_negative,
                f"{rate.service} costs {rate.price}.",
                costs="buyers are paid for having goods sent.",
                remedy="cap discounts at zero: Money.zero(request.currency).",
            )

    def test_services_are_distinct_and_named(self) -> None:
        rates = self._rates()
        services = [rate.service for rate in rates]
        require(
            len(set(services)) == len(services) and all(rate.service and rate.label.strip() for rate in rates),
            f"Services {[(rate.service, rate.label) for rate in rates]!r} are not distinct and named.",
            costs="the buyer chooses express and the order keeps the other one of the same code.",
            remedy="give every rate the vendor's service code and a label that people understand.",
        )

    def test_days_make_sense(self) -> None:
        for rate in self._rates():
            low, high = rate.min_days, rate.max_days
            require(
                (low is None or low >= 0) and (high is None or high >= (low or 0)),
                f"{rate.service} promises {low} to {high} days.",
                costs="an impossible promise on the product page, and a claim for late delivery.",
                remedy="min_days <= max_days, both working days and not negative; None where unknown.",
            )

    def test_duty_terms_are_stated(self) -> None:
        for rate in self._rates():
            require(
                isinstance(rate.duty_terms, DutyTerms),
                f"{rate.service} has duty terms {rate.duty_terms!r}.",
                costs="the checkout promises 'duties paid' and the buyer pays again at the door.",
                remedy="DutyTerms.DDP, DutyTerms.DAP, or DutyTerms.NONE inside one customs territory.",
            )

    def test_same_question_has_the_same_answer(self) -> None:
        self.need("rates")
        carrier = self.provider()
        first, again, fresh = (c.rates(self.rate_request()) for c in (carrier, carrier, self.provider()))
        require(
            first == again == fresh,
            "The same request gave different rates.",
            costs="the price changes between cart and payment, and the order is refused.",
            remedy="no counters, caches or random order in the provider.",
        )

    def test_unknown_weight_is_answered(self) -> None:
        self._require_answered("a parcel without weight", parcels=(Parcel(0),))

    def test_several_parcels_are_answered(self) -> None:
        self._require_answered("three parcels", parcels=(Parcel(self.weight_g),) * 3)

    def test_absurd_weight_is_answered(self) -> None:
        self._require_answered("a parcel of ten tons", parcels=(Parcel(10_000_000),))

    def test_free_goods_are_answered(self) -> None:
        self._require_answered("goods of no value", goods_value=Money.zero(self.currency))

    def test_address_of_a_country_alone_is_answered(self) -> None:
        destination = replace(address(self.destination_country), postcode="", city="", street="", region="", name="")
        self._require_answered("a destination of which only the country is known", destination=destination)

    def test_address_in_chinese_characters_is_answered(self) -> None:
        destination = replace(address("CN"), country=self.destination_country)
        self._require_answered("an address in Chinese characters", destination=destination)

    # Labels

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

    # Tracking

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

    def _rates(self) -> list[Rate]:
        self.need("rates")
        outcome = self.outcome_of("rates", self.operations()["rates"])
        if isinstance(outcome, ProviderError):
            refuse(
                f"rates() with an ordinary request failed: {told(outcome)}",
                costs="nobody can choose a delivery.",
                remedy="check http_script first, then rates().",
            )
        return list(outcome)

    def _require_answered(self, what: str, **fields: Any) -> None:
        """Rates, an empty list or a clear no: all are answers; a crash is none."""
        self.need("rates")
        operation = Operation(lambda carrier: carrier.rates(self.rate_request(**fields)))
        rates = self.outcome_of("rates", operation)
        require(
            isinstance(rates, ProviderError) or all(not rate.price.is_negative for rate in rates),
            f"{what} is priced below zero: {rates!r}.",
            costs="buyers are paid for having goods sent.",
            remedy="treat 0 as unknown and use the lowest step.",
        )
