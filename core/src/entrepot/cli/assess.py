"""``entrepot assess``: what is due on a consignment, by whom it is collected, and why."""

from __future__ import annotations

import json
from typing import Any, TextIO

import click

from entrepot.cli.context import settings_of


@click.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--explain", is_flag=True, help="Sentences for people instead of JSON.")
@click.pass_context
def assess(context: click.Context, file: TextIO, explain: bool) -> None:
    """Assess the consignment in FILE (JSON; - reads standard input) with the installed rule packs and your own records.

    The form is described by docs/reference/assessment.schema.json.
    """
    from entrepot.customs.assess import assess_json
    from entrepot.customs.overlays import FOLDER

    answer = assess_json(_parse(file), local=settings_of(context).data_dir / FOLDER)
    if explain:
        for line in explained(answer):
            click.echo(line)
    else:
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False))


def _parse(file: TextIO) -> Any:
    try:
        return json.load(file)
    except ValueError as error:
        raise click.ClickException(f"{file.name} is no JSON: {error}. See assessment.schema.json.") from None


def explained(answer: dict[str, Any]) -> list[str]:
    """The answer as sentences: every amount with its rule, source and inputs."""
    lines = [
        f"Rule pack {answer['pack']['id']} {answer['pack']['version']}: {', '.join(answer['regimes']) or 'no rule'}"
    ]
    for charge in answer["lines"]:
        lines += _explained(charge)
    totals = answer["totals"]
    lines.append(f"Landed: {answer['currency']} {totals['landed'] or 'unknown'}, {answer['incoterm']}")
    return lines + [f"{finding['severity']}: {finding['text']}" for finding in answer["findings"]]


def _explained(charge: dict[str, Any]) -> list[str]:
    where = f"line {charge['line_id']}" if charge["line_id"] else "the consignment"
    amount = f"{charge['currency']} {charge['amount']}" if charge["amount"] is not None else "unknown"
    when = "at checkout" if charge["at_checkout"] else "at the border"
    number = f" under {charge['registration']}" if charge["registration"] else ""
    lines = [f"{charge['label']} of {where}: {amount} ({charge['state']}), {charge['collector']} {when}{number}"]
    lines += [f"    {name}: {value}" for name, value in charge["inputs"].items()]
    lines += [f"    because: {charge['why']}"] if charge["why"] else []
    return [*lines, f"    rule: {charge['rule']['id']} of {charge['rule']['version']}; {charge['rule']['source']}"]
