"""Table rates: which row counts, what a broken table says, and tracking numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from entrepot.sdk import Address, ConfigInvalid, Context, DutyTerms, Money, Parcel, Rate, RateRequest
from entrepot_carrier_table_rates import entrepot_register_carriers, manifest
from entrepot_carrier_table_rates.config import TableRatesConfig
from entrepot_carrier_table_rates.mapping import step_for
from entrepot_carrier_table_rates.provider import TableRates
from entrepot_carrier_table_rates.s10 import check_digit
from entrepot_carrier_table_rates.table import parse_table

HEADER = "zone,countries,service,label,basis,up_to,price,currency,min_days,max_days,free_from"
TABLE = f"""{HEADER}
Germany,DE,standard,Standard|de=Standardversand|zh-Hans=标准配送,weight,2,4.90,EUR,1,3,80.00
Germany,DE,standard,,weight,10,7.90,EUR,1,3,80.00
Germany,DE,express,Express,weight,2,12.00,EUR,1,1,
# a comment of staff

EU,EU,standard,Standard,weight,2,9.90,EUR,3,6,
Alps,AT|CH,standard,Standard,weight,2,8.90,EUR,2,4,
US by value,US,air,Air,value,50,15.00,USD,5,9,
US by value,US,air,,value,,9.00,USD,5,9,200
World,*,economy,Economy,weight,1.5,19.00,EUR,7,21,
"""
GOODS = Money(2000, "EUR")
S10_VECTORS = Path(__file__).parents[5] / "shared/data/tracking-numbers/s10.json"


def carrier(table: str = TABLE, **settings: Any) -> TableRates:
    config = TableRatesConfig().load({"rates": table, **settings})
    return TableRates(cast(Context, SimpleNamespace(config=config)))


def quoted(
    country: str = "DE",
    *,
    grams: tuple[int, ...] = (500,),
    value: Money = GOODS,
    origin: str = "DE",
    locale: str = "en",
    table: str = TABLE,
) -> list[Rate]:
    request = RateRequest(
        origin=Address(origin),
        destination=Address(country),
        parcels=tuple(Parcel(weight) for weight in grams),
        goods_value=value,
        currency=value.currency,
        at=datetime(2026, 11, 21, tzinfo=UTC),
        locale=locale,
    )
    return carrier(table).rates(request)


def mistakes(table: str) -> str:
    with pytest.raises(ValidationError) as refused:
        TableRatesConfig().load({"rates": table})
    return "\n".join(cast(dict[str, list[str]], refused.value.messages)["rates"])


def test_manifest_and_hook_name_the_carrier() -> None:
    assert manifest.id == "carrier-table-rates"
    assert entrepot_register_carriers() == [TableRates]


@pytest.mark.covers("S1.40", "S1.41")
def test_every_service_of_the_zone_is_offered() -> None:
    assert [(rate.service, str(rate.price)) for rate in quoted()] == [
        ("standard", "EUR 4.90"),
        ("express", "EUR 12.00"),
    ]


@pytest.mark.parametrize(
    ("country", "price"), [("DE", "EUR 4.90"), ("AT", "EUR 8.90"), ("FR", "EUR 9.90"), ("JP", "EUR 19.00")]
)
def test_the_zone_that_names_the_country_most_closely_counts(country: str, price: str) -> None:
    assert str(quoted(country)[0].price) == price


@pytest.mark.parametrize(("grams", "price"), [(0, 490), (2000, 490), (2001, 790), (10_000, 790)])
def test_a_step_reaches_up_to_its_limit_inclusive(grams: int, price: int) -> None:
    assert quoted(grams=(grams,))[0].price == Money(price, "EUR")


def test_parcels_are_weighed_together() -> None:
    assert quoted(grams=(1500, 1500))[0].price == Money(790, "EUR")


@pytest.mark.parametrize(("country", "grams"), [("DE", 10_001), ("JP", 1501)])
def test_heavier_than_the_last_step_is_not_served(country: str, grams: int) -> None:
    assert quoted(country, grams=(grams,)) == []


def test_a_row_in_another_currency_is_not_offered() -> None:
    assert quoted("US")[0].price == Money(1900, "EUR")
    assert quoted("DE", value=Money(2000, "USD")) == []


@pytest.mark.parametrize(("minor", "price"), [(5000, 1500), (5001, 900), (19_999, 900), (20_000, 0)])
def test_by_value_and_free_from_look_at_what_the_goods_cost(minor: int, price: int) -> None:
    [rate] = quoted("US", value=Money(minor, "USD"))
    assert rate.price == Money(price, "USD")


def test_free_from_is_inclusive_and_told_in_the_reason() -> None:
    assert quoted(value=Money(7999, "EUR"))[0].price == Money(490, "EUR")
    free = quoted(value=Money(8000, "EUR"))[0]
    assert free.price.is_zero
    assert free.reason == "zone Germany, up to 2 kg, row 2, free from EUR 80.00"


@pytest.mark.covers("G9")
def test_the_reason_names_zone_step_and_row() -> None:
    assert [rate.reason for rate in quoted("US", value=Money(6000, "USD"))] == [
        "zone US by value, any value of goods, row 10"
    ]
    assert quoted("JP")[0].reason == "zone World, up to 1.5 kg, row 11"


@pytest.mark.parametrize(
    ("locale", "label"),
    [
        ("en", "Standard"),
        ("de", "Standardversand"),
        ("de-AT", "Standardversand"),
        ("zh-Hans-CN", "标准配送"),
        ("fr", "Standard"),
    ],
)
@pytest.mark.covers("S0.34")
def test_the_label_speaks_the_buyers_language(locale: str, label: str) -> None:
    assert quoted(locale=locale)[0].label == label


@pytest.mark.parametrize(
    ("origin", "country", "terms"),
    [
        ("DE", "FR", DutyTerms.NONE),
        ("DE", "MC", DutyTerms.NONE),
        ("DE", "CH", DutyTerms.DAP),
        ("CN", "DE", DutyTerms.DAP),
        ("CN", "CN", DutyTerms.NONE),
        ("CH", "LI", DutyTerms.NONE),
    ],
)
def test_duty_is_due_on_delivery_when_a_customs_border_is_crossed(origin: str, country: str, terms: DutyTerms) -> None:
    assert quoted(country, origin=origin)[0].duty_terms is terms


def test_tabs_and_semicolons_of_a_spreadsheet_are_read() -> None:
    row = "D,DE,standard,Standard,weight,2,4.90,EUR,1,3,"
    for separator in "\t;":
        table = f"{HEADER}\n{row}".replace(",", separator)
        assert quoted(table=table)[0].price == Money(490, "EUR")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            "D,DE,standard,S,weight,2,12.5O,EUR,,,",
            "Row 2, column price: '12.5O' is not an amount. Write it like 12.50.",
        ),
        (
            "D,DE,standard,S,weight,2,4.905,EUR,,,",
            "Row 2, column price: 4.905 has more decimals than EUR has (2). Round it.",
        ),
        ("D,DE,standard,S,weight,2,-1,EUR,,,", "Row 2, column price: '-1' is not an amount"),
        ("D,DE,standard,S,weight,2,1.5,JPY,,,", "Row 2, column price: 1.5 has more decimals than JPY has (0)"),
        ("D,DE,standard,S,weight,2,,EUR,,,", "Row 2, column price: the cell is empty. Fill it in."),
        ("D,DE,standard,S,weight,2 kg,4.90,EUR,,,", "Row 2, column up_to: '2 kg' is not a weight in kilograms"),
        ("D,DE,standard,S,weight,0.0001,4.90,EUR,,,", "to the gram at most"),
        ("D,DE,standard,S,value,abc,4.90,EUR,,,", "Row 2, column up_to: 'abc' is not an amount"),
        ("D,UK,standard,S,weight,2,4.90,EUR,,,", "Row 2, column countries: 'UK' is neither a country nor a group"),
        ("D,DE,Standard!,S,weight,2,4.90,EUR,,,", "Row 2, column service: 'Standard!' is not a service id"),
        ("D,DE,standard,S,volume,2,4.90,EUR,,,", "Row 2, column basis: 'volume' is not a basis"),
        ("D,DE,standard,S,weight,2,4.90,EURO,,,", "Row 2, column currency: 'EURO' is not an ISO 4217 currency code"),
        ("D,DE,standard,S|de,weight,2,4.90,EUR,,,", "Row 2, column label: 'de' is not a translation"),
        ("D,DE,standard,S,weight,2,4.90,EUR,few,,", "Row 2, column min_days: 'few' is not a number of days"),
        ("D,DE,standard,S,weight,2,4.90,EUR,5,3,", "Row 2, column max_days: 3 is less than min_days"),
        ("D,DE,standard,S,weight,2,4,90,EUR,1,3,80,00", "Row 2: there are 13 cells and only 11 columns"),
    ],
)
@pytest.mark.covers("S0.59")
def test_a_mistake_names_row_column_and_remedy(row: str, told: str) -> None:
    assert told in mistakes(f"{HEADER}\n{row}")


def test_all_mistakes_are_told_at_once() -> None:
    told = mistakes(f"{HEADER}\nD,DE,a,S,weight,2,x,EUR,,,\nD,DE,a,S,weight,5,y,EUR,,,")
    assert "Row 2, column price" in told
    assert "Row 3, column price" in told


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ("D,AT,a,S,weight,5,5,EUR,,,", "Row 3, column countries: zone D has other countries in row 2"),
        ("D,DE,a,S,value,5,5,EUR,,,", "Row 3, column basis: a goes by weight in row 2"),
        ("D,DE,a,S,weight,2.0,5,EUR,,,", "Row 3, column up_to: row 2 has the same limit"),
    ],
)
def test_rows_that_contradict_each_other_are_refused(second: str, told: str) -> None:
    assert told in mistakes(f"{HEADER}\nD,DE,a,S,weight,2,4,EUR,,,\n{second}")


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("  \n", "The table is empty"),
        (HEADER, "no rows"),
        ("zone,price\nD,4", "is missing"),
        (f"{HEADER},vat\nD", "vat is unknown"),
    ],
)
def test_a_table_without_header_or_rows_says_what_to_paste(table: str, told: str) -> None:
    assert told in mistakes(table)


def test_a_table_that_was_stored_broken_is_a_typed_error() -> None:
    broken = TableRates(
        cast(Context, SimpleNamespace(config={"rates": "nonsense", "tracked": True, "tracking_url": ""}))
    )
    with pytest.raises(ConfigInvalid, match="cannot be used") as refused:
        broken.check()
    assert "rates" in refused.value.fields


def test_the_order_of_rows_does_not_matter_for_steps() -> None:
    header, *rows = [line for line in TABLE.splitlines() if line.startswith(("zone", "Germany,DE,standard"))]
    assert quoted(table="\n".join([header, *reversed(rows)]))[0].price == Money(490, "EUR")


@given(grams=st.integers(0, 20_000))
def test_a_heavier_parcel_never_costs_less(grams: int) -> None:
    [service] = [service for service in parse_table(TABLE)[0].services if service.id == "standard"]

    def price(weight: int) -> int:
        step = step_for(service, cast(RateRequest, SimpleNamespace(weight_g=weight)))
        return step.price.minor if step else 10**9

    assert price(grams) <= price(grams + 1)


@pytest.mark.covers("S1.42")
def test_the_tracking_page_is_filled_in_for_plausible_numbers() -> None:
    page = carrier(tracking_url="https://carrier.example/{locale}/track?id={number}")
    assert page.tracking_url("RB 1234 56785 GB", "zh-Hans") == "https://carrier.example/zh-Hans/track?id=RB123456785GB"
    assert page.tracking_url("../../admin?x=1", "de") == ""
    assert carrier().tracking_url("RB123456785GB", "de") == ""


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert({number})",
        "http://c.example/{number}",
        "https://carrier.example/",
        "https://c.example/{number}{id}",
    ],
)
def test_a_tracking_page_that_cannot_work_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        TableRatesConfig().load({"rates": TABLE, "tracking_url": url})


@pytest.mark.parametrize(
    ("number", "taken"),
    [
        ("RB123456785GB", True),
        (" r b 1 2 3 4 5 6 7 8 5 c f ", True),
        ("RB123456786US", False),
        ("RB123456785XX", False),
        ("ABC-12345", True),
        ("   ", False),
    ],
)
@pytest.mark.covers("S1.22")
def test_a_postal_number_must_be_right_and_others_are_taken(number: str, taken: bool) -> None:
    assert carrier().accepts_tracking_number(number) is taken


@pytest.mark.parametrize(("serial", "digit"), [("00000000", 5), ("00000006", 2), ("10000001", 7), ("00000008", 0)])
def test_the_check_digit_has_two_special_cases(serial: str, digit: int) -> None:
    assert check_digit(serial) == digit


@pytest.mark.skipif(not S10_VECTORS.exists(), reason="the shared tracking numbers are not beside this checkout")
def test_published_tracking_numbers_are_told_apart() -> None:
    [kind] = json.loads(S10_VECTORS.read_text(encoding="utf-8"))["tracking_numbers"]
    accepts = carrier().accepts_tracking_number
    assert all(accepts(number) for number in kind["test_numbers"]["valid"])
    assert not any(accepts(number) for number in kind["test_numbers"]["invalid"])
