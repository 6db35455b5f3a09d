"""Pages for people who write plugins: hooks, facts, provider classes, errors, the conformance kit, the surface."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from entrepot import sdk, testkit
from entrepot.sdk import facts as fact_module
from entrepot.sdk import hooks as hook_module
from entrepot.sdk import tables, web
from reference_pages import behaviours
from reference_pages.outline import bases, fields, members, signature, text_of

NOTE = "<!-- Written by ./dev docs from the code. Change the code, not this page. -->"

_FAMILIES = {
    "Registration": "Registration hooks",
    "Observation": "Observation hooks",
    "Contribution": "Contribution hooks",
    "FirstResult": "First-result hooks",
}
_PROVIDERS = (
    "PaymentProvider",
    "Carrier",
    "TaxCalculator",
    "CustomsRules",
    "Notifier",
    "SalesChannel",
    "RateSource",
    "PartyScreening",
    "StockSource",
)
_KITS = (
    "PaymentConformance",
    "CarrierConformance",
    "TaxConformance",
    "CustomsConformance",
    "NotifierConformance",
    "ChannelConformance",
    "RateSourceConformance",
    "PartyScreeningConformance",
    "StockSourceConformance",
    "FeatureConformance",
)


def page(title: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", NOTE, *(part.strip("\n") for part in parts if part.strip()))) + "\n"


def code(text: str, language: str = "python") -> str:
    return f"```{language}\n{text}\n```"


def hooks() -> str:
    """Every hook by family, from the hookspecs."""
    intro = text_of(hook_module).split("\n", 1)[1].strip()
    parts = [intro]
    for family in hook_module.FAMILIES:
        parts += [f"## {_FAMILIES[family.__name__]}", text_of(family)]
        for name, spec in vars(family).items():
            if name.startswith("entrepot_"):
                parts += [f"### `{name}`", code(f"def {signature(spec)}"), text_of(spec)]
    return page("Hooks", *parts)


def facts() -> str:
    """Every fact with its fields and its hook."""
    parts = [
        "Facts are immutable and arrive at least once; `id` recognises a repeat. Every fact has `id: str` and "
        "`at: datetime` (UTC). See [hooks](hooks.md) for how they are delivered.",
    ]
    for kind, fact in fact_module.FACTS.items():
        if not _has_hook(kind):
            continue
        rows = [f"| `{field.name}` | `{field.type}` |" for base in _fact_line(fact) for field in fields(base)]
        table = "\n".join(("| field | type |", "|---|---|", *rows)) if rows else ""
        parts += [f"## `{fact.__name__}`", text_of(fact), f"Hook: `entrepot_{kind}`", table]
    return page("Facts", *parts)


def _has_hook(kind: str) -> bool:
    return hasattr(hook_module.Observation, f"entrepot_{kind}")


def _fact_line(fact: type) -> Iterator[type]:
    """The classes that give a fact its fields, general ones first."""
    return (base for base in reversed(fact.__mro__) if base not in (object, sdk.Fact))


def provider_classes() -> str:
    """The base classes, their capabilities and methods, and the values that they take and give."""
    parts = ["What costs money, moves goods or decides an amount is a class, chosen by an account that staff set up."]
    for name in ("Provider", *_PROVIDERS):
        cls = getattr(sdk, name)
        parts += [f"## `{name}`", text_of(cls), _attributes(cls), *_methods(cls)]
    parts += ["## `Context`", text_of(sdk.Context), _attributes(sdk.Context)]
    parts += ["## `HttpClient`", text_of(sdk.HttpClient), *_methods(sdk.HttpClient)]
    return page("Provider classes", *parts)


def _attributes(cls: type) -> str:
    rows = [f"| `{field.declaration}` | {field.comment} |" for field in fields(cls)]
    return "\n".join(("| attribute | meaning |", "|---|---|", *rows)).replace(" | None", " \\| None") if rows else ""


def _methods(cls: type) -> Iterator[str]:
    for name, method in vars(cls).items():
        function = getattr(method, "__func__", method)
        if not name.startswith("_") and inspect.isfunction(function):
            yield f"### `{signature(function)}`"
            yield text_of(function)


def errors() -> str:
    """What a provider may raise, and what the shop does then."""
    parts = ["Every message is a sentence with a remedy. A provider raises `ProviderError`s and nothing else."]
    for name in sdk.__all__:
        cls = getattr(sdk, name)
        if isinstance(cls, type) and issubclass(cls, Exception):
            parts += [f"## `{name}`", f"Base: `{'`, `'.join(bases(cls))}`.", text_of(cls)]
    return page("Errors", *parts)


def conformance() -> str:
    """What each conformance class tests, and what the mistake costs."""
    parts = [
        "A plugin's test inherits the class of its kind; see "
        "[how to write a payment plugin](../how-to/write-a-payment-plugin.md). A behaviour that does not apply is "
        'named in `exempt = {"test_…": "the reason"}` and reported as skipped. What a plugin does not declare as a '
        "capability is skipped by itself."
    ]
    for name in _KITS:
        kit = getattr(testkit, name)
        found = behaviours.of(kit)
        rows = [f"| {behaviour.sentence} | {behaviour.costs} |" for behaviour in found]
        heading = f"## `{name}`: {len(found)} behaviours"
        parts += [heading, text_of(kit), "\n".join(("| behaviour | what the mistake costs |", "|---|---|", *rows))]
    return page("Conformance kit", *parts)


def api_surface() -> str:
    """Everything that plugins may rely on, one line each."""
    lines = [f"API {sdk.API_VERSION}"]
    for module, names in (
        (sdk, sdk.__all__),
        (web, web.__all__),
        (tables, ["declarative_base", "transaction"]),
        (testkit, testkit.__all__),
    ):
        for name in names:
            lines += ["", *_lines(f"{module.__name__}.{name}", getattr(module, name))]
    for family in hook_module.FAMILIES:
        for name, spec in vars(family).items():
            if name.startswith("entrepot_"):
                lines += ["", f"hook {signature(spec)}"]
    return "\n".join(lines) + "\n"


def _lines(name: str, thing: Any) -> list[str]:
    if not getattr(thing, "__module__", "").startswith("entrepot."):
        return [f"{name}: {_short(thing)}"]
    if isinstance(thing, type):
        above = f"({', '.join(bases(thing))})" if bases(thing) else ""
        return [f"class {name}{above}", *(f"    {line}" for line in members(thing))]
    if inspect.isfunction(thing):
        return [f"def {name}{signature(thing).removeprefix(thing.__name__)}"]
    return [f"{name}: {_short(thing)}"]


def _short(thing: Any) -> str:
    return repr(thing) if isinstance(thing, str | int) else type(thing).__name__
