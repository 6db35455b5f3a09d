"""Damaged files are refused whole; our own format as CSV and workbook; WooCommerce."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import func, select

from entrepot.catalog.importing.failures import ImportRefused
from entrepot.catalog.importing.importer import BATCH, ImportOptions, import_products
from entrepot.catalog.importing.sheets import LONGEST_LINE
from entrepot.catalog.models import Image, Import, Price, Product, Variant
from entrepot.catalog.queries import category_page, product_page
from entrepot.kernel.money import Money
from entrepot.storage.session import reader

OWN = "slug,name,sku,price,stock\n"


@pytest.fixture
def load(app, runtime, tmp_path):
    """``load(text)`` or ``load(bytes)``: import a file with this content."""

    def load_content(content: str | bytes, name: str = "products.csv", **options):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_products(runtime, path, ImportOptions(**options))

    return load_content


def rows_of(model) -> int:
    return reader().execute(select(func.count()).select_from(model)).scalar_one()


def good_rows(count: int) -> str:
    return "".join(f"p-{number},P,S-{number},1,1\n" for number in range(count))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (OWN.encode("utf-16"), "line 1: not written in UTF-8.*CSV UTF-8"),
        (OWN.encode() + "p,Größe,S,1,1\n".encode("latin-1"), "line 2: not written in UTF-8"),
        (OWN.encode() + b"p,P,S,1,1\np\0,P,S,1,1\n", "line 3: contains NUL bytes"),
        (OWN.encode() + b'p,"P,S,1,1\n', "row 2: a quotation mark is opened and not closed"),
        (OWN.encode() + b'p,"P"x,S,1,1\n', "row 2: a quotation mark"),
        (b"slug|name|price\np|P|1\n", "separated by a comma, a semicolon, a tab"),
        (b"p,P,S,1,1\n", "not the header.*reads: p, P, S, 1, 1"),
        (b"slug,name,Name\np,P,Q\n", "the column 'Name' twice"),
        (b"slug,name,wieght_g\np,P,1\n", "column 'wieght_g' is not known.*weight_g"),
        (b"slug,name,price:moon\np,P,1\n", "'price:moon' names no price list. Known: eu, us"),
        (b"slug,name,stock:moon\np,P,1\n", "'stock:moon' names no warehouse. Known: hamburg, ningbo"),
        (OWN.encode() + b"x" * (LONGEST_LINE + 1), "line 2: longer than 4 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_damaged_file_is_refused_with_the_remedy_and_nothing_written(load, content, message):
    with pytest.raises(ImportRefused, match=f"(?s){message}"):
        load(content)
    assert (rows_of(Product), rows_of(Import)) == (0, 0)


def test_damage_far_behind_the_first_batch_writes_nothing_either(load):
    with pytest.raises(ImportRefused, match=f"row {BATCH + 12}: a quotation mark"):
        load(OWN + good_rows(BATCH + 10) + 'p,"P,S,1,1\n')
    assert (rows_of(Product), rows_of(Import)) == (0, 0)


@pytest.mark.parametrize("options", [{"price_list": "moon"}, {"warehouse": "moon"}, {"format": "moon"}])
def test_unknown_destinations_are_refused(load, options):
    with pytest.raises(ImportRefused, match="'moon'"):
        load(OWN + good_rows(1), **options)


def test_a_missing_file_and_a_broken_workbook_are_refused(load, runtime, tmp_path):
    with pytest.raises(ImportRefused, match="no file"):
        import_products(runtime, tmp_path / "nothing.csv")
    with pytest.raises(ImportRefused, match="not a workbook"):
        load(b"PK nonsense", "products.xlsx")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_byte_order_mark_line_ends_and_delimiters_do_not_matter(load, delimiter):
    text = OWN + good_rows(2)
    report = load(b"\xef\xbb\xbf" + text.replace(",", delimiter).replace("\n", "\r\n").encode())
    assert (report.format, report.created, report.failed) == ("entrepot", 2, 0)


def test_more_products_than_a_batch_arrive_with_progress(runtime, app, tmp_path):
    path = tmp_path / "products.csv"
    path.write_text(OWN + good_rows(2 * BATCH + 1))
    seen = []
    report = import_products(runtime, path, progress=lambda so_far: seen.append(so_far.seen))
    assert (seen, report.created, rows_of(Variant)) == ([BATCH, 2 * BATCH, 2 * BATCH + 1], 2 * BATCH + 1, 2 * BATCH + 1)


def test_the_run_is_recorded(load, runtime):
    load(OWN + good_rows(3) + "bad,P,B,x,1\n")
    run = reader().execute(select(Import.__table__)).one()
    assert (run.file_name, run.format, run.created, run.failed) == ("products.csv", "entrepot", 3, 1)
    assert run.failures == [{"row": 5, "reason": "Row 5: price 'x' is not an amount. Write it like 12.50."}]
    assert run.finished_at == runtime.clock.now()


_TITLES = (
    "slug,name.en,name.de,description,category,tags,option:Size,option:Colour,sku,price:eu,compare_at:eu,price:us,"
    "stock:hamburg,stock:ningbo,hs_code,origin_country,weight_g,images,image,tax_category,position"
)
OWN_TITLES = _TITLES.split(",")
OWN_ROWS = [
    ["mug", "Mug", "Becher", "<b>Hot</b>", "Home > Mugs; Gifts", "a, b", "S", "Blue"]
    + [
        "M-S",
        12.5,
        15,
        14,
        3,
        4,
        691200,
        "CN",
        250,
        "https://x/1.png https://x/2.png",
        "https://x/b.png",
        "reduced",
        5,
    ],
    ["mug", "", "", "", "", "", "L", "Blue"] + ["", 13.1, "", "", 0, "", 691200, "CN", 300.4, "", "", "", ""],
    ["bare", "Bare", "", "", "", "", "", ""] + ["", "", "", 9, "", "", "", "", "", "", "", "", ""],
]


def as_csv() -> bytes:
    lines = [",".join(f'"{cell}"' for cell in row) for row in [OWN_TITLES, *OWN_ROWS]]
    return "\n".join(lines).encode()


def as_workbook(path: Path) -> bytes:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([OWN_TITLES, *OWN_ROWS]):
            sheet.write_row(number, 0, row)
    return path.read_bytes()


@pytest.mark.parametrize("name", ["products.csv", "products.xlsx"])
def test_our_own_table_says_everything(load, eu, us, tmp_path, name):
    content = as_csv() if name.endswith(".csv") else as_workbook(tmp_path / "book.xlsx")
    report = load(content, name)
    assert (report.created, report.failures) == (2, ())
    mug = product_page("mug", eu, "de")
    assert (mug.name, mug.hs_code, mug.origin_country, mug.weight_g) == ("Becher", "691200", "CN", 250)
    assert [(v.sku, v.label, v.available, v.price.amount.minor) for v in mug.variants] == [
        ("M-S", "S / Blue", 7, 1250),
        ("mug-l-blue", "L / Blue", 0, 1310),
    ]
    assert mug.breadcrumbs == (("home", "Home"), ("mugs", "Mugs"))
    assert len(category_page("gifts", eu, "en").cards) == 1
    assert [v.price and v.price.amount for v in product_page("mug", us, "en").variants] == [Money(1400, "USD"), None]
    bare = product_page("bare", us, "de")
    assert (bare.name, bare.options, bare.variants[0].available) == ("Bare", (), None)
    pictures = reader().execute(select(Image.source_url, Image.option_value).order_by(Image.position)).all()
    assert [tuple(picture) for picture in pictures] == [
        ("https://x/1.png", ""),
        ("https://x/2.png", ""),
        ("https://x/b.png", "s"),
    ]
    assert load(content, name).unchanged == 2


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("p,P,S,1e3,1", "price '1e3' is not an amount"),
        ("p,P,S,1_000,1", "price '1_000' is not an amount"),
        ("p,P,S,٣,1", "price '٣' is not an amount"),
        ("p,P,S,NaN,1", "price 'NaN' is not an amount"),
        ("p,P,S,99999999999999999,1", "is not a price"),
        ("p,P,S,1,1.5", "stock '1.5' is not a whole number"),
        ("p,P,S,1,many", "stock 'many' is not a whole number"),
        ("p,P,S,1,99999999999", "is not a whole number"),
        ("p,,S,1,1", "name '' is empty"),
        ("P Q,P,S,1,1", "slug 'P Q' cannot be part of an address. Write p-q."),
        ("p,P,S,1,1,oops", "has 1 cells more than the header"),
        (f"p,P,{'S' * 101},1,1", "is longer than 100 characters"),
    ],
)
def test_a_wrong_cell_is_named_with_its_remedy(load, cells, message):
    report = load(OWN + cells + "\ngood,G,G,1,1\n")
    assert (report.created, report.failed) == (1, 1)
    assert message in str(report.failures[0])
    assert report.failures[0].row == 2


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("hs_code", "61", "is not an HS code"),
        ("origin_country", "Mars", "is not a country code"),
        ("tracked", "perhaps", "is neither true nor false"),
        ("weight_g", "-1", "is not a weight"),
    ],
)
def test_wrong_facts_are_named(load, column, value, message):
    report = load(f"slug,name,{column}\np,P,{value}\n")
    assert message in str(report.failures[0])


def test_variants_with_the_same_options_are_refused(load):
    report = load("slug,name,option:Size,sku,price\np,P,S,A,1\np,,S,B,1\np,,,C,1\n")
    assert [failure.row for failure in report.failures] == [4, 3]
    assert "same options as row 2" in str(report.failures[1])


WOO = (
    "ID,Type,SKU,Name,Published,Short description,Description,Tax status,Tax class,In stock?,Stock,Backorders allowed?,"
    "Weight (lbs),Sale price,Regular price,Date sale price ends,Categories,Tags,Images,Parent,Attribute 1 name,"
    "Attribute 1 value(s),Attribute 1 visible,Attribute 1 global,Attribute 2 name,Attribute 2 value(s)\n"
)


def test_woocommerce_products_arrive_with_their_variations(load, eu):
    report = load(
        WOO + "12,variation,T-S,Tee - S,1,,,taxable,parent,1,5,0,,9,10,,,,u:s,id:11,Size,S,,1,,\n"
        '11,variable,T,Tee,1,Short,<p>Long</p>,taxable,,1,,0,1,,,,"Clothing > Tees, Sale","a, b","u:1, u:2",'
        ',Size,"S, L",1,1,Fit,"Slim\\, very"\n'
        "20,simple,MUG,Mug,1,,,none,,1,,0,,,8,,Mugs,,,,,,,,,\n"
        "13,variation,T-L,Tee - L,1,,,taxable,parent,1,,1,2,,12,2020-01-01,,,,T,Size,L,,1,,\n"
        '30,"simple, virtual",,Mug,1,,,taxable,reduced-rate,0,,0,,5,6,2030-01-01,,,,,,,,,,\n'
    )
    assert (report.format, report.created, report.failures) == ("woocommerce", 3, ())
    tee = product_page("tee", eu, "en")
    assert [(v.sku, v.label, v.available, v.price.amount.minor) for v in tee.variants] == [
        ("T-S", "S", 5, 900),
        ("T-L", "L", None, 1200),
    ]
    assert reader().scalar(select(Price.compare_at).where(Price.variant_id == tee.variants[0].id)) == 1000
    assert (tee.specification, tee.weight_g) == ((("Fit", "Slim, very"),), 454)
    assert tee.breadcrumbs == (("clothing", "Clothing"), ("tees", "Tees"))
    voucher = product_page("mug-30", eu, "en")
    assert (voucher.price.amount.minor, voucher.availability) == (600, "sold_out")
    facts = reader().execute(select(Product.slug, Product.tax_category).order_by(Product.slug)).all()
    assert [tuple(fact) for fact in facts] == [("mug", "zero"), ("mug-30", "reduced"), ("tee", "standard")]
    ships = reader().execute(select(Variant.requires_shipping).where(Variant.sku == "mug-30")).scalar_one()
    assert ships is False


def test_woocommerce_rows_without_counterpart_are_refused_by_row(load):
    report = load(
        WOO + "1,grouped,G,Group,1,,,,,1,,0,,,,,,,,,,,,,,\n"
        "2,variable,V,Lonely,1,,,,,1,,0,,,,,,,,,,,,,,\n"
        "3,variation,X,Orphan,1,,,,,1,,0,,,9,,,,,id:99,Size,S,,,,\n"
        '4,variable,W,Any,1,,,,,1,,0,,,,,,,,,Size,"S, L",,,,\n'
        "5,variation,W-1,Any,1,,,,,1,parent,0,,,9,,,,,W,Size,,,,,\n"
        "6,hat,H,Hat,1,,,,,1,,0,,,9,,,,,,,,,,,\n"
        "7,simple,OK,Fine,1,,,,,1,,0,,,9,,,,,,,,,,,\n"
    )
    assert (report.created, report.failed) == (1, 5)
    said = {failure.row: str(failure) for failure in report.failures}
    assert "is not sold here" in said[2]
    assert "has no variations" in said[3]
    assert "is not in this file" in said[4]
    assert "no type of product" in said[7]
    assert {failure.row for failure in report.failures} == {2, 3, 4, 6, 7}
    assert any("any value of an attribute" in str(failure) for failure in report.failures if failure.row == 6)
    assert any("shared with the parent" in str(failure) for failure in report.failures if failure.row == 6)
