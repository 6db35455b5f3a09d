"""The badge of somebody signed in: a signed cookie of the back office alone, apart from the shop's session."""

from __future__ import annotations

from datetime import timedelta

from flask import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from entrepot.settings import Settings
from entrepot.staff.service import SignedIn
from entrepot.web.next_page import safe_next

COOKIE = "entrepot_staff"
PATH = "/admin"
_HOME = "/admin/"
VALID_FOR = timedelta(hours=12)


def issue(response: Response, settings: Settings, signed_in: SignedIn) -> None:
    """Give out a new badge; nothing that the browser brought along goes into it, so no session can be planted."""
    response.set_cookie(
        COOKIE,
        _serializer(settings).dumps([signed_in.staff_id, signed_in.version]),
        max_age=VALID_FOR,
        path=PATH,
        httponly=True,
        secure=settings.base_url.startswith("https://"),
        samesite="Lax",
    )


def take_back(response: Response) -> None:
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="Lax")


def read(request: Request, settings: Settings) -> SignedIn | None:
    """What the badge says, if it is ours and not too old."""
    try:
        staff_id, version = _serializer(settings).loads(
            request.cookies.get(COOKIE, ""), max_age=int(VALID_FOR.total_seconds())
        )
    except (BadSignature, TypeError, ValueError):
        return None
    return SignedIn(staff_id, version)


def own_page(target: str) -> str:
    """The address to go to after signing in, when it is one of the back office's own; else its first page."""
    path = safe_next(target, _HOME)
    return path if path.startswith(_HOME) else _HOME


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.require_secret_key(), salt="entrepot.admin.badge")
