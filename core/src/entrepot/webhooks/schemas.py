"""Shapes of webhook endpoints in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import ApiSchema, Text, instant, names
from entrepot.api.schemas import PageQuery, page_of

_KINDS = {"description": "Kinds of facts that the endpoint is told of; empty for every kind."}


class EndpointInSchema(ApiSchema):
    """An address that is to be told of facts."""

    url = Text(required=True, least=1, most=2000)
    kinds = names(load_default=list, metadata=_KINDS)
    description = Text(load_default="")
    enabled = ma.fields.Boolean(load_default=True)


class EndpointSchema(ApiSchema):
    id = ma.fields.String(required=True)
    url = ma.fields.String(required=True)
    kinds = ma.fields.List(ma.fields.String(), required=True, metadata=_KINDS)
    description = ma.fields.String(required=True)
    enabled = ma.fields.Boolean(required=True)
    created_at = ma.fields.DateTime(required=True)
    failing_since = ma.fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Nothing has arrived since; null while all is well."}
    )
    failures = ma.fields.Integer(required=True)
    disabled_reason = ma.fields.String(
        required=True, metadata={"description": "Why it was disabled after days of failures; empty when it was not."}
    )


class EndpointSecretSchema(EndpointSchema):
    secret = ma.fields.String(required=True, metadata={"description": "Signs the messages; shown this once."})


class EndpointListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(EndpointSchema), required=True)


class MessageSchema(ApiSchema):
    """One message on its way, or arrived. ``state``: due, done or parked."""

    webhook_id = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    attempts = ma.fields.Integer(required=True)
    queued_at = ma.fields.DateTime(required=True)
    next_at = ma.fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When it is tried next; null when it is not."}
    )
    error = ma.fields.String(required=True)


class MessageQuery(PageQuery):
    state = ma.fields.String(load_default="", validate=ma.validate.OneOf(["", "due", "done", "parked"]))


class ReplayInSchema(ApiSchema):
    """Without a time only what is parked is sent again; with one everything of the range, and from ``since`` on also
    facts that the endpoint missed while it was disabled or not there yet."""

    since = instant(load_default=None, allow_none=True)
    until = instant(load_default=None, allow_none=True)


class ReplaySchema(ApiSchema):
    count = ma.fields.Integer(required=True, metadata={"description": "Messages that are sent again."})


MessagePageSchema: Any = page_of(MessageSchema, "MessagePage")
