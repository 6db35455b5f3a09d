"""Terse examples of Asia, Australia and New Zealand, and of countries whose words are the common ones."""

from __future__ import annotations

from entrepot.customs.terse.parcels import (
    COSMETICS,
    LAMP,
    MEANINGS,
    PIANO,
    Json,
    base,
    charge,
    duty_of,
    expected,
    goods,
    rate,
    wares,
)


def au(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], dict(vector["expected"])
    question = base(vector, "AUD", wares(given))
    if given.get("supplier_registered"):
        question["registrations"] = {"AU-GST": "123456789012"}
    fees = [{"code": code, "amount": wanted.pop(code)} for code in ("idca", "disbursement") if code in wanted]
    if fees:
        question["carrier_fees"] = fees
    collected_by = wanted.pop("collected_by", "")
    part = expected(wanted)
    if collected_by:
        is_sale = "seller" in collected_by
        charge(part, "gst", at_checkout=is_sale, collector="seller" if is_sale else "carrier")
    return question, part


def nz(vector: Json) -> tuple[Json, Json]:
    """Given in another currency, or with shipping, it is the sale of a registered supplier."""
    given = vector["input"]
    currency = given.get("currency", "NZD")
    question = base(vector, currency, wares(given))
    if currency != "NZD":
        question.setdefault("rates", rate(vector, (currency, "NZD"), "1.60"))
    if currency != "NZD" or given.get("supplier_registered"):
        question["registrations"] = {"NZ-GST": "123456789"}
    return question, expected(vector["expected"])


def sg(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], dict(vector["expected"])
    freight = given.get("transport_insurance", given.get("shipping", "0"))
    question = base(vector, "SGD", wares(given), freight=freight)
    if given["supplier_gst_registered"]:
        question["registrations"] = {"SG-OVR": "M90000000X"}
    at_sale, at_import = wanted.pop("gst_at_purchase", False), wanted.pop("gst_at_import", False)
    amount = next((one for one in (wanted.pop("import_gst", None), at_sale) if isinstance(one, str)), None)
    part = expected(wanted)
    is_due = bool(at_sale) or bool(at_import)
    charge(part, "gst", state="known" if is_due else "not_due", **({"amount": amount} if amount else {}))
    if is_due:
        charge(part, "gst", at_checkout=not at_import)
    return question, part


def jp(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], dict(vector["expected"])
    in_dollars = "retail_usd" in given
    line = goods(given["retail_usd" if in_dollars else "retail_jpy"], PIANO, duty_rate=given.get("duty_rate", "0"))
    question = base(vector, "USD" if in_dollars else "JPY", [line], ship_from="US", options={"use": given["use"]})
    if in_dollars:
        question.setdefault("rates", rate(vector, ("USD", "JPY"), given.get("fx", "110")))
    question["freight"] = given.get("freight_insurance_usd", question["freight"])
    if wanted.pop("exempt", False) or wanted.get("total") == "0":
        wanted = {word: value for word, value in wanted.items() if word not in ("duty", "ct_national", "ct_local")}
        wanted["total"] = "0"
    meanings = {
        "taxable_value_usd": "facts.taxable",
        "taxable_value_jpy": "facts.taxable_value",
        "taxable_value": "facts.taxable_value",
        "ct_base": "facts.ct_base",
        "ct_national": "charges.ct-national.amount",
        "ct_local": "charges.ct-local.amount",
        "total": "totals.owed",
    }
    return question, expected(wanted, MEANINGS | meanings)


def kr(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], dict(vector["expected"])
    sender = given.get("shipped_from", "CN")
    won_a_dollar = given.get("fx", "1500")
    value = given.get("dutiable_value_krw", str(int(given["goods_usd"]) * int(won_a_dollar)))
    question = base(vector, "KRW", [goods(value, LAMP, origin=sender, **duty_of(given))])
    question.setdefault("rates", rate(vector, ("USD", "KRW"), won_a_dollar))
    question.setdefault("options", {"clearance": "list" if "list" in given.get("route", "") else "declaration"})
    is_exempt = wanted.pop("exempt", None)
    part = expected(wanted, MEANINGS | {"total": "totals.owed"})
    if is_exempt is not None:
        charge(part, "vat", state="not_due" if is_exempt else "known")
    return question, part


def cn(vector: Json) -> tuple[Json, Json]:
    given, wanted = vector["input"], dict(vector["expected"])
    known = {name: given[key] for key, name in (("ct", "consumption-tax"), ("vat", "vat")) if key in given}
    value, pieces = given.get("price_incl_freight", "1000.00"), given.get("items", 1)
    line = goods(value, COSMETICS, origin="FR", quantity=pieces, known_rates=known, **duty_of(given))
    question = base(vector, "CNY", [line], ship_from="FR")
    question.setdefault("options", {"channel": "cbec"})
    question["year_to_date"] = {"amount": given.get("ytd", "0"), "currency": "CNY"}
    if wanted.get("accepted") is False:
        regime = "cbec-over-transaction" if "5000" in wanted.pop("reason", "") else "cbec-over-year"
        return question, expected(wanted, regimes=[regime])
    if wanted.pop("counts_to_annual", False):
        wanted["facts.counts_to_annual"] = value
    meanings = {
        "vat": "charges.vat.amount",
        "consumption_tax": "charges.consumption-tax.amount",
        "composite_rate": "facts.composite_rate",
        "total_tax": "totals.owed",
    }
    return question, expected(wanted, MEANINGS | meanings)


def india(vector: Json) -> tuple[Json, Json]:
    given = vector["input"]
    question = base(vector, "INR", [goods(given["cif_inr"], LAMP)])
    question.setdefault("nature", "gift" if "gift" in given.get("regime", "") else "sale")
    codes = {code: f"charges.{code}.amount" for code in ("bcd", "sws", "igst")}
    return question, expected(
        vector["expected"], MEANINGS | codes | {"effective": "facts.effective_rate", "total": "totals.owed"}
    )


def th(vector: Json) -> tuple[Json, Json]:
    given = vector["input"]
    return base(vector, "THB", wares(given, "cif_thb", LAMP)), expected(vector["expected"])


def elsewhere(vector: Json) -> tuple[Json, Json]:
    """A country without words of its own: goods, freight, duty_rate, currency."""
    given = vector["input"]
    question = base(vector, given["currency"], wares(given, hs=LAMP))
    return question, expected(vector["expected"])
