"""Settling a return: one confirmed plan drives stock, ledger, refunds, store credit, replacement and the credit note.
Safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from entrepot.documents.content import Item
from entrepot.documents.service import issue_credit_note
from entrepot.engine.runtime import Runtime
from entrepot.kernel.money import Money, total
from entrepot.orders.service import note
from entrepot.payments import refunds
from entrepot.policies.rules import Policy, stored_policy
from entrepot.pricing.frozen import from_json
from entrepot.pricing.rules import Quote
from entrepot.returns import effects, replacing, rules
from entrepot.returns.errors import PlanChanged, ReturnError
from entrepot.returns.models import Order, Refund, Return, ReturnLine
from entrepot.returns.plan import MoneyPlan, Replacement, Terms, Wanted, money_plan
from entrepot.returns.replacing import Swap
from entrepot.returns.rows import lines_of, order_lines_of, return_row, taken_back_before
from entrepot.returns.sale import sale_of
from entrepot.returns.service import locked, project
from entrepot.sdk.facts import ReturnSettled
from entrepot.storage.outbox import record
from entrepot.storage.session import reader, release_reader, unit_of_work

__all__ = ["Decision", "Decisions", "PlanChanged", "finish", "preview", "settle"]


@dataclass(frozen=True)
class Decision:
    """What inspection says of one line: a resolution, for what stays with us a grade, and what leaves in exchange."""

    resolution: str
    grade: str = "sellable"
    exchange_variant_id: int | None = None


@dataclass(frozen=True)
class Decisions:
    """Everything that is decided about a return before its plan is made.

    ``difference``: where the rest goes when goods are exchanged for cheaper ones, refund or store_credit.
    """

    lines: Mapping[str, Decision]
    fee_percent: Decimal = Decimal(0)
    shipping: bool = False
    difference: str = "refund"


def preview(runtime: Runtime, number: str, decisions: Decisions) -> MoneyPlan:
    """The plan that these decisions lead to, as of now; nothing is written. Asks the tax calculator for an exchange."""
    session = reader()
    found = return_row(session, number)
    order = session.get_one(Order, found.order_id)
    return _plan(session, found, order, decisions, _exchange(runtime, session, found, order, decisions))


def settle(
    runtime: Runtime, number: str, decisions: Decisions, *, expected: Money, actor: str, digest: str = ""
) -> None:
    """Carry out the plan that refunds ``expected`` (and is exactly the one of this digest, where it is given): stock,
    ledger, credit, replacement and intended refunds in one commit, then the money and the credit note.

    Repeated, it goes on where it stopped. Raises PlanChanged, and NothingToSend when an exchange is sold out.
    """
    session = reader()
    found = return_row(session, number)
    exchange = None
    if found.state == "received":
        exchange = _exchange(runtime, session, found, session.get_one(Order, found.order_id), decisions)
    release_reader()
    with unit_of_work() as session:
        found, order = locked(session, number)
        if found.state == "received":
            plan = _plan(session, found, order, decisions, exchange)
            if plan.refund != expected or digest not in ("", plan.digest):
                raise PlanChanged(str(plan.refund))
            _write_decisions(session, found, decisions)
            effects.carry_out(session, runtime, found, order, plan, exchange, actor)
        elif found.state not in ("settling", "settled"):
            raise ReturnError(f"Return {number} is {found.state}. Mark it as received before it is settled.")
    finish(runtime, number, actor=actor)


def finish(runtime: Runtime, number: str, *, actor: str, otherwise: str = "") -> None:
    """Send the money and issue the credit note of a return that is being settled. Idempotent.

    ``otherwise`` says how the money went back where a provider declined to give it back.
    """
    found = return_row(reader(), number)
    if found.state != "settling":
        return
    sent = [refunds.send(runtime, refund_id) for refund_id in found.plan["refunds"]]
    declined = [refund for refund in sent if refund.state == "declined"]
    order = reader().get_one(Order, found.order_id)
    plan = MoneyPlan.from_json(found.plan)
    if not plan.credited.is_zero:
        reason = f"{'Withdrawal' if found.withdrawal else 'Return'} {number}"
        issue_credit_note(runtime, order, source=f"return {found.id}", items=_items(plan), reason=reason)
    _close(runtime, number, plan, declined, otherwise.strip(), actor)


def _close(
    runtime: Runtime, number: str, plan: MoneyPlan, declined: Sequence[Refund], otherwise: str, actor: str
) -> None:
    with unit_of_work() as session:
        found, order = locked(session, number)
        if found.state != "settling":
            return
        if declined and not otherwise:
            missing = total((Money(each.amount, each.currency) for each in declined), order.currency)
            found.attention = f"The provider declined to give {missing} back. Pay it another way and say how."
            return
        for refund in declined:
            effects.pay_otherwise(runtime, refund, otherwise, actor)
        found.state, found.attention, found.settled_at = "settled", "", runtime.clock.now()
        details = {"number": number, "amount": str(plan.refund), "otherwise": otherwise[:200]}
        told = {key: text for key, text in details.items() if text}
        note(session, runtime, order.id, actor, "return_settled", **told)
        record(
            session,
            runtime.clock,
            ReturnSettled,
            order_number=order.number,
            return_number=number,
            refund=plan.refund,
        )
        project(session, runtime, order.id, actor)


def _plan(session: Session, found: Return, order: Order, decisions: Decisions, exchange: Quote | None) -> MoneyPlan:
    lines = lines_of(session, found)
    _check(lines, decisions)
    before = taken_back_before(session, found)
    promised = stored_policy(found.policy)
    wanted = [
        Wanted(
            line.order_line_id,
            line.quantity,
            before.get(line.order_line_id, 0),
            _destination(decided.resolution),
            rules.most_kept(promised, decided.grade),
        )
        for line in lines
        if (decided := decisions.lines[line.order_line_id]).resolution in rules.TAKEN_BACK
    ]
    return money_plan(
        sale_of(from_json(order.quote), [line.id for line in order_lines_of(session, order.id)]),
        wanted,
        _terms(found, promised, decisions),
        refundable=sum(left for _, left in effects.refundable(session, order.id)),
        replacements=_replacements(exchange),
    )


def _terms(found: Return, promised: Policy, decisions: Decisions) -> Terms:
    """Who withdraws is given everything back: the law knows no fee, and counts duties as part of what was paid."""
    return Terms(
        Decimal(0) if found.withdrawal else decisions.fee_percent,
        shipping=decisions.shipping or found.withdrawal,
        duties=found.withdrawal or promised.refund_duties,
        difference=decisions.difference,
        basis=promised.basis,
    )


def _destination(resolution: str) -> str:
    return resolution if resolution in ("exchange", "store_credit") else "refund"


def _replacements(exchange: Quote | None) -> list[Replacement]:
    if exchange is None:
        return []
    return [
        Replacement(f"{line.name} {line.options}".strip(), line.quantity, line.net + line.tax)
        for line in exchange.lines
    ]


def _exchange(runtime: Runtime, session: Session, found: Return, order: Order, decisions: Decisions) -> Quote | None:
    """The priced goods that leave in exchange; None when nothing is exchanged."""
    lines = lines_of(session, found)
    _check(lines, decisions)
    before = taken_back_before(session, found)
    sold = {line.id: line for line in order_lines_of(session, order.id)}
    quoted = from_json(order.quote).lines
    swaps = []
    for line in lines:
        chosen = decisions.lines[line.order_line_id]
        if chosen.resolution != "exchange" or chosen.exchange_variant_id is None:
            continue
        first = before.get(line.order_line_id, 0)
        old = sold[line.order_line_id]
        paid = quoted[old.position].unit_totals[first : first + line.quantity]
        swaps.append(Swap(old.variant_id, chosen.exchange_variant_id, paid))
    return replacing.exchange_quote(runtime, order, swaps) if swaps else None


def _check(lines: Sequence[ReturnLine], decisions: Decisions) -> None:
    for line in lines:
        decision = decisions.lines.get(line.order_line_id)
        if decision is None or decision.resolution not in rules.RESOLUTIONS or decision.grade not in rules.GRADES:
            raise ReturnError("Choose for every line what happens with it and in which state it is.")
        if decision.resolution == "exchange" and decision.exchange_variant_id is None:
            raise ReturnError("Choose what leaves in exchange.")
    if not 0 <= decisions.fee_percent <= 100:
        raise ReturnError("The fee is a percentage between 0 and 100.")
    if decisions.difference not in ("refund", "store_credit"):
        raise ReturnError("Choose whether a difference is refunded or becomes store credit.")


def _write_decisions(session: Session, found: Return, decisions: Decisions) -> None:
    for line in lines_of(session, found):
        decision = decisions.lines[line.order_line_id]
        line.resolution, line.grade = decision.resolution, decision.grade
        line.exchange_variant_id = decision.exchange_variant_id if decision.resolution == "exchange" else None


def _items(plan: MoneyPlan) -> list[Item]:
    return [Item(row.kind, row.text, row.quantity, row.net, row.tax) for row in plan.rows]
