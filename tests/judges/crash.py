"""./dev crash: random writers go on while the group of processes is killed again and again and the disk fails."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from judges.faults import Injector, find_injector
from judges.group import Group
from judges.invariants import breaches, facts_of, orders_of, unfinished
from judges.journal import Journal
from judges.outside import facts_missing, half_written, money_differs, time_passes
from judges.place import fresh_store, parser, say
from judges.receiver import Receiver, receiving
from judges.writers import CAST, Place, Writer
from support.store import StoreOnDisk, add_product

SLUGS = ("lantern", "mug", "blanket", "chair")
PIECES = 100_000
SHOWN = 30
SHORTEST_LIFE_SECONDS = 2.0
#: So long nothing may move before what is open is a breach.
STANDSTILL_SECONDS = 60
#: Between two looks: in it everything that waited is tried once.
SETTLE_PAUSE_SECONDS = 6
STAFF = ("owner@quay.example", "a long enough password")
PAYMENT_FAULTS: tuple[dict[str, object], ...] = (
    {},
    {},
    {"duplicate": 3},
    {"reorder": True},
    {"late": 2},
    {"lost": True},
    {"before_return": True},
    {"slow": 700},
    {"timeout_after_capture": 2},
    {"error_500": 2},
    {"garbage": 1},
)


@dataclass
class Scene:
    """A shop with everything around it, ready to be attacked."""

    store: StoreOnDisk
    group: Group
    receiver: Receiver
    place: Place
    writers: list[Writer]


def run(database: str, seed: int, seconds: float, injector: Injector) -> list[str]:
    """One run; sentences about what went wrong."""
    with ExitStack() as stack:
        scene = _scene(stack, database, seed)
        threads = [threading.Thread(target=writer.live) for writer in scene.writers]
        for thread in threads:
            thread.start()
        try:
            done = _havoc(scene, random.Random(seed), seconds, injector)
        finally:
            scene.place.stop.set()
            for thread in threads:
                thread.join(120)
        settled_s, found = _judged(scene)
        orders, told = orders_of(scene.store.database_url), scene.receiver.received
        done.update({f"end of {name} by itself": count for name, count in scene.group.ended.items()})
        _say_what_happened(database, seed, seconds, scene.place.journal, done)
        say(f"  {orders} orders stored, {len(told)} facts received {told.total()} times, settled in {settled_s:.0f} s")
        say("".join(f"  BREACH {breach}\n" for breach in found[:SHOWN]) + f"  {len(found)} breaches")
        if found or os.environ.get("ENTREPOT_JUDGE_KEEP"):
            say(f"  kept in {_kept(scene.store.data_dir.parent)}")
    return found


def _kept(folder: Path) -> str:
    """A copy of everything, to be looked at."""
    return str(shutil.copytree(folder, tempfile.mkdtemp(prefix="entrepot-judged-"), dirs_exist_ok=True))


def _scene(stack: ExitStack, database: str, seed: int) -> Scene:
    store = stack.enter_context(fresh_store(database))
    for slug in SLUGS:
        add_product(store, slug=slug, stock=PIECES, price=1990)
    group = Group(store)
    stack.callback(group.kill_all)
    receiver = Receiver(seed)
    hooks = stack.enter_context(receiving(receiver))
    payments_url = f"http://127.0.0.1:{group.payment_port}"
    group.start_payments()
    _connect(store, payments_url)
    store.command("webhook", "create", hooks)
    store.command("staff", "create", "--email", STAFF[0], "--name", "Olga Owner", "--password", STAFF[1])
    key = store.command("api-key", "create", "--name", "judge", "--scope", "*").split()[0]
    place = Place(
        f"http://127.0.0.1:{store.port}", payments_url, key, STAFF, SLUGS, Journal(), threading.Event()
    )  # fmt: skip
    writers = [
        kind(place, f"{kind.__name__.lower()}-{number}", seed) for kind, count in CAST for number in range(count)
    ]
    group.start()
    group.wait_ready()
    return Scene(store, group, receiver, place, writers)


def _connect(store: StoreOnDisk, payments_url: str) -> None:
    """Two accounts at the payment service: one takes the money at once, one when staff say so."""
    common = {"base_url": payments_url, "api_key": "sandbox-demo-key", "webhook_secret": "sandbox-demo-secret"}
    with store.opened() as runtime:
        for position, method in enumerate(("automatic", "manual")):
            config = {**common, "capture_method": method}
            runtime.accounts.create("payment", "sandbox", label=f"Cards, {method}", config=config, position=position)


def _havoc(scene: Scene, chance: random.Random, seconds: float, injector: Injector) -> Counter[str]:
    """Kill and spoil until the time is over; how often each was done."""
    done: Counter[str] = Counter()
    end = time.monotonic() + seconds
    healing_s = 0.0
    while time.monotonic() < end:
        # About as long alive as dead, so that on a slow machine somebody gets something done too.
        time.sleep(chance.uniform(0.4, 1.6) * max(healing_s, SHORTEST_LIFE_SECONDS))
        _misbehave(scene.place.payments_url, chance.choice(PAYMENT_FAULTS))
        blow = chance.choices(["group", "web process", "worker", "payments", "fault"], [2, 4, 3, 2, 5])[0]
        if blow == "fault":
            what, times = _spoil(scene, chance, injector)
            done[what] += times
        else:
            done[f"kill of {blow}"] += _strike(scene.group, blow, chance)
        struck_at = time.monotonic()
        scene.group.start()
        scene.group.wait_ready()
        healing_s = time.monotonic() - struck_at
    return done


def _strike(group: Group, blow: str, chance: random.Random) -> int:
    if blow == "group":
        group.kill_all()
    elif blow == "web process":
        victims = group.web_processes()
        with suppress(ProcessLookupError):
            if victims:
                os.kill(chance.choice(victims), signal.SIGKILL)
        return len(victims[:1])
    else:
        group.kill(blow)
    return 1


def _spoil(scene: Scene, chance: random.Random, injector: Injector) -> tuple[str, int]:
    victims = scene.group.writers()
    if not victims:
        return "nothing to spoil", 0
    has_server = scene.store.database_url.startswith("postgresql")
    return injector.inject(chance.choice(victims), chance, has_server=has_server)


def _misbehave(payments_url: str, faults: dict[str, object]) -> None:
    with suppress(httpx2.HTTPError):
        httpx2.post(f"{payments_url}/control", json={"faults": faults}, timeout=5)


def _judged(scene: Scene) -> tuple[float, list[str]]:
    """Everybody is well again and has time; then how long that took, and what is wrong all the same."""
    started = time.monotonic()
    scene.receiver.is_moody = False
    scene.group.start()
    scene.group.wait_ready()
    _misbehave(scene.place.payments_url, {})
    _settle(scene)
    settled_s = time.monotonic() - started
    scene.group.kill_all(signal.SIGTERM)
    journal = scene.place.journal
    found = breaches(scene.store.database_url, acknowledged=journal.orders, marks=journal.marks)
    return settled_s, [*journal.breaches, *found, *_open_ends(scene), *half_written(scene.store.data_dir)]


def _settle(scene: Scene) -> None:
    """Wait as long as something is still being finished; a slow machine is no fault, standing still is one."""
    least, moved_at = sys.maxsize, time.monotonic()
    while (left := len(_open_ends(scene))) and time.monotonic() < moved_at + STANDSTILL_SECONDS:
        if left < least:
            least, moved_at = left, time.monotonic()
        scene.group.start()
        time_passes(scene.store.database_url)
        time.sleep(SETTLE_PAUSE_SECONDS)


def _open_ends(scene: Scene) -> list[str]:
    url = scene.store.database_url
    return [
        *unfinished(url),
        *money_differs(url, scene.group.payment_folder),
        *facts_missing(facts_of(url), scene.receiver.received),
    ]


def _say_what_happened(database: str, seed: int, seconds: float, journal: Journal, done: Counter[str]) -> None:
    blows = ", ".join(f"{count} × {what}" for what, count in sorted(done.items()))
    say(f"{database} seed {seed}: {seconds:g} s\n  {journal.summary()}\n  done to it: {blows}")


def main() -> int:
    options = parser("crash", "Kill the shop again and again while everybody writes to it.")
    options.add_argument("--seconds", type=float, default=60)
    chosen = options.parse_args()
    injector = find_injector()
    if injector.why_not:
        say(f"{injector.why_not} Files are limited in size instead.")
    found = [
        breach
        for seed in range(chosen.seed, chosen.seed + chosen.seeds)
        for breach in run(chosen.database, seed, chosen.seconds, injector)
    ]
    say(f"{len(found)} breaches in all." if found else "No breach.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
