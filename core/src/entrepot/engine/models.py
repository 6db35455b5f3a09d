"""Accounts, plugin states, call records and runs of periodic jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.engine.models_shown import Account as Account
from entrepot.engine.models_shown import PluginState as PluginState
from entrepot.storage.session import BigId, Model


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
