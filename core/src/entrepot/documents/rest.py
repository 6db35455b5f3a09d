"""Invoices and credit notes in the API: by the order's private token for buyers, with a key for the merchant."""

from __future__ import annotations

from typing import Any

from entrepot.api.errors import NotFound
from entrepot.api.operations import Resource
from entrepot.documents import queries
from entrepot.documents.queries import DocumentView
from entrepot.documents.schemas import DocumentListSchema, DocumentSchema
from entrepot.orders.errors import OrderNotFound
from entrepot.orders.queries import id_of, order_view

documents = Resource("Documents", __name__, "Invoices and credit notes.")
resources = (documents,)

_VIEW = "orders.view"


@documents.operation("GET", "/my-orders/<token>/documents", answer=DocumentListSchema)
def list_own_documents(token: str) -> dict[str, Any]:
    """The invoices and credit notes of one's own order"""
    return _list(_own(token))


@documents.operation("GET", "/my-orders/<token>/documents/<document>", answer=DocumentSchema)
def read_own_document(token: str, document: str) -> dict[str, Any]:
    """One document of one's own order"""
    return _one(_own(token), document)


@documents.operation("GET", "/orders/<number>/documents", answer=DocumentListSchema, scope=_VIEW)
def list_documents(number: str) -> dict[str, Any]:
    """The invoices and credit notes of an order"""
    return _list(number)


@documents.operation("GET", "/orders/<number>/documents/<document>", answer=DocumentSchema, scope=_VIEW)
def read_document(number: str, document: str) -> dict[str, Any]:
    """One document as it is printed"""
    return _one(number, document)


def _own(token: str) -> str:
    found = order_view(token=token)
    if found is None:
        raise OrderNotFound
    return found.number


def _list(number: str) -> dict[str, Any]:
    order_id = id_of(number)
    if order_id is None:
        raise OrderNotFound(number)
    return {"items": queries.documents_of(order_id)}


def _one(number: str, document: str) -> dict[str, Any]:
    found = queries.document_of(number, document)
    if found is None:
        raise NotFound(f"document '{document}' of this order")
    return _json(found)


def _json(found: DocumentView) -> dict[str, Any]:
    content = found.content
    sums = {"net": content.net, "tax": content.tax, "gross": content.gross}
    return {**vars(content), **sums, **{name: value for name, value in vars(found).items() if name != "content"}}
