"""Is the process alive, and can it sell? For load balancers and supervisors."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from entrepot.storage.session import reader

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers. It asks nothing else, so that a slow database does not get it killed."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def ready() -> tuple[dict[str, str], int]:
    """The database answers and holds a store."""
    try:
        found = reader().execute(text("SELECT version FROM store")).scalar()
    except SQLAlchemyError:
        return {"status": "unavailable", "problem": "The database does not answer or has no tables."}, 503
    if found is None:
        return {"status": "unavailable", "problem": "There is no store yet. Run: entrepot init"}, 503
    return {"status": "ok"}, 200
