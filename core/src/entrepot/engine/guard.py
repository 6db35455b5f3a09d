"""The guard around every provider call: deadline, circuit breaker, typed errors, a record.

The deadline is kept twice. The HTTP client that the provider is given ends its requests in time, with an answer that
says whether a write may have arrived. And since a plugin may also hang in plain Python, it runs in a daemon thread: one
second after the deadline the caller goes on with ProviderUnavailable. Python cannot stop that thread; it ends when its
code ends. The breaker keeps their number small: after five failures an operation is left alone for half a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Generic, TypeVar

from entrepot.engine import trace
from entrepot.engine.accounts import Accounts
from entrepot.engine.breaker import Breaker
from entrepot.engine.call_log import CallLog, CallRecord
from entrepot.engine.calls import GRACE_S, READS, BrokenAccount, Call, OpenAccount, refuse_inside_transaction
from entrepot.kernel.clock import Clock
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import CredentialsInvalid, EntrepotError, ProviderError, ProviderUnavailable
from entrepot.sdk.provider import Provider

Result = TypeVar("Result")
#: An account as ``Accounts.offered`` gives it.
Offered = OpenAccount | BrokenAccount

#: Money and parcels that are under way must be followed, whatever the breaker says.
NEVER_BROKEN = frozenset({"fetch", "parse_webhook", "track", "check"})
#: What a paused account may still be asked: it needs no credentials of the provider's API.
DESPITE_PAUSE = frozenset({"parse_webhook", "method_label", "tracking_url"})


@dataclass(frozen=True)
class Answers(Generic[Result]):
    """What several accounts answered, and why others did not, by account id."""

    results: dict[str, Result]
    failures: dict[str, ProviderError]


class Guard:
    """Asks providers. Only ProviderErrors leave it, apart from programming errors of the core."""

    def __init__(self, accounts: Accounts, clock: Clock, *, breaker: Breaker, call_log: CallLog) -> None:
        self._accounts = accounts
        self._clock = clock
        self.breaker = breaker
        self.call_log = call_log

    def call(
        self,
        account: str | Offered,
        operation: str,
        ask: Callable[[Provider], Result],
        *,
        deadline_s: float,
        idempotency_key: str = "",
        returns: Any = None,
    ) -> Result:
        """Ask one account, by its id or as ``accounts.offered`` gave it.

        ``returns`` is the type that the answer must have: ``PaymentResult``, ``list[Rate]``. ``idempotency_key`` is
        only recorded here; give it to the provider in its request.
        """
        refuse_inside_transaction(operation)
        (found,) = self._opened([account]).values()
        opened = self._ready(found, operation, deadline_s)
        call = Call(opened, operation, ask, deadline_s=deadline_s)
        result, error, record = self._finished(call, returns, idempotency_key)
        self._keep([record], at_once=error is not None or operation not in READS)
        if error is not None:
            self._pause_if_refused(opened, error)
            raise error
        return result[0]

    def call_offline(
        self, account: OpenAccount, operation: str, ask: Callable[[Provider], Result], *, returns: Any = None
    ) -> Result:
        """Ask what needs nobody else, also inside a transaction: the provider is given no time for the network."""
        call = Call(self._ready(account, operation, 0), operation, ask, deadline_s=0)
        result, error, record = self._finished(call, returns, "")
        self._keep([record], at_once=False)
        if error is not None:
            raise error
        return result[0]

    def call_many(
        self,
        accounts: Iterable[str | Offered],
        operation: str,
        ask: Callable[[Provider], Result],
        *,
        deadline_s: float,
        returns: Any = None,
    ) -> Answers[Result]:
        """Ask several accounts at the same time, within one deadline; ProviderErrors are returned, not raised.

        Accounts are ids, or as ``accounts.offered`` gave them; answers are by id.
        """
        refuse_inside_transaction(operation)
        failures: dict[str, ProviderError] = {}
        calls: dict[str, Call[Result]] = {}
        for account_id, opened in self._opened(accounts).items():
            try:
                account = self._ready(opened, operation, deadline_s)
                calls[account_id] = Call(account, operation, ask, deadline_s=deadline_s)
            except ProviderError as error:
                failures[account_id] = error
        results: dict[str, Result] = {}
        records: list[CallRecord] = []
        for account_id, call in calls.items():
            result, failed, record = self._finished(call, returns, "")
            records.append(record)
            if failed is None:
                results[account_id] = result[0]
            else:
                failures[account_id] = failed
        self._keep(records, at_once=bool(failures) or operation not in READS)
        for account_id, call in calls.items():
            if account_id in failures:
                self._pause_if_refused(call.account, failures[account_id])
        return Answers(results, failures)

    def _opened(self, accounts: Iterable[str | Offered]) -> dict[str, OpenAccount | EntrepotError]:
        """By id: those given open as they are, the others by one query; no transaction is left open."""
        given = list(accounts)
        found: dict[str, OpenAccount | EntrepotError] = {}
        looked_up = self._accounts.open_many([account for account in given if isinstance(account, str)])
        for account in given:
            if isinstance(account, str):
                found[account] = looked_up[account]
            else:
                found[account.view.id] = account.error if isinstance(account, BrokenAccount) else account
        return found

    def _ready(self, account: OpenAccount | EntrepotError, operation: str, deadline_s: float) -> OpenAccount:
        """The account if it may be asked now; raises ProviderUnavailable or CredentialsInvalid."""
        if isinstance(account, EntrepotError):
            raise ProviderUnavailable(str(account)) from account
        if account.view.paused_reason and operation not in DESPITE_PAUSE:
            raise CredentialsInvalid(
                f"{account.name} is paused: {account.view.paused_reason} Enter its credentials again."
            )
        wait = 0
        if operation not in NEVER_BROKEN:
            key = (account.view.id, operation)
            wait = self.breaker.seconds_to_wait(key, timedelta(seconds=deadline_s + GRACE_S))
        if wait:
            raise ProviderUnavailable(
                f"{account.name} failed several times at '{operation}' and is left alone for {wait} s.",
                retry_after_s=wait,
            )
        return account

    def _finished(
        self, call: Call[Result], returns: Any, idempotency_key: str
    ) -> tuple[list[Result], ProviderError | None, CallRecord]:
        """([result] or [], error, record) of a call, once it is over; tells breaker and trace."""
        at = self._clock.now()
        result: list[Result] = []
        failed: ProviderError | None = None
        try:
            result.append(call.result(returns))
        except ProviderError as error:
            failed = error
        self._tell_breaker(call, failed)
        _trace(call, failed)
        outcome = failed.code if failed else "ok"
        text = str(failed) if failed else ""
        record = CallRecord(
            call.account.view.id, call.operation, at, call.milliseconds, outcome, text[:2000], idempotency_key[:80]
        )
        return result, failed, record

    def _tell_breaker(self, call: Call[Any], error: ProviderError | None) -> None:
        key = (call.account.view.id, call.operation)
        if isinstance(error, ProviderUnavailable):
            self.breaker.failed(key)
        else:  # a refusal is an answer: the provider is there
            self.breaker.succeeded(key)

    def _pause_if_refused(self, account: OpenAccount, error: ProviderError) -> None:
        if isinstance(error, CredentialsInvalid) and not account.view.paused_reason:
            self._accounts.pause(account.view.id, str(error))

    def _keep(self, records: list[CallRecord], *, at_once: bool) -> None:
        if records:
            self.call_log.add(*records, at_once=at_once)


def _trace(call: Call[Any], error: ProviderError | None) -> None:
    trace.note(
        call.operation,
        plugin_id=call.account.view.plugin_id,
        started=call.started,
        text=f"failed: {error}" if error else "answered",
        account=call.account.view.label,
    )
