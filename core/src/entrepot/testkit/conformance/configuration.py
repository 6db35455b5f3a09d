"""An account's configuration: refused when wrong, complete with defaults, and silent about its secrets."""

from __future__ import annotations

import logging
from typing import Any

from entrepot.sdk import ConfigInvalid
from entrepot.testkit.conformance.bench import Bench
from entrepot.testkit.context import load_config
from entrepot.testkit.http import CONNECTION_REFUSED, TIMEOUT, Reply
from entrepot.testkit.verdict import require

_SECRET_WORDS = ("secret", "password", "token", "api_key", "apikey", "private_key", "passphrase")
_PUBLIC_WORDS = ("public", "publishable", "_url", "_id", "lifetime")


class ConfigurationBehaviours(Bench):
    """Part of ProviderConformance."""

    def test_unknown_settings_are_refused(self) -> None:
        try:
            load_config(self.provider_class, {**self.config, "no_such_setting": "x"})
        except ConfigInvalid:
            return
        require(
            False,
            "A setting that the schema does not know was accepted.",
            costs="a misspelt 'test_mode' is ignored and test orders are charged for real.",
            remedy="derive the schema from entrepot.sdk.ConfigSchema and do not change Meta.unknown.",
        )

    def test_defaults_load(self) -> None:
        fields = self.provider_class.config_schema._declared_fields
        required = {name: value for name, value in self.config.items() if name in fields and fields[name].required}
        try:
            load_config(self.provider_class, required)
        except ConfigInvalid as error:
            require(
                False,
                f"The required settings alone are not enough: {error}",
                costs="every existing account breaks with the release that added a setting.",
                remedy="give each optional setting a default that loads.",
            )

    def test_every_setting_has_a_label(self) -> None:
        nameless = [
            name
            for name, field in self.provider_class.config_schema._declared_fields.items()
            if not field.metadata.get("label")
        ]
        require(
            not nameless,
            f"Settings without a label: {', '.join(nameless)}.",
            costs="staff guess from a technical name and enter the live key into the field for the test key.",
            remedy="use text(label=…), secret(label=…) or metadata={'label': …}.",
        )

    def test_secrets_are_declared(self) -> None:
        secret = self.secret_names()
        open_ones = [
            name
            for name in self.provider_class.config_schema._declared_fields
            if name not in secret and _sounds_secret(name)
        ]
        require(
            not open_ones,
            f"Settings that sound secret but are stored in the clear: {', '.join(open_ones)}.",
            costs="credentials in every database backup and on every screen shared with support.",
            remedy="declare them with entrepot.sdk.secret(label=…).",
        )

    def test_secrets_are_never_dumped(self) -> None:
        schema = self.provider_class.config_schema()
        dumped = str(schema.dump(load_config(self.provider_class, self.marked_config("this"))))
        self._require_silence(dumped, "dumping the configuration")

    def test_secrets_are_not_in_repr(self) -> None:
        provider = self.provider(config=self.marked_config("this"))
        self._require_silence(f"{provider!r} {provider} {provider.ctx!r}", "repr() of the provider")

    def test_secrets_are_not_logged(self) -> None:
        log, lines = _listening_log()
        for name, operation in self.operations().items():
            provider = self.provider(self.http(), self.marked_config("this"), log=log)
            self.outcome_of(name, operation, provider=provider)
        self._require_silence("\n".join(lines), "the log")

    def test_secrets_are_not_in_error_messages(self) -> None:
        told = []
        for fault in (
            Reply(401),
            Reply(422, {"error": "no"}),
            Reply(500),
            Reply(200, "<"),
            TIMEOUT,
            CONNECTION_REFUSED,
        ):
            for name, operation in self.operations_and_check().items():
                provider = self.provider(self.http(fault), self.marked_config("this"))
                told.append(str(self.outcome_of(name, operation, provider=provider)))
        self._require_silence("\n".join(told), "an error message or result")

    def test_secrets_are_not_part_of_an_address(self) -> None:
        addresses = []
        for name, operation in self.operations_and_check().items():
            http = self.http()
            self.outcome_of(name, operation, provider=self.provider(http, self.marked_config("this")))
            addresses += [sent.address for sent in http.requests]
        self._require_silence("\n".join(addresses), "the address of a request")

    def test_stored_configuration_of_today_needs_no_upgrade(self) -> None:
        loaded = load_config(self.provider_class, self.config)
        upgraded = self.provider_class.upgrade_config(self.provider_class.config_schema.version, dict(loaded))
        require(
            dict(upgraded) == loaded,
            "upgrade_config() changes a configuration that is already of today's version.",
            costs="every restart alters the account a little more.",
            remedy="return the configuration as it came when version == config_schema.version.",
        )

    def _require_silence(self, text: str, where: str) -> None:
        require(
            self.mark("this") not in text,
            f"A secret of the account appears in {where}.",
            costs="credentials in log files and error reports, read by everyone who supports the shop.",
            remedy="send secrets in headers only and keep them out of messages, repr and addresses.",
        )


def _sounds_secret(name: str) -> bool:
    lower = name.lower()
    return any(word in lower for word in _SECRET_WORDS) and not any(word in lower for word in _PUBLIC_WORDS)


def _listening_log() -> tuple[logging.Logger, list[str]]:
    lines: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record) + str(_extras(record)))

    log = logging.Logger("conformance", logging.DEBUG)
    log.addHandler(Listener())
    return log, lines


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in ("msg", "args")}
