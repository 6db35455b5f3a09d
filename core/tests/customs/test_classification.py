"""Words lead to HS subheadings with reasons; what a destination calls a product otherwise counts there."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.cli import cli
from entrepot.customs.classification import HsTree, tree
from entrepot.customs.overrides import OverridesInvalid, codes_for, import_overrides
from entrepot.testkit.small_shop import small_shop


@pytest.mark.covers("S1.38")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("cotton t-shirt", "610910"),
        ("stoneware teapot", "691200"),
        ("wool jumper", "611011"),
        ("desk lamp LED", "940521"),
        ("scented candle", "340600"),
        ("umbrella", "660110"),
        ("sunglasses", "900410"),
        ("enamelled steel mug", "732394"),
        ("bluetooth headphones", "851830"),
        ("bicycle", "871200"),
        ("printed books", "490199"),
    ],
)
def test_everyday_goods_are_found_first_or_second(words: str, code: str) -> None:
    assert code in [one.code for one in tree().search(words, limit=2)]


def test_every_suggestion_says_why() -> None:
    for one in tree().search("leather wallet"):
        assert one.reasons
        assert one.code in tree().descriptions
        assert len(tree().path(one.code)) == 3


def test_what_a_text_excludes_counts_against_it() -> None:
    texts = {"61": "Apparel", "6109": "T-shirts", "610910": "Of cotton", "610990": "Of materials (other than cotton)"}
    found = HsTree(texts, {}).search("cotton")
    assert [one.code for one in found] == ["610910"]


def test_shop_word_is_explained_by_the_tariffs_word() -> None:
    texts = {"69": "Ceramic products", "6912": "Tableware", "691200": "Tableware; of clay"}
    (found,) = HsTree(texts, {"mug": "tableware"}).search("two mugs")
    assert found.reasons == ("'mug' is called 'tableware' in 691200",)


def test_words_without_a_code_suggest_nothing() -> None:
    assert tree().search("xyzzy") == []


def test_command_suggests_and_explains() -> None:
    suggested = CliRunner().invoke(cli, ["hs", "cotton", "t-shirt"]).output
    explained = CliRunner().invoke(cli, ["hs", "6109.10"]).output
    nothing = CliRunner().invoke(cli, ["hs", "xyzzy"])
    assert suggested.startswith("6109.10  T-shirts")
    assert [line.split()[0] for line in explained.splitlines()] == ["61", "6109", "610910"]
    assert (nothing.exit_code, "Say what it is" in nothing.output) == (1, True)


@pytest.mark.covers("S1.38")
def test_destination_calls_a_product_otherwise(tmp_path: Path, database_url: str) -> None:
    with small_shop(database_url, tmp_path) as shop:
        slug, product = _first_product()
        codes = tmp_path / "codes.csv"
        codes.write_text(f"product,destination,hs\n{slug},US,6912.00.3510\n{slug},EU,69120023\n{slug},FR,691200\n")
        assert import_overrides(codes) == import_overrides(codes) == 3
        assert [codes_for([product], to) for to in ("US", "DE", "FR", "JP")] == [
            {product: "6912003510"},
            {product: "69120023"},
            {product: "691200"},
            {},
        ]
        codes.write_text(f"product,destination,hs\n{slug},US,\n")
        import_overrides(codes)
        assert codes_for([product], "US") == {}
        for row, remedy in (
            (f"{slug},US,99", "no HS code"),
            (f"{slug},Mars,6912", "no destination"),
            ("x,US,1", "slug"),
        ):
            codes.write_text(f"product,destination,hs\n{row}\n")
            with pytest.raises(OverridesInvalid, match=remedy):
                import_overrides(codes)
        assert shop


def _first_product() -> tuple[str, int]:
    from sqlalchemy import select

    from entrepot.catalog.models import Product
    from entrepot.storage.session import reader

    row = reader().execute(select(Product.slug, Product.id).limit(1)).one()
    return row.slug, row.id
