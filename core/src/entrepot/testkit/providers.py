"""A plugin with one provider of each kind whose answers a test writes: the counterpart for tests of the core."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from entrepot.sdk import (
    CaptureRequest,
    Carrier,
    Certainty,
    ConfigSchema,
    Delivery,
    DisputeNews,
    DisputeState,
    DutyTerms,
    Instruction,
    Money,
    Notification,
    Notifier,
    Outcome,
    PaymentEvent,
    PaymentProvider,
    PaymentRequest,
    PaymentResult,
    PluginManifest,
    Rate,
    RateRequest,
    RefundRequest,
    RefundResult,
    RuleRef,
    StockEvent,
    StockNews,
    StockSource,
    TaxAnswer,
    TaxCalculator,
    TaxedLine,
    TaxLine,
    TaxQuestion,
    WebhookRejected,
    hookimpl,
    round_half_up,
    text,
)

manifest = PluginManifest(id="feature-testkit", name="Testkit providers")


@dataclass
class Bank:
    """The vendor behind ScriptedPayment: remembers payments by key, and misbehaves when told to."""

    #: Reported by start(); set to an exception to raise it instead (after the payment was recorded).
    start: Outcome | Exception = Outcome.PENDING
    refund: Outcome | Exception = Outcome.CAPTURED
    payments: dict[str, PaymentResult] = field(default_factory=dict)
    refunds: dict[str, RefundResult] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]

    def decide(self, reference: str, outcome: Outcome, amount: Money | None = None) -> PaymentResult:
        """What the vendor knows from now on, as the buyer or the clock decided."""
        known = self.payments[reference]
        self.payments[reference] = PaymentResult(outcome, reference, amount or known.amount)
        return self.payments[reference]


BANK = Bank()


class PaymentConfig(ConfigSchema):
    name = text(label="Name", default="Test payment")


class ScriptedPayment(PaymentProvider):
    """Every capability; the webhook's signature is the word ``genuine``."""

    id = "scripted"
    label = "Scripted payment"
    config_schema = PaymentConfig
    capabilities: ClassVar[frozenset[str]] = frozenset(
        {"redirect", "authorize", "capture", "void", "refund", "partial_refund", "webhook", "fetch"}
    )

    def start(self, request: PaymentRequest) -> PaymentResult:
        reference = f"ref-{request.idempotency_key}"
        with BANK.lock:
            outcome = BANK.start if isinstance(BANK.start, Outcome) else Outcome.PENDING
            url = f"https://pay.example/{reference}"
            BANK.payments.setdefault(reference, PaymentResult(outcome, reference, request.amount, redirect_url=url))
            if isinstance(BANK.start, Exception):
                raise BANK.start
            return BANK.payments[reference]

    def fetch(self, reference: str) -> PaymentResult:
        return BANK.payments[reference]

    def capture(self, request: CaptureRequest) -> PaymentResult:
        return BANK.decide(request.reference, Outcome.CAPTURED, request.amount)

    def void(self, reference: str, idempotency_key: str) -> PaymentResult:
        return BANK.decide(reference, Outcome.CANCELLED)

    def refund(self, request: RefundRequest) -> RefundResult:
        with BANK.lock:
            if isinstance(BANK.refund, Exception):
                raise BANK.refund
            answer = RefundResult(BANK.refund, f"refund-{request.idempotency_key}", request.amount)
            return BANK.refunds.setdefault(request.idempotency_key, answer)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> list[PaymentEvent]:
        if headers.get("signature") != "genuine":
            raise WebhookRejected("The signature does not fit. Check the signing secret.")
        news = json.loads(body)
        amount = Money(news["minor"], news["currency"])
        told = news.get("refund")
        refund = told and RefundResult(
            Outcome(told["outcome"]), told["reference"], Money(told["minor"], told["currency"])
        )
        result = PaymentResult(Outcome(news["outcome"]), news["reference"], amount)
        occurred_at = datetime.fromisoformat(news["at"]) if "at" in news else None
        dispute = _dispute(news["dispute"]) if "dispute" in news else None
        return [PaymentEvent(news["id"], result, occurred_at, refund=refund, dispute=dispute)]


def _dispute(told: Mapping[str, Any]) -> DisputeNews:
    currency = told["currency"]
    return DisputeNews(
        DisputeState(told["state"]),
        told["reference"],
        Money(told["minor"], currency),
        fee=None if told["fee"] is None else Money(told["fee"], currency),
        reason=told["reason"],
        due=datetime.fromisoformat(told["due"]) if told["due"] else None,
    )


def dispute_webhook(
    id: str, payment: str, news: DisputeNews, *, paid: Money, at: datetime | None = None
) -> tuple[bytes, dict[str, str]]:
    """(body, headers) that tell of a dispute of the payment with the reference ``payment``, of which ``paid`` is."""
    told = {
        "state": news.state.value,
        "reference": news.reference,
        "minor": news.amount.minor,
        "currency": news.amount.currency,
        "fee": None if news.fee is None else news.fee.minor,
        "reason": news.reason,
        "due": news.due.isoformat() if news.due else None,
    }
    event: dict[str, Any] = {"id": id, "reference": payment, "outcome": Outcome.CAPTURED.value, "dispute": told}
    event |= {"minor": paid.minor, "currency": paid.currency} | ({"at": at.isoformat()} if at else {})
    return json.dumps(event).encode(), {"Signature": "genuine"}


def webhook(
    id: str, reference: str, outcome: Outcome, amount: Money, *, refund: RefundResult | None = None
) -> tuple[bytes, dict[str, str]]:
    """(body, headers) as ScriptedPayment's vendor would send them; with ``refund`` they tell of that."""
    news: dict[str, Any] = {"id": id, "reference": reference, "outcome": outcome.value}
    if refund:
        told = {"minor": refund.amount.minor, "currency": refund.amount.currency}
        news["refund"] = {"outcome": refund.outcome.value, "reference": refund.reference, **told}
    body = json.dumps({**news, "minor": amount.minor, "currency": amount.currency}).encode()
    return body, {"Signature": "genuine"}


class ByHand(PaymentProvider):
    """Money that staff confirm."""

    id = "by-hand"
    label = "By hand"
    capabilities: ClassVar[frozenset[str]] = frozenset({"manual", "offline", "refund", "partial_refund"})

    def start(self, request: PaymentRequest) -> PaymentResult:
        lines = (Instruction("Reference", request.order_number, copyable=True),)
        return PaymentResult(Outcome.PENDING, request.idempotency_key, request.amount, instructions=lines)

    def refund(self, request: RefundRequest) -> RefundResult:
        return RefundResult(Outcome.CAPTURED, request.idempotency_key, request.amount)


class FlatCarrier(Carrier):
    """5.00 everywhere but to Antarctica."""

    id = "flat"
    label = "Flat carrier"
    capabilities: ClassVar[frozenset[str]] = frozenset({"rates"})

    def rates(self, request: RateRequest) -> list[Rate]:
        if request.destination.country == "AQ":
            return []
        return [Rate("standard", "Standard", Money.of(5, request.currency), 2, 4, DutyTerms.NONE, reason="flat")]

    def tracking_url(self, tracking_number: str, locale: str) -> str:
        return f"https://track.example/{tracking_number}"


class TenPercent(TaxCalculator):
    """10 % on everything, inside the prices or on top."""

    id = "ten-percent"
    label = "Ten percent"

    def calculate(self, question: TaxQuestion) -> TaxAnswer:
        return TaxAnswer(tuple(_tenth(line, included=question.prices_include_tax) for line in question.lines))


class Postbox(Notifier):
    """Keeps what it is given."""

    id = "postbox"
    label = "Postbox"
    sent: ClassVar[list[Notification]] = []
    fails_with: ClassVar[Exception | None] = None

    def send(self, notification: Notification) -> Delivery:
        if Postbox.fails_with is not None:
            raise Postbox.fails_with
        Postbox.sent.append(notification)
        return Delivery(reference=notification.id, subject=notification.kind)


class Depot(StockSource):
    """Answers part by part what the test puts into ``parts``."""

    id = "depot"
    label = "Depot"
    parts: ClassVar[list[list[StockEvent]]] = []
    #: Every ``since`` that it was asked for.
    asked: ClassVar[list[int]] = []
    #: Whether it answers what is known already.
    repeats: ClassVar[bool] = False
    fails_with: ClassVar[Exception | None] = None

    @classmethod
    def reset(cls) -> None:
        cls.parts, cls.asked, cls.repeats, cls.fails_with = [], [], False, None

    def pull(self, since: int) -> StockNews:
        if Depot.fails_with is not None:
            raise Depot.fails_with
        Depot.asked.append(since)
        parts = [part for part in Depot.parts if Depot.repeats or part[0].sequence > since]
        return StockNews(tuple(parts[0] if parts else ()), as_of=self.ctx.clock.now(), more=bool(parts))


def _tenth(line: TaxLine, *, included: bool) -> TaxedLine:
    amount = line.amount
    tax = Money(round_half_up(Decimal(amount.minor) / (11 if included else 10)), amount.currency)
    net, gross = (amount - tax, amount) if included else (amount, amount + tax)
    rule = RuleRef("test/ten-percent", "1", "Ten percent of everything", "this file")
    return TaxedLine(line.id, net, tax, gross, Decimal("0.1"), "Tax 10 %", rule, Certainty.KNOWN)


@hookimpl
def entrepot_register_payment_providers() -> list[type[PaymentProvider]]:
    return [ScriptedPayment, ByHand]


@hookimpl
def entrepot_register_carriers() -> list[type[Carrier]]:
    return [FlatCarrier]


@hookimpl
def entrepot_register_tax_calculators() -> list[type[TaxCalculator]]:
    return [TenPercent]


@hookimpl
def entrepot_register_notifiers() -> list[type[Notifier]]:
    return [Postbox]


@hookimpl
def entrepot_register_stock_sources() -> list[type[StockSource]]:
    return [Depot]
