"""The tax at checkout from a rule pack: with and without tax in the price, by registration, goods and delivery."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from entrepot.customs.engine.loading import load_pack
from entrepot.customs.engine.pack import Pack
from entrepot.customs.questions import answer_customs
from entrepot.engine.config_forms import draw_form
from entrepot.kernel.address import Address
from entrepot.kernel.money import Money, total
from entrepot.sdk import CustomsLine, CustomsQuestion, TaxAnswer, TaxLine, TaxQuestion
from entrepot.sdk.packs import PackConfig, Seller, read_registrations

RULES = """
[[regime]]
id = "collected"
title = "Up to 150: VAT at checkout by registered sellers"
effective_from = 2020-01-01
source = "law"
retrieved = 2026-01-01
when = [{ within = "low" }, { registration = "ONE" }]
collector = "seller"
registration = "ONE"
steps = [
  { duty = "customs-duty", formula = "not_due", because = "low" },
  { tax = "vat", label = "VAT", base = ["intrinsic", "freight"], rate = "vat", over = "rate" },
]

[[regime]]
id = "border"
title = "VAT is collected on delivery"
effective_from = 2020-01-01
source = "law"
retrieved = 2026-01-01
steps = [
  { duty = "customs-duty", base = ["cif"], rate = "duty" },
  { tax = "vat", label = "Import VAT", base = ["cif", "duties"], rate = "vat" },
]
"""
FILES = {
    "pack.toml": 'id = "toy"\nversion = "1"\ntitle = "Toy"\ncurrency = "EUR"\ntime_zone = "UTC"\ncountries = ["IS"]\n',
    "regimes.toml": RULES,
    "sources.csv": "id,title,address\nlaw,The law,https://law.example\n",
    "rates.csv": "key,category,rate,effective_from,source,retrieved\n"
    "vat,,20,2020-01-01,law,2026-01-01\nvat,book,7,2020-01-01,law,2026-01-01\nduty,,10,2020-01-01,law,2026-01-01\n",
    "thresholds.csv": "key,amount,currency,inclusive,scope,basis,consequence,effective_from,source,retrieved\n"
    "low,150,EUR,yes,consignment,intrinsic,Above: border,2020-01-01,law,2026-01-01\n",
}
REGISTERED = Seller("DE", {"ONE": "1"}, "courier", ddp=False)
UNREGISTERED = Seller("DE", {}, "courier", ddp=False)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder: Path = tmp_path_factory.mktemp("toy")
    for name, content in FILES.items():
        (folder / name).write_text(content)
    return load_pack(folder)


def line(id: str, minor: int, **fields: Any) -> TaxLine:
    return TaxLine(id, Money(minor, "EUR"), hs_code="610910", origin_country="CN", **fields)


def question(*lines: TaxLine, includes: bool, **fields: Any) -> TaxQuestion:
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    return TaxQuestion(Address(country="DE"), Address(country="IS"), "EUR", at, includes, lines, **fields)


def ask(toy: Pack, *lines: TaxLine, includes: bool, seller: Seller = REGISTERED) -> TaxAnswer:
    from entrepot.taxes.packs import answer_tax

    return answer_tax(toy, question(*lines, includes=includes), seller)


def delivery(minor: int) -> TaxLine:
    return TaxLine("shipping", Money(minor, "EUR"), subject="shipping")


@pytest.mark.covers("G1", "S1.37")
@pytest.mark.parametrize(
    ("includes", "net", "tax"), [(False, [10_000, 500], [2000, 100]), (True, [8333, 417], [1667, 83])]
)
def test_goods_and_delivery_bear_the_tax(toy: Pack, includes: bool, net: list[int], tax: list[int]) -> None:
    answer = ask(toy, line("1", 10_000), delivery(500), includes=includes)
    assert [one.net.minor for one in answer.lines] == net
    assert [one.tax.minor for one in answer.lines] == tax
    assert {one.label for one in answer.lines} == {"VAT 20%"}
    assert answer.lines[0].rule.id == "toy/vat/2020-01-01"


def test_delivery_follows_mixed_goods_in_proportion(toy: Pack) -> None:
    answer = ask(toy, line("1", 9000), line("2", 3000, tax_category="book"), delivery(1000), includes=False)
    assert [one.tax.minor for one in answer.lines] == [1800, 210, 168]


@pytest.mark.parametrize(("minor", "tax"), [(18_000, 3000), (18_001, 0)])
def test_limit_is_tested_on_the_value_without_tax(toy: Pack, minor: int, tax: int) -> None:
    """180.00 with 20 % in it is worth 150.00; a cent more leaves the scheme, and nothing is collected."""
    (taxed,) = ask(toy, line("1", minor), includes=True).lines
    assert taxed.tax.minor == tax


def test_unregistered_seller_collects_nothing_and_says_who_does(toy: Pack) -> None:
    answer = ask(toy, line("1", 10_000), includes=False, seller=UNREGISTERED)
    (taxed,) = answer.lines
    assert (taxed.certainty, taxed.tax.minor) == ("not_due", 0)
    assert "not collected by the seller" in taxed.label
    assert answer.notices == ("Import taxes may be due on delivery; they are not included in the price.",)


def test_day_without_rules_is_unknown_and_never_zero(toy: Pack) -> None:
    from entrepot.taxes.packs import answer_tax

    early = TaxQuestion(
        Address(country="DE"), Address(country="IS"), "EUR", datetime(2019, 1, 1, tzinfo=UTC), True, (line("1", 100),)
    )
    (taxed,) = answer_tax(toy, early, REGISTERED).lines
    assert taxed.certainty == "unknown"
    assert "has no rule for IS" in taxed.rule.text


@pytest.mark.covers("G3")
@given(
    st.lists(st.integers(1, 40_000), min_size=1, max_size=4),
    st.integers(0, 5000),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_checkout_and_border_share_the_taxes_without_overlap(
    toy: Pack, amounts: list[int], freight: int, includes: bool, registered: bool, ddp: bool
) -> None:
    """Whatever the basket: the VAT is asked for once, by the seller at checkout or at the border."""
    from entrepot.taxes.packs import answer_tax

    seller = Seller("DE", {"ONE": "1"} if registered else {}, "courier", ddp=ddp)
    goods = [line(str(number), minor) for number, minor in enumerate(amounts)]
    taxes = answer_tax(toy, question(*goods, delivery(freight), includes=includes), seller)
    net = {one.id: one.net for one in taxes.lines}
    asked = CustomsQuestion(
        origin=Address(country="DE"),
        destination=Address(country="IS"),
        currency="EUR",
        at=datetime(2026, 6, 1, 12, tzinfo=UTC),
        lines=tuple(CustomsLine(one.id, net[one.id], 1, 100, "610910", "CN") for one in goods),
        freight=net["shipping"],
        insurance=Money.zero("EUR"),
        registrations=taxes.registrations,
    )
    border = answer_customs(toy, asked, UNREGISTERED if not ddp else seller)
    at_checkout = total((one.tax for one in taxes.lines), "EUR")
    at_border = total((c.amount for c in border.charges if c.kind == "import_tax"), "EUR")
    assert at_checkout.is_zero or at_border.is_zero
    if sum(amounts) > 1000:
        assert not (at_checkout.is_zero and at_border.is_zero)
    for one in taxes.lines:
        assert one.net + one.tax == one.gross
    if border.incoterm == "DDP":
        assert all(charge.at_checkout for charge in border.charges if not charge.amount.is_zero)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("IOSS IM2760000000\nUS-CA", {"IOSS": "IM2760000000", "US-CA": ""}),
        ("GB-VAT: GB 123", {"GB-VAT": "GB 123"}),
        ("", {}),
    ],
)
def test_registrations_are_written_one_a_line(written: str, read: dict[str, str]) -> None:
    assert read_registrations(written) == read


@pytest.mark.parametrize("written", ["ioss 1", "IOSS 1\nIOSS 2", "12345"])
def test_registration_that_cannot_be_read_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match=r"Write one a line|Keep one line"):
        PackConfig().load({"registrations": written})


def test_form_asks_for_seat_registrations_mode_and_terms() -> None:
    fields = draw_form(PackConfig)
    controls = {field.name: field.control for field in fields}
    assert controls == {
        "established_in": "text",
        "registrations": "textarea",
        "mode": "select",
        "ddp": "switch",
        "options": "textarea",
        "assumed_year_to_date": "text",
    }


@pytest.mark.parametrize("field", [{"options": "cbec"}, {"assumed_year_to_date": "0"}, {"established_in": "Germany"}])
def test_field_that_cannot_be_read_is_refused_with_the_remedy(field: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="Write"):
        PackConfig().load(field)


@pytest.mark.covers("S0.7")
@pytest.mark.parametrize(
    ("locale", "label"),
    [
        ("en", "VAT 20%"),
        ("de-AT", "Mehrwertsteuer 20\N{NO-BREAK SPACE}%"),
        ("zh-Hans", "增值税 20%"),
        ("fr", "VAT 20%"),
    ],
)
def test_label_speaks_the_buyers_language(toy: Pack, locale: str, label: str) -> None:
    from entrepot.taxes.packs import answer_tax

    asked = question(line("1", 10_000), includes=True, locale=locale)
    assert answer_tax(toy, asked, REGISTERED).lines[0].label == label


def test_tax_that_others_collect_is_told_in_the_buyers_language(toy: Pack) -> None:
    from entrepot.taxes.packs import answer_tax

    answer = answer_tax(toy, question(line("1", 10_000), includes=True, locale="de"), UNREGISTERED)
    assert answer.lines[0].label == "Einfuhrumsatzsteuer: vom Verkäufer nicht erhoben"
    assert "Zustellung" in answer.notices[0]


@pytest.mark.covers("G2")
def test_known_charge_shows_its_sum(toy: Pack) -> None:
    goods = CustomsLine("1", Money(10_000, "EUR"), 1, 100, "610910", "CN")
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    places = {"origin": Address(country="DE"), "destination": Address(country="IS")}
    none = Money.zero("EUR")
    asked = CustomsQuestion(currency="EUR", at=at, lines=(goods,), freight=Money(500, "EUR"), insurance=none, **places)
    duty, tax = answer_customs(toy, asked, UNREGISTERED).charges
    assert (duty.why, duty.amount) == ("10% × EUR 105.", Money(1050, "EUR"))
    assert (tax.why, tax.amount) == ("20% × EUR 115.5.", Money(2310, "EUR"))
