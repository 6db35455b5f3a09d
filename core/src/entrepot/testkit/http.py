"""A scripted network: answers what the test says, records what was sent, fails like the core's own HTTP client."""

from __future__ import annotations

import json as json_module
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from entrepot.engine.http import READS, Verbs, error_for_status, read_json
from entrepot.sdk import HttpReply, ProviderUnavailable


@dataclass(frozen=True)
class SentRequest:
    """One request that the provider made."""

    method: str
    url: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    json: Any
    data: Mapping[str, str] | bytes | None
    idempotency_key: str = ""

    @property
    def writes(self) -> bool:
        return self.method not in READS

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"

    @property
    def address(self) -> str:
        """The URL with its query, as it appears in access logs."""
        return self.url + ("?" + urlencode(self.params) if self.params else "")

    @property
    def content(self) -> bytes:
        if self.json is not None:
            return json_module.dumps(self.json).encode()
        if isinstance(self.data, bytes):
            return self.data
        return urlencode(self.data or {}).encode()

    @property
    def payload(self) -> Any:
        """The body as values: JSON, or the fields of a form; None when it is neither."""
        if self.json is not None:
            return self.json
        if isinstance(self.data, Mapping):
            return dict(self.data)
        try:
            return json_module.loads(self.content or b"null")
        except ValueError:
            return dict(parse_qsl(self.content.decode(errors="replace")))

    def __str__(self) -> str:
        return f"{self.method} {self.url.partition('?')[0]}"


@dataclass(frozen=True)
class Reply:
    """One scripted answer; dicts and lists are sent as JSON. ``failure`` is "timeout" or "refused"."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json_module.dumps(self.body).encode()


TIMEOUT = Reply(failure="timeout")
CONNECTION_REFUSED = Reply(failure="refused")

Answer = Reply | Mapping[str, Any] | list[Any] | str | bytes
Script = Mapping[tuple[str, str], Answer | Callable[[SentRequest], Answer]]


class FakeHttp(Verbs):
    """Implements ``entrepot.sdk.HttpClient`` from a script: ``{("POST", "/links"): {"id": "lnk_1"}}``.

    The address is a whole URL, a path, the end of a path, or a pattern with ``*``; the longest that fits answers.
    A function gets the SentRequest. ``fault`` replaces the answer of every request, or of number ``fault_at`` only.
    """

    def __init__(self, script: Script, *, fault: Reply | None = None, fault_at: int | None = None) -> None:
        self.script = script
        self.fault = fault
        self.fault_at = fault_at
        self.requests: list[SentRequest] = []
        self.replies: list[Reply] = []

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
        """Record the request and answer it, or raise the typed error that the core's client would raise."""
        sent = SentRequest(
            method=method.upper(),
            url=url,
            headers=_with_key(headers or {}, idempotency_key),
            params=dict(params or {}),
            json=json,
            data=data,
            idempotency_key=idempotency_key,
        )
        sent.content  # noqa: B018  (what is not JSON fails here, as it would on the wire)
        self.requests.append(sent)
        reply = self._answer(sent)
        self.replies.append(reply)
        return deliver(sent, reply)

    def _answer(self, sent: SentRequest) -> Reply:
        if self.fault is not None and self.fault_at in (None, len(self.requests) - 1):
            return self.fault
        fitting = [key for key in self.script if key[0].upper() == sent.method and _fits(key[1], sent)]
        if not fitting:
            _unscripted(sent, self.script)
        answer = self.script[max(fitting, key=lambda key: len(key[1]))]
        scripted = answer(sent) if callable(answer) else answer
        return scripted if isinstance(scripted, Reply) else Reply(body=scripted)


def deliver(sent: SentRequest, reply: Reply) -> HttpReply:
    """The reply as the provider sees it; raises the typed error of everything that is not 2xx or 3xx."""
    if reply.failure == "refused":
        raise ProviderUnavailable(f"{sent} could not connect. Try again later.")
    if reply.failure:
        raise ProviderUnavailable(f"{sent} had no answer in time. Try again later.", uncertain=sent.writes)
    error = error_for_status(
        reply.status, request=str(sent), writes=sent.writes, headers=reply.headers, body=reply.content
    )
    if error is not None:
        raise error
    read = partial(read_json, reply.content, request=str(sent), writes=sent.writes)
    return HttpReply(reply.status, reply.headers, reply.content, read)


def leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """Every (key, plain value) of nested JSON, in order; list items carry their list's key."""
    yield from _leaves("", value)


def _leaves(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(str(name), item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(key, item)
    else:
        yield key, value


def _with_key(headers: Mapping[str, str], idempotency_key: str) -> dict[str, str]:
    return {**headers, "Idempotency-Key": idempotency_key} if idempotency_key else dict(headers)


def _fits(address: str, sent: SentRequest) -> bool:
    if "*" in address:
        pattern = f"*{address}" if address.startswith("/") else address
        return fnmatchcase(sent.url.partition("?")[0], pattern)
    if address in (sent.url, sent.address, sent.path):
        return True
    return address.startswith("/") and sent.path.endswith(address)


def _unscripted(sent: SentRequest, script: Script) -> NoReturn:
    known = ", ".join(f"{method} {path}" for method, path in script) or "nothing"
    pytest.fail(
        f"The provider asked for {sent}, which http_script does not answer (it answers {known}).\n"
        f'  Remedy: add ("{sent.method}", "{sent.path}"): {{…}} to http_script, or correct the request.',
        pytrace=False,
    )
