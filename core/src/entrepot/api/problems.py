"""Errors as RFC 9457 problems: every error that people may read has a type, a status and its own sentence."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException, default_exceptions

from entrepot.api.errors import (
    ApiError,
    FieldsInvalid,
    KeyNeeded,
    KeyRefused,
    KeyReused,
    NotFound,
    NotJson,
    ScopeMissing,
    Stale,
    StillUnderWay,
    TooManyGuesses,
)
from entrepot.api.paging import CursorInvalid
from entrepot.checkout import errors as checkout
from entrepot.engine.accounts import AccountMissing
from entrepot.inventory.adjusting import StockMovedMeanwhile
from entrepot.inventory.allocation import OutOfStock
from entrepot.inventory.stock import StockPromised
from entrepot.kernel.ids import new_token
from entrepot.markets.queries import StoreMissing
from entrepot.orders import errors as orders
from entrepot.payments import errors as payments
from entrepot.pricing.definitions import PromotionInvalid
from entrepot.pricing.fx import ConversionImpossible, RateInvalid
from entrepot.sdk.errors import EntrepotError, ProviderError, ProviderRejected
from entrepot.webhooks.rules import EndpointRefused
from entrepot.webhooks.service import EndpointMissing

MEDIA_TYPE = "application/problem+json"
_KEPT_HEADERS = ("Allow", "Retry-After", "Content-Range")
_TYPES = "/api/v1/docs#problem-"
_PLAIN_STATUSES = (400, 404, 405, 413, 415, 422)
_log = logging.getLogger(__name__)

#: What is not listed has the status of its class, and 422 without one: understood, but not possible as it was sent.
_STATUS: dict[type[EntrepotError], int] = {
    checkout.CheckoutError: 422,
    checkout.CartMissing: 404,
    orders.OrderNotFound: 404,
    payments.AttemptNotFound: 404,
    EndpointMissing: 404,
    CursorInvalid: 400,
    checkout.AlreadyOrdered: 409,
    checkout.CartEmpty: 409,
    checkout.ChoiceGone: 409,
    checkout.NotDelivered: 409,
    checkout.NotEnough: 409,
    checkout.NotSold: 409,
    checkout.TotalChanged: 409,
    checkout.DueChanged: 409,
    orders.NotAllowed: 409,
    payments.PaymentError: 409,
    payments.KeyReused: 422,
    payments.CaptureTooLarge: 422,
    payments.RefundTooLarge: 422,
    payments.MethodNotAvailable: 422,
    OutOfStock: 409,
    StockPromised: 409,
    StockMovedMeanwhile: 409,
    StoreMissing: 503,
    ProviderRejected: 422,
    ProviderError: 503,
}
#: Names that clients compare; where the class's own name would not do.
_NAMES: dict[type[EntrepotError], str] = {
    checkout.NotEnough: "insufficient-stock",
    OutOfStock: "insufficient-stock",
    StockPromised: "below-promised",
    checkout.KeyReused: "key-reused",
    payments.KeyReused: "key-reused",
}
TYPES: tuple[type[EntrepotError], ...] = (
    *_STATUS, checkout.InvalidFields, checkout.InvalidQuantity, checkout.KeyReused, checkout.QuoteTampered,
    orders.OrderError, PromotionInvalid, ConversionImpossible, RateInvalid, AccountMissing, NotFound, FieldsInvalid,
    KeyNeeded, ScopeMissing, Stale, NotJson, KeyReused, KeyRefused, StillUnderWay, TooManyGuesses, EndpointRefused,
)  # fmt: skip


def _anchor(name: str) -> str:
    return re.sub(r"[^a-z]+", "-", name.lower()).strip("-")


#: name -> (status, title) of problems that are no error of ours.
PLAIN_TYPES = {
    **{_anchor(cls().name): (code, cls().name) for code, cls in default_exceptions.items() if code in _PLAIN_STATUSES},
    "unknown-code": (422, "Unknown code"),
    "our-fault": (500, "Something went wrong"),
}


def problem(status: int, name: str, title: str, detail: str, headers: Mapping[str, str], **more: Any) -> Response:
    """The answer that describes what went wrong."""
    extra = {key: value for key, value in more.items() if value is not None}
    body = {"type": f"{_TYPES}{name}", "title": title, "status": status, "detail": detail, **extra}
    response = Response(json.dumps(body, ensure_ascii=False), status, content_type=MEDIA_TYPE)
    response.headers.update(headers)
    return response


def of_error(error: EntrepotError, *, is_staff: bool) -> Response:
    """The problem that an error means. What providers say about our credentials is for staff only."""
    detail = str(error)
    if isinstance(error, ProviderError) and not isinstance(error, ProviderRejected) and not is_staff:
        _log.warning("A provider failed: %s", error)
        detail = "A provider that this needs does not answer as it should. Try again in a few minutes."
    status = status_of(error)
    headers = getattr(error, "headers", {}) if isinstance(error, ApiError) else {}
    wait = {"Retry-After": "30"} if status == 503 else {}
    more = {"errors": _errors(error), **_facts(error)}
    return problem(status, name_of(type(error)), title_of(type(error)), detail, {**headers, **wait}, **more)


def of_http(error: HTTPException) -> Response:
    """The problem that an HTTP error means; a 405 keeps its Allow."""
    status = error.code or 500
    headers = dict(error.get_headers())
    kept: dict[str, str] = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    messages = getattr(error, "data", {}).get("messages")
    detail = "Some fields need your attention; 'errors' names them." if messages else str(error.description)
    return problem(status, _anchor(error.name), error.name, detail, kept, errors=_plain(messages))


def our_fault(error: Exception, where: str) -> Response:
    """What nobody expected: the log has it under the reference."""
    reference = new_token()[:8]
    _log.error("Error %s at %s", reference, where, exc_info=error)
    detail = f"That is our fault, and it has been written down as {reference}. Repeat the request with the same key."
    return problem(500, "our-fault", "Something went wrong", detail, {}, reference=reference)


def status_of(error: EntrepotError | type[EntrepotError]) -> int:
    cls = error if isinstance(error, type) else type(error)
    if issubclass(cls, ApiError):
        return cls.status
    own = cls.status if cls.status != EntrepotError.status else 422
    return next((_STATUS[base] for base in cls.__mro__ if base in _STATUS), own)


def name_of(cls: type[EntrepotError]) -> str:
    """``TotalChanged`` is ``total-changed``."""
    return _NAMES.get(cls) or re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()


def title_of(cls: type[EntrepotError]) -> str:
    return name_of(cls).replace("-", " ").capitalize()


def _errors(error: EntrepotError) -> Mapping[str, Any] | None:
    fields = getattr(error, "fields", None) if not isinstance(error, ApiError) else error.errors
    return _plain(fields) if fields else None


def _plain(messages: Any) -> dict[str, Any] | None:
    """Messages in the one form {field: [text]}; webargs puts them below their location."""
    if not isinstance(messages, Mapping):
        return None
    flat = messages.get("json", messages.get("query", messages.get("files", messages)))
    flat = flat if isinstance(flat, Mapping) else {"body": flat}
    return {str(field): [text] if isinstance(text, str) else text for field, text in flat.items()}


def _facts(error: EntrepotError) -> dict[str, Any]:
    """What a client needs to go on without reading the sentence."""
    if isinstance(error, checkout.TotalChanged):
        total = error.quote.total
        return {"quote": error.quote.id, "total": {"amount": str(total.decimal), "currency": total.currency}}
    if isinstance(error, checkout.AlreadyOrdered):
        return {"order": error.number}
    found = {name: getattr(error, name, None) for name in ("sku", "available", "promised")}
    return {name: value for name, value in found.items() if value is not None}
