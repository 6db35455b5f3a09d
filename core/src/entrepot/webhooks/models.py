"""Addresses of other systems that want to be told of facts. What is on its way lies in the job queue."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import Model


class WebhookEndpoint(Model):
    """One address, the kinds of facts it wants, and its secrets: several while a new one takes over."""

    __tablename__ = "webhook_endpoint"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(String(250), default="")
    #: Empty means every kind.
    kinds: Mapped[list[str]] = mapped_column(default=list)
    enabled: Mapped[bool] = mapped_column(default=True)
    #: {"secrets": [newest first]}, sealed with the key of this id.
    secrets_key: Mapped[str] = mapped_column(String(12))
    secrets: Mapped[bytes] = mapped_column(LargeBinary)
    #: Since when nothing has arrived, and how often it was tried; None while all is well.
    failing_since: Mapped[datetime | None] = mapped_column(default=None)
    failures: Mapped[int] = mapped_column(default=0)
    #: Why the core disabled it; empty when it did not.
    disabled_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
