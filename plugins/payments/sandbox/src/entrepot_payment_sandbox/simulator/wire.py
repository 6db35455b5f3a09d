"""Requests and replies of the simulator's small HTTP server, and the table of its routes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from entrepot_payment_sandbox.simulator.payment import Refused
from entrepot_payment_sandbox.simulator.service import PaymentService


@dataclass(frozen=True)
class Request:
    """Header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object; raises Refused when it is not one, or a form that any web page could send."""
        if self.body and not self.headers.get("content-type", "").startswith("application/json"):
            raise Refused("invalid", "Send JSON with 'Content-Type: application/json'.")
        try:
            values = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise Refused("invalid", "The body must be a JSON object.")
        return values


@dataclass(frozen=True)
class Reply:
    """An answer. ``broken`` closes the connection instead; ``delay_ms`` holds it back; ``about``: a payment's id."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    broken: bool = False
    delay_ms: int = 0
    about: str = ""


View = Callable[..., Reply]
_routes: list[tuple[str, re.Pattern[str], View]] = []


def route(method: str, pattern: str) -> Callable[[View], View]:
    """Register a view ``(service, request, **parts of the path)``; ``<name>`` stands for one part."""

    def register(view: View) -> View:
        regex = re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", pattern))
        _routes.append((method, regex, view))
        return view

    return register


def answer(service: PaymentService, request: Request) -> Reply:
    """The reply of the view that the path belongs to."""
    found = [
        (method, view, match.groupdict()) for method, regex, view in _routes if (match := regex.fullmatch(request.path))
    ]
    if not found:
        return error(404, "not_found", f"There is nothing at {request.path}.")
    for method, view, parts in found:
        if method == request.method:
            return view(service, request, **parts)
    return error(405, "method_not_allowed", f"{request.path} does not answer {request.method}.")


def json_reply(values: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(values).encode())


def error(status: int, code: str, message: str) -> Reply:
    return json_reply({"error": {"code": code, "message": message}}, status)


def redirect(url: str) -> Reply:
    return Reply(303, headers={"Location": url})
