"""What commands work with: the deployment's settings, and the engine without the web."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from entrepot.cli.lazy import Invocation
from entrepot.settings import Settings, load_settings

if TYPE_CHECKING:
    from flask import Flask

    from entrepot.engine.runtime import Runtime


def settings_of(context: click.Context) -> Settings:
    """Settings of the data folder that the command line names."""
    invocation = context.find_object(Invocation)
    return load_settings(data_dir=invocation.data_dir if invocation else None)


@contextmanager
def engine(settings: Settings, *, before_migration: bool = False) -> Iterator[Runtime]:
    """Plugins and database, inside an app context; no pages, so that it also works when those do not."""
    from entrepot.engine.runtime import build_runtime

    logging.getLogger("entrepot").addHandler(logging.NullHandler())  # commands tell themselves what failed
    with database(settings).app_context():
        yield build_runtime(settings, before_migration=before_migration)


def database(settings: Settings) -> Flask:
    """A bare app that knows the database only."""
    from flask import Flask

    from entrepot.storage.session import init_storage

    app = Flask("entrepot", static_folder=None, template_folder=None)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    init_storage(app)
    return app


@contextmanager
def shop(settings: Settings) -> Iterator[Runtime]:
    """The whole shop, inside its app context."""
    from entrepot import web
    from entrepot.app import create_app

    with create_app(settings).app_context():
        yield web.runtime()
