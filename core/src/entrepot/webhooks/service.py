"""Endpoints and their secrets, and the way of a fact to them: outbox, queue, network."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from entrepot.engine import queue
from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.facts import Fact
from entrepot.storage.outbox import between
from entrepot.storage.secrets import SecretsBox
from entrepot.storage.session import reader, release_reader, unit_of_work
from entrepot.webhooks import rules
from entrepot.webhooks.models import WebhookEndpoint
from entrepot.webhooks.sending import Gone, NotDelivered, send

#: Name of the queued job that sends one webhook.
SEND = "core.webhook"
#: A third secret would be forgotten by everybody.
MOST_SECRETS = 2


class EndpointMissing(EntrepotError):
    status = 404

    def __init__(self, id: str) -> None:
        super().__init__(f"There is no webhook endpoint {id}. 'entrepot webhook list' shows them.")


class MessageMissing(EntrepotError):
    status = 404

    def __init__(self, id: str) -> None:
        super().__init__(f"No message {id} was made for this endpoint, or it is no longer kept.")


class EndpointDisabled(EntrepotError):
    """Messages on their way wait, parked, until a person enables the endpoint and replays them."""

    status = 409

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} is disabled. Enable the endpoint, then replay what is parked.")


@dataclass(frozen=True)
class EndpointView:
    """An endpoint without its secrets."""

    id: str
    url: str
    description: str
    kinds: tuple[str, ...]
    enabled: bool
    created_at: datetime
    #: Since when nothing arrives; None while all is well.
    failing_since: datetime | None = None
    failures: int = 0
    #: Why the core disabled it.
    disabled_reason: str = ""


def create(runtime: Runtime, *, url: str, kinds: Sequence[str] = (), description: str = "") -> tuple[str, str]:
    """(id, secret) of a new endpoint. The secret is shown this once; raises EndpointRefused."""
    rules.check_endpoint(url, kinds)
    endpoint_id, secret = new_id(), _new_secret()
    sealed_with, sealed = _box(runtime).seal({"secrets": [secret]})
    with unit_of_work() as session:
        session.add(
            WebhookEndpoint(
                id=endpoint_id,
                url=url,
                description=description,
                kinds=sorted(set(kinds)),
                secrets_key=sealed_with,
                secrets=sealed,
                created_at=runtime.clock.now(),
            )
        )
    return endpoint_id, secret


def change(endpoint_id: str, *, url: str, kinds: Sequence[str], description: str, enabled: bool) -> None:
    """Raises EndpointMissing, EndpointRefused."""
    rules.check_endpoint(url, kinds)
    with unit_of_work() as session:
        row = _row(session.get(WebhookEndpoint, endpoint_id), endpoint_id)
        row.url, row.kinds, row.description = url, sorted(set(kinds)), description
        if enabled and not row.enabled:
            row.failing_since, row.failures, row.disabled_reason = None, 0, ""
        row.enabled = enabled


def delete(endpoint_id: str) -> None:
    """Forget the endpoint; what is on its way to it is dropped when its turn comes. Raises EndpointMissing."""
    with unit_of_work() as session:
        session.delete(_row(session.get(WebhookEndpoint, endpoint_id), endpoint_id))


def rotate(runtime: Runtime, endpoint_id: str) -> str:
    """A new secret, shown this once. Until the next rotation messages are signed with the one before as well."""
    secret = _new_secret()
    with unit_of_work() as session:
        row = _row(session.get(WebhookEndpoint, endpoint_id, with_for_update=True), endpoint_id)
        kept = _box(runtime).open(row.secrets_key, row.secrets)["secrets"]
        row.secrets_key, row.secrets = _box(runtime).seal({"secrets": [secret, *kept][:MOST_SECRETS]})
    return secret


def reseal(runtime: Runtime) -> int:
    """Encrypt all secrets with the first of the keys; returns how many endpoints changed."""
    box = _box(runtime)
    changed = 0
    with unit_of_work() as session:
        for row in session.scalars(select(WebhookEndpoint).with_for_update()):
            if row.secrets_key != box.current:
                row.secrets_key, row.secrets = box.seal(box.open(row.secrets_key, row.secrets))
                changed += 1
    return changed


def endpoints() -> list[EndpointView]:
    """All endpoints, oldest first."""
    return [_view(row) for row in reader().scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.created_at))]


def endpoint(endpoint_id: str) -> EndpointView:
    """Raises EndpointMissing."""
    return _view(_row(reader().get(WebhookEndpoint, endpoint_id, populate_existing=True), endpoint_id))


def handles(kind: str) -> bool:
    """Every fact is offered; which endpoints want it is asked when it is delivered."""
    return True


def deliver(runtime: Runtime, fact: Fact) -> None:
    """Queue one message per endpoint that wants the fact. Again, it queues nothing."""
    found = [one for one in endpoints() if one.enabled and rules.wants(one.kinds, fact.kind)]
    if not found:
        return
    body = rules.body_of(fact)
    with unit_of_work():
        for one in found:
            _queue(runtime, one, fact, body)


def send_test(runtime: Runtime, endpoint_id: str) -> None:
    """Send a message of kind ``test`` now. Raises EndpointMissing, NotDelivered."""
    body = rules.message(rules.TEST_KIND, runtime.clock.now(), {"endpoint": endpoint_id})
    endpoint(endpoint_id)
    send_queued(runtime, {"endpoint": endpoint_id, "message": new_id(), "kind": rules.TEST_KIND, "body": body})


def send_queued(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """The queue's task. The message keeps its id at each try; only its time and so its signature are new."""
    row = reader().get(WebhookEndpoint, payload["endpoint"], populate_existing=True)
    release_reader()
    if row is None:
        return
    if not row.enabled and payload["kind"] != rules.TEST_KIND:
        raise EndpointDisabled(row.url)
    body = payload["body"].encode()
    keys = _box(runtime).open(row.secrets_key, row.secrets)["secrets"]
    headers = rules.headers(keys, id=payload["message"], at=runtime.clock.now(), body=body)
    try:
        send(row.url, body, headers, private_allowed=runtime.settings.webhooks_private)
    except NotDelivered as error:
        _note_failure(runtime, row.id, error)
        raise
    if row.failures:
        _note_success(row.id)


def replay(runtime: Runtime, endpoint_id: str, *, since: datetime | None = None, until: datetime | None = None) -> int:
    """Send again; returns how many messages.

    Without a time what is parked; with a range everything of it. From ``since`` on also facts that the endpoint
    missed, because it was disabled or not there yet. Raises EndpointMissing, EndpointDisabled.
    """
    if since is None and until is None:
        return queue.replay(runtime, name=SEND, subject=endpoint_id)
    one = endpoint(endpoint_id)
    if not one.enabled:
        raise EndpointDisabled(one.url)
    again = queue.replay(runtime, name=SEND, subject=endpoint_id, since=since, until=until, done_too=True)
    return again + (_catch_up(runtime, one, since, until) if since else 0)


def _catch_up(runtime: Runtime, one: EndpointView, since: datetime, until: datetime | None) -> int:
    """Queue what the endpoint was never sent."""
    queued = 0
    for facts in between(since, until):
        with unit_of_work():
            wanted = (fact for fact in facts if rules.wants(one.kinds, fact.kind))
            queued += sum(_queue(runtime, one, fact, rules.body_of(fact)) for fact in wanted)
    return queued


def resend(runtime: Runtime, endpoint_id: str, message_id: str) -> None:
    """Send one message again, parked or arrived. Raises MessageMissing."""
    job_id = _job_id(endpoint_id, message_id)
    if queue.find(job_id) is None:
        raise MessageMissing(message_id)
    queue.replay(runtime, name=SEND, subject=endpoint_id, id=job_id, done_too=True)


def _queue(runtime: Runtime, one: EndpointView, fact: Fact, body: str) -> bool:
    """Whether the message is new."""
    payload = {"endpoint": one.id, "message": fact.id, "kind": fact.kind, "body": body}
    job_id = _job_id(one.id, fact.id)
    if queue.find(job_id) is not None:
        return False
    queue.enqueue(runtime, SEND, payload, id=job_id, subject=one.id)
    return True


def _job_id(endpoint_id: str, message_id: str) -> str:
    return f"webhook {endpoint_id} {message_id}"


def _note_failure(runtime: Runtime, endpoint_id: str, error: NotDelivered) -> None:
    """Count it, and disable an endpoint at which nobody has been for days."""
    now = runtime.clock.now()
    with unit_of_work() as session:
        row = session.get(WebhookEndpoint, endpoint_id, with_for_update=True, populate_existing=True)
        if row is None or not row.enabled:
            return
        row.failures += 1
        row.failing_since = row.failing_since or now
        if isinstance(error, Gone) or rules.is_given_up(row.failing_since, row.failures, now):
            row.enabled = False
            row.disabled_reason = f"{error} Nothing arrived since {row.failing_since:%Y-%m-%d %H:%M} UTC."


def _note_success(endpoint_id: str) -> None:
    with unit_of_work() as session:
        well = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
        session.execute(well.values(failures=0, failing_since=None))


def _new_secret() -> str:
    return rules.PREFIX + b64encode(secrets.token_bytes(32)).decode()


def _box(runtime: Runtime) -> SecretsBox:
    return SecretsBox(list(runtime.settings.secrets_keys))


def _row(found: WebhookEndpoint | None, endpoint_id: str) -> WebhookEndpoint:
    if found is None:
        raise EndpointMissing(endpoint_id)
    return found


def _view(row: WebhookEndpoint) -> EndpointView:
    return EndpointView(
        id=row.id,
        url=row.url,
        description=row.description,
        kinds=tuple(row.kinds),
        enabled=row.enabled,
        created_at=row.created_at,
        failing_since=row.failing_since,
        failures=row.failures,
        disabled_reason=row.disabled_reason,
    )
