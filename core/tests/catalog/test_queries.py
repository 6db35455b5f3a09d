"""What pages show of the catalogue, and with how many queries."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from entrepot.catalog.models import Product
from entrepot.catalog.queries import category_page, home_page, product_page, search, sellable, sellable_by_sku
from entrepot.catalog.records import PriceRecord, VariantRecord
from entrepot.catalog.service import save_product, save_products
from entrepot.kernel.money import Money
from entrepot.markets.queries import known_store, store
from entrepot.storage.session import reader
from entrepot.testkit.statements import recorded


@pytest.fixture
def fill(runtime, shirt):
    """``fill(30)``: so many shirts in one category, in order of position, dearest first."""

    def save(count: int, **changes) -> None:
        records = [
            shirt(f"shirt-{number:03}", amount=100_00 - number, position=number // 2, **changes)
            for number in range(count)
        ]
        save_products(runtime, records)

    return save


def walk(market, **options) -> list[str]:
    """All slugs of a category, page by page."""
    slugs, cursor = [], ""
    for _ in range(50):
        page = category_page("shirts", market, "en", cursor=cursor, **options)
        slugs += [card.slug for card in page.cards]
        if not (cursor := page.next_cursor):
            return slugs
    raise AssertionError("The pages never end.")


def test_a_product_page_shows_names_options_and_prices_in_the_market(eu, runtime, shirt):
    save_product(runtime, shirt(amount=5000, large=5500, compare_at=5200))
    page = product_page("shirt", eu, "de-AT")
    assert (page.name, page.options[0].name) == ("Das shirt", "Größe")
    assert [(variant.label, variant.price.amount, variant.price.compare_at) for variant in page.variants] == [
        ("Small", Money(5000, "EUR"), None),  # what was never asked is not struck through
        ("Large", Money(5500, "EUR"), None),
    ]
    assert (page.price.amount, page.price_varies, page.price.includes_tax) == (Money(5000, "EUR"), True, True)
    assert page.breadcrumbs == (("clothing", "Clothing"), ("shirts", "Shirts"))
    assert [image.url for image in page.images] == ["/media/shirt.svg", "/media/shirt-large.svg"]


@pytest.mark.parametrize(
    ("stock", "expected"), [((0, 0), "sold_out"), ((3, 0), "few_left"), ((2, 2), "in_stock"), ((0, 4), "in_stock")]
)
def test_availability_adds_up_over_variants(eu, runtime, shirt, stock, expected):
    save_product(runtime, shirt(stock=stock))
    page = product_page("shirt", eu, "en")
    assert page.availability == expected
    assert category_page("shirts", eu, "en").cards[0].availability == expected
    assert [value.in_stock for value in page.options[0].values] == [on_hand > 0 for on_hand in stock]


def test_what_is_not_counted_is_in_stock(eu, runtime, shirt):
    record = shirt(stock=(0, 0))
    save_product(runtime, replace(record, variants=tuple(replace(v, tracked=False, stock={}) for v in record.variants)))
    page = product_page("shirt", eu, "en")
    assert (page.availability, page.variants[0].available) == ("in_stock", None)
    assert category_page("shirts", eu, "en", in_stock_only=True).cards[0].availability == "in_stock"


def test_unknown_and_unpublished_products_have_no_page(eu, runtime, shirt):
    save_product(runtime, shirt(published=False))
    assert product_page("shirt", eu, "en") is None
    assert product_page("nothing", eu, "en") is None
    assert category_page("shirts", eu, "en").cards == ()


def test_a_product_without_a_price_here_is_not_listed_and_cannot_be_sold(eu, us, runtime, shirt):
    save_product(runtime, shirt())
    assert category_page("shirts", us, "en").cards == ()
    page = product_page("shirt", us, "en")
    assert (page.price, page.variants[0].price) == (None, None)
    assert sellable([page.variants[0].id], us, "en")[page.variants[0].id].unit_price is None


def test_a_category_shows_what_is_filed_below_it(eu, runtime, shirt):
    save_products(runtime, [shirt("shirt"), shirt("hat", category=("Clothing", "Hats"))])
    page = category_page("clothing", eu, "en")
    assert [card.slug for card in page.cards] == ["shirt", "hat"]
    assert [child.slug for child in page.children] == ["shirts", "hats"]
    assert category_page("nothing", eu, "en") is None


@pytest.mark.parametrize("sort", ["featured", "price", "price_desc", "newest"])
def test_keyset_pages_show_every_product_once_in_order(eu, fill, sort):
    fill(23)
    slugs = [f"shirt-{number:03}" for number in range(23)]
    expected = {"featured": slugs, "price": slugs[::-1], "price_desc": slugs, "newest": slugs[::-1]}
    assert walk(eu, sort=sort, limit=5) == expected[sort]


def test_only_what_is_in_stock_on_demand(eu, runtime, shirt, fill):
    fill(4)
    save_product(runtime, shirt("gone", stock=(0, 0)))
    assert "gone" in walk(eu)
    assert "gone" not in walk(eu, in_stock_only=True)


def as_cursor(*parts) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "é",
        "A" * 5000,
        as_cursor("price", 1, 2),
        as_cursor("featured", 1),
        as_cursor("featured", 1, "2"),
        as_cursor("featured", True, 1),
        as_cursor("featured", 1, 10**30),
        as_cursor("featured", 1.5, None),
        base64.urlsafe_b64encode(b'{"featured": 1}').decode(),
    ],
)
def test_a_tampered_cursor_is_the_first_page(eu, fill, cursor):
    fill(3)
    assert len(category_page("shirts", eu, "en", cursor=cursor).cards) == 3


def test_an_unknown_sort_order_is_the_featured_one(eu, fill):
    fill(2)
    assert category_page("shirts", eu, "en", sort="; DROP TABLE").sort == "featured"


def test_home_shows_the_first_the_newest_and_a_picture_per_category(eu, runtime, shirt, fill):
    fill(10)
    save_product(runtime, shirt("late", position=500, category=("Hats",)))
    page = home_page(eu, "en")
    assert page.featured[0].slug == "shirt-000"
    assert len(page.featured) == 8
    assert page.new[0].slug == "late"
    assert [(link.slug, link.image.url) for link in page.categories] == [
        ("clothing", "/media/shirt-000.svg"),
        ("hats", "/media/late.svg"),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("größe", 0),
        ("DAS handTUCH", 1),
        ("handtuch-small", 1),
        ("毛巾", 1),
        ("%", 0),
        ("_", 0),
        ("", 0),
        ("handtuch shirt", 0),
        ("hand towel", 0),
    ],
)
def test_search_finds_every_word_in_any_language_and_takes_nothing_for_a_pattern(eu, runtime, shirt, query, found):
    save_product(runtime, shirt("handtuch", name={"de": "Das Handtuch", "zh-Hans": "毛巾"}))
    assert len(search(query, eu, "en").cards) == found


def test_search_is_paged(eu, fill):
    fill(5)
    first = search("shirt", eu, "en", limit=3)
    second = search("shirt", eu, "en", first.next_cursor, limit=3)
    assert [len(first.cards), len(second.cards), second.next_cursor] == [3, 2, ""]


def test_sellable_tells_checkout_everything(eu, runtime, shirt):
    save_product(runtime, shirt(hs_code="620520", origin_country="PT"))
    found = sellable_by_sku("shirt-large", eu, "en")
    assert (found.name, found.options, found.unit_price) == ("The shirt", "Large", Money(5000, "EUR"))
    assert (found.hs_code, found.origin_country, found.weight_g) == ("620520", "PT", 200)
    assert (found.available, found.tracked, found.active) == (5, True, True)
    assert found.image_path == "shirt-large.svg"
    assert sellable([found.variant_id, 999], eu, "en") == {found.variant_id: found}
    assert sellable_by_sku("nothing", eu, "en") is None


def test_variants_override_the_products_customs_facts(eu, runtime, shirt):
    record = shirt(hs_code="620520", origin_country="PT")
    special = replace(record.variants[0], hs_code="620530", origin_country="CN")
    save_product(runtime, replace(record, variants=(special, record.variants[1])))
    found = sellable_by_sku("shirt-small", eu, "en")
    assert (found.hs_code, found.origin_country) == ("620530", "CN")


@pytest.mark.parametrize("products", [3, 60])
def test_pages_keep_to_their_number_of_queries(eu, runtime, shirt, products):
    save_products(runtime, [shirt(f"shirt-{number}", position=number) for number in range(products)])
    many = tuple(
        VariantRecord(sku=f"v-{number}", prices={"eu": PriceRecord(100 + number)}, stock={"hamburg": 1, "ningbo": 2})
        for number in range(products)
    )
    save_product(runtime, shirt("shirt-0", variants=many, options=()))
    store()
    asked = {}
    for name, ask in {
        "product": lambda: product_page("shirt-0", eu, "en"),
        "category": lambda: category_page("shirts", eu, "en", in_stock_only=True),
        "home": lambda: home_page(eu, "en"),
        "search": lambda: search("shirt", eu, "en"),
        "sellable": lambda: sellable(range(1, 50), eu, "en"),
    }.items():
        with recorded() as statements:
            ask()
        asked[name] = len(statements)
    assert asked == {"product": 3, "category": 1, "home": 2, "search": 1, "sellable": 1}


@pytest.mark.databases
def test_pages_work_on_both_databases(eu, fill, runtime, shirt):
    fill(7)
    save_product(runtime, shirt("gone", stock=(0, 0)))
    assert len(walk(eu, sort="price", limit=3)) == 8
    assert len(walk(eu, in_stock_only=True, limit=3)) == 7
    assert product_page("shirt-001", eu, "de").related[0].slug == "shirt-000"
    assert len(home_page(eu, "en").new) == 8
    assert len(search("shirt", eu, "en").cards) == 7
    assert sellable_by_sku("shirt-001-large", eu, "en").image_path == "shirt-001-large.svg"


def test_reading_pages_writes_nothing(eu, fill):
    fill(2)
    with recorded() as statements:
        product_page("shirt-000", eu, "en")
        category_page("shirts", eu, "en")
        home_page(eu, "en")
        search("shirt", eu, "en")
    assert {statement.split()[0] for statement in statements} == {"SELECT"}


def test_the_tree_is_known_after_the_first_product_is_filed(eu, runtime, shirt):
    before = store().version
    save_product(runtime, shirt())
    assert store().version > before
    assert [node.slug for node in known_store().categories] == ["clothing"]
    save_product(runtime, shirt())
    assert reader().query(Product).count() == 1
