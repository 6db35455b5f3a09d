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
@click.pass_context
def list_(context: click.Context) -> None:
    """Installed rule packs with version, destinations and number of records, your own among them."""
    from entrepot.customs.assess import installed_packs
    from entrepot.customs.overlays import load

    local = _local(context)
    for named in installed_packs():
        pack, packaged = load(named, local), load(named)
        count = sum(1 for _ in packaged.records())
        own = sum(1 for _ in pack.records()) - count
        mine = f" and {own} of your own" if own else ""
        click.echo(f"{pack.id:<12} {pack.version:<12} {count:>6} records{mine}  {', '.join(sorted(pack.countries))}")


@rules.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_context
def check(context: click.Context, folders: tuple[Path, ...]) -> None:
    """Read every record of the installed packs and your own, or of FOLDERS; names file and line of what is wrong."""
    from entrepot.customs.assess import installed_packs
    from entrepot.customs.engine.checking import problems
    from entrepot.customs.engine.loading import load_pack
    from entrepot.customs.overlays import load, strangers

    local = _local(context)
    installed = installed_packs()
    packs = [load_pack(folder) for folder in folders] if folders else [load(named, local) for named in installed]
    wrong = [f"{pack.id}: {problem}" for pack in packs for problem in problems(pack)]
    if local and not folders:
        wrong += strangers(local, [named.id for named in installed])
    for line in wrong:
        click.echo(line)
    click.echo(f"{len(packs)} packs, {sum(1 for p in packs for _ in p.records())} records, {len(wrong)} problems")
    if wrong:
        raise SystemExit(1)


@rules.command()
@click.argument("pack_id")
@click.argument("first", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("second", type=click.DateTime(["%Y-%m-%d"]))
@click.pass_context
def diff(context: click.Context, pack_id: str, first: datetime, second: datetime) -> None:
    """What begins and ends in a pack between two days."""
    pack = _pack(pack_id, _local(context))
    for kind, record in sorted(pack.entries(), key=lambda one: one[1].cited.period.start):
        cited = record.cited
        for sign, day in (("+", cited.period.start), ("-", cited.period.end)):
            if day is not None and first.date() < day <= second.date():
                click.echo(f"{sign} {day} {kind} {cited.id}: {record}, {cited.note} [{cited.source.id}, {cited.place}]")


@rules.command()
@click.argument("what")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Only records in force on this day.")
@click.pass_context
def explain(context: click.Context, what: str, day: datetime | None) -> None:
    """Print the records behind a rule id such as uk/low-value, or explain an assessment (a JSON file)."""
    if Path(what).is_file():
        with Path(what).open(encoding="utf-8") as file:
            _explain_file(file, _local(context))
        return
    pack_id, _, prefix = what.partition("/")
    for kind, record in _pack(pack_id, _local(context)).entries():
        cited = record.cited
        if f"{cited.id}/{cited.period.start}".startswith(prefix) and _is_wanted(cited, day):
            click.echo(f"{kind} {cited.ref.id}: {record}, {cited.period}  {cited.note}")
            click.echo(f"    {cited.ref.source}; reliability {cited.source.reliability}; {cited.place}")


def _explain_file(file: TextIO, local: Path | None) -> None:
    import json

    from entrepot.cli.assess import explained
    from entrepot.customs.assess import assess_json

    for line in explained(assess_json(json.load(file), local=local)):
        click.echo(line)


def _is_wanted(cited: Cited, day: datetime | None) -> bool:
    wanted: date | None = day.date() if day else None
    return wanted is None or cited.period.holds(wanted)


def _local(context: click.Context) -> Path | None:
    """The folder of the merchant's own records, where there is one."""
    from entrepot.cli.context import settings_of
    from entrepot.customs.overlays import FOLDER

    folder = settings_of(context).data_dir / FOLDER
    return folder if folder.is_dir() else None


def _pack(pack_id: str, local: Path | None) -> Pack:
    from entrepot.customs.assess import installed_packs
    from entrepot.customs.overlays import load

    found = next((named for named in installed_packs() if named.id == pack_id), None)
    if found is None:
        names = ", ".join(named.id for named in installed_packs()) or "none"
        raise click.ClickException(f"No rule pack '{pack_id}' is installed. There are: {names}.")
    return load(found, local)
