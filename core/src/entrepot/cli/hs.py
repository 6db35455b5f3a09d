"""``entrepot hs``: which HS code a product may have, and what a code means."""

from __future__ import annotations

import click


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=8, show_default=True, help="Show so many suggestions.")
def hs(words: tuple[str, ...], limit: int) -> None:
    """Suggest six-digit codes for WORDS ("cotton t-shirt"), likeliest first, each with reasons; or explain a code.

    Suggestions come from the words of the tariff alone. What a code decides about duty is yours to confirm.
    """
    from entrepot.customs.classification import tree

    known, text = tree(), " ".join(words)
    code = "".join(text.split()).replace(".", "")
    if code.isdigit():
        _explain(known.path(code[:6]), code)
        return
    found = known.search(text, limit=limit)
    for one in found:
        click.echo(f"{one.code[:4]}.{one.code[4:]}  {one.description}")
        click.echo(f"    {one.heading if one.heading != one.description else one.chapter}")
        click.echo(f"    {one.score:.1f}: {'; '.join(one.reasons)}")
    if not found:
        raise click.ClickException(f"No code has one of these words: {text}. Say what it is and what it is made of.")


def _explain(path: tuple[str, ...], code: str) -> None:
    if not path:
        raise click.ClickException(f"There is no chapter {code[:2]} in the Harmonized System.")
    for digits, description in zip((2, 4, 6), path, strict=False):
        click.echo(f"{code[:digits]:<8}{description}")
    if len(path) < len((2, 4, 6)) and len(code) > len("0101"):
        click.echo(f"{code} itself is not among the codes of HS 2022.")
