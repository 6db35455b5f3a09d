"""The pack of the European Union: conformance, the vectors of its destinations, and the day of every change."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from entrepot.testkit import CustomsConformance
from entrepot.testkit.rule_packs import assessed as assessed_by
from entrepot.testkit.rule_packs import faults, vectors
from entrepot_customs_eu import entrepot_register_customs_rules, rule_packs

(EuCustoms,) = entrepot_register_customs_rules()
VECTORS = Path(__file__).parents[4] / "tests" / "vectors" / "landed-cost.json"
IOSS = {"IOSS": "IM2760000000"}
RON = {"from": "EUR", "to": "RON", "rate": "5.00", "source": "stated in the test"}


class TestEuCustoms(CustomsConformance):
    provider_class = EuCustoms
    destination_country = "DE"
    currency = "EUR"


def line(value: str = "100.00", **fields: Any) -> dict[str, Any]:
    return {"value": value, "hs": "610910", "origin": "CN", **fields}


def assessed(day: str = "2026-08-01", *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    question = {"ship_from": "CN", "ship_to": "DE", "currency": "EUR", "mode": "courier", **fields}
    return assessed_by(rule_packs, {**question, "date": day, "lines": list(lines or [line()])})


def totals(*args: Any, **fields: Any) -> tuple[str | None, str | None, str | None]:
    sums = assessed(*args, **fields)["totals"]
    return sums["duty"], sums["tax"], sums["fees"]


@pytest.mark.covers("G3", "S1.46")
@pytest.mark.parametrize("vector", vectors(VECTORS, "EU-"), ids=lambda v: v["id"])
def test_vectors_of_the_union_pass(vector: dict[str, Any]) -> None:
    assert faults(vector) == []


@pytest.mark.covers("G3")
@pytest.mark.parametrize(
    ("fields", "before", "after"),
    [
        ({"registrations": IOSS}, ("0.00", "19.00", "0.00"), ("3.00", "19.00", "0.00")),
        ({}, ("0.00", "19.00", "0.00"), ("3.00", "19.57", "0.00")),
        ({"ship_to": "FR"}, ("0.00", "20.00", "2.00"), ("3.00", "20.60", "0.00")),
        ({"buyer": "business"}, ("0.00", "19.00", "0.00"), (None, None, None)),
    ],
    ids=["ioss", "without-ioss", "france-suspends-its-fee", "business"],
)
def test_first_of_july_2026_ends_the_relief(fields: Any, before: Any, after: Any) -> None:
    assert totals("2026-06-30", **fields) == before
    assert totals("2026-07-01", **fields) == after


def test_first_of_july_2028_ends_the_three_euros() -> None:
    goods = line(duty_rate="0.12")
    assert totals("2028-06-30", goods) == ("3.00", "19.57", "0.00")
    assert totals("2028-07-01", goods) == ("12.00", "21.28", "0.00")
    assert totals("2028-07-01", goods, registrations=IOSS) == ("12.00", "19.00", "0.00")


def test_perfume_had_no_relief_and_bears_the_three_euros_now() -> None:
    perfume = line(hs="330300", duty_rate="0.10")
    assert totals("2026-06-30", perfume, registrations=IOSS) == ("10.00", "19.00", "0.00")
    assert totals("2026-07-01", perfume, registrations=IOSS) == ("3.00", "19.00", "0.00")


@pytest.mark.parametrize(
    ("country", "day_before", "day", "before", "after"),
    [
        ("DE", "2021-06-30", "2021-07-01", None, "19.00"),
        ("RO", "2025-07-31", "2025-08-01", "19.00", "21.00"),
        ("EE", "2025-06-30", "2025-07-01", "22.00", "24.00"),
        ("SK", "2024-12-31", "2025-01-01", "20.00", "23.00"),
        ("FI", "2024-08-31", "2024-09-01", "24.00", "25.50"),
        ("LU", "2023-12-31", "2024-01-01", "16.00", "17.00"),
        ("LU", "2022-12-31", "2023-01-01", "17.00", "16.00"),
        ("EE", "2023-12-31", "2024-01-01", "20.00", "22.00"),
    ],
)
def test_vat_changes_on_its_day(country: str, day_before: str, day: str, before: str | None, after: str) -> None:
    assert totals(day_before, ship_to=country, registrations=IOSS)[1] == before
    assert totals(day, ship_to=country, registrations=IOSS)[1] == after


@pytest.mark.parametrize(
    ("country", "category", "day_before", "day", "before", "after"),
    [
        ("LT", "reduced2", "2025-12-31", "2026-01-01", "9.00", "12.00"),
        ("LT", "book", "2025-12-31", "2026-01-01", "9.00", "5.00"),
        ("FI", "reduced2", "2025-12-31", "2026-01-01", "14.00", "13.50"),
        ("FI", "book", "2025-12-31", "2026-01-01", None, "13.50"),
        ("CZ", "reduced", "2023-12-31", "2024-01-01", None, "12.00"),
        ("LV", "book", "2021-12-31", "2022-01-01", "12.00", "5.00"),
    ],
)
def test_reduced_rates_change_on_their_day(
    country: str, category: str, day_before: str, day: str, before: str | None, after: str | None
) -> None:
    goods = line(category=category)
    assert totals(day_before, goods, ship_to=country, registrations=IOSS)[1] == before
    assert totals(day, goods, ship_to=country, registrations=IOSS)[1] == after


def test_romania_charges_a_fee_per_parcel_since_2026() -> None:
    rates = [{**RON, "date": "2025-12-31"}]
    assert totals("2025-12-31", ship_to="RO", rates=rates)[2] == "0.00"
    assert totals("2026-01-01", ship_to="RO", rates=rates)[2] == "5.00"
    assert totals("2026-01-01", ship_to="RO")[2] is None


def test_france_charges_a_fee_per_article_from_march_to_june_2026() -> None:
    goods = (line("20.00"), line("20.00", hs="910211"))
    assert totals("2026-02-28", *goods, ship_to="FR")[2] == "0.00"
    assert totals("2026-03-01", *goods, ship_to="FR")[2] == "4.00"


@pytest.mark.parametrize(
    ("country", "day_before", "day", "before", "after"),
    [("IT", "2026-09-30", "2026-10-01", "0.00", "2.00"), ("DE", "2026-10-31", "2026-11-01", "0.00", "2.00")],
)
def test_announced_fees_are_charged_on_request_alone(
    country: str, day_before: str, day: str, before: str, after: str
) -> None:
    wanted = {"unconfirmed_fees": "on"}
    assert totals(day_before, ship_to=country, options=wanted)[2] == before
    assert totals(day, ship_to=country, options=wanted)[2] == after
    assert totals(day, ship_to=country)[2] == "0.00"


def test_limit_of_150_is_inclusive_and_counts_goods_alone_over_the_consignment() -> None:
    assert assessed("2026-08-01", line("100.00"), line("50.00"), freight="40.00")["regimes"] == ["low-value"]
    above = assessed("2026-08-01", line("100.00"), line("50.01"))
    assert (above["regimes"], above["declarations"]) == (["standard"], ["H1"])
    assert assessed("2026-08-01", line("160.00"), discount="10.00")["regimes"] == ["low-value"]
    assert assessed("2026-08-01", line("150.01"), registrations=IOSS)["charges"]["vat"]["collector"] == "carrier"


def test_three_euros_are_per_tariff_subheading() -> None:
    goods = (line("10.00", quantity=5), line("10.00"), line("10.00", hs="6109.90"))
    answer = assessed("2026-08-01", *goods)
    assert (answer["facts"]["duty_items"], answer["totals"]["duty"]) == ("2", "6.00")


def test_declaration_h1_splits_items_by_ten_digits_and_origin() -> None:
    goods = (
        line("10.00", hs="6109100010"),
        line("10.00", hs="6109100090"),
        line("10.00", hs="6109100090", origin="VN"),
    )
    assert totals("2026-08-01", *goods)[0] == "3.00"
    assert totals("2026-08-01", *goods, options={"low_value_declaration": "H1"})[0] == "9.00"


def test_vat_on_the_three_euros_has_two_readings_with_ioss() -> None:
    reading = {"vat_on_item_duty": "all schemes"}
    assert totals(registrations=IOSS) == ("3.00", "19.00", "0.00")
    assert totals(registrations=IOSS, options=reading) == ("3.00", "19.57", "0.00")
    assert totals(options=reading) == totals() == ("3.00", "19.57", "0.00")


def test_preference_needs_a_declaration_h1_and_no_ioss() -> None:
    goods, claimed = line(duty_rate="0"), {"preference": "claimed"}
    assert totals("2026-08-01", goods, options=claimed)[0] == "0.00"
    assert totals("2026-08-01", goods, options=claimed, registrations=IOSS)[0] == "3.00"


def test_unclassified_goods_have_unknown_duty_and_known_vat_with_ioss() -> None:
    assert totals("2026-08-01", {"value": "50.00"}, registrations=IOSS) == (None, "9.50", None)
    assert totals("2026-08-01", {"value": "50.00"}) == (None, None, None)


def test_excise_goods_never_go_through_ioss_and_are_never_known() -> None:
    wine = line("50.00", hs="220421")
    answer = assessed("2026-08-01", wine, registrations=IOSS)
    assert (answer["regimes"], answer["state"]) == (["excise-low-value"], "unknown")
    assert totals("2026-08-01", wine) == ("3.00", None, None)
    assert totals("2026-06-30", wine) == (None, None, None)


def test_gifts_up_to_45_are_free_and_above_unknown() -> None:
    assert totals("2026-08-01", line("45.00"), nature="gift") == ("0.00", "0.00", "0.00")
    assert totals("2026-08-01", line("45.01"), nature="gift") == (None, None, None)


def test_within_the_union_the_registration_decides() -> None:
    lane = {"ship_from": "DE", "ship_to": "FR"}
    assert totals(**lane, registrations=["OSS"]) == ("0.00", "20.00", "0.00")
    assert totals(**lane, registrations=["FR-VAT"]) == ("0.00", "20.00", "0.00")
    assert totals(**lane, registrations=["IT-VAT"]) == (None, None, None)
    assert totals(**lane, buyer={"kind": "business", "tax_id": "FR12345678901"}) == ("0.00", "0.00", "0.00")
    assert totals(ship_from="FR", ship_to="MC") == ("0.00", "20.00", "0.00")


@pytest.mark.parametrize(
    ("ship_to", "regime", "tax"),
    [
        ({"country": "ES", "postcode": "35001"}, "outside-vat-territory", None),
        ({"country": "ES", "region": "CN"}, "outside-vat-territory", None),
        ({"country": "ES", "region": "MD", "postcode": "28001"}, "low-value", "21.63"),
        ({"country": "PT", "postcode": "9500-123"}, "low-value", "16.48"),
        ({"country": "AT", "postcode": "6691"}, "low-value", "19.57"),
    ],
)
def test_places_with_vat_of_their_own_are_told_by_region_or_postcode(ship_to: Any, regime: str, tax: Any) -> None:
    answer = assessed(ship_to=ship_to)
    assert (answer["regimes"], answer["totals"]["tax"]) == ([regime], tax)


def test_a_level_that_a_state_has_twice_is_unknown() -> None:
    assert totals("2026-08-01", line(category="reduced"), registrations=IOSS)[1] == "7.00"
    assert totals("2026-08-01", line(category="reduced"), ship_to="FR", registrations=IOSS)[1] is None
    assert totals("2026-08-01", line(category="reduced1"), ship_to="FR", registrations=IOSS)[1] == "5.50"


def test_the_limit_in_another_currency_needs_a_rate() -> None:
    rate = [{"from": "EUR", "to": "USD", "rate": "1.10", "date": "2026-08-01", "source": "stated in the test"}]
    assert totals("2026-08-01", line("165.00"), currency="USD", rates=rate) == ("3.30", "31.98", "0.00")
    assert totals("2026-08-01", line("165.00"), currency="USD") == (None, None, None)


def vat_records() -> list[dict[str, str]]:
    lines = (rule_packs[0].folder / "rates.csv").read_text("utf-8").splitlines()
    return [r for r in csv.DictReader(one for one in lines if not one.startswith("#")) if r["key"] == "vat"]


def domestic_tax(record: dict[str, str], day: date) -> str | None:
    country, _, region = record["area"].partition("-")
    goods = line(category=record["category"] or "standard")
    answer = assessed(str(day), goods, ship_from=country, ship_to={"country": country, "region": region})
    tax: str | None = answer["totals"]["tax"]
    return tax


def due(record: dict[str, str]) -> str | None:
    """What a sale of EUR 100.00 bears by a record; None where the record says that it is unknown."""
    return f"{Decimal(record['rate']):.2f}" if record["rate"] else None


@pytest.mark.parametrize("record", vat_records(), ids=lambda r: f"{r['area']}-{r['category']}-{r['effective_from']}")
def test_every_vat_record_begins_and_ends_on_its_day(record: dict[str, str]) -> None:
    begins = date.fromisoformat(record["effective_from"])
    assert domestic_tax(record, begins) == due(record)
    if record["effective_to"]:
        assert domestic_tax(record, date.fromisoformat(record["effective_to"]) - timedelta(days=1)) == due(record)
    key = (record["area"], record["category"])
    earlier = [r for r in vat_records() if (r["area"], r["category"]) == key and r["effective_to"] == str(begins)]
    for other in earlier:
        assert domestic_tax(record, begins - timedelta(days=1)) == due(other) != due(record)
