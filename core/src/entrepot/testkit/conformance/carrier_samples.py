"""An ordinary consignment: a lane, a parcel, and the calls that a carrier offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from entrepot.sdk import (
    LabelRequest,
    Money,
    Parcel,
    RateRequest,
)
from entrepot.testkit.conformance.bench import Bench, Operation
from entrepot.testkit.http import Script
from entrepot.testkit.samples import NOON, address


class CarrierSamples(Bench):
    """Part of CarrierConformance."""

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
