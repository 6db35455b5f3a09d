"""``entrepot api-key``: a key is shown once, listed without its secret, and revoked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.api.idempotency import KEPT_FOR, forget_old
from entrepot.cli import cli
from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient

pytestmark = pytest.mark.covers("S2.31")


def entrepot(folder: Path, *arguments: str) -> str:
    done = CliRunner().invoke(cli, ["--data", str(folder), *arguments], catch_exceptions=False)
    return f"{done.exit_code} {done.output}"


def test_a_key_is_made_listed_and_revoked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    entrepot(tmp_path, "init", "--name", "Till")
    made = entrepot(tmp_path, "api-key", "create", "--name", "till", "--scope", "orders.view")
    key = next(line for line in made.split() if line.startswith("ek_"))
    listed = entrepot(tmp_path, "api-key", "list")
    assert "till" in listed and "orders.view" in listed and key not in listed
    assert entrepot(tmp_path, "api-key", "revoke", key.split("_")[1]).startswith("0")
    assert "revoked" in entrepot(tmp_path, "api-key", "list")
    assert "orders.eat" in entrepot(tmp_path, "api-key", "create", "--name", "x", "--scope", "orders.eat")


def test_answers_are_forgotten_after_a_while(merchant: ApiClient, api_shop: SmallShop) -> None:
    body = {"sku": "MUG", "warehouse": "hamburg", "kind": "received", "pieces": 5, "reason": "delivery 1"}
    merchant.post("/stock-movements", body, Idempotency_Key="m-1")
    assert forget_old(api_shop.runtime) == 0
    api_shop.clock.move(KEPT_FOR + timedelta(seconds=1))
    assert forget_old(api_shop.runtime) == 1
