"""``entrepot vectors``: play worked examples and show where the answer is another one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from entrepot.customs.vectors import Played


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--only", default="", help="Play only vectors whose id begins with this.")
def vectors(paths: tuple[Path, ...], only: str) -> None:
    """Play the vectors in PATHS (JSON files or folders). Ends with "N passed, M failed"; fails when one does."""
    from entrepot.customs.vectors import play, read_vectors

    played = [play(v) for path in paths for v in read_vectors(path) if str(v["id"]).startswith(only)]
    for one in played:
        if not one.passed:
            _show(one)
    failed = sum(not one.passed for one in played)
    click.echo(f"{len(played) - failed} passed, {failed} failed")
    if failed or not played:
        raise SystemExit(1)


def _show(played: Played) -> None:
    click.echo(f"{played.id}  ({played.source})")
    if played.problem:
        click.echo(f"    no answer: {played.problem}")
    for difference in played.differences:
        click.echo(f"    {difference.path}: expected {difference.expected}, actual {difference.actual}")
