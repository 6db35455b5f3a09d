"""Screens the parties of placed orders in the worker: a match marks the order for a person and blocks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from entrepot.engine.calls import AccountView
from entrepot.engine.runtime import Runtime
from entrepot.kernel.address import Address
from entrepot.orders import attention
from entrepot.orders.models import OrderEvent
from entrepot.orders.queries import id_of, order_view
from entrepot.orders.service import note
from entrepot.sdk.facts import Fact, OrderPlaced
from entrepot.sdk.readmodels import OrderView
from entrepot.sdk.screening import ListMatch, Party, PartyScreening
from entrepot.storage.session import reader, unit_of_work

DEADLINE_S = 20.0
CLEAR, MATCH = "screening_clear", "screening_match"
#: As many entries of a match are told; the closest come first.
_TOLD = 3


def handles(kind: str) -> bool:
    return kind == "order_placed"


def deliver(runtime: Runtime, fact: Fact) -> None:
    """Ask every screening of the order's market. May be repeated: an account that answered is not asked again.

    Raises when one gave no answer, so that the fact's delivery is repeated later.
    """
    accounts = runtime.accounts.list("screening") if isinstance(fact, OrderPlaced) else []
    order = order_view(number=fact.order_number) if accounts and isinstance(fact, OrderPlaced) else None
    if order is None:
        return
    due = [account for account in accounts if account.serves(order.market) and not _answered(order.number, account.id)]
    parties = parties_of(order)
    answers = runtime.guard.call_many(
        [account.id for account in due],
        "screen",
        lambda provider: [match for party in parties for match in cast(PartyScreening, provider).screen(party)],
        deadline_s=DEADLINE_S,
        returns=list[ListMatch],
    )
    for account in due:
        if account.id in answers.results:
            _keep(runtime, order, account, answers.results[account.id])
    for error in answers.failures.values():
        raise error


def parties_of(order: OrderView) -> list[Party]:
    """Who buys and who receives, each once."""
    return list(dict.fromkeys(_party(address) for address in (order.billing_address, order.shipping_address)))


def _party(address: Address) -> Party:
    return Party(address.name, address.company, address)


def _answered(number: str, account_id: str) -> bool:
    order_id = id_of(number)
    rows = reader().scalars(
        select(OrderEvent.detail).where(OrderEvent.order_id == order_id, OrderEvent.kind.in_((CLEAR, MATCH)))
    )
    return any(detail.get("account_id") == account_id for detail in rows)


def _keep(runtime: Runtime, order: OrderView, account: AccountView, matches: Sequence[ListMatch]) -> None:
    """Write the answer into the timeline, and mark the order when there is a match."""
    actor = f"screening:{account.label}"[:120]
    order_id = id_of(order.number)
    if order_id is None:
        return
    with unit_of_work() as session:
        if not matches:
            note(session, runtime, order_id, actor, CLEAR, account_id=account.id)
            return
        _mark(session, runtime, order_id, actor, account, matches)


def _mark(
    session: Session,
    runtime: Runtime,
    order_id: int,
    actor: str,
    account: AccountView,
    matches: Sequence[ListMatch],
) -> None:
    closest = sorted(matches, key=lambda match: -match.score)
    why = "; ".join(told(match) for match in dict.fromkeys(closest[:_TOLD]))
    more = f" and {len(closest) - _TOLD} more" if len(closest) > _TOLD else ""
    note(session, runtime, order_id, actor, MATCH, account_id=account.id, attention=f"{why}{more}")
    attention.ask_for(session, runtime, order_id, f"Resembles {why}{more}. Compare before you ship.")


def told(match: ListMatch) -> str:
    """The match as staff read it."""
    programs = f" ({', '.join(match.programs)})" if match.programs else ""
    day = f" of {match.list_date}" if match.list_date else ""
    return f"{match.listed_name}{programs}, entry {match.entry} of {match.list_name}{day}, {match.score:.0%}"
