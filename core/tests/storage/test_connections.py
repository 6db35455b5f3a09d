"""What every connection to a database is told."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from entrepot.storage.session import dialect_name, reader
from entrepot.testkit.small_shop import SmallShop


@pytest.mark.databases
@pytest.mark.covers("S2.31")
def test_a_process_that_froze_in_a_transaction_does_not_hold_its_locks_for_ever(shop: SmallShop) -> None:
    if dialect_name() == "postgresql":
        assert reader().execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "1min"
    else:
        assert reader().execute(text("PRAGMA busy_timeout")).scalar() == 10_000
