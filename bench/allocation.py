"""./dev bench allocation: orders that wait for stock: how long promising takes, and giving them what arrives."""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from bench.place import fill
from bench.report import say, verdict
from judges.place import fresh_store
from support.store import StoreOnDisk

VARIANTS = 100
MOST_PIECES = 3


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev bench allocation", description=__doc__)
    parser.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql"])
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with fresh_store(options.database) as store:
        fill(store, VARIANTS, stock=0)
        _measure(store, options.orders, random.Random(options.seed))
    return verdict([])


def _measure(store: StoreOnDisk, orders: int, chance: random.Random) -> None:
    from sqlalchemy import func, select

    from entrepot.catalog.models import Variant
    from entrepot.inventory import allocation, awaiting, stock
    from entrepot.inventory.models import Reservation
    from entrepot.inventory.queries import default_warehouse_id
    from entrepot.storage.session import reader, unit_of_work

    with store.opened() as runtime:
        variants = list(reader().scalars(select(Variant.id)))
        warehouse = default_warehouse_id()
        assert warehouse is not None
        for variant in variants:
            awaiting.set_policy(variant, kind="backorder", warehouse_id=warehouse, most=orders * MOST_PIECES)
        wanted = [(f"line-{place}", chance.choice(variants), chance.randint(1, MOST_PIECES)) for place in range(orders)]
        missing: Counter[int] = Counter()
        for _, variant, quantity in wanted:
            missing[variant] += quantity
        until = runtime.clock.now() + timedelta(days=7)

        def promise(line: tuple[str, int, int]) -> None:
            with unit_of_work() as session:
                allocation.allocate(session, runtime, lines=[line], expires_at=until, destination="DE")

        def arrive(variant: int) -> None:
            with unit_of_work() as session:
                stock.set_on_hand(
                    session, variant_id=variant, warehouse_id=warehouse, on_hand=missing[variant],
                    reference="delivery", actor="bench", at=runtime.clock.now(),
                )  # fmt: skip

        _tell(f"promising {orders:,} orders what is not there", [_timed(promise, line) for line in wanted])
        _tell(f"arrivals of {len(variants)} variants for them", [_timed(arrive, variant) for variant in variants])
        left = reader().scalar(select(func.count()).where(Reservation.state == "awaited"))
        say(f"{left} orders still wait")


def _timed(act: Callable[..., None], given: object) -> tuple[float, float]:
    """(milliseconds by the clock, milliseconds of this process)"""
    clock, own = time.perf_counter(), time.process_time()
    act(given)
    return 1000 * (time.perf_counter() - clock), 1000 * (time.process_time() - own)


def _tell(what: str, took: list[tuple[float, float]]) -> None:
    for place, unit in enumerate(("ms", "CPU ms")):
        values = sorted(each[place] for each in took)
        late = values[int(len(values) * 0.95)]
        say(f"{what}: {sum(values) / 1000:.1f} s in all, median {values[len(values) // 2]:.2f}, p95 {late:.2f} {unit}")
