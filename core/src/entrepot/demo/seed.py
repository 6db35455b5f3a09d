"""Makes the demo store from nothing, once; started again it finds it there and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from entrepot.background import CONSUMERS
from entrepot.demo import history, opening
from entrepot.demo.goods import read_goods
from entrepot.demo.simulators import simulated_accounts
from entrepot.demo.stories import STORIES
from entrepot.engine.delivery import fan_out
from entrepot.engine.runtime import Runtime
from entrepot.kernel.clock import FixedClock
from entrepot.markets.queries import StoreMissing, store
from entrepot.storage.models import FactDelivery
from entrepot.storage.session import unit_of_work

#: The store opened so many days before now.
OPEN_FOR = timedelta(days=45)
_FACTS_AT_ONCE = 1000


def seed(runtime: Runtime, ports: Mapping[str, int]) -> bool:
    """Fill an empty database; ``ports`` says where each simulator listens. False when there is a store already.

    What was interrupted is not continued: start over with an empty database.
    """
    if _has_store():
        return False
    now = runtime.clock.now()
    opened = replace(runtime, clock=FixedClock(now - OPEN_FOR))
    opening.open_store(opened, read_goods())
    opening.bring_own_rates(opened)
    opening.create_accounts(opened, simulated_accounts(runtime.registry, ports))
    opening.create_accounts(opened, opening.written()["account"])
    history.play(runtime, STORIES, now=now)
    opening.move_stock(runtime)
    opening.make_offers(runtime)
    _keep_quiet_about_the_past(runtime)
    return True


def _has_store() -> bool:
    try:
        store()
    except StoreMissing:
        return False
    return True


def _keep_quiet_about_the_past(runtime: Runtime) -> None:
    """Nobody is written to about orders of the past, and their documents are there; plugins learn of them later."""
    while fan_out(runtime, CONSUMERS, _FACTS_AT_ONCE):
        pass
    own = [f"core.{consumer.name}" for consumer in CONSUMERS]
    with unit_of_work() as session:
        session.execute(update(FactDelivery).where(FactDelivery.consumer.in_(own)).values(state="done"))
