"""API keys: who calls, and what the key allows."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from entrepot.api.models import ApiKey
from entrepot.kernel.clock import HasClock
from entrepot.sdk.errors import EntrepotError
from entrepot.sdk.jobs import Permission
from entrepot.staff import rules
from entrepot.storage.session import reader, unit_of_work

_START = "ek"


@dataclass(frozen=True)
class Client:
    """Whose key it is."""

    id: str
    name: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        return rules.allows(self.scopes, scope)

    @property
    def actor(self) -> str:
        """How timelines and ledgers name this client."""
        return f"api:{self.name}"


@dataclass(frozen=True)
class KeyView:
    """One row of the list of keys."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


class ScopeUnknown(EntrepotError):
    def __init__(self, unknown: Sequence[str]) -> None:
        known = ", ".join(permission.id for permission in rules.PERMISSIONS)
        super().__init__(f"There is no scope {', '.join(unknown)}. Scopes: {known}, and '*' for all.")


def create(
    runtime: HasClock, *, name: str, scopes: Sequence[str], plugin_permissions: Sequence[Permission] = ()
) -> str:
    """A new key. It is returned this once and kept nowhere; raises ScopeUnknown."""
    if unknown := rules.unknown_permissions(scopes, plugin_permissions):
        raise ScopeUnknown(unknown)
    id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    with unit_of_work() as session:
        session.add(
            ApiKey(
                id=id,
                name=name,
                digest=_digest(secret),
                scopes=sorted(set(scopes)),
                created_at=runtime.clock.now(),
            )
        )
    return f"{_START}_{id}_{secret}"


def revoke(runtime: HasClock, id: str) -> None:
    """Refuse the key from now on. Idempotent; raises EntrepotError when there is none."""
    with unit_of_work() as session:
        key = session.get(ApiKey, id)
        if key is None:
            raise EntrepotError(f"There is no API key {id}. 'entrepot api-key list' shows them.")
        session.execute(
            update(ApiKey).where(ApiKey.id == id, ApiKey.revoked_at.is_(None)).values(revoked_at=runtime.clock.now())
        )


def all_keys() -> list[KeyView]:
    """All keys, oldest first."""
    rows = reader().execute(select(ApiKey.__table__).order_by(ApiKey.created_at, ApiKey.id))
    return [KeyView(row.id, row.name, tuple(row.scopes), row.created_at, row.revoked_at) for row in rows]


def client_of(key: str) -> Client | None:
    """The client whose key this is; None for anything else."""
    start, _, rest = key.partition("_")
    id, _, secret = rest.partition("_")
    if start != _START or not secret or not key.isascii():
        return None
    query = select(ApiKey.__table__).where(ApiKey.id == id, ApiKey.revoked_at.is_(None))
    row = reader().execute(query).one_or_none()
    if row is None or not hmac.compare_digest(row.digest, _digest(secret)):
        return None
    return Client(row.id, row.name, frozenset(row.scopes))


def _digest(secret: str) -> str:
    """A plain digest is enough: the secret is 256 random bits, which nobody guesses."""
    return hashlib.sha256(secret.encode()).hexdigest()
