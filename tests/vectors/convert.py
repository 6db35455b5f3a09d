"""Turns the research's worked examples into the form that ``entrepot vectors`` plays; ids and sources stay.

    python tests/vectors/convert.py RESEARCH.json [ECB.csv] > tests/vectors/landed-cost.json

What an example leaves out (an HS code, who ships from where) is filled with something that its rule does not look at.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

Json = dict[str, Any]
T_SHIRT, WATCH, LAMP = "610910", "910211", "940521"
FX_SOURCE = "stated with the example"


def base(vector: Json, currency: str, **fields: Any) -> Json:
    """A parcel from China by courier, to the destination of the example."""
    country, _, region = vector["destination"].partition("-")
    to: Any = {"country": country, "region": region} if region else country
    return {"ship_from": "CN", "ship_to": to, "date": vector["as_of"], "currency": currency, "mode": "courier"} | fields


def goods(value: str, hs: str = T_SHIRT, **fields: Any) -> Json:
    return {"value": value, "quantity": 1, "hs": hs, "origin": "CN"} | fields


def rate(given: Json, pair: tuple[str, str], number: str) -> list[Json]:
    return [{"from": pair[0], "to": pair[1], "rate": number, "date": given["as_of"], "source": FX_SOURCE}]


def eu(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    vector = vector | {"destination": "DE" if vector["destination"] == "EU" else vector["destination"]}
    scheme = given.get("scheme", "")
    question = base(vector, "EUR", lines=eu_lines(given))
    if scheme == "IOSS":
        question["registrations"] = {"IOSS": "IM2760000000"}
    for field, name in (("shipping", "freight"), ("freight", "freight"), ("insurance", "insurance")):
        if field in given:
            question[name] = given[field]
    if "transport_shown_separately" in given:
        question["freight"] = given["transport_shown_separately"]
    return question, eu_expected(wanted)


def eu_lines(given: Json) -> list[Json]:
    if "lines" in given:
        lines = []
        for number, line in enumerate(given["lines"]):
            extra = {"tax_shown_separately": line["vat"]} if "vat" in line else {}
            quantity = line.get("qty", 1)
            hs = line.get("hs6", (T_SHIRT, LAMP)[number])
            lines.append(goods(line.get("goods", f"{quantity * 10}.00"), hs, quantity=quantity, **extra))
        return lines
    count = given.get("distinct_hs6", 2 if "duty_eur" in given else 1)
    duty = {"duty_rate": given["duty_rate"]} if "duty_rate" in given else {}
    whole = given.get("goods", "100.00")
    if count == 1:
        return [goods(whole, **duty)]
    half = str(Decimal(whole) / 2)
    return [goods(half, T_SHIRT), goods(half, WATCH)]


def eu_expected(wanted: Json) -> Json:
    expected: Json = {}
    totals: Json = {}
    for key, value in wanted.items():
        match key:
            case "intrinsic_value":
                expected.setdefault("values", {})["intrinsic"] = value
            case "customs_value_cif":
                expected.setdefault("values", {})["cif"] = value
            case "h7_allowed":
                expected["declarations"] = ["H7"] if value else ["H1"]
            case "duty_items" | "vat_on_duty":
                expected.setdefault("facts", {})[key] = value
            case "duty_eur" | "duty":
                totals["duty"] = value
            case "vat":
                totals["tax"] = value
            case "total":
                totals["landed"] = value
            case "vat_collected_by":
                who = {"collector": "seller", "registration": "IOSS"} if "IOSS" in value else {"collector": "carrier"}
                expected.setdefault("charges", {})["vat"] = who
            case "duty_paid_by":
                expected.setdefault("charges", {})["customs-duty"] = {"collector": value}
    return expected | ({"totals": totals} if totals else {})


def gb(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    duty = {"duty_rate": given["duty_rate"]} if "duty_rate" in given else {}
    lines = [goods(one["goods"]) for one in given["lines"]] if "lines" in given else [goods(given["goods"], **duty)]
    question = base(vector, "GBP", lines=lines, freight=given.get("shipping", given.get("freight")))
    question["registrations"] = {"GB-VAT": "GB123456789"}
    seller = "seller" in wanted.get("vat_collected_by", "seller")
    expected: Json = {"charges": {"vat": {"at_checkout": seller}}, "totals": {"tax": wanted["vat"]}}
    expected["totals"] |= {"duty": wanted["duty"]} if "duty" in wanted else {}
    expected["totals"] |= {"landed": wanted["total"]} if "total" in wanted else {}
    value = {"customs_value_cif": "cif", "consignment_intrinsic_value": "intrinsic"}
    expected |= {"values": {name: wanted[key] for key, name in value.items() if key in wanted}}
    return question, expected


def us(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    line = goods(given["entered_value"], origin=given.get("origin", "CN"))
    known = us_known_rates(given.get("layers", {}))
    question = base(vector, "USD", lines=[line | ({"known_rates": known} if known else {})])
    question["freight"] = "20.00" if wanted.get("freight_in_base") is False else "0.00"
    if given.get("channel") == "postal":
        question["mode"] = "post"
    if "entry" in given:
        question["options"] = {"entry": given["entry"]}
    expected: Json = {}
    if "duty" in wanted:
        expected["totals"] = {"duty": wanted["duty"]}
    if "rate" in wanted:
        expected["facts"] = {"duty_rate": wanted["rate"]}
    if "mpf" in wanted:
        expected["charges"] = {"mpf": {"amount": wanted["mpf"]}}
    return question, expected


def us_known_rates(layers: Json) -> Json:
    """The base rate is of the goods; the additional layers must come from the pack."""
    return {"duty": layers["MFN"]} if "MFN" in layers else {}


def ca(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    line = goods(given["vfd"], origin=given["shipped_from"], duty_rate=given["duty_rate"])
    question = base(vector, "CAD", ship_from=given["shipped_from"], mode=given["mode"], lines=[line])
    return question, {"totals": {"duty": wanted["duty"], "tax": wanted["tax"]}}


def au(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    duty = {"duty_rate": given["duty_rate"]} if "duty_rate" in given else {}
    question = base(vector, "AUD", lines=[goods(given["goods"], **duty)])
    question["freight"] = given.get("freight", given.get("shipping"))
    question["insurance"] = given.get("insurance", "0")
    if given.get("supplier_registered"):
        question["registrations"] = {"AU-GST": "123456789012"}
    fees = [{"code": code, "amount": wanted[code]} for code in ("idca", "disbursement") if code in wanted]
    expected: Json = {"totals": {"duty": wanted["duty"], "tax": wanted["gst"]}}
    if fees:
        question["carrier_fees"] = fees
        expected["values"] = {"cif": wanted["cif"]}
        charge = "import_processing_charge"
        expected["charges"] = {"import-processing-charge": {"amount": wanted[charge]}}
        expected["totals"]["landed"] = wanted["total"]
    if "total_excl_fees" in wanted:
        expected["totals"]["landed_without_fees"] = wanted["total_excl_fees"]
    if "collected_by" in wanted:
        expected["charges"] = {"gst": {"at_checkout": True, "collector": "seller"}}
    return question, expected


def nz(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    duty = {"duty_rate": given["duty_rate"]} if "duty_rate" in given else {}
    currency = given.get("currency", "NZD")
    question = base(vector, currency, lines=[goods(given["goods"], **duty)])
    question["freight"] = given.get("freight", given.get("shipping"))
    if currency != "NZD":
        question["rates"] = rate(vector, (currency, "NZD"), "1.60")
        question["registrations"] = {"NZ-GST": "123456789"}
    expected: Json = {"totals": {"tax": wanted["gst"]}}
    names = {"duty": "duty", "total": "landed", "total_excl_fees": "landed_without_fees"}
    expected["totals"] |= {name: wanted[key] for key, name in names.items() if key in wanted}
    return question, expected


def no(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    lines = [goods(item if "." in item else f"{item}.00", LAMP) for item in given["items"]]
    question = base(vector, "NOK", lines=lines, freight=given.get("shipping", "0"), registrations={"VOEC": "2000000"})
    pieces = {
        regime: wanted[key] for key, regime in (("voec_items", "voec"), ("border_items", "border")) if key in wanted
    }
    if pieces:
        return question, {"pieces": pieces}
    return question, {"totals": {"duty": wanted["duty"], "tax": wanted["vat"]}}


def ch(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    category = "standard" if given["vat_rate"] == "0.081" else "reduced"
    question = base(vector, "CHF", lines=[goods(given["base_incl_freight_duty"], category=category)])
    return question, {"facts": {"computed_tax": wanted["computed_tax_0.05"]}, "totals": {"tax": wanted["levied"]}}


def sg(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    question = base(vector, "SGD", lines=[goods(given["goods"])])
    question["freight"] = given.get("transport_insurance", given.get("shipping"))
    question["registrations"] = {"SG-OVR": "M90000000X"} if given["supplier_gst_registered"] else {}
    amount = next(
        (wanted[key] for key in ("import_gst", "gst_at_purchase") if isinstance(wanted.get(key), str)), "0.00"
    )
    gst: Json = {"amount": amount, "state": "known" if amount != "0.00" else "not_due"}
    if amount != "0.00":
        gst["at_checkout"] = not wanted["gst_at_import"]
    expected: Json = {"charges": {"gst": gst}}
    return question, expected | ({"values": {"cif": wanted["cif"]}} if "cif" in wanted else {})


def jp(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    in_dollars = "retail_usd" in given
    value = f"{given['retail_usd']}.00" if in_dollars else given["retail_jpy"]
    line = goods(value, "920290", duty_rate=given.get("duty_rate", "0"))
    question = base(vector, "USD" if in_dollars else "JPY", ship_from="US", lines=[line], options={"use": given["use"]})
    if in_dollars:
        question["rates"] = rate(vector, ("USD", "JPY"), given.get("fx", "110"))
    question["freight"] = f"{given['freight_insurance_usd']}.00" if "freight_insurance_usd" in given else "0"
    facts = {"taxable_value_usd": "taxable", "taxable_value_jpy": "taxable_value"}
    expected: Json = {
        "facts": {facts.get(k, k): v for k, v in wanted.items() if k in (*facts, "taxable_value", "ct_base")}
    }
    if wanted.get("exempt"):
        expected["totals"] = {"owed": "0"}
    names = {"ct_national": "ct-national", "ct_local": "ct-local", "duty": "customs-duty"}
    charges = {name: {"amount": wanted[key]} for key, name in names.items() if wanted.get(key)}
    expected |= {"charges": charges} if charges and wanted.get("total") != "0" else {}
    return question, expected | ({"totals": {"owed": wanted["total"]}} if "total" in wanted else {})


def kr(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    duty = {"duty_rate": given["duty_rate"]} if "duty_rate" in given else {}
    question = base(vector, "KRW", ship_from=given["shipped_from"])
    question["rates"] = rate(vector, ("USD", "KRW"), "1500")
    value = given.get("dutiable_value_krw", str(int(given["goods_usd"]) * 1500))
    question["lines"] = [goods(value, LAMP, origin=given["shipped_from"], **duty)]
    question["options"] = {"clearance": "list" if given.get("route") == "list clearance" else "declaration"}
    totals = {"duty": wanted["duty"], "tax": wanted["vat"]}
    totals |= {"owed": wanted["total"]} if "total" in wanted else {}
    return question, {"totals": totals, "charges": {"vat": {"state": "not_due" if wanted["exempt"] else "known"}}}


def cn(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    known = {name: given[key] for key, name in (("ct", "consumption-tax"), ("vat", "vat")) if key in given}
    duty = {"duty_rate": given["duty_rate"]} if "duty_rate" in given else {}
    line = goods(given.get("price_incl_freight", "1000.00"), "330499", origin="FR", known_rates=known, **duty)
    question = base(vector, "CNY", ship_from="FR", lines=[line | {"quantity": given.get("items", 1)}])
    question["options"] = {"channel": "cbec"}
    question["year_to_date"] = {"amount": given.get("ytd", "0"), "currency": "CNY"}
    if "composite_rate" in wanted:
        return question, {"facts": {"composite_rate": wanted["composite_rate"]}}
    if wanted.get("accepted") is False:
        regime = "cbec-over-transaction" if "5000" in wanted["reason"] else "cbec-over-year"
        return question, {"accepted": False, "regimes": [regime]}
    charges = {"consumption-tax": {"amount": wanted["consumption_tax"]}, "vat": {"amount": wanted["vat"]}}
    expected: Json = {"totals": {"duty": wanted["duty"], "owed": wanted["total_tax"]}, "charges": charges}
    counts = {"facts": {"counts_to_annual": given["price_incl_freight"]}} if wanted.get("counts_to_annual") else {}
    return question, expected | counts


def br(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    if "-" not in vector["destination"]:
        vector = vector | {"destination": "BR-SP"}
    question = base(vector, "USD", lines=[goods(given["customs_value_usd"], LAMP)])
    question["registrations"] = {"PRC": ""} if given["prc"] else {}
    charges = {"import-tax": {"amount": wanted["ii"]}, "icms": {"amount": wanted["icms"]}}
    return question, {"charges": charges, "totals": {"landed": wanted["total"]}}


def mx(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    line = goods(f"{given['customs_value_usd']}.00", LAMP, origin=given["origin"])
    question = base(vector, "USD", ship_from=given["origin"], lines=[line])
    question["options"] = {"preference": "USMCA" if given.get("usmca") else "none"}
    return question, {"totals": {"owed": wanted["tax"]}}


def india(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    question = base(vector, "INR", lines=[goods(f"{given['cif_inr']}.00", LAMP)])
    question["nature"] = "gift" if "gift" in given["regime"] else "sale"
    charges = {key: {"amount": wanted[key]} for key in ("bcd", "sws", "igst") if key in wanted}
    facts = {"effective_rate": wanted["effective"]}
    return question, {"charges": charges, "facts": facts, "totals": {"owed": wanted["total"]}}


def tr(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    is_medicine = "medicine" in given["goods"]
    line = goods(f"{given['value_eur']}.00", "300490" if is_medicine else T_SHIRT, origin="DE")
    line |= {"attributes": ["prescription"]} if is_medicine else {}
    question = base(vector, "EUR", ship_from="DE" if given.get("direct_from_eu") else "CN", lines=[line])
    if wanted.get("simplified") is False:
        return question, {"regimes": ["standard"], "state": "unknown"}
    return question, {"regimes": ["simplified"], "totals": {"owed": wanted["flat_tax"]}}


def th(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    question = base(vector, "THB", lines=[goods(f"{given['cif_thb']}.00", LAMP, duty_rate=given["duty_rate"])])
    return question, {"totals": {"duty": wanted["duty"], "tax": wanted["vat"]}}


def money(text: str) -> Json:
    amount, currency = text.split()
    return {"amount": amount, "currency": currency}


def allocation(vector: Json, ecb: Path | None) -> tuple[Json, Json]:
    given = vector["input"]
    return money(given["allocate"]) | {"ratios": given["ratios"]}, vector["expected"]


def conversion(vector: Json, ecb: Path | None) -> tuple[Json, Json]:
    given = vector["input"]
    question = money(given["amount"]) | {"to": given["to"], "date": vector["as_of"]}
    return question | {"rates": ecb_rates(ecb, vector["as_of"], {question["currency"], given["to"]})}, vector[
        "expected"
    ]


def ecb_rates(ecb: Path | None, day: str, currencies: set[str]) -> list[Json]:
    """The last five days of the ECB's table up to the day, for these currencies."""
    if ecb is None:
        raise SystemExit("Name the ECB's table as second argument: the examples FX-… need it.")
    with ecb.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Date"] <= day]
    latest = sorted(rows, key=lambda row: row["Date"])[-5:]
    return [
        {"from": "EUR", "to": code, "rate": row[code], "date": row["Date"], "source": "Source: ECB statistics"}
        for row in latest
        for code in sorted(currencies - {"EUR"})
    ]


def cash(vector: Json, ecb: Path | None) -> tuple[Json, Json]:
    return money(vector["input"]["total"]), vector["expected"]


def settlement(vector: Json, ecb: Path | None) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    share, _, fixed = given["fee"].partition(" + ")
    names = {"receivable_booked": "receivable", "fee_eur": "fee", "net_eur": "net", "payout_usd": "payout"}
    question = money(given["order"]) | {key: given[key] for key in ("booked_rate", "settle_rate", "book_currency")}
    question |= {"fee_share": str(Decimal(share.rstrip("%")) / 100), "fee_fixed": fixed.split()[0]}
    return question, {names.get(key, key): value for key, value in wanted.items()}


def refunded(vector: Json, ecb: Path | None) -> tuple[Json, Json]:
    given, wanted = vector["input"], vector["expected"]
    question = money(given["refund"]) | {key: given[key] for key in ("booked_rate", "rate_at_refund")}
    expected = {key.removesuffix("_usd"): value.split()[0] for key, value in wanted.items()}
    return question | {"book_currency": "USD"}, expected


def digest(vector: Json, ecb: Path | None) -> tuple[Json, Json]:
    return {"message": vector["input"]["text"]}, vector["expected"]


def s10(vector: Json, ecb: Path | None) -> tuple[Json, Json]:
    return vector["input"], vector["expected"]


ASSESSED: dict[str, Callable[[Json], tuple[Json, Json]]] = {
    "EU": eu, "GB": gb, "US": us, "CA": ca, "AU": au, "NZ": nz, "NO": no, "CH": ch, "SG": sg, "JP": jp, "KR": kr,
    "CN": cn, "BR": br, "MX": mx, "IN": india, "TR": tr, "TH": th,
}  # fmt: skip
OTHERS: dict[str, tuple[str, Callable[[Json, Path | None], tuple[Json, Json]]]] = {
    "MO": ("money.allocate", allocation),
    "FX": ("fx.convert", conversion),
    "CASH": ("money.cash", cash),
    "SET": ("fx.settle", settlement),
    "REF": ("fx.refund", refunded),
    "DOC": ("message.digest", digest),
    "S10": ("post.s10", s10),
}


def convert(vector: Json, ecb: Path | None = None) -> Json:
    """One example in the form of ``entrepot vectors``."""
    prefix = vector["id"].partition("-")[0]
    if prefix in OTHERS:
        kind, make = OTHERS[prefix]
        question, expected = make(vector, ecb)
    else:
        kind, (question, expected) = "assess", ASSESSED[prefix](vector)
    kept = {key: vector[key] for key in ("status", "source", "note") if vector.get(key)}
    return {"id": vector["id"], "kind": kind, **kept, "input": question, "expected": expected}


def lacks_its_message(vector: Json) -> bool:
    """A digest can only be played with the message itself, given as ``text``; the published one names real people."""
    return vector["id"].startswith("DOC") and "text" not in vector["input"]


def main(arguments: list[str]) -> None:
    research = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    ecb = Path(arguments[1]) if len(arguments) > 1 else None
    converted = [convert(vector, ecb) for vector in research if not lacks_its_message(vector)]
    sys.stdout.write(json.dumps(converted, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
