"""Signed webhooks for tests: the plain HMAC, the timestamped one and Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from entrepot.testkit.samples import NOON

Signer = Callable[[bytes, datetime], Mapping[str, str]]


@dataclass(frozen=True)
class SignedWebhook:
    """A body with the headers that prove it, names in lower case; ``sign`` proves another body or instant."""

    body: bytes
    headers: Mapping[str, str]
    signer: Signer | None = field(default=None, repr=False)
    #: The signature covers the time of sending, so that an old one must be refused.
    timestamped: bool = False

    def sign(self, body: bytes, at: datetime = NOON) -> SignedWebhook:
        if self.signer is None:
            raise ValueError("This webhook cannot sign another body. Build it with sign_sha256 or give it a signer.")
        return SignedWebhook(body, self.signer(body, at), self.signer, self.timestamped)


def signed(payload: Any, signer: Signer, *, timestamped: bool = False, at: datetime = NOON) -> SignedWebhook:
    """A webhook signed by a function of (body, instant) that returns the headers."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload, separators=(",", ":")).encode()
    return SignedWebhook(body, signer(body, at), signer, timestamped)


def sign_sha256(
    secret: str, payload: Any, *, header: str = "x-signature", prefix: str = "", encoding: str = "hex"
) -> SignedWebhook:
    """HMAC-SHA256 of the raw body in one header; ``encoding`` is "hex" or "base64"."""

    def signer(body: bytes, at: datetime) -> Mapping[str, str]:
        return {header.lower(): prefix + _encoded(_hmac(secret.encode(), body), encoding)}

    return signed(payload, signer)


def sign_timestamped(secret: str, payload: Any, *, header: str = "x-signature", at: datetime = NOON) -> SignedWebhook:
    """``t=<unix time>,v1=<hex>`` over ``<unix time>.<body>``, as Stripe and others do."""

    def signer(body: bytes, at: datetime) -> Mapping[str, str]:
        stamp = str(int(at.timestamp()))
        proof = _hmac(secret.encode(), stamp.encode() + b"." + body).hex()
        return {header.lower(): f"t={stamp},v1={proof}"}

    return signed(payload, signer, timestamped=True, at=at)


def sign_standard_webhook(secret: str, payload: Any, *, id: str = "msg_1", at: datetime = NOON) -> SignedWebhook:
    """Standard Webhooks: headers webhook-id, webhook-timestamp and webhook-signature; secret may start with whsec_."""
    encoded = secret.startswith("whsec_")
    key = base64.b64decode(secret.removeprefix("whsec_")) if encoded else secret.encode()

    def signer(body: bytes, at: datetime) -> Mapping[str, str]:
        stamp = str(int(at.timestamp()))
        proof = _encoded(_hmac(key, f"{id}.{stamp}.".encode() + body), "base64")
        return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{proof}"}

    return signed(payload, signer, timestamped=True, at=at)


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _encoded(digest: bytes, encoding: str) -> str:
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
