"""``./dev cases PATH…``: play behaviour cases through the REST API and count."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from support.cases.playing import play
from support.cases.reading import NoCases, read_cases
from support.cases.shop import make_template


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 when all cases passed."""
    parser = argparse.ArgumentParser(prog="./dev cases", description="Play behaviour cases through the REST API.")
    parser.add_argument("paths", nargs="+", type=Path, help="folders or files with cases")
    parser.add_argument("--only", default="", help="only cases whose id contains this text")
    options = parser.parse_args(arguments)
    logging.getLogger("entrepot").addHandler(logging.NullHandler())
    try:
        cases = [case for case in read_cases(options.paths) if options.only in case.id]
    except NoCases as error:
        sys.stderr.write(f"cases: {error}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="cases-") as folder:
        template = make_template(Path(folder))
        results = [play(case, template, Path(folder)) for case in cases]
    failed = [result for result in results if not result.passed]
    for result in failed:
        sys.stdout.write("\n".join(result.lines()) + "\n")
    sys.stdout.write(f"{len(results) - len(failed)} passed, {len(failed)} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
