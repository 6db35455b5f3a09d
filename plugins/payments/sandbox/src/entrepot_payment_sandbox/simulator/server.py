"""The HTTP server on loopback: reads requests, writes replies, knows nothing of payments."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from entrepot_payment_sandbox.simulator.wire import Reply, Request, error

MAX_BODY = 65_536
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

Answer = Callable[[Request], Reply]


class LoopbackServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 only; one thread per connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, answer: Answer) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer = answer

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def server_bind(self) -> None:
        """Bind without asking the name server what this machine is called."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Browsers that went away are nobody's problem; everything else is shown."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackServer
    protocol_version = "HTTP/1.1"
    server_version = "entrepot-sandbox"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *values: Any) -> None:
        """Silent: the control interface tells what happened."""

    def _answer(self) -> None:
        if not _is_this_machine(self.headers.get("Host", "")):
            return self._write(error(421, "wrong_host", "This server answers on 127.0.0.1 and localhost only."))
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            return self._write(error(413, "too_large", f"A request body has at most {MAX_BODY} bytes."))
        body = self.rfile.read(int(length))
        try:
            reply = self.server.answer(self._request(body))
        except Exception:
            self._write(error(500, "internal", "The simulator failed. Its console shows why."))
            raise
        return self._send(reply)

    def _request(self, body: bytes) -> Request:
        parts = urlsplit(self.path)
        return Request(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )

    def _send(self, reply: Reply) -> None:
        time.sleep(reply.delay_ms / 1000)
        if reply.broken:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._write(reply)

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {**_HEADERS, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)


def _is_this_machine(host: str) -> bool:
    """Whether the Host header names loopback: a foreign name would be a rebound one."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
