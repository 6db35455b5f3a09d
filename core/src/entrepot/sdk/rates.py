"""Sources of exchange rates: dated, with the name of who published them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import Unsupported
from entrepot.sdk.provider import Provider


@dataclass(frozen=True)
class ExchangeRate:
    """One unit of ``base`` is ``rate`` units of ``quote``, published for ``day`` by ``source``."""

    base: str
    quote: str
    rate: Decimal
    day: date
    source: str
    #: The first day on which it no longer counts, for rates fixed for a week or a month; None: until a newer one.
    until: date | None = None


class RateSource(Provider):
    """Base class of sources of exchange rates. The core stores what they publish and never changes a stored rate."""

    kind: ClassVar[str] = "rates"
    #: The name under which its rates are stored and shown: "ECB". Never change it: stored rates would be read again.
    source: ClassVar[str]

    def published(self, since: date) -> list[ExchangeRate]:
        """Rates for days after ``since``, oldest first; empty when there are none yet.

        It may answer a part, up to some day: it is asked again, from that day, until nothing newer comes. Raises
        ProviderUnavailable when the source cannot be reached. Days without rates are left out, never filled in.
        """
        raise Unsupported(self, "published")
