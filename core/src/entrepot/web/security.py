"""Headers and cookies that keep a page from being misused: what it may load, who may frame it, what it tells others."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, g

from entrepot.settings import Settings

#: Everything comes from this shop; scripts and styles are files, so that no page needs an exception.
POLICY: Mapping[str, tuple[str, ...]] = {
    "default-src": ("'self'",),
    "base-uri": ("'none'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
    "img-src": ("'self'", "data:"),
    "object-src": ("'none'",),
}
_HSTS = "max-age=31536000"
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow"}
#: Pages differ by cookie; a shared cache must not give one visitor's page to another.
_PAGE = {"Cache-Control": "private, no-cache"}


def install(app: Flask, settings: Settings) -> None:
    """Set headers on every answer, and Flask's own cookies to the same care as ours."""
    https = settings.base_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
    )
    fixed = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        **({"Strict-Transport-Security": _HSTS} if https else {}),
    }

    plain_policy = content_policy({})

    @app.after_request
    def add_headers(response: Response) -> Response:
        private = _PRIVATE if g.get("page_is_private") else _PAGE if response.mimetype == "text/html" else {}
        set_already = {name.lower() for name, _ in response.headers}
        for name, value in private.items():
            response.headers[name] = value
        for name, value in fixed.items():
            if name.lower() not in set_already and name not in private:
                response.headers.add(name, value)
        if "content-security-policy" not in set_already:
            additions = g.get("policy_additions")
            response.headers.add("Content-Security-Policy", content_policy(additions) if additions else plain_policy)
        return response


def content_policy(additions: Mapping[str, tuple[str, ...]]) -> str:
    """The policy with more sources per directive; a directive can be widened, none can be dropped."""
    names = dict.fromkeys((*POLICY, *additions))
    merged = {name: _merged(POLICY.get(name, ()), additions.get(name, ())) for name in names}
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in merged.items())


def mark_private() -> None:
    """This answer is for one person: not stored, not indexed, its address told to nobody."""
    g.page_is_private = True


def let_forms_leave() -> None:
    """Browsers hold ``form-action`` against redirects too, and paying ends on the provider's site."""
    g.policy_additions = {**g.get("policy_additions", {}), "form-action": ("https:", "http://127.0.0.1:*")}


def _merged(known: tuple[str, ...], added: tuple[str, ...]) -> tuple[str, ...]:
    return (*(source for source in known if source != "'none'" or not added), *added)
