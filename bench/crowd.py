"""Buyers who order without a pause, in one process: python -m bench.crowd URL SECONDS BUYERS PRODUCTS SEED."""

from __future__ import annotations

import json
import random
import sys
import threading
import time

import httpx2

from bench.visitors import PageBuyer, Refused


def main(url: str, seconds: str, buyers: str, products: str, seed: str) -> None:
    ends = time.monotonic() + float(seconds)
    took: list[float] = []
    wrong: list[str] = []

    def buy(number: int) -> None:
        chance = random.Random(f"{seed} {number}")
        count = 0
        while time.monotonic() < ends:
            count += 1
            buyer = PageBuyer(url, f"thing-{chance.randrange(int(products))}", f"crowd{seed}-{number}-{count}")
            try:
                buyer.prepare()
                started = time.perf_counter()
                buyer.place()
                took.append(1000 * (time.perf_counter() - started))
                buyer.look()
                buyer.rest()
            except (Refused, httpx2.HTTPError) as error:
                wrong.append(f"{type(error).__name__}: {error}"[:400])

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(int(buyers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"took": took, "wrong": wrong}))


if __name__ == "__main__":
    main(*sys.argv[1:])
