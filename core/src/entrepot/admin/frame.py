"""The frame of the back office: its blueprint, who may enter a page, and how pages are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import (
    Response,
    current_app,
    flash,
    g,
    get_flashed_messages,
    make_response,
    redirect,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as BaseResponse

from entrepot import web
from entrepot.admin import badge
from entrepot.admin.navigation import Crumb, Group, groups
from entrepot.admin.waiting import Waiting, waiting, waiting_columns
from entrepot.admin.words import catalogues, moment, who, word
from entrepot.markets.queries import StoreMissing, StoreView, known_store
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.web import PUBLIC
from entrepot.staff.queries import StaffView, signed_in
from entrepot.staff.rules import ANY_STAFF
from entrepot.theming.facade import Theming
from entrepot.web import i18n, languages
from entrepot.web.errors import message_of
from entrepot.web.i18n import gettext as _
from entrepot.web.security import mark_private

Answer = Response | BaseResponse


@dataclass(frozen=True)
class Frame:
    """What surrounds every page. ``staff`` is None on the page where one signs in."""

    shop_name: str
    staff: StaffView | None
    groups: tuple[Group, ...] = ()
    waiting: Waiting = Waiting()
    safe_mode_reason: str = ""
    time_zone: str = "UTC"


def gate() -> Answer | None:
    """Let through who may; deny by default."""
    return admit(getattr(current_app.view_functions[str(request.endpoint)], "permission", None))


def admit(permission: str | None) -> Answer | None:
    """None for somebody who may see a page that asks for this permission, else the answer to give instead."""
    mark_private()
    g.pop("admin_frame", None)
    g.staff = _who()
    languages.speak(g.staff.locale if g.staff else _wanted_locale(), catalogues())
    if permission == PUBLIC:
        return None
    if g.staff is None:
        return _to_sign_in()
    return None if permission and g.staff.may(permission) else _forbidden(permission or "")


def staff() -> StaffView:
    """Who is at the desk; only behind the gate."""
    member: StaffView = g.staff
    return member


def page(template: str, *, title: str, trail: tuple[Crumb, ...] = (), status: int = 200, **context: Any) -> Response:
    """A page inside the frame. Whatever it needs was read before."""
    theming: Theming = current_app.extensions["entrepot.theming"]
    values = {**surroundings(), "title": title, "trail": trail, **context}
    return make_response(theming.render(template, **values), status)


def surroundings() -> dict[str, Any]:
    """What every template of the back office gets, those of plugins included."""
    return {
        "frame": frame(),
        "messages": _messages(),
        "word": word,
        "who": who,
        "moment": moment,
        "title": "",
        "trail": (),
    }


def frame() -> Frame:
    if "admin_frame" not in g:
        g.admin_frame = _build(g.get("staff"))
    found: Frame = g.admin_frame
    return found


def say(message: str, level: str = "done") -> None:
    """A sentence for the next page: "done", "note" or "wrong"."""
    flash(message, f"admin.{level}")


def missing(what: str) -> Response:
    """The answer about something that is not there."""
    return problem(_("Not found"), what, status=404)


def problem(title: str, message: str, *, status: int) -> Response:
    """A page that says what is wrong and what to do."""
    return page("admin/problem.html", title=title, message=message, status=status)


def form_expired(_error: CSRFError) -> Answer:
    message = _("This form was open for too long. Go back, reload the page and send it again.")
    return admit(ANY_STAFF) or problem(_("The form has expired"), message, status=400)


def explained(error: EntrepotError) -> Answer:
    """The page of an error that no view has answered."""
    return problem(_("This could not be done"), message_of(error), status=400)


def nothing_there() -> Response:
    return missing(_("There is nothing at this address. Use the search or the navigation."))


def _forbidden(permission: str) -> Response:
    message = _("This page asks for the permission “%(permission)s”. Ask a colleague who may manage staff for it.")
    return problem(_("Not allowed"), message % {"permission": permission or "?"}, status=403)


def _build(member: StaffView | None) -> Frame:
    runtime = web.runtime()
    store = _store()
    if member is None:
        return Frame(shop_name=store.name if store else "entrepot", staff=None)
    return Frame(
        shop_name=store.name if store else "entrepot",
        staff=member,
        groups=groups(runtime, member, request.path),
        waiting=g.waiting,
        safe_mode_reason=runtime.registry.safe_mode_reason,
        time_zone=str(store.settings.get("time_zone") or "UTC") if store else "UTC",
    )


def _store() -> StoreView | None:
    try:
        return known_store()
    except StoreMissing:
        return None


def _messages() -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = list(get_flashed_messages(with_categories=True))  # type: ignore[arg-type]
    return tuple((level.removeprefix("admin."), text) for level, text in found if level.startswith("admin."))


def _who() -> StaffView | None:
    """Whose badge the browser shows; reads what waits for this person in the same query."""
    runtime = web.runtime()
    shown = badge.read(request, runtime.settings)
    found = signed_in(shown.staff_id, shown.version, *waiting_columns()) if shown else None
    if found is None:
        return None
    member, row = found
    g.waiting = waiting(row, member, len(runtime.registry.failed))
    return member


def _to_sign_in() -> Answer:
    if request.method != "GET":
        say(_("You were signed out. Sign in and send the form again."), "note")
        return redirect(url_for("admin.sign_in"), 303)
    return redirect(url_for("admin.sign_in", next=request.full_path.rstrip("?")), 303)


def _wanted_locale() -> str:
    return i18n.negotiate(request.headers.get("Accept-Language"), i18n.LOCALES)


__all__ = ["ANY_STAFF", "PUBLIC", "Answer", "Crumb", "missing", "page", "say", "staff"]
