"""Shapes of customers and their groups in the API."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import ApiSchema, Text
from entrepot.api.schemas import AddressSchema, PageQuery, page_of
from entrepot.customers.rules import MOST_ADDRESSES

LONGEST_NOTE = 4000


class CustomerInSchema(ApiSchema):
    """What staff may change. ``group`` is the code of a group, empty for none."""

    name = Text(load_default="")
    phone = Text(load_default="")
    locale = Text(most=12, load_default="")
    addresses = ma.fields.List(
        ma.fields.Nested(AddressSchema), load_default=list, validate=ma.validate.Length(max=MOST_ADDRESSES)
    )
    group = Text(most=40, load_default="")
    note = Text(most=LONGEST_NOTE, load_default="", lines=True)


class NewCustomerSchema(CustomerInSchema):
    """A customer who has not ordered yet."""

    email = Text(least=3, most=254, required=True)


class CustomerSchema(ApiSchema):
    """One e-mail address that has bought, or that staff entered. ``addresses`` are newest first."""

    id = ma.fields.Integer(required=True)
    email = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    phone = ma.fields.String(required=True)
    locale = ma.fields.String(required=True)
    addresses = ma.fields.List(ma.fields.Nested(AddressSchema), required=True)
    group = ma.fields.String(required=True)
    note = ma.fields.String(required=True)
    created_at = ma.fields.DateTime(required=True)
    last_order_at = ma.fields.DateTime(required=True, allow_none=True)
    erased_at = ma.fields.DateTime(required=True, allow_none=True)


class CustomerQuery(PageQuery):
    """``q`` is the beginning of an e-mail address or of a name."""

    q = Text(most=254, load_default="")
    group = Text(most=40, load_default="")


class GroupInSchema(ApiSchema):
    name = Text(least=1, most=120, required=True)


class GroupSchema(ApiSchema):
    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    customers = ma.fields.Integer(required=True)


class GroupListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(GroupSchema), required=True)


CustomerPageSchema: Any = page_of(CustomerSchema, "CustomerPage")
