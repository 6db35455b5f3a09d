"""``entrepot new``: what it writes installs, is found, and passes its own tests unchanged."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entrepot.cli.new import KINDS, new
from entrepot.cli.new.naming import InvalidName, PluginName

NAME = "my-line"
LONGEST_PLUGIN = 60


def scaffold(kind: str, name: str, directory: Path) -> Result:
    return CliRunner().invoke(new, [kind, name, "--directory", str(directory)])


def written(folder: Path) -> dict[str, str]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in files}


def lines_of_code(folder: Path) -> int:
    """Lines that are neither blank nor a docstring of one line."""
    lines = [line.strip() for file in folder.rglob("*.py") for line in file.read_text(encoding="utf-8").splitlines()]
    return sum(1 for line in lines if line and not line.startswith('"""'))


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One generated package of each kind."""
    directory = tmp_path_factory.mktemp("packages")
    for kind in KINDS:
        result = scaffold(kind, NAME, directory)
        assert result.exit_code == 0, result.output
    return {kind: directory / f"entrepot-{kind}-{NAME}" for kind in KINDS}


@pytest.fixture(scope="module")
def python(packages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment with all packages installed; nothing is downloaded.

    The environment borrows what this one has, through a .pth file, so that only the packages themselves are new.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    interpreter = folder / "bin" / "python"
    borrowed = sysconfig.get_path("purelib")
    site = Path(output(interpreter, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (site / "borrowed.pth").write_text(f"import site; site.addsitedir({borrowed!r})\n", encoding="utf-8")
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    output(interpreter, "-m", "pip", "install", *offline, *map(str, packages.values()))
    return interpreter


def output(interpreter: Path, *arguments: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(interpreter), *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.covers("G7")
@pytest.mark.parametrize("kind", KINDS)
def test_generated_package_passes_its_own_tests_unchanged(kind: str, packages: dict[str, Path], python: Path) -> None:
    told = output(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=packages[kind])

    assert " passed" in told
    assert " failed" not in told


@pytest.mark.slow
def test_generated_packages_are_found_by_their_entry_points(python: Path) -> None:
    program = (
        "import importlib.metadata, json\n"
        "points = importlib.metadata.entry_points(group='entrepot.plugins')\n"
        "print(json.dumps({point.name: point.load().manifest.id for point in points}))"
    )

    found = json.loads(output(python, "-c", program))

    expected = {f"{kind}-{NAME}" for kind in KINDS}
    assert expected <= {name for name, id in found.items() if name == id}


@pytest.mark.slow
def test_installed_package_brings_its_data(python: Path) -> None:
    program = (
        "from importlib.resources import files\n"
        "print(files('entrepot_customs_my_line').joinpath('rules.json').is_file())\n"
        "print(files('entrepot_feature_my_line').joinpath('templates/x/feature-my-line/note.html').is_file())"
    )

    assert output(python, "-c", program).split() == ["True", "True"]


@pytest.mark.skipif(importlib.util.find_spec("ruff") is None, reason="ruff is not installed")
@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")], ids=" ".join)
def test_generated_packages_are_clean(arguments: tuple[str, ...], packages: dict[str, Path]) -> None:
    for folder in packages.values():
        output(Path(sys.executable), "-m", "ruff", *arguments, "--no-cache", ".", cwd=folder)


@pytest.mark.parametrize("kind", ["payment", "carrier"])
def test_generated_plugin_is_short(kind: str, packages: dict[str, Path]) -> None:
    assert lines_of_code(packages[kind] / "src") <= LONGEST_PLUGIN


def test_templates_leave_nothing_unfilled(packages: dict[str, Path]) -> None:
    for folder in packages.values():
        for path, text in written(folder).items():
            assert "plugin." not in path
            assert "{{ plugin" not in text, path
            assert "{%" not in text, path


def test_next_steps_are_told(tmp_path: Path) -> None:
    result = scaffold("carrier", "flatbox", tmp_path)

    assert "entrepot plugin enable carrier-flatbox" in result.output


def test_existing_folder_is_never_overwritten(tmp_path: Path) -> None:
    own = tmp_path / "entrepot-carrier-flatbox" / "notes.txt"
    own.parent.mkdir()
    own.write_text("mine", encoding="utf-8")

    result = scaffold("carrier", "flatbox", tmp_path)

    assert result.exit_code == 1
    assert "exists" in result.output
    assert written(own.parent) == {"notes.txt": "mine"}


#: (name, what the message suggests)
WRONG_NAMES = (
    ("Flat Box", "'flat-box'"),
    ("FlatBox", "'flat-box'"),
    ("flat_box", "'flat-box'"),
    ("stripe.py", "'stripe'"),
    ("3pl", "'pl'"),
    ("flat--box", "'flat-box'"),
    ("../flatbox", "'flatbox'"),
    ("船", "'my-line'"),
    ("class", "'class-carrier'"),
    ("none", "'none-carrier'"),
    ("money", "'money-carrier'"),
    ("carrier-flatbox", "'flatbox'"),
    ("entrepot-flatbox", "'flatbox'"),
    ("x" * 41, "shorter"),
)


@pytest.mark.parametrize(("name", "suggestion"), WRONG_NAMES)
def test_name_that_would_not_work_is_refused_with_one_that_would(name: str, suggestion: str, tmp_path: Path) -> None:
    result = scaffold("carrier", name, tmp_path)

    assert result.exit_code == 1
    assert suggestion in result.output
    assert list(tmp_path.iterdir()) == []


def test_names_follow_from_the_slug() -> None:
    plugin = PluginName.parse("payment", "my-gateway2")

    assert plugin.distribution == "entrepot-payment-my-gateway2"
    assert plugin.package == "entrepot_payment_my_gateway2"
    assert plugin.plugin_id == "payment-my-gateway2"
    assert (plugin.class_name, plugin.label) == ("MyGateway2", "My gateway2")


def test_suggested_name_is_itself_valid() -> None:
    for name, _ in WRONG_NAMES:
        with pytest.raises(InvalidName) as refused:
            PluginName.parse("carrier", name)
        words = str(refused.value).split("'")
        if len(words) > 3:
            assert PluginName.parse("carrier", words[-2]).kind == "carrier"
