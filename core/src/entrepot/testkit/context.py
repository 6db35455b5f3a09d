"""Contexts for providers under test: loaded configuration, a clock that stands still, a scripted network."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError

from entrepot.sdk import Clock, ConfigInvalid, Context, FixedClock, HttpClient, Provider
from entrepot.sdk.packs import RuleReckoner, bind_reckoner
from entrepot.testkit.http import FakeHttp
from entrepot.testkit.rendering import plugin_renderer
from entrepot.testkit.samples import NOON


def fixed_clock(at: datetime = NOON) -> FixedClock:
    """A clock that stands at noon (UTC) of 21 November 2026 until it is moved."""
    return FixedClock(at)


def make_context(
    provider_class: type[Provider],
    config: Mapping[str, Any] | None = None,
    *,
    http: HttpClient | None = None,
    clock: Clock | None = None,
    log: logging.Logger | None = None,
    render: Callable[..., str] | None = None,
    account_id: str = "account-1",
    webhook_url: str = "https://shop.example/webhooks/account-1",
) -> Context:
    """What the core would give the provider; raises ConfigInvalid when the configuration does not fit its schema."""
    bind_reckoner(_reckoner)
    return Context(
        account_id=account_id,
        config=load_config(provider_class, config or {}),
        http=http or FakeHttp({}),
        clock=clock or fixed_clock(),
        log=log or logging.getLogger(f"entrepot.plugin.{getattr(provider_class, 'id', 'unnamed')}"),
        webhook_url=webhook_url,
        render=render or plugin_renderer(provider_class),
    )


def _reckoner() -> RuleReckoner:
    from entrepot.taxes.reckoner import Reckoner

    return Reckoner()


def load_config(provider_class: type[Provider], config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as the core stores and loads it: unknown keys refused, defaults filled in."""
    try:
        loaded: dict[str, Any] = provider_class.config_schema().load(dict(config))
    except ValidationError as error:
        raise ConfigInvalid(
            f"The configuration of {provider_class.__name__} does not fit its schema: {error}",
            dict(error.normalized_messages()),
        ) from error
    return loaded
