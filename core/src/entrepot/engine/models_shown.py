"""Accounts and plugin states: what every start and most pages ask. All others are in ``models``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import Model


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
