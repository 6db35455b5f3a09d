"""A program that uses the REST API and never gives up: it repeats a request with its key until it has an answer."""

from __future__ import annotations

import random
import threading
from typing import Any

import httpx2

from judges.journal import Journal

#: While processes are killed an answer may take a while.
TRIES = 12
PAUSE_S = 0.4
TIMEOUT_S = 20


class GaveUp(Exception):
    """No answer after many tries: what happened is not known to the caller."""


class Refused(Exception):
    """The shop said no, for a reason that the caller may cause: stock is out, an order is shipped already."""


class Api:
    """One client with a key of the merchant's, or without one as a buyer."""

    def __init__(
        self, url: str, journal: Journal, chance: random.Random, stop: threading.Event, *, key: str = ""
    ) -> None:
        limits = httpx2.Limits(max_keepalive_connections=0)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx2.Client(base_url=f"{url}/api/v1", timeout=TIMEOUT_S, limits=limits, headers=headers)
        self._journal, self._chance, self._stop = journal, chance, stop

    def close(self) -> None:
        self._http.close()

    def get(self, path: str) -> Any:
        return self._insist("GET", path, {}).json()

    def put(self, path: str, json: Any) -> Any:
        return self._insist("PUT", path, {"json": json}).json()

    def post(self, path: str, json: Any = None, *, key: str = "", same: str = "", **options: Any) -> Any:
        """One act. Sometimes it is sent once more: ``same`` names the field that both answers must agree in."""
        headers = {"Idempotency-Key": key} if key else {}
        sent = {**options, "headers": headers, **({"json": json} if json is not None else {})}
        answer = self._insist("POST", path, sent).json()
        if key and same and self._chance.random() < 0.2:
            again = self._insist("POST", path, sent).json()
            if again[same] != answer[same]:
                self._journal.breach(f"key {key} of {path} had two answers: {answer[same]} and {again[same]}")
        return answer

    def _insist(self, method: str, path: str, sent: dict[str, Any]) -> httpx2.Response:
        for _ in range(TRIES):
            try:
                answer = self._http.request(method, path, **sent)
            except httpx2.HTTPError as error:
                self._journal.trouble(f"API {type(error).__name__}")
            else:
                if answer.status_code < 300:
                    return answer
                if answer.status_code < 500:
                    raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
                self._journal.trouble(f"API {answer.status_code}")
            if self._stop.wait(self._chance.uniform(0.5, 1.5) * PAUSE_S):
                break
        raise GaveUp(f"{method} {path}")
