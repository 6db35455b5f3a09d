"""What is sent, what is read, what is refused: mapping and signatures, without a network."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

import entrepot_payment_sandbox
from entrepot.sdk import Money, Outcome, PaymentRequest, ProviderRejected, RefundRequest, WebhookRejected
from entrepot.testkit import NOON, FakeHttp, fixed_clock, make_context
from entrepot_payment_sandbox.config import SandboxConfig
from entrepot_payment_sandbox.mapping import (
    PAYMENT_OUTCOMES,
    Unreadable,
    payment_body,
    payment_events,
    payment_result,
    refund_result,
)
from entrepot_payment_sandbox.provider import Sandbox
from entrepot_payment_sandbox.signing import BadSignature, sign, verify
from entrepot_payment_sandbox.texts import TEXTS

CONFIG = {"base_url": "http://127.0.0.1:8901/", "api_key": "key", "webhook_secret": "secret"}
PAYMENT: dict[str, Any] = {
    "id": "pay_1",
    "status": "captured",
    "amount": 1990,
    "captured": 1990,
    "currency": "EUR",
    "fee": 53,
    "checkout_url": "http://127.0.0.1:8901/pay/pay_1",
}
REFUND: dict[str, Any] = {"id": "ref_1", "status": "succeeded", "amount": 500, "currency": "EUR"}
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "type": "payment.captured",
    "created": 1763726400,
    "data": {"payment": PAYMENT},
}
NOW = int(NOON.timestamp())


def sandbox(http: FakeHttp | None = None, *, after: timedelta = timedelta()) -> Sandbox:
    return Sandbox(make_context(Sandbox, CONFIG, http=http, clock=fixed_clock(NOON + after)))


def signed(payload: Any, *, secrets: tuple[str, ...] = ("secret",)) -> tuple[bytes, dict[str, str]]:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return body, {"sandbox-signature": sign(body, secrets=secrets, timestamp=NOW)}


@pytest.mark.parametrize("amount", [Money(1990, "EUR"), Money(500, "JPY"), Money(12345, "KWD")])
def test_amounts_are_sent_in_minor_units(amount: Money) -> None:
    request = PaymentRequest(amount, "1000424", "key-1", "https://shop.test/return", "de")
    body = payment_body(request, config=sandbox().config, webhook_url="https://shop.test/hook")

    assert (body["amount"], body["currency"]) == (amount.minor, amount.currency)
    assert (body["reference"], body["locale"], body["capture_method"]) == ("1000424", "de", "automatic")


@pytest.mark.parametrize(("status", "outcome"), [*PAYMENT_OUTCOMES.items(), ("disputed", Outcome.UNKNOWN)])
def test_every_status_has_an_outcome_and_new_ones_are_unknown(status: str, outcome: Outcome) -> None:
    assert payment_result({**PAYMENT, "status": status}).outcome is outcome


def test_buyer_is_sent_to_the_page_only_while_there_is_something_to_do() -> None:
    assert payment_result({**PAYMENT, "status": "open"}).redirect_url == PAYMENT["checkout_url"]
    assert payment_result(PAYMENT).redirect_url == ""


def test_captured_amount_is_what_was_taken() -> None:
    assert payment_result({**PAYMENT, "captured": 1500}).amount == Money(1500, "EUR")
    assert payment_result({**PAYMENT, "status": "authorized", "captured": 0}).amount == Money(1990, "EUR")


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": 7},
        {"status": None},
        {"status": ["captured"]},
        {"captured": 19.9},
        {"captured": "1990"},
        {"captured": True},
        {"captured": -1},
        {"currency": "EURO"},
        {"currency": None},
        {"fee": "53"},
    ],
)
def test_malformed_payment_is_unreadable(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        payment_result({**PAYMENT, **wrong})


@pytest.mark.parametrize("answer", [None, [], "paid", 7, {}, {"id": "pay_1"}])
def test_what_is_no_payment_or_refund_is_unreadable(answer: Any) -> None:
    for parse in (payment_result, refund_result):
        with pytest.raises(Unreadable):
            parse(answer)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("succeeded", Outcome.CAPTURED),
        ("pending", Outcome.PENDING),
        ("failed", Outcome.DECLINED),
        ("odd", Outcome.UNKNOWN),
    ],
)
def test_every_refund_status_has_an_outcome(status: str, outcome: Outcome) -> None:
    assert refund_result({**REFUND, "status": status}).outcome is outcome


def test_refund_event_tells_both_payment_and_refund() -> None:
    (event,) = payment_events({**EVENT, "type": "refund.succeeded", "data": {"payment": PAYMENT, "refund": REFUND}})

    assert event.refund and event.refund.amount == Money(500, "EUR")
    assert event.result.reference == "pay_1"


def test_events_of_other_families_are_nobodys_business() -> None:
    assert payment_events({**EVENT, "type": "payout.paid", "data": None}) == []


@pytest.mark.covers("G7", "S1.36")
def test_genuine_webhook_is_understood_twice_alike() -> None:
    first, second = sandbox().parse_webhook(*signed(EVENT)), sandbox().parse_webhook(*signed(EVENT))

    assert first == second
    assert (first[0].id, first[0].result.amount) == ("evt_1", Money(1990, "EUR"))


@pytest.mark.covers("G7", "S1.36")
@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        f"t={NOW}",
        f"t={NOW},v1=",
        f"t={NOW},v1={'0' * 64}",
        f"t={NOW},v1=é",
        f"t=-{NOW},v1=00",
        f"t={NOW},t={NOW},v1=00",
        f"t={'9' * 400},v1=00",
        "v1=00",
        "garbage",
    ],
)
def test_forged_signature_is_rejected(header: str) -> None:
    with pytest.raises(WebhookRejected):
        sandbox().parse_webhook(json.dumps(EVENT).encode(), {"sandbox-signature": header})


def test_unsigned_and_altered_webhooks_are_rejected() -> None:
    body, headers = signed(EVENT)

    for altered, kept in ((body, {}), (body + b" ", headers), (body.replace(b"1990", b"0001"), headers)):
        with pytest.raises(WebhookRejected):
            sandbox().parse_webhook(altered, kept)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_webhook_from_another_time_is_rejected(minutes: int) -> None:
    with pytest.raises(WebhookRejected, match="five minutes"):
        sandbox(after=timedelta(minutes=minutes)).parse_webhook(*signed(EVENT))


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_are_tolerated(seconds: int) -> None:
    assert sandbox(after=timedelta(seconds=seconds)).parse_webhook(*signed(EVENT))


def test_one_of_several_signatures_is_enough() -> None:
    assert sandbox().parse_webhook(*signed(EVENT, secrets=("new", "secret")))
    with pytest.raises(WebhookRejected):
        sandbox().parse_webhook(*signed(EVENT, secrets=("new", "newer")))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"\xff",
        b"[" * 5000,
        json.dumps({**EVENT, "created": "now"}).encode(),
        b'{"type": "payment.x"}',
    ],
)
def test_signed_nonsense_is_rejected(body: bytes) -> None:
    with pytest.raises(WebhookRejected):
        sandbox().parse_webhook(*signed(body))


@given(st.text(max_size=80))
def test_no_header_text_does_anything_but_fail(header: str) -> None:
    with pytest.raises(BadSignature):
        verify(b"{}", header, secret="secret", now=NOON)


@pytest.mark.covers("S2.15", "G7")
@pytest.mark.parametrize("amount", [Money(1991, "EUR"), Money(0, "EUR"), Money(-1, "EUR"), Money(500, "USD")])
def test_impossible_refund_is_refused_before_the_network(amount: Money) -> None:
    http = FakeHttp({})

    with pytest.raises(ProviderRejected, match="Enter"):
        sandbox(http).refund(RefundRequest("pay_1", amount, "key-1", Money(1990, "EUR")))
    assert http.requests == []


def test_references_cannot_leave_their_place_in_the_address() -> None:
    http = FakeHttp({("GET", "*"): PAYMENT})
    sandbox(http).fetch("pay_1/../../control?x#y")

    assert http.requests[0].url == "http://127.0.0.1:8901/v1/payments/pay_1%2F..%2F..%2Fcontrol%3Fx%23y"


@pytest.mark.parametrize(
    ("field", "value"), [("base_url", "ftp://x"), ("base_url", "here"), ("capture_method", "later"), ("colour", "red")]
)
def test_wrong_setting_is_refused_by_its_name(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        SandboxConfig().load({**CONFIG, field: value})

    assert set(refused.value.messages_dict) == {field}


def test_secrets_are_marked_and_the_demo_is_complete() -> None:
    (simulator,) = entrepot_payment_sandbox.manifest.simulators

    assert SandboxConfig.secret_names() == {"api_key", "webhook_secret"}
    filled = {name: value.replace("{port}", "8901") for name, value in simulator.config.items()}
    assert SandboxConfig().load(filled)["base_url"] == "http://127.0.0.1:8901"


@pytest.mark.parametrize(("locale", "label"), [("en", "Test payment"), ("de-CH", "Testzahlung"), ("zh-CN", "测试支付")])
def test_method_is_named_in_the_buyers_language(locale: str, label: str) -> None:
    assert sandbox().method_label(locale) == label


@pytest.mark.parametrize("locale", ["en", "de", "zh_Hans"])
def test_every_text_is_translated(locale: str) -> None:
    package = Path(entrepot_payment_sandbox.__file__).parent
    sources = [*package.rglob("*.html"), package / "provider.py"]
    used = {text for source in sources for text in re.findall(r'\b_\("([^"]+)"\)', source.read_text())}
    with (package / "translations" / locale / "LC_MESSAGES" / "payment-sandbox.po").open("rb") as file:
        translated = {str(message.id): message.string for message in read_po(file) if message.id}

    assert set(translated) == used
    assert all(translated.values())
    assert TEXTS.of(locale).gettext("Cancel") == translated["Cancel"]
