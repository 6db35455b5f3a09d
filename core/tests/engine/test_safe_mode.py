"""Safe mode: by a setting, or by itself after two starts that died."""

from __future__ import annotations

import dataclasses
import os

import pytest

from entrepot.engine.boot import Boot, forget_failed_starts
from entrepot.engine.delivery import deliver_due
from entrepot.engine.health import health

pytestmark = pytest.mark.covers("G10")


@pytest.fixture(autouse=True)
def plugin(plugins):
    plugins.install("feature-a", "")


def die(settings, while_loading="feature-a"):
    """A start whose process ends before it is finished."""
    Boot(settings).loading(while_loading)


def test_safe_mode_by_setting_starts_without_plugins(start, settings):
    runtime = start(dataclasses.replace(settings, safe_mode=True))
    assert runtime.registry.plugins == {}
    assert list(runtime.registry.disabled) == ["feature-a"]
    assert "ENTREPOT_SAFE_MODE" in health(runtime).problems()[0].remedy


def test_two_failed_starts_enter_safe_mode_and_name_the_suspect(start, settings, caplog):
    die(settings)
    assert start().registry.safe_mode_reason == ""
    die(settings)
    die(settings)
    runtime = start()
    assert runtime.registry.plugins == {}
    assert "while loading feature-a" in runtime.registry.safe_mode_reason
    assert "entrepot plugin disable" in runtime.registry.safe_mode_reason
    assert "Safe mode" in caplog.text


def test_start_that_went_well_forgets_the_failed_one_before(start, settings):
    die(settings)
    start()
    die(settings)
    assert start().registry.safe_mode_reason == ""


def test_safe_mode_stays_until_somebody_acts(start, settings):
    die(settings)
    die(settings)
    assert start().registry.safe_mode_reason
    assert start().registry.safe_mode_reason
    forget_failed_starts(settings)
    assert list(start().registry.plugins) == ["feature-a"]


def test_start_under_way_in_another_process_is_no_failed_one(start, settings):
    folder = settings.data_dir / "boot"
    folder.mkdir()
    host = Boot(settings)._host
    for number in range(3):
        (folder / f"{host}-{os.getppid()}-{number:08x}").write_text("feature-a")
    assert start().registry.safe_mode_reason == ""


def test_deployment_may_forbid_the_automatic_one(start, settings):
    die(settings)
    die(settings)
    assert start(dataclasses.replace(settings, automatic_safe_mode=False)).registry.safe_mode_reason == ""


def test_app_that_fails_after_the_plugins_loaded_counts_as_failed_start(start, settings):
    for _ in range(2):
        start(boot=Boot(settings))  # create_app dies before boot.finished()
    assert "did not finish, so plugins are left out" in start().registry.safe_mode_reason


def test_facts_wait_in_safe_mode(start, settings):
    assert deliver_due(start(dataclasses.replace(settings, safe_mode=True))) == 0


def test_missing_data_folder_is_not_made(settings, tmp_path):
    nowhere = dataclasses.replace(settings, data_dir=tmp_path / "nowhere")
    Boot(nowhere).loading("feature-a")
    assert not nowhere.data_dir.exists()
