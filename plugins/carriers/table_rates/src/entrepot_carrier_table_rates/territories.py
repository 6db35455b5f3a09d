"""Groups of countries that a table may name, and which countries share one customs territory."""

from __future__ import annotations

from entrepot.sdk import COUNTRIES

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(_EU.split())

#: Names that a table may use in place of country codes.
GROUPS: dict[str, frozenset[str]] = {
    "EU": EU,
    "EEA": EU | {"IS", "LI", "NO"},
    "*": COUNTRIES,
}

#: Countries and overseas regions with a code of their own inside a larger customs territory.
_CUSTOMS_TERRITORIES: dict[str, frozenset[str]] = {
    # Union Customs Code, Regulation (EU) No 952/2013, article 4.
    "EU": EU | {"AX", "GF", "GP", "MC", "MF", "MQ", "RE", "YT"},
    # Customs union treaty of 29 March 1923.
    "CH": frozenset({"CH", "LI"}),
    # Crown dependencies in customs union with the United Kingdom.
    "GB": frozenset({"GB", "GG", "IM", "JE"}),
}


def customs_territory(country: str) -> str:
    """The customs territory that a country belongs to; most countries are one of their own."""
    return next((name for name, members in _CUSTOMS_TERRITORIES.items() if country in members), country)
