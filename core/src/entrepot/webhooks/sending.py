"""Sending one webhook: to an address that was looked up and judged first, without redirects, within a deadline."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import in_unit_of_work
from entrepot.webhooks import rules

DEADLINE_S = 10.0


class NotDelivered(EntrepotError):
    """The receiver did not answer 2xx; the queue tries again."""


class Gone(NotDelivered):
    """The receiver says that it wants nothing more, ever (410)."""


class PrivateAddress(NotDelivered):
    """The name leads into a private network."""


def send(url: str, body: bytes, headers: Mapping[str, str], *, private_allowed: bool) -> None:
    """POST it once. Raises NotDelivered, Gone. The connection goes to the very address that was judged."""
    import httpx2  # the web process never needs it for this

    if in_unit_of_work():
        raise RuntimeError("A webhook is sent inside a database transaction. Send it from the queue.")
    parts = urlsplit(url)
    host = parts.hostname or ""
    address = _address_of(host, parts.port or (443 if parts.scheme == "https" else 80), private_allowed)
    target = httpx2.URL(url).copy_with(host=address)
    try:
        with (
            httpx2.Client(timeout=DEADLINE_S, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "POST",
                target,
                content=body,
                headers={**headers, "host": parts.netloc},
                extensions={"sni_hostname": host},
            ) as response,
        ):
            status = response.status_code
    except httpx2.HTTPError as error:
        raise NotDelivered(f"{host} could not be reached ({type(error).__name__}). It is tried again.") from None
    if status == rules.GONE:
        raise Gone(f"{host} answered 410: it wants nothing more.")
    if not 200 <= status < 300:
        raise NotDelivered(f"{host} answered {status} instead of 2xx. It is tried again.")


def _address_of(host: str, port: int, private_allowed: bool) -> str:
    """The first IP address of the name; refuses the name when any of its addresses is private."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise NotDelivered(f"The name {host} is not known. Check the endpoint's address.") from None
    if not private_allowed and not all(rules.is_public(address) for address in found):
        raise PrivateAddress(
            f"{host} leads into a private network, which webhooks do not enter. "
            "To allow it, set ENTREPOT_WEBHOOKS_PRIVATE=1."
        )
    return found[0]
