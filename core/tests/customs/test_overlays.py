"""A merchant's own records go before the pack's, are told apart, and take effect without a restart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.cli import cli
from entrepot.customs.engine.records import PackInvalid
from entrepot.customs.overlays import load, strangers
from entrepot.customs.tariff import COLUMNS, FILE, import_tariff
from entrepot.sdk import RulePack

from .baskets import PACKS
from .toy import HEADERS, amounts, answered, goods, regime, write

DUTY = regime('{ duty = "customs-duty", base = ["fob"], rate = "duty" },')


@pytest.fixture
def named(tmp_path: Path) -> RulePack:
    folder = write(tmp_path / "pack", DUTY, rates="duty,,,,,,10,,,")
    return RulePack.of("toy", "IS", folder=folder)


@pytest.fixture
def local(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    return folder


def mine(local: Path, *records: str, file: str = "rates.csv") -> None:
    folder = local / "toy"
    folder.mkdir(exist_ok=True)
    (folder / file).write_text("\n".join([HEADERS[file], *records]))
    (folder / "sources.csv").write_text("id,title,address\nbroker,Letter of our broker,folder 3\n")


def tariff(folder: Path, *rows: str) -> Path:
    file = folder / "rates-of-mine.csv"
    file.write_text("\n".join([",".join(COLUMNS), *rows]))
    return file


@pytest.mark.covers("G1")
def test_own_record_goes_before_the_packs_and_cites_its_own_source(named: RulePack, local: Path) -> None:
    mine(local, "duty,,,,,,7,,,,2026-01-01,,broker,2026-05-05,Ruling 12")
    answer = answered(load(named, local))
    (charge,) = answer.charges
    assert amounts(answer, "customs-duty") == ["7.00"]
    assert charge.rule.id == "toy/overlay/duty/2026-01-01"
    assert charge.rule.version.startswith("1+")
    assert "Letter of our broker" in charge.rule.source


def test_own_record_counts_on_its_days_only(named: RulePack, local: Path) -> None:
    mine(local, "duty,,,,,,7,,,,2026-06-02,2026-06-03,broker,2026-05-05,")
    pack = load(named, local)
    days = ("2026-06-01", "2026-06-02", "2026-06-03")
    assert [amounts(answered(pack, date=day), "customs-duty") for day in days] == [["10.00"], ["7.00"], ["10.00"]]


def test_without_own_records_the_pack_is_as_it_was(named: RulePack, local: Path, tmp_path: Path) -> None:
    assert load(named, local) is load(named) is load(named, tmp_path / "nowhere")


def test_change_of_a_record_takes_effect_at_once(named: RulePack, local: Path) -> None:
    mine(local, "duty,,,,,,7,,,,2026-01-01,,broker,2026-05-05,")
    before = load(named, local)
    mine(local, "duty,,,,,,8,,,,2026-01-01,,broker,2026-05-05,Changed")
    os.utime(local / "toy" / "rates.csv", ns=(1, 1))
    after = load(named, local)
    assert [amounts(answered(pack), "customs-duty") for pack in (before, after)] == [["7.00"], ["8.00"]]
    assert before.version != after.version


def test_own_records_that_overlap_are_refused_with_their_line(named: RulePack, local: Path) -> None:
    mine(local, "duty,,,,,,7,,,,2026-01-01,,broker,2026-05-05,", "duty,,,,,,8,,,,2026-03-01,,broker,2026-05-05,")
    with pytest.raises(PackInvalid, match=r"rates.csv, line 3: overlay/duty .* overlaps rates.csv, line 2"):
        load(named, local)


def test_file_that_nothing_reads_is_told(named: RulePack, local: Path) -> None:
    mine(local)
    (local / "toy" / "rate.csv").write_text("")
    (local / "toys").mkdir()
    assert len(strangers(local, ["toy"])) == 2


@pytest.mark.covers("G1", "S1.38")
def test_imported_duty_rate_turns_unknown_into_known(tmp_path: Path, local: Path) -> None:
    named = RulePack.of("toy", "IS", folder=write(tmp_path / "bare", DUTY, rates="duty,,,99,,,1,,,"))
    assert amounts(answered(load(named, local)), "customs-duty") == ["unknown"]
    import_tariff(tariff(tmp_path, "IS,6109,,6.5,2026-01-01,,Customs of Iceland,2026-05-05,"), local)
    answer = answered(load(named, local), goods(), goods(hs="910211"))
    assert amounts(answer, "customs-duty") == ["6.50", "unknown"]
    assert "Customs of Iceland" in answer.charges[0].rule.source


def test_import_is_idempotent_and_adds(tmp_path: Path, local: Path) -> None:
    first = tariff(tmp_path, "IS,6109,,6.5,2026-01-01,,Iceland,2026-05-05,")
    assert (import_tariff(first, local).added, import_tariff(first, local).unchanged) == (1, 1)
    more = tariff(tmp_path, "IS,6109,CN,8,2026-01-01,,Iceland,2026-05-05,", "NO,6109,,0,2026-01-01,,Norway,2026-05-05,")
    assert import_tariff(more, local).added == 2
    assert len((local / FILE).read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("IS,6109,,7,2026-03-01,,Iceland,2026-05-05,", "overlaps"),
        ("IS,,,7,2026-03-01,,Iceland,2026-05-05,", "column hs is empty"),
        (",6109,,7,2026-03-01,,Iceland,2026-05-05,", "column destination is empty"),
        ("IS,61,,7 %,2026-03-01,,Iceland,2026-05-05,", "column rate is wrong. Write the percentage"),
        ("IS,61,,7,,,Iceland,2026-05-05,", "effective_from"),
        ("IS,61,,7,2026-03-01,,,2026-05-05,", "column source is empty"),
        ("XX,61,,7,2026-03-01,,Iceland,2026-05-05,", "is no area"),
        ("IS,61,,7", "4 cells where the first line names 9"),
    ],
)
def test_wrong_import_changes_nothing_and_names_the_line(tmp_path: Path, local: Path, row: str, message: str) -> None:
    import_tariff(tariff(tmp_path, "IS,6109,,6.5,2026-01-01,,Iceland,2026-05-05,"), local)
    before = (local / FILE).read_text()
    with pytest.raises(PackInvalid, match=message):
        import_tariff(tariff(tmp_path, "IS,9102,,1,2026-01-01,,Iceland,2026-05-05,", row), local)
    assert (local / FILE).read_text() == before


@pytest.mark.skipif("uk" not in PACKS, reason="the pack uk is not installed")
def test_commands_show_own_records(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path)]
    file = tariff(tmp_path, "GB,691200,,12,2026-01-01,,Trade Tariff,2026-05-05,Ceramic tableware")

    def run(*words: str) -> str:
        done = CliRunner().invoke(cli, [*data, *words])
        assert done.exit_code == 0, done.output
        return done.output

    assert "1 duty rates added" in run("import", "duty-rates", str(file))
    assert "and 1 of your own" in run("rules", "list")
    assert "0 problems" in run("rules", "check")
    assert "uk/tariff/GB/691200/2026-01-01: 12 %, from 2026-01-01" in run("rules", "explain", "uk/tariff")
    assert "+ 2026-01-01 rate tariff/GB/691200" in run("rules", "diff", "uk", "2025-12-31", "2026-01-02")
