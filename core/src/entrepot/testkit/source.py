"""Reads a plugin's source for imports that the border forbids."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType


def foreign_imports(plugin: ModuleType) -> list[str]:
    """``file:line imports name`` for everything of entrepot beyond the sdk, and for other plugins."""
    file = Path(plugin.__file__ or "")
    files = sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]
    return [
        f"{path.name}:{line} imports {name}"
        for path in files
        for line, name in _imports(path)
        if _is_foreign(name, own=plugin.__name__.partition(".")[0]) and _is_code(path, file)
    ]


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _is_foreign(name: str, *, own: str) -> bool:
    first, _, rest = name.partition(".")
    if first == "entrepot":
        return rest.partition(".")[0] != "sdk"
    return first.startswith("entrepot_") and first != own


def _is_code(path: Path, plugin: Path) -> bool:
    """A plugin written inside its own test module imports the kit, and may."""
    return path != plugin or plugin.name == "__init__.py"
