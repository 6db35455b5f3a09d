"""Returns in the API: asked for by the buyer's private token, decided with a key."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from entrepot import web
from entrepot.api import context, paging
from entrepot.api.operations import Once, Resource
from entrepot.orders.errors import OrderNotFound
from entrepot.orders.queries import order_view
from entrepot.policies.rules import Policy, written_percent
from entrepot.returns import queries, rules, service, settling
from entrepot.returns.listing import return_page
from entrepot.returns.plan import MoneyPlan
from entrepot.returns.queries import ReturnView
from entrepot.returns.schemas import (
    AnswerSchema,
    BuyerReturnsSchema,
    DecisionsSchema,
    FinishSchema,
    PlanSchema,
    ReturnInSchema,
    ReturnPageSchema,
    ReturnQuery,
    ReturnSchema,
    SettleSchema,
)
from entrepot.returns.settling import Decision, Decisions

returns = Resource("Returns", __name__, "Goods that come back, and the money for them.")
resources = (returns,)

_VIEW, _DECIDE, _RECEIVE, _SETTLE = "orders.view", "orders.cancel", "orders.ship", "payments.refund"


@returns.operation("GET", "/my-orders/<token>/returns", answer=BuyerReturnsSchema)
def read_returnable(token: str) -> dict[str, Any]:
    """What may come back of one's own order, and until when"""
    number = _own(token)
    offer = queries.offer(number, web.runtime().clock.now())
    if offer is None:
        raise OrderNotFound
    return {
        "may_return": offer.may_return,
        "may_withdraw": offer.may_withdraw,
        "returns_until": offer.window.returns_until,
        "withdrawal_until": offer.window.withdrawal_until,
        "who_pays": offer.policy.who_pays,
        "policy": _policy(offer.policy),
        "lines": offer.lines,
        "returns": [_json(found) for found in queries.returns_of(number)],
    }


@returns.operation(
    "POST", "/my-orders/<token>/returns", answer=ReturnSchema, status=201, body=ReturnInSchema, once=Once.SERVICE,
    key_required=True,
)  # fmt: skip
def request_return(body: dict[str, Any], token: str) -> dict[str, Any]:
    """Ask to send goods back, or withdraw from the contract"""
    return _requested(_own(token), body, actor="buyer")


@returns.operation("GET", "/returns", answer=ReturnPageSchema, query=ReturnQuery, scope=_VIEW)
def list_returns(query: dict[str, Any]) -> dict[str, Any]:
    """Returns, newest first"""
    cursor = paging.unwrap(query["cursor"])
    rows, more = return_page(state=query["state"], order=query["order"], cursor=cursor, limit=query["limit"])
    return paging.page(rows, more)


@returns.operation(
    "POST", "/orders/<number>/returns", answer=ReturnSchema, status=201, body=ReturnInSchema, scope=_DECIDE,
    once=Once.SERVICE, key_required=True,
)  # fmt: skip
def enter_return(body: dict[str, Any], number: str) -> dict[str, Any]:
    """Enter a return for a buyer who asked in another way"""
    return _requested(number, body, actor=context.actor())


@returns.operation("GET", "/returns/<number>", answer=ReturnSchema, scope=_VIEW)
def read_return(number: str) -> dict[str, Any]:
    """One return"""
    return _found(number)


@returns.operation(
    "POST", "/returns/<number>/approve", answer=ReturnSchema, scope=_DECIDE, once=Once.TRANSACTION,
    versioned="read_return",
)  # fmt: skip
def approve_return(number: str) -> dict[str, Any]:
    """The buyer may send the goods"""
    service.approve(web.runtime(), number, actor=context.actor())
    return _found(number)


@returns.operation(
    "POST", "/returns/<number>/decline", answer=ReturnSchema, body=AnswerSchema, scope=_DECIDE, once=Once.TRANSACTION,
    versioned="read_return",
)  # fmt: skip
def decline_return(body: dict[str, Any], number: str) -> dict[str, Any]:
    """Refuse it, with an answer for the buyer"""
    service.decline(web.runtime(), number, answer=body["answer"], actor=context.actor())
    return _found(number)


@returns.operation("POST", "/returns/<number>/receive", answer=ReturnSchema, scope=_RECEIVE, once=Once.TRANSACTION)
def receive_return(number: str) -> dict[str, Any]:
    """The goods have arrived and wait for inspection"""
    service.receive(web.runtime(), number, actor=context.actor())
    return _found(number)


@returns.operation("POST", "/returns/<number>/plan", answer=PlanSchema, body=DecisionsSchema, scope=_VIEW)
def preview_return(body: dict[str, Any], number: str) -> dict[str, Any]:
    """The money plan that these decisions lead to; nothing is written"""
    return _plan(settling.preview(web.runtime(), number, _decisions(number, body)))


@returns.operation(
    "POST", "/returns/<number>/settle", answer=ReturnSchema, body=SettleSchema, scope=_SETTLE, once=Once.CLAIM,
    key_required=True,
)  # fmt: skip
def settle_return(body: dict[str, Any], number: str) -> dict[str, Any]:
    """Carry the plan out: stock, ledger, refund and credit note"""
    decisions = _decisions(number, body)
    settling.settle(
        web.runtime(), number, decisions, expected=body["expected"], actor=context.actor(), digest=body["digest"]
    )
    return _found(number)


@returns.operation(
    "POST", "/returns/<number>/finish", answer=ReturnSchema, body=FinishSchema, scope=_SETTLE, once=Once.CLAIM
)
def finish_return(body: dict[str, Any], number: str) -> dict[str, Any]:
    """Go on with a settlement whose money did not arrive at once"""
    queries.return_view(number)
    settling.finish(web.runtime(), number, actor=context.actor(), otherwise=body["otherwise"])
    return _found(number)


def _own(token: str) -> str:
    found = order_view(token=token)
    if found is None:
        raise OrderNotFound
    return found.number


def _requested(order_number: str, body: dict[str, Any], *, actor: str) -> dict[str, Any]:
    asked = service.Request(
        quantities={line["line"]: line["quantity"] for line in body["lines"]},
        reason=body["reason"],
        withdrawal=body["withdrawal"],
        idempotency_key=context.request_key(),
        wish=body["wish"],
    )
    return _found(service.request(web.runtime(), order_number, asked, actor=actor))


def _decisions(number: str, body: dict[str, Any]) -> Decisions:
    found = queries.return_view(number)
    lines = {line["line"]: _decision(found, line) for line in body["lines"]}
    return Decisions(
        lines,
        fee_percent=Decimal(body["fee_percent"]),
        shipping=body["shipping"],
        difference=body["difference"],
    )


def _decision(found: ReturnView, line: dict[str, Any]) -> Decision:
    sku = line["exchange_sku"]
    return Decision(line["resolution"], line["grade"], queries.exchange_variant(found, sku) if sku else None)


def _found(number: str) -> dict[str, Any]:
    return _json(queries.return_view(number))


def _json(found: ReturnView) -> dict[str, Any]:
    return {
        **vars(found),
        "fee_percent": written_percent(found.fee_percent),
        "policy": _policy(found.policy),
        "plan": _plan(found.plan) if found.plan else None,
        "actions": rules.allowed_actions(found.state),
    }


def _policy(policy: Policy) -> dict[str, Any]:
    return {**policy.promised(), "basis": policy.basis}


def _plan(plan: MoneyPlan) -> dict[str, Any]:
    names = (
        "rows", "replacements", "notes", "credited", "refund", "store_credit", "exchanged", "owed", "basis", "digest",
    )  # fmt: skip
    return {name: getattr(plan, name) for name in names}
