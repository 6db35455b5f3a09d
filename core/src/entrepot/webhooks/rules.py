"""What a webhook says and how it is signed (https://www.standardwebhooks.com). Pure."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from entrepot.kernel.money import Money
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.facts import FACTS, Fact

PREFIX = "whsec_"
#: Facts have no kind of this name; a test message has.
TEST_KIND = "test"
#: An endpoint that took nothing for so long, and so often, is disabled: nobody is there.
GIVEN_UP_AFTER = timedelta(days=3)
GIVEN_UP_TRIES = 20
GONE = 410


class EndpointRefused(EntrepotError):
    """An endpoint that cannot be told of anything. ``fields`` has messages by field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.fields = {field: [message]}


def signature(secret: str, *, id: str, timestamp: int, body: bytes) -> str:
    """One signature, with its version: ``v1,…``."""
    signed = f"{id}.{timestamp}.".encode() + body
    return f"v1,{b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()}"


def headers(secrets: Sequence[str], *, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a webhook sent at this moment, signed with every secret, so that receivers can change over."""
    timestamp = int(at.timestamp())
    signatures = [signature(secret, id=id, timestamp=timestamp, body=body) for secret in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "entrepot-webhooks/1",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def body_of(fact: Fact) -> str:
    """The message about a fact: the same text at each try. Amounts as the API writes them."""
    values = {name: _plain(getattr(fact, name)) for name in fact.payload()}
    return message(fact.kind, fact.at, values)


def message(kind: str, at: datetime, values: Mapping[str, Any]) -> str:
    content = {"type": kind, "timestamp": at.isoformat().replace("+00:00", "Z"), "data": dict(values)}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def check_endpoint(url: str, kinds: Sequence[str]) -> None:
    """Raises EndpointRefused for an address or a kind of fact that there is not."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.username or parts.fragment or len(url) > 2000 or not url.isascii() or " " in url:
        raise EndpointRefused("url", f"'{url[:80]}' is no web address. Write it like https://erp.example/hooks.")
    unknown = sorted(set(kinds) - set(FACTS))
    if unknown:
        known = ", ".join(sorted(FACTS))
        raise EndpointRefused("kinds", f"There is no kind of fact {', '.join(unknown)}. Kinds: {known}.")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, also when it is IPv4 dressed up as IPv6."""
    found = ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    if inner is not None:
        found = inner
    return found.is_global and not found.is_multicast


def is_given_up(failing_since: datetime, failures: int, now: datetime) -> bool:
    """Whether an endpoint has failed so long and so often that it is disabled."""
    return failures >= GIVEN_UP_TRIES and now - failing_since >= GIVEN_UP_AFTER


def wants(kinds: Sequence[str], kind: str) -> bool:
    return not kinds or kind in kinds


def _key(secret: str) -> bytes:
    try:
        return b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise EndpointRefused("secret", "The secret is not one that we made: whsec_ and base64.") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount": str(value.decimal), "currency": value.currency}
    return list(value) if isinstance(value, tuple) else value
