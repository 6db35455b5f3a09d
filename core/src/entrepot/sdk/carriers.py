"""Carriers: what it costs to send, labels, and where the parcel is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import Unsupported
from entrepot.sdk.provider import Provider


class DutyTerms(StrEnum):
    """Who pays duty and import tax (Incoterms 2020)."""

    DAP = "DAP"  # the buyer, on delivery
    DDP = "DDP"  # the seller
    NONE = "none"  # no customs border is crossed


class TrackingState(StrEnum):
    """Canonical states that every carrier's codes are mapped to."""

    ANNOUNCED = "announced"
    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    EXPORT_CUSTOMS = "export_customs"
    IMPORT_CUSTOMS = "import_customs"
    CUSTOMS_HOLD = "customs_hold"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERY_FAILED = "delivery_failed"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    EXCEPTION = "exception"
    LOST = "lost"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Parcel:
    """Weight in grams, dimensions in millimetres; 0 where unknown."""

    weight_g: int
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0


@dataclass(frozen=True)
class RateRequest:
    """What shall be sent from where to where. ``goods_value`` is what the buyer pays for the goods after discounts."""

    origin: Address
    destination: Address
    parcels: tuple[Parcel, ...]
    goods_value: Money
    currency: str
    at: datetime
    locale: str = "en"
    #: How many pieces of goods; for carriers that charge by the piece.
    pieces: int = 0

    @property
    def weight_g(self) -> int:
        return sum(parcel.weight_g for parcel in self.parcels)


@dataclass(frozen=True)
class Rate:
    """One way to send it. ``price`` is net or gross exactly as the market's prices are shown."""

    service: str
    label: str
    price: Money
    min_days: int | None = None
    max_days: int | None = None
    duty_terms: DutyTerms = DutyTerms.NONE
    tracked: bool = False
    #: Why it costs this, for the trace: "zone EU, up to 2 kg".
    reason: str = ""
    #: What tax calculators go by; nearly everywhere the fee follows the goods or the standard rate.
    tax_category: str = "standard"


@dataclass(frozen=True)
class LabelRequest:
    service: str
    sender: Address
    recipient: Address
    parcel: Parcel
    reference: str
    idempotency_key: str


@dataclass(frozen=True)
class Label:
    tracking_number: str
    content: bytes
    content_type: str = "application/pdf"
    reference: str = ""
    price: Money | None = None


@dataclass(frozen=True)
class TrackingEvent:
    """One scan. ``code`` and ``text`` are the carrier's own words and are kept."""

    state: TrackingState
    at: datetime
    text: str = ""
    code: str = ""
    place: str = ""
    country: str = ""


class Carrier(Provider):
    """Base class of carriers. Capabilities: ``rates``, ``labels``, ``void``, ``tracking``, ``webhook``.

    Methods may raise ProviderUnavailable, ProviderRejected or CredentialsInvalid, and nothing else; none is called
    inside a database transaction.
    """

    kind: ClassVar[str] = "carrier"

    def rates(self, request: RateRequest) -> list[Rate]:
        """Every service offered for the request, priced in ``request.currency``. A lane not served is an empty list."""
        raise Unsupported(self, "rates")

    def buy_label(self, request: LabelRequest) -> Label:
        """Announce a parcel and get its label. Idempotent by key. Capability ``labels``."""
        raise Unsupported(self, "buy_label")

    def void_label(self, reference: str) -> None:
        """Cancel an unused label. Capability ``void``."""
        raise Unsupported(self, "void_label")

    def track(self, tracking_number: str) -> list[TrackingEvent]:
        """All known scans, oldest first. Capability ``tracking``."""
        raise Unsupported(self, "track")

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> list[tuple[str, TrackingEvent]]:
        """Verify pushed scans and translate them to (tracking number, event). Capability ``webhook``; raises
        WebhookRejected."""
        raise Unsupported(self, "parse_webhook")

    def accepts_tracking_number(self, tracking_number: str) -> bool:
        """Whether the number can be one of this carrier's. Pure; lenient when the pattern is not known."""
        return bool(tracking_number.strip())

    def tracking_url(self, tracking_number: str, locale: str) -> str:
        """The carrier's public page for the parcel; empty when there is none."""
        return ""
