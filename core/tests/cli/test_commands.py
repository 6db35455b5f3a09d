"""The command line as people use it: real processes where it matters, the same commands in-process elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from entrepot.cli import COMMANDS, cli

HEAVY = (
    "flask",
    "sqlalchemy",
    "alembic",
    "jinja2",
    "marshmallow",
    "pluggy",
    "stevedore",
    "httpx2",
    "babel",
    "cryptography",
)


@pytest.fixture
def entrepot(tmp_path, monkeypatch):
    """Run a command on a data folder of its own; gives click's result."""
    for name in ("ENTREPOT_DATA_DIR", "DATABASE_URL", "ENTREPOT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTREPOT_PLUGINS", "payment-bank-transfer")

    def run(*arguments, code=0):
        result = CliRunner().invoke(cli, ["--data", str(tmp_path / "shop"), *arguments])
        assert result.exit_code == code, result.output
        return result.output

    return run


@pytest.fixture
def store(entrepot):
    entrepot("init", "--name", "Harbour")
    return entrepot


def imported_by(*arguments):
    """Modules that a fresh process has imported after a command."""
    script = (
        "import sys, json, entrepot.cli as c\ntry: c.cli(sys.argv[1:])\nfinally: print(json.dumps(list(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[:-1], set(json.loads(done.stdout.splitlines()[-1]))


def test_help_imports_nothing_heavy():
    shown, modules = imported_by("--help")
    assert "worker" in "\n".join(shown)
    assert [name for name in HEAVY if name in modules] == []
    assert {name for name in modules if name.startswith("entrepot.")} == {"entrepot.cli", "entrepot.cli.lazy"}


def test_starting_the_engine_imports_no_migrations_network_or_encryption(tmp_path):
    _, modules = imported_by("--data", str(tmp_path), "plugin", "list")
    assert [name for name in ("alembic", "httpx2", "cryptography.fernet") if name in modules] == []


@pytest.mark.parametrize("name", [name for name in COMMANDS if (name in cli.list_commands(None))])
def test_each_command_explains_itself(store, name):
    assert f"Usage: cli {name} " in store(name, "--help")


def test_init_can_be_repeated_and_keeps_the_store(store):
    assert "The store 'Harbour' is ready" in store("init", "--name", "Other")


def test_current_says_where_the_database_stands(store):
    assert "up to date" in store("db", "current")


def test_plugin_is_listed_disabled_and_enabled_again(store):
    assert "loaded" in store("plugin", "list")
    assert "keeps its data" in store("plugin", "disable", "payment-bank-transfer")
    assert "disabled" in store("plugin", "list")
    store("plugin", "enable", "payment-bank-transfer")
    assert "0 problems" in store("plugin", "doctor")


def test_info_says_what_a_plugin_brings(store):
    assert "payment: Bank transfer" in store("plugin", "info", "payment-bank-transfer")


def test_unknown_plugin_is_told_in_a_sentence(store):
    assert "feature-none is not installed" in store("plugin", "enable", "feature-none", code=1)
    assert "feature-none is not installed" in store("plugin", "uninstall", "feature-none", "--dry-run", code=1)


@pytest.mark.covers("G10")
def test_doctor_names_plugin_cause_and_remedy_and_fails(store, monkeypatch):
    monkeypatch.setenv("ENTREPOT_PLUGINS", "payment-bank-transfer,payment-gone")
    told = store("plugin", "doctor", code=1)
    assert "payment-gone\n  Cause:  It is enabled" in told
    assert "Remedy: Run: pip install entrepot-payment-gone" in told


@pytest.mark.covers("G12")
def test_dry_run_of_uninstall_changes_nothing(store):
    told = store("plugin", "uninstall", "payment-bank-transfer", "--purge", "--dry-run")
    assert "Nothing was changed." in told
    assert "loaded" in store("plugin", "list")


def test_purge_asks_first(store):
    store("plugin", "uninstall", "payment-bank-transfer", "--purge", code=1)
    assert "loaded" in store("plugin", "list")
    assert "pip uninstall entrepot-payment-bank-transfer" in store(
        "plugin", "uninstall", "payment-bank-transfer", "--purge", "--yes"
    )
    assert "disabled" in store("plugin", "list")


def test_staff_is_let_in(store):
    told = store("staff", "create", "--email", "ada@shop.example", "--password", "correct-horse-battery")
    assert "ada@shop.example may enter" in told
    assert "no role 'boss'" in store(
        "staff", "create", "--email", "bo@shop.example", "--password", "correct-horse-battery", "--role", "boss", code=1
    )


def test_setting_that_cannot_be_read_is_one_sentence_without_a_traceback(store, monkeypatch):
    monkeypatch.setenv("ENTREPOT_DEBUG", "perhaps")
    told = store("plugin", "list", code=1)
    assert told.startswith("Error: The environment variable ENTREPOT_DEBUG is 'perhaps'")
    assert "Traceback" not in told


def test_store_that_was_not_set_up_is_told_what_to_do(entrepot):
    told = entrepot("plugin", "check", code=1)
    assert "A new store needs 'entrepot init'" in told
    assert "Traceback" not in told


def test_retry_leaves_automatic_safe_mode(store, tmp_path):
    from entrepot.engine.boot import Boot
    from entrepot.settings import load_settings

    settings = load_settings({}, data_dir=tmp_path / "shop")
    for _ in range(2):
        Boot(settings).loading("payment-bank-transfer")
    assert "Safe mode" in store("plugin", "list")
    store("plugin", "retry")
    assert "Safe mode" not in store("plugin", "list")
