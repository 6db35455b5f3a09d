"""Personal data in the API: given out, or erased."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from entrepot import privacy, web
from entrepot.api.fields import ApiSchema
from entrepot.api.operations import Once, Resource
from entrepot.customers import queries
from entrepot.customers.queries import CustomerView
from entrepot.customers.schemas import CustomerSchema
from entrepot.customers.service import CustomerMissing

personal_data = Resource("Personal data", __name__, "What is kept about a customer: given out, or erased.")
resources = (personal_data,)

_SCOPE = "customers.erase"


class PersonalDataSchema(ApiSchema):
    """Everything that is kept, by the part of the shop that keeps it."""

    email = ma.fields.String(required=True)
    customer = ma.fields.List(ma.fields.Dict(), required=True)
    orders = ma.fields.List(ma.fields.Dict(), required=True)
    returns = ma.fields.List(ma.fields.Dict(), required=True)
    messages = ma.fields.List(ma.fields.Dict(), required=True)
    carts = ma.fields.List(ma.fields.Dict(), required=True)


@personal_data.operation(
    "GET", "/customers/<number:customer_id>/personal-data", answer=PersonalDataSchema, scope=_SCOPE
)
def export_customer(customer_id: int) -> dict[str, Any]:
    """Everything that is kept about a customer"""
    return privacy.export(customer_id)


@personal_data.operation(
    "POST", "/customers/<number:customer_id>/erase", answer=CustomerSchema, scope=_SCOPE, once=Once.TRANSACTION
)
def erase_customer(customer_id: int) -> CustomerView:
    """Forget the person; the books keep amounts, lines and countries"""
    privacy.erase(web.runtime(), customer_id)
    found = queries.customer(customer_id)
    if found is None:
        raise CustomerMissing(customer_id)
    return found
