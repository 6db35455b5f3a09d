"""Markdown pages as tests read them: their files, code blocks, commands and links."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
_FILE = re.compile(r"^`([\w./-]+\.\w+)`\n\n```\w+\n(.*?)^```", re.M | re.S)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    """Every page that people read, decisions included."""
    found = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "core/README.md")]
    return [*found, *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a language."""
    return [text for name, text in _BLOCK.findall(page.read_text(encoding="utf-8")) if name == language]


def files(page: Path) -> dict[str, str]:
    """The complete files of a page: blocks that have their path above them."""
    return dict(_FILE.findall(page.read_text(encoding="utf-8")))


def write_files(page: Path, folder: Path, *, below: str = "") -> None:
    """Write a page's files, those whose path begins with ``below``."""
    for path, text in files(page).items():
        if path.startswith(below):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")


def links(page: Path) -> list[str]:
    """Targets within the repository, without their anchors."""
    targets = _LINK.findall(_BLOCK.sub("", page.read_text(encoding="utf-8")))
    return [target.partition("#")[0] for target in targets if "://" not in target and not target.startswith("#")]


def commands(page: Path, program: str) -> Iterator[list[str]]:
    """The words of every shell command that begins with the program, comments and redirections left out."""
    for block in blocks(page, "sh"):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == [program]:
                yield words[1:]
