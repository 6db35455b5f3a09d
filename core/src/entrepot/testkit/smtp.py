"""A mail server in memory: ``smtplib`` talks to it as to any other, and it remembers what it was given."""

from __future__ import annotations

import io
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest


@dataclass(frozen=True)
class SentMail:
    """One accepted message with its envelope."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)


class FakeSmtp:
    """Used as ``with FakeSmtp().installed() as smtp:``; ``refuse`` maps an SMTP verb to a code: {"RCPT": 550}.

    ``unreachable`` refuses the connection itself.
    """

    def __init__(self, *, refuse: dict[str, int] | None = None, unreachable: bool = False) -> None:
        self.refuse = refuse or {}
        self.unreachable = unreachable
        self.mails: list[SentMail] = []
        self.connections = 0

    @contextmanager
    def installed(self) -> Iterator[FakeSmtp]:
        def connect(*_: object) -> _Conversation:
            self.connections += 1
            if self.unreachable:
                raise ConnectionRefusedError("Connection refused")
            return _Conversation(self)

        def starttls(client: smtplib.SMTP, **_: object) -> tuple[int, bytes]:
            return 220, b"ready"

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(smtplib.SMTP, "_get_socket", connect)
            patch.setattr(smtplib.SMTP_SSL, "_get_socket", connect)
            patch.setattr(smtplib.SMTP, "starttls", starttls)
            yield self


class _Conversation:
    """The server's half of one connection, shaped like the socket that smtplib expects."""

    def __init__(self, server: FakeSmtp) -> None:
        self.server = server
        self.answers = [b"220 fake.example ESMTP\r\n"]
        self.sender = ""
        self.recipients: list[str] = []
        self.reading_content = False
        self.content = b""

    def makefile(self, _mode: str) -> io.BufferedReader:
        return self  # type: ignore[return-value]

    def readline(self, _limit: int = -1) -> bytes:
        return self.answers.pop(0) if self.answers else b""

    def sendall(self, content: bytes) -> None:
        if self.reading_content:
            self._take(content)
            return
        for line in content.splitlines():
            self._answer(line.decode("utf-8", "replace"))

    def close(self) -> None:
        """Nothing to close."""

    def _answer(self, line: str) -> None:
        verb = line.split(" ", 1)[0].split(":", 1)[0].upper()
        if verb in self.server.refuse:
            self._say(f"{self.server.refuse[verb]} refused by the test")
        elif verb == "EHLO":
            self.answers += [b"250-fake.example\r\n", b"250-STARTTLS\r\n", b"250-SMTPUTF8\r\n", b"250-8BITMIME\r\n"]
            self._say("250 AUTH PLAIN LOGIN")
        elif verb == "AUTH":
            self._say("235 welcome")
        elif verb == "DATA":
            self.reading_content = True
            self._say("354 go on")
        else:
            self._envelope(verb, line)
            self._say("221 bye" if verb == "QUIT" else "250 OK")

    def _envelope(self, verb: str, line: str) -> None:
        address = line.partition("<")[2].partition(">")[0]
        if verb == "MAIL":
            self.sender, self.recipients, self.content = address, [], b""
        elif verb == "RCPT":
            self.recipients.append(address)

    def _take(self, content: bytes) -> None:
        self.content += content
        if not self.content.endswith(b"\r\n.\r\n"):
            return
        self.reading_content = False
        self.server.mails.append(SentMail(self.sender, tuple(self.recipients), self.content[:-3]))
        self._say("250 taken")

    def _say(self, line: str) -> None:
        self.answers.append(line.encode() + b"\r\n")
