"""The HTTP client of providers: typed errors, one deadline, careful repeats."""

from __future__ import annotations

import json

import httpx2
import pytest

from entrepot.engine import http
from entrepot.engine.http import DeadlineHttp, error_for_status
from entrepot.sdk import CredentialsInvalid, ProviderRejected, ProviderUnavailable

SECRET = "sk_live_1234567"


class Service:
    """Answers in order; an exception is raised instead."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx2.Response) else httpx2.Response(answer, json={"status": answer})


def client(service, **options):
    return DeadlineHttp(
        deadline_s=options.pop("deadline_s", 30),
        transport=httpx2.MockTransport(service),
        base_url="https://api.example/v1",
        **options,
    )


def test_answer_is_given_with_headers_and_json():
    service = Service(200)
    reply = client(service).post("/orders", json={"a": 1}, headers={"X-Key": "k"}, idempotency_key="once")
    assert (reply.status, reply.json()) == (200, {"status": 200})
    sent = service.requests[0]
    assert str(sent.url) == "https://api.example/v1/orders"
    assert (sent.headers["X-Key"], sent.headers["Idempotency-Key"]) == ("k", "once")
    assert json.loads(sent.content) == {"a": 1}


@pytest.mark.parametrize(
    ("status", "error", "uncertain"),
    [
        (401, CredentialsInvalid, None),
        (403, CredentialsInvalid, None),
        (404, ProviderRejected, None),
        (422, ProviderRejected, None),
        (429, ProviderUnavailable, False),
        (500, ProviderUnavailable, True),
        (503, ProviderUnavailable, True),
    ],
)
def test_status_becomes_the_documented_error(status, error, uncertain):
    with pytest.raises(error) as raised:
        client(Service(status)).post("/orders", json={})
    assert getattr(raised.value, "uncertain", None) == uncertain
    assert str(status) in str(raised.value)


def test_failed_read_is_never_uncertain():
    with pytest.raises(ProviderUnavailable) as raised:
        client(Service(500)).get("/orders")
    assert not raised.value.uncertain


def test_wait_time_of_the_service_is_passed_on():
    error = error_for_status(429, request="GET https://x", writes=False, headers={"retry-after": "17"})
    assert isinstance(error, ProviderUnavailable)
    assert error.retry_after_s == 17
    assert error_for_status(204, request="GET https://x", writes=False) is None


@pytest.mark.parametrize(
    ("failure", "uncertain"),
    [
        (httpx2.ConnectError("refused"), False),
        (httpx2.ConnectTimeout("slow"), False),
        (httpx2.ReadTimeout("slow"), True),
        (httpx2.RemoteProtocolError("cut"), True),
    ],
)
def test_write_that_may_have_arrived_is_uncertain(failure, uncertain):
    service = Service(failure)
    with pytest.raises(ProviderUnavailable) as raised:
        client(service).post("/orders", json={})
    assert raised.value.uncertain is uncertain
    assert len(service.requests) == 1


def test_read_is_repeated_once():
    service = Service(httpx2.ReadTimeout("slow"), 200)
    assert client(service).get("/orders").status == 200
    assert len(service.requests) == 2


def test_keyed_write_is_repeated_once_with_the_same_key():
    service = Service(502, 200)
    assert client(service).post("/orders", json={}, idempotency_key="once").status == 200
    assert [request.headers["Idempotency-Key"] for request in service.requests] == ["once", "once"]


@pytest.mark.parametrize("status", [400, 401, 404, 429])
def test_refusal_is_not_repeated(status):
    service = Service(status)
    with pytest.raises((ProviderRejected, ProviderUnavailable, CredentialsInvalid)):
        client(service).get("/orders")
    assert len(service.requests) == 1


def test_service_that_asks_to_wait_is_not_asked_again_at_once():
    service = Service(httpx2.Response(503, headers={"Retry-After": "60"}))
    with pytest.raises(ProviderUnavailable) as raised:
        client(service).get("/orders")
    assert (len(service.requests), raised.value.retry_after_s) == (1, 60)


def test_nothing_is_sent_after_the_deadline():
    service = Service(200)
    with pytest.raises(ProviderUnavailable, match="time for this call is over"):
        client(service, deadline_s=0).post("/orders")
    assert service.requests == []


def test_time_left_is_the_requests_timeout():
    service = Service(200)
    client(service, deadline_s=3).get("/orders")
    assert 0 < service.requests[0].extensions["timeout"]["read"] <= 3


def test_write_is_not_redirected_and_read_stays_in_its_origin():
    moved = httpx2.Response(302, headers={"Location": "/elsewhere"})
    service = Service(moved, 200)
    assert client(service).post("/orders").status == 302
    service = Service(moved, 200)
    assert client(service).get("/orders").status == 200
    assert str(service.requests[1].url) == "https://api.example/elsewhere"
    service = Service(httpx2.Response(302, headers={"Location": "https://other.example/"}), 200)
    assert client(service).get("/orders").status == 302


def test_messages_hide_secrets_and_the_query():
    service = Service(httpx2.Response(400, text=f"unknown key {SECRET}"))
    with pytest.raises(ProviderRejected) as raised:
        client(service, secrets=[SECRET]).get(f"/orders/{SECRET}?token=abc")
    assert SECRET not in str(raised.value)
    assert "token=abc" not in str(raised.value)


def test_broken_json_is_unavailable_and_uncertain_after_a_write():
    reply = client(Service(httpx2.Response(200, text="<html>"))).post("/orders")
    with pytest.raises(ProviderUnavailable, match="not JSON") as raised:
        reply.json()
    assert raised.value.uncertain


def test_endless_answer_is_cut(monkeypatch):
    monkeypatch.setattr(http, "MAX_BODY_BYTES", 10)
    with pytest.raises(ProviderUnavailable, match="more than 10 bytes"):
        client(Service(httpx2.Response(200, text="x" * 100))).get("/orders")


def test_relative_address_without_a_base_is_explained():
    with pytest.raises(ProviderRejected, match="base_url"):
        DeadlineHttp(deadline_s=1).get("/orders")


def test_cookies_of_one_account_never_reach_another(httpserver):
    httpserver.expect_request("/set").respond_with_data("", headers={"Set-Cookie": "session=secret"})
    httpserver.expect_request("/get").respond_with_handler(lambda request: _answer(request.headers.get("Cookie")))
    DeadlineHttp(deadline_s=5).get(httpserver.url_for("/set"))
    assert DeadlineHttp(deadline_s=5).get(httpserver.url_for("/get")).body == b"None"


def _answer(text):
    from werkzeug import Response

    return Response(str(text))
