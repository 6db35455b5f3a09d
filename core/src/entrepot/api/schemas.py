"""Shapes that several resources share."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot.api.fields import ApiSchema, QuerySchema, Text

COUNTRY = r"^[A-Z]{2}$"


class AddressSchema(ApiSchema):
    """A postal address; which fields are needed depends on the country."""

    country = ma.fields.String(required=True, validate=ma.validate.Regexp(COUNTRY, error="Two capital letters: DE."))
    name = Text(load_default="")
    company = Text(load_default="")
    street = Text(load_default="")
    street2 = Text(load_default="")
    postcode = Text(load_default="")
    city = Text(load_default="")
    region = Text(load_default="")
    phone = Text(load_default="")


class ProblemSchema(ma.Schema):
    """What went wrong (RFC 9457). ``errors`` names the fields, ``detail`` says what to do."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    errors = ma.fields.Dict(metadata={"description": "Messages by field."})

    class Meta:
        #: Some problems carry facts of their own, such as ``available``.
        unknown = ma.INCLUDE


class PageQuery(QuerySchema):
    """Which part of a list."""

    cursor = Text(most=400, load_default="", metadata={"description": "`next_cursor` of the page before."})
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(min=1, max=100))


class ReaderQuery(QuerySchema):
    """For whom texts and prices are shown."""

    market = Text(most=20, load_default="", metadata={"description": "Code of the market; the first one by default."})
    locale = Text(most=12, load_default="", metadata={"description": "Language; the market's first one by default."})


def page_of(item: type[ma.Schema], name: str) -> type[ma.Schema]:
    """The schema of one page of a list."""
    page: Any = ApiSchema.from_dict(
        {
            "items": ma.fields.List(ma.fields.Nested(item), required=True),
            "next_cursor": ma.fields.String(
                required=True, allow_none=True, metadata={"description": "Null on the last page."}
            ),
        },
        name=name,
    )
    return page
