"""One call to a provider: against the clock, with nothing but typed errors coming out.

It runs in a thread of its own, save what the provider promises to answer at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import field, replace
from typing import Any, Generic, TypeVar, get_args, get_origin

from entrepot.engine.http import DeadlineHttp
from entrepot.engine.limits import Here, Limited, TimedOut, described
from entrepot.engine.redaction import redact
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import EntrepotError, ProviderError, ProviderUnavailable
from entrepot.sdk.provider import Context, Provider
from entrepot.storage.session import in_unit_of_work

Result = TypeVar("Result")

#: Operations after which nothing has changed at the provider, so that a failure is never uncertain.
READS = frozenset(
    {
        "assess", "calculate", "check", "fetch", "handles", "hold_for", "method_label", "parse_webhook", "published",
        "pull", "pull_orders", "rates", "screen", "serves", "track", "tracking_url",
    }
)  # fmt: skip
#: The HTTP client gives up at the deadline; the thread gets this much longer to say so.
GRACE_S = 1.0


@dataclass(frozen=True)
class AccountView:
    """One configured instance of a provider, without its configuration. ``usable``: enabled, loaded and not paused."""

    id: str
    kind: str
    provider_id: str
    plugin_id: str
    label: str
    markets: tuple[str, ...]
    enabled: bool
    usable: bool
    paused_reason: str
    position: int

    def serves(self, market: str) -> bool:
        """Whether a market uses it; an account without markets is for all."""
        return not self.markets or market in self.markets


@dataclass(frozen=True)
class OpenAccount:
    """An account ready for one call: its provider class and all that the provider is given, save the HTTP client."""

    view: AccountView
    provider_class: type[Provider]
    context: Context = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"plugin {self.view.plugin_id}, account '{self.view.label}'"

    def provider(self, deadline_s: float) -> Provider:
        """A provider whose requests must all be answered within the deadline, counted from now."""
        base_url = str(self.context.config.get("base_url") or "")
        http = DeadlineHttp(deadline_s=deadline_s, secrets=self.secrets, base_url=base_url)
        return self.provider_class(replace(self.context, http=http))


@dataclass(frozen=True)
class BrokenAccount:
    """An account that is offered but cannot be opened; asking it raises why."""

    view: AccountView
    error: EntrepotError


class Call(Generic[Result]):
    """A call under way; ``result`` waits for it."""

    def __init__(
        self, account: OpenAccount, operation: str, ask: Callable[[Provider], Result], *, deadline_s: float
    ) -> None:
        self.account = account
        self.operation = operation
        self.started = time.perf_counter()
        self._ends = self.started + deadline_s + GRACE_S
        self._deadline_s = deadline_s
        self._work: Here[Result] | Limited[Result]
        if operation in account.provider_class.at_once:
            self._work = Here(lambda: ask(account.provider(deadline_s)), deadline_s + GRACE_S)
        else:
            work = with_own_app_context(lambda: ask(account.provider(deadline_s)))
            self._work = Limited(work, f"{account.view.provider_id}-{operation}")

    def result(self, returns: Any = None) -> Result:
        """The provider's answer, of type ``returns`` (such as ``list[Rate]``); raises ProviderErrors only."""
        try:
            answer = self._work.result(self._ends - time.perf_counter())
        except ProviderError as error:
            raise self._named(error) from None
        except TimedOut:
            raise self._unavailable(f"no answer to '{self.operation}' within {self._deadline_s:g} s") from None
        except Exception as error:
            raise self._unavailable(f"'{self.operation}' raised {type(error).__name__}: {error}") from described(error)
        if returns is not None and not fits(answer, returns):
            wanted = getattr(returns, "__name__", str(returns)) if get_origin(returns) is None else str(returns)
            raise self._unavailable(f"'{self.operation}' answered {type(answer).__name__} instead of {wanted}")
        return answer

    @property
    def milliseconds(self) -> int:
        return round((time.perf_counter() - self.started) * 1000)

    def _named(self, error: ProviderError) -> ProviderError:
        error.args = (redact(str(error), self.account.secrets),)
        error.add_note(f"{self.account.name}, operation '{self.operation}'")
        return error

    def _unavailable(self, what: str) -> ProviderUnavailable:
        text = redact(f"{self.account.name}: {what}. Try again later; if it stays, tell the plugin's author.",
                      self.account.secrets)  # fmt: skip
        return ProviderUnavailable(text, uncertain=self.operation not in READS)


def fits(value: Any, wanted: Any) -> bool:
    """Whether a value is of a type, a union of types, or a list of such: ``Rate``, ``str | None``, ``list[Rate]``."""
    if get_origin(wanted) in (list, tuple):
        item = get_args(wanted)[0]
        return isinstance(value, list | tuple) and all(isinstance(one, item) for one in value)
    return isinstance(value, wanted)


def refuse_inside_transaction(operation: str) -> None:
    """No external call while a transaction is open: it would hold locks for as long as somebody else's server likes."""
    if in_unit_of_work():
        raise RuntimeError(
            f"'{operation}' would be asked inside a unit of work. Call the provider before or after the transaction."
        )


def with_own_app_context(call: Callable[[], Result]) -> Callable[[], Result]:
    """The call inside a fresh app context, so that a thread left behind never shares the request's session."""
    from flask import current_app, has_app_context

    if not has_app_context():
        return call
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def inside() -> Result:
        with app.app_context():
            return call()

    return inside
