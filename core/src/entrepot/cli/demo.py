"""``entrepot demo``: a store with goods, orders and simulators, served as one group of processes."""

from __future__ import annotations

import http.client
import math
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.lazy import Invocation
from entrepot.settings import load_settings

if TYPE_CHECKING:
    from entrepot.demo.folder import DemoFolder
    from entrepot.demo.group import Group, Member
    from entrepot.demo.preparing import Stand

HOST = "127.0.0.1"
DEFAULT_FOLDER = "entrepot-demo"
LOOK_EVERY_S = 0.1
#: How long the addresses wait for simulators that are slow to listen.
SIMULATORS_S = 15.0


class _Stopping:
    """Set by Ctrl-C, by SIGTERM and when the terminal goes away."""

    def __init__(self) -> None:
        self.asked = False
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if number := getattr(signal, name, None):
                signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True


@click.command()
@click.option("--port", type=click.IntRange(1024, 65_000), default=8000, show_default=True, help="Port of the shop.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"Folder of the demo store (default: ./{DEFAULT_FOLDER}).",
)
@click.option("--fresh", is_flag=True, help="Forget the demo store of earlier starts and make a new one.")
@click.pass_context
def demo(context: click.Context, port: int, data: Path | None, fresh: bool) -> None:
    """Serve a demo store: shop, back office, worker and simulators, on this machine only.

    The first start makes the store; later ones find it as it was left. Ctrl-C stops everything.
    """
    from entrepot.demo.folder import demo_folder

    stopping = _Stopping()
    invocation = context.find_object(Invocation)
    path = data or (invocation.data_dir if invocation else None) or Path(DEFAULT_FOLDER)
    _refuse_taken(port)
    with demo_folder(path.absolute(), fresh=fresh) as folder:
        _serve(folder, port, stopping)


def _refuse_taken(port: int) -> None:
    from entrepot.demo.simulators import is_free

    if is_free(port):
        return
    other = next((candidate for candidate in range(port + 1, port + 200) if is_free(candidate)), port + 1)
    raise click.ClickException(
        f"Port {port} is used by another program. Stop that one, or choose another port: --port {other}"
    )


def _serve(folder: DemoFolder, port: int, stopping: _Stopping) -> None:
    from entrepot.demo.group import Group
    from entrepot.demo.preparing import demo_environment, prepare

    if not folder.state.complete:
        click.echo(f"Making the demo store in {folder.path}: goods, pictures, a month of orders …")
    environment = demo_environment(os.environ, folder, f"http://{HOST}:{port}")
    prepared = prepare(folder, load_settings(environment), shop_port=port)
    for warning in prepared.warnings:
        click.secho(warning, fg="yellow", err=True)
    group = Group(_members(folder, port, prepared.stands), environment, say=_say)
    try:
        _open(group, port, prepared.stands, stopping)
        if not stopping.asked:
            click.echo(_directions(folder, port, prepared.stands))
        _look_after(group, stopping)
    finally:
        group.stop()
    click.echo("The demo has stopped. Its data stays for the next start.")


def _members(folder: DemoFolder, port: int, stands: Sequence[Stand]) -> list[Member]:
    """The shop, the simulators and the worker."""
    from entrepot.demo.group import Member, python

    logs = folder.logs
    shop = python("-m", "entrepot", "run", "--host", HOST, "--port", str(port))
    members = [Member("The shop", shop, logs / "shop.log", essential=True)]
    for stand in stands:
        place = ["--port", str(stand.port), "--data", str(folder.simulator_folder(stand.plugin_id))]
        command = python("-m", stand.simulator.module, *place)
        members.append(Member(stand.simulator.label, command, logs / f"{stand.plugin_id}.log"))
    worker = python("-m", "entrepot", "worker")
    return [*members, Member("The worker", worker, logs / "worker.log")]


def _open(group: Group, port: int, stands: Sequence[Stand], stopping: _Stopping) -> None:
    """The shop alone until it serves its first page, as that is what people wait for; then everybody else."""
    group.start(essential=True)
    _look_after(group, stopping, until=lambda: _answers(port))
    if not stopping.asked:
        group.start(essential=False)
    _look_after(group, stopping, until=lambda: all(_listens(stand.port) for stand in stands), within=SIMULATORS_S)


def _look_after(
    group: Group, stopping: _Stopping, *, until: Callable[[], bool] = lambda: False, within: float = math.inf
) -> None:
    """Keep the group alive until something comes true, for a time at most, or until somebody asks to stop."""
    deadline = time.monotonic() + within
    while not stopping.asked and time.monotonic() < deadline and not until():
        group.look_after(time.monotonic())
        time.sleep(LOOK_EVERY_S)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def _directions(folder: DemoFolder, port: int, stands: Sequence[Stand]) -> str:
    """What a person needs to know, on one screen."""
    from entrepot.demo.opening import written

    places = [("Shop", f"http://{HOST}:{port}/"), ("Back office", f"http://{HOST}:{port}/admin/")]
    places += [
        (stand.simulator.label, f"http://{HOST}:{stand.port}{stand.simulator.page}")
        for stand in stands
        if stand.simulator.page
    ]
    width = max(len(name) for name, _ in places) + 3
    coupons = ", ".join(f"{each['coupon']} ({each['label']['en']})" for each in written()["promotion"])
    staff = [f"    {member['email']:<20} {member['password']:<20} {member['may']}" for member in written()["staff"]]
    return "\n".join(
        [
            "",
            "The demo store is open.",
            "",
            *(f"  {name:<{width}}{address}" for name, address in places),
            "",
            f"  Coupons for the cart: {coupons}",
            "",
            "  Sign in to the back office with:",
            *staff,
            "",
            f"  Its data is in {folder.path}, what happens in {folder.logs}.",
            "  Ctrl-C stops everything; the next start goes on where you left. --fresh begins anew.",
            "",
        ]
    )


def _say(message: str) -> None:
    click.secho(message, fg="yellow", err=True)
