"""Accounts, plugin states, call records and runs of periodic jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import BigId, Model


class Account(Model):
    """One configured instance of a plugin's provider."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    provider_id: Mapped[str] = mapped_column(String(60))
    plugin_id: Mapped[str] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(String(120))
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    config_version: Mapped[int] = mapped_column(default=1)
    secrets: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    secrets_key: Mapped[str] = mapped_column(String(12), default="")
    secrets_set_at: Mapped[datetime | None] = mapped_column(default=None)
    enabled: Mapped[bool] = mapped_column(default=True)
    #: Market codes that use it; empty means all.
    markets: Mapped[list[str]] = mapped_column(default=list)
    position: Mapped[int] = mapped_column(default=100)
    #: Why the core paused it (credentials refused …); empty when healthy.
    paused_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_account_kind", "kind", "enabled", "position"),)


class PluginState(Model):
    """What staff decided about an installed plugin; without a row a plugin is enabled."""

    __tablename__ = "plugin_state"

    plugin_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime]
    #: Why its last migration failed and was rolled back; empty when it did not.
    migration_error: Mapped[str] = mapped_column(Text, default="")


class ProviderCall(Model):
    """One call to a provider: what, how long, how it ended. No bodies, no secrets."""

    __tablename__ = "provider_call"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    account_id: Mapped[str] = mapped_column(String(36), index=True)
    operation: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    milliseconds: Mapped[int]
    #: ok, or a ProviderError.code
    outcome: Mapped[str] = mapped_column(String(20))
    error: Mapped[str] = mapped_column(Text, default="")
    idempotency_key: Mapped[str] = mapped_column(String(80), default="")


class JobRun(Model):
    """A periodic job: when it ran last, and who runs it now."""

    __tablename__ = "job_run"

    #: ``<plugin id>.<job>`` or ``core.<job>``
    name: Mapped[str] = mapped_column(String(160), primary_key=True)
    last_started: Mapped[datetime | None] = mapped_column(default=None)
    last_finished: Mapped[datetime | None] = mapped_column(default=None)
    #: Until then the job belongs to the worker that started it.
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    #: Of the last run; empty when it went well.
    error: Mapped[str] = mapped_column(Text, default="")
    #: How many runs failed since the last that went well.
    failures: Mapped[int] = mapped_column(default=0)


class QueuedJob(Model):
    """Work that is done once: tried until it succeeds, or parked for a person after many failures."""

    __tablename__ = "queued_job"

    #: Chosen by whoever queues it: queueing the same id again changes nothing.
    id: Mapped[str] = mapped_column(String(160), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    #: What the work is about, so that a group can be shown and repeated together.
    subject: Mapped[str] = mapped_column(String(80), default="")
    payload: Mapped[dict[str, Any]]
    #: due, done, parked
    state: Mapped[str] = mapped_column(String(10), default="due")
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    next_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        Index("ix_queued_job_due", "state", "next_at"),
        Index("ix_queued_job_subject", "name", "subject", "queued_at"),
    )
