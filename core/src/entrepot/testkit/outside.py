"""Closes the doors that a provider must not use: the network, the machine's clock, randomness."""

from __future__ import annotations

import datetime as datetime_module
import os
import random
import secrets
import socket
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NoReturn

import pytest

from entrepot.testkit.verdict import refuse

_CLOCK = {time: ("time", "time_ns", "gmtime", "localtime", "sleep")}
_CHANCE = {
    random: ("random", "randint", "randrange", "choice", "choices", "shuffle", "sample", "uniform", "getrandbits"),
    secrets: ("token_hex", "token_urlsafe", "token_bytes", "choice", "randbelow", "randbits"),
    uuid: ("uuid1", "uuid4"),
    os: ("urandom",),
}
_INSTANTS = ("now", "utcnow", "today")


@contextmanager
def closed_network() -> Iterator[None]:
    """Nothing connects and no name is looked up; whoever tries fails the test at once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _no_network)
        patch.setattr(socket, "getaddrinfo", _no_network)
        patch.setattr(socket, "create_connection", _no_network)
        yield


@contextmanager
def closed_clock_and_chance(package: str) -> Iterator[None]:
    """Code of the package that reads the machine's clock or rolls dice fails the test; everybody else still may."""
    with pytest.MonkeyPatch.context() as patch:
        stand_ins = {id(original): stand_in for original, stand_in in _close(patch, package)}
        for module in modules_of(package):
            for name, value in list(vars(module).items()):
                if id(value) in stand_ins:  # taken earlier with "from time import time"
                    patch.setattr(module, name, stand_ins[id(value)])
        yield


def modules_of(package: str) -> list[ModuleType]:
    """Imported modules of the package, itself included."""
    return [
        module
        for name, module in sorted(sys.modules.items())
        if (name == package or name.startswith(f"{package}.")) and isinstance(module, ModuleType)
    ]


def _no_network(*_: object, **__: object) -> NoReturn:
    refuse(
        "The provider opened a connection of its own.",
        costs="a call without deadline or breaker: one slow vendor holds every checkout, and nothing is recorded.",
        remedy="use self.ctx.http; it carries the deadline and maps failures to typed errors.",
    )


def _close(patch: pytest.MonkeyPatch, package: str) -> Iterator[tuple[Any, Any]]:
    """Put a stand-in before every source of time and chance; gives (original, stand-in) pairs."""
    for module, names in (_CLOCK | _CHANCE).items():
        for name in names:
            original = getattr(module, name)
            stand_in = _stand_in(package, f"{module.__name__}.{name}", original)
            patch.setattr(module, name, stand_in)
            yield original, stand_in
    for original in (datetime_module.datetime, datetime_module.date):
        watched = _watched(package, original)
        patch.setattr(datetime_module, original.__name__, watched)
        yield original, watched


def _stand_in(package: str, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        _refuse_from(package, name)
        return original(*arguments, **options)

    return call


def _watched(package: str, original: type) -> type:
    """A subclass that refuses to tell the time to the package and is otherwise taken for the original."""

    class Meta(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, original)

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, original)

    def teller(name: str) -> classmethod[Any, Any, Any]:
        def tell(cls: type, *arguments: Any, **options: Any) -> Any:
            _refuse_from(package, f"{original.__name__}.{name}")
            return getattr(original, name)(*arguments, **options)

        return classmethod(tell)

    tellers = {name: teller(name) for name in _INSTANTS if hasattr(original, name)}
    return Meta(original.__name__, (original,), tellers)


def _refuse_from(package: str, name: str) -> None:
    caller = str(sys._getframe(2).f_globals.get("__name__", ""))
    if caller != package and not caller.startswith(f"{package}."):
        return
    refuse(
        f"{caller} called {name}.",
        costs="answers that cannot be repeated: a retry asks for something else, and no incident can be replayed.",
        remedy="take the time from self.ctx.clock.now() or the request; take ids from the request's idempotency key.",
    )
