"""The workbench of the conformance classes: makes providers, runs their operations, catches what must not leak."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from entrepot.sdk import Provider, ProviderError
from entrepot.testkit.context import make_context
from entrepot.testkit.http import FakeHttp, Reply, Script, SentRequest
from entrepot.testkit.outside import closed_network
from entrepot.testkit.verdict import refuse, told


@dataclass(frozen=True)
class Operation:
    """One call of a provider with ordinary arguments. ``moves`` tells that it spends money or orders something."""

    call: Callable[[Any], Any]
    moves: bool = False
    #: The idempotency key that the call hands over.
    key: str = ""


class Bench:
    """What a conformance class works with; plugins set the class attributes."""

    provider_class: ClassVar[type[Provider]]
    #: The account's settings as a person would enter them.
    config: ClassVar[Mapping[str, Any]] = {}
    #: The vendor's answers: {("POST", "/links"): {...} or Reply(...) or a function of the SentRequest}.
    http_script: ClassVar[Script] = {}
    #: Behaviours that do not apply, with the reason: {"test_name": "why"}. Each is reported as skipped.
    exempt: ClassVar[Mapping[str, str]] = {}

    def setup_method(self, method: Callable[..., object]) -> None:
        if method.__name__ in self.exempt:
            pytest.skip(self.exempt[method.__name__])
        self._network = closed_network()
        self._network.__enter__()

    def teardown_method(self) -> None:
        network = self.__dict__.pop("_network", None)
        if network is not None:
            network.__exit__(None, None, None)

    def operations(self) -> Mapping[str, Operation]:
        """Every call that the provider offers, with arguments of the kind; given by the kind's class."""
        return {}

    def call_optional(self, method: str) -> Any:
        """Call an optional method with ordinary arguments, whether it is offered or not."""
        return getattr(self.provider(), method)()

    def harmless_without_answer(self, name: str, result: Any) -> bool:
        """Whether returning ``result`` is honest although the vendor's answer could not be read."""
        return result is None

    def http(self, fault: Reply | None = None, fault_at: int | None = None) -> FakeHttp:
        return FakeHttp(self.http_script, fault=fault, fault_at=fault_at)

    def provider(self, http: FakeHttp | None = None, config: Mapping[str, Any] | None = None, **context: Any) -> Any:
        """A provider with the test's configuration, a standing clock and a scripted network."""
        chosen = self.config if config is None else config
        return self.provider_class(make_context(self.provider_class, chosen, http=http or self.http(), **context))

    def outcome_of(self, name: str, operation: Operation, http: FakeHttp | None = None, *, provider: Any = None) -> Any:
        """What the operation returns, or the typed error it raises; any other exception fails the test."""
        try:
            return operation.call(provider or self.provider(http))
        except ProviderError as error:
            return error
        except Exception as error:
            refuse(
                f"{name} let an untyped error escape: {told(error)}",
                costs="the shop cannot tell 'try again' from 'refused': orders stay open or are paid twice.",
                remedy="raise ProviderUnavailable for what you cannot read, ProviderRejected for a clear no.",
            )

    def requests_of(self, name: str, operation: Operation) -> list[SentRequest]:
        """What the operation sends when all goes well."""
        http = self.http()
        self.outcome_of(name, operation, http)
        return http.requests

    def answered_with(self, fault: Reply) -> Iterator[tuple[str, Operation, SentRequest, Any]]:
        """(name, operation, failing request, outcome), once per request that any operation makes."""
        asked = False
        for name, operation in self.operations_and_check().items():
            for at, sent in enumerate(self.requests_of(name, operation)):
                asked = True
                yield name, operation, sent, self.outcome_of(name, operation, self.http(fault, at))
        if not asked:
            pytest.skip("The provider makes no HTTP requests.")

    def operations_and_check(self) -> Mapping[str, Operation]:
        check = {"check": Operation(lambda provider: provider.check())} if self.overrides("check") else {}
        return {**self.operations(), **check}

    def offers(self, capability: str) -> bool:
        return capability in self.provider_class.capabilities

    def need(self, capability: str) -> None:
        """Skip the running test unless the provider declares the capability."""
        if not self.offers(capability):
            pytest.skip(f"The provider does not offer '{capability}'.")

    def overrides(self, method: str) -> bool:
        """Whether the provider, or a base class of the plugin's own, defines the method."""
        for cls in self.provider_class.__mro__:
            if method in vars(cls):
                return not cls.__module__.startswith("entrepot.sdk")
        return False

    def secret_names(self) -> frozenset[str]:
        return self.provider_class.config_schema.secret_names()

    def secret_values(self) -> list[str]:
        return [str(self.config[name]) for name in sorted(self.secret_names()) if self.config.get(name)]

    def mark(self, word: str) -> str:
        return f"secret-of-{word}-account"

    def marked_config(self, word: str) -> dict[str, Any]:
        """The configuration with every secret replaced by one that can be recognised wherever it turns up."""
        marked = {name: self.mark(word) for name in self.secret_names() if name in self.config}
        return {**self.config, **marked}

    def everything_sent(self, sent: SentRequest) -> str:
        return f"{sent.address} {dict(sent.headers)} {sent.content.decode(errors='replace')}"
