"""``entrepot setup FILE``: store, markets and warehouses as a TOML file says."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from marshmallow import RAISE, Schema, ValidationError, fields

from entrepot.cli.context import engine, settings_of
from entrepot.kernel.address import Address


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class _Store(_Strict):
    name = fields.String()
    theme = fields.String()
    settings = fields.Dict(keys=fields.String())


class _Market(_Strict):
    code = fields.String(required=True)
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    currency = fields.String(required=True)
    includes_tax = fields.Boolean(required=True)
    locales = fields.List(fields.String(), required=True)
    countries = fields.List(fields.String(), required=True)
    default_country = fields.String(required=True)
    price_list = fields.String()
    time_zone = fields.String()
    enabled = fields.Boolean()
    position = fields.Integer()


class _Address(_Strict):
    country = fields.String(required=True)
    company = fields.String()
    name = fields.String()
    street = fields.String()
    street2 = fields.String()
    postcode = fields.String()
    city = fields.String()
    region = fields.String()
    phone = fields.String()


class _Warehouse(_Strict):
    code = fields.String(required=True)
    name = fields.String(required=True)
    address = fields.Nested(_Address, required=True)
    priority = fields.Integer()
    active = fields.Boolean()


class _Setup(_Strict):
    store = fields.Nested(_Store)
    market = fields.List(fields.Nested(_Market), load_default=list)
    warehouse = fields.List(fields.Nested(_Warehouse), load_default=list)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def setup(context: click.Context, file: Path) -> None:
    """Create or change the store's markets and warehouses as a TOML file says; others stay as they are.

    All of it or nothing; the same file again leads to the same store.
    """
    from entrepot.inventory.warehousing import save_warehouse
    from entrepot.markets.service import change_store, save_market
    from entrepot.storage.session import unit_of_work

    written = read_setup(file)
    with engine(settings_of(context)) as runtime, unit_of_work():
        change_store(**written.get("store", {}))
        for position, market in enumerate(written["market"], start=1):
            save_market(runtime, **{"position": position, **market})
        for warehouse in written["warehouse"]:
            save_warehouse(runtime, **{**warehouse, "address": Address(**warehouse["address"])})
    codes = [entry["code"] for kind in ("market", "warehouse") for entry in written[kind]]
    click.echo(f"{file.name}: {', '.join(codes) or 'the store'} saved.")


def read_setup(file: Path) -> dict[str, Any]:
    """The file's content, checked; raises ClickException that names every wrong place."""
    try:
        loaded: dict[str, Any] = _Setup().load(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} is not valid TOML: {error}. Correct that place.") from error
    except ValidationError as error:
        wrong = "\n".join(f"  {place}: {problem}" for place, problem in _problems(error.normalized_messages()))
        raise click.ClickException(f"{file} does not fit. Correct it and try again:\n{wrong}") from error
    return loaded


def _problems(messages: Mapping[Any, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    for key, found in messages.items():
        here = (*place, str(key + 1) if isinstance(key, int) else str(key))
        if isinstance(found, Mapping):
            yield from _problems(found, here)
        else:
            yield " ".join(here), " ".join(found)
