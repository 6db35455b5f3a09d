"""Sources of exchange rates: dated, with the name of who published them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

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


class RateSource(Provider):
    """Base class of sources of exchange rates. The core stores what they publish and never changes a stored rate."""

    kind: ClassVar[str] = "rates"

    def published(self, since: date) -> Iterable[ExchangeRate]:
        """Every rate for days after ``since``, oldest first. Raises ProviderUnavailable when it cannot be reached."""
        raise Unsupported(self, "published")
