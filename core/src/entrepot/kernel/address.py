"""A postal address as the buyer wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from entrepot.kernel.records import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """Every field is text; which of them a country needs is the address form's business, not this value's."""

    country: str
    name: str = ""
    company: str = ""
    street: str = ""
    street2: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    phone: str = ""

    def lines(self) -> list[str]:
        """Non-empty lines in a neutral order, for texts without a country layout."""
        town = " ".join(part for part in (self.postcode, self.city) if part)
        parts = (self.name, self.company, self.street, self.street2, town, self.region, self.country)
        return [part for part in parts if part]

    def as_dict(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in _NAMES}

    @classmethod
    def from_dict(cls, values: Mapping[str, str]) -> Address:
        """From stored JSON; keys of a later version are ignored."""
        return cls(**{key: value for key, value in values.items() if key in _NAMES})


_NAMES = tuple(field.name for field in fields(Address))
