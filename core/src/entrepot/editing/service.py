"""Editing an order after placement: a preview that changes nothing, and one commit that does what was agreed to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import select

from entrepot.checkout import address_rules
from entrepot.checkout.errors import InvalidFields
from entrepot.documents.service import EDIT_KEY
from entrepot.editing import errors
from entrepot.editing.errors import DifferenceChanged, EditRefused, KeyReused, OrderChanged
from entrepot.editing.models import OrderEdit
from entrepot.editing.queries import check, known_attempts, lines_of, purchase, read_order, version_of
from entrepot.editing.repricing import Purchase, Repriced, reprice
from entrepot.editing.rules import Difference, Edit, MoneyPlan, money_plan
from entrepot.editing.writing import Draft, write
from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.kernel.money import Money
from entrepot.orders.service import lock
from entrepot.payments import queries as payment_queries
from entrepot.payments import refunds
from entrepot.payments import service as payments
from entrepot.payments.rows import OWN_ACCOUNTS
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import reader, release_reader, unit_of_work

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preview:
    """What an edit would do. ``version`` fixes the order that it was made for."""

    number: str
    version: str
    total_before: Money
    total: Money
    differences: tuple[Difference, ...]
    money: MoneyPlan

    @property
    def difference(self) -> Money:
        return self.total - self.total_before


@dataclass(frozen=True)
class Agreed:
    """What the preview said, and the key that makes the request repeatable."""

    difference: Money
    version: str
    idempotency_key: str


def preview(runtime: Runtime, number: str, edit: Edit) -> Preview:
    """What the edit would change and what would become of the money. Writes nothing. Raises EditRefused."""
    return _priced(runtime, number, edit)[0]


def confirm(
    runtime: Runtime, number: str, edit: Edit, agreed: Agreed, *, actor: str, return_url: Callable[[str], str]
) -> str:
    """Carry the edit out as it was agreed to; its id. The same key gives the same edit.

    Raises OrderChanged or DifferenceChanged when the preview is stale, OutOfStock when a piece is not there; nothing
    is written then. Money moves after the commit; what a provider cannot do now stays visible and is followed up.
    """
    digest = edit.digest(agreed.difference)
    known = _known(agreed.idempotency_key, digest)
    if known is None:
        seen, repriced, changed = _priced(runtime, number, edit)
        if agreed.version and seen.version != agreed.version:
            raise OrderChanged(number)
        if seen.difference != agreed.difference:
            raise DifferenceChanged(seen.difference)
        draft = Draft(new_id(), changed, repriced, seen.money, actor, agreed.idempotency_key, digest)
        known = _write(runtime, seen, draft)
    _move_money(runtime, known, actor, return_url)
    return known


def _priced(runtime: Runtime, number: str, edit: Edit) -> tuple[Preview, Repriced, Edit]:
    session = reader()
    order, lines = read_order(session, number)
    bought, charged = purchase(session, order, lines), Money(order.charged, order.currency)
    edit = _cleaned(edit, bought)
    check(order, lines, edit, runtime.clock.now())
    if edit.is_empty:
        raise EditRefused(errors.NOTHING_CHANGES)
    version = version_of(order, lines)
    attempts = known_attempts(session, order.id)
    release_reader()
    repriced = reprice(runtime, bought, edit)
    difference = repriced.quote.total - bought.quote.total
    plan = money_plan(charged, difference, attempts)
    seen = Preview(number, version, bought.quote.total, repriced.quote.total, repriced.differences, plan)
    return seen, repriced, edit


def _cleaned(edit: Edit, bought: Purchase) -> Edit:
    """Without what is as it was; the address as the market's forms would take it. Raises InvalidFields."""
    pieces = {each.id: each.line.quantity for each in bought.lines}
    quantities = {id: quantity for id, quantity in edit.quantities.items() if pieces.get(id) != quantity}
    address = address_rules.tidy(edit.address) if edit.address else None
    if address == bought.address:
        address = None
    if address is not None and (problems := address_rules.problems(address, bought.market.countries)):
        raise InvalidFields(problems)
    return replace(edit, reason=edit.reason.strip()[:250], quantities=quantities, address=address)


def _known(key: str, digest: str) -> str | None:
    row = (
        reader()
        .execute(select(OrderEdit.id, OrderEdit.request_digest).where(OrderEdit.idempotency_key == key))
        .one_or_none()
    )
    if row is None:
        return None
    if row.request_digest != digest:
        raise KeyReused
    return row.id


def _write(runtime: Runtime, seen: Preview, draft: Draft) -> str:
    with unit_of_work() as session:
        order = lock(session, seen.number)
        known = _known(draft.key, draft.digest)
        if known is not None:
            return known
        if version_of(order, lines_of(session, order.id)) != seen.version:
            raise OrderChanged(seen.number)
        attempts = known_attempts(session, order.id, locked=True)
        plan = money_plan(Money(order.charged, order.currency), seen.difference, attempts)
        write(session, runtime, order, attempts, replace(draft, money=plan))
        _intend(runtime, draft, plan)
        return draft.id


def _intend(runtime: Runtime, draft: Draft, plan: MoneyPlan) -> None:
    """Refunds commit with the edit, so that none can be forgotten."""
    for attempt_id, amount in plan.refunds:
        key = f"{EDIT_KEY}{draft.id}-{attempt_id}"
        refunds.intend(runtime, attempt_id, amount, draft.edit.reason, draft.actor, key)


def _move_money(runtime: Runtime, edit_id: str, actor: str, return_url: Callable[[str], str]) -> None:
    """After the commit; safe to repeat. What fails is logged and stays visible on the order."""
    edit = reader().get_one(OrderEdit, edit_id)
    order_id, money = edit.order_id, edit.money
    for refund in payment_queries.refunds(order_id):
        if refund.state in ("created", "unknown"):
            refunds.send(runtime, refund.id)
    for attempt_id in money["replaced"]:
        try:
            payments.give_up(runtime, attempt_id, actor=actor)
        except EntrepotError as error:
            _log.warning("Payment %s of order %s could not be released: %s", attempt_id, order_id, error)
    if money["collect"]:
        _ask_the_buyer(runtime, order_id, return_url)


def _ask_the_buyer(runtime: Runtime, order_id: int, return_url: Callable[[str], str]) -> None:
    """A new attempt by the way the buyer chose last; where that is not open any more the buyer chooses on the page."""
    asked = [each for each in payment_queries.attempts(order_id) if each.account_id not in OWN_ACCOUNTS]
    if not asked:
        return
    try:
        attempt_id = payments.try_again(runtime, order_id=order_id, account_id=asked[-1].account_id)
        payments.start(runtime, attempt_id, return_url=return_url(attempt_id))
    except EntrepotError as error:
        _log.warning("The difference of order %s could not be asked for: %s", order_id, error)
