"""Design tokens: read from TOML, merged over the parents, compiled to one stylesheet of custom properties."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from entrepot.kernel.records import dataclass
from entrepot.theming.errors import TokenInvalid

#: Groups that become custom properties, in the order of the stylesheet.
GROUPS = ("color", "font", "space", "radius", "shadow", "motion")
#: Raw colours for references only: pages never see them.
PALETTE = "palette"
FILE = "tokens.toml"

_KEY = re.compile(r"[a-z0-9][a-z0-9_]*")
_REFERENCE = re.compile(r"\{([a-z]+)\.([a-z0-9_]+)\}")
_FORBIDDEN = re.compile(r"[;{}<>@\\\n\r]|/\*|url\s*\(|expression\s*\(", re.IGNORECASE)
_DURATION = re.compile(r"[\d.]+m?s")

Tokens = Mapping[str, str]


@dataclass(frozen=True)
class TokenSet:
    """Unresolved tokens by name (``color.accent``): one set, and what differs in the dark scheme."""

    light: Tokens = field(default_factory=dict)
    dark: Tokens = field(default_factory=dict)


@dataclass(frozen=True)
class ResolvedTokens:
    """Tokens without references, ready for a stylesheet. ``dark`` is complete, or empty without a dark scheme."""

    light: Tokens
    dark: Tokens


def parse_tokens(theme: str, content: Mapping[str, Any]) -> TokenSet:
    """The token set of a parsed ``tokens.toml``; raises TokenInvalid."""
    light = {group: entries for group, entries in content.items() if group != "dark"}
    dark = content.get("dark", {})
    if not isinstance(dark, Mapping):
        raise _invalid(theme, "'dark' is not a table.", "Write [dark.color] above the dark colours.")
    return TokenSet(light=_flatten(theme, light), dark=_flatten(theme, dark))


def merge(sets: Sequence[TokenSet], overrides: Tokens | None = None) -> TokenSet:
    """Later sets win, token by token; ``overrides`` (a merchant's settings) hold in both schemes."""
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for tokens in sets:
        light.update(tokens.light)
        dark.update(tokens.dark)
    light.update(overrides or {})
    dark = {name: value for name, value in dark.items() if name not in (overrides or {})}
    return TokenSet(light=light, dark=dark)


def resolve(theme: str, tokens: TokenSet) -> ResolvedTokens:
    """References replaced by values; raises TokenInvalid for unknown and circular ones."""
    light = _resolved(theme, tokens.light)
    dark = _resolved(theme, {**tokens.light, **tokens.dark}) if tokens.dark else {}
    return ResolvedTokens(light=light, dark=dark)


def compile_stylesheet(tokens: ResolvedTokens) -> str:
    """One stylesheet: ``:root``, the dark scheme by preference and by ``data-scheme``, less motion on request."""
    differing = {name: value for name, value in tokens.dark.items() if tokens.light.get(name) != value}
    scheme = "light dark" if tokens.dark else "light"
    rules = [f":root{{color-scheme:{scheme};{_declarations(tokens.light)}}}"]
    if tokens.dark:
        dark = f"color-scheme:dark;{_declarations(differing)}"
        rules.append(f"@media (prefers-color-scheme: dark){{:root:not([data-scheme=light]){{{dark}}}}}")
        rules.append(f"[data-scheme=dark]{{{dark}}}")
        rules.append("[data-scheme=light]{color-scheme:light}")
    still = {name: "0s" for name, value in tokens.light.items() if _is_duration(name, value)}
    if still:
        rules.append(f"@media (prefers-reduced-motion: reduce){{:root{{{_declarations(still)}}}}}")
    return "\n".join(rules) + "\n"


def content_hash(content: str | bytes) -> str:
    """Eight hexadecimal digits that change whenever the content does."""
    raw = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(raw).hexdigest()[:8]


def check_override(theme: str, name: str, value: str) -> None:
    """Refuse a merchant's value that is no token or could leave its declaration."""
    group, _, key = name.partition(".")
    _check_name(theme, group, key)
    _check_value(theme, name, value)


def _flatten(theme: str, groups: Mapping[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for group, entries in groups.items():
        if not isinstance(entries, Mapping):
            raise _invalid(theme, f"'{group}' stands outside a group.", f"Put it below one of {_group_names()}.")
        for key, value in entries.items():
            _check_name(theme, group, key)
            flat[f"{group}.{key}"] = _check_value(theme, f"{group}.{key}", value)
    return flat


def _check_name(theme: str, group: str, key: str) -> None:
    if group not in (*GROUPS, PALETTE):
        raise _invalid(theme, f"there is no token group '{group}'.", f"The groups are {_group_names()}.")
    if not _KEY.fullmatch(key):
        raise _invalid(theme, f"'{group}.{key}' is not a token name.", "Use small letters, digits and underscores.")


def _check_value(theme: str, name: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _invalid(theme, f"'{name}' is not a text or a number.", 'Write it like "#0b5f7a" or "1.5rem".')
    text = str(value).strip()
    bare = _REFERENCE.sub("", text)
    if not text or _FORBIDDEN.search(bare) or not _is_balanced(bare):
        raise _invalid(theme, f"the value of '{name}' is not one CSS value: {text!r}.", 'Write it like "#0b5f7a".')
    return text


def _is_balanced(text: str) -> bool:
    return text.count("(") == text.count(")") and text.count('"') % 2 == 0 and text.count("'") % 2 == 0


def _resolved(theme: str, tokens: Tokens) -> dict[str, str]:
    done: dict[str, str] = {}
    for name in tokens:
        _resolve_one(theme, name, tokens, done, path=())
    return done


def _resolve_one(theme: str, name: str, tokens: Tokens, done: dict[str, str], *, path: tuple[str, ...]) -> str:
    if name in done:
        return done[name]
    if name in path:
        circle = " → ".join((*path[path.index(name) :], name))
        raise _invalid(theme, f"tokens refer to each other in a circle: {circle}.", "Give one of them a value.")
    if name not in tokens:
        problem = f"'{path[-1]}' refers to '{name}', which is nowhere."
        raise _invalid(theme, problem, f"Define {name} or correct the name.")

    def value_of(reference: re.Match[str]) -> str:
        return _resolve_one(theme, f"{reference[1]}.{reference[2]}", tokens, done, path=(*path, name))

    done[name] = _REFERENCE.sub(value_of, tokens[name])
    return done[name]


def _declarations(tokens: Tokens) -> str:
    return "".join(
        f"--{name.replace('.', '-').replace('_', '-')}:{value};"
        for group in GROUPS
        for name, value in sorted(tokens.items())
        if name.partition(".")[0] == group
    )


def _is_duration(name: str, value: str) -> bool:
    return name.startswith("motion.") and _DURATION.fullmatch(value) is not None


def _group_names() -> str:
    return ", ".join((*GROUPS, PALETTE))


def _invalid(theme: str, problem: str, remedy: str) -> TokenInvalid:
    return TokenInvalid(theme, FILE, problem, remedy)
