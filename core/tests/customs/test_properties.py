"""What no combination of seller, terms, destination, goods and day may break."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.customs.assess import assess_json
from entrepot.kernel.currency import exponent

from .baskets import CURRENCIES, PACKS, loaded, options, places, rates, schemes

EXAMPLES = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CODES = ("", "610910", "910211", "330300", "220421", "850760", "490199", "640399", "99", "6109.10.00")
Asked = dict[str, Any]


@st.composite
def lines(draw: st.DrawFn, currency: str) -> Asked:
    minor = draw(st.integers(1, 5_000_000))
    line: Asked = {
        "value": str(Decimal(minor).scaleb(-exponent(currency))),
        "quantity": draw(st.integers(1, 9)),
        "hs": draw(st.sampled_from(CODES)),
        "weight_g": draw(st.sampled_from([None, 1, 250, 30_000])),
        "category": draw(st.sampled_from(["standard", "book", "food"])),
    }
    origin = draw(st.sampled_from(["", "CN", "DE", "US", "VN", "BR"]))
    rate = draw(st.sampled_from([None, "0", "0.065", "0.12"]))
    return line | ({"origin": origin} if origin else {}) | ({"duty_rate": rate} if rate else {})


@st.composite
def consignments(draw: st.DrawFn) -> Asked:
    pack = loaded(draw(st.sampled_from(sorted(PACKS))))
    currency = draw(st.sampled_from([*CURRENCIES, pack.currency]))
    day = date(2024, 6, 1) + timedelta(days=draw(st.integers(0, 1100)))
    chosen = {name: draw(st.sampled_from(values)) for name, values in options(pack).items()}
    freight = Decimal(draw(st.integers(0, 100_000))).scaleb(-exponent(currency))
    return {
        "ship_from": draw(st.sampled_from(["CN", "DE", "US", "GB", "JP"])),
        "ship_to": draw(st.sampled_from(places(pack))),
        "date": day.isoformat(),
        "currency": currency,
        "lines": draw(st.lists(lines(currency), min_size=1, max_size=4)),
        "freight": str(freight),
        "mode": draw(st.sampled_from([None, "post", "courier", "sea"])),
        "registrations": draw(st.lists(st.sampled_from([*schemes(pack), "NOBODY"]), unique=True, max_size=4)),
        "established_in": draw(st.sampled_from(["CN", "DE"])),
        "buyer": draw(st.sampled_from(["consumer", "business"])),
        "nature": draw(st.sampled_from(["sale", "sale", "gift"])),
        "incoterm": draw(st.sampled_from(["", "DDP", "DAP"])),
        "options": chosen if draw(st.booleans()) else {},
        "rates": rates(day) if draw(st.booleans()) else [],
        "year_to_date": draw(st.sampled_from([None, {"amount": "0", "currency": "CNY"}])),
    }


@pytest.mark.covers("G1", "G3")
@EXAMPLES
@given(consignments())
def test_no_tax_is_collected_twice(asked: Asked) -> None:
    answer = assess_json(asked)
    owed = [line for line in answer["lines"] if line["state"] == "known" and Decimal(line["amount"])]
    times = Counter((line["line_id"], line["code"]) for line in owed)
    assert [key for key, count in times.items() if count > 1] == []
    for line in owed:
        if line["kind"] == "tax" and line["collector"] == "seller":
            others = {other["collector"] for other in owed if _is_same_tax(line, other)}
            assert others == {"seller"}


def _is_same_tax(line: Asked, other: Asked) -> bool:
    return line["code"] == other["code"] and line["line_id"] == other["line_id"]


@pytest.mark.covers("G3")
@EXAMPLES
@given(consignments())
def test_duties_paid_is_promised_only_with_everything_collected(asked: Asked) -> None:
    answer = assess_json(asked)
    if answer["incoterm"] == "DDP":
        assert all(line["state"] != "unknown" for line in answer["lines"])
        assert [line for line in answer["lines"] if line["state"] == "known" and not line["at_checkout"]] == []
        assert Decimal(answer["totals"]["collected_at_border"]) == 0
    else:
        assert asked["incoterm"] != "DDP" or answer["state"] == "unknown"


@pytest.mark.covers("G1")
@EXAMPLES
@given(consignments())
def test_lines_sum_to_totals_in_every_currency(asked: Asked) -> None:
    answer = assess_json(asked)
    totals, digits = answer["totals"], exponent(asked["currency"])
    for kind, total in (("duty", "duty"), ("tax", "tax"), ("fee", "fees")):
        of_kind = [line for line in answer["lines"] if line["kind"] == kind]
        if any(line["state"] == "unknown" for line in of_kind):
            assert totals[total] is None
        elif of_kind:
            assert sum(Decimal(line["amount"]) for line in of_kind) == Decimal(totals[total])
    for line in answer["lines"]:
        assert line["amount"] is None or -Decimal(line["amount"]).as_tuple().exponent <= digits
    if totals["landed"] is not None:
        parts = [Decimal(totals[name]) for name in ("duty", "tax", "fees", "carrier_fees")]
        assert Decimal(answer["values"]["sales_price"]) + sum(parts) == Decimal(totals["landed"])
    goods = sum(Decimal(line["value"]) for line in asked["lines"])
    assert Decimal(answer["values"]["intrinsic"]) == goods
    assert Decimal(answer["values"]["cif"]) == goods + Decimal(asked["freight"])


@pytest.mark.covers("G1", "G15")
@EXAMPLES
@given(consignments())
def test_unknown_input_never_becomes_a_known_zero(asked: Asked) -> None:
    """Goods without an HS code and without a stated rate have no known duty, whatever else is said."""
    answer = assess_json(asked)
    doubtful = {
        str(number)
        for number, line in enumerate(asked["lines"], start=1)
        if line["hs"] in ("", "99") and "duty_rate" not in line
    }
    for line in answer["lines"]:
        if line["line_id"] in doubtful and line["kind"] == "duty":
            assert line["state"] == "unknown" or (line["state"] == "not_due" and _says_the_law(line)), line
        assert line["state"] != "unknown" or (line["amount"] is None and line["why"])


def _says_the_law(line: Asked) -> bool:
    """Nothing is due whatever the goods are, and a record says so."""
    return bool(line["why"]) and line["rule"]["id"].count("/") >= 2


@EXAMPLES
@given(consignments(), st.randoms(use_true_random=False))
def test_order_of_lines_and_earlier_answers_change_nothing(asked: Asked, random: Any) -> None:
    numbered = [line | {"id": str(number)} for number, line in enumerate(asked["lines"])]
    first = assess_json(asked | {"lines": numbered})
    for line in numbered:
        assess_json(asked | {"lines": [line]})
    shuffled = list(numbered)
    random.shuffle(shuffled)
    assert assess_json(asked | {"lines": shuffled}) == first


@pytest.mark.covers("G1")
@EXAMPLES
@given(consignments())
def test_merged_consignment_is_assessed_as_one(asked: Asked) -> None:
    """What two consignments owe apart says nothing about them together: limits are tested again."""
    doubled = asked | {"lines": [*asked["lines"], *asked["lines"]]}
    merged, apart = assess_json(doubled), assess_json(asked)
    assert Decimal(merged["values"]["intrinsic"]) == 2 * Decimal(apart["values"]["intrinsic"])
    treated = [id for treatment in merged["treatments"] for id in treatment["line_ids"]]
    assert len(treated) == len(set(treated))
    if len(treated) == len(doubled["lines"]):
        assert sum(merged["pieces"].values()) == sum(line["quantity"] for line in doubled["lines"])
