"""./dev race: buyers in real processes race for too few pieces; afterwards the tables are asked from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from judges.invariants import breaches, orders_of
from judges.place import fresh_store, parser, say
from support.store import add_product

PROCESSES = 4
PREPARE_SECONDS = 600
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
outcomes = [["", 0]] * count

def race(number):
    try:
        page = buyers[number].place()
        outcomes[number] = [page.url.path, page.status_code]
    except Exception as error:
        outcomes[number] = [type(error).__name__, 0]

threads = [threading.Thread(target=race, args=(number,)) for number in range(count)]
[thread.start() for thread in threads]
[thread.join(120) for thread in threads]
print(json.dumps(outcomes))
"""


def race(url: str, slug: str, buyers: int) -> list[tuple[str, int]]:
    """(last path, status) of every buyer: all stand at the last screen, then all press the button."""
    shares = [buyers // PROCESSES + (number < buyers % PROCESSES) for number in range(PROCESSES)]
    firsts = [sum(shares[:number]) for number in range(PROCESSES)]
    here = str(Path(__file__).resolve().parents[1])
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, here, url, slug, str(first), str(share)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first, share in zip(firsts, shares, strict=True)
        if share
    ]
    try:
        for racer in racers:
            assert racer.stdout is not None
            if racer.stdout.readline() != "ready\n":
                raise SystemExit("A buyer did not reach the last screen; see the message above.")
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        answers = [racer.communicate(timeout=PREPARE_SECONDS)[0] for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.wait()
    return [(path, status) for answer in answers for path, status in json.loads(answer)]


def run(database: str, seed: int, buyers: int, units: int) -> list[str]:
    """One race; sentences about what went wrong."""
    started = time.monotonic()
    with fresh_store(database) as store:
        add_product(store, slug="lantern", stock=units)
        with store.served(workers=2) as server:
            outcomes = race(server.url, "lantern", buyers)
        won = [path.rsplit("/", 1)[1] for path, status in outcomes if status == 200 and path.startswith("/order/")]
        errors = [(path, status) for path, status in outcomes if status >= 500 or status == 0]
        found = breaches(store.database_url, acknowledged=won)
        orders = orders_of(store.database_url)
    expected = min(buyers, units)
    if not len(won) == orders == expected:
        found.append(f"{len(won)} buyers won, {orders} orders exist, {expected} were possible")
    found += [f"a buyer met an error: {error}" for error in errors[:5]]
    took = f"{time.monotonic() - started:.0f} s"
    say(f"{database} seed {seed}: {buyers} buyers, {units} pieces: {orders} orders, {len(found)} breaches, {took}")
    return found


def main() -> int:
    options = parser("race", "Buyers race for too few pieces.")
    options.add_argument("--buyers", type=int, default=40)
    options.add_argument("--units", type=int, default=7)
    chosen = options.parse_args()
    found = [
        breach
        for seed in range(chosen.seed, chosen.seed + chosen.seeds)
        for breach in run(chosen.database, seed, chosen.buyers, chosen.units)
    ]
    say("\n".join(found) if found else "No breach.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
