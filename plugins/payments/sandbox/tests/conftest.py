"""A running simulator, a shop that receives its webhooks, and a provider between them: all over real sockets."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from entrepot.sdk import HttpReply, Money, PaymentEvent, PaymentRequest, SystemClock
from entrepot.testkit import CONNECTION_REFUSED, TIMEOUT, Reply, SentRequest, make_context
from entrepot.testkit.http import deliver
from entrepot_payment_sandbox.provider import Sandbox

API_KEY, SECRET = "sandbox-demo-key", "sandbox-demo-secret"
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Page:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


def call(method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Page:
    """One request on a connection of its own; no redirect is followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_S)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        connection.request(method, target, body=body or None, headers=dict(headers or {}))
        reply = connection.getresponse()
        return Page(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
    finally:
        connection.close()


class SocketHttp:
    """The sdk's HttpClient over real sockets, with the errors that the core's own client raises."""

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, json: Any = None, **rest: Any
    ) -> HttpReply:
        key = rest.get("idempotency_key", "")
        all_headers = {**(headers or {}), "Content-Type": "application/json"}
        all_headers |= {"Idempotency-Key": key} if key else {}
        sent = SentRequest(method, url, all_headers, {}, json, None, key)
        return deliver(sent, self._reply(sent))

    def get(self, url: str, **options: Any) -> HttpReply:
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> HttpReply:
        return self.request("POST", url, **options)

    def _reply(self, sent: SentRequest) -> Reply:
        try:
            body = sent.content if sent.writes else b""
            page = call(sent.method, sent.url, body=body, headers=sent.headers)
        except ConnectionRefusedError:
            return CONNECTION_REFUSED
        except (OSError, http.client.HTTPException):
            return TIMEOUT
        return Reply(page.status, page.body, page.headers)


@dataclass
class Simulator:
    """The process under test."""

    port: int
    folder: Path
    started: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *options: str) -> None:
        module = ["-m", "entrepot_payment_sandbox.simulator", "--port", str(self.port), "--data", str(self.folder)]
        command = [sys.executable, *module, "--retry-ms", "20", *options]
        self.started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
        assert self.started.stdout
        readable, _, _ = select.select([self.started.stdout], [], [], PATIENCE_S)
        assert readable and self.started.stdout.readline() == "ready\n"

    def stop(self) -> int:
        """The exit code after SIGTERM."""
        if self.started is None:
            return 0
        self.started.send_signal(signal.SIGTERM)
        code = self.started.wait(PATIENCE_S)
        assert self.started.stdout
        self.started.stdout.close()
        self.started = None
        return code

    def get(self, path: str, **headers: str) -> Page:
        return call("GET", self.url + path, headers=headers)

    def press(self, url: str, action: str, **form: str) -> Page:
        """Submit a form of the payment page."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return call("POST", url, body=urlencode({"action": action, **form}).encode(), headers=headers)

    def control(self, path: str = "", **wishes: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        page = call("POST", f"{self.url}/control{path}", body=json.dumps(wishes).encode(), headers=headers)
        assert page.status == 200, page.text
        return page.json

    def deliveries(self, payment: str = "") -> list[dict[str, Any]]:
        log: list[dict[str, Any]] = self.get(f"/control/deliveries?payment={payment}").json["deliveries"]
        return log


@dataclass
class Shop:
    """Receives webhooks and remembers them, in order of arrival."""

    url: str
    received: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    #: Statuses to answer, one per webhook; 200 when there are none left.
    answers: list[int] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def webhooks(self, count: int) -> list[tuple[bytes, dict[str, str]]]:
        """Waits until so many have arrived; fails when they do not."""
        with self.news:
            assert self.news.wait_for(lambda: len(self.received) >= count, PATIENCE_S), self.received
            return list(self.received)


class _Receiver(BaseHTTPRequestHandler):
    shop: Shop

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.shop.news:
            status = self.shop.answers.pop(0) if self.shop.answers else 200
            # Before the answer: who reads it may look at once.
            self.shop.received.append((body, headers))
            self.shop.news.notify_all()
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *values: Any) -> None:
        pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def running_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    simulator = Simulator(free_port(), tmp_path_factory.mktemp("sandbox"))
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def simulator(running_simulator: Simulator) -> Iterator[Simulator]:
    yield running_simulator
    running_simulator.control(faults={}, webhook_secrets=[SECRET])


@pytest.fixture
def own_simulator(tmp_path: Path) -> Iterator[Simulator]:
    """One that a test may stop and start again."""
    simulator = Simulator(free_port(), tmp_path / "sandbox")
    yield simulator
    simulator.stop()


@pytest.fixture
def shop() -> Iterator[Shop]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    shop = Shop(f"http://127.0.0.1:{server.server_port}/hooks/1")
    server.RequestHandlerClass = type("Receiver", (_Receiver,), {"shop": shop})
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    yield shop
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def connect(shop: Shop) -> Callable[..., Sandbox]:
    """The provider of an account at a simulator."""

    def make(simulator: Simulator, **settings: str) -> Sandbox:
        config = {"base_url": simulator.url, "api_key": API_KEY, "webhook_secret": SECRET, **settings}
        http = SocketHttp()
        return Sandbox(
            make_context(Sandbox, config, http=http, clock=SystemClock(), webhook_url=shop.url)  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def provider(connect: Callable[..., Sandbox], simulator: Simulator) -> Sandbox:
    return connect(simulator)


@pytest.fixture
def cautious(connect: Callable[..., Sandbox], simulator: Simulator) -> Sandbox:
    """The provider of an account that captures by hand."""
    return connect(simulator, capture_method="manual")


@pytest.fixture
def order() -> Callable[..., PaymentRequest]:
    """Payment requests, each with a key of its own."""
    keys = (f"key-{number}-{time.time_ns()}" for number in range(1000))

    def make(amount: Money | None = None, **fields: Any) -> PaymentRequest:
        values = {
            "order_number": "1000424",
            "idempotency_key": next(keys),
            "return_url": "http://127.0.0.1:9/orders/1000424?token=t",
            "locale": "en",
        }
        return PaymentRequest(amount=amount or Money(1990, "EUR"), **{**values, **fields})

    return make


@pytest.fixture
def read(provider: Sandbox) -> Callable[[tuple[bytes, dict[str, str]]], PaymentEvent]:
    """A webhook as the shop understands it."""

    def parse(webhook: tuple[bytes, dict[str, str]]) -> PaymentEvent:
        (event,) = provider.parse_webhook(*webhook)
        return event

    return parse
