"""``entrepot rules``: which rule packs are installed, whether they hold together, what changes, and why."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from entrepot.customs.engine.pack import Pack
    from entrepot.customs.engine.records import Cited


@click.group()
def rules() -> None:
    """List, check, compare and explain rule packs."""


@rules.command("list")
def list_() -> None:
    """Installed rule packs with version, destinations and number of records."""
    from entrepot.customs.assess import installed_packs, load

    for named in installed_packs():
        pack = load(named)
        count = sum(1 for _ in pack.records())
        click.echo(f"{pack.id:<12} {pack.version:<12} {count:>6} records  {', '.join(sorted(pack.countries))}")


@rules.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folders: tuple[Path, ...]) -> None:
    """Read every record of the installed packs, or of FOLDERS; names file and line of what is wrong."""
    from entrepot.customs.assess import installed_packs, load
    from entrepot.customs.engine.checking import problems
    from entrepot.customs.engine.loading import load_pack

    packs = [load_pack(folder) for folder in folders] if folders else [load(named) for named in installed_packs()]
    wrong = [f"{pack.id}: {problem}" for pack in packs for problem in problems(pack)]
    for line in wrong:
        click.echo(line)
    click.echo(f"{len(packs)} packs, {sum(1 for p in packs for _ in p.records())} records, {len(wrong)} problems")
    if wrong:
        raise SystemExit(1)


@rules.command()
@click.argument("pack_id")
@click.argument("first", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("second", type=click.DateTime(["%Y-%m-%d"]))
def diff(pack_id: str, first: datetime, second: datetime) -> None:
    """What begins and ends in a pack between two days."""
    pack = _pack(pack_id)
    for kind, cited in sorted(pack.records(), key=lambda one: one[1].period.start):
        for sign, day in (("+", cited.period.start), ("-", cited.period.end)):
            if day is not None and first.date() < day <= second.date():
                click.echo(f"{sign} {day} {kind} {cited.id}: {cited.note} [{cited.source.id}, {cited.place}]")


@rules.command()
@click.argument("what")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Only records in force on this day.")
def explain(what: str, day: datetime | None) -> None:
    """Print the records behind a rule id such as uk/low-value, or explain an assessment (a JSON file)."""
    if Path(what).is_file():
        with Path(what).open(encoding="utf-8") as file:
            _explain_file(file)
        return
    pack_id, _, prefix = what.partition("/")
    for kind, cited in _pack(pack_id).records():
        if f"{cited.id}/{cited.period.start}".startswith(prefix) and _is_wanted(cited, day):
            click.echo(f"{kind} {cited.ref.id}  {cited.period}  {cited.note}")
            click.echo(f"    {cited.ref.source}; reliability {cited.source.reliability}; {cited.place}")


def _explain_file(file: TextIO) -> None:
    import json

    from entrepot.cli.assess import explained
    from entrepot.customs.assess import assess_json

    for line in explained(assess_json(json.load(file))):
        click.echo(line)


def _is_wanted(cited: Cited, day: datetime | None) -> bool:
    wanted: date | None = day.date() if day else None
    return wanted is None or cited.period.holds(wanted)


def _pack(pack_id: str) -> Pack:
    from entrepot.customs.assess import installed_packs, load

    found = next((named for named in installed_packs() if named.id == pack_id), None)
    if found is None:
        names = ", ".join(named.id for named in installed_packs()) or "none"
        raise click.ClickException(f"No rule pack '{pack_id}' is installed. There are: {names}.")
    return load(found)
