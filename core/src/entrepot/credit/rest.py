"""Gift cards and store credit in the API, for the merchant. Buyers spend them in their cart."""

from __future__ import annotations

from typing import Any

from entrepot import web
from entrepot.api import context, paging
from entrepot.api.operations import Once, Resource
from entrepot.credit import queries, service
from entrepot.credit.listing import credit_page
from entrepot.credit.schemas import (
    BlockSchema,
    CreditCodeAnswerSchema,
    CreditDetailSchema,
    CreditInSchema,
    CreditPageSchema,
    CreditQuery,
)

credits = Resource("Credits", __name__, "Gift cards and store credit.")
resources = (credits,)

_VIEW, _ISSUE = "orders.view", "payments.refund"


@credits.operation("GET", "/credits", answer=CreditPageSchema, query=CreditQuery, scope=_VIEW)
def list_credits(query: dict[str, Any]) -> dict[str, Any]:
    """Gift cards and store credit, newest first"""
    cursor, now = paging.unwrap(query["cursor"]), web.runtime().clock.now()
    rows, more = credit_page(now, email=query["email"], cursor=cursor, limit=query["limit"])
    return paging.page(rows, more)


@credits.operation(
    "POST", "/credits", answer=CreditCodeAnswerSchema, status=201, body=CreditInSchema, scope=_ISSUE,
    once=Once.SERVICE, key_required=True, sealed=True,
)  # fmt: skip
def issue_credit(body: dict[str, Any]) -> dict[str, Any]:
    """Issue a gift card or store credit; its code is answered this once"""
    asked = service.Issue(**body, idempotency_key=context.request_key())
    credit_id = service.issue(web.runtime(), asked, actor=context.actor())
    found = queries.credit_view(credit_id, web.runtime().clock.now())
    return {**vars(found), "code": service.code_of(web.runtime(), credit_id)}


@credits.operation("GET", "/credits/<credit_id>", answer=CreditDetailSchema, scope=_VIEW)
def read_credit(credit_id: str) -> dict[str, Any]:
    """One credit with everything that happened to it"""
    return _detail(credit_id)


@credits.operation(
    "PUT", "/credits/<credit_id>/blocked", answer=CreditDetailSchema, body=BlockSchema, scope=_ISSUE,
    versioned="read_credit",
)  # fmt: skip
def block_credit(body: dict[str, Any], credit_id: str) -> dict[str, Any]:
    """Stop a credit, or let it be spent again; the balance stays"""
    service.block(web.runtime(), credit_id, blocked=body["blocked"])
    return _detail(credit_id)


def _detail(credit_id: str) -> dict[str, Any]:
    found = queries.credit_view(credit_id, web.runtime().clock.now())
    return {**vars(found), "movements": queries.movements(credit_id)}
