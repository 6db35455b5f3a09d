"""Background work at the desk: parked items with their reason, repeated one by one and by time; what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entrepot.admin.job_words import job_label
from entrepot.background import CONSUMERS, JOBS, TASKS
from entrepot.engine import queue
from entrepot.engine.delivery import ATTEMPTS, LONGEST_PAUSE, Consumer, deliver_due
from entrepot.engine.jobs import ENGINE_JOBS, PeriodicJob, run_due_jobs
from entrepot.engine.worker import work_once
from entrepot.kernel.money import Money
from entrepot.payments.inbox import handle_webhook
from entrepot.payments.inbox_list import inbox_events
from entrepot.sdk.payments import Outcome
from entrepot.testkit.providers import webhook
from entrepot.testkit.small_shop import SmallShop

from .conftest import Desk
from .test_budgets import queries_of

pytestmark = pytest.mark.covers("S0.36")


def fail(*_: object) -> None:
    raise RuntimeError("the receiver is on fire")


def parked_job(shop: SmallShop) -> str:
    id = queue.enqueue(shop.runtime, "core.test", {}, id="job-1", subject="about")
    for _ in range(ATTEMPTS):
        queue.run_queued(shop.runtime, {"core.test": fail})
        shop.clock.move(LONGEST_PAUSE)
    return id


def test_a_parked_job_is_shown_with_its_reason_and_repeated(shop: SmallShop, owner: Desk) -> None:
    id = parked_job(shop)
    assert "the receiver is on fire" in owner.open("/admin/jobs")
    assert "1 job is parked" in owner.open("/admin/")
    owner.open("/admin/jobs")
    owner.send("/admin/jobs/replay", id=id)
    assert queue.queued()[0].state == "due"


def test_every_job_of_the_core_has_words_that_people_read() -> None:
    names = {job.name for job in (*JOBS, *ENGINE_JOBS)} | set(TASKS)
    assert [name for name in sorted(names) if job_label(name) == name] == []
    assert job_label("feature-feed.send") == "feature-feed.send"


def test_jobs_of_a_time_range_are_repeated(shop: SmallShop, owner: Desk) -> None:
    parked_job(shop)
    owner.open("/admin/jobs")
    owner.send("/admin/jobs/replay", since="2099-01-01T00:00")
    assert queue.queued()[0].state == "parked"
    owner.send("/admin/jobs/replay", since="2000-01-01T00:00")
    assert queue.queued()[0].state == "due"
    assert "is no time" in owner.send("/admin/jobs/replay", since="yesterday")


def test_a_job_that_is_tried_again_shows_when(shop: SmallShop, owner: Desk) -> None:
    queue.enqueue(shop.runtime, "core.test", {})
    queue.run_queued(shop.runtime, {"core.test": fail})
    shown = owner.open("/admin/jobs?state=due")
    assert "the receiver is on fire" in shown and "Next try" in shown


def test_jobs_that_repeat_show_their_runs_and_failures(shop: SmallShop, owner: Desk) -> None:
    run_due_jobs(shop.runtime, [PeriodicJob("core.poll-payments", timedelta(seconds=20), fail)])
    shown = owner.open("/admin/jobs")
    assert "core.poll-payments" in shown and "the receiver is on fire" in shown
    owner.send("/admin/jobs/run/core.poll-payments")
    work_once(shop.runtime, (), JOBS)
    assert "the receiver is on fire" not in owner.open("/admin/jobs")
    assert "There is no periodic job" in owner.send("/admin/jobs/run/core.nothing")


def test_facts_of_a_time_range_are_delivered_again(shop: SmallShop, owner: Desk) -> None:
    shop.place()
    got: list[object] = []
    consumer = Consumer("probe", lambda _kind: True, lambda _runtime, fact: got.append(fact.kind))
    deliver_due(shop.runtime, (*CONSUMERS, consumer))
    first = len(got)
    owner.open("/admin/deliveries")
    owner.send("/admin/deliveries/replay", consumer="core.probe", since="2000-01-01T00:00", done_too="true")
    deliver_due(shop.runtime, (*CONSUMERS, consumer))
    assert first and len(got) == 2 * first


def test_a_fact_that_failed_shows_when_it_is_tried_next(shop: SmallShop, owner: Desk) -> None:
    shop.place()
    deliver_due(shop.runtime, (Consumer("probe", lambda _kind: True, fail),))
    shown = owner.open("/admin/deliveries")
    assert "Failed, tried again by itself" in shown and "the receiver is on fire" in shown


def test_an_event_without_a_payment_waits_in_the_inbox(shop: SmallShop, owner: Desk) -> None:
    body, headers = webhook("e1", "unknown-reference", Outcome.CAPTURED, Money(100, "EUR"))
    handle_webhook(shop.runtime, shop.accounts["scripted"], body, headers)
    shown = owner.open("/admin/inbox")
    assert "unknown-reference" in shown and "Without a payment" in shown
    assert "0 events were given" in owner.send("/admin/inbox/replay", id=str(inbox_events()[0].id))


def test_the_health_page_counts_what_is_parked_and_tells_its_age(shop: SmallShop, owner: Desk) -> None:
    parked_job(shop)
    shop.place()
    shown = owner.open("/admin/health")
    assert "Jobs parked 1" in shown and "Events not handed out yet" in shown


def test_the_pages_cost_a_fixed_number_of_queries(shop: SmallShop, owner: Desk) -> None:
    paths = ("/admin/jobs", "/admin/inbox", "/admin/deliveries")
    before = [len(queries_of(owner, path)) for path in paths]
    parked_job(shop)
    for key in range(3):
        shop.paid(key=f"k{key}")
    deliver_due(shop.runtime, CONSUMERS)
    assert [len(queries_of(owner, path)) for path in paths] == before
    assert max(before) <= 8
    assert len(queries_of(owner, "/admin/health")) <= 16
