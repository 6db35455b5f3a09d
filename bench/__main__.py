"""``./dev bench NAME …``"""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = ("start", "checkout", "orders", "allocation")


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in NAMES:
        sys.exit(f"Usage: ./dev bench {'|'.join(NAMES)} …; --help after the name tells its options.")
    measure = import_module(f"bench.{arguments[0]}").main
    status: int = measure(arguments[1:])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
