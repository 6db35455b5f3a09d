"""./dev, the door to the workspace: what it promises before any package is installed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "dev"


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, in a workspace with one plugin and a .venv on paper."""
    loader = SourceFileLoader("dev_script", str(SCRIPT))
    spec = importlib.util.spec_from_loader("dev_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    plugin = tmp_path / "plugins" / "payments" / "sandbox"
    for folder in (tmp_path / ".venv", tmp_path / "core", plugin):
        folder.mkdir(parents=True)
    for file in ("constraints.txt", "pyproject.toml", "core/pyproject.toml", ".venv/pyvenv.cfg"):
        (tmp_path / file).write_text("")
    (plugin / "pyproject.toml").write_text("")
    module.ROOT, module.VENV = tmp_path, tmp_path / ".venv"
    module.CONSTRAINTS, module.WORKSPACE = tmp_path / "constraints.txt", tmp_path / "pyproject.toml"
    module.STAMP = tmp_path / ".venv" / "stamp"
    return module


def test_help_lists_the_verbs() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True)
    assert all(verb in done.stdout for verb in ("demo", "test", "lint", "bench"))


def test_unknown_verb_is_refused_with_the_known_ones() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "sail"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "no verb 'sail'. There are: demo, test, lint" in done.stderr


def test_every_distribution_of_the_repository_is_found(dev: ModuleType) -> None:
    assert [str(folder.relative_to(dev.ROOT)) for folder in dev.distributions()] == [
        "core",
        "plugins/payments/sandbox",
    ]


@pytest.mark.parametrize("file", ["constraints.txt", "core/pyproject.toml", ".venv/pyvenv.cfg"])
def test_environment_is_stale_when_a_file_that_names_dependencies_changes(dev: ModuleType, file: str) -> None:
    before = dev.environment_fingerprint()
    assert dev.environment_fingerprint() == before
    (dev.ROOT / file).write_text("changed")
    assert dev.environment_fingerprint() != before


def test_simulators_are_installed_with_what_they_need(dev: ModuleType) -> None:
    folder = dev.ROOT / "plugins" / "payments" / "sandbox"
    assert dev.installable(folder) == str(folder)
    (folder / "pyproject.toml").write_text("[project.optional-dependencies]\nsimulator = ['aiosmtpd']")
    assert dev.installable(folder) == f"{folder}[simulator]"


def test_new_plugin_makes_the_environment_stale(dev: ModuleType) -> None:
    before = dev.environment_fingerprint()
    folder = dev.ROOT / "plugins" / "carriers" / "barge"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text("")
    assert dev.environment_fingerprint() != before


@pytest.mark.parametrize("stamp", ["", "not json", '{"fingerprint": "of another day", "groups": []}'])
def test_environment_without_a_valid_stamp_counts_as_not_installed(dev: ModuleType, stamp: str) -> None:
    dev.STAMP.write_text(stamp)
    assert dev.installed_groups("today") is None


def test_warm_start_does_nothing(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    monkeypatch.setattr(dev, "create_environment", lambda: None)
    monkeypatch.setattr(dev, "install", lambda groups, **options: calls.append((groups, options)))
    dev.prepare_environment()
    dev.prepare_environment()
    dev.prepare_environment("test")
    dev.prepare_environment("test")
    dev.prepare_environment()
    assert calls == [((), {"with_distributions": True}), (("test",), {"with_distributions": False})]


def test_distribution_whose_folder_is_gone_is_uninstalled(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = dev.VENV / "lib" / "python3.11" / "site-packages"
    for name, folder in (("entrepot", "core"), ("entrepot_carrier_raft", "plugins/carriers/raft")):
        record = packages / f"{name}-0.1.0.dist-info" / "direct_url.json"
        record.parent.mkdir(parents=True)
        record.write_text(f'{{"url": "{(dev.ROOT / folder).as_uri()}"}}')
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(dev, "pip", lambda *arguments: calls.append(arguments))
    dev.uninstall_vanished_distributions()
    assert calls == [("uninstall", "--yes", "entrepot_carrier_raft")]


def test_missing_programs_are_named_and_fatal_in_ci(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "TEST_NEEDS", [dev.SystemNeed("chromium", lambda: False)])
    monkeypatch.setattr(dev, "apt_install", lambda packages: False)
    monkeypatch.delenv("CI", raising=False)
    dev.provide_system_packages()
    assert "chromium" in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    with pytest.raises(SystemExit, match="in CI"):
        dev.provide_system_packages()
