"""Sources of stock: what a supplier or a warehouse says is there, numbered so that nothing counts twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import Unsupported
from entrepot.sdk.provider import Provider


@dataclass(frozen=True)
class StockEvent:
    """So many pieces of a SKU are there. A source says what is there, never what changed.

    ``sequence`` is the source's own number and grows: of two events about a SKU in a warehouse the one with the higher
    number counts, whichever arrives first, and an event that comes twice changes nothing.
    """

    sequence: int
    sku: str
    on_hand: int
    #: Code of the shop's warehouse; empty: the first active one.
    warehouse: str = ""


@dataclass(frozen=True)
class StockNews:
    """What a source had to say. ``as_of`` is the instant at which it was true there."""

    events: tuple[StockEvent, ...]
    as_of: datetime
    #: When the source is asked again.
    again_in: timedelta = timedelta(minutes=15)
    #: Staff are alerted when nothing has come for so long.
    stale_after: timedelta = timedelta(hours=4)
    #: Whether this is a part, and the next is to be asked for at once, from its highest sequence.
    more: bool = False


class StockSource(Provider):
    """Base class of sources of stock that are asked. Those that report by themselves use the REST API."""

    kind: ClassVar[str] = "stock"

    def pull(self, since: int) -> StockNews:
        """Events with a sequence above ``since``, lowest first; without any, ``as_of`` still says how fresh that is.

        A long answer may come in parts, see ``more``; events with the same sequence belong in the same part. Raises
        ProviderUnavailable when the source cannot be reached or read; never guess a number of pieces.
        """
        raise Unsupported(self, "pull")
