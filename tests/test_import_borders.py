"""The border between core and plugins: who may import whom, for every plugin folder that exists."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "core" / "src"
PLUGINS = sorted(file.parent for file in ROOT.glob("plugins/*/*/pyproject.toml"))
THEMES = sorted(file.parent for file in ROOT.glob("themes/*/pyproject.toml"))


def imported_modules(file: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a file imports from elsewhere, import_module('…') included."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in names)
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield node.lineno, module


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def distribution_package(module: str) -> str | None:
    """The plugin's or theme's package that a module belongs to, such as entrepot_payment_sandbox."""
    package = module.partition(".")[0]
    return package if package.startswith("entrepot_") else None


def violations(folder: Path, is_allowed: Callable[[str], bool]) -> list[str]:
    """Imports of ours, from the core or from a plugin, that the rule does not allow."""
    return [
        f"{file}:{line} imports {module}"
        for file in sorted(folder.rglob("*.py"))
        for line, module in imported_modules(file)
        if (is_in(module, "entrepot") or distribution_package(module)) and not is_allowed(module)
    ]


def plugin_violations(plugin: Path) -> list[str]:
    """What a plugin imports beyond the sdk and itself; its tests may also import the testkit."""
    own = {folder.name for folder in (plugin / "src").iterdir() if folder.is_dir()}

    def in_code(module: str) -> bool:
        return is_in(module, "entrepot.sdk") or distribution_package(module) in own

    def in_tests(module: str) -> bool:
        return in_code(module) or is_in(module, "entrepot.testkit")

    return violations(plugin / "src", in_code) + violations(plugin / "tests", in_tests)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_plugin_imports_the_sdk_and_itself_only(plugin: Path) -> None:
    assert plugin_violations(plugin) == []


@pytest.mark.parametrize("theme", THEMES, ids=lambda folder: folder.name)
def test_theme_is_data_without_code(theme: Path) -> None:
    statements = [
        f"{file}:{node.lineno}"
        for file in sorted((theme / "src").rglob("*.py"))
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant)
    ]
    assert statements == []


def test_core_imports_no_plugin() -> None:
    assert violations(CORE, lambda module: distribution_package(module) is None) == []


def test_slices_use_each_other_through_services_and_queries() -> None:
    """Only a slice's own files, and read paths that join tables, know its models."""

    below = {"storage", "engine"}  # no slices: everything stands on them
    read_paths = {"queries", "detail"}

    def foreign_models(file: Path) -> Iterator[str]:
        own_slice, name = file.relative_to(CORE / "entrepot").parts[0], file.stem
        for line, module in imported_modules(file):
            match module.split("."):
                case ["entrepot", slice_, "models" | "models_shown", *_] if slice_ not in {*below, own_slice}:
                    if name not in {*read_paths, "models", "models_shown"}:
                        yield f"{file}:{line} imports {module}"

    slices = sorted(file.parent for file in CORE.glob("entrepot/*/models.py") if file.parent.name not in below)
    assert [found for folder in slices for file in folder.rglob("*.py") for found in foreign_models(file)] == []


@pytest.mark.slow
def test_import_linter_contracts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "import entrepot",
        "from entrepot import orders",
        "from entrepot.orders.models import Order",
        "import entrepot_payment_other",
        "import importlib; importlib.import_module('entrepot.storage')",
        "from entrepot.testkit import conformance",
        "def late():\n    from entrepot.kernel import money",
    ],
)
def test_border_is_seen_when_a_plugin_crosses_it(tmp_path: Path, line: str) -> None:
    write_plugin(tmp_path, code=line)
    assert len(plugin_violations(tmp_path)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "from entrepot import sdk",
        "from entrepot.sdk import Money",
        "from . import mapping",
        "import requests",
    ],
)
def test_border_allows_the_sdk_and_third_parties(tmp_path: Path, line: str) -> None:
    write_plugin(tmp_path, code=line)
    assert plugin_violations(tmp_path) == []


def test_border_allows_the_testkit_in_tests_of_plugins(tmp_path: Path) -> None:
    write_plugin(tmp_path, tests="from entrepot.testkit import conformance\nimport entrepot_payment_mine.mapping")
    assert plugin_violations(tmp_path) == []


def write_plugin(folder: Path, *, code: str = "", tests: str = "") -> None:
    package = folder / "src" / "entrepot_payment_mine"
    package.mkdir(parents=True)
    (folder / "tests").mkdir()
    (package / "__init__.py").write_text(code)
    (folder / "tests" / "test_it.py").write_text(tests)
