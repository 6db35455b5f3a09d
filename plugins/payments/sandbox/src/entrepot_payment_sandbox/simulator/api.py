"""The REST interface under ``/v1``: what a payment service offers to shops."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from entrepot_payment_sandbox.simulator.answers import refund_view
from entrepot_payment_sandbox.simulator.faults import UnknownFault, read_fault_header
from entrepot_payment_sandbox.simulator.orders import checked_amount, checked_order
from entrepot_payment_sandbox.simulator.payment import Payment, Refused
from entrepot_payment_sandbox.simulator.service import PaymentService
from entrepot_payment_sandbox.simulator.wire import Reply, Request, View, error, json_reply, route

_STATUSES = {"not_found": 404, "idempotency_conflict": 409, "wrong_status": 409}
_GARBAGE = Reply(200, b"<html>This is not what you were promised", "text/html")
_INTERNAL = error(500, "internal", "Something went wrong on our side.")


def _api(view: View) -> View:
    """Authenticate, answer refusals, and misbehave as the switches say."""

    @wraps(view)
    def guarded(service: PaymentService, request: Request, **parts: str) -> Reply:
        if not _is_authorized(service, request):
            return error(401, "unauthorized", "The API key is wrong. Send it as 'Authorization: Bearer KEY'.")
        try:
            if service.strikes("error_500", _payment(service, parts.get("payment_id", ""))):
                return _INTERNAL
            reply = view(service, request, **parts)
        except Refused as refusal:
            return error(_STATUSES.get(refusal.code, 422), refusal.code, str(refusal))
        except UnknownFault as unknown:
            return error(422, "unknown_fault", str(unknown))
        return _spoilt(service, reply, _payment(service, parts.get("payment_id") or reply.about))

    return guarded


@route("GET", "/v1/account")
@_api
def account(service: PaymentService, request: Request) -> Reply:
    return json_reply({"id": "acct_sandbox", "name": "Sandbox payments"})


@route("POST", "/v1/payments")
@_api
def create(service: PaymentService, request: Request) -> Reply:
    """Same key and same body: the same payment as before."""
    order = checked_order(request.json)
    faults = read_fault_header(request.headers.get("sandbox-fault", ""))

    def act() -> dict[str, Any]:
        return service.view(service.create(order, faults))

    reply = _once(service, request, act)
    created = service.store.payment(json.loads(reply.body)["id"])
    if "error_500" in created.faults and service.strikes("error_500", created):
        return replace(_INTERNAL, about=created.id)
    return replace(reply, about=created.id)


@route("GET", "/v1/payments/<payment_id>")
@_api
def show(service: PaymentService, request: Request, payment_id: str) -> Reply:
    return json_reply(service.view(service.store.payment(payment_id)))


@route("POST", "/v1/payments/<payment_id>/capture")
@_api
def capture(service: PaymentService, request: Request, payment_id: str) -> Reply:
    def act() -> dict[str, Any]:
        amount = _amount(service, request, payment_id) if "amount" in request.json else None
        return service.view(service.capture(payment_id, amount))

    return _money_moved(service, payment_id, _once(service, request, act))


@route("POST", "/v1/payments/<payment_id>/void")
@_api
def void(service: PaymentService, request: Request, payment_id: str) -> Reply:
    reply = _once(service, request, lambda: service.view(service.void(payment_id)))
    service.send_news(payment_id)
    return reply


@route("POST", "/v1/payments/<payment_id>/refunds")
@_api
def refund(service: PaymentService, request: Request, payment_id: str) -> Reply:
    def act() -> dict[str, Any]:
        amount = _amount(service, request, payment_id)
        made = service.refund(payment_id, amount, str(request.json.get("reason", "")))
        return refund_view(made, service.store.payment(payment_id).currency)

    return _money_moved(service, payment_id, _once(service, request, act))


def _is_authorized(service: PaymentService, request: Request) -> bool:
    expected = f"Bearer {service.store.setting('api_key', '')}"
    return hmac.compare_digest(request.headers.get("authorization", "").encode(), expected.encode())


def _payment(service: PaymentService, payment_id: str) -> Payment | None:
    return service.store.payment(payment_id) if payment_id else None


def _once(service: PaymentService, request: Request, act: Callable[[], dict[str, Any]]) -> Reply:
    """Act once per Idempotency-Key; a repetition gets the first answer."""
    key = request.headers.get("idempotency-key", "")
    store = service.store
    with store.transaction():
        known = store.answer_to(request.path, key, request.body) if key else None
        if known is not None:
            return json_reply(known)
        made = act()
        if key:
            store.keep_answer(request.path, key, request.body, made)
    return json_reply(made)


def _amount(service: PaymentService, request: Request, payment_id: str) -> int:
    return checked_amount(request.json, currency=service.store.payment(payment_id).currency)


def _money_moved(service: PaymentService, payment_id: str, reply: Reply) -> Reply:
    """Send the webhooks; then break the connection when that fault is on."""
    service.send_news(payment_id)
    if service.strikes("timeout_after_capture", service.store.payment(payment_id)):
        return replace(reply, broken=True)
    return reply


def _spoilt(service: PaymentService, reply: Reply, payment: Payment | None) -> Reply:
    """Slow or unreadable, when these faults are on."""
    if reply.status == 200 and service.strikes("garbage", payment):
        reply = replace(_GARBAGE, broken=reply.broken)
    return replace(reply, delay_ms=service.faults_of(payment).slow)
