"""./dev race: buyers in real processes race for too few pieces; afterwards the tables are asked from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from judges.invariants import breaches, orders_of
from judges.place import fresh_store, parser, say
from support.store import StoreOnDisk, add_product

PROCESSES = 4
PREPARE_SECONDS = 600
RACER = """
import json, sys, threading
sys.path.insert(0, sys.argv[1])
from support.buyer import Buyer

url, slugs, coupon = sys.argv[2], sys.argv[3].split(","), sys.argv[4]
first, count = int(sys.argv[5]), int(sys.argv[6])
buyers = [Buyer(url) for _ in range(count)]
for number, buyer in enumerate(buyers, start=first):
    for slug in slugs if number % 2 else reversed(slugs):
        buyer.put_into_cart(slug)
    if coupon:
        buyer.get("/cart")
        buyer.submit("/cart/coupon", code=coupon)
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


def race(url: str, slug: str, buyers: int, *, coupon: str = "") -> list[tuple[str, int]]:
    """(last path, status) of every buyer: all stand at the last screen, then all press the button.

    ``slug`` may be several with commas between them: every other buyer puts them into the cart the other way round.
    """
    shares = [buyers // PROCESSES + (number < buyers % PROCESSES) for number in range(PROCESSES)]
    firsts = [sum(shares[:number]) for number in range(PROCESSES)]
    here = str(Path(__file__).resolve().parents[1])
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, here, url, slug, coupon, str(first), str(share)],
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


def run(database: str, seed: int, buyers: int, units: int, kind: str = "pieces") -> list[str]:
    """One race; sentences about what went wrong."""
    started = time.monotonic()
    with fresh_store(database) as store:
        goods, coupon = KINDS[kind](store, units)
        with store.served(workers=2) as server:
            outcomes = race(server.url, goods, buyers, coupon=coupon)
        won = [path.rsplit("/", 1)[1] for path, status in outcomes if status == 200 and path.startswith("/order/")]
        errors = [(path, status) for path, status in outcomes if status >= 500 or status == 0]
        found = breaches(store.database_url, acknowledged=won)
        orders = orders_of(store.database_url)
    expected = min(buyers, units)
    if not len(won) == orders == expected:
        found.append(f"{len(won)} buyers won, {orders} orders exist, {expected} were possible")
    found += [f"a buyer met an error: {error}" for error in errors[:5]]
    took = f"{time.monotonic() - started:.0f} s"
    say(f"{database} seed {seed}: {buyers} buyers, {units} {kind}: {orders} orders, {len(found)} breaches, {took}")
    return found


def _pieces(store: StoreOnDisk, units: int) -> tuple[str, str]:
    add_product(store, slug="lantern", stock=units)
    return "lantern", ""


def _pairs(store: StoreOnDisk, units: int) -> tuple[str, str]:
    """Two products in each cart, of which one is scarce."""
    add_product(store, slug="lantern", stock=units)
    add_product(store, slug="mug", stock=units + 5)
    return "lantern,mug", ""


def _coupons(store: StoreOnDisk, units: int) -> tuple[str, str]:
    """Goods for everybody, and a coupon that works so many times: nobody orders at a total that was not agreed to."""
    from entrepot.pricing.service import save_promotion

    add_product(store, slug="lantern", stock=10_000)
    with store.opened() as runtime:
        save_promotion(
            runtime,
            code="race",
            label={"en": "Race"},
            definition={"kind": "order_percent", "percent": "10"},
            coupon="RACE",
            usage_limit=units,
        )
    return "lantern", "RACE"


#: {what buyers race for: (goods, coupon) of a store that has so many}
KINDS: dict[str, Callable[[StoreOnDisk, int], tuple[str, str]]] = {
    "pieces": _pieces,
    "pairs": _pairs,
    "coupons": _coupons,
}


def main() -> int:
    options = parser("race", "Buyers race for too few pieces.")
    options.add_argument("--buyers", type=int, default=40)
    options.add_argument("--units", type=int, default=7)
    options.add_argument("--for", dest="kind", default="pieces", choices=KINDS, help="what there is too little of")
    chosen = options.parse_args()
    found = [
        breach
        for seed in range(chosen.seed, chosen.seed + chosen.seeds)
        for breach in run(chosen.database, seed, chosen.buyers, chosen.units, chosen.kind)
    ]
    say("\n".join(found) if found else "No breach.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
