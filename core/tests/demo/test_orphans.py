"""A demo store of an earlier release, whose plugin is no more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from entrepot.demo.preparing import _orphans
from entrepot.engine.runtime import Runtime


def runtime(*accounts: Any, installed: tuple[str, ...] = ()) -> Runtime:
    registry = SimpleNamespace(plugins=dict.fromkeys(installed), failed={})
    listed = SimpleNamespace(list=lambda enabled_only: list(accounts))
    return cast(Runtime, SimpleNamespace(registry=registry, accounts=listed))


def test_account_of_a_plugin_that_is_gone_is_named_with_both_ways_out() -> None:
    lost = SimpleNamespace(plugin_id="customs-former", label="EU VAT, seat in Germany")
    kept = SimpleNamespace(plugin_id="customs-eu", label="EU VAT")
    (warning,) = _orphans(runtime(lost, kept, installed=("customs-eu",)))
    assert "'EU VAT, seat in Germany' needs the plugin customs-former, which is not installed" in warning
    assert "install it, or make the demo anew with --fresh" in warning


def test_store_whose_plugins_are_all_there_is_not_warned_about() -> None:
    kept = SimpleNamespace(plugin_id="customs-eu", label="EU VAT")
    assert _orphans(runtime(kept, installed=("customs-eu",))) == []
