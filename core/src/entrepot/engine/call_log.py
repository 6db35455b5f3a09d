"""Call records: what was asked of providers, how long it took, how it ended. No bodies, no secrets."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from sqlalchemy import delete, insert

from entrepot.kernel.clock import Clock
from entrepot.kernel.records import dataclass
from entrepot.storage.session import in_unit_of_work, unit_of_work

KEEP = timedelta(days=30)
#: Records of questions that went well wait for others, so that pages which only read do not write.
_MOST_WAITING = 100
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CallRecord:
    """One row of ``provider_call``. ``outcome`` is "ok" or a ``ProviderError.code``."""

    account_id: str
    operation: str
    at: datetime
    milliseconds: int
    outcome: str
    error: str = ""
    idempotency_key: str = ""


class CallLog:
    """Writes records in short transactions of their own, after the call.

    Failures and calls that change something are written at once, together with all that waits. Successful questions
    wait for the next of those, for ``flush`` or until there are a hundred: a crash may lose that many, never one about
    money.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[CallRecord] = []

    def add(self, *records: CallRecord, at_once: bool) -> None:
        """Keep records; a database that cannot take them is logged and costs the caller nothing."""
        with self._lock:
            self._waiting += records
            due = at_once or len(self._waiting) >= _MOST_WAITING
        if due and not in_unit_of_work():
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            records, self._waiting = self._waiting, []
        if not records:
            return
        from entrepot.engine.models import ProviderCall

        try:
            with unit_of_work() as session:
                session.execute(insert(ProviderCall), [vars(record) for record in records])
        except Exception:
            _log.exception("%d call records could not be written", len(records))

    def forget_old(self) -> int:
        """Delete records older than a month; returns how many."""
        from entrepot.engine.models import ProviderCall

        with unit_of_work() as session:
            old = delete(ProviderCall).where(ProviderCall.at < self._clock.now() - KEEP)
            return int(session.execute(old).rowcount)  # type: ignore[attr-defined]
