"""Shopify's files: the real samples, and what they do not show."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from entrepot.catalog.importing.importer import ImportOptions, import_products
from entrepot.catalog.models import Image, Import, Price, Product, Variant
from entrepot.catalog.queries import category_page, product_page
from entrepot.inventory.models import StockLevel, StockMovement
from entrepot.kernel.money import Money
from entrepot.storage.session import db, reader

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "shop-products"
HEADER = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,"
HEADER += "Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,"
HEADER += "Variant Price,Variant Compare At Price,Image Src,Image Position,Image Alt Text,Gift Card,Variant Image\n"


def sample(name: str) -> Path:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"no sample {name}: the folder shared/data/shop-products is not beside this repository")
    return path


@pytest.fixture
def load(app, runtime, tmp_path):
    """``load(rows)``: import rows under the old header."""

    def load_rows(rows: str, header: str = HEADER, **options):
        path = tmp_path / "products.csv"
        path.write_text(header + rows, encoding="utf-8")
        return import_products(runtime, path, ImportOptions(**options))

    return load_rows


def count(model) -> int:
    return reader().execute(select(func.count()).select_from(model)).scalar_one()


def tables() -> dict[str, list[tuple]]:
    """Everything in the database, but for the list of imports."""
    with db.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in db.metadata.sorted_tables
            if table.name != Import.__tablename__
        }


def variants(slug: str) -> list:
    query = select(Variant.__table__).join(Product, Product.id == Variant.product_id).where(Product.slug == slug)
    return reader().execute(query.order_by(Variant.position)).all()


@pytest.mark.parametrize(
    ("name", "products", "variant_count", "images", "tracked"),
    [("shopify-apparel.csv", 20, 22, 20, 0), ("shopify-home-and-garden.csv", 20, 21, 21, 1)],
)
def test_every_product_of_the_real_files_arrives(app, runtime, name, products, variant_count, images, tracked):
    report = import_products(runtime, sample(name))
    assert (report.format, report.created, report.failed, report.failures) == ("shopify", products, 0, ())
    assert (count(Product), count(Variant), count(Price)) == (products, variant_count, variant_count)
    assert count(Image) == images
    assert reader().execute(select(func.count()).where(Variant.tracked)).scalar_one() == tracked
    assert {path for (path,) in reader().execute(select(Image.path))} == {""}


def test_the_real_files_can_be_sold(eu, runtime):
    for name in ("shopify-apparel.csv", "shopify-home-and-garden.csv"):
        import_products(runtime, sample(name))
    page = product_page("classic-varsity-top", eu, "en")
    assert [variant.label for variant in page.variants] == ["Small", "Medium", "Large"]
    assert [variant.sku for variant in page.variants][0] == "classic-varsity-top-small"
    assert page.price.amount == Money(6000, "EUR")
    lamp = product_page("copper-light", eu, "en")
    assert lamp.price.amount == Money(5999, "EUR")
    assert reader().scalar(select(Price.compare_at).where(Price.variant_id == lamp.variants[0].id)) == 7500
    assert (lamp.availability, lamp.options) == ("in_stock", ())
    pots = product_page("biodegradable-cardboard-pots", eu, "en")
    assert pots.variants[0].available == 8
    outdoor = category_page("outdoor", eu, "en", limit=100)
    assert len(outdoor.cards) == Counter(indoor_and_outdoor())["Outdoor"]


def indoor_and_outdoor() -> list[str]:
    return list(reader().scalars(select(Product.product_type)))


@pytest.mark.databases
def test_importing_the_real_files_again_changes_nothing(app, runtime):
    for name in ("shopify-apparel.csv", "shopify-home-and-garden.csv"):
        import_products(runtime, sample(name))
    before = tables()
    for name in ("shopify-apparel.csv", "shopify-home-and-garden.csv"):
        report = import_products(runtime, sample(name))
        assert (report.unchanged, report.created, report.updated) == (20, 0, 0)
    assert tables() == before
    assert count(Import) == 4


def test_a_dry_run_says_the_same_and_writes_nothing(app, runtime):
    path = sample("shopify-home-and-garden.csv")
    before = tables()
    dry = import_products(runtime, path, ImportOptions(dry_run=True))
    assert tables() == before
    assert count(Import) == 0
    real = import_products(runtime, path)
    assert (dry.created, dry.changes) == (real.created, real.changes)
    assert import_products(runtime, path, ImportOptions(dry_run=True)).unchanged == 20


def test_rows_of_a_handle_make_one_product_with_pictures_in_order(load, eu):
    report = load(
        'mug,Mug,<p>Fine<script>x</script></p>,Kontor,Kitchen,"a, b",true,Colour,Blue,Size,Big,'
        "M-1,250.4,shopify,5,deny,12.50,,u:2,2,Two,false,u:9\n"
        "mug,,,,,,,,Red,,Big,M-2,,shopify,-3,deny,13,,u:1,1,One,,\n"
        "mug,,,,,,,,,,,,,,,,,,u:3,3,,,\n"
    )
    assert report.created == 1
    page = product_page("mug", eu, "en")
    assert page.description_html == "<p>Fine</p>"
    assert [(v.label, v.available, v.price.amount.minor) for v in page.variants] == [
        ("Blue / Big", 5, 1250),
        ("Red / Big", 0, 1300),
    ]
    images = reader().execute(select(Image.source_url, Image.alt, Image.option_value).order_by(Image.position)).all()
    assert [tuple(image) for image in images] == [
        ("u:1", {"en": "One"}, ""),
        ("u:2", {"en": "Two"}, ""),
        ("u:3", {}, ""),
        ("u:9", {}, "blue"),
    ]
    assert [variant.weight_g for variant in variants("mug")] == [250, 0]


def test_the_header_since_2024_is_understood(load, eu):
    header = (
        "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,"
    )
    header += "Option1 name,Option1 value,Price,Compare-at price,Charge tax,Inventory tracker,Inventory quantity,"
    header += "Continue selling when out of stock,Weight value (grams),Requires shipping,Product image URL,Gift card,"
    header += "HS Code,COO\n"
    report = load(
        "Mug,mug,,Kontor,Home > Mugs,,,TRUE,Active,M-1,400,Title,Default Title,12.50,15,FALSE,"
        "shopify,5,FALSE,250,TRUE,u:1,FALSE,6912.00,cn\n"
        "Bowl,bowl,,Kontor,,Bowls,,TRUE,Draft,B-1,,Title,Default Title,12.50,,TRUE,shopify,5,TRUE,250,FALSE,,FALSE,,\n",
        header,
    )
    assert (report.format, report.failures) == ("shopify", ())
    page = product_page("mug", eu, "en")
    assert (page.hs_code, page.origin_country, page.weight_g) == ("691200", "CN", 250)
    assert page.breadcrumbs == (("home", "Home"), ("mugs", "Mugs"))
    assert product_page("bowl", eu, "en") is None
    assert [(v.tracked, v.requires_shipping) for v in variants("bowl")] == [(False, False)]


def test_a_failed_row_keeps_its_whole_product_out_and_no_other(load, tmp_path):
    report = load(
        "good,Good,,,,,,Title,Default Title,,,G,,,,,10,,,,,,\n"
        "bad,Bad,,,,,,Size,S,,,B-1,,,,,10,,,,,,\n"
        'bad,,,,,,,,M,,,B-2,12,,,,"12,5O",,,,,,\n'
        "twin,Twin,,,,,,Title,Default Title,,,G,,,,,10,,,,,,\n"
        ",Nameless,,,,,,Title,Default Title,,,N,,,,,10,,,,,,\n"
        "=bad,,,,,,,Title,Default Title,,,=1+1,,,,,-5,,,,,,\n"
        "good,Good again,,,,,,Title,Default Title,,,G2,,,,,10,,,,,,\n"
        "many,Many,,,,,,Title,Default Title,,,M,,,,,9.999,,,,,,\n",
        failed_rows=tmp_path / "failed.csv",
    )
    assert (report.created, report.failed) == (1, 6)
    assert [str(failure) for failure in report.failures] == [
        "Row 4: Variant Price '12,5O' is not an amount. Write it like 12.50.",
        "Row 5: SKU 'G' was used in row 2 already. Give every variant its own.",
        "Row 6: Handle '' is empty. Every product needs it.",
        "Row 7: Variant Price '-5' is not a price. Write an amount of zero or more.",
        "Row 7: Title '' is empty. Every product needs it.",
        "Row 8: Handle 'good' was used in row 2 already. Put all rows of a product together.",
        "Row 9: Variant Price '9.999' has more decimals than EUR. Round it.",
    ]
    assert [slug for (slug,) in reader().execute(select(Product.slug))] == ["good"]
    assert len(reader().execute(select(Import.failures)).scalar_one()) == 7


@pytest.mark.covers("S0.9")
def test_a_gift_card_is_taken_in_as_one_that_is_neither_counted_nor_sent(load):
    load("card,Card,,,,,,Title,Default Title,,,C,,shopify,5,,10,,,,,true,\n")
    assert [(v.tracked, v.requires_shipping) for v in variants("card")] == [(False, False)]
    category = select(Product.tax_category).where(Product.slug == "card")
    assert reader().execute(category).scalar_one() == "gift_card"


def test_failed_rows_can_be_corrected_and_imported_again(load, runtime, tmp_path):
    failed = tmp_path / "failed.csv"
    load(
        "bad,Bad,,,,,,Size,S,,,B-1,,,,,10,,,,,,\nbad,,,,,,,,=M,,,B-2,,,,,x,,,,,,\n",
        failed_rows=failed,
    )
    written = failed.read_text(encoding="utf-8-sig")
    assert "'=M" in written
    assert "Variant Price is not an amount." in written
    failed.write_text(written.replace(",x,", ",11,"), encoding="utf-8")
    report = import_products(runtime, failed)
    assert (report.created, report.failures) == (1, ())
    assert variants("bad")[1].options["size"]["label"] == {"en": "=M"}


def test_nothing_failed_leaves_no_file(load, tmp_path):
    load("good,Good,,,,,,Title,Default Title,,,G,,,,,10,,,,,,\n", failed_rows=tmp_path / "failed.csv")
    assert not (tmp_path / "failed.csv").exists()


ROW = "mug,Mug,,,,,,Title,Default Title,,,M-1,,shopify,{stock},deny,{price},,{image},,,,\n"


def test_a_changed_file_changes_only_what_it_says(load, eu):
    load(
        ROW.format(stock=5, price="10", image="u:1")
        + ROW.replace("mug", "cup").replace("M-1", "C").format(stock=1, price=1, image="")
    )
    db.session.rollback()
    with db.engine.begin() as connection:  # the picture is fetched meanwhile
        connection.execute(Image.__table__.update().values(path="mug.png"))
    report = load(
        ROW.format(stock=7, price="11", image="u:1")
        + ROW.replace("mug", "cup").replace("M-1", "C").format(stock=1, price=1, image="")
    )
    assert report.changes == (("mug", "updated"),)
    assert (report.updated, report.unchanged) == (1, 1)
    page = product_page("mug", eu, "en")
    assert (page.price.amount.minor, page.variants[0].available, page.images[0].url) == (1100, 7, "/media/mug.png")
    assert reader().scalars(select(StockMovement.quantity).order_by(StockMovement.id)).all() == [5, 1, 2]


def test_a_variant_that_is_gone_is_no_longer_sold(load, eu):
    load("mug,Mug,,,,,,Size,S,,,S,,,,,10,,,,,,\nmug,,,,,,,,L,,,L,,,,,20,,,,,,\n")
    load("mug,Mug,,,,,,Size,L,,,L,,,,,20,,,,,,\n")
    page = product_page("mug", eu, "en")
    assert ([variant.sku for variant in page.variants], page.price_varies) == (["L"], False)
    assert category_page("none", eu, "en") is None


def test_stock_that_is_promised_is_not_imported_away(load, runtime, app):
    load(ROW.format(stock=5, price="10", image=""))
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(StockLevel.__table__.update().values(reserved=4))
    report = load(
        ROW.format(stock=3, price="10", image="")
        + ROW.replace("mug", "cup").replace("M-1", "C").format(stock=1, price=1, image="")
    )
    assert (report.created, report.failed) == (1, 1)
    assert "M-1: 4 are promised to orders" in str(report.failures[0])


def test_a_sku_of_another_product_is_refused(load):
    load(ROW.format(stock=5, price="10", image=""))
    report = load(ROW.replace("mug", "cup").format(stock=5, price="10", image=""))
    assert [str(failure) for failure in report.failures] == [
        "Row 2: SKU 'M-1' belongs to the product 'mug' already. Give this variant another SKU."
    ]


def test_prices_go_where_the_import_says(load, us):
    load(ROW.format(stock=5, price="10", image=""), price_list="us", warehouse="ningbo", locale="de")
    page = product_page("mug", us, "de")
    assert page.price.amount == Money(1000, "USD")
    assert reader().execute(select(StockLevel.warehouse_id)).scalar_one() == 2
