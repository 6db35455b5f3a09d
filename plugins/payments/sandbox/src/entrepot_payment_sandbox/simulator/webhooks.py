"""Events and their way to the shop: signed, repeated a bounded number of times, misdelivered on request."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from entrepot.sdk import Clock
from entrepot_payment_sandbox.signing import HEADER, sign
from entrepot_payment_sandbox.simulator.faults import Faults
from entrepot_payment_sandbox.simulator.loopback import NotLoopback, post
from entrepot_payment_sandbox.simulator.storage import Delivery, Store

MAX_ATTEMPTS = 6


def planned(events: Sequence[dict[str, Any]], *, url: str, faults: Faults, now: float) -> list[Delivery]:
    """Deliveries of the events of one step, in the order, number and time that the faults demand. Pure."""
    ordered = list(reversed(events)) if faults.reorder else list(events)
    status = "lost" if faults.lost else "held" if faults.hold or faults.before_return else "pending"
    return [
        Delivery(
            id=0,
            event_id=event["id"],
            type=event["type"],
            payment_id=event["data"]["payment"]["id"],
            url=url,
            body=json.dumps(event),
            status=status,
            due=now if faults.before_return else now + faults.late,
            attempts=0,
            answer="",
        )
        for event in ordered
        for _ in range(faults.duplicate)
    ]


def after_attempt(delivery: Delivery, *, answer: str, now: float, first_pause_s: float) -> Delivery:
    """Delivered on 2xx; otherwise again after a pause that doubles, six times in all. Pure."""
    attempts = delivery.attempts + 1
    if answer.isdigit() and 200 <= int(answer) < 300:
        return replace(delivery, status="delivered", attempts=attempts, answer=answer)
    status = "failed" if attempts >= MAX_ATTEMPTS else "pending"
    pause = first_pause_s * 2 ** (attempts - 1)
    return replace(delivery, status=status, attempts=attempts, answer=answer, due=now + pause)


class Courier:
    """Sends what is due, one webhook after the other, in a thread of its own."""

    def __init__(self, store: Store, clock: Clock, *, first_pause_s: float, on_arrival: Callable[[str], None]) -> None:
        self._store = store
        self._clock = clock
        self._first_pause_s = first_pause_s
        self._on_arrival = on_arrival
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> bool:
        """Whether the thread has ended; a webhook under way is not waited for longer than two seconds."""
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=2)
        return not self._thread.is_alive()

    def wake(self) -> None:
        """Something may be due now."""
        self._wake.set()

    def deliver_now(self, payment_id: str) -> None:
        """Send what is held for the payment before this returns."""
        now = self._clock.now().timestamp()
        while held := self._store.claim(now=now, payment_id=payment_id, status="held"):
            self._send(held)
        self.wake()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            self._settle_arrivals()
            due = self._store.claim(now=self._clock.now().timestamp())
            if due:
                self._send(due)
            else:
                self._wake.wait(self._pause_s())

    def _settle_arrivals(self) -> None:
        for payment_id in self._store.take_arrivals(now=self._clock.now().timestamp()):
            self._on_arrival(payment_id)

    def _pause_s(self) -> float | None:
        next_due = self._store.next_due()
        return None if next_due is None else max(next_due - self._clock.now().timestamp(), 0.001)

    def _send(self, delivery: Delivery) -> None:
        answer = self._attempt(delivery)
        now = self._clock.now().timestamp()
        self._store.update_delivery(after_attempt(delivery, answer=answer, now=now, first_pause_s=self._first_pause_s))

    def _attempt(self, delivery: Delivery) -> str:
        """The status that came back, or what went wrong."""
        body = delivery.body.encode()
        timestamp = int(self._clock.now().timestamp())
        signature = sign(body, secrets=self._store.setting("webhook_secrets", []), timestamp=timestamp)
        try:
            return str(post(delivery.url, body, {"Content-Type": "application/json", HEADER: signature}))
        except (OSError, http.client.HTTPException, NotLoopback) as error:
            return f"{type(error).__name__}: {error}"
