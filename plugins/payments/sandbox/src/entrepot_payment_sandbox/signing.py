"""Webhook signatures: HMAC-SHA256 over ``timestamp.body``, several at once while a secret is exchanged. Pure."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime

HEADER = "sandbox-signature"
TOLERANCE_S = 300


class BadSignature(ValueError):
    """The signature is missing, malformed, too old, or not made with the account's secret."""


def sign(body: bytes, *, secrets: Sequence[str], timestamp: int) -> str:
    """The header's value, with one ``v1`` per secret."""
    signatures = (f"v1={_digest(body, secret=secret, timestamp=timestamp)}" for secret in secrets)
    return ",".join([f"t={timestamp}", *signatures])


def verify(body: bytes, header: str, *, secret: str, now: datetime) -> None:
    """Raise BadSignature unless one of the signatures fits and was made within five minutes of ``now``."""
    timestamp, signatures = _read(header)
    if abs(int(now.timestamp()) - timestamp) > TOLERANCE_S:
        raise BadSignature("The webhook was signed more than five minutes from now. Check the clock of both machines.")
    expected = _digest(body, secret=secret, timestamp=timestamp)
    if not any(hmac.compare_digest(expected, signature) for signature in signatures):
        raise BadSignature("No signature fits the body. Compare the account's webhook signing secret.")


def _digest(body: bytes, *, secret: str, timestamp: int) -> str:
    return hmac.digest(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hex()


def _read(header: str) -> tuple[int, list[str]]:
    """Timestamp and signatures of the header."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    timestamps = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1" and value.isascii()]
    if len(timestamps) != 1 or not signatures or not _is_timestamp(timestamps[0]):
        raise BadSignature(f"Header {HEADER} is missing or not of the form 't=...,v1=...'.")
    return int(timestamps[0]), signatures


def _is_timestamp(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
