"""Reading case files: every ``*.yaml`` below the paths that were named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Written = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One case as it is written."""

    id: str
    title: str
    file: Path
    given: Written
    when: tuple[Written, ...]
    expect: Written


class NoCases(Exception):
    """A path that holds no case."""


def read_cases(paths: Iterable[Path]) -> list[Case]:
    """All cases of these files and folders, in the order in which they are listed; raises NoCases."""
    cases = [case for path in paths for file in _files(path) for case in _of_file(file)]
    if not cases:
        raise NoCases("There are no cases there. Name a folder with *.yaml files, or such a file.")
    return cases


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise NoCases(f"There is nothing at {path}. Name a folder with *.yaml files, or such a file.")
    return sorted([*path.rglob("*.yaml"), *path.rglob("*.yml")])


def _of_file(file: Path) -> Iterable[Case]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    listed = content.get("cases", []) if isinstance(content, Mapping) else content or []
    for number, written in enumerate(listed, start=1):
        yield Case(
            id=str(written.get("id", f"{file.stem}-{number}")),
            title=str(written.get("title", "")),
            file=file,
            given=written.get("given") or {},
            when=tuple(written.get("when") or ()),
            expect=written.get("expect") or {},
        )
