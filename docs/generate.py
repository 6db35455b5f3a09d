"""Writes docs/reference from the code: ``./dev docs``, or ``python docs/generate.py --check`` to compare only."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from reference_pages import for_clients, for_plugins, for_stores

FOLDER = Path(__file__).resolve().parent / "reference"
SURFACE = "api-surface.txt"

PAGES: Mapping[str, Callable[[], str]] = {
    "hooks.md": for_plugins.hooks,
    "facts.md": for_plugins.facts,
    "provider-classes.md": for_plugins.provider_classes,
    "errors.md": for_plugins.errors,
    "conformance.md": for_plugins.conformance,
    SURFACE: for_plugins.api_surface,
    "api.md": for_clients.api,
    "slots.md": for_stores.slots,
    "settings.md": for_stores.settings,
    "cli.md": for_stores.commands,
    "permissions.md": for_stores.permissions,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Write docs/reference from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 when a page is out of date")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pages are (default: docs/reference)")
    options = parser.parse_args(arguments)
    drawn = {name: page() for name, page in PAGES.items()}
    changed = [name for name, text in drawn.items() if _present(options.folder / name) != text]
    if options.check:
        return _report(changed)
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        (options.folder / name).write_text(drawn[name], encoding="utf-8")
    sys.stdout.write(f"{len(changed)} of {len(drawn)} pages changed. {surface_mark(drawn[SURFACE])}\n")
    return 0


def surface_mark(surface: str) -> str:
    """What the changelog must name, so that no change of the public surface goes unmentioned."""
    return f"API surface: {hashlib.sha256(surface.encode()).hexdigest()[:12]}"


def _report(changed: list[str]) -> int:
    if changed:
        sys.stdout.write(f"Out of date: {', '.join(changed)}. Run: ./dev docs\n")
    return 1 if changed else 0


def _present(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
