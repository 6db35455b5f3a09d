"""A small shop, and a receiver on the loopback that remembers what it was sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from entrepot.testkit.small_shop import SmallShop, small_shop


@dataclass
class Receiver:
    """Answers ``status``; ``requests`` are (headers in lower case, body)."""

    url: str
    status: int = 204
    location: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.status)
            if found.location:
                self.send_header("location", found.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found = Receiver(f"http://127.0.0.1:{server.server_port}/hooks?shop=1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def guarded_shop(database_url: str, tmp_path: Path) -> Iterator[SmallShop]:
    """As installed: webhooks stay out of private networks."""
    with small_shop(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def shop(guarded_shop: SmallShop) -> SmallShop:
    """Webhooks may go to the loopback."""
    settings = replace(guarded_shop.runtime.settings, webhooks_private=True)
    return replace(guarded_shop, runtime=replace(guarded_shop.runtime, settings=settings))
