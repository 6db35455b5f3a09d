"""Changes scripted answers the way vendors change theirs without notice."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from entrepot.testkit.http import Reply

STATUS_FIELDS = frozenset({"status", "state", "payment_status", "paymentStatus", "resultCode", "code", "event_code"})
STRANGE = "a_status_nobody_knows"


def parsed(reply: Reply) -> Any:
    """The reply's JSON, or None when it is none."""
    try:
        return json.loads(reply.content)
    except ValueError:
        return None


def with_unknown_status(reply: Reply, fields: frozenset[str] = STATUS_FIELDS) -> Reply | None:
    """The reply with a strange word in every status field; None when it has no such field."""
    values = parsed(reply)
    strange = _estranged(values, fields)
    return None if strange == values else replace(reply, body=strange)


def with_nulls(reply: Reply) -> Reply:
    """The reply in the same shape with every value null."""
    return replace(reply, body=json.dumps(_nulled(parsed(reply))))


def _estranged(value: Any, fields: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {
            key: STRANGE if key in fields and isinstance(item, str) else _estranged(item, fields)
            for key, item in value.items()
        }
    return [_estranged(item, fields) for item in value] if isinstance(value, list) else value


def _nulled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _nulled(item) for key, item in value.items()}
    return [_nulled(item) for item in value] if isinstance(value, list) else None
