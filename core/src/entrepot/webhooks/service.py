"""Endpoints and their secrets, and the way of a fact to them: outbox, queue, network."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from entrepot.engine import queue
from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.facts import Fact
from entrepot.storage.secrets import SecretsBox
from entrepot.storage.session import reader, release_reader, unit_of_work
from entrepot.webhooks import rules
from entrepot.webhooks.models import WebhookEndpoint
from entrepot.webhooks.sending import send

#: Name of the queued job that sends one webhook.
SEND = "core.webhook"
#: A third secret would be forgotten by everybody.
MOST_SECRETS = 2


class EndpointMissing(EntrepotError):
    def __init__(self, id: str) -> None:
        super().__init__(f"There is no webhook endpoint {id}. 'entrepot webhook list' shows them.")


@dataclass(frozen=True)
class EndpointView:
    """An endpoint without its secrets."""

    id: str
    url: str
    description: str
    kinds: tuple[str, ...]
    enabled: bool
    created_at: datetime


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
        row.url, row.kinds, row.description, row.enabled = url, sorted(set(kinds)), description, enabled


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
            payload = {"endpoint": one.id, "message": fact.id, "kind": fact.kind, "body": body}
            queue.enqueue(runtime, SEND, payload, id=f"webhook {one.id} {fact.id}", subject=one.id)


def send_test(runtime: Runtime, endpoint_id: str) -> None:
    """Send a message of kind ``test`` now. Raises EndpointMissing, NotDelivered."""
    body = rules.message(rules.TEST_KIND, runtime.clock.now(), {"endpoint": endpoint_id})
    endpoint(endpoint_id)
    send_queued(runtime, {"endpoint": endpoint_id, "message": new_id(), "kind": rules.TEST_KIND, "body": body})


def send_queued(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """The queue's task. The message keeps its id at each try; only its time and so its signature are new."""
    row = reader().get(WebhookEndpoint, payload["endpoint"], populate_existing=True)
    if row is None or (not row.enabled and payload["kind"] != rules.TEST_KIND):
        release_reader()
        return
    url, body = row.url, payload["body"].encode()
    keys = _box(runtime).open(row.secrets_key, row.secrets)["secrets"]
    release_reader()
    headers = rules.headers(keys, id=payload["message"], at=runtime.clock.now(), body=body)
    send(url, body, headers, private_allowed=runtime.settings.webhooks_private)


def replay(runtime: Runtime, endpoint_id: str, *, since: datetime | None = None, until: datetime | None = None) -> int:
    """Send again: with a time range everything queued in it, else what is parked. Returns how many messages."""
    done_too = since is not None or until is not None
    return queue.replay(runtime, name=SEND, subject=endpoint_id, since=since, until=until, done_too=done_too)


def _new_secret() -> str:
    return rules.PREFIX + b64encode(secrets.token_bytes(32)).decode()


def _box(runtime: Runtime) -> SecretsBox:
    return SecretsBox(list(runtime.settings.secrets_keys))


def _row(found: WebhookEndpoint | None, endpoint_id: str) -> WebhookEndpoint:
    if found is None:
        raise EndpointMissing(endpoint_id)
    return found


def _view(row: WebhookEndpoint) -> EndpointView:
    return EndpointView(row.id, row.url, row.description, tuple(row.kinds), row.enabled, row.created_at)
