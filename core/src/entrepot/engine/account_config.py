"""An account's configuration as it is kept: what may be shown, and secrets apart, encrypted or as references."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from entrepot.engine.config_forms import validated
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import ConfigInvalid
from entrepot.sdk.provider import Provider

_REFERENCE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
#: Never handed to a plugin, whatever an account refers to.
_OWN_VARIABLES = re.compile(r"(ENTREPOT_.*|DATABASE_URL)", re.IGNORECASE)


@dataclass(frozen=True)
class StoredConfig:
    """Raw values; those of secrets may be references such as ``env:STRIPE_KEY``."""

    shown: dict[str, Any]
    secrets: dict[str, str] = field(repr=False)

    @property
    def all(self) -> dict[str, Any]:
        return {**self.shown, **self.secrets}

    def revealed_secrets(self) -> dict[str, str]:
        """Secrets with references resolved; raises ConfigInvalid when a variable is missing."""
        return {name: _resolved(name, value) for name, value in self.secrets.items()}


def accept(provider_class: type[Provider], given: Mapping[str, Any], kept: Mapping[str, str]) -> StoredConfig:
    """A new configuration, if the schema takes it; secrets left out or blank are taken from ``kept``."""
    names = provider_class.config_schema.secret_names()
    entered = {name: value for name, value in given.items() if name not in names or value not in ("", None)}
    stored = split({**{name: kept[name] for name in names if name in kept}, **entered}, names)
    validated(provider_class.config_schema, {**entered, **stored.revealed_secrets()})
    return stored


def upgraded(provider_class: type[Provider], stored: StoredConfig, version: int) -> StoredConfig:
    """The configuration in the shape of today's schema; raises ConfigInvalid when the provider cannot say."""
    schema = provider_class.config_schema
    if version >= schema.version:
        return stored
    try:
        return split(provider_class.upgrade_config(version, stored.all), schema.secret_names())
    except Exception as error:  # its text may show a secret, so only its name is told
        raise ConfigInvalid(
            f"The stored configuration is of version {version} and could not be brought to version {schema.version} "
            f"({type(error).__name__}). Enter it again."
        ) from None


def split(config: Mapping[str, Any], secret_names: frozenset[str]) -> StoredConfig:
    """The configuration with secrets apart and everything else ready for JSON."""
    shown = {name: value for name, value in config.items() if name not in secret_names}
    secrets = {name: str(value) for name, value in config.items() if name in secret_names and value is not None}
    return StoredConfig(json.loads(json.dumps(shown, default=str)), secrets)


def _resolved(name: str, value: str) -> str:
    reference = _REFERENCE.fullmatch(value)
    if reference is None:
        return value
    variable = reference[1]
    if _OWN_VARIABLES.fullmatch(variable):
        raise _wrong_reference(name, f"{variable} is the shop's own. Refer to another variable.")
    if variable not in os.environ:
        raise _wrong_reference(name, f"The environment variable {variable} is not set. Set it, or enter the value.")
    return os.environ[variable]


def _wrong_reference(name: str, message: str) -> ConfigInvalid:
    return ConfigInvalid(f"The configuration does not fit. {name}: {message}", {name: [message]})
