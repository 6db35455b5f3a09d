"""Views whose modules are imported with their first request: who only shows products loads no checkout."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from flask import Blueprint
from werkzeug.routing import Rule


class LateRule(Rule):
    """A route whose addresses are first made when a page links to it.

    Werkzeug compiles two functions for every route while the app is put together; a page needs those of a few.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        def first(rule: Rule, **values: Any) -> tuple[str, str]:
            build = super(LateRule, self)._compile_builder(append_unknown).__get__(rule, None)
            setattr(rule, "_build_unknown" if append_unknown else "_build", build)
            return build(**values)

        return first


class LateView:
    """Stands for ``module:function``. ``permission`` is what a page of the back office asks for."""

    def __init__(self, target: str, permission: str = "") -> None:
        self.__module__, _, self.__name__ = target.partition(":")
        self._view: Callable[..., Any] | None = None
        self.permission = permission

    def __call__(self, *arguments: Any, **values: Any) -> Any:
        if self._view is None:
            self._view = self.load()
        return self._view(*arguments, **values)

    def load(self) -> Callable[..., Any]:
        """The function itself."""
        view: Callable[..., Any] = getattr(import_module(self.__module__), self.__name__)
        return view


def route(blueprint: Blueprint, package: str, method: str, rule: str, target: str, permission: str = "") -> None:
    """Let ``package.module:function`` answer the rule; the function's name is the endpoint's."""
    blueprint.add_url_rule(
        rule,
        endpoint=target.partition(":")[2],
        view_func=LateView(f"{package}.{target}", permission),
        methods=[method],
    )
