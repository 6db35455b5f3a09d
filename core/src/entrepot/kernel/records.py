"""``dataclass`` as in the standard library, made without compiling: for modules that are imported at start.

The standard library compiles up to six methods for each class: half a millisecond of every start, for hundreds of
classes of which a process uses few. Here ``__init__`` is compiled for the first object, and the others need no
compiling. ``fields``, ``replace``, ``asdict``, ``match`` and pickling work as ever; ``InitVar`` and ``order`` do not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, kw_only=False, slots=False):
        """``@dataclass`` or ``@dataclass(frozen=True, …)``."""

        def decorate(cls):
            return _record(cls, frozen=frozen, kw_only=kw_only, slots=slots)

        return decorate if cls is None else decorate(cls)


def _record(cls: Any, *, frozen: bool, kw_only: bool, slots: bool) -> Any:
    if cls.__doc__ is None:
        cls.__doc__ = cls.__name__  # else the standard library would find out its signature to write it there
    own = {name for name, value in vars(cls).items() if value is not None}
    derived = any(dataclasses.is_dataclass(base) for base in cls.__mro__[1:])
    # Only the standard library may say whether a derived class fits its base; then it seals the class itself.
    shape = dataclasses.dataclass(
        init=False, repr=False, eq=False, frozen=frozen and derived, kw_only=kw_only, slots=slots
    )
    cls = shape(cls)
    methods = [("__repr__", _repr), *_comparison(cls, frozen=frozen), _late_init(cls, frozen=frozen)]
    if frozen and not derived:
        methods += [*_seal(cls), *(_PICKLING if slots else ())]
    for name, method in methods:
        if name not in own:
            setattr(cls, name, method)
    parameters = cls.__dataclass_params__  # what a dataclass derived from this one asks about
    parameters.init = parameters.repr = parameters.eq = True
    parameters.frozen = frozen
    return cls


@recursive_repr()
def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _comparison(cls: type, *, frozen: bool) -> list[tuple[str, Any]]:
    fields = dataclasses.fields(cls)
    values = _values_of([field.name for field in fields if field.compare])
    hashable = _values_of([field.name for field in fields if (field.compare if field.hash is None else field.hash)])

    def equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(hashable(self))

    return [("__eq__", equal), ("__hash__", hashed if frozen else None)]


def _values_of(names: list[str]) -> Callable[[Any], Any]:
    """Of a single name attrgetter gives the bare value; named twice it comes in a tuple like the others."""
    return attrgetter(*names, *names[:1]) if names else lambda record: ()


def _seal(cls: Any) -> list[tuple[str, Any]]:
    """Refuse to change a record. Classes derived from it may have attributes of their own."""
    names = frozenset(field.name for field in dataclasses.fields(cls))

    def assign(self: Any, name: str, value: object) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def delete(self: Any, name: str) -> None:
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    return [("__setattr__", assign), ("__delattr__", delete)]


def _late_init(cls: Any, *, frozen: bool) -> tuple[str, Any]:
    def first(self: Any, *arguments: Any, **values: Any) -> None:
        cls.__init__ = _compiled_init(cls, frozen=frozen)
        cls.__init__(self, *arguments, **values)

    first.__qualname__ = f"{cls.__qualname__}.__init__"
    return "__init__", first


def _compiled_init(cls: type, *, frozen: bool) -> Callable[..., None]:
    fields = dataclasses.fields(cls)
    known: dict[str, Any] = {"_set": object.__setattr__, "_absent": MISSING}
    given = sorted((field for field in fields if field.init), key=lambda field: bool(field.kw_only))
    parameters = [_parameter(field, known) for field in given]
    positional = sum(not field.kw_only for field in given)
    if positional < len(given):
        parameters.insert(positional, "*")
    lines = [_assignment(field, known, frozen=frozen) for field in fields if field.init or _has_default(field)]
    lines += ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    exec(f"def __init__(self, {', '.join(parameters)}):\n " + "\n ".join(lines or ["pass"]), known)
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _parameter(field: Field[Any], known: dict[str, Any]) -> str:
    if field.default is not MISSING:
        known[f"_default_{field.name}"] = field.default
        return f"{field.name}=_default_{field.name}"
    return f"{field.name}=_absent" if field.default_factory is not MISSING else field.name


def _assignment(field: Field[Any], known: dict[str, Any], *, frozen: bool) -> str:
    """One line of ``__init__``: the field takes the argument, its default, or what its factory makes."""
    value = field.name if field.init else f"_default_{field.name}"
    if field.default_factory is not MISSING:
        known[f"_make_{field.name}"] = field.default_factory
        made = f"_make_{field.name}()"
        value = f"{made} if {field.name} is _absent else {field.name}" if field.init else made
    elif not field.init:
        known[f"_default_{field.name}"] = field.default
    return f"_set(self, {field.name!r}, {value})" if frozen else f"self.{field.name} = {value}"


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


#: Slots of a sealed record are filled past its own refusal.
_PICKLING = [("__getstate__", _state), ("__setstate__", _restore)]
