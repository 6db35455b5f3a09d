"""The demo's drawings and the goods they are made for."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from entrepot.demo import art

ROOT = Path(__file__).parents[3]
GOODS = ROOT / "core/src/entrepot/demo/goods.toml"
HS_TABLE = ROOT.parent / "shared/data/hs-codes/harmonized-system.csv"
LOCALES = {"en", "de", "zh-Hans"}
VIEWS = [(name, view) for name, still in art.OBJECTS.items() for view in still.views]
MOST_BYTES = 12 * 1024


@pytest.fixture(scope="module")
def goods() -> dict[str, Any]:
    return tomllib.loads(GOODS.read_text(encoding="utf-8"))


def variants(goods: dict[str, Any]) -> list[dict[str, Any]]:
    return [variant for product in goods["product"] for variant in product["variant"]]


def localised(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table of the file that speaks at least one of the shop's languages."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from localised(item, f"{path}[{index}]")
    elif isinstance(node, dict):
        if LOCALES & node.keys():
            yield path, node
        for key, value in node.items():
            yield from localised(value, f"{path}.{key}")


def prices(goods: dict[str, Any]) -> Iterator[tuple[str, dict[str, int]]]:
    for variant in variants(goods):
        yield variant["sku"], variant["price"]
        if "compare_at" in variant:
            yield variant["sku"], variant["compare_at"]


def pieces_left(product: dict[str, Any]) -> int:
    return sum(sum(variant["stock"].values()) for variant in product["variant"])


def test_there_are_enough_objects_and_each_has_a_front_and_another_view() -> None:
    assert len(art.OBJECTS) >= 32
    lacking = [name for name, still in art.OBJECTS.items() if "front" not in still.views or len(still.views) < 2]
    assert not lacking


@pytest.mark.parametrize(("name", "view"), VIEWS)
def test_a_drawing_is_a_small_standalone_picture_of_fixed_size(name: str, view: str) -> None:
    svg = art.draw(name, colour="rust", view=view)

    root = ElementTree.fromstring(svg)

    size = {key: root.get(key) for key in ("viewBox", "width", "height", "role")}
    assert size == {"viewBox": "0 0 800 800", "width": "800", "height": "800", "role": "img"}
    assert root.get("aria-label")
    assert len(svg.encode()) <= MOST_BYTES
    assert not re.search(r"<script|<image|<filter|<style|<foreignObject|\son\w+=|javascript:|@import", svg)
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', svg))
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize(("name", "view"), VIEWS)
def test_what_a_drawing_refers_to_it_also_defines_once(name: str, view: str) -> None:
    svg = art.draw(name, colour="deep-sea", view=view)

    defined = Counter(re.findall(r'\sid="([^"]+)"', svg))
    used = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', svg))

    assert {first or second for first, second in used} == set(defined)
    assert set(defined.values()) == {1}


def test_drawings_share_no_id_so_that_several_fit_on_one_page() -> None:
    seen = Counter[str]()
    for name, still in art.OBJECTS.items():
        for view in still.views:
            for colour in ("chalk", "rust"):
                seen.update(set(re.findall(r'\sid="([^"]+)"', art.draw(name, colour=colour, view=view))))
    assert [name for name, times in seen.items() if times > 1] == []


def test_drawing_again_gives_the_same_picture() -> None:
    assert art.draw("teapot", colour="moss", view="scene") == art.draw("teapot", colour="moss", view="scene")


def test_colours_and_views_change_the_picture() -> None:
    for name, still in art.OBJECTS.items():
        shapes = {strip_ids(art.draw(name, colour="sage", view=view)) for view in still.views}
        assert len(shapes) == len(still.views), f"two views of the {name} are alike"
        painted = {strip_ids(art.draw(name, colour=colour)) for colour in art.COLOURS}
        assert len(painted) == len(art.COLOURS), f"two colours of the {name} are alike"


def strip_ids(svg: str) -> str:
    """The picture without its ids and its label, which differ anyway."""
    return re.sub(r'd[0-9a-f]{8}\d+|aria-label="[^"]*"', "", svg)


@pytest.mark.parametrize(
    ("request_", "remedy"),
    [
        ({"object_name": "tea pot", "colour": "rust"}, "no object named 'tea pot'. Choose one of: .*teapot"),
        ({"object_name": "teapot", "colour": "red"}, "no colour named 'red'. Choose one of: .*buoy-red"),
        (
            {"object_name": "teapot", "colour": "rust", "view": "top"},
            "no view of the teapot named 'top'.*detail",
        ),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_exist(request_: dict[str, str], remedy: str) -> None:
    with pytest.raises(art.UnknownDrawing, match=remedy):
        art.draw(**request_)


def test_the_demo_sells_enough_to_be_tried(goods: dict[str, Any]) -> None:
    assert len(goods["category"]) == 5
    assert len(goods["product"]) >= 26
    assert len(variants(goods)) >= 60
    filed = Counter(product["category"] for product in goods["product"])
    assert set(filed) == {category["slug"] for category in goods["category"]}
    assert min(filed.values()) >= 4


def test_slugs_and_skus_are_unique_and_clean(goods: dict[str, Any]) -> None:
    for names in (
        [product["slug"] for product in goods["product"]],
        [category["slug"] for category in goods["category"]],
        [variant["sku"] for variant in variants(goods)],
    ):
        assert [name for name, times in Counter(names).items() if times > 1] == []
        assert [name for name in names if not re.fullmatch(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", name)] == []


def test_every_picture_can_be_drawn_and_none_is_shown_twice(goods: dict[str, Any]) -> None:
    for product in goods["product"]:
        shown = [(image["object"], image["colour"], image["view"]) for image in product["image"]]
        assert len(set(shown)) == len(shown), product["slug"]
        for name, colour, view in shown:
            assert art.draw(name, colour=colour, view=view)


def test_every_value_of_the_colour_has_its_front_view(goods: dict[str, Any]) -> None:
    for product in goods["product"]:
        fronts = {image["colour"] for image in product["image"] if image["view"] == "front"}
        for option in {"colour", "wood"} & set(product["options"]):
            assert {variant["options"][option] for variant in product["variant"]} == fronts, product["slug"]


def test_every_text_is_there_in_three_languages(goods: dict[str, Any]) -> None:
    texts = list(localised(goods))
    assert len(texts) > 300
    for path, text in texts:
        assert text.keys() == LOCALES, path
        assert all(isinstance(words, str) and words.strip() == words != "" for words in text.values()), path


def test_long_texts_are_translated_not_copied(goods: dict[str, Any]) -> None:
    for product in goods["product"]:
        for part in ("name", "summary", "description"):
            assert len(set(product[part].values())) == 3, (product["slug"], part)
            assert re.search(r"[\u4e00-\u9fff]", product[part]["zh-Hans"]), (product["slug"], part)


def test_variants_choose_from_the_declared_options_and_differ(goods: dict[str, Any]) -> None:
    for product in goods["product"]:
        chosen = [tuple(variant["options"].items()) for variant in product["variant"]]
        assert len(set(chosen)) == len(chosen), product["slug"]
        for variant in product["variant"]:
            assert list(variant["options"]) == product["options"], variant["sku"]
            for option, value in variant["options"].items():
                assert value in goods["option"][option]["value"], variant["sku"]


def test_colour_values_are_names_of_drawn_colours(goods: dict[str, Any]) -> None:
    for option in ("colour", "wood"):
        assert goods["option"][option]["value"].keys() <= art.COLOURS.keys()


def test_facts_for_customs_are_complete(goods: dict[str, Any]) -> None:
    for product in goods["product"]:
        assert re.fullmatch(r"\d{6}", product["hs_code"]), product["slug"]
        assert re.fullmatch(r"[A-Z]{2}", product["origin"]), product["slug"]
        assert product["materials"].isascii() or "²" in product["materials"], product["slug"]
        assert product["customs_description"].isascii(), product["slug"]
        assert 3 <= len(product["customs_description"].split()) <= 20, product["slug"]
    assert all(variant["weight_g"] > 0 for variant in variants(goods))


def test_hs_codes_exist_in_the_harmonized_system(goods: dict[str, Any]) -> None:
    if not HS_TABLE.exists():
        pytest.skip("The table of HS codes lies beside the repository and is not here.")
    with HS_TABLE.open(encoding="utf-8", newline="") as table:
        known = {row["hscode"] for row in csv.DictReader(table) if row["level"] == "6"}
    assert {product["hs_code"] for product in goods["product"]} <= known


def test_prices_are_whole_minor_units_above_zero_in_every_currency(goods: dict[str, Any]) -> None:
    for sku, price in prices(goods):
        assert price.keys() == {"EUR", "USD", "CNY"}, sku
        assert all(type(amount) is int and amount > 0 for amount in price.values()), sku
    assert len(list(prices(goods))) > len(variants(goods)), "no former price is shown anywhere"


def test_a_former_price_is_higher_than_the_present_one(goods: dict[str, Any]) -> None:
    for variant in variants(goods):
        for currency, former in variant.get("compare_at", {}).items():
            assert former > variant["price"][currency], variant["sku"]


def test_stock_covers_both_warehouses_and_the_states_to_be_seen(goods: dict[str, Any]) -> None:
    for variant in variants(goods):
        assert list(variant["stock"]) == goods["warehouses"] == ["hamburg", "shenzhen"], variant["sku"]
        assert all(type(pieces) is int and pieces >= 0 for pieces in variant["stock"].values()), variant["sku"]
    left = [pieces_left(product) for product in goods["product"]]
    assert left.count(0) == 1
    assert left.count(1) == 1


def test_one_name_is_long_and_one_product_is_a_book(goods: dict[str, Any]) -> None:
    assert max(len(product["name"]["en"]) for product in goods["product"]) > 100
    assert Counter(product["tax_category"] for product in goods["product"])["book"] == 1
    assert {product["tax_category"] for product in goods["product"]} == {"standard", "book"}
