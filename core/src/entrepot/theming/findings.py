"""Findings: what a check says about a place in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing to change. An error keeps a theme from being published, a warning does not."""

    level: Literal["error", "warning"]
    file: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.level}: {self.message} {self.remedy}"


def error(file: str, line: int, message: str, remedy: str) -> Finding:
    return Finding("error", file, line, message, remedy)


def warning(file: str, line: int, message: str, remedy: str) -> Finding:
    return Finding("warning", file, line, message, remedy)


def line_at(text: str, position: int) -> int:
    """Line number of a position, from 1."""
    return text.count("\n", 0, position) + 1


def blanked(text: str, *patterns: re.Pattern[str], filler: str = " ") -> str:
    """The text with every match replaced, length and line breaks kept, so that positions stay true."""
    for pattern in patterns:
        text = pattern.sub(lambda match: re.sub(r"[^\n]", filler, match[0]), text)
    return text
