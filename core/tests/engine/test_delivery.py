"""Facts: to each consumer on its own, at least once, later again when it fails, parked in the end."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from entrepot.engine.delivery import (
    ATTEMPTS,
    KEEP,
    LEASE,
    Consumer,
    deliver_due,
    fan_out,
    forget_delivered,
    pause_after,
    replay,
)
from entrepot.engine.health import health
from entrepot.sdk import OrderCompleted, StockChanged
from entrepot.storage import outbox
from entrepot.storage.models import FactDelivery, FactRow
from entrepot.storage.session import reader, release_reader, unit_of_work

pytestmark = pytest.mark.databases

OBSERVER = """
    import json
    from pathlib import Path

    FILE = Path({file!r})

    @hookimpl
    def entrepot_order_completed(fact):
        with FILE.open("a") as file:
            file.write(json.dumps(fact.order_number) + "\\n")
        {body}
"""


class Log:
    """A core consumer of completed orders."""

    def __init__(self, fails=()):
        self.seen = []
        self.fails = list(fails)
        self.consumer = Consumer("log", lambda kind: kind == "order_completed", self.deliver)

    def deliver(self, runtime, fact):
        self.seen.append(fact.order_number)
        if self.fails:
            raise self.fails.pop(0)


@pytest.fixture
def observe(plugins, tmp_path):
    """Install a plugin that notes the orders it is told of; gives a function that reads them."""

    def observe(plugin_id, body="pass"):
        file = tmp_path / f"{plugin_id}.log"
        plugins.install(plugin_id, OBSERVER.format(file=str(file), body=body))
        return lambda: [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    return observe


@pytest.fixture
def place(clock):
    def place(*numbers):
        with unit_of_work() as session:
            for number in numbers:
                outbox.record(session, clock, OrderCompleted, order_number=number)

    return place


def states():
    rows = reader().execute(select(FactDelivery.consumer, FactDelivery.state, FactDelivery.attempts)).all()
    release_reader()
    return {row[0]: (row[1], row[2]) for row in rows}


@pytest.mark.covers("S0.9")
def test_each_consumer_gets_each_fact_once(start, observe, place):
    first, second, log = observe("feature-a"), observe("feature-b"), Log()
    runtime = start()
    place("1001", "1002")
    assert deliver_due(runtime, [log.consumer]) == 6
    assert deliver_due(runtime, [log.consumer]) == 0
    assert first() == second() == log.seen == ["1001", "1002"]


def test_fact_that_was_rolled_back_never_arrives(start, observe, clock):
    seen = observe("feature-a")
    runtime = start()
    with pytest.raises(ValueError), unit_of_work() as session:
        outbox.record(session, clock, OrderCompleted, order_number="1001")
        raise ValueError
    assert deliver_due(runtime) == 0
    assert seen() == []


@pytest.mark.covers("G10")
@pytest.mark.parametrize("body", ["1 / 0", "raise SystemExit"])
def test_failing_plugin_delays_only_its_own_delivery(start, observe, place, clock, body):
    good, bad = observe("feature-a"), observe("feature-b", body)
    runtime = start()
    place("1001")
    deliver_due(runtime)
    assert (good(), bad()) == (["1001"], ["1001"])
    assert states() == {"feature-a": ("done", 1), "feature-b": ("due", 1)}
    deliver_due(runtime)
    assert bad() == ["1001"]
    clock.move(pause_after(1))
    deliver_due(runtime)
    assert bad() == ["1001"] * 2


def test_pauses_grow_up_to_six_hours():
    pauses = [pause_after(attempts) for attempts in range(1, ATTEMPTS + 5)]
    assert pauses[:4] == [timedelta(seconds=seconds) for seconds in (30, 60, 120, 240)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=6)


def test_delivery_is_parked_after_ten_attempts_and_can_be_replayed(start, place, clock):
    log = Log(fails=[ValueError("mail server down")] * ATTEMPTS)
    runtime = start()
    place("1001")
    for _ in range(ATTEMPTS + 3):
        deliver_due(runtime, [log.consumer])
        clock.move(timedelta(hours=6))
    assert len(log.seen) == ATTEMPTS
    assert states() == {"core.log": ("parked", ATTEMPTS)}
    problem = health(runtime).problems()[0]
    assert (problem.subject, problem.remedy) == ("core.log", "Repair the cause, then: entrepot plugin replay core.log")
    assert replay(runtime, consumer="core.log") == 1
    deliver_due(runtime, [log.consumer])
    assert states() == {"core.log": ("done", 1)}


def test_two_workers_never_take_the_same_delivery(start, place, clock):
    log = Log()
    runtime = start()
    place("1001")
    fan_out(runtime, [log.consumer], 10)

    def other_worker(runtime, fact):
        assert deliver_due(runtime, [log.consumer]) == 0

    nested = Consumer("log", log.consumer.handles, other_worker)
    assert deliver_due(runtime, [nested]) == 1
    assert log.seen == []


def test_delivery_of_a_worker_that_died_is_taken_over_when_its_lease_ends(start, place, clock):
    class Killed(BaseException):
        pass

    def die(runtime, fact):
        raise Killed

    log = Log()
    runtime = start()
    place("1001")
    with pytest.raises(Killed):
        deliver_due(runtime, [Consumer("log", log.consumer.handles, die)])
    assert deliver_due(runtime, [log.consumer]) == 0
    clock.move(LEASE)
    assert deliver_due(runtime, [log.consumer]) == 1
    assert log.seen == ["1001"]


def test_facts_wait_for_a_plugin_that_failed_to_load(start, plugins, observe, place):
    plugins.install("feature-a", "1 / 0")
    broken = start()
    place("1001")
    assert deliver_due(broken) == 0
    plugins.entry_points.clear()
    seen = observe("feature-a")
    repaired = start()
    deliver_due(repaired)
    assert seen() == ["1001"]


def test_consumer_that_does_not_want_a_kind_has_no_delivery(start, clock):
    log = Log()
    runtime = start()
    with unit_of_work() as session:
        outbox.record(session, clock, StockChanged, skus=("A",))
    assert deliver_due(runtime, [log.consumer]) == 0
    assert states() == {}


def test_fact_of_an_unknown_kind_stops_nothing(start, place):
    log = Log()
    runtime = start()
    place("1001", "1002")
    with unit_of_work() as session:
        session.execute(update(FactRow).where(FactRow.seq == 1).values(kind="from_the_future"))
    assert deliver_due(runtime, [log.consumer]) == 1
    assert log.seen == ["1002"]


def test_observer_may_read_the_shop(start, plugins, place, tmp_path):
    plugins.install(
        "feature-a",
        f"""
        from pathlib import Path

        @hookimpl
        def entrepot_order_completed(shop, fact):
            Path({str(tmp_path / "seen")!r}).write_text(str(shop.stock([fact.order_number])))
        """,
    )

    class Shop:
        def order(self, number):
            return None

        def stock(self, skus):
            return dict.fromkeys(skus, 3)

    runtime = start(shop=Shop())
    place("1001")
    deliver_due(runtime)
    assert (tmp_path / "seen").read_text() == "{'1001': 3}"


def test_delivered_facts_of_long_ago_are_forgotten_but_not_what_somebody_waits_for(start, place, clock):
    log = Log()
    runtime = start()
    place("1001")
    deliver_due(runtime, [log.consumer])
    log.fails = [ValueError("down")] * ATTEMPTS
    place("1002")
    deliver_due(runtime, [log.consumer])
    assert forget_delivered(runtime) == 0
    clock.move(KEEP + timedelta(days=1))
    assert forget_delivered(runtime) == 1
    assert states() == {"core.log": ("due", 1)}
