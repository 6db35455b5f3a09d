"""Orders from a file in the back office: columns, dry run, background run, batch, undo."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from entrepot.background import TASKS
from entrepot.engine.queue import run_queued
from entrepot.inventory.queries import available
from entrepot.order_import.reading import OrderRecord
from entrepot.orders.models import Order
from entrepot.storage.session import reader, release_reader
from entrepot.testkit.small_shop import SmallShop

from .conftest import Desk

CSV = (
    "Order ID,SKU,Qty,Price,Land,E-mail\n"
    "Z-1,MUG,2,15.00,Germany,jo@example.com\n"
    "Z-2,BOWL,1,20.00,Germany,jo@example.com\n"
    "Z-3,CUP,1,20.00,Germany,jo@example.com\n"
)


def upload(desk: Desk, content: str = CSV, **form: str) -> str:
    desk.open("/admin/order-imports")
    return desk.send("/admin/order-imports", file=(io.BytesIO(content.encode()), "bazaar.csv"), **form)


def named(desk: Desk, **form: str) -> str:
    """Name the column that was not recognised."""
    columns = {"column-reference": "Order ID", "column-sku": "SKU", "column-quantity": "Qty", "column-email": "E-mail"}
    columns |= {"column-unit_price": "Price", "column-country": "Land", "always-paid": "yes"}
    return desk.send(f"{desk.here}/columns", **{**columns, "channel": "bazaar", "market": "", **form})


def reference_numbers() -> dict[str, str]:
    return {row.external_id: row.number for row in reader().query(Order.external_id, Order.number)}


@pytest.mark.covers("S0.10", "S0.59")
def test_a_file_with_unknown_columns_is_named_tried_run_and_taken_back(shop: SmallShop, owner: Desk) -> None:
    text = upload(owner, channel="bazaar")
    assert "no column was found for country" in text
    text = named(owner, profile="Bazaar")
    assert "Tried again. The columns are kept as a profile." in text
    assert "2 × MUG; EUR 30.00, paid" in text
    assert "is no SKU of this store" in text
    assert reader().query(Order).count() == 0
    here = owner.here
    assert "The worker imports the file now." in owner.send(here)
    release_reader()
    assert run_queued(shop.runtime, TASKS) == 1
    text = owner.open(here)
    assert "This is what was done." in text
    with owner.client.get(f"{here}/failed-rows.csv") as response:
        assert "is no SKU of this store" in response.get_data(as_text=True)
    assert available([shop.mug])[shop.mug] == 13
    text = owner.open("/admin/order-imports/1")
    assert "Take 2 orders back" in text
    assert "Taken back" not in text
    assert "2 orders were taken back." in owner.send("/admin/order-imports/1/undo")
    assert available([shop.mug])[shop.mug] == 15
    assert "bazaar.csv" in owner.open("/admin/imports")
    text = upload(owner, profile="Bazaar")
    assert "Import 2 orders" in text


def test_an_import_that_died_half_way_goes_on_in_the_same_batch(
    shop: SmallShop, owner: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(owner, channel="bazaar")
    named(owner)
    here = owner.here
    owner.send(here)
    owner.send(here)
    release_reader()
    with monkeypatch.context() as dying:
        dying.setattr("entrepot.order_import.importer.BATCH", 1)
        dying.setattr("entrepot.order_import.importer.unknown_skus", died_at("Z-2"))
        assert run_queued(shop.runtime, TASKS) == 1
    assert list(reference_numbers()) == ["Z-1"]
    release_reader()
    shop.clock.move(timedelta(hours=1))
    assert run_queued(shop.runtime, TASKS) == 1
    assert list(reference_numbers()) == ["Z-1", "Z-2"]
    assert "Take 2 orders back" in owner.open("/admin/order-imports/1")
    owner.open("/admin/order-imports/2")
    assert owner.status == 404


def died_at(reference: str) -> Callable[..., tuple[()]]:
    def check(record: OrderRecord, items: object) -> tuple[()]:
        if record.reference == reference:
            raise SystemExit("the machine went off")
        return ()

    return check


@pytest.mark.covers("S0.10")
def test_the_batch_says_what_stays_and_why(shop: SmallShop, owner: Desk) -> None:
    upload(owner, channel="bazaar")
    named(owner)
    owner.send(owner.here)
    release_reader()
    run_queued(shop.runtime, TASKS)
    number = reference_numbers()["Z-1"]
    owner.open(f"/admin/orders/{number}")
    owner.send(f"/admin/orders/{number}/cancel", reason="Sold out there")
    text = owner.open("/admin/order-imports/1")
    assert "1 order would stay." in text
    assert "It is cancelled already." in text
    assert "1 order was taken back. 1 order stays." in owner.send("/admin/order-imports/1/undo")


def test_who_may_import_products_only_sees_no_orders_of_a_file(
    shop: SmallShop, owner: Desk, sign_in: Callable[..., Desk]
) -> None:
    upload(owner)
    file = owner.here.rpartition("/")[2]
    clerk = sign_in("catalog.import")
    clerk.open("/admin/order-imports")
    assert clerk.status == 403
    clerk.open(f"/admin/imports/{file}")
    assert clerk.status == 404
    assert "Orders from a file" not in clerk.open("/admin/imports")


def test_a_profile_is_deleted_and_a_file_without_a_name_is_refused(shop: SmallShop, owner: Desk) -> None:
    upload(owner)
    named(owner, profile="Bazaar")
    assert "Bazaar" in owner.open("/admin/order-imports")
    assert "The profile is deleted." in owner.send("/admin/order-imports/profiles/forget", name="Bazaar")
    text = owner.send("/admin/order-imports", file=(io.BytesIO(b"x"), "orders.pdf"), channel="typed before")
    assert owner.status == 422
    assert "neither CSV nor a spreadsheet" in text
    assert "typed before" in owner.page
