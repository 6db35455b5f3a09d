"""Layers: where the file of a name comes from, when a store, themes, plugins and the core all may have one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Protocol

from entrepot.kernel.records import dataclass

OVERRIDE = "override"
PLUGINS = "plugins"
CORE = "core"

#: Folders that only the core and the plugins fill: a theme can neither restyle the back office nor reword legal mail.
FENCED = frozenset({"admin", "legal"})


class Layer(Protocol):
    """A place that may have the file of a name."""

    @property
    def name(self) -> str: ...

    def find(self, path: str) -> Path | None:
        """The file, or None; a path that would leave the layer is never found."""

    def paths(self) -> list[str]:
        """Every name that the layer answers to, sorted."""


@dataclass(frozen=True)
class FolderLayer:
    """A folder of the store, of a theme or of the core."""

    name: str
    root: Path
    fenced: bool = True

    def find(self, path: str) -> Path | None:
        if self.fenced and is_fenced(path):
            return None
        return file_below(self.root, path)

    def paths(self) -> list[str]:
        return [path for path in _files_below(self.root) if self.find(path)]


@dataclass(frozen=True)
class PluginLayer:
    """The folders of all plugins; each answers only to names under ``x/<its id>/``, so plugins never compete."""

    roots: Mapping[str, Path] = field(default_factory=dict)
    name: str = PLUGINS

    def find(self, path: str) -> Path | None:
        owner = plugin_of(path)
        root = self.roots.get(owner) if owner else None
        return file_below(root, path) if root else None

    def paths(self) -> list[str]:
        return sorted(path for plugin in self.roots for path in self._own_paths(plugin))

    def refused(self) -> dict[str, list[str]]:
        """Files that a plugin brings outside its own place, by plugin id: they are never used."""
        found = {plugin: _foreign(plugin, _files_below(root)) for plugin, root in self.roots.items()}
        return {plugin: paths for plugin, paths in found.items() if paths}

    def _own_paths(self, plugin: str) -> list[str]:
        return [path for path in _files_below(self.roots[plugin]) if plugin_of(path) == plugin]


def is_fenced(path: str) -> bool:
    """True for back office and legal templates, of the core and of plugins."""
    parts = path.split("/")
    place = parts[2:] if parts[0] == "x" else parts
    return len(place) > 1 and place[0] in FENCED


def plugin_of(path: str) -> str | None:
    """The plugin whose place ``x/<plugin id>/…`` a path lies in."""
    parts = path.split("/", 2)
    return parts[1] if len(parts) == 3 and parts[0] == "x" else None


def file_below(root: Path, path: str) -> Path | None:
    """The file, when the path is plain and stays below the root, symbolic links included."""
    if not _is_plain(path):
        return None
    file = root.joinpath(*path.split("/"))
    if not file.is_file():
        return None
    return file if file.resolve().is_relative_to(root.resolve()) else None


def _is_plain(path: str) -> bool:
    if any(character in path for character in "\\:\0"):
        return False
    return all(part and not part.startswith(".") for part in path.split("/"))


def _files_below(root: Path) -> list[str]:
    return sorted(file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file())


def _foreign(plugin: str, paths: list[str]) -> list[str]:
    return [path for path in paths if plugin_of(path) != plugin]
