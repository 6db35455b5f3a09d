"""How often one address may look for an order."""

from __future__ import annotations

from flask import Flask, current_app

from entrepot.web.rate_limit import RateLimit

#: Guesses at somebody's order: so many in so many seconds.
TRIES, PER_SECONDS = 10, 600
_ORDER_FINDING = "entrepot.order_finding"


def install(app: Flask) -> None:
    """Begin to count for this app."""
    app.extensions[_ORDER_FINDING] = RateLimit(TRIES, per_seconds=PER_SECONDS)


def order_finding() -> RateLimit:
    """The limit on looking for an order by number and e-mail."""
    limit: RateLimit = current_app.extensions[_ORDER_FINDING]
    return limit
