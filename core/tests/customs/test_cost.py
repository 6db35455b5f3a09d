"""A pack that nobody asks costs an import of twenty lines: no record is read, and the engine is not even imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

from entrepot.customs import overlays

from .baskets import PACKS

PROGRAM = """
import sys
from importlib.metadata import entry_points
for point in entry_points(group="entrepot.plugins"):
    if point.name.startswith("customs-"):
        point.load()
print(sorted(name for name in sys.modules if name.startswith("entrepot.customs")))
"""


@pytest.mark.covers("G1")
def test_installed_packs_import_no_engine() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(not PACKS, reason="no pack is installed")
def test_records_are_read_by_the_first_question_and_once() -> None:
    named = next(iter(PACKS.values()))
    overlays._packaged.cache_clear()
    assert overlays._packaged.cache_info().misses == 0
    first, second = overlays.load(named), overlays.load(named)
    assert first is second
    assert overlays._packaged.cache_info().misses == 1
