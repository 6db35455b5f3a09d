"""EU VAT: which rule, whose rate, on which day, how it is rounded, and what a broken rule pack says."""

from __future__ import annotations

import ast
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

import entrepot_customs_eu_vat
from entrepot.sdk import Address, Certainty, Context, Money, TaxAnswer, TaxedLine, TaxLine, TaxQuestion
from entrepot_customs_eu_vat import entrepot_register_tax_calculators, manifest
from entrepot_customs_eu_vat.config import EuVatConfig
from entrepot_customs_eu_vat.mapping import split
from entrepot_customs_eu_vat.pack import PackInvalid, load_pack, rule_pack
from entrepot_customs_eu_vat.provider import EuVat
from entrepot_customs_eu_vat.records import Period, Rate

PACKAGE = Path(entrepot_customs_eu_vat.__file__).parent
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CURRENCIES = st.sampled_from(["EUR", "SEK", "HUF", "JPY", "KWD", "USD"])
AMOUNTS = st.integers(-10_000_000, 10_000_000)
FRACTIONS = st.sampled_from(sorted({rate.fraction for rate in rule_pack().rates}))


def calculator(**settings: Any) -> EuVat:
    config = EuVatConfig().load({"established_in": "DE", "oss": True, "vat_ids": "DE123456789"} | settings)
    return EuVat(cast(Context, SimpleNamespace(config=config)))


def question(
    destination: str = "DE",
    *,
    postcode: str = "",
    origin: str = "DE",
    minor: int = 10_000,
    category: str = "standard",
    at: datetime = NOON,
    inclusive: bool = False,
    vat_id: str = "",
    locale: str = "en",
) -> TaxQuestion:
    return TaxQuestion(
        origin=Address(origin),
        destination=Address(destination, postcode=postcode),
        currency="EUR",
        at=at,
        prices_include_tax=inclusive,
        lines=(TaxLine("1", Money(minor, "EUR"), tax_category=category),),
        buyer_tax_id=vat_id,
        locale=locale,
    )


def taxed(*places: str, settings: dict[str, Any] | None = None, **values: Any) -> TaxedLine:
    return answered(*places, settings=settings, **values).lines[0]


def answered(*places: str, settings: dict[str, Any] | None = None, **values: Any) -> TaxAnswer:
    return calculator(**(settings or {})).calculate(question(*places, **values))


def test_manifest_and_hook_name_the_calculator() -> None:
    assert manifest.id == "customs-eu-vat"
    assert entrepot_register_tax_calculators() == [EuVat]
    calculator().check()


def test_every_member_state_has_a_standard_rate_today() -> None:
    states = rule_pack().states
    assert len(states) == 27
    assert all(taxed(state).certainty is Certainty.KNOWN for state in states)


@pytest.mark.covers("G1")
def test_germany_charged_16_percent_in_the_second_half_of_2020() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    days = {
        datetime(2020, 6, 30, 23, 59, 59, tzinfo=berlin): "0.19",
        datetime(2020, 7, 1, tzinfo=berlin): "0.16",
        datetime(2020, 12, 31, 23, 59, 59, tzinfo=berlin): "0.16",
        datetime(2021, 1, 1, tzinfo=berlin): "0.19",
    }
    assert {at: str(taxed("DE", at=at.astimezone(UTC)).rate) for at in days} == days


@pytest.mark.parametrize("rate", rule_pack().rates, ids=lambda rate: rate.id)
@pytest.mark.covers("G1", "G15")
def test_a_record_counts_from_its_first_day_and_not_before(rate: Rate) -> None:
    pack = rule_pack()
    before = pack.rate(rate.area, rate.category, rate.period.start - timedelta(days=1))
    assert pack.rate(rate.area, rate.category, rate.period.start) is rate
    assert pack.rate(rate.area, rate.category, rate.period.start + timedelta(days=1)) is rate
    assert before is None or before.period.end == rate.period.start or before.category == "standard"
    if rate.period.end is not None:
        assert pack.rate(rate.area, rate.category, rate.period.end - timedelta(days=1)) is rate
        assert pack.rate(rate.area, rate.category, rate.period.end) is not rate


def test_a_period_ends_on_the_day_before_its_end() -> None:
    period = Period(date(2020, 7, 1), date(2021, 1, 1))
    held = [
        day for day in ("2020-06-30", "2020-07-01", "2020-12-31", "2021-01-01") if period.holds(date.fromisoformat(day))
    ]
    assert held == ["2020-07-01", "2020-12-31"]
    assert not period.overlaps(Period(date(2021, 1, 1), None))
    assert period.overlaps(Period(date(2020, 12, 31), None))


@pytest.mark.covers("G15")
def test_the_day_is_the_destinations() -> None:
    still_june_in_utc = datetime(2025, 6, 30, 21, 30, tzinfo=UTC)
    assert taxed("EE", at=still_june_in_utc).rate == Decimal("0.24")
    assert taxed("EE", at=still_june_in_utc - timedelta(hours=1)).rate == Decimal("0.22")
    assert taxed("LU", at=datetime(2023, 12, 31, 22, 59, tzinfo=UTC)).rate == Decimal("0.16")


def test_before_the_first_record_the_answer_is_unknown_and_not_zero() -> None:
    line = taxed("DE", at=datetime(2015, 12, 31, 12, tzinfo=UTC))
    assert line.certainty is Certainty.UNKNOWN
    assert "no record" in line.rule.text


@pytest.mark.parametrize(
    ("settings", "origin", "destination", "rule", "rate"),
    [
        ({}, "DE", "DE", "domestic", "0.19"),
        ({"oss": True}, "DE", "FR", "union-oss", "0.2"),
        ({"oss": True}, "DE", "FI", "union-oss", "0.255"),
        ({"oss": False}, "DE", "FR", "below-threshold", "0.19"),
        ({"oss": False, "vat_ids": "DE123456789\nFR12345678901"}, "DE", "FR", "registered", "0.2"),
        ({"oss": False}, "PL", "PL", "domestic", "0.23"),
    ],
)
def test_a_consumer_bears_the_vat_of_the_right_state(
    settings: dict[str, Any], origin: str, destination: str, rule: str, rate: str
) -> None:
    line = taxed(destination, origin=origin, settings=settings)
    assert line.rule.id.split("/")[1] == rule
    assert line.rate == Decimal(rate)


def test_from_a_foreign_warehouse_without_registration_the_answer_is_unknown_with_a_remedy() -> None:
    line = taxed("FR", origin="PL", settings={"oss": False})
    assert (line.certainty, line.tax.minor) == (Certainty.UNKNOWN, 0)
    assert "Switch the One Stop Shop on, or enter your VAT id of FR." in line.rule.text


def test_distance_sales_before_the_one_stop_shop_are_unknown() -> None:
    assert taxed("FR", at=datetime(2021, 6, 30, 12, tzinfo=UTC)).certainty is Certainty.UNKNOWN
    assert taxed("FR", at=datetime(2021, 7, 1, 12, tzinfo=UTC)).certainty is Certainty.KNOWN


@pytest.mark.parametrize(
    ("vat_id", "destination", "settings", "rule"),
    [
        ("FR12345678901", "FR", {}, "intra-community"),
        ("fr 12 345678901", "FR", {}, "intra-community"),
        ("EL123456789", "GR", {}, "intra-community"),
        ("NL123456789B01", "FR", {}, "intra-community"),
        ("DE987654321", "FR", {}, "union-oss"),
        ("FR12345678901", "DE", {}, "domestic"),
        ("FR123", "FR", {}, "union-oss"),
        ("GB123456789", "FR", {}, "union-oss"),
        ("FR12345678901", "FR", {"vat_ids": ""}, "union-oss"),
        ("FR12345678901", "FR", {"exempt_businesses": False}, "union-oss"),
    ],
)
@pytest.mark.covers("S0.45")
def test_a_business_of_another_member_state_owes_the_vat_itself(
    vat_id: str, destination: str, settings: dict[str, Any], rule: str
) -> None:
    line = taxed(destination, vat_id=vat_id, settings=settings)
    assert line.rule.id.split("/")[1] == rule
    assert (line.certainty is Certainty.NOT_DUE) is (rule == "intra-community")


def test_reverse_charge_says_that_only_the_form_was_checked() -> None:
    [notice] = answered("FR", vat_id="FR12345678901").notices
    assert notice == "Reverse charge: the recipient owes the VAT. The VAT id was checked for its form only."
    [notice] = answered("FR", vat_id="FR1").notices
    assert notice.startswith("FR1 has not the form of a VAT id")


@pytest.mark.parametrize(
    ("country", "postcode"),
    [
        ("US", "10001"),
        ("CH", "8000"),
        ("AX", "22100"),
        ("ES", "35001"),
        ("ES", "38 001"),
        ("ES", "51001"),
        ("ES", "52001"),
        ("DE", "78266"),
        ("DE", "D-27498"),
        ("IT", "23041"),
        ("IT", "I-22061"),
        ("GR", "630 86"),
        ("FI", "FI-22100"),
        ("FR", "97400"),
        ("FR", "97110"),
        ("GB", "SW1A 1AA"),
    ],
)
def test_goods_that_leave_the_vat_territory_are_exports(country: str, postcode: str) -> None:
    line = taxed(country, postcode=postcode)
    assert (line.certainty, line.rule.id, line.tax.minor) == (Certainty.NOT_DUE, "eu-vat/export", 0)


@pytest.mark.parametrize(
    ("country", "postcode", "rate"),
    [
        ("ES", "28001", "0.21"),
        ("DE", "78267", "0.19"),
        ("FR", "75001", "0.2"),
        ("MC", "98000", "0.2"),
        ("PT", "1000-001", "0.23"),
        ("PT", "9000-001", "0.22"),
        ("PT", "9500-321", "0.16"),
        ("AT", "6691", "0.19"),
        ("AT", "A-6992", "0.19"),
        ("AT", "6690", "0.2"),
    ],
)
def test_regions_inside_have_their_own_rates(country: str, postcode: str, rate: str) -> None:
    assert taxed(country, postcode=postcode).rate == Decimal(rate)


def test_northern_ireland_is_unknown_rather_than_an_export() -> None:
    line = taxed("GB", postcode="BT1 5GS")
    assert line.certainty is Certainty.UNKNOWN
    assert "Northern Ireland" in line.rule.text


def test_goods_from_outside_bear_import_vat_that_is_not_reckoned_here() -> None:
    answer = answered("DE", origin="CN")
    assert answer.lines[0].certainty is Certainty.UNKNOWN
    assert answer.lines[0].label == "Import VAT, due on delivery"
    assert "not included in the price" in answer.notices[0]


@pytest.mark.parametrize(
    ("origin", "destination", "served"),
    [("DE", "DE", True), ("DE", "US", True), ("CN", "DE", True), ("CN", "US", False), ("CN", "CN", False)],
)
def test_lanes_that_never_touch_the_eu_are_left_to_others(origin: str, destination: str, served: bool) -> None:
    assert calculator().serves(question(destination, origin=origin)) is served


@pytest.mark.parametrize(
    ("country", "day", "rate"),
    [
        ("DE", date(2020, 6, 30), "0.07"),
        ("DE", date(2020, 7, 1), "0.05"),
        ("DE", date(2021, 1, 1), "0.07"),
        ("NL", date(2018, 12, 31), "0.06"),
        ("NL", date(2019, 1, 1), "0.09"),
        ("FR", date(2026, 11, 21), "0.055"),
        ("IE", date(2026, 11, 21), "0"),
    ],
)
def test_books_bear_the_reduced_rate(country: str, day: date, rate: str) -> None:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    line = taxed(country, origin=country, category="book", at=at, settings={"oss": False})
    assert line.rate == Decimal(rate)
    assert line.certainty is Certainty.KNOWN


def test_a_category_without_record_bears_the_standard_rate_and_says_so() -> None:
    line = taxed("DE", category="food")
    assert line.rate == Decimal("0.19")
    assert "no record of category 'food', so the standard rate counts" in line.rule.text


@pytest.mark.covers("G1", "G9")
def test_every_line_cites_record_version_and_sources() -> None:
    rule = taxed("DE", at=datetime(2020, 8, 1, tzinfo=UTC)).rule
    assert rule.id == "eu-vat/domestic/DE/standard/2020-07-01"
    assert rule.version == rule_pack().version
    assert rule.text.startswith("16 % VAT of DE, category standard, from 2020-07-01 until before 2021-01-01.")
    assert "Rate data: Duty27 (https://duty27.com/vat-rates/history), CC BY 4.0, retrieved 2026-10-04" in rule.source
    assert "2006/112/EC" in rule.source


def test_the_threshold_is_told_from_the_rule_pack() -> None:
    assert "EUR 10000 a year" in taxed("FR", settings={"oss": False}).rule.text


@pytest.mark.parametrize(
    ("minor", "inclusive", "expected"),
    [
        (10_000, False, (10_000, 1900, 11_900)),
        (11_900, True, (10_000, 1900, 11_900)),
        (1, False, (1, 0, 1)),
        (50, False, (50, 10, 60)),
        (-50, False, (-50, -10, -60)),
        (1970, True, (1655, 315, 1970)),
        (0, True, (0, 0, 0)),
    ],
)
def test_tax_is_rounded_half_up_once_per_line(minor: int, inclusive: bool, expected: tuple[int, int, int]) -> None:
    line = taxed("DE", minor=minor, inclusive=inclusive)
    assert (line.net.minor, line.tax.minor, line.gross.minor) == expected


@given(minor=AMOUNTS, currency=CURRENCIES, fraction=FRACTIONS, inclusive=st.booleans())
@pytest.mark.covers("G7")
def test_gross_is_always_net_plus_tax(minor: int, currency: str, fraction: Decimal, inclusive: bool) -> None:
    amount = Money(minor, currency)
    net, tax, gross = split(amount, fraction, includes_tax=inclusive)
    assert gross == net + tax
    assert amount == (gross if inclusive else net)
    assert abs(Decimal(tax.minor) - net.minor * fraction) <= Decimal("0.5") * (1 + fraction)


@given(minor=AMOUNTS, currency=CURRENCIES, fraction=FRACTIONS)
@pytest.mark.covers("G7")
def test_exclusive_to_inclusive_and_back_is_the_same(minor: int, currency: str, fraction: Decimal) -> None:
    there = split(Money(minor, currency), fraction, includes_tax=False)
    assert split(there[2], fraction, includes_tax=True) == there


@given(minor=AMOUNTS, currency=CURRENCIES, fraction=FRACTIONS)
def test_inclusive_to_exclusive_and_back_is_at_most_one_unit_away(minor: int, currency: str, fraction: Decimal) -> None:
    there = split(Money(minor, currency), fraction, includes_tax=True)
    back = split(there[0], fraction, includes_tax=False)
    assert abs(back[2].minor - minor) <= 1


@given(minors=st.lists(AMOUNTS, min_size=1, max_size=5), destination=st.sampled_from(["DE", "FR", "US", "CH", "GB"]))
def test_lines_come_back_in_order_and_in_their_currency(minors: list[int], destination: str) -> None:
    lines = tuple(TaxLine(str(index), Money(minor, "SEK")) for index, minor in enumerate(minors))
    answer = calculator().calculate(replace(question(destination), currency="SEK", lines=lines))
    assert [line.id for line in answer.lines] == [line.id for line in lines]
    assert {line.gross.currency for line in answer.lines} == {"SEK"}


@pytest.mark.parametrize(
    ("locale", "label"),
    [("en", "VAT 25.5%"), ("de", "MwSt. 25,5\N{NO-BREAK SPACE}%"), ("zh-Hans", "增值税 25.5%"), ("fr", "VAT 25.5%")],
)
@pytest.mark.covers("S0.7")
def test_labels_speak_the_buyers_language(locale: str, label: str) -> None:
    assert taxed("FI", locale=locale).label == label


def test_code_holds_no_rate_and_no_threshold() -> None:
    numbers = {
        (file.name, node.lineno, node.value)
        for file in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and (type(node.value) in (int, float) or (isinstance(node.value, str) and node.value.strip().isdecimal()))
        and node.value not in (0, 1, 100)
    }
    assert numbers == set()


def broken_pack(folder: Path, file: str, old: str, new: str) -> str:
    shutil.copytree(PACKAGE / "rates", folder / "rates")
    target = folder / "rates" / file
    text = target.read_text(encoding="utf-8")
    assert old in text
    target.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackInvalid) as refused:
        load_pack(folder / "rates")
    return str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "DE,,standard,19,2016-01-01,2020-07-01",
            "DE,,standard,19,2016-01-01,2020-07-02",
            "rates.csv, line 9: DE standard from 2020-07-01 until before 2021-01-01 overlaps line 8",
        ),
        ("DE,,standard,19,2021-01-01,", "DE,,standard,19,2021-01-01,2020-01-01", "rates.csv, line 10: effective_to"),
        ("FI,,standard,25.5", "FI,,standard,25;5", "'25;5' in column rate is wrong. Write the percentage with a point"),
        ("FI,,standard,25.5", "FI,,standard,255", "'255' in column rate is wrong"),
        ("FI,,standard,25.5", "UK,,standard,25.5", "'UK' in column country is wrong. Name a country of countries.csv."),
        ("2024-09-01,,duty27", "2024-09-31,,duty27", "'2024-09-31' in column effective_from is wrong"),
        (
            "2024-09-01,,duty27",
            "2024-09-01,,hearsay",
            "'hearsay' in column source is wrong. Name an id of",
        ),
        ("SE,,book,6,2016-01-01,,compendium,2026-11-21", "SE,,book,6", "column effective_from is missing"),
    ],
)
@pytest.mark.covers("G1")
def test_a_broken_record_is_refused_with_file_and_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert told in broken_pack(tmp_path, "rates.csv", old, new)


def test_overlapping_treatments_and_unknown_standings_are_refused(tmp_path: Path) -> None:
    again = "domestic,2020-01-01,,,Again.,directive,2026-11-21\ndomestic,2016-01-01"
    assert "domestic" in broken_pack(tmp_path / "a", "treatments.csv", "domestic,2016-01-01", again)
    assert "column treatment" in broken_pack(tmp_path / "b", "territories.csv", ",outside,", ",inside,")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"established_in": "UK"}, "no member state"),
        ({"vat_ids": "DE12"}, "has not the form"),
        ({"vat_ids": "DE123456789, nonsense"}, "nonsense"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, str], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        EuVatConfig().load({"established_in": "DE"} | settings)
