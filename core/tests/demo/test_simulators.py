"""Simulators: where they listen, and the accounts that follow them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copytree

import pytest

from entrepot.cli.context import database
from entrepot.demo.folder import DemoFolder
from entrepot.demo.simulators import choose_ports
from entrepot.engine.runtime import Runtime, build_runtime
from entrepot.sdk.errors import EntrepotError
from entrepot.settings import load_settings
from entrepot.storage.session import db

SANDBOX = "entrepot_payment_sandbox.simulator"
MAILBOX = "entrepot_notifier_email.simulator"


@contextmanager
def taken_port() -> Iterator[int]:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


@contextmanager
def opened(folder: DemoFolder) -> Iterator[Runtime]:
    settings = load_settings({}, data_dir=folder.path)
    with database(settings).app_context():
        yield build_runtime(settings)
        db.session.remove()
        db.engine.dispose()


def test_every_simulator_gets_two_ports_above_the_shop(demo: Runtime) -> None:
    ports = choose_ports(demo.registry, {}, above=20_000)

    numbers = sorted(port + side for port in ports.values() for side in (0, 1))
    assert set(ports) == {SANDBOX, MAILBOX}
    assert len(set(numbers)) == 4
    assert numbers[0] > 20_000


def test_ports_of_the_last_start_are_kept(demo: Runtime) -> None:
    first = choose_ports(demo.registry, {}, above=20_000)

    assert choose_ports(demo.registry, first, above=21_000) == first


def test_port_that_another_program_took_is_given_up(demo: Runtime) -> None:
    with taken_port() as port:
        ports = choose_ports(demo.registry, {SANDBOX: port, MAILBOX: port - 1}, above=20_000)

    assert port not in {number + side for number in ports.values() for side in (0, 1)}


def test_shop_keeps_its_own_port(demo: Runtime) -> None:
    ports = choose_ports(demo.registry, {SANDBOX: 20_000, MAILBOX: 19_999}, above=20_000)

    assert 20_000 not in {number + side for number in ports.values() for side in (0, 1)}


def test_no_free_port_is_said_with_the_remedy(demo: Runtime) -> None:
    with pytest.raises(EntrepotError, match="--port"):
        choose_ports(demo.registry, {}, above=65_533)


def test_accounts_follow_their_simulators_and_keep_their_secrets(
    demo_path: Path, tmp_path: Path, start: Callable[..., DemoFolder]
) -> None:
    copytree(demo_path, tmp_path / "demo")
    former = DemoFolder(tmp_path / "demo").state.ports[SANDBOX]
    with opened(DemoFolder(tmp_path / "demo")) as runtime:
        sandbox = next(account.id for account in runtime.accounts.list("payment") if account.provider_id == "sandbox")
        own = runtime.accounts.create(
            "payment", "sandbox", label="Elsewhere", check=False,
            config={"base_url": "http://127.0.0.1:9", "api_key": "own", "webhook_secret": "own"},
        ).id  # fmt: skip
        secrets = runtime.accounts.open(sandbox).secrets

    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", former))
        listener.listen()
        folder = start(tmp_path / "demo")

    with opened(folder) as runtime:
        addresses = {row["id"]: row["config"].get("base_url") for row in runtime.accounts.export("payment-sandbox")}
        assert folder.state.ports[SANDBOX] != former
        assert addresses[sandbox] == f"http://127.0.0.1:{folder.state.ports[SANDBOX]}"
        assert addresses[own] == "http://127.0.0.1:9"
        assert runtime.accounts.open(sandbox).secrets == secrets


def test_simulator_that_came_since_the_last_start_gets_its_account(
    demo_path: Path, tmp_path: Path, start: Callable[..., DemoFolder]
) -> None:
    copytree(demo_path, tmp_path / "demo")
    folder = DemoFolder(tmp_path / "demo")
    folder.remember(ports={MAILBOX: folder.state.ports[MAILBOX]})
    with opened(folder) as runtime:
        for account in runtime.accounts.list("payment"):
            if account.provider_id == "sandbox":
                runtime.accounts.set_enabled(account.id, False)
                runtime.accounts.delete(account.id)

    start(folder.path)

    with opened(folder) as runtime:
        assert "sandbox" in {account.provider_id for account in runtime.accounts.list("payment")}
