"""Products, stock and imports in the back office."""

from __future__ import annotations

import io

import pytest

from entrepot.catalog.models import Import, Price, Product, ProductPrice
from entrepot.inventory.models import StockMovement
from entrepot.inventory.queries import available
from entrepot.storage.session import reader
from entrepot.testkit.small_shop import SmallShop

from .conftest import Desk

CSV = (
    "Handle,Title,Body (HTML),Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,"
    "Variant Price,Variant Requires Shipping,Image Src\n"
    'kettle,Kettle,<p>Boils.</p>,Quay,Title,Default Title,KETTLE,900,4,"{price}",TRUE,\n'
    "pan,Pan,<p>Fries.</p>,Quay,Title,Default Title,PAN,1100,2,34.50,TRUE,\n"
)


def stock_form(desk: Desk, shop: SmallShop, **typed: str) -> dict[str, str]:
    desk.open(f"/admin/stock/{shop.mug}")
    path = f"/admin/stock/{shop.mug}/1"
    return {"path": path, "seen": desk.hidden("seen", path), **typed}


@pytest.mark.covers("S1.8")
def test_received_pieces_are_booked_with_who_and_why(shop: SmallShop, owner: Desk) -> None:
    text = owner.send(**stock_form(owner, shop, kind="received", pieces="7", reason="delivery 4711"))
    assert "The movement is booked." in text
    movement = reader().query(StockMovement).order_by(StockMovement.id.desc()).first()
    assert (movement.kind, movement.quantity, movement.reference) == ("received", 7, "delivery 4711")
    assert movement.actor == "staff:1-all@shop.example"
    assert available([shop.mug])[shop.mug] == 22


@pytest.mark.parametrize(
    ("kind", "pieces", "left"), [("damaged", "2", 13), ("returned", "1", 16), ("adjusted", "0", 5)]
)
def test_what_happened_gives_the_sign(shop: SmallShop, owner: Desk, kind: str, pieces: str, left: int) -> None:
    owner.send(**stock_form(owner, shop, kind=kind, pieces=pieces, reason="count of March"))
    assert available([shop.mug])[shop.mug] == left


@pytest.mark.covers("S1.8")
def test_stock_form_sent_twice_is_booked_once(shop: SmallShop, owner: Desk) -> None:
    form = stock_form(owner, shop, kind="received", pieces="7", reason="delivery 4711")
    owner.send(**form)
    text = owner.send(**form)
    assert owner.status == 422
    assert "it was 10, now it is 17" in text
    assert available([shop.mug])[shop.mug] == 22


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"kind": "received", "pieces": "many", "reason": "x"}, "is not a whole number"),
        ({"kind": "received", "pieces": "0", "reason": "x"}, "above zero"),
        ({"kind": "stolen", "pieces": "1", "reason": "x"}, "Choose what happened"),
        ({"kind": "received", "pieces": "1", "reason": " "}, "Write down the reason"),
    ],
)
def test_stock_form_that_makes_no_sense_is_refused(
    shop: SmallShop, owner: Desk, typed: dict[str, str], says: str
) -> None:
    assert says in owner.send(**stock_form(owner, shop, **typed))
    assert owner.status == 422
    assert available([shop.mug])[shop.mug] == 15


def test_stock_cannot_go_below_what_is_promised(shop: SmallShop, owner: Desk) -> None:
    shop.paid(quantity=4)
    text = owner.send(**stock_form(owner, shop, kind="adjusted", pieces="3", reason="count"))
    assert "4 are promised to orders" in text


def test_stock_is_found_by_sku(shop: SmallShop, owner: Desk) -> None:
    text = owner.open("/admin/stock?q=BOW")
    assert "BOWL" in text
    assert "MUG" not in text


def prices(shop: SmallShop) -> dict[str, str]:
    return {f"price-{variant}-{one}": "" for variant in (shop.mug, shop.bowl) for one in (1, 2)}


@pytest.mark.covers("S1.2")
def test_names_prices_and_visibility_are_changed_together(shop: SmallShop, owner: Desk) -> None:
    owner.open("/admin/products/tableware")
    form = {**prices(shop), f"price-{shop.mug}-1": "12,50", f"price-{shop.bowl}-1": "30"}
    text = owner.send("/admin/products/tableware", **{"name-en": "Quay tableware", "name-de": "Hafengeschirr", **form})
    assert "The product is saved." in text
    product = reader().query(Product).filter_by(slug="tableware").one()
    assert product.name == {"en": "Quay tableware", "de": "Hafengeschirr"}
    assert not product.published
    listed = reader().query(ProductPrice).filter_by(product_id=product.id).one()
    assert (listed.price_list_id, listed.lowest, listed.highest) == (1, 1250, 3000)
    assert "Quay tableware" in owner.open("/admin/products?q=hafen")


@pytest.mark.covers("S0.59")
def test_price_that_is_none_is_refused_and_nothing_is_lost(shop: SmallShop, owner: Desk) -> None:
    owner.open("/admin/products/tableware")
    form = {**prices(shop), f"price-{shop.mug}-1": "12,5O", "name-en": "Typed name", "name-de": ""}
    text = owner.send("/admin/products/tableware", **form)
    assert owner.status == 422
    assert "'12,5O' is not an amount. Write it like 12.50." in text
    assert 'value="Typed name"' in owner.page
    assert reader().query(Price).count() == 4


def test_negative_price_is_refused(shop: SmallShop, owner: Desk) -> None:
    owner.open("/admin/products/tableware")
    owner.send("/admin/products/tableware", **{**prices(shop), f"price-{shop.mug}-1": "-1", "name-en": "Name"})
    assert owner.status == 422


def upload(desk: Desk, content: str, name: str = "products.csv") -> str:
    desk.open("/admin/imports")
    return desk.send("/admin/imports", file=(io.BytesIO(content.encode()), name), format="", price_list="eu")


@pytest.mark.covers("S2.41", "S0.59")
def test_import_is_tried_first_and_writes_only_when_told(shop: SmallShop, owner: Desk) -> None:
    text = upload(owner, CSV.format(price="19.90"))
    assert "Nothing is written yet." in text
    assert "Import 2 products" in text
    assert reader().query(Product).count() == 1
    assert "The import is finished." in owner.send(owner.here)
    assert reader().query(Product).count() == 3
    assert [row.created for row in reader().query(Import)] == [2]
    upload(owner, CSV.format(price="19.90"))
    assert "Import 2 products" not in owner.page


@pytest.mark.covers("S2.41", "S0.59")
def test_failed_rows_are_told_and_can_be_downloaded(shop: SmallShop, owner: Desk) -> None:
    text = upload(owner, CSV.format(price="12,5O"))
    assert "12,5O" in text
    assert "Import 1 product" in text
    with owner.client.get(f"{owner.here}/failed-rows.csv") as response:
        assert response.status_code == 200
        assert "kettle" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [("a,b\n1,2\n", "x.csv", "not the header"), ("", "x.exe", "neither CSV nor a spreadsheet"), ("", "x.csv", "")],
)
def test_files_that_are_no_products_are_refused(
    shop: SmallShop, owner: Desk, content: str, name: str, says: str
) -> None:
    text = upload(owner, content, name)
    assert owner.status == 422
    assert says in text


def test_upload_cannot_leave_its_folder(shop: SmallShop, owner: Desk) -> None:
    upload(owner, CSV.format(price="19.90"), name="../../../evil.csv")
    assert owner.status == 200
    inside = {path.name for path in (shop.runtime.settings.data_dir / "imports").rglob("*.csv")}
    assert inside == {"evil.csv"}
    assert owner.open("/admin/imports/..%2f..%2fsecret.key") and owner.status == 404


@pytest.mark.covers("S0.10", "G16")
def test_a_price_is_planned_for_a_time_and_taken_back(shop: SmallShop, owner: Desk) -> None:
    page, path = "/admin/products/tableware", "/admin/products/tableware/windows"
    typed = {"sku": "MUG", "list": "eu", "valid_from": "2031-01-01T00:00", "valid_until": "2031-01-02T00:00"}
    owner.open(page)
    assert "The price is planned." in owner.send(path, **typed, amount="15.00")
    assert "Jan 1, 2031, 00:00" in owner.open(page)
    refused = owner.send(path, **typed, amount="14.00")
    assert owner.status == 422 and "overlaps" in refused and 'value="14.00"' in owner.page
    assert owner.send(path, **typed, amount="free") and owner.status == 422
    owner.open(page)
    taken_back = owner.send(f"{path}/remove", sku="MUG", list="eu", valid_from="2031-01-01T00:00:00+00:00")
    assert "The price is taken back." in taken_back and "Jan 1, 2031, 00:00" not in taken_back
