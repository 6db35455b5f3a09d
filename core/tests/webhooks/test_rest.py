"""Webhook endpoints over the API: made, changed, rotated, replayed, removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from entrepot.api import PREFIX, keys
from entrepot.api.models import IdempotentRequest
from entrepot.engine import queue
from entrepot.storage.session import reader
from entrepot.testkit.small_shop import small_shop
from entrepot.webhooks import service

pytestmark = pytest.mark.databases
URL = "https://erp.example/hooks"


@pytest.fixture
def opened(database_url: str, tmp_path: Path):
    with small_shop(database_url, tmp_path, web=True) as found:
        yield found


@pytest.fixture
def runtime(opened):
    return opened.runtime


@pytest.fixture
def ask(opened):
    key = keys.create(opened.runtime, name="test", scopes=("*",))

    def ask(method, path, body=None, **headers):
        sent = {"Authorization": f"Bearer {key}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        with opened.app.test_client() as client:
            return client.open(PREFIX + path, method=method, json=body, headers=sent)

    return ask


@pytest.mark.covers("S0.36")
def test_endpoint_is_made_with_a_secret_that_is_answered_once(ask):
    made = ask("POST", "/webhooks", {"url": URL, "kinds": ["order_placed"]})
    assert made.status_code == 201 and made.get_json()["secret"].startswith("whsec_")
    found = ask("GET", f"/webhooks/{made.get_json()['id']}").get_json()
    assert "secret" not in found
    assert ask("GET", "/webhooks").get_json()["items"] == [found]


def test_unknown_kind_is_refused_with_its_field(ask):
    refused = ask("POST", "/webhooks", {"url": URL, "kinds": ["order_dreamt"]})
    assert (refused.status_code, list(refused.get_json()["errors"])) == (422, ["kinds"])


def test_endpoint_is_changed_rotated_replayed_and_removed(ask):
    made = ask("POST", "/webhooks", {"url": URL}).get_json()
    path = f"/webhooks/{made['id']}"
    kinds = ["return_settled"]
    assert ask("PUT", path, {"url": URL, "kinds": kinds, "enabled": False}).get_json()["enabled"] is False
    assert ask("POST", f"{path}/replay", {"since": "2026-01-01T00:00:00Z"}).status_code == 409
    ask("PUT", path, {"url": URL, "kinds": kinds})
    assert ask("POST", f"{path}/secret").get_json()["secret"] != made["secret"]
    assert ask("POST", f"{path}/replay", {"since": "2026-01-01T00:00:00Z"}).get_json() == {"count": 0}
    assert ask("GET", f"{path}/messages").get_json() == {"items": [], "next_cursor": None}
    assert ask("DELETE", path).status_code == 200
    assert ask("GET", path).status_code == 404


@pytest.mark.covers("S0.36")
def test_secret_is_repeated_with_its_key_and_kept_encrypted(ask):
    first, again = (ask("POST", "/webhooks", {"url": URL}, Idempotency_Key="k") for _ in range(2))
    assert first.data == again.data and again.headers["Idempotency-Replayed"] == "true"
    assert len(ask("GET", "/webhooks").get_json()["items"]) == 1
    kept = reader().scalars(select(IdempotentRequest.body)).one()
    assert first.get_json()["secret"] not in kept


def test_messages_come_in_pages_and_are_sent_again_one_by_one(ask, runtime):
    id = ask("POST", "/webhooks", {"url": URL}).get_json()["id"]
    for number in range(3):
        queue.enqueue(
            runtime,
            service.SEND,
            {"endpoint": id, "message": f"m{number}", "kind": "order_placed", "body": "{}"},
            id=f"webhook {id} m{number}",
            subject=id,
        )
    first = ask("GET", f"/webhooks/{id}/messages?limit=2").get_json()
    second = ask("GET", f"/webhooks/{id}/messages?limit=2&cursor={first['next_cursor']}").get_json()
    assert [row["webhook_id"] for row in (*first["items"], *second["items"])] == ["m2", "m1", "m0"]
    assert second["next_cursor"] is None
    assert ask("POST", f"/webhooks/{id}/messages/m1/resend").get_json() == {"count": 1}
    assert ask("POST", f"/webhooks/{id}/messages/m9/resend").status_code == 404
    assert ask("GET", f"/webhooks/{id}/messages?cursor=bm93").status_code == 400
