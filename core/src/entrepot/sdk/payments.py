"""Payment providers: they report facts about money and change nothing themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import Unsupported
from entrepot.sdk.provider import Provider


class Outcome(StrEnum):
    """What is known about a payment right now."""

    PENDING = "pending"  # started; the buyer or the bank still has to act
    AUTHORIZED = "authorized"  # money is reserved, not taken
    CAPTURED = "captured"  # money is taken
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"  # no certain answer; the core asks again with fetch()


@dataclass(frozen=True)
class PaymentRequest:
    """One attempt to take one amount for one order."""

    amount: Money
    order_number: str
    #: The same for every repetition of this attempt; send it to the vendor.
    idempotency_key: str
    #: Where the buyer's browser comes back to, whatever happened.
    return_url: str
    locale: str
    email: str = ""
    billing_address: Address | None = None
    description: str = ""


@dataclass(frozen=True)
class CaptureRequest:
    reference: str
    amount: Money
    idempotency_key: str
    #: Nothing more will be taken, so that the rest is released. Never False without the capability ``multicapture``.
    final: bool = True


@dataclass(frozen=True)
class RefundRequest:
    """Give back part or all of a captured payment, in the currency it was taken in."""

    reference: str
    amount: Money
    idempotency_key: str
    #: What is still captured and not refunded; asking for more is refused before the network.
    refundable: Money
    reason: str = ""


@dataclass(frozen=True)
class Instruction:
    """One line that tells the buyer how to pay, e.g. label "IBAN", value "DE02 …"."""

    label: str
    value: str
    copyable: bool = False


@dataclass(frozen=True)
class PaymentResult:
    """News about a payment. ``amount`` is what the vendor says it holds or took: the core compares it.

    AUTHORIZED may be about less or more than was asked for. CAPTURED is about all that was taken, and ends it.
    """

    outcome: Outcome
    reference: str
    amount: Money
    #: Send the buyer there next; empty when nothing is left to do in a browser.
    redirect_url: str = ""
    instructions: tuple[Instruction, ...] = ()
    #: Why it was declined or what the buyer should do, in the request's locale when the vendor gives it.
    message: str = ""
    fee: Money | None = None
    #: With AUTHORIZED: what was taken so far of ``amount`` while the rest stays reserved.
    captured: Money | None = None


@dataclass(frozen=True)
class RefundResult:
    """``outcome`` is CAPTURED when the money has left, PENDING when it is on its way, DECLINED or UNKNOWN otherwise."""

    outcome: Outcome
    reference: str
    amount: Money
    message: str = ""


class DisputeState(StrEnum):
    """How far a dispute has come."""

    OPENED = "opened"  # the buyer's bank has taken the money back; the merchant may answer
    WON = "won"  # the money is given back
    LOST = "lost"  # the money stays with the buyer


@dataclass(frozen=True)
class DisputeNews:
    """What is known about a dispute right now, in the currency of the payment."""

    state: DisputeState
    #: The vendor's id of the dispute: the same in all news about it.
    reference: str
    #: What the buyer's bank takes back in all.
    amount: Money
    #: What the vendor charges for the dispute in all; None when it does not say, zero when it gives it back.
    fee: Money | None = None
    #: The buyer's or the bank's words.
    reason: str = ""
    #: Until when the vendor takes an answer.
    due: datetime | None = None


@dataclass(frozen=True)
class PaymentEvent:
    """One verified event of a webhook. ``id`` is the vendor's and unique per account: repeats are recognised by it."""

    id: str
    result: PaymentResult
    occurred_at: datetime | None = None
    #: Set when the event is about a refund rather than about the payment itself.
    refund: RefundResult | None = None
    #: Set when the event is about a dispute; ``occurred_at`` then says which of two verdicts is the later one.
    dispute: DisputeNews | None = None


class SettlementKind(StrEnum):
    """What a line of a payout is about."""

    CAPTURE = "capture"
    REFUND = "refund"
    DISPUTE = "dispute"  # money taken back by the buyer's bank, or given back when the dispute was won
    FEE = "fee"  # of the provider, for no single payment
    RESERVE = "reserve"  # held back, or released
    OTHER = "other"


@dataclass(frozen=True)
class SettlementLine:
    """One movement inside a payout. Amounts are signed as seen by the merchant; ``gross - fee`` is what it adds."""

    #: The vendor's id of the movement, unique per account: repeats are recognised by it.
    id: str
    kind: SettlementKind
    #: The vendor's reference of the payment or of the refund; empty for what belongs to none.
    reference: str
    #: In the payout's currency.
    gross: Money
    fee: Money
    #: What the buyer paid, was given back or disputed, in the buyer's currency; None when that is the same.
    presentment: Money | None = None

    @property
    def net(self) -> Money:
        return self.gross - self.fee


@dataclass(frozen=True)
class Settlement:
    """One payout: what arrives at the bank, and the movements that explain it."""

    reference: str
    amount: Money
    paid_at: datetime
    lines: tuple[SettlementLine, ...]


class PaymentProvider(Provider):
    """Base class of payment providers.

    Capabilities: ``redirect``, ``authorize``, ``capture``, ``multicapture`` (after a part is taken the rest stays
    reserved), ``void``, ``refund``, ``partial_refund``, ``webhook``, ``fetch``, ``settlements``, ``manual`` (staff
    confirm the money by hand), ``offline`` (``start`` answers from the configuration and its request alone).

    Every method may raise ProviderUnavailable, ProviderRejected or CredentialsInvalid, and nothing else. None is called
    inside a database transaction, save an ``offline`` start: without the network, and for a second at most, it is part
    of the order's own. Amounts are sent as the currency's minor units demand (JPY 0 decimals, KWD 3).
    """

    kind: ClassVar[str] = "payment"
    #: Empty means every currency.
    currencies: ClassVar[frozenset[str]] = frozenset()
    at_once: ClassVar[frozenset[str]] = frozenset({"hold_for", "method_label"})

    def method_label(self, locale: str) -> str:
        """What the buyer reads in the list of payment methods."""
        return self.label

    def hold_for(self) -> timedelta:
        """How long stock waits for the money of an attempt before the unpaid order is cancelled."""
        return timedelta(hours=1)

    def start(self, request: PaymentRequest) -> PaymentResult:
        """Begin the attempt. Idempotent by ``request.idempotency_key``: called again, it returns the same payment."""
        raise Unsupported(self, "start")

    def fetch(self, reference: str) -> PaymentResult:
        """Ask the vendor for the payment's present state. Capability ``fetch``."""
        raise Unsupported(self, "fetch")

    def capture(self, request: CaptureRequest) -> PaymentResult:
        """Take authorized money. Idempotent by key. Capability ``capture``.

        The answer is CAPTURED with all that was taken, or AUTHORIZED with ``captured`` where the rest stays reserved.
        """
        raise Unsupported(self, "capture")

    def void(self, reference: str, idempotency_key: str) -> PaymentResult:
        """Release authorized or pending money. Capability ``void``."""
        raise Unsupported(self, "void")

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back. Idempotent by key. Capability ``refund``; less than everything needs ``partial_refund``."""
        raise Unsupported(self, "refund")

    def settlements(self, since: datetime) -> list[Settlement]:
        """Payouts since then, each with all of its lines; repeats are welcome. Capability ``settlements``."""
        raise Unsupported(self, "settlements")

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> list[PaymentEvent]:
        """Verify the signature over the raw body, then translate. Pure but for the clock; raises WebhookRejected.

        Header names arrive in lower case. Capability ``webhook``. Unknown event types give an empty list.
        """
        raise Unsupported(self, "parse_webhook")
