"""A demo store as its first start leaves it, made once for all tests here that only look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from entrepot.cli.context import database
from entrepot.demo.folder import DemoFolder, demo_folder
from entrepot.demo.preparing import demo_environment, prepare
from entrepot.engine.runtime import Runtime, build_runtime
from entrepot.settings import load_settings
from entrepot.storage.session import db

STARTER = {
    "payment-bank-transfer", "payment-sandbox", "carrier-table-rates", "notifier-email",
    "customs-eu", "customs-us", "customs-cn-cbec",
}  # fmt: skip


Start = Callable[..., DemoFolder]


def _start(path: Path, *, port: int = 8000, fresh: bool = False) -> DemoFolder:
    with demo_folder(path, fresh=fresh) as folder:
        settings = load_settings(demo_environment({}, folder, f"http://127.0.0.1:{port}"))
        prepare(folder, settings, shop_port=port)
        return folder


@pytest.fixture(scope="session")
def start() -> Start:
    """``start(path, port=…, fresh=…)`` does what ``entrepot demo`` does before it serves."""
    missing = STARTER - {point.name for point in entry_points(group="entrepot.plugins")}
    if missing:
        pytest.skip(f"the demo needs its plugins: {', '.join(sorted(missing))}. Remedy: ./dev test installs them.")
    return _start


@pytest.fixture(scope="session")
def demo_path(tmp_path_factory: pytest.TempPathFactory, start: Start) -> Path:
    path = tmp_path_factory.mktemp("demo") / "store"
    start(path)
    return path


@pytest.fixture
def demo(demo_path: Path) -> Iterator[Runtime]:
    """The store of the first start, to look at."""
    settings = load_settings({}, data_dir=demo_path)
    with database(settings).app_context():
        yield build_runtime(settings)
        db.session.remove()
        db.engine.dispose()
