"""How the plugins are: loaded, failed, disabled, tripped, paused, parked. For the command line and the back office."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from entrepot.engine.calls import AccountView
from entrepot.engine.failures import FailedPlugin
from entrepot.engine.models import JobRun
from entrepot.engine.registry import LoadedPlugin
from entrepot.engine.runtime import Runtime
from entrepot.storage.models import FactDelivery
from entrepot.storage.session import reader, release_reader


@dataclass(frozen=True)
class Problem:
    """Something that a person must look at."""

    subject: str
    cause: str
    remedy: str
    traceback: str = ""


@dataclass(frozen=True)
class Health:
    """Everything at one moment, as this process sees it."""

    loaded: tuple[LoadedPlugin, ...]
    failed: tuple[FailedPlugin, ...]
    disabled: tuple[str, ...]
    safe_mode_reason: str
    accounts: tuple[AccountView, ...]
    #: (account id, operation) -> "open" or "half-open"
    tripped: dict[tuple[str, str], str]
    #: consumer -> number of deliveries that need a person
    parked: dict[str, int]
    #: job -> error of its last run
    failed_jobs: dict[str, str]

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, each with its cause and its remedy; empty when all is well."""
        return (*self._of_plugins(), *self._of_accounts(), *self._of_work())

    def _of_plugins(self) -> list[Problem]:
        safe_mode = [Problem("safe mode", "The shop runs without plugins.", self.safe_mode_reason)]
        failed = [Problem(one.id, one.cause, one.remedy, one.traceback) for one in self.failed]
        return (safe_mode if self.safe_mode_reason else []) + failed

    def _of_accounts(self) -> list[Problem]:
        loaded = {plugin.id for plugin in self.loaded}
        names = {account.id: f"{account.plugin_id}, account '{account.label}'" for account in self.accounts}
        paused = [
            Problem(names[account.id], account.paused_reason, "Enter its credentials again in the back office.")
            for account in self.accounts
            if account.paused_reason
        ]
        orphaned = [
            Problem(
                names[account.id],
                "It is enabled, but its plugin is not loaded.",
                f"Repair or install {account.plugin_id}, or disable the account.",
            )
            for account in self.accounts
            if account.enabled and account.plugin_id not in loaded and not self.safe_mode_reason
        ]
        tripped = [
            Problem(names.get(account_id, account_id), f"'{operation}' failed several times; its breaker is {state}.",
                    "It is tried again by itself; check the account to end the pause.")
            for (account_id, operation), state in self.tripped.items()
        ]  # fmt: skip
        return paused + orphaned + tripped

    def _of_work(self) -> list[Problem]:
        parked = [
            Problem(
                name, f"{count} facts could not be delivered.", f"Repair the cause, then: entrepot plugin replay {name}"
            )
            for name, count in self.parked.items()
        ]
        jobs = [
            Problem(f"job {name}", error, "It is tried again at its next time.")
            for name, error in self.failed_jobs.items()
        ]
        return parked + jobs


def health(runtime: Runtime) -> Health:
    """Ask the registry, the breaker and the database."""
    registry = runtime.registry
    parked = select(FactDelivery.consumer, func.count()).where(FactDelivery.state == "parked")
    failed_jobs = select(JobRun.name, JobRun.error).where(JobRun.error != "")
    found = Health(
        loaded=tuple(registry.plugins.values()),
        failed=tuple(registry.failed.values()),
        disabled=tuple(registry.disabled),
        safe_mode_reason=registry.safe_mode_reason,
        accounts=tuple(runtime.accounts.list(enabled_only=False)),
        tripped={key: state for key, state in runtime.guard.breaker.states().items() if state != "closed"},
        parked={row[0]: row[1] for row in reader().execute(parked.group_by(FactDelivery.consumer))},
        failed_jobs={row[0]: row[1] for row in reader().execute(failed_jobs)},
    )
    release_reader()
    return found
