"""Delivery of committed facts from the outbox: to each consumer on its own, at least once, with growing pauses.

A consumer is a plugin that implements the fact's observation hook, or a part of the core. Several workers may run at
once: a delivery belongs to whoever moved its ``next_at`` into the future first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from entrepot.engine.calls import with_own_app_context
from entrepot.engine.limits import described, run_limited
from entrepot.engine.runtime import Runtime
from entrepot.sdk.facts import FACTS, Fact
from entrepot.storage.models import FactDelivery, FactRow
from entrepot.storage.session import reader, release_reader, unit_of_work

ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
#: How long one plugin may take for one fact.
OBSERVATION_LIMIT_S = 60.0
#: A worker that died gives back what it took after this time; more than a batch can take.
LEASE = timedelta(minutes=15)
#: Facts that everybody got are kept this long.
KEEP = timedelta(days=90)
_BATCH = 10
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Consumer:
    """A part of the core that wants facts. ``deliver`` may be given the same fact again."""

    name: str
    handles: Callable[[str], bool]
    deliver: Callable[[Runtime, Fact], None]


@dataclass(frozen=True)
class _Claimed:
    seq: int
    consumer: str
    attempts: int


def deliver_due(runtime: Runtime, consumers: Sequence[Consumer] = (), limit: int = 100) -> int:
    """Give due facts to their consumers; returns how many deliveries were tried. In safe mode facts wait."""
    if runtime.registry.safe_mode_reason:
        return 0
    fan_out(runtime, consumers, limit)
    own = {f"core.{consumer.name}": consumer for consumer in consumers}
    names = [*own, *runtime.registry.plugins]
    tried = 0
    while tried < limit and (claimed := _claim(runtime, names, min(_BATCH, limit - tried))):
        facts = _facts(FactRow.seq.in_({delivery.seq for delivery in claimed}))
        for delivery in claimed:
            _settle(runtime, delivery, _attempt(runtime, own, delivery, facts))
        tried += len(claimed)
    return tried


def fan_out(runtime: Runtime, consumers: Sequence[Consumer], limit: int) -> int:
    """Make a delivery row per new fact and consumer; returns how many facts were new."""
    if not _has_new_facts():
        return 0
    with unit_of_work() as session:
        new = select(FactRow.seq, FactRow.kind).where(FactRow.fanned_out.is_(False)).order_by(FactRow.seq).limit(limit)
        facts = session.execute(new.with_for_update()).all()
        due = {"state": "due", "attempts": 0, "next_at": runtime.clock.now(), "error": ""}
        rows = [
            {"fact_seq": fact.seq, "consumer": name, **due}
            for fact in facts
            for name in _wanted_by(runtime, consumers, fact.kind)
        ]
        if rows:
            session.execute(insert(FactDelivery), rows)
        session.execute(update(FactRow).where(FactRow.seq.in_([fact.seq for fact in facts])).values(fanned_out=True))
    return len(facts)


def replay(
    runtime: Runtime,
    *,
    consumer: str = "",
    fact_seq: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    done_too: bool = False,
) -> int:
    """Make parked deliveries due again, and with ``done_too`` those that arrived; returns how many.

    ``since`` (inclusive) and ``until`` (exclusive) bound the time of the fact. Consumers bear the repetition.
    """
    states = ("parked", "done") if done_too else ("parked",)
    wanted: list[ColumnElement[bool]] = [FactDelivery.state.in_(states)]
    wanted += [FactDelivery.consumer == consumer] if consumer else []
    wanted += [FactDelivery.fact_seq == fact_seq] if fact_seq is not None else []
    if since or until:
        wanted.append(FactDelivery.fact_seq.in_(_facts_between(since, until)))
    with unit_of_work() as session:
        values = {"state": "due", "attempts": 0, "next_at": runtime.clock.now(), "error": ""}
        again = update(FactDelivery).where(*wanted).values(values)
        return int(session.execute(again, execution_options={"synchronize_session": False}).rowcount)  # type: ignore[attr-defined]


def _facts_between(since: datetime | None, until: datetime | None) -> Select[int]:
    query = select(FactRow.seq)
    query = query.where(FactRow.at >= since) if since else query
    return query.where(FactRow.at < until) if until else query


def facts_after(seq: int) -> list[tuple[int, Fact]]:
    """What happened after the fact with this number, with the numbers, oldest first."""
    return sorted(_facts(FactRow.seq > seq).items())


def forget_delivered(runtime: Runtime) -> int:
    """Delete facts of long ago that nobody waits for any more; returns how many. Orders keep their own history."""
    waiting = select(FactDelivery.fact_seq).where(FactDelivery.state != "done")
    with unit_of_work() as session:
        old = delete(FactRow).where(
            FactRow.at < runtime.clock.now() - KEEP, FactRow.fanned_out.is_(True), FactRow.seq.not_in(waiting)
        )
        return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts."""
    return min(FIRST_PAUSE * int(2 ** (attempts - 1)), LONGEST_PAUSE)


def _has_new_facts() -> bool:
    found = reader().execute(select(FactRow.seq).where(FactRow.fanned_out.is_(False)).limit(1)).first()
    release_reader()
    return found is not None


def _wanted_by(runtime: Runtime, consumers: Sequence[Consumer], kind: str) -> list[str]:
    """Consumers of a kind of fact. A failed plugin may want it too: its deliveries wait until it works again."""
    if kind not in FACTS:
        return []
    plugins = {found.plugin_id for found in runtime.registry.hooks.implementations(f"entrepot_{kind}")}
    plugins |= set(runtime.registry.failed) & set(runtime.registry.installed)
    return [*(f"core.{consumer.name}" for consumer in consumers if consumer.handles(kind)), *sorted(plugins)]


def _claim(runtime: Runtime, names: Iterable[str], size: int) -> list[_Claimed]:
    """Take due deliveries for this worker alone."""
    now = runtime.clock.now()
    is_due: Sequence[ColumnElement[bool]] = (
        FactDelivery.state == "due",
        FactDelivery.next_at <= now,
        FactDelivery.consumer.in_(list(names)),
    )
    key = (FactDelivery.fact_seq, FactDelivery.consumer)
    due = reader().execute(select(*key).where(*is_due).order_by(FactDelivery.fact_seq).limit(size)).all()
    release_reader()
    if not due:
        return []
    claimed: list[_Claimed] = []
    with unit_of_work() as session:
        for seq, consumer in due:
            mine = update(FactDelivery).where(*is_due, FactDelivery.fact_seq == seq, FactDelivery.consumer == consumer)
            taken = mine.values(next_at=now + LEASE, attempts=FactDelivery.attempts + 1)
            attempts = session.execute(taken.returning(FactDelivery.attempts)).scalar()
            if attempts is not None:
                claimed.append(_Claimed(seq, consumer, attempts))
    return claimed


def _facts(which: ColumnElement[bool]) -> Mapping[int, Fact]:
    rows = reader().execute(select(FactRow.seq, FactRow.id, FactRow.kind, FactRow.at, FactRow.payload).where(which))
    facts = {row.seq: FACTS[row.kind].from_payload(row.id, row.at, row.payload) for row in rows if row.kind in FACTS}
    release_reader()
    return facts


def _attempt(
    runtime: Runtime, own: Mapping[str, Consumer], delivery: _Claimed, facts: Mapping[int, Fact]
) -> Exception | None:
    """Deliver once; returns the error, if any."""
    fact = facts.get(delivery.seq)
    if fact is None:
        return None
    try:
        if delivery.consumer in own:
            own[delivery.consumer].deliver(runtime, fact)
        else:
            _observe(runtime, delivery.consumer, fact)
    except (Exception, SystemExit) as error:
        return described(error)
    finally:
        release_reader()
    return None


def _observe(runtime: Runtime, plugin_id: str, fact: Fact) -> None:
    values: dict[str, Any] = {"fact": fact, "shop": runtime.shop}
    for implementation in runtime.registry.hooks.implementations(f"entrepot_{fact.kind}"):
        if implementation.plugin_id == plugin_id:
            call = with_own_app_context(partial(implementation, values))
            run_limited(call, OBSERVATION_LIMIT_S, f"{plugin_id}-{fact.kind}")


def _settle(runtime: Runtime, delivery: _Claimed, error: Exception | None) -> None:
    """Write down how an attempt ended."""
    if error is None:
        values: dict[str, Any] = {"state": "done", "error": ""}
    elif delivery.attempts >= ATTEMPTS:
        values = {"state": "parked", "error": _text(error)}
    else:
        values = {"next_at": runtime.clock.now() + pause_after(delivery.attempts), "error": _text(error)}
    if error is not None:
        _log.warning("Fact %d for %s failed (attempt %d)", delivery.seq, delivery.consumer, delivery.attempts,
                     exc_info=error)  # fmt: skip
    with unit_of_work() as session:
        session.execute(
            update(FactDelivery)
            .where(FactDelivery.fact_seq == delivery.seq, FactDelivery.consumer == delivery.consumer)
            .values(values)
        )


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2000]
