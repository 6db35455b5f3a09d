"""./dev bench orders: the list of orders and its search with very many orders, beside the same pages with 10,000."""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from bench.many_orders import FIRST_PLACED, multiply
from bench.place import WORKERS, fill
from bench.report import Bar, say, verdict
from bench.visitors import PageBuyer, Visitor
from judges.place import fresh_store
from support.store import StoreOnDisk

FEW = 10_000
TRIES = 5
EMAIL, PASSWORD = "clerk@example.com", "harbour lantern quay 7"


@dataclass
class Office:
    """A served shop, seen by a member of staff and by a client of the API."""

    url: str
    key: str
    visitor: Visitor
    names: list[tuple[str, str]]
    orders: int

    def ask(self, path: str) -> float:
        """Milliseconds of one answer."""
        self.visitor.rest()
        started = time.perf_counter()
        self.visitor.ask("GET", path, **({"Authorization": f"Bearer {self.key}"} if "/api/" in path else {}))
        return 1000 * (time.perf_counter() - started)


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    with ExitStack() as stack:
        few = _office(stack, options.database, FEW, options.seed)
        many = _office(stack, options.database, options.orders, options.seed)
        bars = [_compare(kind, few, many, options.seconds) for kind in _PAGES]
    return verdict(bars)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench orders", description=__doc__)
    parser.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql"])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=10, help="for each kind of page")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def _office(stack: ExitStack, database: str, orders: int, seed: int) -> Office:
    store = stack.enter_context(fresh_store(database))
    fill(store, 1)
    started = time.monotonic()
    names = multiply(store, _template(store), orders, seed)
    say(f"{orders:,} orders were written in {time.monotonic() - started:.0f} s")
    store.command("staff", "create", "--email", EMAIL, "--password", PASSWORD)
    key = store.command("api-key", "create", "--name", "bench", "--scope", "orders.view").split()[-1]
    server = stack.enter_context(store.served(workers=WORKERS))
    visitor = Visitor(server.url)
    visitor.ask("GET", "/admin/login")
    visitor.submit("/admin/login", email=EMAIL, password=PASSWORD)
    return Office(server.url, key, visitor, names, orders)


def _template(store: StoreOnDisk) -> str:
    """Number of an order that a buyer placed."""
    with store.served() as server:
        buyer = PageBuyer(server.url, "thing-0", "template")
        buyer.prepare()
        buyer.place()
        buyer.look()
    from entrepot.orders.listing import order_list

    with store.opened():
        return order_list(limit=1).rows[0].number


_CURSOR = re.compile(r"cursor=(\d+)")


def _later(office: Office, chance: random.Random) -> str:
    return f"cursor={chance.randrange(100, office.orders)}"


def _status(office: Office, chance: random.Random) -> str:
    return "status=" + chance.choice(("to_pay", "to_ship", "shipped", "completed", "cancelled"))


def _number(office: Office, chance: random.Random) -> str:
    return f"q={1_000_000 + chance.randrange(2, office.orders)}"


def _name(office: Office, chance: random.Random) -> str:
    given, family = chance.choice(office.names)
    return "q=" + quote(chance.choice((family, given, f"{given} {family}", family[:5])))


def _email(office: Office, chance: random.Random) -> str:
    given, family = chance.choice(office.names)
    return "q=" + quote(f"{given}.{family[: chance.randrange(2, len(family))]}")


def _period(office: Office, chance: random.Random) -> str:
    """A day, or all that followed it, or all that went before."""
    day = FIRST_PLACED + timedelta(minutes=chance.randrange(office.orders))
    since, until = f"since={_written(day)}", f"until={_written(day + timedelta(days=1))}"
    return chance.choice((f"{since}&{until}", since, until))


def _status_of_period(office: Office, chance: random.Random) -> str:
    return f"{_status(office, chance)}&{_period(office, chance)}"


def _later_of_period(office: Office, chance: random.Random) -> str:
    return f"{_later(office, chance)}&until={_written(FIRST_PLACED + timedelta(minutes=office.orders))}"


def _written(moment: datetime) -> str:
    return quote(moment.isoformat())


_QUERIES = {
    "first page": lambda office, chance: "",
    "later pages": _later,
    "a status": _status,
    "search by number": _number,
    "search by name": _name,
    "search by e-mail": _email,
}
_API_QUERIES = {
    "a period": _period,
    "a status in a period": _status_of_period,
    "later pages of a period": _later_of_period,
}
_PAGES = [(name, path) for name in _QUERIES for path in ("/admin/orders", "/api/v1/orders")]
_PAGES += [(name, "/api/v1/orders") for name in _API_QUERIES]


def _compare(kind: tuple[str, str], few: Office, many: Office, seconds: float) -> Bar:
    """The same questions to both, in turns."""
    name, path = kind
    chance = random.Random(name)
    took: dict[int, list[float]] = {few.orders: [], many.orders: []}
    ends = time.monotonic() + seconds
    while time.monotonic() < ends or len(took[many.orders]) < 20:
        asked = [(office, f"{path}?{_asked(name, path, office, chance)}") for office in (few, many)]
        tries = [[office.ask(question) for office, question in asked] for _ in range(TRIES)]
        # The quickest of a few tries in turns: what others do on this machine is not counted.
        for office, answers in zip((few, many), zip(*tries, strict=True), strict=True):
            took[office.orders].append(min(answers))
    before, after = (sorted(took[office.orders])[int(len(took[office.orders]) * 0.95)] for office in (few, many))
    say(f"{path:<15} {name:<23} p95 {before:6.1f} ms with {few.orders:,} and {after:6.1f} ms with {many.orders:,}")
    return Bar(f"{name} of {path}, p95 beside that with {few.orders:,} orders", after / before, 2)


def _asked(name: str, path: str, office: Office, chance: random.Random) -> str:
    asked = {**_QUERIES, **_API_QUERIES}[name](office, chance)
    return _CURSOR.sub(_wrapped, asked) if path.startswith("/api") else asked


def _wrapped(found: re.Match[str]) -> str:
    from entrepot.api import paging

    return f"cursor={paging.wrap(found[1])}"
