"""The fakes behave like what they stand for."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from datetime import timedelta
from email.message import EmailMessage

import httpx2
import pytest

import entrepot.testkit
from entrepot.engine.http import DeadlineHttp
from entrepot.sdk import ProviderError, ProviderUnavailable
from entrepot.testkit import (
    NOON,
    TIMEOUT,
    FakeHttp,
    FakeSmtp,
    Reply,
    SentRequest,
    sign_sha256,
    sign_standard_webhook,
    sign_timestamped,
)

URL = "https://api.example.com/v1/links"


def outcome(client, method):
    """What a caller can tell about the call's end."""
    try:
        reply = client.request(method, URL)
    except ProviderError as error:
        return type(error), getattr(error, "uncertain", None), getattr(error, "retry_after_s", None), str(error)
    return reply.status, reply.body


@pytest.mark.covers("G7")
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("status", [200, 202, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503])
def test_fake_fails_like_the_real_client(method: str, status: int) -> None:
    reply = Reply(status, {"why": "test"}, {"Retry-After": "7"})
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status, content=reply.content, headers=reply.headers))

    real = outcome(DeadlineHttp(deadline_s=5, transport=transport), method)

    assert outcome(FakeHttp({(method, "/links"): reply}), method) == real


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_fake_times_out_like_the_real_client(method: str) -> None:
    def late(request):
        raise httpx2.ReadTimeout("late", request=request)

    real = outcome(DeadlineHttp(deadline_s=5, transport=httpx2.MockTransport(late)), method)

    assert outcome(FakeHttp({}, fault=TIMEOUT), method) == real


@pytest.mark.parametrize("address", [URL, "/v1/links", "/links", "/v1/*", "https://api.example.com/*"])
def test_script_addresses_are_urls_paths_ends_or_patterns(address: str) -> None:
    assert FakeHttp({("GET", address): {"found": 1}}).get(URL).json() == {"found": 1}


def test_longest_fitting_address_answers() -> None:
    http = FakeHttp({("GET", "/*"): {"found": "any"}, ("GET", "/v1/links"): {"found": "this"}})

    assert http.get(URL).json() == {"found": "this"}


def test_functions_answer_from_what_was_sent() -> None:
    def echo(sent: SentRequest) -> dict[str, str]:
        return {"got": sent.payload["amount"], "key": sent.headers["Idempotency-Key"]}

    http = FakeHttp({("POST", "/links"): echo})

    assert http.post(URL, data={"amount": "5"}, idempotency_key="key-1").json() == {"got": "5", "key": "key-1"}


def test_request_without_a_script_fails_the_test_and_names_the_remedy() -> None:
    with pytest.raises(pytest.fail.Exception, match=r'add \("GET", "/v1/links"\)'):
        FakeHttp({("POST", "/links"): {}}).get(URL)


def test_unreadable_answer_to_a_write_is_uncertain() -> None:
    with pytest.raises(ProviderUnavailable) as caught:
        FakeHttp({("POST", "/links"): "<html>"}).post(URL).json()
    assert caught.value.uncertain


def test_signatures_cover_body_and_time() -> None:
    plain, stamped = sign_sha256("s", {"a": 1}), sign_timestamped("s", {"a": 1})
    standard = sign_standard_webhook("whsec_c2VjcmV0", {"a": 1})

    assert plain.sign(b"other").headers != plain.headers
    assert plain.sign(plain.body, NOON + timedelta(hours=1)).headers == plain.headers
    for webhook in (stamped, standard):
        assert webhook.sign(webhook.body).headers == webhook.headers
        assert webhook.sign(webhook.body, NOON + timedelta(hours=1)).headers != webhook.headers


def test_standard_webhook_matches_the_published_example() -> None:
    """The example of the Standard Webhooks reference libraries."""
    from datetime import UTC, datetime

    webhook = sign_standard_webhook(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        b'{"test": 2432232314}',
        id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
    )

    assert webhook.headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_mail_server_in_memory_takes_login_and_mail() -> None:
    message = EmailMessage()
    message["Subject"], message["To"], message["From"] = "您的订单", "ada@example.com", "shop@example.com"
    message.set_content("one\n.two\n")

    with FakeSmtp().installed() as server, smtplib.SMTP("mail.example", 587) as client:
        client.starttls()
        client.login("shop", "password")
        client.send_message(message)

    (mail,) = server.mails
    assert mail.recipients == ("ada@example.com",)
    assert mail.message["Subject"] == "您的订单"


def test_mail_server_in_memory_refuses_what_it_is_told_to() -> None:
    with (
        FakeSmtp(refuse={"RCPT": 550}).installed() as server,
        smtplib.SMTP("mail.example") as client,
        pytest.raises(smtplib.SMTPRecipientsRefused),
    ):
        client.sendmail("shop@example.com", ["nobody@example.com"], "Subject: x\r\n\r\nx")
    assert server.mails == []


def test_everything_promised_can_be_imported() -> None:
    for name in entrepot.testkit.__all__:
        assert getattr(entrepot.testkit, name) is not None


def test_starting_pytest_imports_nothing_of_the_shop() -> None:
    program = "import sys, entrepot.testkit.plugin; print(sorted(m for m in sys.modules if m.startswith('entrepot')))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "['entrepot', 'entrepot.testkit', 'entrepot.testkit.plugin']"
