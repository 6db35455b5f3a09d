"""Shapes of edits in the API."""

from __future__ import annotations

import marshmallow as ma

from entrepot.api.fields import Amount, ApiSchema, Text, quantity
from entrepot.api.schemas import AddressSchema
from entrepot.editing.rules import MOST_PIECES
from entrepot.orders.schemas import StaffOrderSchema


class EditedLineSchema(ApiSchema):
    """A line of the order and its new number of pieces; 0 removes it."""

    line = Text(least=1, most=36, required=True)
    quantity = quantity(least=0, most=MOST_PIECES, required=True)


class AddedLineSchema(ApiSchema):
    """A new line at today's price."""

    sku = Text(least=1, most=100, required=True)
    quantity = quantity(most=MOST_PIECES, required=True)


class EditSchema(ApiSchema):
    """What is to be changed, and why; the buyer reads the reason. An adjustment below zero lowers the price."""

    reason = Text(least=1, most=250, required=True)
    lines = ma.fields.List(ma.fields.Nested(EditedLineSchema), load_default=list, validate=ma.validate.Length(max=500))
    added = ma.fields.List(ma.fields.Nested(AddedLineSchema), load_default=list, validate=ma.validate.Length(max=100))
    shipping_address = ma.fields.Nested(AddressSchema, load_default=None, allow_none=True)
    adjustment = Amount(load_default=None, allow_none=True)


class ConfirmedEditSchema(EditSchema):
    """The edit as it was previewed. With ``version`` any change of the order since the preview is refused."""

    expected_difference = Amount(required=True)
    version = Text(most=64, load_default="")


class DifferenceSchema(ApiSchema):
    """One row of the comparison. Rows of kind ``tax_included`` are part of the others and not added."""

    kind = ma.fields.String(required=True)
    label = ma.fields.String(required=True)
    before = Amount(required=True)
    after = Amount(required=True)
    cause = ma.fields.String(
        required=True, metadata={"description": "pieces, added, removed, adjusted, delivery or reckoned"}
    )
    values = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)


class PreviewSchema(ApiSchema):
    """What an edit would change, and what would become of the money."""

    version = ma.fields.String(required=True)
    total_before = Amount(required=True)
    total = Amount(required=True)
    difference = Amount(required=True)
    differences = ma.fields.List(ma.fields.Nested(DifferenceSchema), required=True)
    collect = Amount(required=True, metadata={"description": "What the buyer will be asked for."})
    refund = Amount(required=True, metadata={"description": "What will be given back."})


class EditViewSchema(ApiSchema):
    id = ma.fields.String(required=True)
    at = ma.fields.DateTime(required=True)
    actor = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    difference = Amount(required=True)


class EditListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(EditViewSchema), required=True)


class EditedOrderSchema(StaffOrderSchema):
    """The order as it is now; ``edit`` is the id of what was done."""

    edit = ma.fields.String(required=True)
