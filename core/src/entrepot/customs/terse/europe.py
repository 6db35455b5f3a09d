"""Terse examples of the European Union, the United Kingdom, Norway, Switzerland and Turkey."""

from __future__ import annotations

from decimal import Decimal

from entrepot.customs.terse.parcels import (
    LAMP,
    MEANINGS,
    MEDICINE,
    T_SHIRT,
    WATCH,
    Json,
    base,
    charge,
    duty_of,
    expected,
    goods,
    wares,
)


def eu(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], dict(vector["expected"])
    vector = vector | {"destination": "DE" if vector["destination"] == "EU" else vector["destination"]}
    question = base(vector, "EUR", _eu_lines(given))
    if given.get("scheme") == "IOSS":
        question["registrations"] = {"IOSS": "IM2760000000"}
    question["freight"] = given.get("transport_shown_separately", question["freight"])
    collected_by, paid_by = wanted.pop("vat_collected_by", ""), wanted.pop("duty_paid_by", "")
    if "h7_allowed" in wanted:
        wanted["declarations"] = ["H7"] if wanted.pop("h7_allowed") else ["H1"]
    part = expected(wanted)
    if collected_by:
        is_ioss = "IOSS" in collected_by
        charge(
            part, "vat", **({"collector": "seller", "registration": "IOSS"} if is_ioss else {"collector": "carrier"})
        )
    if paid_by:
        charge(part, "customs-duty", collector=paid_by)
    return question, part


def _eu_lines(given: Json) -> list[Json]:
    if "lines" in given:
        return wares(given)
    whole, count = given.get("goods", "100.00"), given.get("distinct_hs6", 2 if "duty_eur" in given else 1)
    if count == 1:
        return wares({"goods": whole} | given)
    each = (Decimal(whole) / count).quantize(Decimal("0.01"))
    parts = [*[each] * (count - 1), Decimal(whole) - each * (count - 1)]
    kinds = (T_SHIRT, WATCH, LAMP, "640399", "420221", "950300", "392410", "820559")
    return [goods(str(part), hs, **duty_of(given)) for part, hs in zip(parts, kinds, strict=False)]


def gb(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], dict(vector["expected"])
    question = base(vector, "GBP", wares(given))
    question.setdefault("registrations", {"GB-VAT": "GB123456789"})
    is_by_seller = wanted.pop("vat_at_checkout", "seller" in wanted.pop("vat_collected_by", "seller"))
    part = expected(wanted)
    charge(part, "vat", at_checkout=is_by_seller)
    return question, part


def no(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], dict(vector["expected"])
    lines = [goods(str(item) if "." in str(item) else f"{item}.00", LAMP) for item in given["items"]]
    question = base(vector, "NOK", lines)
    if given.get("voec", True):
        question.setdefault("registrations", {"VOEC": "2000000"})
    return question, expected(wanted, MEANINGS | {"voec_items": "pieces.voec", "border_items": "pieces.border"})


def ch(vector: Json) -> tuple[Json, Json]:
    given = vector["input"]
    category = "reduced" if Decimal(given["vat_rate"]) < Decimal("0.05") else "standard"
    question = base(vector, "CHF", [goods(given["base_incl_freight_duty"], category=category)])
    meanings = MEANINGS | {"levied": "totals.tax"}
    wanted = {word.replace("computed_tax_0.05", "computed_tax"): value for word, value in vector["expected"].items()}
    return question, expected(wanted, meanings)


def tr(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], dict(vector["expected"])
    is_medicine = "medicine" in given["goods"]
    line = goods(f"{given['value_eur']}", MEDICINE if is_medicine else T_SHIRT, origin="DE")
    line |= {"attributes": ["prescription"]} if is_medicine else {}
    question = base(vector, "EUR", [line], ship_from="DE" if given.get("direct_from_eu") else "CN")
    is_simplified = wanted.pop("simplified", "flat_tax" in wanted)
    more: Json = {"regimes": ["simplified"]} if is_simplified else {"regimes": ["standard"], "state": "unknown"}
    return question, expected(wanted, MEANINGS | {"flat_tax": "totals.owed"}, **more)
