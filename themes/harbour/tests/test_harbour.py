"""The default theme keeps the rules that `entrepot theme check` holds every theme to, and draws every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import entrepot
from entrepot.markets.service import change_store
from entrepot.testkit.small_shop import SmallShop
from entrepot.theming.check import check_theme
from entrepot.theming.themes import discover_themes, load_theme

THEME = Path(__file__).parents[1] / "src" / "entrepot_theme_harbour"


@pytest.mark.covers("S2.8", "S2.12")
def test_harbour_has_no_findings() -> None:
    translations = Path(entrepot.__file__).parent / "translations"
    theme = load_theme(THEME, expected_id="harbour")
    assert check_theme(theme, locales=("en", "de", "zh-Hans"), core_translations=translations) == []


def test_it_is_found_as_an_installed_distribution() -> None:
    assert discover_themes().themes["harbour"].root.resolve() == THEME.resolve()


@pytest.mark.covers("S2.8")
@pytest.mark.parametrize("path", ["/", "/c/kitchen", "/p/tableware", "/search?q=x", "/cart", "/order/find", "/nowhere"])
def test_every_page_is_drawn_in_it(web_shop: SmallShop, path: str) -> None:
    change_store(theme="harbour")
    page = web_shop.app.test_client().get(path).text
    assert "harbour.css" in page
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        assert web_shop.app.test_client().get(address).status_code == 200, address


@pytest.mark.covers("G9")
def test_a_page_with_its_styles_and_scripts_is_light(web_shop: SmallShop) -> None:
    change_store(theme="harbour")
    client = web_shop.app.test_client()
    page = client.get("/p/tableware")
    files = {address: client.get(address).data for address in re.findall(r'"(/static/[^"]+)"', page.text)}
    scripts = sum(len(body) for address, body in files.items() if address.endswith(".js"))
    assert scripts < 30_000
    assert len(page.data) + sum(map(len, files.values())) < 100_000
