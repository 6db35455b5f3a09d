"""``Theming``: all of theming behind one object, built once by ``create_app``."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from entrepot.kernel.records import dataclass
from entrepot.storage.derived import DerivedFiles
from entrepot.theming import settings as theme_settings
from entrepot.theming import tokens as design_tokens
from entrepot.theming.environment import LayeredEnvironment
from entrepot.theming.errors import StaticFileMissing, ThemeError
from entrepot.theming.layers import CORE, OVERRIDE, PLUGINS, FolderLayer, Layer, PluginLayer
from entrepot.theming.settings import Value
from entrepot.theming.slot_rendering import OnFailure, SlotRenderer, log_failure
from entrepot.theming.slots import SlotRegistry
from entrepot.theming.static import URL_PREFIX, StaticFile, StaticFiles
from entrepot.theming.themes import Discovery, Theme, theme_chain
from entrepot.theming.tokens import ResolvedTokens

#: The compiled tokens' name among a theme's static files.
STYLESHEET = "tokens.css"
#: Previews with a merchant's values make new ones all the time; only so many are remembered.
_KEPT_STYLESHEETS = 50

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Folders:
    """Where files come from, themes apart. ``core`` and ``override`` (the store's own) hold templates/ and static/."""

    core: Path
    plugin_templates: Mapping[str, Path] = field(default_factory=dict)
    plugin_static: Mapping[str, Path] = field(default_factory=dict)
    override: Path | None = None


@dataclass(frozen=True)
class _Look:
    """What a page is drawn with: a line of themes (none: the core alone) and a merchant's values for tokens."""

    themes: tuple[Theme, ...]
    token_overrides: tuple[tuple[str, str], ...]
    layers: tuple[str, ...]
    settings: Mapping[str, Value] = field(default_factory=dict)

    @property
    def theme_id(self) -> str:
        return self.themes[0].id if self.themes else CORE

    @property
    def key(self) -> tuple[object, ...]:
        return self.layers, self.token_overrides


_look: ContextVar[_Look | None] = ContextVar("look", default=None)


class Theming:
    """Pages, style sheet and static files in the active theme, or in another one within ``using()``."""

    def __init__(
        self,
        folders: Folders,
        *,
        discovery: Discovery | None = None,
        active: str | None = None,
        settings: Mapping[str, Value] | None = None,
        slots: SlotRegistry | None = None,
        on_slot_failure: OnFailure = log_failure,
        debug: bool = False,
        derived: DerivedFiles | None = None,
    ) -> None:
        self.discovery = discovery or Discovery()
        self.slots = slots or SlotRegistry()
        self.problems: list[ThemeError] = list(self.discovery.problems)
        self._debug = debug
        self._folders = folders
        self._followed = (active or "", settings or {})
        self._published = self._usable_look(active, settings or {})
        self._stylesheets: dict[tuple[object, ...], str] = {}
        self._static = StaticFiles(self._layers("static", folders.plugin_static), debug=debug)
        layers = self._layers("templates", folders.plugin_templates)
        self.environment = LayeredEnvironment(layers, lambda: self._current.layers, debug=debug, derived=derived)
        renderer = SlotRenderer(self.slots, self.environment, on_failure=on_slot_failure, strict=debug)
        self.environment.globals.update(
            slot=renderer.slot,
            theme_setting=self.setting,
            theme_static_url=self.theme_static_url,
            theme_stylesheet_url=lambda: self.stylesheet_url,
        )

    @property
    def active(self) -> str:
        """Id of the theme that pages are drawn in now; ``core`` without a usable theme."""
        return self._current.theme_id

    @property
    def stylesheet_url(self) -> str:
        return f"{URL_PREFIX}/{self.active}/{design_tokens.content_hash(self.stylesheet())}/{STYLESHEET}"

    def render(self, template: str, /, **context: Any) -> str:
        """A page; ``template`` is a plain name such as ``product/show.html``."""
        return self.environment.get_template(template).render(context)

    def chain(self, path: str) -> list[tuple[str, Path]]:
        """The layers that have the template and their files, the one that answers first."""
        return self.environment.chain(path)

    def tokens(self) -> ResolvedTokens:
        """The design tokens of the current look."""
        return _resolved_tokens(self._current)

    def stylesheet(self) -> str:
        """The current look's tokens as one style sheet."""
        return self._stylesheet_of(self._current)

    def setting(self, name: str) -> Value | None:
        """A merchant's value of one of the theme's settings, else its default; None for a name without one."""
        known = theme_settings.settings_of(self._current.themes).get(name)
        return None if known is None else self._current.settings.get(name, known.default)

    def theme_static_url(self, path: str) -> str:
        """Address of a static file with its content hash; a missing file raises in debug and is logged otherwise."""
        look = self._current
        url = self._static.url(look.theme_id, look.layers, path)
        if url is None:
            problem = (
                f"Static file '{path}' is in none of the layers: {', '.join(look.layers)}. Add it or correct the name."
            )
            if self._debug:
                raise StaticFileMissing(problem)
            _logger.warning(problem)
        return url or f"{URL_PREFIX}/{look.theme_id}/missing/{path}"

    def find_static(self, path: str) -> StaticFile | None:
        """The file for ``<theme>/<hash>/<path>``, an address without its prefix; None when there is none."""
        theme_id, _, rest = path.partition("/")
        digest, _, name = rest.partition("/")
        look = self._look_of(theme_id)
        if look is None or not name:
            return None
        if name == STYLESHEET:
            return self._stylesheet_file(look, asked_for=digest)
        return self._static.find(look.theme_id, look.layers, digest, name)

    @contextmanager
    def using(self, theme_id: str, token_overrides: Mapping[str, str] | None = None) -> Iterator[None]:
        """Draw in another theme or with other token values, for a preview; raises ThemeError when that cannot be."""
        token = _look.set(self._make_look(theme_id, token_overrides or {}))
        try:
            yield
        finally:
            _look.reset(token)

    def follow(self, theme_id: str, settings: Mapping[str, Value]) -> None:
        """Wear what the store wears now; what cannot be drawn is logged and left out, so a page never fails for it."""
        if (theme_id, settings) == self._followed:
            return
        self._followed = (theme_id, settings)
        if theme_id and theme_id not in self.discovery.themes:
            _logger.warning(
                "Theme '%s' came after this process had started; it is worn from the next start on.", theme_id
            )
            return
        self._published = self._usable_look(theme_id or None, settings)

    def forget(self) -> None:
        """Read templates and static files again, after the store's override folder changed."""
        self.environment.forget()
        self._static.forget()

    @property
    def _current(self) -> _Look:
        return _look.get() or self._published

    def _look_of(self, theme_id: str) -> _Look | None:
        if theme_id == self.active:
            return self._current
        try:
            return self._make_look(None if theme_id == CORE else theme_id, {})
        except ThemeError:
            return None

    def _usable_look(self, theme_id: str | None, settings: Mapping[str, Value]) -> _Look:
        try:
            plain = self._make_look(theme_id, {})
        except ThemeError as error:
            _logger.error("%s The shop goes on with the core layer.", error)
            self.problems.append(error)
            return self._make_look(None, {})
        try:
            look = self._make_look(theme_id, theme_settings.token_values(plain.themes, settings))
        except ThemeError as error:
            _logger.error("%s The shop goes on with the theme's own values.", error)
            self.problems.append(error)
            return plain
        return replace(look, settings=settings)

    def _make_look(self, theme_id: str | None, overrides: Mapping[str, str]) -> _Look:
        themes = theme_chain(self.discovery.themes, theme_id) if theme_id else ()
        for name, value in overrides.items():
            design_tokens.check_override(theme_id or CORE, name, value)
        layers = (*self._store_layer(), *(theme.id for theme in themes), PLUGINS, CORE)
        look = _Look(themes=themes, token_overrides=tuple(sorted(overrides.items())), layers=layers)
        _resolved_tokens(look)
        return look

    def _store_layer(self) -> tuple[str, ...]:
        return (OVERRIDE,) if self._folders.override else ()

    def _layers(self, kind: str, plugins: Mapping[str, Path]) -> dict[str, Layer]:
        layers: dict[str, Layer] = {
            theme.id: FolderLayer(theme.id, theme.root / kind) for theme in self.discovery.themes.values()
        }
        if self._folders.override:
            layers[OVERRIDE] = FolderLayer(OVERRIDE, self._folders.override / kind)
        layers[PLUGINS] = PluginLayer(plugins)
        layers[CORE] = FolderLayer(CORE, self._folders.core / kind, fenced=False)
        return layers

    def _stylesheet_of(self, look: _Look) -> str:
        if look.key not in self._stylesheets:
            if len(self._stylesheets) > _KEPT_STYLESHEETS:
                self._stylesheets.clear()
            self._stylesheets[look.key] = design_tokens.compile_stylesheet(_resolved_tokens(look))
        return self._stylesheets[look.key]

    def _stylesheet_file(self, look: _Look, *, asked_for: str) -> StaticFile:
        css = self._stylesheet_of(look)
        return StaticFile.of(STYLESHEET, digest=design_tokens.content_hash(css), asked_for=asked_for, body=css.encode())


def _resolved_tokens(look: _Look) -> ResolvedTokens:
    sets = [theme.tokens for theme in reversed(look.themes)]
    merged = design_tokens.merge(sets, dict(look.token_overrides))
    return design_tokens.resolve(look.theme_id, merged)
