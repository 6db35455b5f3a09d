"""``theme.toml``: who a theme is, what it builds on, what a merchant may set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from entrepot.kernel.records import dataclass
from entrepot.theming.errors import ThemeInvalid

#: The block, slot and view-model contract that themes are written against.
API_VERSION = 1
#: Names of layers that are not themes.
RESERVED_IDS = frozenset({"override", "plugins", "core"})
SETTING_TYPES = ("color", "text", "number", "choice", "toggle", "image")

_ID = re.compile(r"[a-z][a-z0-9_-]*")
_KEYS = {"id", "name", "version", "parent", "api_version", "preview", "slots", "settings"}


@dataclass(frozen=True)
class ThemeSetting:
    """Something a merchant may set; with ``token`` the value takes that design token's place."""

    name: str
    type: str
    label: str
    default: str | int | bool | None = None
    token: str | None = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class Manifest:
    """The content of a ``theme.toml``; ``id`` and ``name`` are required, ``slots`` lists what the theme offers."""

    id: str
    name: str
    version: str = "0"
    parent: str | None = None
    api_version: int = API_VERSION
    preview: str | None = None
    slots: tuple[str, ...] = ()
    settings: tuple[ThemeSetting, ...] = ()


def parse_manifest(theme: str, content: Mapping[str, Any]) -> Manifest:
    """Check and freeze a parsed ``theme.toml``; raises ThemeInvalid."""
    if unknown := sorted(set(content) - _KEYS):
        raise _invalid(theme, f"'{unknown[0]}' means nothing here.", f"Known are: {', '.join(sorted(_KEYS))}.")
    theme_id = _text(theme, content, "id")
    if not _ID.fullmatch(theme_id) or theme_id in RESERVED_IDS:
        remedy = "Use small letters, digits and hyphens, like 'harbour'."
        raise _invalid(theme, f"'{theme_id}' cannot be a theme id.", remedy)
    if content.get("api_version", API_VERSION) != API_VERSION:
        problem = f"it is written for theme API {content['api_version']}, this shop has {API_VERSION}."
        raise _invalid(theme, problem, "Install a version of the theme that fits.")
    return Manifest(
        id=theme_id,
        name=_text(theme, content, "name"),
        version=_text(theme, content, "version") if "version" in content else "0",
        parent=_text(theme, content, "parent") if "parent" in content else None,
        preview=_text(theme, content, "preview") if "preview" in content else None,
        slots=_texts(theme, content, "slots"),
        settings=_settings(theme, content),
    )


def _settings(theme: str, content: Mapping[str, Any]) -> tuple[ThemeSetting, ...]:
    tables = content.get("settings", {})
    if not isinstance(tables, Mapping) or not all(isinstance(table, Mapping) for table in tables.values()):
        raise _invalid(theme, "'settings' must hold tables.", "Write [settings.accent] with type and label below it.")
    return tuple(_setting(theme, name, table) for name, table in tables.items())


def _setting(theme: str, name: str, table: Mapping[str, Any]) -> ThemeSetting:
    known = set(ThemeSetting.__dataclass_fields__) - {"name"}
    if unknown := sorted(set(table) - known):
        problem = f"settings.{name}: '{unknown[0]}' means nothing here."
        raise _invalid(theme, problem, f"Known are: {', '.join(sorted(known))}.")
    kind = table.get("type")
    if kind not in SETTING_TYPES:
        raise _invalid(
            theme, f"settings.{name}: there is no type {kind!r}.", f"The types are {', '.join(SETTING_TYPES)}."
        )
    choices = _texts(theme, table, "choices")
    if kind == "choice" and not choices:
        raise _invalid(theme, f"settings.{name} has no choices.", 'Write choices = ["left", "right"].')
    rest = {key: value for key, value in table.items() if key not in ("choices", "label")}
    return ThemeSetting(name=name, label=_text(theme, table, "label"), choices=choices, **rest)


def _text(theme: str, content: Mapping[str, Any], key: str) -> str:
    value = content.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _invalid(theme, f"'{key}' is missing or not a text.", f'Write {key} = "…".')
    return value


def _texts(theme: str, content: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = content.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _invalid(theme, f"'{key}' is not a list of texts.", f'Write {key} = ["…", "…"].')
    return tuple(values)


def _invalid(theme: str, problem: str, remedy: str) -> ThemeInvalid:
    return ThemeInvalid(theme, "theme.toml", problem, remedy)
