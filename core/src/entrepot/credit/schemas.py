"""Shapes of gift cards and store credit in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import Amount, ApiSchema, Text, instant
from entrepot.api.schemas import PageQuery, page_of
from entrepot.credit.rules import KINDS
from entrepot.credit.service import SOURCES


class CreditInSchema(ApiSchema):
    """``paid_from``: the shop's good will, or money that came in by another way."""

    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(KINDS))
    amount = Amount(required=True)
    paid_from = ma.fields.String(load_default="goodwill", validate=ma.validate.OneOf(SOURCES))
    email = Text(most=254, load_default="")
    reason = Text(most=500, load_default="")
    expires_at = instant(load_default=None, allow_none=True)


class CreditSchema(ApiSchema):
    """``state``: active, empty, expired or blocked. Of the code only its end is shown."""

    id = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(KINDS))
    code_end = ma.fields.String(required=True)
    issued = Amount(required=True)
    balance = Amount(required=True)
    state = ma.fields.String(required=True)
    expires_at = ma.fields.DateTime(required=True, allow_none=True)
    email = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    issued_at = ma.fields.DateTime(required=True)
    issued_by = ma.fields.String(required=True)


class CreditCodeAnswerSchema(CreditSchema):
    code = ma.fields.String(required=True, metadata={"description": "What its owner types in."})


class CreditMovementSchema(ApiSchema):
    kind = ma.fields.String(required=True)
    amount = Amount(required=True)
    at = ma.fields.DateTime(required=True)
    actor = ma.fields.String(required=True)


class CreditDetailSchema(CreditSchema):
    """With everything that happened to it, oldest first."""

    movements = ma.fields.List(ma.fields.Nested(CreditMovementSchema), required=True)


class CreditQuery(PageQuery):
    email = Text(most=254, load_default="", metadata={"description": "Of this owner."})


class BlockSchema(ApiSchema):
    blocked = ma.fields.Boolean(required=True)


CreditPageSchema: Any = page_of(CreditSchema, "CreditPage")
