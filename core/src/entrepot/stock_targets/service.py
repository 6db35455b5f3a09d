"""Making proposals from sales, and deciding about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.inventory.thresholds import set_threshold
from entrepot.kernel.clock import HasClock
from entrepot.kernel.texts import N_
from entrepot.markets.queries import known_store
from entrepot.sdk.errors import EntrepotError
from entrepot.stock_targets import queries
from entrepot.stock_targets.models import StockProposal
from entrepot.stock_targets.rules import Target, Terms, is_worth_telling, propose
from entrepot.storage.session import unit_of_work

#: So many days of sales are looked at.
WINDOW = timedelta(days=90)
#: The store's setting: {"*": {"lead_days": 14, …}, warehouse code: {"lead_days": 30}}
SETTING = "stock_targets"
LONGEST = 365


class ProposalGone(EntrepotError):
    """There is nothing to decide any more."""

    status = 404

    def __init__(self) -> None:
        super().__init__(N_("This proposal is not open any more. Reload the list."))


def terms_of(settings: Mapping[str, Any], warehouse: str) -> Terms:
    """How goods for the warehouse are bought: its own terms, else those of all, else the usual ones."""
    said = settings.get(SETTING) or {}
    values = {**said.get("*", {}), **said.get(warehouse, {})}
    usual = Terms()
    return Terms(
        lead_days=int(values.get("lead_days", usual.lead_days)),
        purchase_days=int(values.get("purchase_days", usual.purchase_days)),
        service=int(values.get("service", usual.service)),
    )


def checked_terms(*, lead_days: int, purchase_days: int, service: int) -> dict[str, int]:
    """The terms as the setting holds them. Raises EntrepotError."""
    if not (1 <= lead_days <= LONGEST and 1 <= purchase_days <= LONGEST):
        raise EntrepotError(N_("Enter between 1 and 365 days."))
    if not 50 <= service <= 99:
        raise EntrepotError(N_("Stock is to last in 50 to 99 of a hundred cases."))
    return {"lead_days": lead_days, "purchase_days": purchase_days, "service": service}


def make_proposals(runtime: HasClock) -> int:
    """Look at the sales of the last days; returns how many proposals are new or changed. May be repeated.

    What was rejected is proposed again only when it differs; an open proposal that no longer differs goes.
    """
    now = runtime.clock.now()
    settings = known_store().settings
    with unit_of_work() as session:
        warehouses = queries.active_warehouses(session)
        counted = queries.counted_variants(session)
        held = queries.levels_now(session)
        known = {(row.variant_id, row.warehouse_id): row for row in session.scalars(select(StockProposal))}
        changed = 0
        for key, daily in queries.sales_by_day(session, now - WINDOW, now).items():
            if key[0] not in counted or key[1] not in warehouses:
                continue
            target = propose(daily, terms_of(settings, warehouses[key[1]]))
            if target is not None:
                changed += _put(session, runtime, key, target, known.get(key), held.get(key, (None, None)))
    return changed


def accept(runtime: HasClock, variant_id: int, warehouse_id: int, *, actor: str) -> None:
    """Make the proposed levels those that hold. Raises ProposalGone."""
    with unit_of_work() as session:
        row = _open(session, variant_id, warehouse_id)
        set_threshold(variant_id, warehouse_id, least=row.least, most=row.most, at=runtime.clock.now())
        _decide(runtime, row, "accepted", actor)


def reject(runtime: HasClock, variant_id: int, warehouse_id: int, *, actor: str) -> None:
    """Keep the levels that hold; the same is not proposed again. Raises ProposalGone."""
    with unit_of_work() as session:
        _decide(runtime, _open(session, variant_id, warehouse_id), "rejected", actor)


def _put(
    session: Session,
    runtime: HasClock,
    key: queries.Key,
    target: Target,
    row: StockProposal | None,
    held: tuple[int | None, int | None],
) -> int:
    if not is_worth_telling(target, *held):
        if row is not None and row.state == "open":
            session.delete(row)
        return 0
    if row is not None and row.state == "rejected" and not is_worth_telling(target, row.least, row.most):
        return 0
    if (
        row is not None
        and row.state == "open"
        and (row.least, row.most, row.why)
        == (
            target.least,
            target.most,
            figures(target),
        )
    ):
        return 0
    row = row or StockProposal(variant_id=key[0], warehouse_id=key[1])
    row.least, row.most, row.why = target.least, target.most, figures(target)
    row.state, row.made_at, row.decided_at, row.decided_by = "open", runtime.clock.now(), None, ""
    session.add(row)
    return 1


def figures(target: Target) -> dict[str, int]:
    """What explains the target, to be told later."""
    return {
        "sold": target.sold,
        "days": target.days,
        "while_waiting": target.while_waiting,
        "safety": target.safety,
        "lead_days": target.terms.lead_days,
        "purchase_days": target.terms.purchase_days,
        "service": target.terms.service,
    }


def _open(session: Session, variant_id: int, warehouse_id: int) -> StockProposal:
    row = session.get(StockProposal, (variant_id, warehouse_id), with_for_update=True, populate_existing=True)
    if row is None or row.state != "open":
        raise ProposalGone
    return row


def _decide(runtime: HasClock, row: StockProposal, state: str, actor: str) -> None:
    row.state, row.decided_at, row.decided_by = state, runtime.clock.now(), actor[:120]
