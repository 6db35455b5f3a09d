"""./dev crash: buyers go on while web processes and worker are killed again and again, as by a power cut."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import httpx2

from judges.invariants import breaches, delivered, orders_of
from judges.place import fresh_store, parser, say
from support.buyer import Buyer
from support.store import ENTREPOT, StoreOnDisk, add_product

BUYERS = 8
GOODS = ("lantern", "mug", "blanket")
PIECES = 100_000
SETTLE_SECONDS = 60


class Group:
    """Web processes and a worker, started together and killed together."""

    def __init__(self, store: StoreOnDisk) -> None:
        self._store = store
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        commands = (["run", "--port", str(self._store.port), "--workers", "2"], ["worker"])
        with (self._store.data_dir / "group.log").open("ab") as log:
            self._running = [
                subprocess.Popen(
                    [ENTREPOT, *command],
                    env={**os.environ, **self._store.environment, "ENTREPOT_SAFE_MODE": "0"},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                for command in commands
            ]

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        for process in self._running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        for process in self._running:
            process.wait(timeout=30)

    def wait_ready(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(httpx2.HTTPError):
                if httpx2.get(f"http://127.0.0.1:{self._store.port}/healthz", timeout=2).status_code == 200:
                    return
            time.sleep(0.1)
        raise SystemExit(f"The shop did not come back. See {self._store.data_dir / 'group.log'}.")


class Crowd:
    """Buyers that never give up: an order counts as acknowledged once its page was shown."""

    def __init__(self, url: str, seed: int) -> None:
        self._url = url
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.acknowledged: set[str] = set()
        self.errors: list[str] = []
        self._threads = [threading.Thread(target=self._live, args=(seed * 1000 + number,)) for number in range(BUYERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(90)

    def _live(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self._stop.is_set():
            with suppress(httpx2.HTTPError, AssertionError), Buyer(self._url) as buyer:
                self._shop(buyer, chance)

    def _shop(self, buyer: Buyer, chance: random.Random) -> None:
        page = buyer.buy(chance.choice(GOODS), f"buyer{chance.randrange(10**6)}@example.com")
        if page.status_code == 200 and page.url.path.startswith("/order/"):
            with self._lock:
                self.acknowledged.add(page.url.path.rsplit("/", 1)[1])
            if chance.random() < 0.3:
                buyer.submit("/cancel")
        elif page.status_code >= 500:
            with self._lock:
                self.errors.append(f"{page.status_code} at {page.url.path}")


def run(database: str, seed: int, seconds: int) -> list[str]:
    """One run; sentences about what went wrong."""
    chance = random.Random(seed)
    with fresh_store(database) as store:
        for slug in GOODS:
            add_product(store, slug=slug, stock=PIECES)
        group, crowd = Group(store), Crowd(f"http://127.0.0.1:{store.port}", seed)
        group.start()
        group.wait_ready()
        crowd.start()
        kills, end = 0, time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                time.sleep(chance.uniform(2, 6))
                group.kill()
                kills += 1
                group.start()
                group.wait_ready()
        finally:
            crowd.stop()
        undelivered = _settle(store)
        group.kill(signal.SIGTERM)
        found = breaches(store.database_url, acknowledged=crowd.acknowledged) + undelivered
        orders = orders_of(store.database_url)
    say(
        f"{database} seed {seed}: {seconds} s, {kills} kills, {len(crowd.acknowledged)} orders acknowledged, "
        f"{orders} stored, {len(crowd.errors)} pages failed, {len(found)} breaches"
    )
    return found


def _settle(store: StoreOnDisk) -> list[str]:
    """Give the worker time to deliver what the kills interrupted."""
    end = time.monotonic() + SETTLE_SECONDS
    while (left := delivered(store.database_url)) and time.monotonic() < end:
        time.sleep(0.5)
    return left


def main() -> int:
    options = parser("crash", "Kill the shop again and again while people buy.")
    options.add_argument("--seconds", type=int, default=60)
    chosen = options.parse_args()
    found = [
        breach
        for seed in range(chosen.seed, chosen.seed + chosen.seeds)
        for breach in run(chosen.database, seed, chosen.seconds)
    ]
    say("\n".join(found) if found else "No breach.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
