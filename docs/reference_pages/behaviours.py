"""What the conformance classes test: a sentence per test, and the ``costs`` that its failure message names."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent
from types import FunctionType


@dataclass(frozen=True)
class Behaviour:
    """One test of a conformance class."""

    sentence: str
    costs: str


def of(kit: type) -> list[Behaviour]:
    """Every behaviour that a subclass inherits, the kind's own first."""
    tests: dict[str, FunctionType] = {}
    for cls in kit.__mro__:
        for name, test in vars(cls).items():
            if name.startswith("test_") and inspect.isfunction(test):
                tests.setdefault(name, test)
    return [Behaviour(_sentence(name), " ".join(dict.fromkeys(_costs(kit, test)))) for name, test in tests.items()]


def _sentence(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")


def _costs(kit: type, function: FunctionType, depth: int = 3) -> Iterator[str]:
    """What the test says itself, else what the checks say that it calls as statements of their own."""
    tree = ast.parse(dedent(inspect.getsource(function)))
    own = [cost for cost in _named(tree, function) if cost]
    if own or not depth:
        yield from own
        return
    for check in list(_checks(kit, tree)) or list(_methods(kit, tree)):
        yield from _costs(kit, check, depth - 1)


def _named(tree: ast.AST, function: FunctionType) -> Iterator[str]:
    module = vars(sys.modules[function.__module__])
    found = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "costs"]
    return (_text(node.value, module) for node in sorted(found, key=lambda node: node.lineno))


def _checks(kit: type, tree: ast.AST) -> Iterator[FunctionType]:
    """Methods that are called as a statement, ``self._require_refused(body)``: they look and say nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield from _called(kit, node.value)


def _methods(kit: type, tree: ast.AST) -> Iterator[FunctionType]:
    for node in ast.walk(tree):
        yield from _called(kit, node)


def _called(kit: type, node: ast.AST) -> Iterator[FunctionType]:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
            method = getattr(kit, name, None)
            if inspect.isfunction(method):
                yield method


def _text(value: ast.expr, module: dict[str, object]) -> str:
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return str(module.get(name, ""))
    return ""
