"""``entrepot theme``: a theme in the data folder is found, examined and worn."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.cli import cli


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("ENTREPOT_DATA_DIR", "DATABASE_URL", "ENTREPOT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTREPOT_PLUGINS", "payment-bank-transfer")
    write(tmp_path, "base", 'id = "base"\nname = "Base"\n', '[color]\nsurface = "#fff"\non_surface = "#111"\n')
    write(tmp_path, "dusk", 'id = "dusk"\nname = "Dusk"\nparent = "base"\n', '[color]\non_surface = "#222"\n')
    assert run(tmp_path, "init")[0] == 0
    return tmp_path


def write(folder: Path, theme_id: str, manifest: str, tokens: str) -> None:
    root = folder / "shop" / "themes" / theme_id
    root.mkdir(parents=True, exist_ok=True)
    (root / "theme.toml").write_text(manifest, encoding="utf-8")
    (root / "tokens.toml").write_text(tokens, encoding="utf-8")


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["--data", str(folder / "shop"), *arguments])
    return result.exit_code, result.output


@pytest.mark.covers("G24")
def test_theme_of_the_data_folder_is_listed_and_worn(folder: Path) -> None:
    assert run(folder, "theme", "use", "dusk")[0] == 0

    status, listed = run(folder, "theme", "list")

    assert status == 0
    assert [line.split()[:2] for line in listed.splitlines() if "child of base" in line] == [["*", "dusk"]]


def test_theme_that_is_not_there_is_refused_with_those_that_are(folder: Path) -> None:
    status, told = run(folder, "theme", "use", "dawn")

    assert status == 1
    assert "base, dusk" in told


def test_unreadable_colours_fail_the_check(folder: Path) -> None:
    assert run(folder, "theme", "check", "dusk")[0] == 0
    write(folder, "dusk", 'id = "dusk"\nname = "Dusk"\nparent = "base"\n', '[color]\non_surface = "#eee"\n')

    status, told = run(folder, "theme", "check", "dusk")

    assert status == 1
    assert "color.on_surface on color.surface" in told
