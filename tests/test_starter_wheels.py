"""``pip install entrepot[starter] && entrepot demo``, from wheels: what is published is all that is needed."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from support.servers import RunningServer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
#: Of every kind of file that a shop reads while it runs, one that must not be forgotten.
DATA_OF_THE_CORE = (
    "entrepot/templates/layout.html",
    "entrepot/static/core.css",
    "entrepot/translations/de/LC_MESSAGES/messages.po",
    "entrepot/storage/migrations/env.py",
    "entrepot/storage/migrations/versions/0001_tables_of_the_first_release.py",
    "entrepot/cli/new/templates/carrier/README.md.jinja",
    "entrepot/demo/goods.toml",
    "entrepot/demo/store.toml",
    "entrepot/py.typed",
)


def project(folder: Path) -> dict[str, object]:
    described: dict[str, object] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return described


def starter_folders() -> list[Path]:
    """The core, and whatever its extra 'starter' names."""
    extras = project(ROOT / "core")["optional-dependencies"]
    names = {re.split(r"[\[<>=! ]", requirement)[0] for requirement in extras["starter"]}  # type: ignore[index]
    folders = {project(file.parent)["name"]: file.parent for file in ROOT.glob("*/*/pyproject.toml")}
    folders |= {project(file.parent)["name"]: file.parent for file in ROOT.glob("plugins/*/*/pyproject.toml")}
    return [ROOT / "core", *(folders[name] for name in sorted(names))]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet")
    run(sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", folder, *starter_folders())
    return folder


@pytest.fixture(scope="module")
def environment(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with ``entrepot[starter]`` from the wheels; nothing is downloaded.

    Third-party packages are borrowed from the environment of the tests, by link; entrepot's own are not.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    borrowed = tmp_path_factory.mktemp("borrowed")
    for found in Path(sysconfig.get_path("purelib")).iterdir():
        if "entrepot" not in found.name and found.suffix != ".pth":
            (borrowed / found.name).symlink_to(found)
    python = folder / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (site / "borrowed.pth").write_text(f"{borrowed}\n", encoding="utf-8")
    offline = ("--no-index", "--disable-pip-version-check", "--quiet", "--find-links", wheels)
    run(python, "-m", "pip", "install", *offline, "entrepot[starter]")
    return folder


def run(*command: object) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def demo(environment: Path, tmp_path: Path, start_server: Callable[..., RunningServer]) -> RunningServer:
    """``entrepot demo`` as installed, with its folder at the usual place."""
    return start_server([str(environment / "bin" / "entrepot"), "demo", "--port", "{port}"], folder=tmp_path)


def page(server: RunningServer, path: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()


@pytest.mark.parametrize("folder", starter_folders(), ids=lambda folder: folder.name)
def test_wheel_holds_every_file_of_its_source(folder: Path, wheels: Path) -> None:
    name = str(project(folder)["name"]).replace("-", "_")
    with zipfile.ZipFile(next(wheels.glob(f"{name}-[0-9]*.whl"))) as wheel:
        packed = {entry for entry in wheel.namelist() if ".dist-info/" not in entry}
    source = folder / "src"
    written = {
        file.relative_to(source).as_posix()
        for file in source.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    assert packed == written


def test_wheel_of_the_core_brings_its_data(wheels: Path) -> None:
    with zipfile.ZipFile(next(wheels.glob("entrepot-[0-9]*.whl"))) as wheel:
        assert set(DATA_OF_THE_CORE) - set(wheel.namelist()) == set()


@pytest.mark.covers("G7")
def test_installed_demo_serves_its_pages_and_stops(demo: RunningServer, environment: Path, tmp_path: Path) -> None:
    place = run(environment / "bin" / "python", "-P", "-c", "import entrepot; print(entrepot.__file__)")
    assert Path(place.strip()).is_relative_to(environment)

    home = page(demo, "/")
    assert home[0] == 200
    assert "harbour" in home[1]
    assert page(demo, "/admin/login")[0] == 200
    product = page(demo, "/p/harbour-teapot")
    assert product[0] == 200
    assert "Harbour teapot" in product[1]
    assert_linked_files_are_served(demo, home[1] + product[1])
    assert (tmp_path / "entrepot-demo" / "entrepot.db").is_file()

    os.kill(demo.process.pid, signal.SIGTERM)
    assert demo.process.wait(timeout=30) == 0


def assert_linked_files_are_served(server: RunningServer, html: str) -> None:
    files = set(re.findall(r'(?:href|src)="(/(?:static|media)/[^"#?]+)', html))

    assert any(file.endswith(".css") for file in files)
    assert any(file.startswith("/media/") for file in files)
    for file in sorted(files):
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
            connection.request("GET", file)
            assert connection.getresponse().status == 200, file
