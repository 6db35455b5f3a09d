"""Shapes of proposed levels in the API."""

from __future__ import annotations

import marshmallow as ma

from entrepot.api.fields import ApiSchema


class ProposalReasonSchema(ApiSchema):
    """What was sold in so many days; what is sold while goods come, and what is kept on top of it."""

    sold = ma.fields.Integer(required=True)
    days = ma.fields.Integer(required=True)
    while_waiting = ma.fields.Integer(required=True)
    safety = ma.fields.Integer(required=True)
    lead_days = ma.fields.Integer(required=True)
    purchase_days = ma.fields.Integer(required=True)
    service = ma.fields.Integer(required=True)


class ProposalSchema(ApiSchema):
    """Buy below ``least``, up to ``most``; ``least_now`` and ``most_now`` hold until it is accepted."""

    sku = ma.fields.String(required=True)
    warehouse = ma.fields.String(required=True, attribute="warehouse_code")
    available = ma.fields.Integer(required=True)
    least = ma.fields.Integer(required=True)
    most = ma.fields.Integer(required=True)
    least_now = ma.fields.Integer(required=True, allow_none=True)
    most_now = ma.fields.Integer(required=True, allow_none=True)
    why = ma.fields.Nested(ProposalReasonSchema, required=True)
    made_at = ma.fields.AwareDateTime(required=True)


class ProposalListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(ProposalSchema), required=True)
