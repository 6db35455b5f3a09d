"""Shapes of invoices and credit notes in the API."""

from __future__ import annotations

import marshmallow as ma

from entrepot.api.fields import Amount, ApiSchema


class DocumentRowSchema(ApiSchema):
    """``kind``: invoice or credit_note."""

    kind = ma.fields.String(required=True)
    number = ma.fields.String(required=True)
    issued_at = ma.fields.DateTime(required=True)
    total = Amount(required=True)


class DocumentListSchema(ApiSchema):
    items = ma.fields.List(ma.fields.Nested(DocumentRowSchema), required=True)


class DocumentItemSchema(ApiSchema):
    """``kind`` names rows without a text of their own: shipping, duty, fee."""

    kind = ma.fields.String(required=True)
    text = ma.fields.String(required=True)
    quantity = ma.fields.Integer(required=True)
    net = Amount(required=True)
    tax = Amount(required=True)
    tax_label = ma.fields.String(required=True)
    gross = Amount(required=True)


class DocumentSchema(ApiSchema):
    """Everything that is printed. ``refers_to`` is the invoice that a credit note corrects."""

    kind = ma.fields.String(required=True)
    number = ma.fields.String(required=True)
    issued_at = ma.fields.DateTime(required=True)
    locale = ma.fields.String(required=True)
    seller = ma.fields.List(ma.fields.String(), required=True)
    tax_id = ma.fields.String(required=True)
    buyer = ma.fields.List(ma.fields.String(), required=True)
    order_number = ma.fields.String(required=True)
    items = ma.fields.List(ma.fields.Nested(DocumentItemSchema), required=True)
    refers_to = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    net = Amount(required=True)
    tax = Amount(required=True)
    gross = Amount(required=True)
