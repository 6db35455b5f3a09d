"""./dev bench checkout: what a guest's checkout costs, beside the least that a placed order can cost."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from bench.place import Served, served_floor, served_shop
from bench.report import Bar, say, verdict
from bench.visitors import ApiBuyer, Buyer, PageBuyer, Visitor

PRODUCTS = 100
FLOOR_ORDERS = 80
#: Milliseconds between two visits, at the floor as at the shop. README.md tells what difference they make.
PAUSE = 3
BUYERS, CLIENTS = 16, 4
Kind = type[PageBuyer] | type[ApiBuyer]


@dataclass
class Costs:
    """CPU ms of the server per order, one figure a round."""

    floor: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    pages_place: list[float] = field(default_factory=list)
    api: list[float] = field(default_factory=list)
    api_place: list[float] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    costs = Costs()
    with served_shop(options.database, products=PRODUCTS) as (_, shop), served_floor(options.database) as floor:
        street = Street(shop, floor, random.Random(options.seed), options.pause / 1000)
        street.round(Costs(), 10)  # what is loaded and compiled once is no order's cost
        for number in range(options.rounds):
            street.round(costs, options.orders)
            say(f"round {number + 1}: {_line(costs, -1)}")
        crowd = _crowd(shop, options.seconds, options.seed)
        locked = shop.server.log_text().count("database is locked")
    say()
    say(f"CPU ms of the server an order, medians of {options.rounds} rounds of {options.orders}: {_line(costs)}")
    return verdict([*_bars(costs), *_crowd_bars(crowd, locked)])


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench checkout", description=__doc__)
    parser.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--orders", type=int, default=40, help="orders of each kind in a round")
    parser.add_argument("--seconds", type=float, default=20, help="for how long 16 buyers order at once")
    parser.add_argument("--pause", type=float, default=PAUSE, help="milliseconds between two visits")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


@dataclass(frozen=True)
class Street:
    """Where visitors come along, one after the other, to the shop and to the floor."""

    shop: Served
    floor: Served
    chance: random.Random
    pause_s: float

    def round(self, costs: Costs, orders: int) -> None:
        """The floor is asked before, between and after: what the machine's mood does to one it does to the other."""
        floors = [self._at_the_floor()]
        costs.pages.append(self._whole(PageBuyer, orders))
        costs.pages_place.append(self._placing(PageBuyer, orders))
        floors.append(self._at_the_floor())
        costs.api.append(self._whole(ApiBuyer, orders))
        costs.api_place.append(self._placing(ApiBuyer, orders))
        floors.append(self._at_the_floor())
        costs.floor.append(statistics.mean(floors))

    def _at_the_floor(self) -> float:
        """CPU ms of an order there, each by a visitor of its own, as the shop's are."""

        def order() -> None:
            visitor = Visitor(self.floor.url)
            visitor.ask("POST", f"/order/{self.chance.randrange(600)}")
            visitor.rest()

        return self._cost(self.floor, [order] * FLOOR_ORDERS)

    def _whole(self, kind: Kind, orders: int) -> float:
        """CPU ms of a checkout from its first step to its last."""
        return self._cost(self.shop, [buyer.buy for buyer in self._buyers(kind, orders)])

    def _placing(self, kind: Kind, orders: int) -> float:
        """CPU ms of the step that places the order, for which buyers come back."""
        ready = self._buyers(kind, orders)
        for buyer in ready:
            buyer.prepare()
            buyer.rest()
        return self._cost(self.shop, [partial(_place, buyer) for buyer in ready])

    def _buyers(self, kind: Kind, orders: int) -> list[Buyer]:
        url, chance = self.shop.url, self.chance
        return [kind(url, f"thing-{chance.randrange(PRODUCTS)}", f"buyer{number}") for number in range(orders)]

    def _cost(self, server: Served, visits: Sequence[Callable[[], object]]) -> float:
        before = server.cpu_ms()
        for visit in visits:
            visit()
            time.sleep(self.pause_s)
        return (server.cpu_ms() - before) / len(visits)


def _place(buyer: Buyer) -> None:
    buyer.place()
    buyer.rest()


def _line(costs: Costs, only: int | None = None) -> str:
    named = {
        "floor": costs.floor,
        "pages": costs.pages,
        "of which placing": costs.pages_place,
        "API": costs.api,
        "of which placing ": costs.api_place,
    }
    figures = {name: values[only] if only is not None else statistics.median(values) for name, values in named.items()}
    return ", ".join(f"{name.strip()} {figure:.1f}" for name, figure in figures.items())


def _bars(costs: Costs) -> list[Bar]:
    floor = statistics.median(costs.floor)

    def ratio(values: list[float]) -> float:
        return statistics.median(values) / floor

    return [
        Bar("placing an order on the pages, beside the floor's order", ratio(costs.pages_place), 3),
        Bar("placing an order by the API", ratio(costs.api_place), 3),
        Bar("a whole checkout on the pages", ratio(costs.pages), 14),
        Bar("a whole checkout by the API", ratio(costs.api), 7),
    ]


def _crowd(shop: Served, seconds: float, seed: int) -> tuple[list[float], list[str]]:
    """(milliseconds of each placing, what went wrong) of 16 buyers who order at once, from processes of their own."""
    command = [sys.executable, "-m", "bench.crowd", shop.url, str(seconds), str(BUYERS // CLIENTS), str(PRODUCTS)]
    clients = [
        subprocess.Popen([*command, str(seed + number)], stdout=subprocess.PIPE, text=True) for number in range(CLIENTS)
    ]
    took: list[float] = []
    wrong: list[str] = []
    for client in clients:
        answer = json.loads(client.communicate(timeout=seconds + 180)[0])
        took += answer["took"]
        wrong += answer["wrong"]
    return took, wrong


def _crowd_bars(crowd: tuple[list[float], list[str]], locked: int) -> list[Bar]:
    took, wrong = sorted(crowd[0]), crowd[1]
    middle, late = statistics.median(took), took[int(len(took) * 0.99)]
    say(f"{BUYERS} buyers at once: {len(took)} orders, placing took {middle:.0f} ms in the middle, p99 {late:.0f} ms")
    for why in wrong[:5]:
        say(f"  went wrong: {why}")
    return [
        Bar(f"{BUYERS} buyers at once, p99 of placing beside its median", late / middle, 10),
        Bar(f"{BUYERS} buyers at once, failures", len(wrong), 0, ""),
        Bar('"database is locked" in the log', locked, 0, ""),
    ]
