"""The Jinja environment: plain names go through the layers, ``next:`` goes one layer further down.

Templates come from strangers and from the back office, so every one of them runs in Jinja's sandbox. The stock
sandbox takes 1.75 times as long as none (a listing of 48 products); deciding by the attribute's name first, 1.09 times.
"""

from __future__ import annotations

import logging
import re
import types
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import (
    BaseLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    Undefined,
    make_logging_undefined,
    nodes,
    sandbox,
)
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, Macro
from markupsafe import escape

from entrepot.storage.derived import DerivedFiles
from entrepot.theming.layers import Layer

_NEXT = "next:"
_logger = logging.getLogger(__name__)

#: Attribute names the stock sandbox may refuse on some object. Every other public name it allows on every object.
_GUARDED_NAMES = frozenset(
    {"mro", "format", "format_map"}
    | sandbox.UNSAFE_GENERATOR_ATTRIBUTES
    | sandbox.UNSAFE_COROUTINE_ATTRIBUTES
    | sandbox.UNSAFE_ASYNC_GENERATOR_ATTRIBUTES
    | sandbox.UNSAFE_FUNCTION_ATTRIBUTES
    | sandbox.UNSAFE_METHOD_ATTRIBUTES
    | {name for _, mutators in sandbox._mutable_spec for name in mutators}
    | {name for kind in (types.CodeType, types.FrameType, types.TracebackType) for name in dir(kind)}
)
_LONGEST_REPETITION = 10_000
_REMEMBERED_NAMES = 10_000


class LayeredLoader(BaseLoader):
    """Reads ``@layer/path``; whoever asks has already decided on the layer."""

    def __init__(self, layers: Mapping[str, Layer]) -> None:
        self.layers = layers

    def get_source(self, environment: Any, template: str) -> tuple[str, str, Callable[[], bool]]:
        layer, _, path = template.removeprefix("@").partition("/")
        file = self.layers[layer].find(path) if layer in self.layers else None
        if file is None:
            raise TemplateNotFound(template)
        return file.read_text(encoding="utf-8"), str(file), _unchanged_since_now(file)

    def list_templates(self) -> list[str]:
        return sorted(f"@{layer.name}/{path}" for layer in self.layers.values() for path in layer.paths())


class CompiledTemplates(BytecodeCache):
    """Templates compiled by an earlier start. Jinja itself asks whether the source is still the same."""

    #: This module decides how templates are compiled.
    _made_by = f"{jinja2.__version__} {Path(__file__).stat().st_mtime_ns}"

    def __init__(self, files: DerivedFiles) -> None:
        self._files = files

    def load_bytecode(self, bucket: Bucket) -> None:
        kept = self._files.read(f"template {bucket.key}", made_from=self._made_by)
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._files.write(f"template {bucket.key}", bucket.bytecode_to_string(), made_from=self._made_by)


def escaped(value: Any) -> str:
    """A value as a page shows it. Most are short texts with nothing to escape, which need no object around them."""
    if type(value) is str and _SPECIAL(value) is None:
        return value
    return escape(value)


_SPECIAL = re.compile("[&<>'\"]").search


class _Compiler(CodeGenerator):
    """Jinja's, but for what becomes of values that are printed: ``escaped`` takes a third of the time."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self.writeline(f"from {__name__} import escaped")
        super().visit_Template(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
            return
        self.write("escaped(")
        if finalize.src is not None:
            self.write(finalize.src)


class LayeredEnvironment(sandbox.ImmutableSandboxedEnvironment):
    """Looks names up through the active layers, first hit wins; compiled templates are kept per layer."""

    intercepted_binops = frozenset({"*", "**"})
    code_generator_class = _Compiler

    def __init__(
        self,
        layers: Mapping[str, Layer],
        active: Callable[[], tuple[str, ...]],
        *,
        debug: bool = False,
        derived: DerivedFiles | None = None,
    ) -> None:
        super().__init__(
            loader=LayeredLoader(layers),
            autoescape=True,
            auto_reload=debug,
            cache_size=-1,
            bytecode_cache=CompiledTemplates(derived) if derived and not debug else None,
            undefined=StrictUndefined if debug else logging_undefined(_logger),
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self.layers = layers
        self.debug = debug
        self._active = active
        self._open_names: set[str] = set()
        self._own: set[Callable[..., Any]] = set()
        self._located: dict[tuple[tuple[str, ...], str], str] = {}
        self.policies["ext.i18n.trimmed"] = True
        self.install_null_translations(newstyle=True)  # type: ignore[attr-defined]

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Templates without globals of their own share the environment's: to look through two maps takes longer than
        most of what is looked up."""
        return super().make_globals(d) if d else self.globals

    def give(self, **functions: Callable[..., Any]) -> None:
        """Functions of the core that templates may call; they ask for neither context nor environment."""
        self.globals.update(functions)
        self._own.update(functions.values())

    def chain(self, path: str) -> list[tuple[str, Path]]:
        """The layers that have the template, the one that answers first."""
        found = [(name, self.layers[name].find(path)) for name in self._active()]
        return [(name, file) for name, file in found if file is not None]

    def forget(self) -> None:
        """Drop compiled templates and remembered places, after a template was uploaded or removed."""
        self._located.clear()
        if self.cache is not None:
            self.cache.clear()

    def join_path(self, template: str, parent: str) -> str:
        """``next:`` gets the layer to start below; names of layers are not for templates and are never found."""
        if template.startswith("@"):
            return f"/{template}"
        if not template.startswith(_NEXT):
            return template
        here = parent.removeprefix("@").partition("/")[0]
        return f"{_NEXT}@{here}/{template.removeprefix(_NEXT)}"

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:
        qualified = name if name.startswith("@") else self._locate(name)
        return super()._load_template(qualified, globals)

    def _locate(self, name: str) -> str:
        layers = self._active()
        known = self._located.get((layers, name))
        if known is not None:
            return known
        qualified = self._search(*_below(layers, name))
        if not self.debug:
            self._located[layers, name] = qualified
        return qualified

    def _search(self, layers: tuple[str, ...], path: str) -> str:
        for layer in layers:
            if self.layers[layer].find(path):
                return f"@{layer}/{path}"
        places = ", ".join(layers) or "no layer"
        raise TemplateNotFound(path, message=f"Template '{path}' was not found; searched: {places}.")

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Macros and what the core gives templates itself are called without the inspection that values get."""
        kind = type(obj)
        if kind is Macro or (kind is types.FunctionType and obj in self._own):
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            return obj(*args, **kwargs)
        return super().call(context, obj, *args, **kwargs)

    def getattr(self, obj: Any, attribute: str) -> Any:
        if attribute not in self._open_names and not self._is_open(attribute):
            return super().getattr(obj, attribute)
        try:
            return getattr(obj, attribute)
        except AttributeError:
            pass
        try:
            return obj[attribute]
        except (TypeError, LookupError, AttributeError):
            return self.undefined(obj=obj, name=attribute)

    def _is_open(self, attribute: str) -> bool:
        """Whether the stock sandbox allows this name on every object; remembered, for pages use few names often."""
        if attribute in _GUARDED_NAMES or attribute.startswith("_"):
            return False
        if len(self._open_names) < _REMEMBERED_NAMES:
            self._open_names.add(attribute)
        return True

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse what would fill the memory or stop the clock: long repetitions and powers."""
        if operator == "**":
            raise SecurityError("Powers are not for templates. Compute the value in the view model.")
        if _is_long_repetition(left, right) or _is_long_repetition(right, left):
            raise SecurityError(f"A text or list can be repeated {_LONGEST_REPETITION} times at most.")
        return super().call_binop(context, operator, left, right)


def logging_undefined(logger: logging.Logger) -> type[Undefined]:
    """An undefined that prints as nothing and is logged once per name, for pages in production."""
    return make_logging_undefined(logger=_OncePerMessage(logger))  # type: ignore[arg-type]


class _OncePerMessage:
    """The part of a logger that Jinja's logging undefined uses, without repetitions."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._seen: set[str] = set()

    def warning(self, text: str, message: str) -> None:
        if message not in self._seen and len(self._seen) < 1000:
            self._seen.add(message)
            self._logger.warning(text, message)

    def error(self, text: str, message: str) -> None:
        self._logger.error(text, message)


def _below(layers: tuple[str, ...], name: str) -> tuple[tuple[str, ...], str]:
    """The layers to search and the plain path of a name that ``join_path`` returned."""
    if not name.startswith(f"{_NEXT}@"):
        return layers, name
    here, _, path = name.removeprefix(f"{_NEXT}@").partition("/")
    return (layers[layers.index(here) + 1 :] if here in layers else ()), path


def _is_long_repetition(sequence: object, times: object) -> bool:
    if not isinstance(sequence, str | bytes | list | tuple) or not isinstance(times, int):
        return False
    return len(sequence) * times > _LONGEST_REPETITION


def _unchanged_since_now(file: Path) -> Callable[[], bool]:
    changed_at = file.stat().st_mtime_ns

    def is_unchanged() -> bool:
        try:
            return file.stat().st_mtime_ns == changed_at
        except OSError:
            return False

    return is_unchanged
