"""Declarations and comments as the source code has them, so that no version of Python draws them differently."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

_QUIET = frozenset({"__post_init__", "__init_subclass__", "__repr__"})
_CHANGES_THE_CALL = frozenset({"property", "classmethod", "staticmethod"})
#: What a signature is worth to a reader without.
_SELF = ("self, ", "self", "cls, ", "cls")


@dataclass(frozen=True)
class Field:
    """An attribute that a class declares, with the comment above it."""

    name: str
    type: str
    default: str
    comment: str

    @property
    def declaration(self) -> str:
        return f"{self.name}: {self.type}" + (f" = {self.default}" if self.default else "")


def signature(function: Callable[..., Any], *, name: str = "") -> str:
    """``name(arguments) -> answer``, without ``self``."""
    return _signature(_definition(function), name)


def fields(cls: type) -> list[Field]:
    """The annotated attributes of the class itself, in order."""
    source = dedent(inspect.getsource(cls))
    found = [node for node in _class(source).body if isinstance(node, ast.AnnAssign)]
    return [_field(node, source.splitlines()) for node in found if not ast.unparse(node.target).startswith("_")]


def members(cls: type) -> list[str]:
    """Every public line of the class itself: attributes, values, methods."""
    body = _class(dedent(inspect.getsource(cls))).body
    return [line for node in body for line in _member(node)]


def bases(cls: type) -> list[str]:
    return [ast.unparse(base) for base in _class(dedent(inspect.getsource(cls))).bases]


def is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__") and name not in _QUIET)


def text_of(thing: object) -> str:
    """Its docstring in Markdown: the same words, with code in single backticks and examples fenced."""
    return as_markdown(inspect.getdoc(thing) or "")


def as_markdown(text: str) -> str:
    lines = text.replace("``", "`").splitlines()
    return "\n".join(_fenced(lines))


def _fenced(lines: list[str]) -> Iterator[str]:
    """What a paragraph that ends in two colons announces is code, as far as it is indented."""
    inside = False
    for line in lines:
        indented = line.startswith("    ")
        if line.endswith("::"):
            yield line[:-1]
            yield ""
            yield "```python"
            inside = True
            continue
        if inside and line and not indented:
            yield "```"
            yield ""
            inside = False
        if not inside or line or indented:
            yield line.removeprefix("    ") if inside else line
    if inside:
        yield "```"


def _definition(function: Callable[..., Any]) -> ast.FunctionDef:
    node = ast.parse(dedent(inspect.getsource(function))).body[0]
    assert isinstance(node, ast.FunctionDef)
    return node


def _class(source: str) -> ast.ClassDef:
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.ClassDef)
    return node


def _signature(node: ast.FunctionDef, name: str = "") -> str:
    arguments = ast.unparse(node.args)
    for own in _SELF:
        arguments = arguments.removeprefix(own)
    answer = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{name or node.name}({arguments}){answer}"


def _field(node: ast.AnnAssign, lines: list[str]) -> Field:
    above = _comment_above(lines, node.lineno - 1)
    default = ast.unparse(node.value) if node.value else ""
    return Field(ast.unparse(node.target), ast.unparse(node.annotation), default, above)


def _comment_above(lines: list[str], index: int) -> str:
    """The ``#:`` lines directly above."""
    comment: list[str] = []
    while index > 0 and lines[index - 1].strip().startswith("#:"):
        index -= 1
        comment.insert(0, lines[index].strip().removeprefix("#:").strip())
    return " ".join(comment).replace("``", "`")


def _member(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.AnnAssign(target=ast.Name(id=name)) if is_public(name):
            yield ast.unparse(node)
        case ast.Assign(targets=[ast.Name(id=name)]) if is_public(name):
            yield ast.unparse(node)
        case ast.FunctionDef(name=name) if is_public(name):
            marks = [ast.unparse(mark) for mark in node.decorator_list]
            prefix = "".join(f"@{mark} " for mark in marks if mark in _CHANGES_THE_CALL)
            yield f"{prefix}def {_signature(node)}"
