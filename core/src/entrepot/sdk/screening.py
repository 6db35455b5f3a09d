"""Denied-party screening: whether a name that buys stands on a list of people one may not trade with."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from entrepot.kernel.address import Address
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import Unsupported
from entrepot.sdk.provider import Provider


@dataclass(frozen=True)
class Party:
    """Who is screened: a buyer, a recipient or a supplier."""

    name: str
    company: str = ""
    address: Address | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in (self.name, self.company) if name)


@dataclass(frozen=True)
class ListMatch:
    """An entry that resembles the party. ``score`` is 1.0 for the same words; people decide, never the score alone."""

    listed_name: str
    entry: str
    programs: tuple[str, ...]
    list_name: str
    #: The day on which the list was published or fetched, so that an old list shows.
    list_date: date | None
    score: float
    remarks: str = ""


class PartyScreening(Provider):
    """Base class of denied-party screenings."""

    kind: ClassVar[str] = "screening"

    def screen(self, party: Party) -> list[ListMatch]:
        """Entries that resemble the party, the closest first; an empty list is a clear answer.

        Raises ProviderUnavailable when the list cannot be read: that is no clear answer.
        """
        raise Unsupported(self, "screen")
