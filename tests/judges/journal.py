"""What writers were promised: every acknowledgement is held against the shop afterwards."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Journal:
    """Shared by all writers. A mark is a text that names one act: in the shop's tables it stands once or never."""

    acts: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    #: {order token: total in minor units, None where the buyer was shown no amount}
    orders: dict[str, int | None] = field(default_factory=dict)
    #: {kind of act: marks that were acknowledged}
    marks: dict[str, set[str]] = field(default_factory=dict)
    #: What cannot be undone by waiting: two answers to one key, for example.
    breaches: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, token: str, total: int | None = None) -> None:
        with self._lock:
            self.acts["orders"] += 1
            self.orders[token] = self.orders.get(token) or total

    def done(self, kind: str, mark: str = "") -> None:
        with self._lock:
            self.acts[kind] += 1
            if mark:
                self.marks.setdefault(kind, set()).add(mark)

    def trouble(self, what: str) -> None:
        """A page or an answer that failed, as it may while processes die."""
        with self._lock:
            self.troubles[what] += 1

    def breach(self, what: str) -> None:
        with self._lock:
            self.breaches.append(what)

    def summary(self) -> str:
        acts = ", ".join(f"{count} {kind}" for kind, count in sorted(self.acts.items()))
        troubles = ", ".join(f"{count} × {what}" for what, count in sorted(self.troubles.items()))
        return f"acknowledged: {acts or 'nothing'}\n  failed meanwhile: {troubles or 'nothing'}"
