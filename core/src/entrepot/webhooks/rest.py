"""Webhook endpoints in the API, for the merchant. Answers with secrets are kept encrypted for their repetition."""

from __future__ import annotations

from typing import Any

from entrepot import web
from entrepot.api import paging
from entrepot.api.operations import Once, Resource
from entrepot.engine import queue
from entrepot.webhooks import service
from entrepot.webhooks.schemas import (
    EndpointInSchema,
    EndpointListSchema,
    EndpointSchema,
    EndpointSecretSchema,
    MessagePageSchema,
    MessageQuery,
    ReplayInSchema,
    ReplaySchema,
)
from entrepot.webhooks.service import EndpointView

webhooks = Resource("Webhooks", __name__, "Other systems that are told of facts, in the Standard Webhooks form.")
resources = (webhooks,)

_VIEW, _MANAGE, _REPLAY = "plugins.view", "plugins.manage", "deliveries.replay"


@webhooks.operation("GET", "/webhooks", answer=EndpointListSchema, scope=_VIEW)
def list_webhooks() -> dict[str, Any]:
    """All endpoints, oldest first"""
    return {"items": service.endpoints()}


@webhooks.operation(
    "POST", "/webhooks", answer=EndpointSecretSchema, status=201, body=EndpointInSchema, scope=_MANAGE,
    once=Once.TRANSACTION, sealed=True,
)  # fmt: skip
def create_webhook(body: dict[str, Any]) -> dict[str, Any]:
    """Add an endpoint; its secret is answered this once"""
    enabled = body.pop("enabled")
    endpoint_id, secret = service.create(web.runtime(), **body)
    if not enabled:
        service.change(endpoint_id, **body, enabled=False)
    return _with_secret(endpoint_id, secret)


@webhooks.operation("GET", "/webhooks/<endpoint_id>", answer=EndpointSchema, scope=_VIEW)
def read_webhook(endpoint_id: str) -> EndpointView:
    """One endpoint"""
    return service.endpoint(endpoint_id)


@webhooks.operation(
    "PUT", "/webhooks/<endpoint_id>", answer=EndpointSchema, body=EndpointInSchema, scope=_MANAGE,
    versioned="read_webhook",
)  # fmt: skip
def change_webhook(body: dict[str, Any], endpoint_id: str) -> EndpointView:
    """Change an endpoint, or enable it again"""
    service.change(endpoint_id, **body)
    return service.endpoint(endpoint_id)


@webhooks.operation("DELETE", "/webhooks/<endpoint_id>", answer=EndpointSchema, scope=_MANAGE, versioned="read_webhook")
def delete_webhook(endpoint_id: str) -> EndpointView:
    """Remove an endpoint; what is on its way to it is dropped"""
    found = service.endpoint(endpoint_id)
    service.delete(endpoint_id)
    return found


@webhooks.operation(
    "POST", "/webhooks/<endpoint_id>/secret", answer=EndpointSecretSchema, scope=_MANAGE, once=Once.TRANSACTION,
    sealed=True,
)  # fmt: skip
def rotate_webhook_secret(endpoint_id: str) -> dict[str, Any]:
    """A new secret, answered this once; the one before signs too until the next rotation"""
    return _with_secret(endpoint_id, service.rotate(web.runtime(), endpoint_id))


@webhooks.operation(
    "GET", "/webhooks/<endpoint_id>/messages", answer=MessagePageSchema, query=MessageQuery, scope=_VIEW
)
def list_webhook_messages(query: dict[str, Any], endpoint_id: str) -> dict[str, Any]:
    """Messages to an endpoint, newest first"""
    service.endpoint(endpoint_id)
    limit = query["limit"]
    before = paging.unwrap_moment(query["cursor"])
    jobs = queue.queued(name=service.SEND, subject=endpoint_id, state=query["state"], before=before, limit=limit + 1)
    shown = jobs[:limit]
    more = paging.moment_key(shown[-1].queued_at, shown[-1].id) if len(jobs) > limit else None
    return paging.page([_message(job) for job in shown], more)


@webhooks.operation(
    "POST", "/webhooks/<endpoint_id>/messages/<message_id>/resend", answer=ReplaySchema, scope=_REPLAY,
    once=Once.TRANSACTION,
)  # fmt: skip
def resend_webhook_message(endpoint_id: str, message_id: str) -> dict[str, int]:
    """Send one message again, with its id"""
    service.endpoint(endpoint_id)
    service.resend(web.runtime(), endpoint_id, message_id)
    return {"count": 1}


@webhooks.operation(
    "POST", "/webhooks/<endpoint_id>/replay", answer=ReplaySchema, body=ReplayInSchema, scope=_REPLAY, once=Once.CLAIM
)
def replay_webhook(body: dict[str, Any], endpoint_id: str) -> dict[str, int]:
    """Send again: a time range, or what is parked"""
    service.endpoint(endpoint_id)
    return {"count": service.replay(web.runtime(), endpoint_id, **body)}


def _with_secret(endpoint_id: str, secret: str) -> dict[str, Any]:
    return {**vars(service.endpoint(endpoint_id)), "secret": secret}


def _message(job: queue.JobView) -> dict[str, Any]:
    return {
        **vars(job),
        "webhook_id": job.payload["message"],
        "kind": job.payload["kind"],
        "next_at": job.next_at if job.state == "due" else None,
    }
