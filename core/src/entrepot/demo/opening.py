"""Opening the demo store from nothing: markets, goods, stock, accounts, staff. ``store.toml`` says which."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from entrepot.catalog.media import LocalMedia
from entrepot.catalog.records import PriceRecord, ProductRecord
from entrepot.catalog.service import save_category, save_products
from entrepot.customs.overlays import FOLDER
from entrepot.demo.goods import Goods
from entrepot.engine.runtime import Runtime
from entrepot.inventory import counting, transfers
from entrepot.inventory.queries import stocked_variant, warehouses
from entrepot.inventory.stock import Change, book
from entrepot.inventory.warehousing import save_warehouse
from entrepot.kernel.address import Address
from entrepot.kernel.clock import FixedClock
from entrepot.markets.service import create_store, save_market
from entrepot.pricing.service import save_cut, save_promotion
from entrepot.staff.rules import ROLES
from entrepot.staff.service import create as create_staff
from entrepot.storage.session import reader, unit_of_work
from entrepot.theming.themes import discover_themes

#: What opens the store appears in ledgers as done by this actor.
ACTOR = "system"
#: So long before the opening the goods cost their former prices.
BEFORE_THE_REDUCTION = timedelta(days=31)


@cache
def written() -> Mapping[str, Any]:
    """``store.toml`` as it is written; its head explains every key."""
    return tomllib.loads(files("entrepot.demo").joinpath("store.toml").read_text(encoding="utf-8"))


def open_store(runtime: Runtime, goods: Goods) -> None:
    """Store, markets, warehouses, catalogue, stock and staff."""
    with unit_of_work():
        _create_markets(runtime)
        _save_catalogue(runtime, goods)
        _receive_stock(runtime, goods)
        _create_staff(runtime)


def bring_own_rates(runtime: Runtime) -> None:
    """The demo merchant's own dated customs records, as a merchant keeps them in the data folder."""
    for pack in files("entrepot.demo").joinpath("rules").iterdir():
        folder = runtime.settings.data_dir / FOLDER / pack.name
        folder.mkdir(parents=True, exist_ok=True)
        for file in pack.iterdir():
            (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")


def create_accounts(runtime: Runtime, accounts: Iterable[Mapping[str, Any]]) -> None:
    """Accounts written as in ``store.toml``, of plugins that are loaded. Unchecked: no simulator runs yet."""
    for account in accounts:
        if account["provider"] in runtime.registry.providers(account["kind"]):
            runtime.accounts.create(
                account["kind"],
                account["provider"],
                label=account["label"],
                config=account["config"],
                markets=account.get("markets", ()),
                position=account.get("position", 100),
                check=False,
            )


def _create_markets(runtime: Runtime) -> None:
    store = dict(written()["store"])
    if store["theme"] not in discover_themes().themes:
        store["theme"] = ""
    create_store(runtime, **store)
    for position, market in enumerate(written()["market"]):
        save_market(runtime, **market, position=position)
    for warehouse in written()["warehouse"]:
        save_warehouse(runtime, **{**warehouse, "address": Address(**warehouse["address"])})


def _save_catalogue(runtime: Runtime, goods: Goods) -> None:
    for position, category in enumerate(goods.categories):
        save_category(runtime, **category, position=position)
    records = goods.records(LocalMedia(runtime.settings.media_dir).put)
    # In the order of the home page, so that what is newest there comes from every category too.
    records.sort(key=lambda record: record.position)
    dearer = replace(runtime, clock=FixedClock(runtime.clock.now() - BEFORE_THE_REDUCTION))
    save_products(dearer, [_at_former_prices(record) for record in records], reference="demo", actor=ACTOR)
    save_products(runtime, [record for record in records if _is_reduced(record)], reference="demo", actor=ACTOR)


def _is_reduced(record: ProductRecord) -> bool:
    return any(price.compare_at for variant in record.variants for price in variant.prices.values())


def _at_former_prices(record: ProductRecord) -> ProductRecord:
    """As it was before the reduction that the goods speak of: only what was asked may be struck through."""
    return replace(record, variants=tuple(replace(each, prices=_former(each.prices)) for each in record.variants))


def _former(prices: Mapping[str, PriceRecord]) -> dict[str, PriceRecord]:
    return {code: PriceRecord(price.compare_at or price.amount) for code, price in prices.items()}


def _variant_ids() -> dict[str, int]:
    return {row.sku: row.id for row in reader().execute(select(stocked_variant.c.sku, stocked_variant.c.id))}


def _receive_stock(runtime: Runtime, goods: Goods) -> None:
    """One delivery per warehouse."""
    variants = _variant_ids()
    for warehouse in warehouses():
        pieces = {sku: stock.get(warehouse.code, 0) for sku, stock in goods.stock.items()}
        changes = [Change(variants[sku], warehouse.id, quantity) for sku, quantity in pieces.items()]
        with unit_of_work() as session:
            reference = f"first delivery to {warehouse.name}"
            book(session, changes, kind="received", reference=reference, actor=ACTOR, at=runtime.clock.now())


def move_stock(runtime: Runtime) -> None:
    """A transfer that is on its way between the warehouses, and a count that was begun this morning."""
    variants, (source, target) = _variant_ids(), warehouses()[:2]
    sent = replace(runtime, clock=FixedClock(runtime.clock.now() - timedelta(days=3)))
    lines = {variants[sku]: pieces for sku, pieces in written()["transfer"].items()}
    transfer = transfers.draft(sent, source_id=source.id, target_id=target.id, lines=lines)
    transfers.send(sent, transfer, actor=ACTOR)
    begun = replace(runtime, clock=FixedClock(runtime.clock.now() - timedelta(hours=2)))
    counted = [variants[sku] for sku in written()["count"]]
    counting.start(begun, warehouse_id=source.id, kind="cycle", variant_ids=counted)


def make_offers(runtime: Runtime) -> None:
    """Reduced prices and promotions that are on from now on."""
    for cut in written()["cut"]:
        save_cut(runtime, **cut)
    for promotion in written()["promotion"]:
        save_promotion(runtime, **promotion)


def _create_staff(runtime: Runtime) -> None:
    for member in written()["staff"]:
        create_staff(
            runtime,
            email=member["email"],
            name=member["name"],
            password=member["password"],
            permissions=ROLES[member["role"]],
        )
