"""A shop of three theme layers, made of small files in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from entrepot.theming.facade import Folders, Theming
from entrepot.theming.themes import discover_themes

Write = Callable[[str, str], Path]

HARBOUR = """
id = "harbour"
name = "Harbour"
version = "1.0"
api_version = 1
"""

#: What a store owner writes: three lines here, three in tokens.toml.
CHILD = 'id = "sunset"\nname = "Sunset"\nparent = "harbour"\n'
CHILD_TOKENS = '[color]\naccent = "#8a2f12"\non_accent = "#ffffff"\n'

HARBOUR_TOKENS = """
[palette]
sea = "#0b5f7a"
ink = "#14212b"

[color]
surface = "#ffffff"
on_surface = "{palette.ink}"
accent = "{palette.sea}"
on_accent = "#ffffff"

[space]
1 = "4px"

[shadow]
card = "0 1px 2px {palette.ink}"

[motion]
quick = "120ms"

[dark.palette]
ink = "#e8eef2"

[dark.color]
surface = "#0d161d"
"""


@pytest.fixture(autouse=True)
def no_installed_themes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the themes of the test, whatever this environment has."""
    monkeypatch.setattr("entrepot.theming.themes.installed", lambda group: [])


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file below the temporary folder."""

    def write_file(path: str, text: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write_file


@pytest.fixture
def harbour(write: Write) -> None:
    """The themes ``harbour`` and its child ``sunset``."""
    write("themes/harbour/theme.toml", HARBOUR)
    write("themes/harbour/tokens.toml", HARBOUR_TOKENS)
    write("themes/sunset/theme.toml", CHILD)
    write("themes/sunset/tokens.toml", CHILD_TOKENS)


@pytest.fixture
def shop(tmp_path: Path, write: Write, harbour: None) -> Callable[..., Theming]:
    """Build theming on what has been written so far; plugins live in ``plugins/<id>/templates``."""

    def build(active: str | None = "sunset", **options: object) -> Theming:
        folders = Folders(
            core=tmp_path / "core",
            plugin_templates=_plugin_folders(tmp_path, "templates"),
            plugin_static=_plugin_folders(tmp_path, "static"),
            override=tmp_path / "override",
        )
        options.setdefault("discovery", discover_themes([tmp_path / "themes"]))
        return Theming(folders, active=active, **{"debug": True, **options})

    return build


def _plugin_folders(root: Path, kind: str) -> Mapping[str, Path]:
    return {folder.name: folder / kind for folder in (root / "plugins").glob("*")}
