"""Terse examples of the United States, Canada, Brazil and Mexico."""

from __future__ import annotations

from entrepot.customs.terse.parcels import LAMP, MEANINGS, Json, base, expected, goods, wares

#: Layers that depend on the goods, by the words of examples. Layers for all goods of an origin come from the pack.
_LAYERS_OF_GOODS = {"MFN": "duty", "301": "section-301-china", "301-4A": "section-301-china", "232": "section-232"}


def us(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], dict(vector["expected"])
    layers = given.get("layers", {})
    known = {_LAYERS_OF_GOODS[word]: share for word, share in layers.items() if word in _LAYERS_OF_GOODS}
    line = goods(given["entered_value"], origin=given.get("origin", "CN"), known_rates=known)
    question = base(vector, "USD", [line], mode="post" if given.get("channel") == "postal" else "courier")
    if wanted.pop("freight_in_base", None) is False:
        question["freight"] = "20.00"
    if "entry" in given:
        question["options"] = {"entry": given["entry"]} | question.get("options", {})
    return question, expected(wanted)


def ca(vector: Json) -> tuple[Json, Json]:
    given = vector["input"]
    lines = [{**line, "origin": given.get("shipped_from", "CN")} for line in wares(given, "vfd")]
    return base(vector, "CAD", lines), expected(vector["expected"])


def br(vector: Json) -> tuple[Json, Json]:
    given = vector["input"]
    if "-" not in vector["destination"]:
        vector = vector | {"destination": "BR-MG" if given.get("icms") == "0.20" else "BR-SP"}
    question = base(vector, "USD", [goods(given["customs_value_usd"], LAMP)])
    if given.get("prc"):
        question["registrations"] = {"PRC": ""}
    return question, expected(
        vector["expected"], MEANINGS | {"ii": "charges.import-tax.amount", "icms": "charges.icms.amount"}
    )


def mx(vector: Json) -> tuple[Json, Json]:
    given = vector["input"]
    line = goods(given["customs_value_usd"], LAMP, origin=given.get("origin", "CN"))
    question = base(vector, "USD", [line], ship_from=given.get("origin", "CN"))
    question.setdefault("options", {"preference": "USMCA" if given.get("usmca") else "none"})
    return question, expected(vector["expected"], MEANINGS | {"tax": "totals.owed", "total": "totals.landed"})
