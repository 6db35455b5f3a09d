"""Keys of API clients, and the answers that are given again to a repeated request."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import Model


class ApiKey(Model):
    """A client's key; only a digest of its secret part is kept. ``scopes`` are staff permission ids; "*" means all."""

    __tablename__ = "api_key"

    #: The part of the key that is no secret.
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class IdempotentRequest(Model):
    """One request that carried an Idempotency-Key. ``status`` 0 means that it is still under way."""

    __tablename__ = "idempotent_request"

    #: Digest of who asks and the key.
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: Digest of method, address and body.
    request_digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0)
    body: Mapped[str] = mapped_column(Text, default="")
    location: Mapped[str] = mapped_column(String(250), default="")
    created_at: Mapped[datetime] = mapped_column(index=True)
