"""Draws a plugin package from the templates and writes it, never over something that exists."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from entrepot import __version__
from entrepot.cli.new.naming import PluginName

_ENDING = ".jinja"


class FolderExists(OSError):
    """The package's folder is there already."""


def write_package(plugin: PluginName, directory: Path) -> Path:
    """Write the package below the directory and return its folder; raises FolderExists."""
    folder = directory / plugin.distribution
    if folder.exists():
        raise FolderExists(f"{folder} exists and is left as it is. Choose another name or another --directory.")
    for path, text in draw_package(plugin).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def draw_package(plugin: PluginName) -> dict[str, str]:
    """Path and text of every file, first those of every kind of plugin, then those of its own kind."""
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True)
    templates = files("entrepot.cli.new") / "templates"
    values = {"plugin": plugin, "core_version": _minor(__version__)}
    drawn = {}
    for root in (templates / "every_kind", templates / plugin.kind):
        for path, text in _texts(root):
            target = path.replace("PACKAGE", plugin.package).replace("PLUGIN_ID", plugin.plugin_id)
            drawn[target.removesuffix(_ENDING)] = environment.from_string(text).render(values)
    return drawn


def _texts(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(path with placeholders, text) of every template, sorted by path."""
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _texts(entry, f"{path}/")
        elif path.endswith(_ENDING):
            yield path, entry.read_text(encoding="utf-8")


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
