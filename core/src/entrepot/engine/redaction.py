"""Keeping secrets out of messages and logs."""

from __future__ import annotations

import logging
from collections.abc import Collection
from urllib.parse import quote

HIDDEN = "•••"
#: Shorter values are found in ordinary words; hiding those would garble messages and tell where the secret stood.
_SHORTEST = 4


def redact(text: str, secrets: Collection[str]) -> str:
    """The text without any of the secrets, as they are or as they appear in an address."""
    forms = {form for secret in secrets for form in (secret, quote(secret, safe="")) if len(form) >= _SHORTEST}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text


def account_logger(plugin_id: str, account_id: str, secrets: Collection[str]) -> logging.Logger:
    """A logger for one account: its messages name plugin and account and never show a secret."""
    logger = _AccountLogger(f"entrepot.plugin.{plugin_id}", account_id, tuple(secrets))
    logger.parent = logging.getLogger("entrepot.plugin")
    return logger


class _AccountLogger(logging.Logger):
    """Made per account and not registered, so that it goes with the account."""

    def __init__(self, name: str, account_id: str, secrets: tuple[str, ...]) -> None:
        super().__init__(name)
        self._account_id = account_id
        self._secrets = secrets

    def handle(self, record: logging.LogRecord) -> None:
        record.msg = redact(f"account {self._account_id}: {record.getMessage()}", self._secrets)
        record.args = ()
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info), self._secrets)
            record.exc_info = None
        super().handle(record)
