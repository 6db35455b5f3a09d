"""The documentation tells the truth: reference, links, commands and the tree of the README."""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from entrepot.cli import cli
from entrepot.sdk import hooks
from entrepot.settings import _VARIABLES
from entrepot.theming.slots import SLOTS
from support.pages import ROOT, blocks, commands, links, pages

REFERENCE = ROOT / "docs" / "reference"
PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())


def text(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def test_reference_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_outdated_page_is_noticed_and_written_anew(tmp_path: Path) -> None:
    generate = [sys.executable, str(ROOT / "docs" / "generate.py"), "--folder", str(tmp_path)]
    subprocess.run(generate, check=True, capture_output=True)
    (tmp_path / "slots.md").write_text("old", encoding="utf-8")

    checked = subprocess.run([*generate, "--check"], capture_output=True, text=True, check=False)
    subprocess.run(generate, check=True, capture_output=True)

    assert (checked.returncode, checked.stdout) == (1, "Out of date: slots.md. Run: ./dev docs\n")
    assert (tmp_path / "slots.md").read_text(encoding="utf-8") == text("slots.md")


def test_every_hook_is_in_the_reference() -> None:
    names = [name for family in hooks.FAMILIES for name in vars(family) if name.startswith("entrepot_")]
    assert [name for name in names if f"### `{name}`" not in text("hooks.md")] == []


def test_every_setting_slot_and_command_is_in_the_reference() -> None:
    assert [name for name in _VARIABLES if f"`{name}`" not in text("settings.md")] == []
    assert [name for name in SLOTS if f"`{name}`" not in text("slots.md")] == []
    known = [path for path, _ in tree(cli, "entrepot")]
    assert [path for path in known if f"## `{path}`" not in text("cli.md")] == []


def test_change_of_the_public_surface_is_in_the_changelog() -> None:
    mark = hashlib.sha256((REFERENCE / "api-surface.txt").read_bytes()).hexdigest()[:12]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"API surface: {mark}" in changelog, (
        "What plugins may rely on has changed. Describe the change in CHANGELOG.md under its topmost version, "
        f"and write there: API surface: {mark}"
    )


@PAGES
def test_links_lead_somewhere(page: Path) -> None:
    assert [target for target in links(page) if not (page.parent / target).exists()] == []


@PAGES
def test_python_compiles(page: Path) -> None:
    if page.parent == REFERENCE:
        return  # declarations without bodies
    for block in blocks(page, "python"):
        ast.parse(block, str(page))


@PAGES
def test_commands_exist_with_their_options(page: Path) -> None:
    known = dict(tree(cli, "entrepot"))
    assert [problem for words in commands(page, "entrepot") if (problem := problem_of(words, known))] == []


@PAGES
def test_verbs_of_dev_exist(page: Path) -> None:
    shown = subprocess.run(
        [sys.executable, str(ROOT / "dev"), "help"], capture_output=True, text=True, check=True
    ).stdout
    verbs = {line.split()[0] for line in shown.splitlines() if line.startswith("  ")}
    assert {words[0] for words in commands(page, "./dev") if words} - verbs == set()


def test_tree_of_the_readme_is_there() -> None:
    [drawn] = [block for block in blocks(ROOT / "README.md", "text") if "├── " in block]
    paths = list(tree_paths(drawn))
    assert len(paths) > 40
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_no_page_names_what_belongs_to_no_reader() -> None:
    forbidden = re.compile(r"TODO|FIXME|/work/|/root/|/tmp/")
    assert [page.name for page in pages() if forbidden.search(page.read_text(encoding="utf-8"))] == []


def tree(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """(full name, command) of the command and everything below it."""
    yield path, command
    if isinstance(command, click.Group) and path != "entrepot x":
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from tree(child, f"{path} {name}")


def problem_of(words: list[str], known: dict[str, click.Command]) -> str:
    """Why a command line of a page would not be understood; empty when it would."""
    path = "entrepot"
    for word in words:
        if word.startswith("--"):
            options = {name for option in known[path].params for name in option.opts} | {"--help"}
            if word.partition("=")[0] not in options:
                return f"{path} has no option {word}"
        elif f"{path} {word}" in known:
            path = f"{path} {word}"
        elif isinstance(known[path], click.Group) and path != "entrepot x":
            return f"{path} has no command {word}"
    return ""


def tree_paths(drawn: str) -> Iterator[Path]:
    """The paths of a drawn tree; four columns are one level."""
    above: list[str] = []
    for line in drawn.splitlines():
        found = re.match(r"((?:│   |    )*)[├└]── (\S+)", line)
        if found is None:
            continue
        depth = len(found[1]) // 4
        above = [*above[:depth], found[2]]
        yield Path(*above)
