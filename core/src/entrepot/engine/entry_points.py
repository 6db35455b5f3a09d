"""Installed entry points of this project's groups, without reading what other distributions have to say.

importlib-metadata opens and parses the files of every installed distribution, once for each group. Here the folders
on the path are listed, and only files that speak of this project are parsed. Nor stevedore's own list: that one keeps
a cache file whose key notices a new installation only every two minutes.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from entrepot.kernel.records import dataclass

_FILE = "entry_points.txt"
_OURS = "[entrepot."


@dataclass(frozen=True)
class InstalledEntryPoint:
    """An entry point as importlib-metadata has it: name, value, ``load()``, and its distribution when asked for."""

    name: str
    value: str
    group: str
    metadata: Path

    @cached_property
    def dist(self) -> Any:
        from importlib_metadata import Distribution

        return Distribution.at(self.metadata)

    def load(self) -> Any:
        """Import the module, and take from it what follows a colon."""
        module, _, attributes = self.value.partition("[")[0].strip().partition(":")
        found: Any = import_module(module.strip())
        for attribute in filter(None, attributes.strip().split(".")):
            found = getattr(found, attribute)
        return found


def installed(group: str, path: Iterable[str] | None = None) -> list[Any]:
    """Entry points of a group in the folders of ``sys.path``; of two copies of a distribution the first one counts."""
    found: dict[str, list[Any]] = {}
    for place in sys.path if path is None else path:
        for distribution, entry_points in _in_place(place or "."):
            found.setdefault(distribution, entry_points)
    return [point for points in found.values() for point in points if point.group == group]


def _in_place(place: str) -> Iterator[tuple[str, list[Any]]]:
    try:
        with os.scandir(place) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info")))
    except NotADirectoryError:
        yield from _in_archive(place)
        return
    except OSError:
        return
    for name in names:
        yield _distribution(name), _read(Path(place, name))


def _distribution(folder: str) -> str:
    """The normalised name in ``Entrepot_theme-1.0.dist-info``, for comparing."""
    return re.split(r"-|\.(?:dist|egg)-info$", folder)[0].lower().replace("_", "-").replace(".", "-")


def _read(metadata: Path) -> list[InstalledEntryPoint]:
    try:
        text = (metadata / _FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    return list(_parse(text, metadata)) if _OURS in text else []


def _parse(text: str, metadata: Path) -> Iterator[InstalledEntryPoint]:
    group = ""
    for line in map(str.strip, text.splitlines()):
        name, equals, value = line.partition("=")
        if line.startswith("["):
            group = line.strip("[]").strip()
        elif equals and not line.startswith(("#", ";")):
            yield InstalledEntryPoint(name.strip(), value.strip(), group, metadata)


def _in_archive(place: str) -> Iterator[tuple[str, list[Any]]]:
    """A zip file on the path: importlib-metadata knows how to look into it."""
    from importlib_metadata import distributions

    for distribution in distributions(path=[place]):
        yield _distribution(distribution.name.replace("-", "_")), list(distribution.entry_points)
