"""What every provider owes, whatever its kind: identity, configuration, secrets, capabilities and typed errors."""

from __future__ import annotations

from types import ModuleType
from typing import ClassVar

import pytest

from entrepot.sdk import ProviderError, Unsupported
from entrepot.testkit.conformance.bench import Bench
from entrepot.testkit.conformance.configuration import ConfigurationBehaviours
from entrepot.testkit.conformance.plugin import PluginBehaviours
from entrepot.testkit.outside import closed_clock_and_chance
from entrepot.testkit.rendering import plugin_module
from entrepot.testkit.verdict import require, told


class ProviderConformance(PluginBehaviours, ConfigurationBehaviours, Bench):
    """Base of the conformance classes. A subclass names ``provider_class``, ``config`` and ``http_script``."""

    #: Name of the registration hook, capabilities with the method each stands for; set per kind.
    registration_hook: ClassVar[str] = ""
    optional_methods: ClassVar[dict[str, str]] = {}
    other_capabilities: ClassVar[frozenset[str]] = frozenset()

    @property
    def plugin(self) -> ModuleType:
        return plugin_module(self.provider_class)

    def test_provider_id_is_a_slug(self) -> None:
        id = getattr(self.provider_class, "id", "")
        parts = id.split("-")
        require(
            all(part.isascii() and part.isalnum() and part == part.lower() for part in parts) and id[:1].isalpha(),
            f"The provider's id {id!r} is not a slug.",
            costs="accounts are stored under it and webhook addresses contain it; changing it later orphans both.",
            remedy="use lower-case letters, digits and single hyphens, such as 'my-line'.",
        )

    def test_provider_has_a_label_for_staff(self) -> None:
        require(
            str(getattr(self.provider_class, "label", "")).strip(),
            f"{self.provider_class.__name__} has no label.",
            costs="staff choose between empty rows and enable the wrong account.",
            remedy='set label = "Name as the vendor writes it".',
        )

    def test_plugin_registers_the_provider(self) -> None:
        register = getattr(self.plugin, self.registration_hook, None)
        registered = register() if callable(register) else []
        require(
            self.provider_class in registered,
            f"{self.plugin.__name__} does not register {self.provider_class.__name__}.",
            costs="the plugin installs without an error and never appears in the back office.",
            remedy=f"@hookimpl\\ndef {self.registration_hook}(): return [{self.provider_class.__name__}]",
        )

    def test_capabilities_are_known_words(self) -> None:
        unknown = self.provider_class.capabilities - set(self.optional_methods) - self.other_capabilities
        known = sorted({*self.optional_methods, *self.other_capabilities})
        require(
            not unknown,
            f"Unknown capabilities: {', '.join(sorted(unknown))}.",
            costs="the shop does not offer what the provider can do, because it looks for another word.",
            remedy=f"choose from: {', '.join(known) or 'none exist for this kind'}.",
        )

    def test_declared_capabilities_have_their_methods(self) -> None:
        for capability in sorted(self.provider_class.capabilities & set(self.optional_methods)):
            method = self.optional_methods[capability]
            require(
                self.overrides(method),
                f"Capability '{capability}' is declared, but {method}() is not there.",
                costs="the back office shows a button that fails when a customer is waiting for it.",
                remedy=f"write {method}() or take '{capability}' out of capabilities.",
            )

    def test_methods_that_are_there_are_declared(self) -> None:
        for capability, method in self.optional_methods.items():
            require(
                not self.overrides(method) or capability in self.provider_class.capabilities,
                f"{method}() is written, but capability '{capability}' is not declared.",
                costs="the shop never calls it: refunds or tracking are done by hand although they work.",
                remedy=f"add '{capability}' to capabilities.",
            )

    def test_what_is_not_offered_says_unsupported(self) -> None:
        for capability, method in self.optional_methods.items():
            if capability in self.provider_class.capabilities:
                continue
            try:
                self.call_optional(method)
            except Unsupported:
                continue
            except Exception as error:
                problem = told(error)
            else:
                problem = "no error at all"
            require(
                False,
                f"{method}() is not offered but gave {problem}.",
                costs="the service takes a made-up answer for the vendor's word.",
                remedy=f"do not override {method}(); the base class raises Unsupported.",
            )

    def test_what_is_answered_at_once_asks_nobody(self) -> None:
        at_once = self.provider_class.at_once
        unknown = sorted(name for name in at_once if not callable(getattr(self.provider_class, name, None)))
        require(
            not unknown,
            f"at_once names what is no operation: {', '.join(unknown)}.",
            costs="the operation that was meant changes threads at every call.",
            remedy="write the method's name as the base class has it.",
        )
        for name, operation in self.operations().items():
            require(
                name not in at_once or not self.requests_of(name, operation),
                f"{name} is listed in at_once, and it used the network.",
                costs="the page of the buyer who waits for it stands still until the other side answers.",
                remedy=f"take '{name}' out of at_once.",
            )

    def test_time_and_chance_come_from_the_context(self) -> None:
        package = self.plugin.__name__
        with closed_clock_and_chance(package):
            for name, operation in self.operations().items():
                self.outcome_of(name, operation, self.http())

    def test_configuration_is_not_changed_by_use(self) -> None:
        for name, operation in self.operations().items():
            provider = self.provider(self.http())
            before = dict(provider.config)
            self.outcome_of(name, operation, provider=provider)
            require(
                dict(provider.config) == before,
                f"{name} changed the account's configuration in memory.",
                costs="the next call of the same worker runs with settings that nobody entered.",
                remedy="copy what you need: {**self.config, …}.",
            )

    def test_two_accounts_share_nothing(self) -> None:
        if not self.secret_values():
            pytest.skip("The provider has no secrets to mix up.")
        for name, operation in self.operations().items():
            first = self.http()
            self.outcome_of(name, operation, provider=self.provider(first, self.marked_config("first")))
            second = self.http()
            self.outcome_of(name, operation, provider=self.provider(second, self.marked_config("second")))
            sent = " ".join(map(self.everything_sent, second.requests))
            strange = [self.mark("first"), *(value for value in self.secret_values() if len(value) > 7)]
            leaked = [value for value in strange if value in sent]
            require(
                not leaked,
                f"{name} of the second account was sent with the first account's secret.",
                costs="one shop's money lands on another shop's account.",
                remedy="keep tokens and clients on self, never in the module or the class.",
            )

    def test_check_passes_with_a_working_account(self) -> None:
        try:
            self.provider().check()
        except ProviderError as error:
            require(
                False,
                f"check() failed: {told(error)}",
                costs="nobody can save an account, although its credentials are right.",
                remedy="answer the request of check() in http_script, or mend check().",
            )
