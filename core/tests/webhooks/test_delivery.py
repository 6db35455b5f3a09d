"""From a committed fact to the receiver: signed, repeated with the same id, parked, replayed; no private nets."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from entrepot.background import CONSUMERS, TASKS
from entrepot.engine import queue
from entrepot.engine.delivery import ATTEMPTS, LONGEST_PAUSE
from entrepot.engine.worker import work_once
from entrepot.kernel.money import Money
from entrepot.sdk.facts import OrderPlaced
from entrepot.storage.outbox import record
from entrepot.storage.session import reader, unit_of_work
from entrepot.webhooks import rules, service
from entrepot.webhooks.models import WebhookEndpoint
from entrepot.webhooks.rules import GIVEN_UP_AFTER, GIVEN_UP_TRIES
from entrepot.webhooks.sending import PrivateAddress, send

pytestmark = pytest.mark.databases


def work(shop):
    return work_once(shop.runtime, CONSUMERS, (), TASKS)


def happen(shop, number="1001"):
    """An order was placed; returns the fact."""
    with unit_of_work() as session:
        total = Money(1990, "EUR")
        return record(session, shop.clock, OrderPlaced, order_number=number, total=total, market="eu", locale="en")


def verified(secret, headers, body):
    expected = rules.signature(secret, id=headers["webhook-id"], timestamp=int(headers["webhook-timestamp"]), body=body)
    return expected in headers["webhook-signature"].split()


@pytest.mark.covers("S0.36")
def test_placed_order_reaches_the_endpoint_signed(shop, receiver):
    _, secret = service.create(shop.runtime, url=receiver.url, kinds=["order_placed"])
    happen(shop)
    work(shop)
    [(headers, body)] = receiver.requests
    told = json.loads(body)
    assert told["type"] == "order_placed"
    assert told["data"]["order_number"] == "1001"
    assert told["data"]["total"] == {"amount": "19.90", "currency": "EUR"}
    assert verified(secret, headers, body)


def test_endpoint_hears_only_of_the_kinds_that_it_wants(shop, receiver):
    service.create(shop.runtime, url=receiver.url, kinds=["order_cancelled"])
    happen(shop)
    work(shop)
    assert receiver.requests == []


def test_disabled_endpoint_hears_nothing(shop, receiver):
    id, _ = service.create(shop.runtime, url=receiver.url)
    service.change(id, url=receiver.url, kinds=[], description="", enabled=False)
    happen(shop)
    work(shop)
    assert receiver.requests == []


@pytest.mark.covers("S0.36")
def test_failed_message_is_repeated_with_the_same_id_and_a_new_time(shop, receiver):
    service.create(shop.runtime, url=receiver.url, kinds=["order_placed"])
    receiver.status = 500
    happen(shop)
    work(shop)
    receiver.status = 200
    work(shop)
    assert len(receiver.requests) == 1  # not before its pause is over
    shop.clock.move(timedelta(minutes=1))
    work(shop)
    (first, body), (second, again) = receiver.requests
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    assert first["webhook-timestamp"] != second["webhook-timestamp"]


@pytest.mark.covers("S0.36")
def test_message_is_parked_after_ten_tries_and_replayed_by_a_person(shop, receiver):
    id, _ = service.create(shop.runtime, url=receiver.url, kinds=["order_placed"])
    receiver.status = 503
    happen(shop)
    for _ in range(ATTEMPTS + 2):
        work(shop)
        shop.clock.move(LONGEST_PAUSE)
    [job] = queue.queued(subject=id)
    assert (job.state, job.attempts, len(receiver.requests)) == ("parked", ATTEMPTS, ATTEMPTS)
    assert "503" in job.error
    receiver.status = 200
    assert service.replay(shop.runtime, id) == 1
    work(shop)
    assert queue.queued(subject=id)[0].state == "done"


@pytest.mark.covers("S0.36")
def test_time_range_is_sent_again_also_what_had_arrived(shop, receiver):
    id, _ = service.create(shop.runtime, url=receiver.url, kinds=["order_placed"])
    for key in ("one", "two"):
        happen(shop, key)
        work(shop)
        shop.clock.move(timedelta(hours=1))
    since = shop.clock.now() - timedelta(minutes=90)
    assert service.replay(shop.runtime, id, since=since) == 1
    work(shop)
    ids = [headers["webhook-id"] for headers, _ in receiver.requests]
    assert ids[2] == ids[1] != ids[0]


def test_fact_that_is_delivered_twice_is_queued_once(shop, receiver):
    service.create(shop.runtime, url=receiver.url, kinds=["order_placed"])
    fact = happen(shop)
    work(shop)
    service.deliver(shop.runtime, fact)
    work(shop)
    assert len(receiver.requests) == 1


def test_rotated_secret_signs_beside_the_old_one_until_the_next_rotation(shop, receiver):
    id, first = service.create(shop.runtime, url=receiver.url)
    second = service.rotate(shop.runtime, id)
    service.send_test(shop.runtime, id)
    assert all(verified(secret, *receiver.requests[0]) for secret in (first, second))
    service.rotate(shop.runtime, id)
    service.send_test(shop.runtime, id)
    assert [verified(secret, *receiver.requests[1]) for secret in (first, second)] == [False, True]


def test_secrets_are_encrypted_at_rest(shop):
    id, secret = service.create(shop.runtime, url="https://erp.example/hooks")
    stored = reader().get(WebhookEndpoint, id).secrets
    assert secret.encode() not in stored and secret.removeprefix("whsec_").encode() not in stored


def test_private_addresses_are_refused_unless_a_setting_allows_them(guarded_shop, receiver):
    id, _ = service.create(guarded_shop.runtime, url=receiver.url)
    with pytest.raises(PrivateAddress, match="ENTREPOT_WEBHOOKS_PRIVATE"):
        service.send_test(guarded_shop.runtime, id)
    assert receiver.requests == []


def test_redirect_is_not_followed(shop, receiver):
    id, _ = service.create(shop.runtime, url=receiver.url)
    receiver.status, receiver.location = 302, receiver.url
    with pytest.raises(Exception, match="answered 302"):
        service.send_test(shop.runtime, id)
    assert len(receiver.requests) == 1


def test_sending_inside_a_transaction_is_a_programming_error(shop, receiver):
    with unit_of_work(), pytest.raises(RuntimeError, match="transaction"):
        send(receiver.url, b"{}", {}, private_allowed=True)


def test_deleted_endpoint_gets_nothing_more(shop, receiver):
    id, _ = service.create(shop.runtime, url=receiver.url, kinds=["order_placed"])
    receiver.status = 500
    happen(shop)
    work(shop)
    service.delete(id)
    shop.clock.move(LONGEST_PAUSE)
    work(shop)
    assert len(receiver.requests) == 1


@pytest.mark.covers("S0.36")
def test_endpoint_that_takes_nothing_for_days_is_disabled_with_the_reason(shop, receiver):
    id, _ = service.create(shop.runtime, url=receiver.url, kinds=["order_placed"])
    receiver.status = 500
    for _ in range(GIVEN_UP_TRIES):
        happen(shop, str(shop.clock.now()))
        work(shop)
        shop.clock.move(GIVEN_UP_AFTER / GIVEN_UP_TRIES)
    work(shop)
    found = service.endpoint(id)
    assert not found.enabled and "500" in found.disabled_reason and "Nothing arrived since" in found.disabled_reason
    tried = len(receiver.requests)
    happen(shop, "later")
    shop.clock.move(LONGEST_PAUSE)
    work(shop)
    assert len(receiver.requests) == tried


@pytest.mark.covers("S0.36")
def test_receiver_that_is_gone_is_disabled_at_once(shop, receiver):
    id, _ = service.create(shop.runtime, url=receiver.url, kinds=["order_placed"])
    receiver.status = 410
    happen(shop)
    work(shop)
    assert "wants nothing more" in service.endpoint(id).disabled_reason


def test_one_success_forgets_the_failures(shop, receiver):
    id, _ = service.create(shop.runtime, url=receiver.url, kinds=["order_placed"])
    receiver.status = 500
    happen(shop)
    work(shop)
    assert service.endpoint(id).failures == 1 and service.endpoint(id).failing_since
    receiver.status = 200
    shop.clock.move(LONGEST_PAUSE)
    work(shop)
    assert (service.endpoint(id).failures, service.endpoint(id).failing_since) == (0, None)


@pytest.mark.covers("S0.36")
def test_enabled_again_it_is_sent_what_it_missed(shop, receiver):
    since = shop.clock.now()
    id, _ = service.create(shop.runtime, url=receiver.url, kinds=["order_placed"])
    receiver.status = 410
    happen(shop, "one")
    work(shop)
    happen(shop, "two")
    work(shop)
    receiver.status = 200
    service.change(id, url=receiver.url, kinds=["order_placed"], description="", enabled=True)
    assert service.endpoint(id).disabled_reason == ""
    assert service.replay(shop.runtime, id, since=since) == 1  # the other one is on its way already
    shop.clock.move(LONGEST_PAUSE)
    work(shop)
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 2
    assert {job.state for job in queue.queued(subject=id)} == {"done"}


def test_one_message_is_sent_again_by_its_id(shop, receiver):
    id, _ = service.create(shop.runtime, url=receiver.url, kinds=["order_placed"])
    fact = happen(shop)
    work(shop)
    service.resend(shop.runtime, id, fact.id)
    work(shop)
    assert [headers["webhook-id"] for headers, _ in receiver.requests] == [fact.id, fact.id]
    with pytest.raises(service.MessageMissing):
        service.resend(shop.runtime, id, "nothing")
