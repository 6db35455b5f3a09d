"""Consignments to every installed pack, for what must hold whatever the law says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from entrepot.customs.assess import installed_packs
from entrepot.customs.engine.pack import Pack
from entrepot.customs.overlays import load

PACKS = {named.id: named for named in installed_packs()}
CURRENCIES = ("EUR", "USD", "GBP", "JPY", "KWD", "CNY")
#: Invented round rates from the euro, so that every pair of the packs can be converted.
FROM_EURO = {
    "USD": "1.1", "GBP": "0.85", "JPY": "160", "KWD": "0.34", "CNY": "7.5", "CHF": "0.95", "NOK": "11.5",
    "AUD": "1.6", "NZD": "1.8", "CAD": "1.5", "SGD": "1.45", "KRW": "1500", "BRL": "6", "MXN": "21", "INR": "100",
    "TRY": "50", "THB": "37", "AED": "4", "SAR": "4.1", "ZAR": "20", "PLN": "4.3", "SEK": "11", "DKK": "7.46",
    "CZK": "24.5", "HUF": "380", "RON": "5", "MYR": "4.7",
}  # fmt: skip


def rates(day: date) -> list[dict[str, str]]:
    fixed = {"from": "EUR", "date": day.isoformat(), "source": "invented"}
    return [fixed | {"to": currency, "rate": rate} for currency, rate in FROM_EURO.items()]


def places(pack: Pack) -> list[dict[str, str]]:
    """Countries of the pack, with a region where the law asks for one."""
    found = []
    for country in sorted(pack.countries):
        regions = pack.regions(country)
        region = {"region": regions[0].code.partition("-")[2]} if regions else {}
        found.append({"country": country, **region})
    return found


def schemes(pack: Pack) -> list[str]:
    """Every registration that the pack asks for, with its places filled by the first region or country."""
    named = {regime.registration for regime in pack.regimes} | {s.registration for r in pack.regimes for s in r.steps}
    for regime in pack.regimes:
        named |= set(_registrations(regime.when))
        named |= {name for step in regime.steps for name in _registrations(step.when)}
    place = places(pack)[0]
    area = f"{place['country']}-{place['region']}" if "region" in place else place["country"]
    filled = {name.replace("{area}", area).replace("{country}", place["country"]) for name in named if name}
    return sorted(name for name in filled if not name.startswith("@"))


def _registrations(conditions: Any) -> Iterator[str]:
    for table in conditions:
        for name, given in table.items():
            if name in ("registration", "registration_not"):
                yield from given if isinstance(given, list) else [given]
            elif name in ("any_of", "none_of"):
                yield from _registrations(given)


def options(pack: Pack) -> dict[str, list[str]]:
    return {name: sorted(option.values) for name, option in pack.options.items()}


def basket(pack: Pack, day: date, *, minor_value: str = "100.00", **fields: Any) -> dict[str, Any]:
    """A T-shirt and a watch whose rates are stated, so that only the law can make the answer unknown."""
    goods: Mapping[str, Any] = {"origin": "CN", "weight_g": 400, "quantity": 2, "duty_rate": "0.1"}
    lines = [{"value": minor_value, "hs": hs} | goods for hs in ("610910", "910211")]
    where = {"ship_from": "CN", "ship_to": places(pack)[-1], "date": day.isoformat(), "currency": "EUR"}
    chosen = {name: values[0] for name, values in options(pack).items()}
    more = {"mode": "courier", "rates": rates(day), "freight": "10.00", "options": chosen, "established_in": "CN"}
    return where | more | {"lines": lines} | fields


def loaded(pack_id: str) -> Pack:
    return load(PACKS[pack_id])
