"""Checks what the shop sends before anything is made of it. Pure but for the look-up of ``localhost``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from entrepot.sdk import Money
from entrepot_payment_sandbox.simulator.loopback import NotLoopback, loopback_target
from entrepot_payment_sandbox.simulator.payment import CAPTURE_METHODS, Refused

_REQUIRED = ("amount", "currency", "reference", "return_url")
_OPTIONAL = {
    "webhook_url": "",
    "capture_method": "automatic",
    "locale": "en",
    "merchant": "",
    "description": "",
}


def checked_order(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a new payment; raises Refused with what is wrong."""
    missing = [name for name in _REQUIRED if not body.get(name)]
    if missing:
        raise Refused("invalid", f"Missing: {', '.join(missing)}.")
    order = {name: body[name] for name in _REQUIRED} | {
        name: body.get(name) or default for name, default in _OPTIONAL.items()
    }
    not_text = [name for name, value in order.items() if name != "amount" and not isinstance(value, str)]
    if not_text:
        raise Refused("invalid", f"Not a text: {', '.join(not_text)}.")
    _check_money(order["amount"], order["currency"])
    _check_choices(order)
    return order


def checked_amount(body: Mapping[str, Any], *, currency: str) -> int:
    """The minor units of a capture or a refund, in the payment's own currency."""
    _check_money(body.get("amount"), body.get("currency"))
    if body["currency"] != currency:
        raise Refused("currency_mismatch", f"The payment is in {currency}, not in {body['currency']}.")
    return int(body["amount"])


def _check_money(amount: Any, currency: Any) -> None:
    try:
        money = Money(amount, currency)
    except ValueError as error:
        raise Refused("invalid", str(error)) from error
    if money.minor <= 0:
        raise Refused("invalid", f"The amount is {money}; it must be above zero.")


def _check_choices(order: Mapping[str, Any]) -> None:
    if order["capture_method"] not in CAPTURE_METHODS:
        raise Refused("invalid", f"capture_method is one of {', '.join(CAPTURE_METHODS)}.")
    if urlsplit(order["return_url"]).scheme not in ("http", "https"):
        raise Refused("invalid", "return_url must start with http:// or https://.")
    if not order["webhook_url"]:
        return
    try:
        loopback_target(order["webhook_url"])
    except NotLoopback as error:
        raise Refused("not_loopback", str(error)) from error
