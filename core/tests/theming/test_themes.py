"""Finding and reading themes, and what happens when one is broken."""

from __future__ import annotations

import sys

import importlib_metadata
import pytest

from entrepot.theming.errors import (
    CircularParents,
    ThemeConflict,
    ThemeInvalid,
    ThemeNotInstalled,
    ThemeUnreadable,
    UnknownParent,
)
from entrepot.theming.themes import discover_themes, load_theme, theme_chain


def test_a_child_theme_is_six_lines(tmp_path, shop):
    files = ("theme.toml", "tokens.toml")
    assert sum(len((tmp_path / "themes/sunset" / file).read_text().splitlines()) for file in files) == 6
    assert "--color-accent:#8a2f12;" in shop("sunset").stylesheet()


@pytest.mark.covers("S0.61")
def test_chain_lists_parents_from_near_to_far(tmp_path, write, harbour):
    write("themes/late/theme.toml", 'id = "late"\nname = "Late"\nparent = "sunset"\n')
    themes = discover_themes([tmp_path / "themes"]).themes
    assert [theme.id for theme in theme_chain(themes, "late")] == ["late", "sunset", "harbour"]


def test_bad_toml_names_theme_file_and_place(tmp_path, write):
    write("themes/torn/theme.toml", 'id = "torn\n')
    found = discover_themes([tmp_path / "themes"])
    assert found.themes == {}
    (problem,) = found.problems
    assert isinstance(problem, ThemeUnreadable)
    assert (problem.theme, problem.file) == ("torn", "theme.toml")
    assert "line 1" in str(problem)


@pytest.mark.parametrize(
    ("manifest", "part"),
    [
        ('name = "Nameless"\n', "'id' is missing"),
        ('id = "core"\nname = "Core"\n', "cannot be a theme id"),
        ('id = "odd"\nname = "Odd"\ncolour = "red"\n', "'colour' means nothing"),
        ('id = "odd"\nname = "Odd"\napi_version = 7\n', "theme API 7"),
        ('id = "odd"\nname = "Odd"\n[settings.x]\nlabel = "X"\ntype = "colour"\n', "no type 'colour'"),
        ('id = "other"\nname = "Other"\n', "its entry point says 'odd'"),
    ],
)
def test_a_wrong_manifest_says_what_and_how_to_mend_it(write, manifest, part):
    folder = write("themes/odd/theme.toml", manifest).parent
    with pytest.raises(ThemeInvalid, match=part) as caught:
        load_theme(folder, expected_id="odd")
    assert caught.value.remedy


def test_settings_are_read_with_their_bounds(write):
    text = 'id = "odd"\nname = "Odd"\n[settings.accent]\ntype = "color"\nlabel = "Accent"\ntoken = "color.accent"\n'
    (setting,) = load_theme(write("themes/odd/theme.toml", text).parent).settings
    assert (setting.name, setting.type, setting.token) == ("accent", "color", "color.accent")


def test_unknown_parent_is_named_with_the_choices(tmp_path, write, harbour):
    write("themes/orphan/theme.toml", 'id = "orphan"\nname = "Orphan"\nparent = "gone"\n')
    with pytest.raises(UnknownParent, match=r"'gone' is not installed.*harbour, orphan, sunset"):
        theme_chain(discover_themes([tmp_path / "themes"]).themes, "orphan")


def test_circular_parents_are_shown_as_a_circle(tmp_path, write):
    write("themes/hen/theme.toml", 'id = "hen"\nname = "Hen"\nparent = "egg"\n')
    write("themes/egg/theme.toml", 'id = "egg"\nname = "Egg"\nparent = "hen"\n')
    with pytest.raises(CircularParents, match="hen → egg → hen"):
        theme_chain(discover_themes([tmp_path / "themes"]).themes, "hen")


def test_one_id_in_two_places_is_used_from_neither(tmp_path, write, harbour):
    write("more/harbour/theme.toml", 'id = "harbour"\nname = "Impostor"\n')
    found = discover_themes([tmp_path / "themes", tmp_path / "more"])
    assert "harbour" not in found.themes
    (problem,) = found.problems
    assert isinstance(problem, ThemeConflict)
    assert "themes/harbour" in str(problem) and "more/harbour" in str(problem)


@pytest.mark.parametrize("active", ["gone", "orphan", "hen", "faded"])
def test_a_broken_theme_leaves_the_shop_on_the_core_layer(write, shop, active):
    write("core/templates/home.html", "core home")
    write("themes/orphan/theme.toml", 'id = "orphan"\nname = "Orphan"\nparent = "gone"\n')
    write("themes/hen/theme.toml", 'id = "hen"\nname = "Hen"\nparent = "hen"\n')
    write("themes/faded/theme.toml", 'id = "faded"\nname = "Faded"\n')
    write("themes/faded/tokens.toml", '[color]\naccent = "{palette.nowhere}"\n')
    theming = shop(active)
    assert theming.active == "core"
    assert theming.render("home.html") == "core home"
    assert [problem.theme for problem in theming.problems] == [active]


def test_a_missing_theme_lists_those_that_are_there(shop):
    (problem,) = shop("gone").problems
    assert isinstance(problem, ThemeNotInstalled)
    assert "harbour, sunset" in str(problem)


def test_an_installed_theme_is_found_without_importing_it(tmp_path, write, monkeypatch):
    write("site/entrepot_theme_bomb/__init__.py", "raise SystemExit('imported')")
    write("site/entrepot_theme_bomb/theme.toml", 'id = "bomb"\nname = "Bomb"\n')
    entry = importlib_metadata.EntryPoint("bomb", "entrepot_theme_bomb", "entrepot.themes")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setattr(
        "entrepot.theming.themes.installed", lambda group: [entry] if group == "entrepot.themes" else []
    )
    assert set(discover_themes().themes) == {"bomb"}
    assert "entrepot_theme_bomb" not in sys.modules


def test_an_entry_point_must_name_a_top_level_package(monkeypatch):
    entry = importlib_metadata.EntryPoint("sly", "os.path:join", "entrepot.themes")
    monkeypatch.setattr("entrepot.theming.themes.installed", lambda group: [entry])
    (problem,) = discover_themes().problems
    assert "top-level package" in str(problem)
