"""What the shop promises: as it holds now, and as it was agreed for an order."""

from __future__ import annotations

from typing import Any

from flask import abort

from entrepot.orders.versions import beside
from entrepot.policies.promises import KINDS, own_words, promises_today
from entrepot.web.frame import render
from entrepot.web.security import mark_private
from entrepot.web.visitor import visitor


def policies() -> str:
    """All of them on one page."""
    return _page(promises_today(visitor().market.code), KINDS)


def policy(kind: str) -> str:
    if kind not in KINDS:
        abort(404)
    return _page(promises_today(visitor().market.code), (kind,))


def agreed_policies(token: str) -> str:
    """Those that were agreed when the order was placed, whatever the shop promises today."""
    mark_private()
    found = beside(token)
    if found is None or not found.policies:
        abort(404)
    return _page(found.policies, KINDS, token=token)


def _page(promised: dict[str, Any], kinds: tuple[str, ...], *, token: str = "") -> str:
    words = own_words(promised, visitor().locale)
    return render("policies/show.html", promised=promised, kinds=kinds, words=words, token=token)
