"""How often one address may try: counted in this process only, which is enough to stop guessing."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from flask import Flask, current_app

_MOST_ADDRESSES = 10_000
#: Guesses at somebody's order: so many in so many seconds.
TRIES, PER_SECONDS = 10, 600
_ORDER_FINDING = "entrepot.order_finding"


class RateLimit:
    """``allows`` counts a try and says whether it was one of the first ``most`` within the last ``per_seconds``."""

    def __init__(self, most: int, *, per_seconds: int) -> None:
        self._most = most
        self._window = timedelta(seconds=per_seconds)
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, who: str, now: datetime) -> bool:
        with self._lock:
            recent = self._tries.setdefault(who, deque())
            self._tries.move_to_end(who)
            if len(self._tries) > _MOST_ADDRESSES:
                self._tries.popitem(last=False)
            while recent and recent[0] <= now - self._window:
                recent.popleft()
            if len(recent) >= self._most:
                return False
            recent.append(now)
            return True


def install(app: Flask) -> None:
    """Begin to count for this app."""
    app.extensions[_ORDER_FINDING] = RateLimit(TRIES, per_seconds=PER_SECONDS)


def order_finding() -> RateLimit:
    """The limit on looking for an order by number and e-mail."""
    limit: RateLimit = current_app.extensions[_ORDER_FINDING]
    return limit
