"""Strangers who try codes: after so many that were refused their address has to wait."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Request, Response

from entrepot import web
from entrepot.api import context
from entrepot.api.errors import TooManyGuesses
from entrepot.sdk.errors import EntrepotError
from entrepot.web.rate_limit import RateLimit

REFUSALS, PER_SECONDS = 50, 600
_LIMIT = "entrepot.api.guesses"


def slowed(app: Flask, request: Request, answer: Callable[[], Response]) -> Response:
    """The answer, unless this address was refused too often. Who has an API key is no stranger."""
    if context.client() is not None:
        return answer()
    limit: RateLimit = app.extensions.setdefault(_LIMIT, RateLimit(REFUSALS, per_seconds=PER_SECONDS))
    who, now = request.remote_addr or "", web.runtime().clock.now()
    if limit.is_spent(who, now):
        raise TooManyGuesses
    try:
        return answer()
    except EntrepotError:
        limit.allows(who, now)
        raise
