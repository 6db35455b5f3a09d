"""``entrepot run`` and ``entrepot worker``: the two kinds of process that a store needs."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from entrepot.cli.context import settings_of, shop

if TYPE_CHECKING:
    from entrepot.settings import Settings

THREADS = 8


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=5000, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes; more than one needs entrepot[server].")
@click.pass_context
def run(context: click.Context, host: str, port: int, workers: int) -> None:
    """Serve shop and back office. Mail, plugins and jobs need 'entrepot worker' beside it."""
    gc.disable()  # served_app turns it on again
    _log_to_terminal()
    settings = settings_of(context)
    if workers > 1:
        _serve_by_processes(settings, host, port, workers)
        return
    from waitress import serve  # type: ignore[import-untyped]

    from entrepot.serving import served_app

    app = served_app(settings)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    click.echo(f"The shop is at http://{host}:{port}/, the back office at http://{host}:{port}/admin/")
    serve(app, host=host, port=port, threads=THREADS, ident=None, _quiet=True)


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@click.pass_context
def worker(context: click.Context, once: bool) -> None:
    """Deliver facts to plugins and run periodic jobs, until SIGTERM or Ctrl-C. Several may run at once."""
    from entrepot.background import CONSUMERS, JOBS, TASKS
    from entrepot.engine.worker import work, work_once

    _log_to_terminal()
    with shop(settings_of(context)) as runtime:
        if once:
            click.echo(f"{work_once(runtime, CONSUMERS, JOBS, TASKS)} things were done.")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        click.echo("The worker is running.")
        work(runtime, CONSUMERS, JOBS, TASKS, stop=stop)


def _log_to_terminal() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # it would write every address, with its query


def _serve_by_processes(settings: Settings, host: str, port: int, workers: int) -> None:
    if find_spec("gunicorn") is None:
        raise click.ClickException("Several processes need gunicorn. Run: pip install 'entrepot[server]'")
    from entrepot.cli.processes import Processes

    Processes(settings, {"workers": workers, "threads": THREADS, "bind": f"{host}:{port}"}).run()
