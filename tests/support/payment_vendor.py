"""The sandbox payment service inside the test's own process: no network, no threads, time as the test tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from entrepot.engine.http import DeadlineHttp
from entrepot.sdk import Clock
from entrepot_payment_sandbox.signing import HEADER, sign
from entrepot_payment_sandbox.simulator import api, control, pages  # noqa: F401 - they register their routes
from entrepot_payment_sandbox.simulator.payment import Payment
from entrepot_payment_sandbox.simulator.service import PaymentService
from entrepot_payment_sandbox.simulator.storage import Delivery, Store
from entrepot_payment_sandbox.simulator.wire import Request, answer

BASE_URL = "http://127.0.0.1:8901"
API_KEY, SECRET = "a key of the vendor", "a secret of the vendor"


class Vendor:
    """Real rules, real storage, real answers; webhooks leave only when the test carries them."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._store, self._clock = Store(folder, seed="seed"), clock
        self._store.set_setting("api_key", API_KEY)
        self._store.set_setting("webhook_secrets", [SECRET])
        self.service = PaymentService(self._store, clock, base_url=BASE_URL, first_pause_s=1)

    @property
    def config(self) -> dict[str, str]:
        """Settings of an account at this vendor."""
        return {"base_url": BASE_URL, "api_key": API_KEY, "webhook_secret": SECRET}

    def close(self) -> None:
        self._store.close()

    def payments(self) -> list[Payment]:
        return self._store.latest_payments(1000)

    def deliveries(self) -> list[Delivery]:
        """Every webhook that was ever planned, whether it would have been lost or not."""
        return self._store.deliveries()

    def signed(self, delivery: Delivery) -> tuple[bytes, dict[str, str]]:
        """(body, headers) as it would arrive at this moment."""
        body = delivery.body.encode()
        now = int(self._clock.now().timestamp())
        return body, {HEADER: sign(body, secrets=[SECRET], timestamp=now)}

    def press(self, payment_id: str, button: str, *, method: str = "card") -> None:
        """The buyer presses a button of the payment page."""
        form = {"action": button, "method": method, "arrives_after": ""}
        headers = {"content-type": "application/x-www-form-urlencoded"}
        self._answered("POST", f"{BASE_URL}/pay/{payment_id}", headers, urlencode(form).encode())

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """Providers that ask the vendor's address are answered by this object."""
        connected = partial(DeadlineHttp, transport=httpx2.MockTransport(self._handle))
        with mock.patch("entrepot.engine.calls.DeadlineHttp", connected):
            yield

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        return self._answered(request.method, str(request.url), dict(request.headers), request.read())

    def _answered(self, method: str, url: str, headers: dict[str, str], body: bytes) -> httpx2.Response:
        parts = urlsplit(url)
        lowered = {name.lower(): value for name, value in headers.items()}
        reply = answer(self.service, Request(method, parts.path, dict(parse_qsl(parts.query)), lowered, body))
        if reply.broken:
            raise httpx2.RemoteProtocolError("The vendor closed the connection.")
        return httpx2.Response(reply.status, headers={"content-type": reply.content_type}, content=reply.body)
