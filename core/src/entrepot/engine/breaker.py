"""The circuit breaker: a provider that keeps failing is left alone for a while, so that customers need not wait."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from entrepot.kernel.clock import Clock
from entrepot.kernel.records import dataclass

FAILURES_TO_OPEN = 5
PAUSE = timedelta(seconds=30)
Key = tuple[str, str]
"""(account id, operation)"""


@dataclass
class _Circuit:
    failures: int = 0
    opened_at: datetime | None = None
    trial_until: datetime | None = None


class Breaker:
    """Closed lets calls through; open refuses them; half-open, after a pause, lets one through to see.

    Kept in memory: each process learns on its own, and a restart forgets.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._circuits: dict[Key, _Circuit] = {}

    def seconds_to_wait(self, key: Key, trial: timedelta) -> int:
        """0 when the call may go ahead, else how long to wait. A trial without a report is over after ``trial``."""
        with self._lock:
            circuit = self._circuits.get(key)
            if circuit is None or circuit.opened_at is None:
                return 0
            now = self._clock.now()
            waits_until = max(circuit.opened_at + PAUSE, circuit.trial_until or circuit.opened_at)
            if now < waits_until:
                return max(1, int((waits_until - now).total_seconds()))
            circuit.trial_until = now + trial
            return 0

    def succeeded(self, key: Key) -> None:
        with self._lock:
            self._circuits.pop(key, None)

    def failed(self, key: Key) -> None:
        with self._lock:
            circuit = self._circuits.setdefault(key, _Circuit())
            circuit.failures += 1
            circuit.trial_until = None
            if circuit.failures >= FAILURES_TO_OPEN:
                circuit.opened_at = self._clock.now()

    def reset(self, account_id: str) -> None:
        """Let everything through again, after staff repaired the account."""
        with self._lock:
            for key in [key for key in self._circuits if key[0] == account_id]:
                del self._circuits[key]

    def states(self) -> dict[Key, str]:
        """ "closed", "open" or "half-open" per circuit that has seen a failure."""
        with self._lock:
            now = self._clock.now()
            return {key: _state(circuit, now) for key, circuit in self._circuits.items()}


def _state(circuit: _Circuit, now: datetime) -> str:
    if circuit.opened_at is None:
        return "closed"
    return "open" if now < circuit.opened_at + PAUSE else "half-open"
