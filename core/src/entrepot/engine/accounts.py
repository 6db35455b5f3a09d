"""Accounts: configured instances of providers, their secrets encrypted, their forms drawn from schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from entrepot.engine.account_config import StoredConfig, accept, upgraded
from entrepot.engine.breaker import Breaker
from entrepot.engine.calls import AccountView, BrokenAccount, Call, OpenAccount, refuse_inside_transaction
from entrepot.engine.config_forms import FormField, draw_form, validated
from entrepot.engine.http import DeadlineHttp
from entrepot.engine.models_shown import Account
from entrepot.engine.redaction import account_logger
from entrepot.engine.registry import Registry
from entrepot.kernel.clock import Clock
from entrepot.kernel.ids import new_id
from entrepot.sdk.errors import CredentialsInvalid, EntrepotError, PluginError
from entrepot.sdk.provider import Context, Provider
from entrepot.settings import Settings
from entrepot.storage.secrets import SecretsBox
from entrepot.storage.session import Among, reader, release_reader, unit_of_work

CHECK_DEADLINE_S = 15.0
_of_kinds = Among(
    lambda kinds: select(Account.__table__).where(Account.kind.in_(kinds)).order_by(Account.position, Account.id)
)
_by_ids = Among(lambda ids: select(Account.__table__).where(Account.id.in_(ids)))
#: An account as an entity or as the columns of its row.
AnyAccount = Account | Row[*tuple[Any, ...]]
_WEBHOOK_PATHS = {"payment": "payments", "carrier": "carriers", "channel": "channels"}


class AccountMissing(EntrepotError):
    """There is no account with this id."""


class Accounts:
    """Use cases around accounts. Nothing it returns, logs or raises contains a secret."""

    def __init__(
        self,
        registry: Registry,
        settings: Settings,
        clock: Clock,
        *,
        breaker: Breaker,
        render: Callable[..., str] | None = None,
    ) -> None:
        self._registry = registry
        self._settings = settings
        self._clock = clock
        self._breaker = breaker
        self._render = render
        self._known: dict[str, tuple[tuple[Any, ...], Mapping[str, Any], tuple[str, ...]]] = {}

    def list(
        self, kind: str | None = None, market: str | None = None, *, enabled_only: bool = True
    ) -> list[AccountView]:
        """Accounts by position; ``enabled_only`` leaves out what is not usable: disabled, paused, plugin not loaded."""
        query = select(Account).order_by(Account.position, Account.id)
        if kind is not None:
            query = query.where(Account.kind == kind)
        views = [self._view(row) for row in _rows(reader(), query)]
        return [view for view in views if (view.usable or not enabled_only) and (market is None or view.serves(market))]

    def offered(self, *kinds: str, market: str) -> dict[str, Sequence[OpenAccount | BrokenAccount]]:
        """What a market can use of these kinds, ready to be called, by position: one query for all of them.

        Ends the read transaction, as ``open`` does.
        """
        views = [(row, self._view(row)) for row in _of_kinds.rows(kinds).all()]
        usable = [self._offered(row, view) for row, view in views if view.usable and view.serves(market)]
        release_reader()
        return {kind: [account for account in usable if account.view.kind == kind] for kind in kinds}

    def _offered(self, row: AnyAccount, view: AccountView) -> OpenAccount | BrokenAccount:
        opened = self._opened(row.id, row)
        return opened if isinstance(opened, OpenAccount) else BrokenAccount(view, opened)

    def get(self, account_id: str) -> AccountView:
        """The account; raises AccountMissing."""
        return self._view(_row(reader(), account_id))

    def create(
        self,
        kind: str,
        provider_id: str,
        *,
        label: str,
        config: Mapping[str, Any],
        markets: Sequence[str] = (),
        position: int = 100,
        enabled: bool = True,
        check: bool = True,
    ) -> AccountView:
        """Save a new account, once its provider's ``check()`` passed.

        Raises ConfigInvalid, or the ProviderError of the check; nothing is saved then. Staff may save all the same with
        ``check=False, enabled=False``.
        """
        plugin = self._registry.plugin_of(kind, provider_id)
        provider_class = self._registry.provider_class(kind, provider_id)
        stored = accept(provider_class, config, kept={})
        row = Account(
            id=new_id(),
            kind=kind,
            provider_id=provider_id,
            plugin_id=plugin.id,
            label=label,
            markets=list(markets),
            position=position,
            enabled=enabled,
            paused_reason="",
            created_at=self._clock.now(),
        )
        self._put(row, provider_class, stored)
        if check:
            self._check(self._open(row, provider_class, stored))
        with unit_of_work() as session:
            session.add(row)
        return self._view(row)

    def update(
        self,
        account_id: str,
        *,
        label: str | None = None,
        config: Mapping[str, Any] | None = None,
        markets: Sequence[str] | None = None,
        position: int | None = None,
        enabled: bool | None = None,
        check: bool = True,
    ) -> AccountView:
        """Change what is given. Secrets that ``config`` leaves out or blank stay; a new configuration ends a pause."""
        row = _row(reader(), account_id)
        provider_class = self._own_class(row)
        stored: StoredConfig | None = None
        if config is not None:
            stored = accept(provider_class, config, kept=self._current(row, provider_class).secrets)
            if check:
                self._check(self._open(row, provider_class, stored))
        with unit_of_work() as session:
            changed = _row(session, account_id, lock=True)
            if stored is not None:
                self._put(changed, provider_class, stored)
                changed.paused_reason = ""
            changed.label = label if label is not None else changed.label
            changed.markets = list(markets) if markets is not None else changed.markets
            changed.position = position if position is not None else changed.position
            changed.enabled = enabled if enabled is not None else changed.enabled
        self._breaker.reset(account_id)
        return self._view(changed)

    def set_enabled(self, account_id: str, enabled: bool) -> None:
        """Offer the account, or stop offering it; calls about money under way still reach it."""
        with unit_of_work() as session:
            _row(session, account_id, lock=True).enabled = enabled

    def pause(self, account_id: str, reason: str) -> None:
        """Stop using the account until its configuration is saved again or its check passes."""
        with unit_of_work() as session:
            session.execute(update(Account).where(Account.id == account_id).values(paused_reason=reason))

    def delete(self, account_id: str) -> None:
        """Remove a disabled account and its secrets for good."""
        with unit_of_work() as session:
            row = _row(session, account_id, lock=True)
            if row.enabled:
                raise EntrepotError(f"The account '{row.label}' is in use. Disable it first, then delete it.")
            session.delete(row)

    def check(self, account_id: str) -> None:
        """Ask the provider whether what is stored works; raises its error. Begins or ends a pause accordingly."""
        account = self.open(account_id)
        try:
            self._check(account)
        except CredentialsInvalid as error:
            self.pause(account_id, str(error))
            raise
        if account.view.paused_reason:
            self.pause(account_id, "")
        self._breaker.reset(account_id)

    def form(
        self,
        kind: str,
        provider_id: str,
        account_id: str | None = None,
        *,
        values: Mapping[str, Any] | None = None,
        errors: Mapping[str, Sequence[str]] | None = None,
    ) -> tuple[FormField, ...]:
        """The fields to draw for a new account or a stored one; ``values`` and ``errors`` of a refused attempt win."""
        provider_class = self._registry.provider_class(kind, provider_id)
        if account_id is None:
            return draw_form(provider_class.config_schema, values, errors=errors)
        row = _row(reader(), account_id)
        stored = self._current(row, provider_class)
        return draw_form(
            provider_class.config_schema,
            values if values is not None else stored.shown,
            stored_secrets=dict.fromkeys(stored.secrets, row.secrets_set_at),
            errors=errors,
        )

    def export(self, plugin_id: str | None = None) -> Sequence[dict[str, Any]]:
        """Accounts as JSON-ready values, without secrets."""
        query = select(Account).order_by(Account.kind, Account.position, Account.id)
        if plugin_id is not None:
            query = query.where(Account.plugin_id == plugin_id)
        keys = ("id", "kind", "provider_id", "plugin_id", "label", "config", "config_version", "enabled", "markets")
        return [{key: getattr(row, key) for key in keys} for row in _rows(reader(), query)]

    def reseal(self) -> int:
        """Encrypt all secrets with the first of the keys; returns how many accounts changed."""
        changed = 0
        with unit_of_work() as session:
            for row in _rows(session, select(Account).where(Account.secrets.is_not(None)).with_for_update()):
                if row.secrets is not None and row.secrets_key != self._box.current:
                    row.secrets_key, row.secrets = self._box.seal(self._box.open(row.secrets_key, row.secrets))
                    changed += 1
        return changed

    def open(self, account_id: str) -> OpenAccount:
        """The account ready to be called, with no transaction left open; raises EntrepotErrors."""
        opened = self.open_many([account_id])[account_id]
        if isinstance(opened, EntrepotError):
            raise opened
        return opened

    def open_many(self, account_ids: Iterable[str]) -> dict[str, OpenAccount | EntrepotError]:
        """Several accounts by one query, in the order asked for; an account that cannot be opened has its error."""
        wanted = list(account_ids)
        rows = {row.id: row for row in _by_ids.rows(wanted)} if wanted else {}
        opened = {account_id: self._opened(account_id, rows.get(account_id)) for account_id in wanted}
        release_reader()  # only now: it makes the session forget what it has read
        return opened

    def _opened(self, account_id: str, row: AnyAccount | None) -> OpenAccount | EntrepotError:
        try:
            if row is None:
                return AccountMissing(_no_account(account_id))
            provider_class = self._own_class(row)
            config, secrets = self._loaded(row, provider_class)
            return self._with_config(row, provider_class, config, secrets)
        except EntrepotError as error:
            return error

    def _loaded(self, row: AnyAccount, provider_class: type[Provider]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """(configuration, secrets) of a stored account, opened and validated anew only when something has changed.

        Secrets that stand in the environment are known to the process since it was started.
        """
        stamp = (provider_class, row.config, row.config_version, row.secrets, row.secrets_key)
        known = self._known.get(row.id)
        if known is None or known[0] != stamp:
            opened = self._open(row, provider_class, self._current(row, provider_class))
            known = self._known[row.id] = (stamp, opened.context.config, opened.secrets)
        return known[1], known[2]

    def _open(self, row: AnyAccount, provider_class: type[Provider], stored: StoredConfig) -> OpenAccount:
        revealed = stored.revealed_secrets()
        config = validated(provider_class.config_schema, {**stored.shown, **revealed})
        return self._with_config(row, provider_class, config, tuple(revealed.values()))

    def _with_config(
        self, row: AnyAccount, provider_class: type[Provider], config: Mapping[str, Any], secrets: tuple[str, ...]
    ) -> OpenAccount:
        path = _WEBHOOK_PATHS.get(row.kind)
        context = Context(
            account_id=row.id,
            config=dict(config),
            http=DeadlineHttp(deadline_s=0),
            clock=self._clock,
            log=account_logger(row.plugin_id, row.id, secrets),
            webhook_url=f"{self._settings.base_url}/hooks/{path}/{row.id}" if path else "",
            rules_folder=self._settings.data_dir / "rules",
            lists_folder=self._settings.data_dir / "lists",
            **({"render": self._render} if self._render else {}),
        )
        return OpenAccount(self._view(row), provider_class, context, secrets)

    def _check(self, account: OpenAccount) -> None:
        refuse_inside_transaction("check")
        release_reader()
        Call(account, "check", lambda provider: provider.check(), deadline_s=CHECK_DEADLINE_S).result()

    def _current(self, row: AnyAccount, provider_class: type[Provider]) -> StoredConfig:
        """What is stored, brought to the schema's version in memory; the old values stay until the account is saved."""
        return upgraded(provider_class, StoredConfig(dict(row.config), self._stored_secrets(row)), row.config_version)

    def _stored_secrets(self, row: AnyAccount) -> dict[str, str]:
        return self._box.open(row.secrets_key, row.secrets) if row.secrets is not None else {}

    def _put(self, row: Account, provider_class: type[Provider], stored: StoredConfig) -> None:
        row.config = stored.shown
        row.config_version = provider_class.config_schema.version
        if stored.secrets == self._stored_secrets(row):
            return
        row.secrets_key, row.secrets = self._box.seal(stored.secrets)
        row.secrets_set_at = self._clock.now()

    def _own_class(self, row: AnyAccount) -> type[Provider]:
        """The provider class, unless another plugin took over its id: that one must not see this account's secrets."""
        plugin = self._registry.plugin_of(row.kind, row.provider_id)
        if plugin.id != row.plugin_id:
            raise PluginError(
                f"The account '{row.label}' belongs to plugin {row.plugin_id}, but '{row.provider_id}' is now offered "
                f"by {plugin.id}. Install {row.plugin_id} again, or make a new account."
            )
        return self._registry.provider_class(row.kind, row.provider_id)

    def _view(self, row: AnyAccount) -> AccountView:
        loaded = self._registry.plugins.get(row.plugin_id)
        offered = loaded is not None and any(
            cls.kind == row.kind and cls.id == row.provider_id for cls in loaded.brought.providers
        )
        return AccountView(
            id=row.id,
            kind=row.kind,
            provider_id=row.provider_id,
            plugin_id=row.plugin_id,
            label=row.label,
            markets=tuple(row.markets),
            enabled=row.enabled,
            usable=row.enabled and offered and not row.paused_reason,
            paused_reason=row.paused_reason,
            position=row.position,
        )

    @cached_property
    def _box(self) -> SecretsBox:
        return SecretsBox(list(self._settings.secrets_keys))


def _rows(session: Session, query: Any) -> Sequence[Account]:
    found: Sequence[Account] = session.execute(query).scalars().all()
    return found


def _row(session: Session, account_id: str, *, lock: bool = False) -> Account:
    query = select(Account).where(Account.id == account_id)
    row: Account | None = session.execute(query.with_for_update() if lock else query).scalars().first()
    if row is None:
        raise AccountMissing(_no_account(account_id))
    return row


def _no_account(account_id: str) -> str:
    return f"There is no account {account_id}. 'entrepot plugin check' lists all accounts."
