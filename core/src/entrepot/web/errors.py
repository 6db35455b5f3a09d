"""What a visitor reads when something is not there, not allowed, or went wrong: what happened, and what to do."""

from __future__ import annotations

import logging
from html import escape

from flask import Flask, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from entrepot.kernel.ids import new_token
from entrepot.kernel.records import dataclass
from entrepot.kernel.texts import N_
from entrepot.markets.queries import StoreMissing
from entrepot.sdk.errors import EntrepotError, ProviderError
from entrepot.web import i18n, languages
from entrepot.web.frame import render
from entrepot.web.i18n import gettext as _
from entrepot.web.security import mark_private
from entrepot.web.visitor import visitor

_log = logging.getLogger(__name__)

Answer = tuple[str, int]


@dataclass(frozen=True)
class ErrorPage:
    """``reference`` is what a buyer can quote to the merchant, who finds it in the log."""

    status: int
    title: str
    message: str
    reference: str = ""


#: Texts per status; every other one reads as "cannot be carried out".
_TEXTS = {
    403: (N_("Not allowed"), N_("This page is not for you. Go back and try another way.")),
    404: (N_("Page not found"), N_("There is nothing at this address. Search for what you need, or start at the top.")),
    405: (N_("Not possible this way"), N_("This address takes forms only. Go back and use the form.")),
    413: (N_("Too large"), N_("What was sent is too large. Send less at once.")),
    429: (N_("Too many tries"), N_("That was too often in a short time. Wait a few minutes, then try again.")),
    500: (
        N_("Something went wrong"),
        N_("That is our fault, and it has been written down. Nothing was charged twice. Try again in a minute."),
    ),
    503: (N_("Not available at the moment"), N_("We cannot do this right now. Try again in a few minutes.")),
}
_OTHER = (N_("This could not be done"), N_("The request could not be carried out. Go back and try again."))


def install(app: Flask) -> None:
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(EntrepotError, explained)
    if not app.debug:
        app.register_error_handler(InternalServerError, _our_fault)


def message_of(error: EntrepotError) -> str:
    """The error's sentence in the reader's language."""
    template = i18n.gettext(error.template) if error.template else str(error)
    return template.format(**error.values) if error.values else template


def _form_expired(_error: CSRFError) -> Answer:
    _speak()
    message = _("This form was open for too long or was sent twice. Go back, reload the page and send it again.")
    return _page(400, _("The form has expired"), message)


def _http_error(error: HTTPException) -> Answer | HTTPException:
    if error.code is None or error.code < 400:
        return error
    _speak()
    title, message = _TEXTS.get(error.code, _OTHER)
    return _page(error.code, i18n.gettext(title), i18n.gettext(message))


def explained(error: EntrepotError) -> Answer:
    """The page of an error that no view has answered."""
    status = error.status
    if isinstance(error, StoreMissing):
        return _bare(ErrorPage(503, "This shop is not set up yet", str(error)))
    _speak()
    title, general = _TEXTS.get(status, _OTHER)
    # A provider's words may be about us; the buyer gets ours, the log has theirs.
    if isinstance(error, ProviderError):
        _log.warning("%s %s: %s", request.method, request.path, error)
    message = i18n.gettext(general) if isinstance(error, ProviderError) else message_of(error)
    return _page(status, i18n.gettext(title), message)


def _our_fault(error: InternalServerError) -> Answer:
    _speak()
    reference = new_token()[:8]
    _log.error("Error %s at %s %s", reference, request.method, request.path, exc_info=error.original_exception)
    title, message = _TEXTS[500]
    return _page(500, i18n.gettext(title), i18n.gettext(message), reference)


def _speak() -> None:
    """The reader's language, which views of other families have not chosen; English where nobody can say."""
    try:
        languages.speak(visitor().locale)
    except Exception:
        _log.exception("The reader's language is not known")


def _page(status: int, title: str, message: str, reference: str = "") -> Answer:
    page = ErrorPage(status, title, message, reference)
    mark_private()
    try:
        return render("error.html", error=page), status
    except Exception:  # without a database or with a broken theme there is still an answer
        _log.exception("The error page could not be drawn")
        return _bare(page)


def _bare(page: ErrorPage) -> Answer:
    reference = f"<p>{escape(page.reference)}</p>" if page.reference else ""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(page.title)}</title><h1>{escape(page.title)}</h1><p>{escape(page.message)}</p>{reference}"
    ), page.status
