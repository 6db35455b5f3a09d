"""Bad input is refused with the remedy, or answered with unknown; never with a number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entrepot.customs.assess import assess, assess_json
from entrepot.customs.engine.reading import AssessmentInvalid, read_consignment
from entrepot.customs.engine.writing import write_answer

from .baskets import PACKS
from .toy import asked, goods, pack, regime

DUTY = regime(
    '{ duty = "customs-duty", base = ["fob"], rate = "duty" },\n{ tax = "vat", base = ["fob"], rate = "vat" },'
)


def ask(tmp_path: Path, content: dict[str, Any]) -> dict[str, Any]:
    from entrepot.customs.engine.assessment import assess as assess_with

    toy = pack(tmp_path, DUTY, rates="duty,,,61,,,12,,,\nvat,,,,,,20,,,")
    return write_answer(assess_with(read_consignment(content), toy))


@pytest.mark.covers("G1", "G15")
@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (asked(goods(value="0")), "Every line has the value 0|not above zero"),
        (asked(goods(value="-5.00")), "not above zero"),
        (asked(goods(value=5.5)), "Write it as text"),
        (asked(goods(value="5.555")), "line 1, value"),
        (asked(goods(value="12,50")), "line 1, value"),
        (asked(goods(currency="USD")), "Convert it first, or assess apart"),
        (asked(goods(), currency="EURO"), "ISO 4217"),
        (asked(goods(weight_g=60_000_000)), "Write grams for the whole line"),
        (asked(goods(weight_g=-1)), "no whole number"),
        (asked(goods(value="9" * 30)), "no parcel is worth so much"),
        (asked(goods(value="9" * 18)), "no parcel is worth so much"),
        (asked(freight="9" * 4000), "no parcel is worth so much"),
        (asked(goods(quantity=0)), "no whole number"),
        (asked(goods(origin="XX")), "two letters of ISO 3166-1"),
        (asked(goods(duty_rate="12")), 'Write 12 % as "0.12"'),
        (asked(goods(duty_rate=0.12)), "Write it as text"),
        (asked(goods(colour="red")), "Unknown field colour"),
        (asked(goods(id="a"), goods(id="a")), "Two lines have the id 'a'"),
        (asked(ship_to="Atlantis"), "no country"),
        (asked(date="yesterday"), "Write a day like"),
        (asked(mode="pigeon"), "post, courier, sea"),
        (asked(discount="500.00"), "more than the goods are worth"),
        (asked(order_value="1.00"), "less than the goods"),
        (asked(freight="-1.00"), "not above zero"),
        (asked() | {"lines": []}, "lines is empty"),
        ([], "no JSON object"),
        (asked(rates=[{"from": "EUR", "to": "USD", "rate": "0", "date": "2026-01-01"}]), "above zero"),
    ],
)
def test_what_cannot_be_right_is_refused_with_the_remedy(tmp_path: Path, content: Any, remedy: str) -> None:
    with pytest.raises(AssessmentInvalid, match=remedy):
        ask(tmp_path, content)


@pytest.mark.covers("G1", "G15")
@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"hs": ""}, "no HS code"),
        ({"hs": "99"}, "is no HS code"),
        ({"hs": "770000"}, "is no HS code"),
        ({"hs": "6109101234567"}, "is no HS code"),
        ({"hs": "shirt"}, "is no HS code"),
        ({"hs": "420292"}, "Give duty_rate with line 1, or add the rate to your overlay"),
    ],
)
def test_what_is_missing_is_unknown_with_the_remedy(tmp_path: Path, line: dict[str, str], why: str) -> None:
    answer = ask(tmp_path, asked(goods(**line)))
    assert answer["charges"]["customs-duty"]["amount"] is None
    assert answer["totals"]["duty"] is None
    assert answer["totals"]["landed"] is None
    assert answer["incoterm"] == "DAP"
    assert any(why in finding["text"] for finding in answer["findings"])


@pytest.mark.parametrize("wanted", ["DDP", "DAP", ""])
def test_duties_paid_is_not_promised_while_something_is_unknown(tmp_path: Path, wanted: str) -> None:
    assert ask(tmp_path, asked(goods(hs=""), incoterm=wanted))["incoterm"] == "DAP"


@pytest.mark.parametrize("day", ["1999-12-31", "2019-12-31"])
def test_day_outside_every_rule_is_unknown(tmp_path: Path, day: str) -> None:
    answer = ask(tmp_path, asked(date=day))
    assert answer["state"] == "unknown"
    assert "has no rule for IS" in answer["findings"][0]["text"]


def test_destination_without_a_pack_names_what_to_install() -> None:
    with pytest.raises(AssessmentInvalid, match="No rule pack for IS is installed. Install one"):
        assess(read_consignment(asked()), ())


@pytest.mark.skipif("us" not in PACKS, reason="the pack us is not installed")
def test_region_that_does_not_exist_is_refused_with_the_list() -> None:
    with pytest.raises(AssessmentInvalid, match="'ZZ' is no region of US. Write one of: AK, AL"):
        assess_json(asked(ship_to={"country": "US", "region": "ZZ"}))
