"""Serving by several processes: which options gunicorn is given, and what a start leaves to the collector."""

from __future__ import annotations

import gc

import pytest

from entrepot.cli.processes import Processes
from entrepot.serving import served_app
from entrepot.settings import Settings, SettingsError

OPTIONS = {"workers": 3, "threads": 8, "bind": "127.0.0.1:5001"}


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path)


@pytest.fixture(autouse=True)
def _thawed():
    yield
    gc.unfreeze()


def test_the_shop_is_loaded_once_before_processes_are_forked(settings, monkeypatch):
    monkeypatch.delenv("GUNICORN_CMD_ARGS", raising=False)
    chosen = Processes(settings, OPTIONS).cfg
    assert (chosen.preload_app, chosen.workers, chosen.threads, chosen.bind) == (True, 3, 8, ["127.0.0.1:5001"])


def test_the_environment_may_change_every_option(settings, monkeypatch):
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--workers 5 --timeout 90")
    chosen = Processes(settings, OPTIONS).cfg
    assert (chosen.workers, chosen.timeout, chosen.threads) == (5, 90, 8)


def test_what_a_start_made_is_not_searched_for_garbage(tmp_path):
    served_app(Settings(data_dir=tmp_path, secret_key="k" * 40))
    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000


def test_a_start_that_fails_leaves_the_collector_on(settings):
    with pytest.raises(SettingsError):
        served_app(settings)
    assert gc.isenabled()
