"""Webhook endpoints over the API: made, changed, rotated, replayed, removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.api import PREFIX, keys
from entrepot.testkit.small_shop import small_shop

pytestmark = pytest.mark.databases
URL = "https://erp.example/hooks"


@pytest.fixture
def ask(database_url: str, tmp_path: Path):
    with small_shop(database_url, tmp_path, web=True) as opened:
        key = keys.create(opened.runtime, name="test", scopes=("*",))

        def ask(method, path, body=None):
            with opened.app.test_client() as client:
                return client.open(PREFIX + path, method=method, json=body, headers={"Authorization": f"Bearer {key}"})

        yield ask


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
    assert ask("PUT", path, {"url": URL, "enabled": False}).get_json()["enabled"] is False
    assert ask("POST", f"{path}/secret").get_json()["secret"] != made["secret"]
    assert ask("POST", f"{path}/replay", {"since": "2026-01-01T00:00:00Z"}).get_json() == {"count": 0}
    assert ask("GET", f"{path}/messages").get_json() == {"items": []}
    assert ask("DELETE", path).status_code == 200
    assert ask("GET", path).status_code == 404
