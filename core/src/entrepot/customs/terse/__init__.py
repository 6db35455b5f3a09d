"""Worked examples as papers print them, a few words each, turned into the form that is played.

``{id, destination, as_of, input, expected}``: what an example leaves out (an HS code, who ships from where) is filled
with something that its rule does not look at, and what it expects is looked up in the answer by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from entrepot.customs.rules import EU_CUSTOMS_UNION
from entrepot.customs.terse import americas, asia_pacific, europe
from entrepot.customs.terse.parcels import Json
from entrepot.customs.terse.sums import SUMS

_PARCELS: Mapping[str, Callable[[Json], tuple[Json, Json]]] = {
    "GB": europe.gb, "NO": europe.no, "CH": europe.ch, "LI": europe.ch, "TR": europe.tr,
    "US": americas.us, "CA": americas.ca, "BR": americas.br, "MX": americas.mx,
    "AU": asia_pacific.au, "NZ": asia_pacific.nz, "SG": asia_pacific.sg, "JP": asia_pacific.jp,
    "KR": asia_pacific.kr, "CN": asia_pacific.cn, "IN": asia_pacific.india, "TH": asia_pacific.th,
}  # fmt: skip


def is_terse(vector: Mapping[str, Any]) -> bool:
    return "kind" not in vector and "as_of" in vector and isinstance(vector.get("input"), Mapping)


def written_out(vector: Json) -> Json:
    """The example in the form of ``entrepot vectors``; raises KeyError for a word that it needs and lacks."""
    kept = {key: vector[key] for key in ("id", "status", "source", "note", "expected") if vector.get(key)}
    given = vector["input"]
    word = next((word for word in SUMS if word in given), None)
    if word is not None:
        kind, write = SUMS[word]
        question, expected = write(given, vector["expected"], vector["as_of"])
        return {**kept, "kind": kind, "input": question, "expected": expected}
    question, expected = _parcel(vector)
    return {**kept, "kind": "assess", "input": question, "expected": expected}


def _parcel(vector: Json) -> tuple[Json, Json]:
    if "ship_from" in vector["input"]:
        return _in_full(vector)
    country = vector["destination"].partition("-")[0]
    is_eu = country == "EU" or country in EU_CUSTOMS_UNION
    write = europe.eu if is_eu else _PARCELS.get(country, asia_pacific.elsewhere)
    return write(vector)


def _in_full(vector: Json) -> tuple[Json, Json]:
    """An assessment whose destination and day stand beside it."""
    country, _, region = vector["destination"].partition("-")
    to = {"country": country, "region": region} if region else country
    return {"ship_to": to, "date": vector["as_of"]} | vector["input"], vector["expected"]
