"""The HTTP client that providers are given: one deadline, typed errors, no secrets in messages."""

from __future__ import annotations

import json as json_module
import os
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from entrepot.engine.redaction import redact
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import CredentialsInvalid, ProviderError, ProviderRejected, ProviderUnavailable
from entrepot.sdk.provider import HttpReply

if TYPE_CHECKING:
    import httpx2

READS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_BODY_BYTES = 20_000_000
_MAX_REDIRECTS = 3
_TIMES_TO_ASK = 2


def error_for_status(
    status: int, *, request: str, writes: bool, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> ProviderError | None:
    """The typed error of an HTTP status, None for 2xx and 3xx. ``request`` is how messages call it: "GET https://…"."""
    if status < 400:
        return None
    if status in (401, 403):
        return CredentialsInvalid(f"{request} answered {status}. Enter valid credentials.")
    if status == 429 or status >= 500:
        return ProviderUnavailable(
            f"{request} answered {status}. Try again later.",
            uncertain=writes and status >= 500,
            retry_after_s=retry_after(headers or {}),
        )
    return ProviderRejected(f"{request} answered {status}: {body[:200].decode(errors='replace')}")


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Seconds of a Retry-After header; dates are not understood and mean nothing."""
    value = {name.lower(): text for name, text in headers.items()}.get("retry-after", "")
    return int(value) if value.isascii() and value.isdigit() else None


@dataclass(frozen=True)
class _Sent:
    """A request as messages call it; the query is left out, since keys travel there."""

    method: str
    url: str

    @property
    def writes(self) -> bool:
        return self.method not in READS

    def __str__(self) -> str:
        return f"{self.method} {self.url.partition('?')[0]}"


class Verbs:
    """One method per HTTP method, for clients that have ``request``."""

    request: Callable[..., HttpReply]

    def get(self, url: str, **options: Any) -> HttpReply:
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> HttpReply:
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> HttpReply:
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Any) -> HttpReply:
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Any) -> HttpReply:
        return self.request("DELETE", url, **options)


class DeadlineHttp(Verbs):
    """Implements ``entrepot.sdk.HttpClient``. ``deadline_s`` counts from now on, for all requests together.

    Addresses are absolute, or relative to ``base_url``. Certificates are always verified; redirects are followed for
    reads within the same origin only, since a provider's headers carry its credentials.
    """

    def __init__(
        self,
        *,
        deadline_s: float,
        secrets: Collection[str] = (),
        base_url: str = "",
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._ends_at = time.monotonic() + deadline_s
        self._secrets = tuple(secrets)
        self._base_url = base_url
        self._transport = transport

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, str] | bytes | None = None,
        idempotency_key: str = "",
    ) -> HttpReply:
        """Send a request; see ``entrepot.sdk.HttpClient`` for what it raises and repeats."""
        sent = _Sent(method.upper(), self._absolute(url))
        body: dict[str, Any] = {"params": dict(params)} if params else {}
        body |= {"json": json} if json is not None else {}
        body |= {"content": data} if isinstance(data, bytes) else {"data": dict(data)} if data else {}
        key = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._with_repeats(sent, {**body, "headers": {**(headers or {}), **key}}, bool(key))

    def __repr__(self) -> str:
        return f"<DeadlineHttp {self._remaining():.1f} s left>"

    def _with_repeats(self, sent: _Sent, options: dict[str, Any], keyed: bool) -> HttpReply:
        times = _TIMES_TO_ASK if keyed or not sent.writes else 1
        for _ in range(times - 1):
            try:
                reply = self._follow(sent, options)
            except ProviderUnavailable:
                if self._remaining() <= 0:
                    raise
                continue
            if reply.status < 500 or retry_after(reply.headers) is not None:
                return self._checked(sent, reply)
        return self._checked(sent, self._follow(sent, options))

    def _follow(self, sent: _Sent, options: dict[str, Any]) -> HttpReply:
        reply = self._send(sent, options)
        for _ in range(_MAX_REDIRECTS):
            target = _redirect(sent, reply)
            if target is None:
                break
            sent, options = target, {name: value for name, value in options.items() if name != "params"}
            reply = self._send(sent, options)
        return reply

    def _send(self, sent: _Sent, options: dict[str, Any]) -> HttpReply:
        import httpx2

        if self._remaining() <= 0:
            raise ProviderUnavailable(f"{sent} was not sent: the time for this call is over. Try again later.")
        try:
            return self._answer(sent, options)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise self._unavailable(f"{sent} could not connect ({type(error).__name__}). Try again later.") from None
        except httpx2.TimeoutException:
            raise self._unavailable(f"{sent} had no answer in time. Try again later.", sent.writes) from None
        except httpx2.UnsupportedProtocol:
            raise ProviderRejected(f"{sent} is no web address. Write it like https://api.example/orders.") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            text = f"{sent} failed ({type(error).__name__}). Try again later."
            raise self._unavailable(text, sent.writes) from None

    def _answer(self, sent: _Sent, options: dict[str, Any]) -> HttpReply:
        timeout = max(self._remaining(), 0.001)
        with _client(self._transport).stream(sent.method, sent.url, timeout=timeout, **options) as response:
            body = self._body(sent, response)
            read = partial(read_json, body, request=str(sent), writes=sent.writes)
            return HttpReply(response.status_code, dict(response.headers), body, read)

    def _checked(self, sent: _Sent, reply: HttpReply) -> HttpReply:
        """The reply if it is a success; raises the typed error of its status."""
        error = error_for_status(
            reply.status, request=str(sent), writes=sent.writes, headers=reply.headers, body=reply.body
        )
        if error is None:
            return reply
        error.args = (redact(str(error), self._secrets),)
        raise error

    def _body(self, sent: _Sent, response: httpx2.Response) -> bytes:
        """All of the body, unless it is endless or drips past the deadline."""
        parts = bytearray()
        for part in response.iter_bytes():
            parts += part
            if len(parts) > MAX_BODY_BYTES:
                raise self._unavailable(f"{sent} answered more than {MAX_BODY_BYTES} bytes.", sent.writes)
            if self._remaining() <= 0:
                raise self._unavailable(f"{sent} had no complete answer in time. Try again later.", sent.writes)
        return bytes(parts)

    def _unavailable(self, text: str, uncertain: bool = False) -> ProviderUnavailable:
        return ProviderUnavailable(redact(text, self._secrets), uncertain=uncertain)

    def _remaining(self) -> float:
        return self._ends_at - time.monotonic()

    def _absolute(self, url: str) -> str:
        if "://" in url:
            return url
        if not self._base_url:
            raise ProviderRejected(
                f"'{url}' has no host. Give the whole address, or name a 'base_url' in the account's configuration."
            )
        return f"{self._base_url.rstrip('/')}/{url.lstrip('/')}"


def _redirect(sent: _Sent, reply: HttpReply) -> _Sent | None:
    """Where a read goes on within the same origin; None when it does not."""
    location = reply.headers.get("location", "")
    if sent.writes or reply.status not in (301, 302, 303, 307, 308) or not location:
        return None
    target = urljoin(sent.url, location)
    return _Sent(sent.method, target) if urlsplit(target)[:2] == urlsplit(sent.url)[:2] else None


def read_json(body: bytes, *, request: str, writes: bool) -> Any:
    """The body as values; raises ProviderUnavailable when it is not JSON. ``request`` is how messages call it."""
    try:
        return json_module.loads(body)
    except ValueError as error:
        raise ProviderUnavailable(
            f"{request} answered something that is not JSON. Try again later.", uncertain=writes
        ) from error


_clients: dict[int, httpx2.Client] = {}


def _client(transport: httpx2.BaseTransport | None) -> httpx2.Client:
    """This process's client: connections are shared, cookies are refused, so that accounts cannot meet in it."""
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx2

    if transport is not None:
        return httpx2.Client(transport=transport)
    pid = os.getpid()
    if pid not in _clients:
        no_cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        _clients.clear()
        _clients[pid] = httpx2.Client(cookies=no_cookies, follow_redirects=False)
    return _clients[pid]
