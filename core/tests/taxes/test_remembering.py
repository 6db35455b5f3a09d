"""Answers of the rule engine are remembered: for the same question, and for no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from entrepot.customs.engine.loading import load_pack
from entrepot.customs.engine.pack import Pack
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money
from entrepot.sdk import CustomsLine, CustomsQuestion, TaxLine, TaxQuestion
from entrepot.sdk.packs import Seller
from entrepot.taxes import remembering

RULES = """
[[regime]]
id = "home"
title = "VAT at home"
effective_from = 2020-01-01
source = "law"
retrieved = 2026-01-01
steps = [{ tax = "vat", label = "VAT", base = ["intrinsic"], rate = "vat", over = "rate" }]
collector = "seller"
registration = "ONE"
"""
HOME = (
    'id = "toy"\nversion = "1"\ntitle = "Toy"\ncurrency = "EUR"\ntime_zone = "Atlantic/Reykjavik"\ncountries = ["IS"]\n'
)
SELLER = Seller("IS", {"ONE": "1"}, "courier", ddp=False)
MORNING = datetime(2026, 6, 30, 8, tzinfo=UTC)
QUESTION = TaxQuestion(
    origin=Address("IS", postcode="101"),
    destination=Address("IS", name="Anna Berg", postcode="200"),
    currency="EUR",
    at=MORNING,
    prices_include_tax=False,
    lines=(TaxLine("1", Money(10_000, "EUR")),),
)


def pack(folder: Path, rate: int, later: int = 0) -> Pack:
    files = {
        "pack.toml": HOME,
        "regimes.toml": RULES,
        "sources.csv": "id,title,address\nlaw,The law,https://law.example\n",
        "rates.csv": "key,rate,effective_from,effective_to,source,retrieved\n"
        f"vat,{rate},2020-01-01,2026-07-01,law,2026-01-01\nvat,{later or rate},2026-07-01,,law,2026-01-01\n",
    }
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    return load_pack(folder)


def tax(pack: Pack, question: TaxQuestion = QUESTION, seller: Seller = SELLER) -> int:
    return remembering.tax(pack, question, seller).lines[0].tax.minor


@pytest.mark.covers("S0.35")
def test_another_buyer_at_another_hour_is_the_same_question(tmp_path: Path) -> None:
    toy = pack(tmp_path / "a", 20)
    first = remembering.tax(toy, QUESTION, SELLER)
    other = replace(QUESTION, at=MORNING + timedelta(hours=9), destination=Address("IS", name="Bo", postcode="200"))
    assert remembering.tax(toy, other, SELLER) is first


def test_the_day_the_goods_the_seller_and_the_records_make_another(tmp_path: Path) -> None:
    toy = pack(tmp_path / "a", 20, later=10)
    assert tax(toy) == 2_000
    assert tax(toy, replace(QUESTION, at=MORNING + timedelta(days=1))) == 1_000
    assert tax(toy, replace(QUESTION, lines=(TaxLine("1", Money(500, "EUR")),))) == 100
    unregistered = remembering.tax(toy, QUESTION, replace(SELLER, registrations={}))
    assert unregistered.registrations == {}
    assert tax(pack(tmp_path / "b", 7)) == 700


@pytest.mark.covers("S1.38")
def test_customs_answers_are_remembered_with_the_registrations_that_they_depend_on(tmp_path: Path) -> None:
    toy = pack(tmp_path / "a", 20)
    asked = CustomsQuestion(
        origin=Address("CN"),
        destination=Address("IS", name="Anna Berg", postcode="200"),
        currency="EUR",
        at=MORNING,
        lines=(CustomsLine("1", Money(10_000, "EUR"), 1, 500),),
        freight=Money(500, "EUR"),
        insurance=Money(0, "EUR"),
        registrations={"ONE": "1"},
    )
    first = remembering.customs(toy, asked, SELLER)
    other = replace(asked, destination=Address("IS", name="Bo", postcode="200"), registrations={"ONE": "1"})
    assert remembering.customs(toy, other, SELLER) is first
    assert remembering.customs(toy, replace(asked, registrations={}), SELLER) is not first
