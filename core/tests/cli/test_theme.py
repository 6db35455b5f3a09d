"""``entrepot theme``: a theme in the data folder is found, examined and worn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from entrepot.app import create_app
from entrepot.cli import cli
from entrepot.markets.service import save_market
from entrepot.settings import load_settings


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


SETTINGS = """
[settings.accent]
type = "color"
label = "Accent colour"
token = "color.accent"

[settings.rows]
type = "number"
label = "Rows on the first page"
default = 3
minimum = 1
maximum = 9

[settings.banner]
type = "toggle"
label = "Show the banner"

[settings.side]
type = "choice"
label = "Where the filters stand"
choices = ["left", "right"]
default = "left"
"""
BASE_COLOURS = '[color]\nsurface = "#fff"\non_surface = "#111"\naccent = "#0b5f7a"\non_accent = "#fff"\n'


@pytest.fixture
def worn(folder: Path) -> Path:
    """A store that wears ``dusk``, whose parent lets four things be set."""
    write(folder, "base", f'id = "base"\nname = "Base"\n{SETTINGS}', BASE_COLOURS)
    assert run(folder, "theme", "use", "dusk")[0] == 0
    app = app_of(folder)
    with app.app_context():
        save_market(
            app.extensions["entrepot.runtime"],
            code="eu",
            name={"en": "Europe"},
            currency="EUR",
            locales=["en"],
            countries=["DE"],
            default_country="DE",
            includes_tax=True,
        )
    return folder


def app_of(folder: Path) -> Flask:
    return create_app(load_settings({"ENTREPOT_DATA_DIR": str(folder / "shop")}), entry_points=())


def test_settings_are_listed_with_what_they_are_set_to(worn: Path) -> None:
    assert run(worn, "theme", "set", "rows", "5")[0] == 0

    told = run(worn, "theme", "settings")[1]

    assert {line.split()[0]: line.split()[-1] for line in told.splitlines()} == {
        "accent": "it", "rows": "5", "banner": "it", "side": "left",
    }  # fmt: skip


@pytest.mark.covers("S0.61")
def test_setting_is_worn_by_the_next_page_and_taken_back(worn: Path) -> None:
    client = app_of(worn).test_client()
    plain = stylesheet(client)

    assert run(worn, "theme", "set", "accent", "#123456")[0] == 0
    coloured = stylesheet(client)
    assert run(worn, "theme", "set", "accent")[0] == 0

    assert "--color-accent:#0b5f7a;" in plain
    assert "--color-accent:#123456;" in coloured
    assert stylesheet(client) == plain


def test_style_sheet_of_a_look_that_this_process_has_not_drawn_yet_is_the_new_one(worn: Path) -> None:
    drawn, other = app_of(worn).test_client(), app_of(worn).test_client()
    stylesheet(other)
    assert run(worn, "theme", "set", "accent", "#123456")[0] == 0

    address = stylesheet_address(drawn)

    assert "--color-accent:#123456;" in other.get(address).text


def test_theme_that_came_after_the_start_leaves_the_look_as_it_is(worn: Path) -> None:
    client = app_of(worn).test_client()
    before = stylesheet(client)
    write(worn, "dawn", 'id = "dawn"\nname = "Dawn"\nparent = "base"\n', '[color]\non_surface = "#333"\n')

    assert run(worn, "theme", "use", "dawn")[0] == 0

    assert stylesheet(client) == before


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("accent", "red; } body { display: none", "Write it like"),
        ("rows", "12", "from 1 to 9"),
        ("rows", "many", "Write it like 12"),
        ("banner", "perhaps", "Write yes or no"),
        ("side", "top", "left, right"),
        ("size", "1", "accent, rows, banner, side"),
    ],
)
def test_value_that_does_not_fit_is_refused_with_the_remedy(worn: Path, name: str, value: str, remedy: str) -> None:
    status, told = run(worn, "theme", "set", name, value)

    assert status == 1
    assert remedy in told


def test_colour_that_is_hard_to_read_is_set_and_said(worn: Path) -> None:
    status, told = run(worn, "theme", "set", "accent", "#ddeeff")

    assert status == 0
    assert "Hard to read: color.on_accent on color.accent" in told


def stylesheet_address(client: FlaskClient) -> str:
    found = re.search(r'href="(/static/theme/[^"]+/tokens\.css)"', client.get("/").text)
    assert found is not None
    return found[1]


def stylesheet(client: FlaskClient) -> str:
    return client.get(stylesheet_address(client)).text
