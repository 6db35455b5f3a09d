"""Run a command beside a PostgreSQL server of its own, which is thrown away afterwards.

    python tests/support/with_postgres.py python -m pytest -m postgres

The command finds the server's address in ENTREPOT_TEST_POSTGRES. When that is set already, or when PostgreSQL
is not installed, the command runs as it is. Standard library only; it touches one temporary folder.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ADDRESS_VARIABLE = "ENTREPOT_TEST_POSTGRES"
START_SECONDS = 60
STOP_SECONDS = 20
SETTINGS = {  # a crash of the machine may lose everything: it is thrown away anyway
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


def main(command: Sequence[str]) -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave_on_signal)
    programs = postgres_programs()
    if os.environ.get(ADDRESS_VARIABLE) or programs is None:
        return run(command, {})
    with throwaway_server(programs) as address:
        return run(command, {ADDRESS_VARIABLE: address})


def leave_on_signal(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def postgres_programs() -> Path | None:
    """Folder with initdb and postgres, of the newest version installed."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextlib.contextmanager
def throwaway_server(programs: Path) -> Iterator[str]:
    """Address of a fresh server, on loopback and a socket in its own folder; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="entrepot-postgres-", ignore_cleanup_errors=True) as name:
        server = Server(programs=programs, folder=Path(name), port=free_port(), password=secrets.token_hex(16))
        server.create_cluster()
        process = server.start()
        try:
            server.wait_until_ready(process)
            yield server.address
        finally:
            stop(process)


@dataclass(frozen=True, kw_only=True)
class Server:
    programs: Path
    folder: Path
    port: int
    password: str

    @property
    def address(self) -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def create_cluster(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        identity = give_away(self.folder, password_file)
        command = [
            str(self.programs / "initdb"),
            "--pgdata",
            str(self.folder / "cluster"),
            "--username=postgres",
        ]
        command += [
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=scram-sha-256",
            f"--pwfile={password_file}",
        ]
        done = subprocess.run([*command, "--no-sync"], capture_output=True, text=True, check=False, **identity)
        if done.returncode != 0:
            raise SystemExit(f"PostgreSQL's initdb failed:\n{done.stdout}{done.stderr}")

    def start(self) -> subprocess.Popen[bytes]:
        settings = {**SETTINGS, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        command = [*ended_with_parent(), str(self.programs / "postgres"), "-D", str(self.folder / "cluster")]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("wb") as log:
            # A session of its own: Ctrl-C reaches the command first, the server when the command has ended.
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **give_away(self.folder))

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        probe = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        deadline = time.monotonic() + START_SECONDS
        while subprocess.run(probe, check=False).returncode != 0:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.1)
            if process.returncode is not None or time.monotonic() > deadline:
                raise SystemExit(f"PostgreSQL did not start:\n{self.log.read_text(errors='replace')[-2000:]}")


def give_away(folder: Path, *files: Path) -> dict[str, Any]:
    """PostgreSQL refuses root: hand the folder to another user and say how to start a process as that."""
    if os.geteuid() != 0:
        return {"cwd": folder}
    users = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = users.get("postgres") or users["nobody"]
    for path in (folder, *files):
        os.chown(path, user.pw_uid, user.pw_gid)
    return {"cwd": folder, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def ended_with_parent() -> list[str]:
    """Prefix under which a command is stopped even when this process is killed outright (Linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT"] if setpriv else []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(command: Sequence[str], additions: Mapping[str, str]) -> int:
    """Run the command to its end and return its exit status; it never outlives this program."""
    process = subprocess.Popen([*ended_with_parent(), *command], env={**os.environ, **additions})
    try:
        return process.wait()
    except KeyboardInterrupt:  # Ctrl-C reaches the command too: let it tidy up
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
        return 128 + signal.SIGINT
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
