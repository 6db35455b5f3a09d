"""How often one address may try: counted in this process only, which is enough to stop guessing."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

_MOST_ADDRESSES = 10_000


class RateLimit:
    """How many tries within the last ``per_seconds`` an address has had, and whether they were ``most``."""

    def __init__(self, most: int, *, per_seconds: int) -> None:
        self._most = most
        self._window = timedelta(seconds=per_seconds)
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, who: str, now: datetime) -> bool:
        """Count a try; False when there were too many already."""
        with self._lock:
            recent = self._recent(who, now)
            if len(recent) >= self._most:
                return False
            recent.append(now)
            return True

    def is_spent(self, who: str, now: datetime) -> bool:
        """Whether no try is left; counts nothing."""
        with self._lock:
            return len(self._recent(who, now)) >= self._most

    def _recent(self, who: str, now: datetime) -> deque[datetime]:
        recent = self._tries.setdefault(who, deque())
        self._tries.move_to_end(who)
        if len(self._tries) > _MOST_ADDRESSES:
            self._tries.popitem(last=False)
        while recent and recent[0] <= now - self._window:
            recent.popleft()
        return recent
