"""A real shop with plugins installed as distributions: each kind of broken one, and the shop still starts and answers.

A distribution here is what pip leaves behind: a package and its .dist-info folder, on the path of a process of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.covers("G10")

MANIFEST = "from entrepot.sdk import *\nmanifest = PluginManifest(id={id!r}, name='Probe'{more})\n"
GOOD = "feature-good"
PROVIDER = """
class Ship(Carrier):
    id = "ship"
    label = "Ship"

@hookimpl
def entrepot_register_carriers():
    return [Ship]
"""
BROKEN_MIGRATION = """
from alembic import op
import sqlalchemy as sa

revision = "first"
down_revision = None


def upgrade():
    op.create_table("feature_bad_thing", sa.Column("id", sa.Integer, primary_key=True))
    raise RuntimeError("the migration is broken")


def downgrade():
    pass
"""


@dataclass(frozen=True)
class Result:
    code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Shop:
    """A store whose plugins are exactly the distributions installed here."""

    folder: Path

    def install(
        self, plugin_id: str, source: str, *, distribution: str = "", more: str = "", files: Mapping[str, str] = {}
    ) -> None:
        """Leave a distribution behind, as pip does."""
        distribution = distribution or f"entrepot-{plugin_id}"
        package = distribution.replace("-", "_")
        written = {
            f"{package}/__init__.py": MANIFEST.format(id=plugin_id, more=more) + textwrap.dedent(source),
            f"{package}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n",
            f"{package}-1.0.dist-info/entry_points.txt": f"[entrepot.plugins]\n{plugin_id} = {package}\n",
            **{f"{package}/{name}": text for name, text in files.items()},
        }
        for name, text in written.items():
            path = self.folder / "site" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def run(self, *words: str, python: str = "") -> Result:
        """An entrepot command, or a piece of Python, in a process of its own."""
        command = ["-c", python] if python else ["-m", "entrepot", *words]
        ids = [path.read_text().splitlines()[1].split()[0] for path in self.folder.glob("site/*/entry_points.txt")]
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.folder / "site"),
            "ENTREPOT_DATA_DIR": str(self.folder / "data"),
            "ENTREPOT_PLUGINS": ",".join(sorted(set(ids))),
            "ENTREPOT_PLUGIN_LOAD_SECONDS": "2",
        }
        environment.pop("DATABASE_URL", None)
        done = subprocess.run(
            [sys.executable, *command], env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def answers(self) -> Result:
        """Start the shop with its pages and ask whether it is alive, as a load balancer would."""
        return self.run(
            python="from entrepot.app import create_app; print(create_app().test_client().get('/healthz').status_code)"
        )


@pytest.fixture(scope="module")
def fresh_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a store that was just set up."""
    shop = Shop(tmp_path_factory.mktemp("fresh"))
    assert shop.run("init").code == 0
    return shop.folder / "data"


@pytest.fixture
def shop(tmp_path: Path, fresh_store: Path) -> Shop:
    shutil.copytree(fresh_store, tmp_path / "data")
    shop = Shop(tmp_path)
    shop.install(GOOD, "")
    return shop


def broken_import(shop: Shop) -> None:
    shop.install("feature-bad", "raise OSError('no licence file')")


def exits(shop: Shop) -> None:
    shop.install("feature-bad", "import sys; sys.exit(3)")


def claims_a_taken_id(shop: Shop) -> None:
    shop.install("feature-bad", "", distribution="entrepot-feature-bad")
    shop.install("feature-bad", "", distribution="acme-feature-bad")


def wraps_hooks(shop: Shop) -> None:
    shop.install("feature-bad", "@hookimpl(wrapper=True)\ndef entrepot_admin_menu_items():\n    return (yield)\n")


def hangs(shop: Shop) -> None:
    shop.install("feature-bad", "import threading; threading.Event().wait()")


def registers_garbage(shop: Shop) -> None:
    shop.install("feature-bad", "@hookimpl\ndef entrepot_register_carriers():\n    return {'ship': 7}\n")


def breaks_its_migration(shop: Shop) -> None:
    shop.install(
        "feature-bad",
        "",
        more=", migrations='migrations', tables=('feature_bad_thing',)",
        files={"migrations/first.py": BROKEN_MIGRATION},
    )
    upgrade = shop.run("db", "upgrade")
    assert upgrade.code == 1
    assert "feature-bad: Its migration raised RuntimeError" in upgrade.errors
    assert "Core: revision" in upgrade.output


@pytest.mark.parametrize(
    ("break_something", "cause", "remedy"),
    [
        (broken_import, "OSError: no licence file", "entrepot plugin disable feature-bad"),
        (exits, "tried to end the process: SystemExit(3)", "entrepot plugin disable feature-bad"),
        (claims_a_taken_id, "acme-feature-bad, entrepot-feature-bad", "pip uninstall"),
        (wraps_hooks, "hook wrapper", "without wrapper=True"),
        (hangs, "did not finish within 2 seconds", "entrepot plugin disable feature-bad"),
        (registers_garbage, "entrepot_register_carriers returned dict", "Return a list"),
        (breaks_its_migration, "the migration is broken", "entrepot db upgrade"),
    ],
)
def test_shop_starts_and_doctor_names_plugin_cause_and_remedy(
    shop: Shop, break_something: Callable[[Shop], None], cause: str, remedy: str
) -> None:
    break_something(shop)
    assert shop.answers().output == "200\n"
    doctor = shop.run("plugin", "doctor")
    assert doctor.code == 1
    assert "feature-bad\n  Cause:  " in doctor.output
    assert cause in doctor.output
    assert f"Remedy: {remedy}" in doctor.output or remedy in doctor.output.split("Remedy:")[1]
    assert "1 plugins loaded" in doctor.output


def test_plugin_that_kills_the_process_is_named_and_left_out_after_two_starts(shop: Shop) -> None:
    shop.install("feature-bad", "import os; os._exit(9)")
    assert [shop.answers().code for _ in range(2)] == [9, 9]
    assert shop.answers().output == "200\n"
    doctor = shop.run("plugin", "doctor")
    assert "The shop runs without plugins" in doctor.output
    assert "while loading feature-bad" in doctor.output
    assert shop.run("plugin", "disable", "feature-bad").code == 0
    assert "feature-good" in shop.run("plugin", "list").output
    assert "0 problems" in shop.run("plugin", "doctor").output


def test_strict_start_refuses_instead(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_import(shop)
    monkeypatch.setenv("ENTREPOT_STRICT_PLUGINS", "1")
    refused = shop.answers()
    assert refused.code == 1
    assert "feature-bad" in refused.errors


def test_facts_of_the_distribution_are_shown(shop: Shop) -> None:
    shop.install("carrier-ship", PROVIDER)
    shown = shop.run("plugin", "info", "carrier-ship").output
    assert "carrier-ship 1.0" in shown
    assert "carrier: Ship" in shown
