"""The hosted payment page: what the buyer sees. No script; in English, German and simplified Chinese."""

from __future__ import annotations

from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from babel.core import Locale
from babel.numbers import format_currency
from jinja2 import Environment, PackageLoader, StrictUndefined

from entrepot.sdk import Money
from entrepot_payment_sandbox.simulator.faults import Faults, UnknownFault, read_faults
from entrepot_payment_sandbox.simulator.payment import UNDECIDED, Payment, Refused
from entrepot_payment_sandbox.simulator.qr import picture
from entrepot_payment_sandbox.simulator.service import PaymentService
from entrepot_payment_sandbox.simulator.wire import Reply, Request, redirect, route
from entrepot_payment_sandbox.texts import TEXTS

#: Methods that lead to a second page, where the buyer confirms.
_CONFIRMED = ("card_3ds", "wallet", "qr")
_ARRIVES_AFTER_S = 10


@route("GET", "/")
def home(service: PaymentService, request: Request) -> Reply:
    """The latest payments, for whoever runs the simulator."""
    return _page("home.html", request, "en", payments=service.store.latest_payments())


@route("GET", "/style.css")
def style(service: PaymentService, request: Request) -> Reply:
    return Reply(body=_style(), content_type="text/css; charset=utf-8")


@route("GET", "/pay/<payment_id>")
def show(service: PaymentService, request: Request, payment_id: str) -> Reply:
    payment = _found(service, payment_id)
    if payment is None:
        return _page("missing.html", request, "en", status=404)
    return _payment_page(service, request, payment)


@route("POST", "/pay/<payment_id>")
def act(service: PaymentService, request: Request, payment_id: str) -> Reply:
    """One of the buttons: pay, authorize, decline, cancel. On a decided payment it only leads back to the shop."""
    payment = _found(service, payment_id)
    if payment is None:
        return _page("missing.html", request, "en", status=404)
    if payment.status != "open":
        return redirect(payment.return_url)
    form = request.form
    try:
        faults = _ticked_faults(form, service.faults_of(payment))
        payment = service.choose(payment_id, form.get("method", "card"), faults)
        return _pressed(service, request, payment)
    except (Refused, UnknownFault) as refusal:
        return _payment_page(service, request, payment, problem=str(refusal), status=422)


@route("GET", "/pay/<payment_id>/confirm")
def ask(service: PaymentService, request: Request, payment_id: str) -> Reply:
    """The page of the bank, the wallet or the phone."""
    payment = _found(service, payment_id)
    if payment is None or payment.method not in _CONFIRMED:
        return _page("missing.html", request, "en", status=404)
    if payment.status != "open":
        return _payment_page(service, request, payment)
    return _page("confirm.html", request, payment.locale, payment=payment, qr=picture(payment.id))


@route("POST", "/pay/<payment_id>/confirm")
def confirm(service: PaymentService, request: Request, payment_id: str) -> Reply:
    payment = _found(service, payment_id)
    if payment is None or payment.method not in _CONFIRMED:
        return _page("missing.html", request, "en", status=404)
    agreed = request.form.get("action") == "confirm"
    return _back(service, service.pay(payment_id) if agreed else service.decline(payment_id))


def _pressed(service: PaymentService, request: Request, payment: Payment) -> Reply:
    action = request.form.get("action")
    if action == "cancel":
        return _back(service, service.cancel(payment.id))
    if action == "decline":
        return _back(service, service.decline(payment.id))
    if action not in ("pay", "authorize"):
        raise Refused("unknown_action", "Press one of the buttons.")
    if payment.method in _CONFIRMED:
        language = {"locale": request.query["locale"]} if "locale" in request.query else {}
        return redirect(f"/pay/{payment.id}/confirm?{urlencode(language)}")
    if payment.method == "bank_transfer":
        after_s = _seconds(request.form.get("arrives_after", ""))
        return _back(service, service.promise_transfer(payment.id, after_s=after_s))
    return _back(service, service.pay(payment.id))


def _back(service: PaymentService, payment: Payment) -> Reply:
    """To the shop, with the news on its way."""
    service.send_news(payment.id)
    return redirect(payment.return_url)


def _payment_page(
    service: PaymentService, request: Request, payment: Payment, *, problem: str = "", status: int = 200
) -> Reply:
    return _page(
        "pay.html" if payment.status == "open" else "decided.html",
        request,
        payment.locale,
        status=status,
        payment=payment,
        problem=problem,
        faults=asdict(service.faults_of(payment)),
        arrives_after=_ARRIVES_AFTER_S,
        undecided=payment.status in UNDECIDED,
    )


def _page(template: str, request: Request, locale: str, *, status: int = 200, **values: Any) -> Reply:
    language = TEXTS.nearest(request.query.get("locale") or locale)
    payment = values.get("payment")
    html = (
        _environment()
        .get_template(template)
        .render(
            _=TEXTS.of(language).gettext,
            lang=language.replace("_", "-"),
            path=request.path,
            money=lambda minor, currency: _money(minor, currency, language),
            **values,
        )
    )
    headers = {"Content-Security-Policy": _policy(payment.return_url if payment else "")}
    return Reply(status, html.encode(), "text/html; charset=utf-8", headers)


def _policy(return_url: str) -> str:
    """Nothing from elsewhere; forms may lead back to the shop."""
    shop = urlsplit(return_url)
    targets = f"'self' {shop.scheme}://{shop.netloc}" if shop.netloc else "'self'"
    return f"default-src 'none'; style-src 'self'; form-action {targets}; frame-ancestors 'none'"


def _money(minor: int, currency: str, language: str) -> str:
    return format_currency(Money(minor, currency).decimal, currency, locale=Locale.parse(language))


def _ticked_faults(form: dict[str, str], before: Faults) -> dict[str, Any]:
    """Switches that were changed on the page; none when the form came without them."""
    if "faults" not in form:
        return {}
    shown = [field for field in fields(Faults) if f"fault_{field.name}" in form or isinstance(field.default, bool)]
    wished = read_faults(
        {
            field.name: f"fault_{field.name}" in form
            if isinstance(field.default, bool)
            else form[f"fault_{field.name}"]
            for field in shown
        }
    )
    values = {field.name: getattr(wished, field.name) for field in shown}
    return {name: value for name, value in values.items() if value != getattr(before, name)}


def _seconds(text: str) -> int | None:
    """How long a bank transfer takes; None when only POST /control/arrive brings it."""
    return min(int(text), 3_600) if text.isascii() and text.isdigit() else None


def _found(service: PaymentService, payment_id: str) -> Payment | None:
    try:
        return service.store.payment(payment_id)
    except Refused:
        return None


@cache
def _environment() -> Environment:
    loader = PackageLoader("entrepot_payment_sandbox.simulator")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def _style() -> bytes:
    return (Path(__file__).parent / "templates" / "style.css").read_bytes()
