"""Makes the demo store from nothing, once; started again it finds it there and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from entrepot.background import CONSUMERS
from entrepot.demo import history, opening
from entrepot.demo.goods import read_goods
from entrepot.demo.simulators import simulated_accounts
from entrepot.demo.stories import STORIES
from entrepot.engine.delivery import fan_out
from entrepot.engine.runtime import Runtime
from entrepot.kernel.clock import FixedClock
from entrepot.markets.models import Store
from entrepot.markets.service import touch_store
from entrepot.storage.models import FactDelivery
from entrepot.storage.session import reader, release_reader, unit_of_work

#: The store opened so many days before now.
OPEN_FOR = timedelta(days=45)
_MARK = "demo"
_FACTS_AT_ONCE = 1000


def seed(runtime: Runtime, ports: Mapping[str, int]) -> bool:
    """Fill an empty database; ``ports`` says where each simulator listens. False when the demo store was there already.

    An interrupted seeding is not continued: the caller starts over with an empty database, see ``is_half_made``.
    """
    if _mark() == "complete":
        return False
    now = runtime.clock.now()
    opened = replace(runtime, clock=FixedClock(now - OPEN_FOR))
    opening.open_store(opened, read_goods())
    opening.create_accounts(opened, simulated_accounts(runtime.registry, ports))
    opening.create_accounts(opened, opening.written()["account"])
    history.play(runtime, STORIES, now=now)
    _keep_quiet_about_the_past(runtime, now)
    _set_mark("complete")
    return True


def is_half_made() -> bool:
    """Whether the database holds a store that is no complete demo store."""
    return _mark() not in (None, "complete")


def _mark() -> str | None:
    """What the store's settings say of the seeding; None where there is no store."""
    settings = reader().execute(select(Store.settings)).scalar()
    release_reader()
    return str(settings.get(_MARK, "begun")) if settings is not None else None


def _set_mark(mark: str) -> None:
    with unit_of_work() as session:
        settings = session.execute(select(Store.settings)).scalar_one()
        session.execute(update(Store).values(settings={**settings, _MARK: mark}))
        touch_store(session)


def _keep_quiet_about_the_past(runtime: Runtime, now: datetime) -> None:
    """Nobody is written to about orders of the past; plugins learn of them all the same."""
    while fan_out(runtime, CONSUMERS, _FACTS_AT_ONCE):
        pass
    own = [f"core.{consumer.name}" for consumer in CONSUMERS]
    with unit_of_work() as session:
        session.execute(update(FactDelivery).where(FactDelivery.consumer.in_(own)).values(state="done"))
