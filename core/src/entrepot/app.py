"""``create_app()``: the composition root. Storage, plugins, look and pages are put together here, in the open."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from entrepot.engine.boot import Boot
from entrepot.engine.runtime import Runtime, build_runtime
from entrepot.kernel.clock import Clock
from entrepot.markets.queries import StoreMissing, store
from entrepot.payments import ports
from entrepot.sdk.packs import RuleReckoner, bind_reckoner
from entrepot.sdk.readmodels import OrderView
from entrepot.settings import Settings, load_settings
from entrepot.storage.derived import DerivedFiles
from entrepot.storage.session import close_connections, init_storage, release_reader
from entrepot.theming.facade import Folders, Theming
from entrepot.theming.flask_adapter import install as install_theming
from entrepot.theming.slots import SlotRegistry
from entrepot.theming.themes import Theme, discover_themes, theme_chain
from entrepot.web import i18n, shell
from entrepot.web.i18n import Catalogues, CatalogueSource
from entrepot.web.late import LateRule

CORE = Path(__file__).parent


def create_app(
    settings: Settings | None = None, *, clock: Clock | None = None, entry_points: Iterable[Any] | None = None
) -> Flask:
    """The shop as a WSGI application. ``clock`` and ``entry_points`` (the plugins) are given by tests and previews."""
    with _without_collector():
        return _put_together(settings or load_settings(), clock, entry_points)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Thousands of classes are made while a shop starts and none goes: looking for garbage takes a tenth of it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _put_together(settings: Settings, clock: Clock | None, entry_points: Iterable[Any] | None) -> Flask:
    app = Flask("entrepot", static_folder=None, template_folder=None)
    app.url_rule_class = LateRule
    app.config.update(SECRET_KEY=settings.require_secret_key(), SQLALCHEMY_DATABASE_URI=settings.database_url)
    app.debug = settings.debug
    boot = Boot(settings)
    init_storage(app)
    ports.bind_orders(_order_book)
    bind_reckoner(_reckoner)

    def render(template: str, locale: str, **context: Any) -> str:
        """What providers draw their templates with; the look is put together below, from the plugins themselves."""
        with i18n.use(catalogues.translator(locale)):
            return theming.render(template, **context)

    with app.app_context():
        runtime = build_runtime(settings, clock, entry_points, render=render, shop=LateShop(), boot=boot)
        theming = build_theming(settings, runtime)
        release_reader()
    catalogues = build_catalogues(runtime, theming)
    i18n.install_jinja(theming.environment)
    install_theming(app, theming)
    shell.install(app, runtime, theming, catalogues)
    with app.app_context():
        close_connections()
    boot.finished()
    return app


class LateShop:
    """The shop's read models for plugins, loaded with the first question."""

    def order(self, number: str) -> OrderView | None:
        from entrepot.orders.queries import Shop

        return Shop().order(number)

    def stock(self, skus: list[str]) -> dict[str, int]:
        from entrepot.orders.queries import Shop

        return Shop().stock(skus)


def _reckoner() -> RuleReckoner:
    from entrepot.taxes.reckoner import Reckoner

    return Reckoner()


def _order_book() -> ports.OrderBook:
    from entrepot.orders.book import Orders

    return Orders()


def build_theming(settings: Settings, runtime: Runtime) -> Theming:
    """Themes, layers and slots. A plugin whose block does not fit is marked as failed; the shop starts."""
    slots = SlotRegistry()
    for block in runtime.registry.slot_blocks:
        try:
            slots.register(block.plugin_id, block)
        except Exception as error:
            runtime.registry.fail(block.plugin_id, "registration", error)
    plugins = runtime.registry.plugins.values()
    theme, theme_settings = _chosen_look()
    return Theming(
        Folders(
            core=CORE,
            plugin_templates=_present({plugin.id: plugin.folder / "templates" for plugin in plugins}),
            plugin_static=_present({plugin.id: plugin.folder / "static" for plugin in plugins}),
            override=settings.templates_dir if settings.templates_dir.is_dir() else None,
        ),
        discovery=discover_themes([settings.data_dir / "themes"]),
        active=theme,
        settings=theme_settings,
        slots=slots,
        debug=settings.debug,
        derived=DerivedFiles(settings.data_dir),
    )


def build_catalogues(runtime: Runtime, theming: Theming) -> Catalogues:
    """All translations, the active theme's first."""
    themes = theming.discovery.themes
    chain: tuple[Theme, ...] = theme_chain(themes, theming.active) if theming.active in themes else ()
    return Catalogues(
        [
            *(CatalogueSource(theme.translations) for theme in chain),
            CatalogueSource(CORE / "translations"),
            CatalogueSource(CORE / "translations", "admin"),
            *(
                CatalogueSource(plugin.folder / "translations", plugin.id)
                for plugin in runtime.registry.plugins.values()
            ),
            *(CatalogueSource(theme.translations) for theme in themes.values() if theme not in chain),
        ],
        DerivedFiles(runtime.settings.data_dir),
    )


def _chosen_look() -> tuple[str | None, dict[str, Any]]:
    """The theme that the store chose and its settings; without one the core's own templates are drawn."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    try:
        found = store()
    except (StoreMissing, OperationalError, ProgrammingError):
        return None, {}
    return found.theme or None, found.theme_settings


def _present(folders: dict[str, Path]) -> dict[str, Path]:
    return {plugin_id: folder for plugin_id, folder in folders.items() if folder.is_dir()}
