"""The names of a plugin, all from one slug: distribution, package, plugin id, class, label. Pure."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

from entrepot import sdk

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40


class InvalidName(ValueError):
    """A name that would not work as a package; the message says what would."""


@dataclass(frozen=True)
class PluginName:
    """``PluginName.parse("carrier", "my-line")`` and everything that is called after it."""

    kind: str
    slug: str

    @classmethod
    def parse(cls, kind: str, name: str) -> PluginName:
        """Raises InvalidName with a name that would do."""
        if not _SLUG.fullmatch(name):
            raise InvalidName(f"'{name}' cannot be a plugin's name. Write it like '{_suggestion(name)}'.")
        if len(name) > _LONGEST:
            raise InvalidName(f"'{name}' is longer than {_LONGEST} characters. Choose a shorter name.")
        _refuse_repetition(kind, name)
        plugin = cls(kind, name)
        _refuse_shadows(plugin)
        return plugin

    @property
    def plugin_id(self) -> str:
        return f"{self.kind}-{self.slug}"

    @property
    def distribution(self) -> str:
        return f"entrepot-{self.plugin_id}"

    @property
    def package(self) -> str:
        return self.distribution.replace("-", "_")

    @property
    def class_name(self) -> str:
        return "".join(word.capitalize() for word in self.slug.split("-"))

    @property
    def label(self) -> str:
        return self.slug.replace("-", " ").capitalize()


def _suggestion(name: str) -> str:
    stem = name.removesuffix(".py")
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", stem)
    slug = re.sub(r"[^a-z0-9]+", "-", spaced.lower()).strip("-").lstrip("0123456789-")
    return slug or "my-line"


def _refuse_repetition(kind: str, name: str) -> None:
    for prefix in ("entrepot-", f"{kind}-"):
        if name.startswith(prefix) and len(name) > len(prefix):
            rest = name.removeprefix(prefix)
            raise InvalidName(f"'{name}' repeats '{prefix}', which is added by itself. Write just '{rest}'.")


def _refuse_shadows(plugin: PluginName) -> None:
    remedy = f"Add a word: '{plugin.slug}-{plugin.kind}'."
    if keyword.iskeyword(plugin.slug) or keyword.iskeyword(plugin.class_name):
        raise InvalidName(f"'{plugin.slug}' is a word of the Python language. {remedy}")
    if plugin.class_name in sdk.__all__:
        raise InvalidName(f"A class '{plugin.class_name}' would hide the one of entrepot.sdk. {remedy}")
