"""Forty buyers race for seven pieces: real processes, a running server, both databases."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from support.store import add_product, make_store

BUYERS, PIECES, PROCESSES = 40, 7, 4
RACER = """
import json, sys, threading
sys.path.insert(0, sys.argv[1])
from support.buyer import Buyer

url, slug, first, count = sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
buyers = [Buyer(url) for _ in range(count)]
for number, buyer in enumerate(buyers, start=first):
    buyer.put_into_cart(slug)
    buyer.give_address(f"buyer{number}@example.com")
    buyer.choose_delivery()
print("ready", flush=True)
sys.stdin.readline()
outcomes = [None] * count

def race(number):
    page = buyers[number].place()
    outcomes[number] = [page.status_code, page.url.path]

threads = [threading.Thread(target=race, args=(number,)) for number in range(count)]
[thread.start() for thread in threads]
[thread.join(60) for thread in threads]
print(json.dumps(outcomes))
"""


@pytest.mark.databases
@pytest.mark.covers("S1.8", "S2.31")
def test_forty_buyers_of_seven_pieces_make_exactly_seven_orders(database_url: str, tmp_path: Path) -> None:
    store = make_store(tmp_path / "data", database_url)
    add_product(store, slug="lantern", stock=PIECES)
    with store.served(workers=2) as server:
        outcomes = _race(server.url, "lantern")
    won = [path for status, path in outcomes if status == 200 and path.startswith("/order/")]
    assert len(outcomes) == BUYERS
    assert [status for status, _ in outcomes if status >= 500] == []
    assert len(won) == PIECES
    assert _tables(store) == {"orders": PIECES, "on_hand": PIECES, "reserved": PIECES}


def _race(url: str, slug: str) -> list[tuple[int, str]]:
    """Every buyer stands at the last screen; then all press the button."""
    share = BUYERS // PROCESSES
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(Path(__file__).parent), url, slug, str(number * share), str(share)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        answers = [racer.communicate(timeout=120)[0] for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.wait()
    return [tuple(outcome) for answer in answers for outcome in json.loads(answer)]


def _tables(store: object) -> dict[str, int]:
    from entrepot.inventory.models import StockLevel
    from entrepot.orders.models import Order
    from entrepot.storage.session import reader

    with store.opened():  # type: ignore[attr-defined]
        level = reader().execute(select(StockLevel.on_hand, StockLevel.reserved)).one()
        orders = reader().execute(select(func.count()).select_from(Order)).scalar_one()
        return {"orders": orders, "on_hand": level.on_hand, "reserved": level.reserved}
