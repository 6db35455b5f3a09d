"""What servers cost: processor time of a process and all that it started, as the kernel counts it."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def milliseconds(*roots: int) -> float:
    """Processor time of these processes and their descendants so far, those that have ended included."""
    ticks, children = _processes()
    found, waiting = 0, list(roots)
    while waiting:
        pid = waiting.pop()
        found += ticks.get(pid, 0)
        waiting += children[pid]
    return 1000 * found / _TICKS


def _processes() -> tuple[dict[int, int], dict[int, list[int]]]:
    """({pid: ticks}, {pid: children}) of everything that runs."""
    ticks: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:  # it ended while we looked
            continue
        pid = int(file.parent.name)
        children[int(fields[1])].append(pid)
        ticks[pid] = sum(int(field) for field in fields[11:15])  # own and of ended children, user and system
    return ticks, children
