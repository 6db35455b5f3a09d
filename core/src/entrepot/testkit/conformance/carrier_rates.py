"""Rates: honest prices in the asked currency, nothing where the carrier does not go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from entrepot.sdk import (
    DutyTerms,
    Money,
    Parcel,
    ProviderError,
    Rate,
)
from entrepot.testkit.conformance.bench import Operation
from entrepot.testkit.conformance.carrier_samples import CarrierSamples
from entrepot.testkit.conformance.mutation import parsed
from entrepot.testkit.http import FakeHttp, leaves
from entrepot.testkit.samples import address
from entrepot.testkit.verdict import refuse, require, told


class RateBehaviours(CarrierSamples):
    """Part of CarrierConformance."""

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
