"""Sessions in signed cookies, as Flask has them; the signer is made once and not anew for every request."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class Sessions(SecureCookieSessionInterface):
    """Flask's own, with the signers of the keys in use kept."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        fallbacks = app.config["SECRET_KEY_FALLBACKS"]
        return self._signer(app, app.secret_key, tuple(fallbacks or ()))

    @lru_cache(maxsize=4)  # noqa: B019  # there is one of it per application
    def _signer(
        self, app: Flask, key: str | bytes | None, fallbacks: tuple[str | bytes, ...]
    ) -> URLSafeTimedSerializer | None:
        return super().get_signing_serializer(app)


def install(app: Flask) -> None:
    app.session_interface = Sessions()
