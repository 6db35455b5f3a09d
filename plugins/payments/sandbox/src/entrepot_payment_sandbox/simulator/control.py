"""The control interface under ``/control``: tests and curious people set faults and read what was delivered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from entrepot_payment_sandbox.simulator.faults import UnknownFault
from entrepot_payment_sandbox.simulator.payment import Refused
from entrepot_payment_sandbox.simulator.service import PaymentService
from entrepot_payment_sandbox.simulator.wire import Reply, Request, error, json_reply, route


@route("GET", "/control")
def state(service: PaymentService, request: Request) -> Reply:
    """The switches that are on for everybody."""
    return json_reply({"faults": service.faults_of().switched_on})


@route("POST", "/control")
def configure(service: PaymentService, request: Request) -> Reply:
    """Replace switches (of one payment when ``payment`` names it) and signing secrets. ``{"faults": {}}``: all off."""
    try:
        wishes = request.json
        if "faults" in wishes:
            service.set_faults(_mapping(wishes["faults"]), str(wishes.get("payment", "")))
        if "webhook_secrets" in wishes:
            service.store.set_setting("webhook_secrets", _texts(wishes["webhook_secrets"]))
    except (Refused, UnknownFault) as refusal:
        return error(422, "invalid", str(refusal))
    return state(service, request)


@route("GET", "/control/deliveries")
def deliveries(service: PaymentService, request: Request) -> Reply:
    """Every webhook in the order of its making, of all payments or of ``?payment=``."""
    log = service.store.deliveries(payment_id=request.query.get("payment", ""))
    return json_reply({"deliveries": [asdict(delivery) for delivery in log]})


@route("POST", "/control/release")
def release(service: PaymentService, request: Request) -> Reply:
    """Send webhooks that are held back, of all payments or of ``payment``."""
    try:
        service.release(str(request.json.get("payment", "")))
    except Refused as refusal:
        return error(422, "invalid", str(refusal))
    return json_reply({})


@route("POST", "/control/arrive")
def arrive(service: PaymentService, request: Request) -> Reply:
    """The bank transfer of ``payment`` arrives now."""
    try:
        service.arrive(str(request.json.get("payment", "")))
    except Refused as refusal:
        return error(422, "invalid", str(refusal))
    return json_reply({})


@route("POST", "/control/authorize")
def authorize(service: PaymentService, request: Request) -> Reply:
    """The bank reserves ``amount`` for ``payment``, less or more than was asked for."""
    return _moved(service, request, service.authorize)


@route("POST", "/control/refund")
def refund(service: PaymentService, request: Request) -> Reply:
    """The merchant gives ``amount`` of ``payment`` back on the service's own site: the shop learns of it by webhook."""
    return _moved(service, request, lambda payment_id, amount: service.refund(payment_id, amount, "On our own site"))


@route("POST", "/control/dispute")
def dispute(service: PaymentService, request: Request) -> Reply:
    """``status``: "opened" (over ``amount``, or all that was taken), "won" or "lost"."""
    try:
        wishes = request.json
        payment_id, status = str(wishes.get("payment", "")), wishes.get("status", "opened")
        if status == "opened":
            amount = _minor_units(wishes["amount"]) if "amount" in wishes else None
            service.dispute(payment_id, amount, str(wishes.get("reason", "Not received")))
        elif status in ("won", "lost"):
            service.judge(payment_id, status)
        else:
            raise Refused("invalid", f'"status" is opened, won or lost, not {status!r}.')
    except Refused as refusal:
        return error(422, "invalid", str(refusal))
    service.send_news(payment_id)
    return json_reply({})


def _moved(service: PaymentService, request: Request, move: Callable[[str, int], object]) -> Reply:
    try:
        payment_id = str(request.json.get("payment", ""))
        move(payment_id, _minor_units(request.json.get("amount")))
    except Refused as refusal:
        return error(422, "invalid", str(refusal))
    service.send_news(payment_id)
    return json_reply({})


def _minor_units(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refused("invalid", f'"amount" must be a whole number of minor units, not {value!r}.')
    return value


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise UnknownFault('"faults" must be an object such as {"decline": true}.')
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(text, str) and text for text in value):
        raise Refused("invalid", '"webhook_secrets" must be a list of texts, the newest first.')
    return value
