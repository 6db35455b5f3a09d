"""The base of every provider class and the context that it is given."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from entrepot.kernel.clock import Clock
from entrepot.kernel.records import dataclass
from entrepot.sdk.config import ConfigSchema


@dataclass(frozen=True)
class HttpReply:
    """An answer of 2xx or 3xx; everything else was raised as a typed error."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Callable[[], Any] = field(repr=False)
    """Parsed body; raises ProviderUnavailable when it is not JSON."""


class HttpClient(Protocol):
    """The only way to the network. It carries the operation's deadline and maps failures to typed errors.

    401 and 403 raise CredentialsInvalid; other 4xx raise ProviderRejected; 429, 5xx, time-outs and connection failures
    raise ProviderUnavailable (``uncertain`` when the request was a write that may have arrived). GET is retried once,
    a write only when it carries ``idempotency_key``, which is also sent as header ``Idempotency-Key``.
    """

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, str] | bytes | None = None,
        idempotency_key: str = "",
    ) -> HttpReply: ...

    def get(self, url: str, **options: Any) -> HttpReply: ...

    def post(self, url: str, **options: Any) -> HttpReply: ...


@dataclass(frozen=True)
class Context:
    """What a provider is given. No app, no session, no request, no database."""

    account_id: str
    #: Loaded configuration, secrets included.
    config: Mapping[str, Any] = field(repr=False)
    http: HttpClient = field(repr=False)
    clock: Clock = field(repr=False)
    log: logging.Logger = field(repr=False)
    #: Absolute address at which the core receives this account's webhooks.
    webhook_url: str = ""
    #: Renders a template of the plugin (``x/<plugin-id>/…``) in a locale, through the theme; HTML is autoescaped.
    render: Callable[..., str] = field(default=lambda template, locale, **context: "", repr=False)
    #: The folder of the merchant's own dated customs records, for providers that answer from a rule pack.
    rules_folder: Path | None = None
    #: The folder of lists that the merchant supplies and keeps up to date, such as lists of denied parties.
    lists_folder: Path | None = None


class Provider:
    """Base of everything that is chosen by an account row: payment, carrier, channel, tax, customs, notifier.

    A provider is made for one call or a few, from the account's configuration; it keeps no state of its own.
    """

    #: "payment", "carrier", "channel", "tax", "customs", "rates", "screening", "stock" or "notifier"; set by its base.
    kind: ClassVar[str]
    #: Unique within its kind, lower case with hyphens: "stripe", "table-rates".
    id: ClassVar[str]
    #: What staff read in the back office.
    label: ClassVar[str]
    config_schema: ClassVar[type[ConfigSchema]] = ConfigSchema
    #: Optional operations that this provider offers. The conformance kit checks it both ways.
    capabilities: ClassVar[frozenset[str]] = frozenset()
    #: Operations that answer from the configuration and what they are asked alone, in milliseconds: they are called in
    #: the caller's own thread, which costs less, and must never wait for a network, a lock or another process.
    at_once: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, context: Context) -> None:
        self.ctx = context

    @property
    def config(self) -> Mapping[str, Any]:
        return self.ctx.config

    def check(self) -> None:
        """Prove that the configuration works, cheaply and without side effects; raise a typed error when it does not.

        Called before an account is saved and by ``entrepot plugin doctor``; never while a buyer waits.
        """

    @classmethod
    def upgrade_config(cls, version: int, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """Bring a configuration stored at an older ``config_schema.version`` to today's shape. Pure."""
        return config
