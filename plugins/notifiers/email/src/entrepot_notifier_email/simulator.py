"""A mail catcher for demo and tests: takes every message over SMTP and shows it on a page, delivering nothing.

``python -m entrepot_notifier_email.simulator --port N --data DIR`` serves the page on port N and SMTP on port N + 1,
both on loopback only, prints ``ready``, keeps messages as ``DIR/mails/*.eml`` and stops on SIGTERM.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entrepot_notifier_email.reader import reader_for

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope

LOOPBACK = "127.0.0.1"
_LARGEST_MAIL = 20_000_000


class Mailbox:
    """Messages as numbered files; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, content: bytes) -> int:
        with self._lock:
            number = max(self.numbers(), default=0) + 1
            self._file(number).write_bytes(content)
        return number

    def numbers(self) -> list[int]:
        """Newest first."""
        return sorted((int(file.stem) for file in self._folder.glob("*.eml")), reverse=True)

    def content(self, number: int) -> bytes | None:
        file = self._file(number)
        return file.read_bytes() if file.is_file() else None

    def mail(self, number: int) -> EmailMessage | None:
        content = self.content(number)
        return None if content is None else message_from_bytes(content, _class=EmailMessage, policy=policy.default)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:06}.eml"


class Catcher:
    """What aiosmtpd calls for every message."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        content = envelope.content or b""
        self._mailbox.add(content if isinstance(content, bytes) else content.encode())
        return "250 Message kept"


@contextmanager
def serving(port: int, folder: Path) -> Iterator[Mailbox]:
    """Page on ``port`` and SMTP on the next one until the block ends."""
    # Imported here: the plugin itself works without the extra "simulator".
    from aiosmtpd.controller import Controller

    mailbox = Mailbox(folder / "mails")
    smtp = Controller(Catcher(mailbox), hostname=LOOPBACK, port=port + 1, data_size_limit=_LARGEST_MAIL)
    page = ThreadingHTTPServer((LOOPBACK, port), reader_for(mailbox))
    thread = threading.Thread(target=page.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    smtp.start()
    thread.start()
    try:
        yield mailbox
    finally:
        page.shutdown()
        page.server_close()
        smtp.stop()
        thread.join(timeout=5)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Keeps every mail and shows it on a page; delivers nothing.")
    parser.add_argument("--port", type=int, required=True, help="port of the page; SMTP listens on the next one")
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps the messages")
    options = parser.parse_args(arguments)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with serving(options.port, options.data):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
