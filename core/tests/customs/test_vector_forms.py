"""Vectors in every form that is read: with input, as an assessment beside expected, terse as papers print them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from entrepot.customs.vectors import VectorInvalid, play, read_vectors

from .baskets import PACKS

PARCEL = {
    "ship_from": "CN",
    "ship_to": "DE",
    "date": "2026-08-01",
    "currency": "EUR",
    "mode": "courier",
    "lines": [{"value": "40.00", "hs": "610910", "origin": "CN"}],
}
RATE = {"from": "EUR", "to": "USD", "rate": "1.1", "date": "2026-01-02"}
OWED = {"totals": {"duty": "3.00", "tax": "8.17"}}
needs_eu = pytest.mark.skipif("eu" not in PACKS, reason="the pack eu is not installed")


def read(folder: Path, content: Any) -> list[Mapping[str, Any]]:
    (folder / "given.json").write_text(json.dumps(content), encoding="utf-8")
    return list(read_vectors(folder))


@needs_eu
@pytest.mark.covers("S1.37")
@pytest.mark.parametrize(
    "content",
    [
        [{"id": "A", "kind": "assess", "input": PARCEL, "expected": OWED}],
        {"id": "A", "input": PARCEL, "expected": OWED},
        {**PARCEL, "expected": OWED, "source": "arithmetic", "note": "3 + (40 + 3) x 19 %"},
        {"vectors": [{**PARCEL, "expected": OWED}]},
        [{**PARCEL, "expected": {"duty": "3", "vat": 8.17, "total": "51.17"}}],
    ],
    ids=["list", "one", "assessment-beside-expected", "under-vectors", "sums-by-name"],
)
def test_every_form_is_played(tmp_path: Path, content: Any) -> None:
    (vector,) = read(tmp_path, content)
    played = play(vector)
    assert played.passed, played


@needs_eu
def test_name_that_no_answer_knows_fails_rather_than_passes(tmp_path: Path) -> None:
    (vector,) = read(tmp_path, {**PARCEL, "expected": {"levy": "1.00"}})
    assert [one.path for one in play(vector).differences] == ["levy"]


def test_vector_without_an_id_is_told_by_file_and_place(tmp_path: Path) -> None:
    assert read(tmp_path, [{**PARCEL, "expected": {}}])[0]["id"] == "given-1"


@pytest.mark.parametrize("content", [[1], [{"id": "A", "input": {}}], {"expected": 3}])
def test_what_is_no_vector_is_refused_with_its_file(tmp_path: Path, content: Any) -> None:
    with pytest.raises(VectorInvalid, match=r"given\.json"):
        read(tmp_path, content)


TERSE: list[tuple[str, str, str, dict[str, Any], dict[str, Any]]] = [
    ("eu", "DE", "2026-08-01", {"scheme": "IOSS", "goods": "100.00", "shipping": "10.00", "distinct_hs6": 3},
     {"duty": "9.00", "vat": "20.90", "total": "139.90", "vat_collected_by": "seller(IOSS)"}),
    ("uk", "GB", "2026-08-01", {"goods": "135.01", "duty_rate": "0.04"}, {"duty": "5.40", "vat_at_checkout": False}),
    ("us", "US", "2026-08-01", {"entered_value": "80.00", "layers": {"MFN": "0.165", "301-4A": "0.075"}},
     {"rate": "0.365", "duty": "29.20"}),
    ("ca", "CA-NS", "2025-03-31", {"vfd": "100.00", "mode": "post", "duty_rate": "0"}, {"tax": "15.00"}),
    ("cn", "CN", "2026-08-01", {"price_incl_freight": "5000.01", "items": 2},
     {"accepted": False, "reason": "over 5000"}),
    ("br", "BR", "2026-01-10", {"customs_value_usd": "50.00", "prc": False, "icms": "0.17"},
     {"ii": "30.00", "total": "96.39"}),
    ("au", "AU", "2026-08-01",
     {"lines": [{"goods": "600.00", "duty_rate": "0.05"}, {"goods": "500.00", "duty_rate": "0"}]},
     {"duty": "30.00", "gst": "113.00"}),
    ("sg", "SG", "2026-08-01", {"goods": "400.00", "supplier_gst_registered": True}, {"gst_at_purchase": "36.00"}),
    ("ae", "AE", "2026-08-01", {"goods": "1000.00", "currency": "AED", "duty_rate": "0.05"},
     {"duty": "50.00", "vat": "52.50"}),
]  # fmt: skip


@pytest.mark.covers("G3")
@pytest.mark.parametrize(("pack", "to", "day", "given", "wanted"), TERSE, ids=[one[0] for one in TERSE])
def test_terse_example_is_written_out_and_played(
    pack: str, to: str, day: str, given: dict[str, Any], wanted: dict[str, Any]
) -> None:
    if pack not in PACKS:
        pytest.skip(f"the pack {pack} is not installed")
    vector = {"id": "T", "destination": to, "as_of": day, "input": given, "expected": wanted}
    played = play(vector)
    assert played.passed, played
    wrong = play(vector | {"expected": dict.fromkeys(wanted, "1.11")})
    assert len(wrong.differences) + bool(wrong.problem) >= 1


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"allocate": "10.00 KWD", "ratios": [1, 2]}, {"parts": ["3.333", "6.667"]}),
        ({"total": "10.02 CAD", "tender": "cash"}, {"payable": "10.00", "rounding_line": "-0.02"}),
        ({"serial": "00000000", "service": "RR", "country": "CN"}, {"item_id": "RR000000005CN"}),
        (
            {"amount": "10.00 EUR", "to": "USD", "rates": [RATE]},
            {"result": "11.00", "rate_date": "2026-01-02"},
        ),
    ],
    ids=["allocation", "cash", "s10", "exchange"],
)  # fmt: skip
def test_terse_sum_is_played_by_the_words_it_has(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    played = play({"id": "T", "destination": "-", "as_of": "2026-01-02", "input": given, "expected": wanted})
    assert played.passed, played


def test_digest_asks_for_the_message_itself() -> None:
    vector = {"id": "T", "destination": "-", "as_of": "-", "input": {"c14n": "1.0"}, "expected": {"digest_value": "x"}}
    assert "the message itself" in play(vector).problem
