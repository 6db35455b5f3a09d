"""The only way out of the simulator: HTTP to this machine, never further."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

TIMEOUT_S = 10


class NotLoopback(ValueError):
    """An address that is not on this machine."""


def loopback_target(url: str) -> tuple[str, SplitResult]:
    """The IP address to connect to and the parts of the address; raises NotLoopback. ``localhost`` is resolved."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise NotLoopback(f"'{url}' is not an http:// address. The sandbox calls addresses on this machine only.")
    addresses = _addresses(parts.hostname, url)
    if not all(ip_address(address).is_loopback for address in addresses):
        raise NotLoopback(f"'{url}' is not on this machine. Use 127.0.0.1, [::1] or localhost.")
    return addresses[0], parts


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """POST and return the status. Redirects are not followed; raises OSError or HTTPException when nobody answers."""
    address, parts = loopback_target(url)
    connection = http.client.HTTPConnection(address, parts.port or 80, timeout=TIMEOUT_S)
    path = parts.path or "/"
    try:
        connection.request(
            "POST",
            f"{path}?{parts.query}" if parts.query else path,
            body=body,
            headers={**headers, "Host": parts.netloc.rpartition("@")[2]},
        )
        reply = connection.getresponse()
        reply.read(65_536)
        return reply.status
    finally:
        connection.close()


def _addresses(host: str, url: str) -> list[str]:
    try:
        return [str(ip_address(host))]
    except ValueError:
        pass
    if host != "localhost":
        raise NotLoopback(f"'{url}' is not on this machine. Use 127.0.0.1, [::1] or localhost.")
    found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
