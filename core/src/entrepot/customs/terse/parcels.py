"""What terse examples leave out, such as who ships what from where, and what they mean by their words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
T_SHIRT, WATCH, LAMP, PIANO, COSMETICS, MEDICINE = "610910", "910211", "940521", "920290", "330499", "300490"
STATED = "stated with the example"
#: Words of an example that an assessment has too; they go before what is filled in.
SAME_WORDS = (
    "mode", "options", "rates", "buyer", "nature", "registrations", "established_in", "order_value", "discount",
    "incoterm", "insurance", "freight",
)  # fmt: skip
#: Where in an answer the words of an example are found; a word that is not among them is looked up by its name.
MEANINGS: dict[str, str] = {
    "intrinsic_value": "values.intrinsic",
    "consignment_intrinsic_value": "values.intrinsic",
    "customs_value_cif": "values.cif",
    "cif": "values.cif",
    "duty": "totals.duty",
    "duty_eur": "totals.duty",
    "tax": "totals.tax",
    "vat": "totals.tax",
    "gst": "totals.tax",
    "total": "totals.landed",
    "total_excl_fees": "totals.landed_without_fees",
    "rate": "facts.duty_rate",
    "mpf": "charges.mpf.amount",
    "import_processing_charge": "charges.import-processing-charge.amount",
}


def base(vector: Json, currency: str, lines: list[Json], **fields: Any) -> Json:
    """A parcel from China by courier, to the destination of the example; what the example says itself goes before."""
    given = vector["input"]
    country, _, region = vector["destination"].partition("-")
    question: Json = {"ship_from": given.get("shipped_from", "CN"), "date": vector["as_of"], "currency": currency}
    question["ship_to"] = {"country": country, "region": region} if region else country
    question |= {"mode": "courier", "lines": lines, "freight": given.get("shipping", "0")} | fields
    return question | {word: given[word] for word in SAME_WORDS if word in given}


def goods(value: str, hs: str = T_SHIRT, **fields: Any) -> Json:
    return {"value": str(value), "quantity": 1, "hs": hs, "origin": "CN"} | fields


def wares(given: Json, word: str = "goods", hs: str = T_SHIRT) -> list[Json]:
    """The lines of an example, or its one value; goods that it does not name differ from line to line."""
    if "lines" in given:
        return [_ware(line, number) for number, line in enumerate(given["lines"])]
    return [goods(given[word], given.get("hs6", hs), **duty_of(given)) | _stated(given)]


def _ware(line: Json, number: int) -> Json:
    quantity = line.get("qty", 1)
    extra = {"tax_shown_separately": line["vat"]} if "vat" in line else {}
    hs = line.get("hs6", (T_SHIRT, LAMP, WATCH)[number % 3])
    return goods(line.get("goods", f"{quantity * 10}.00"), hs, quantity=quantity, **extra, **duty_of(line)) | _stated(
        line
    )


def _stated(given: Json) -> Json:
    return {word: given[word] for word in ("origin", "weight_g", "category", "attributes") if word in given}


def duty_of(given: Json) -> Json:
    return {"duty_rate": given["duty_rate"]} if "duty_rate" in given else {}


def rate(vector: Json, pair: tuple[str, str], number: str) -> list[Json]:
    return [{"from": pair[0], "to": pair[1], "rate": number, "date": vector["as_of"], "source": STATED}]


def expected(wanted: Json, meanings: Mapping[str, str] = MEANINGS, **more: Any) -> Json:
    """What the words mean, as a part of an answer; ``more`` is put in as it is."""
    part: Json = {}
    for word, value in wanted.items():
        *path, last = meanings.get(word, word).split(".")
        inner = part
        for step in path:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return part | more


def charge(part: Json, code: str, **fields: Any) -> None:
    """Expect this of a charge, beside what is expected of it already."""
    part.setdefault("charges", {}).setdefault(code, {}).update(fields)
