"""Reading lists, comparing names, and what an old or missing list may say."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from entrepot.sdk import ConfigInvalid, Party, ProviderUnavailable
from entrepot.testkit import NOON, make_context
from entrepot_feature_denied_list.listing import ListUnreadable, read_list
from entrepot_feature_denied_list.matching import Index, words
from entrepot_feature_denied_list.provider import DeniedList

REST = ",-0- " * 8
LIST = (
    f"11,\"NÓRDICA, S.A.\",-0- ,IRAN] [SDGT{REST[:-5]},a.k.a. 'AURORA LINES'; f.k.a. 'OLD AURORA'.\n"
    f"12,MAR DE COBRE,vessel,CUBA{REST[:-5]},-0- \n"
    f"13,BANK OF SIRIUS PLC,-0- ,IRAN{REST[:-5]},-0- \n\x1a"
)
SAMPLE = Path(__file__).parents[5] / "shared" / "data" / "sanctions-sample" / "sdn-entities-sample.csv"


def scores(name: str, threshold: float = 0.85) -> list[tuple[str, float]]:
    return [(found.entry.id, found.score) for found in Index(read_list(LIST)).resembling(name, threshold)]


def screening(folder: Path, age_days: int = 0, **config: object) -> DeniedList:
    file = folder / "denied-parties.csv"
    file.write_text(LIST, encoding="utf-8")
    then = (NOON - timedelta(days=age_days)).timestamp()
    os.utime(file, (then, then))
    return DeniedList(replace(make_context(DeniedList, config), lists_folder=folder))


def test_programs_aliases_and_empty_cells_are_read() -> None:
    first = read_list(LIST)[0]
    assert (first.id, first.name, first.programs) == ("11", "NÓRDICA, S.A.", ("IRAN", "SDGT"))
    assert first.aliases == ("AURORA LINES", "OLD AURORA")
    assert read_list(LIST)[1].remarks == ""


@pytest.mark.parametrize("line", ["14,SHORT LINE,-0-\n", f"15,,-0- ,X{REST}\n"])
def test_line_in_another_layout_is_named(line: str) -> None:
    with pytest.raises(ListUnreadable, match="Line 4"):
        read_list(LIST.replace("\x1a", "") + line)


def test_names_lose_case_accents_punctuation_and_order() -> None:
    assert words("Łódź & Søn, S.A.") == ("lodz", "son", "sa")
    assert scores("s.a. nordica") == [("11", 1.0)]


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("Aurora Lines", "11"),
        ("Aurorra Lines", "11"),
        ("AuroraLines", "11"),
        ("Mar de Cobre Gonzalez", "12"),
        ("Bank of Sirius", "13"),
        ("Bank of Syrius Public Limited", ""),
        ("Cobre Mar de", "12"),
    ],
)
def test_close_names_are_found(name: str, entry: str) -> None:
    assert [found for found, _ in scores(name)] == ([entry] if entry else [])


@pytest.mark.parametrize("name", ["Anna Berg", "Marina Cobbler", "Bank of Hamburg", "", "...", "Li"])
def test_strangers_are_left_alone(name: str) -> None:
    assert scores(name) == []


@pytest.mark.covers("G3")
def test_match_names_list_entry_program_and_day(tmp_path: Path) -> None:
    [match] = screening(tmp_path, list_name="Test list").screen(Party("Anna Berg", company="Mar de Cobre"))
    assert (match.listed_name, match.entry, match.programs, match.list_name) == (
        "MAR DE COBRE",
        "12",
        ("CUBA",),
        "Test list",
    )
    assert (match.list_date, match.score) == (NOON.date(), 1.0)


def test_old_list_may_match_but_never_clear(tmp_path: Path) -> None:
    old = screening(tmp_path, age_days=15)
    assert old.screen(Party("Aurora Lines"))
    with pytest.raises(ProviderUnavailable, match="15 days old"):
        old.screen(Party("Anna Berg"))
    with pytest.raises(ConfigInvalid, match="15 days old"):
        old.check()


def test_new_list_counts_without_a_restart(tmp_path: Path) -> None:
    list_ = screening(tmp_path)
    assert list_.screen(Party("Quiet Meadow")) == []
    (tmp_path / "denied-parties.csv").write_text(LIST.replace("MAR DE COBRE", "QUIET MEADOW"), encoding="utf-8")
    assert list_.screen(Party("Quiet Meadow"))


def test_missing_list_is_no_clear_answer(tmp_path: Path) -> None:
    missing = screening(tmp_path, file="other.csv")
    with pytest.raises(ProviderUnavailable, match="Put the current one there"):
        missing.screen(Party("Anna Berg"))


@pytest.mark.parametrize("file", ["../secret.key", "/etc/passwd", "a/b.csv"])
def test_file_outside_the_folder_is_refused(file: str) -> None:
    with pytest.raises(ConfigInvalid, match="without a folder"):
        make_context(DeniedList, {"file": file})


@pytest.mark.skipif(not SAMPLE.exists(), reason="The sample of the official list is not here.")
def test_official_layout_is_read() -> None:
    entries = read_list(SAMPLE.read_text(encoding="utf-8"))
    found = Index(entries).resembling("Aero-Caribbean Airlines", 0.85)
    assert (len(entries), found[0].entry.id) == (20, "36")
