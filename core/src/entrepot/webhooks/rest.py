"""Webhook endpoints in the API, for the merchant. Secrets are answered once and never kept with an answer."""

from __future__ import annotations

from typing import Any

from entrepot import web
from entrepot.api.operations import Resource
from entrepot.engine import queue
from entrepot.webhooks import service
from entrepot.webhooks.schemas import (
    EndpointInSchema,
    EndpointListSchema,
    EndpointSchema,
    EndpointSecretSchema,
    MessageListSchema,
    ReplayInSchema,
    ReplaySchema,
)
from entrepot.webhooks.service import EndpointView

webhooks = Resource("Webhooks", __name__, "Other systems that are told of facts, in the Standard Webhooks form.")
resources = (webhooks,)

_VIEW, _MANAGE, _REPLAY = "plugins.view", "plugins.manage", "deliveries.replay"
_MESSAGES = 100


@webhooks.operation("GET", "/webhooks", answer=EndpointListSchema, scope=_VIEW)
def list_webhooks() -> dict[str, Any]:
    """All endpoints, oldest first"""
    return {"items": service.endpoints()}


@webhooks.operation(
    "POST", "/webhooks", answer=EndpointSecretSchema, status=201, body=EndpointInSchema, scope=_MANAGE
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
    """Change an endpoint"""
    service.change(endpoint_id, **body)
    return service.endpoint(endpoint_id)


@webhooks.operation("DELETE", "/webhooks/<endpoint_id>", answer=EndpointSchema, scope=_MANAGE)
def delete_webhook(endpoint_id: str) -> EndpointView:
    """Remove an endpoint; what is on its way to it is dropped"""
    found = service.endpoint(endpoint_id)
    service.delete(endpoint_id)
    return found


@webhooks.operation("POST", "/webhooks/<endpoint_id>/secret", answer=EndpointSecretSchema, scope=_MANAGE)
def rotate_webhook_secret(endpoint_id: str) -> dict[str, Any]:
    """A new secret, answered this once; the one before signs too until the next rotation"""
    return _with_secret(endpoint_id, service.rotate(web.runtime(), endpoint_id))


@webhooks.operation("GET", "/webhooks/<endpoint_id>/messages", answer=MessageListSchema, scope=_VIEW)
def list_webhook_messages(endpoint_id: str) -> dict[str, Any]:
    """The latest messages to an endpoint, newest first"""
    service.endpoint(endpoint_id)
    jobs = queue.queued(name=service.SEND, subject=endpoint_id, limit=_MESSAGES)
    return {"items": [_message(job) for job in jobs]}


@webhooks.operation(
    "POST", "/webhooks/<endpoint_id>/replay", answer=ReplaySchema, body=ReplayInSchema, scope=_REPLAY
)  # fmt: skip
def replay_webhook(body: dict[str, Any], endpoint_id: str) -> dict[str, int]:
    """Send again: a time range, or what is parked"""
    service.endpoint(endpoint_id)
    return {"count": service.replay(web.runtime(), endpoint_id, **body)}


def _with_secret(endpoint_id: str, secret: str) -> dict[str, Any]:
    return {**vars(service.endpoint(endpoint_id)), "secret": secret}


def _message(job: queue.JobView) -> dict[str, Any]:
    return {**vars(job), "webhook_id": job.payload["message"], "kind": job.payload["kind"]}
