"""Saving products, filing them, cleaning their texts, keeping their pictures."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entrepot.catalog.filing import UnknownPriceList, UnknownWarehouse
from entrepot.catalog.html import clean
from entrepot.catalog.media import LocalMedia, MediaRefused, content_type, headers, safe_path
from entrepot.catalog.models import Category, Product, ProductPrice
from entrepot.catalog.queries import category_page, product_page
from entrepot.catalog.records import PriceRecord, VariantRecord
from entrepot.catalog.rules import availability, slugify, wants_strike
from entrepot.catalog.saving import SkuTaken
from entrepot.catalog.service import CategoryInvalid, save_category, save_product, save_products
from entrepot.kernel.money import Money
from entrepot.markets.queries import store
from entrepot.storage.session import reader


def test_saving_again_changes_the_same_product(eu, runtime, shirt):
    first = save_product(runtime, shirt(amount=5000))
    assert save_product(runtime, shirt(amount=4000)) == first
    assert product_page("shirt", eu, "en").price.amount == Money(4000, "EUR")


def test_prices_of_other_price_lists_stay(eu, us, runtime, shirt):
    save_product(runtime, shirt(amount=5000))
    save_product(runtime, shirt(amount=6000, price_list="us"))
    assert product_page("shirt", eu, "en").price.amount == Money(5000, "EUR")
    assert product_page("shirt", us, "en").price.amount == Money(6000, "USD")


@pytest.mark.parametrize(
    ("variant", "error"),
    [
        (VariantRecord(sku="shirt-small"), SkuTaken),
        (VariantRecord(sku="new", prices={"moon": PriceRecord(1)}), UnknownPriceList),
        (VariantRecord(sku="new", stock={"moon": 1}), UnknownWarehouse),
    ],
)
def test_all_products_are_saved_or_none(app, runtime, shirt, variant, error):
    save_product(runtime, shirt())
    with pytest.raises(error):
        save_products(runtime, [shirt("hat"), shirt("bad", variants=(variant,), options=())])
    assert reader().scalars(select(Product.slug)).all() == ["shirt"]


def test_the_listing_price_is_that_of_the_cheapest_active_variant(eu, runtime, shirt):
    save_product(runtime, shirt(amount=5000, large=4000, compare_at=4500))
    row = reader().execute(select(ProductPrice.lowest, ProductPrice.highest, ProductPrice.compare_at)).one()
    assert tuple(row) == (4000, 5000, 4500)
    save_product(runtime, shirt(variants=(VariantRecord(sku="shirt-small"),), options=()))
    row = reader().execute(select(ProductPrice.lowest, ProductPrice.highest, ProductPrice.compare_at)).one()
    assert tuple(row) == (5000, 5000, None)


def test_a_category_is_found_by_name_in_any_language_and_by_slug(eu, runtime, shirt):
    save_category(runtime, name={"en": "Clothing", "de": "Kleidung"}, slug="wear")
    save_category(runtime, name={"en": "Shirts"}, slug="tops", parent="wear")
    for number, way in enumerate([("Kleidung", "shirts"), ("wear", "tops"), ("CLOTHING", "Shirts")]):
        save_product(runtime, shirt(f"shirt-{number}", category=way))
    assert sorted(reader().scalars(select(Category.slug))) == ["tops", "wear"]
    assert len(category_page("wear", eu, "en").cards) == 3


def test_two_categories_of_one_name_stand_in_different_places(app, runtime, shirt):
    save_products(runtime, [shirt("a", category=("Men", "Shoes")), shirt("b", category=("Women", "Shoes"))])
    tree = {node.slug: [child.slug for child in node.children] for node in store().categories}
    assert tree == {"men": ["shoes"], "women": ["shoes-2"]}


def test_a_moved_category_takes_its_products_along(eu, runtime, shirt):
    save_product(runtime, shirt(category=("Shirts",)))
    save_category(runtime, name={"en": "Clothing"})
    save_category(runtime, name={"en": "Shirts"}, slug="shirts", parent="clothing")
    assert [card.slug for card in category_page("clothing", eu, "en").cards] == ["shirt"]


def test_a_category_cannot_stand_below_itself_or_nowhere(app, runtime):
    save_category(runtime, name={"en": "A"}, slug="a")
    save_category(runtime, name={"en": "B"}, slug="b", parent="a")
    with pytest.raises(CategoryInvalid, match="below itself"):
        save_category(runtime, name={"en": "A"}, slug="a", parent="b")
    with pytest.raises(CategoryInvalid, match="no category 'moon'"):
        save_category(runtime, name={"en": "C"}, parent="moon")
    assert [node.slug for node in store().categories] == ["a"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<p onclick='x()'>Fine</p>", "<p>Fine</p>"),
        ("<script>alert(1)</script>", ""),
        ("<a href='javascript:x()'>y</a>", '<a rel="noopener noreferrer">y</a>'),
        ("<img src=x onerror=y>", ""),
        ("<style>p{}</style><iframe src=x></iframe>plain & simple", "plain &amp; simple"),
        ("  ", ""),
    ],
)
def test_texts_are_cleaned_when_they_are_saved(written, kept):
    assert clean(written) == kept


@pytest.mark.parametrize(
    ("written", "slug"),
    [
        ("Café Crème 2", "cafe-creme-2"),
        ("  --Größe!! ", "grosse"),
        ("毛巾 大", "毛巾-大"),
        ("???", ""),
        ("a/b\\c", "a-b-c"),
    ],
)
def test_slugs_are_readable(written, slug):
    assert slugify(written) == slug


def test_a_former_price_is_wished_for_only_when_it_is_higher():
    for compare_at, wished in ((None, False), (1000, False), (999, False), (1001, True)):
        assert wants_strike(1000, compare_at) is wished


def test_few_left_ends_where_the_constant_says():
    assert [availability(tracked=True, available=n) for n in (-1, 0, 1, 3, 4)] == [
        "sold_out",
        "sold_out",
        "few_left",
        "few_left",
        "in_stock",
    ]
    assert availability(tracked=False, available=0) == "in_stock"


def test_media_are_kept_under_safe_names(tmp_path):
    media = LocalMedia(tmp_path / "media")
    path = media.put("../../etc/Größe <1>.SVG", b"<svg/>")
    assert media.put("../../etc/Größe <1>.SVG", b"<svg/>") == path
    assert path.endswith(".svg")
    assert path.split("/")[1].startswith("grosse-1-")
    with media.open(path) as file:
        assert file.read() == b"<svg/>"
    assert media.url(path) == f"/media/{path}"
    assert [file.suffix for file in (tmp_path / "media").rglob("*.*")] == [".svg"]


@pytest.mark.parametrize("path", ["../secret.png", "/etc/passwd", "nothing.png", "ab/../../secret.png", "a\0.png"])
def test_nothing_outside_the_media_folder_is_opened(tmp_path, path):
    (tmp_path / "secret.png").write_bytes(b"secret")
    with pytest.raises(MediaRefused):
        LocalMedia(tmp_path / "media").open(path)


def test_only_media_are_stored():
    with pytest.raises(MediaRefused, match=r"'page.html' is not a kind of file"):
        safe_path("page.html", b"")
    assert content_type("x/y.WEBP") == "image/webp"


def test_an_svg_cannot_run_scripts_on_the_shops_origin():
    sent = headers("x/picture.svg")
    assert sent["Content-Type"] == "image/svg+xml"
    assert "sandbox" in sent["Content-Security-Policy"]
    assert sent["X-Content-Type-Options"] == "nosniff"
