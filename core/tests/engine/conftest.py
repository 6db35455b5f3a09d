"""A small shop for the engine: real tables, plugins written as files, a clock that stands still."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from importlib_metadata import EntryPoint

from entrepot.engine import models as engine_models
from entrepot.engine.discovery import GROUP
from entrepot.engine.runtime import Runtime, build_runtime
from entrepot.kernel.clock import FixedClock
from entrepot.settings import Settings, create_data_dir, load_settings
from entrepot.storage import models as storage_models
from entrepot.storage.session import Base, db, init_storage

TABLES = [
    model.__table__
    for model in (
        engine_models.Account,
        engine_models.PluginState,
        engine_models.ProviderCall,
        engine_models.JobRun,
        storage_models.FactRow,
        storage_models.FactDelivery,
    )
]
_number = count()
MANIFEST = "from entrepot.sdk import *\nmanifest = PluginManifest(id={id!r}, name={id!r})\n"


class Plugins:
    """Plugins installed for one test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.entry_points: list[EntryPoint] = []
        self.modules: list[str] = []

    def install(self, plugin_id: str, source: str, *, manifest: bool = True) -> Path:
        """Write the plugin's package; its source follows a manifest of its id. Returns its folder."""
        name = f"probe_{plugin_id.replace('-', '_')}_{next(_number)}"  # a hanging import keeps its name for ever
        package = self._folder / name
        package.mkdir()
        head = MANIFEST.format(id=plugin_id) if manifest else "from entrepot.sdk import *\n"
        (package / "__init__.py").write_text(head + textwrap.dedent(source))
        self.entry_points.append(EntryPoint(name=plugin_id, value=name, group=GROUP))
        self.modules.append(name)
        return package


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugins]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    installed = Plugins(folder)
    yield installed
    for module in [name for name in sys.modules if name.partition(".")[0] in installed.modules]:
        del sys.modules[module]


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    folder = tmp_path / "data"
    create_data_dir(folder)
    environment = {"ENTREPOT_BASE_URL": "https://shop.example", "DATABASE_URL": database_url}
    return load_settings(environment, data_dir=folder)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An app context around a database with the engine's tables."""
    app = Flask("engine-tests")
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    init_storage(app)
    with app.app_context():
        Base.metadata.create_all(db.engine, tables=TABLES)
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def start(app: Flask, settings: Settings, clock: FixedClock, plugins: Plugins) -> Callable[..., Runtime]:
    """Start the engine with the plugins installed so far."""

    def start(with_settings: Settings | None = None, **options: Any) -> Runtime:
        return build_runtime(with_settings or settings, clock, plugins.entry_points, **options)

    return start
