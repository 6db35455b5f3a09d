"""Signing in and out."""

from __future__ import annotations

from flask import Response, redirect, request, session, url_for

from entrepot import web
from entrepot.admin import badge
from entrepot.admin.carrying_out import explained
from entrepot.admin.frame import Answer, page, staff
from entrepot.staff import service
from entrepot.web.i18n import gettext as _


def sign_in() -> Answer:
    return _form()


def do_sign_in() -> Answer:
    runtime = web.runtime()
    try:
        signed_in = service.sign_in(
            runtime, email=request.form.get("email", ""), password=request.form.get("password", "")
        )
    except service.SignInLocked as error:
        return _form(explained(error), status=429)
    except service.StaffError as error:
        return _form(explained(error), status=401)
    session.pop("csrf_token", None)  # a token that somebody may have planted before is worth nothing now
    response = redirect(badge.own_page(request.form.get("next", "")), 303)
    badge.issue(response, runtime.settings, signed_in)
    return response


def sign_out() -> Answer:
    if request.form.get("everywhere"):
        service.sign_out_everywhere(web.runtime(), staff_id=staff().id)
    session.pop("csrf_token", None)
    response = redirect(url_for("admin.sign_in"), 303)
    badge.take_back(response)
    return response


def _form(message: str = "", status: int = 200) -> Response:
    return page(
        "admin/sign_in.html",
        title=_("Sign in"),
        status=status,
        message=message,
        email=request.form.get("email", ""),
        next=request.values.get("next", ""),
    )
