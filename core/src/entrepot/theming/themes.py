"""Themes: found by entry point or in a folder, read as data. No code of a theme is ever imported."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from entrepot.engine.entry_points import installed
from entrepot.kernel.records import dataclass
from entrepot.theming.errors import (
    CircularParents,
    ThemeConflict,
    ThemeError,
    ThemeInvalid,
    ThemeNotInstalled,
    ThemeUnreadable,
    UnknownParent,
)
from entrepot.theming.manifest import Manifest, ThemeSetting, parse_manifest
from entrepot.theming.tokens import TokenSet, parse_tokens

ENTRY_POINT_GROUP = "entrepot.themes"


@dataclass(frozen=True)
class Theme:
    """One theme on disk: its manifest, its own tokens, its folders."""

    manifest: Manifest
    root: Path
    tokens: TokenSet = field(default_factory=TokenSet)

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def parent(self) -> str | None:
        return self.manifest.parent

    @property
    def settings(self) -> tuple[ThemeSetting, ...]:
        return self.manifest.settings

    @property
    def templates(self) -> Path:
        return self.root / "templates"

    @property
    def static(self) -> Path:
        return self.root / "static"

    @property
    def translations(self) -> Path:
        return self.root / "translations"


@dataclass(frozen=True)
class Discovery:
    """The themes that can be used, and what is wrong with the others."""

    themes: Mapping[str, Theme] = field(default_factory=dict)
    problems: tuple[ThemeError, ...] = ()


@dataclass(frozen=True)
class _Claim:
    theme_id: str
    root: Path | None
    entry_point: Any = None

    @property
    def source(self) -> str:
        if self.entry_point is None:
            return str(self.root)
        return self.entry_point.dist.name if self.entry_point.dist else "an unknown distribution"


def discover_themes(folders: Sequence[Path] = ()) -> Discovery:
    """Themes of the installed packages and of every subfolder of ``folders`` that has a theme.toml."""
    claims = defaultdict(list)
    for claim in [*_installed(), *_in_folders(folders)]:
        claims[claim.theme_id].append(claim)
    themes: dict[str, Theme] = {}
    problems: list[ThemeError] = []
    for theme_id, claimants in sorted(claims.items()):
        try:
            themes[theme_id] = _sole_theme(theme_id, claimants)
        except ThemeError as error:
            problems.append(error)
    return Discovery(themes=themes, problems=tuple(problems))


def load_theme(root: Path, *, expected_id: str | None = None) -> Theme:
    """The theme in a folder; raises ThemeUnreadable, ThemeInvalid or TokenInvalid."""
    name = expected_id or root.name
    manifest = parse_manifest(name, _read_toml(name, root / "theme.toml"))
    if expected_id not in (None, manifest.id):
        problem = f"its id is '{manifest.id}', its entry point says '{expected_id}'."
        raise ThemeInvalid(name, "theme.toml", problem, "Make the two equal.")
    tokens_file = root / "tokens.toml"
    content = _read_toml(manifest.id, tokens_file) if tokens_file.is_file() else {}
    return Theme(manifest=manifest, root=root, tokens=parse_tokens(manifest.id, content))


def theme_chain(themes: Mapping[str, Theme], theme_id: str) -> tuple[Theme, ...]:
    """The theme, its parent, its grandparent …; raises when one is missing or the line is a circle."""
    if theme_id not in themes:
        problem = "it is not installed, or it is broken."
        raise ThemeNotInstalled(theme_id, "settings", problem, f"Choose one of: {_names(themes)}.")
    chain = [themes[theme_id]]
    while (parent := chain[-1].parent) is not None:
        if parent in (theme.id for theme in chain):
            circle = " → ".join([*(theme.id for theme in chain), parent])
            problem = f"the parents form a circle: {circle}."
            raise CircularParents(theme_id, "theme.toml", problem, "Remove one 'parent'.")
        if parent not in themes:
            problem = f"the parent '{parent}' is not installed."
            raise UnknownParent(chain[-1].id, "theme.toml", problem, f"Install it, or use one of: {_names(themes)}.")
        chain.append(themes[parent])
    return tuple(chain)


def _installed() -> Iterable[_Claim]:
    for entry_point in installed(ENTRY_POINT_GROUP):
        yield _Claim(entry_point.name, _package_folder(entry_point.value), entry_point)


def _in_folders(folders: Sequence[Path]) -> Iterable[_Claim]:
    for folder in folders:
        for manifest in sorted(folder.glob("*/theme.toml")):
            yield _Claim(manifest.parent.name, manifest.parent)


def _package_folder(package: str) -> Path | None:
    """Where a top-level package lies; finding it executes nothing, which a dotted name could not promise."""
    if not package.isidentifier():
        return None
    spec = find_spec(package)
    locations = list(spec.submodule_search_locations or ()) if spec else []
    return Path(locations[0]) if locations else None


def _sole_theme(theme_id: str, claimants: Sequence[_Claim]) -> Theme:
    if len(claimants) > 1:
        sources = " and ".join(claim.source for claim in claimants)
        raise ThemeConflict(theme_id, "entry point", f"it is claimed by {sources}.", "Remove one of them.")
    claim = claimants[0]
    if claim.root is None:
        problem = f"the package that {claim.source} names cannot be found."
        raise ThemeUnreadable(theme_id, "entry point", problem, "The value must be the name of a top-level package.")
    return load_theme(claim.root, expected_id=theme_id)


def _read_toml(theme: str, file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"the file cannot be read ({error.strerror})."
        raise ThemeUnreadable(theme, file.name, problem, "A theme is a folder with a theme.toml.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ThemeUnreadable(theme, file.name, f"it is not valid TOML: {error}.", "Correct that place.") from error


def _names(themes: Mapping[str, Theme]) -> str:
    return ", ".join(sorted(themes)) or "(no theme is installed)"
