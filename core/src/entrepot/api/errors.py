"""Requests that the API itself refuses. Slices raise these; what status their own errors have says ``problems``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrepot.sdk.errors import EntrepotError


class ApiError(EntrepotError):
    """A request that the API itself refuses. ``errors`` has messages by field."""

    status = 400
    headers: Mapping[str, str] = {}
    errors: Mapping[str, Any] | None = None


class NotFound(ApiError):
    status = 404

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no {what}. Compare the address of the request with the one that the API gave you.")


class FieldsInvalid(ApiError):
    status = 422

    def __init__(self, errors: Mapping[str, Any]) -> None:
        super().__init__("Some fields need your attention; 'errors' names them.")
        self.errors = errors


class KeyNeeded(ApiError):
    status = 401
    headers = {"WWW-Authenticate": 'Bearer realm="entrepot"'}

    def __init__(self) -> None:
        super().__init__(
            "This needs an API key: send 'Authorization: Bearer ek_…'. Make one with: entrepot api-key create"
        )


class ScopeMissing(ApiError):
    status = 403

    def __init__(self, scope: str) -> None:
        super().__init__(f"The API key has no scope '{scope}'. Make one that has it: entrepot api-key create")


class Stale(ApiError):
    """If-Match names a version that is not the present one."""

    status = 412

    def __init__(self) -> None:
        super().__init__("It was changed meanwhile. Read it again, then repeat the change with its new ETag.")


class NotJson(ApiError):
    status = 415

    def __init__(self, wanted: str) -> None:
        super().__init__(f"Send the body as {wanted} and say so in Content-Type.")


class KeyReused(ApiError):
    status = 422

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another request. Use a new key for a new request.")


class KeyRefused(ApiError):
    status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.errors = {"headers": {"Idempotency-Key": [reason]}}


class StillUnderWay(ApiError):
    status = 409
    headers = {"Retry-After": "1"}

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still under way. Repeat it in a second.")


class TooManyGuesses(ApiError):
    """Codes were refused so often that somebody seems to guess."""

    status = 429
    headers = {"Retry-After": "600"}

    def __init__(self) -> None:
        super().__init__("Too many codes were refused. Wait ten minutes, or send an API key with the request.")
