"""Customers and their groups in the API, for the merchant."""

from __future__ import annotations

from typing import Any

from entrepot import web
from entrepot.api import paging
from entrepot.api.operations import Once, Resource
from entrepot.customers import queries, service
from entrepot.customers.queries import CustomerView, GroupView
from entrepot.customers.schemas import (
    CustomerInSchema,
    CustomerPageSchema,
    CustomerQuery,
    CustomerSchema,
    GroupInSchema,
    GroupListSchema,
    GroupSchema,
    NewCustomerSchema,
)
from entrepot.customers.service import CustomerMissing, Details, GroupMissing
from entrepot.kernel.address import Address

customers = Resource("Customers", __name__, "Who bought, and in which group.")
resources = (customers,)

_VIEW, _EDIT = "customers.view", "customers.edit"


@customers.operation("GET", "/customers", answer=CustomerPageSchema, query=CustomerQuery, scope=_VIEW)
def list_customers(query: dict[str, Any]) -> dict[str, Any]:
    """Customers, newest first"""
    cursor = paging.unwrap_number(query["cursor"])
    found = queries.customer_list(q=query["q"], group=query["group"], cursor=cursor, limit=query["limit"])
    return paging.page(found.rows, found.next_cursor)


@customers.operation(
    "POST", "/customers", answer=CustomerSchema, status=201, body=NewCustomerSchema, scope=_EDIT,
    once=Once.TRANSACTION,
)  # fmt: skip
def create_customer(body: dict[str, Any]) -> CustomerView:
    """Enter a customer before the first order"""
    return _found(service.create(web.runtime(), body.pop("email"), _details(body)))


@customers.operation("GET", "/customers/<number:customer_id>", answer=CustomerSchema, scope=_VIEW)
def read_customer(customer_id: int) -> CustomerView:
    """One customer"""
    return _found(customer_id)


@customers.operation(
    "PUT", "/customers/<number:customer_id>", answer=CustomerSchema, body=CustomerInSchema,
    scope=_EDIT, versioned="read_customer",
)  # fmt: skip
def change_customer(body: dict[str, Any], customer_id: int) -> CustomerView:
    """Replace what staff know about a customer"""
    service.change(customer_id, _details(body))
    return _found(customer_id)


@customers.operation("GET", "/customer-groups", answer=GroupListSchema, scope=_VIEW)
def list_customer_groups() -> dict[str, Any]:
    """All groups by name"""
    return {"items": queries.groups()}


@customers.operation("GET", "/customer-groups/<code>", answer=GroupSchema, scope=_VIEW)
def read_customer_group(code: str) -> GroupView:
    """One group"""
    return _group(code)


@customers.operation(
    "PUT", "/customer-groups/<code>", answer=GroupSchema, body=GroupInSchema, scope=_EDIT,
    versioned="read_customer_group",
)  # fmt: skip
def save_customer_group(body: dict[str, Any], code: str) -> GroupView:
    """Make a group, or rename it; promotions name its code"""
    service.save_group(code, body["name"])
    return _group(code)


@customers.operation(
    "DELETE", "/customer-groups/<code>", answer=GroupSchema, scope=_EDIT, versioned="read_customer_group"
)
def delete_customer_group(code: str) -> GroupView:
    """Remove a group that nobody is in"""
    found = _group(code)
    service.delete_group(code)
    return found


def _found(customer_id: int) -> CustomerView:
    found = queries.customer(customer_id)
    if found is None:
        raise CustomerMissing(customer_id)
    return found


def _group(code: str) -> GroupView:
    found = queries.group(code)
    if found is None:
        raise GroupMissing(code)
    return found


def _details(body: dict[str, Any]) -> Details:
    return Details(**{**body, "addresses": [Address.from_dict(address) for address in body["addresses"]]})
