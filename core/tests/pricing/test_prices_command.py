"""``entrepot prices``: lists that follow others, and prices for a time, at the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entrepot.cli import cli

SETUP = """
[[market]]
code = "eu"
name = {en = "Europe"}
currency = "EUR"
includes_tax = true
locales = ["en"]
countries = ["DE"]
default_country = "DE"

[[market]]
code = "us"
name = {en = "United States"}
currency = "USD"
includes_tax = false
locales = ["en"]
countries = ["US"]
default_country = "US"

[[warehouse]]
code = "hamburg"
name = "Hamburg"
address = {country = "DE"}
"""
MUG = "slug,sku,name,price\nmug,MUG,Mug,19.90\n"


@pytest.mark.covers("S0.34")
def test_lists_follow_and_prices_hold_for_a_time_on_the_command_line(tmp_path: Path) -> None:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["--data", str(tmp_path / "store"), *arguments])

    (tmp_path / "setup.toml").write_text(SETUP)
    (tmp_path / "mug.csv").write_text(MUG)
    for prepared in (
        ("init",),
        ("setup", str(tmp_path / "setup.toml")),
        ("import", "products", str(tmp_path / "mug.csv")),
    ):
        done = run(*prepared)
        assert done.exit_code == 0, done.output

    follow = run("prices", "follow", "us", "--base", "eu", "--mode", "hold_gross", "--tax", "standard=7")
    refused = run("prices", "recompute")
    lists = run("prices", "lists")
    window = run("prices", "window", "eu", "MUG", "15", "--from", "2030-07-01", "--time-zone", "Europe/Berlin")
    again = run("prices", "window", "eu", "MUG", "14", "--from", "2030-08-01")
    shown = run("prices", "show", "eu", "MUG")

    assert follow.exit_code == 0, follow.output
    assert (refused.exit_code, "us: No rate EUR/USD" in refused.output) == (1, True)
    assert "us  USD  without tax\n  follows eu, hold_gross, adjusted by 0 %, last never\n  No rate" in lists.output
    assert window.output == "MUG in eu costs EUR 15.00: window from 2030-06-30 22:00 on UTC\n"
    assert (again.exit_code, "overlaps" in again.output) == (1, True)
    assert shown.output.splitlines() == [
        "MUG in eu: asked EUR 19.90, usually EUR 19.90",
        "  EUR 15.00: window from 2030-06-30 22:00 on UTC",
    ]
    assert "is not an amount" in run("prices", "window", "eu", "MUG", "1,5O", "--from", "2031-01-01").output
