"""Members of staff: made, signed in, locked out, signed out everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entrepot.kernel.clock import HasClock
from entrepot.sdk.errors import EntrepotError
from entrepot.staff import rules
from entrepot.staff.models import StaffMember
from entrepot.storage.session import unit_of_work

if TYPE_CHECKING:
    from argon2 import PasswordHasher


class StaffError(EntrepotError):
    """A request about a member of staff that cannot be carried out."""


class SignInRefused(StaffError):
    """Wrong e-mail or password; which of them is not told."""

    def __init__(self) -> None:
        super().__init__(
            "The e-mail address or the password is wrong. After {allowed} failures an account is locked for "
            "{minutes} minutes.",
            allowed=rules.FAILURES_ALLOWED,
            minutes=int(rules.LOCKED_FOR.total_seconds()) // 60,
        )


class SignInLocked(StaffError):
    """Too many failures; the right password does not help now either."""

    def __init__(self, minutes: int) -> None:
        super().__init__(
            "Too many failed attempts. This account is locked for another {minutes} min. "
            "A colleague with access to the server can unlock it: entrepot staff password E-MAIL",
            minutes=minutes,
        )


@dataclass(frozen=True)
class SignedIn:
    """Goes into the session cookie; ``version`` must match the member's, or the session is over."""

    staff_id: int
    version: int


@dataclass(frozen=True)
class _Attempt:
    """A sign-in that was counted, and locked if it is the last one, before the password was looked at."""

    staff_id: int
    password_hash: str
    version: int
    locked_until: datetime | None


def create(
    runtime: HasClock, *, email: str, name: str, password: str, permissions: Sequence[str], locale: str = "en"
) -> int:
    """Add a member of staff; the id. Raises StaffError."""
    email = _address(email)
    password_hash = _hashed(password, email)
    with unit_of_work() as session:
        if session.scalar(select(StaffMember.id).where(StaffMember.email == email)) is not None:
            raise StaffError(f"{email} is a member of staff already. Set a new password: entrepot staff password")
        member = StaffMember(
            email=email,
            name=name.strip() or email,
            password_hash=password_hash,
            permissions=sorted(set(permissions)),
            locale=locale,
            created_at=runtime.clock.now(),
        )
        session.add(member)
        session.flush()
        return member.id


def set_password(runtime: HasClock, *, email: str, password: str) -> None:
    """A new password: ends all sessions and a lock."""
    password_hash = _hashed(password, _address(email))
    with unit_of_work() as session:
        member = _member(session, email)
        member.password_hash = password_hash
        member.session_version += 1
        member.failed_logins = 0
        member.locked_until = None


def set_active(runtime: HasClock, *, email: str, active: bool) -> None:
    """Let somebody in, or out at once: all sessions end."""
    with unit_of_work() as session:
        member = _member(session, email)
        member.active = active
        member.session_version += 1


def sign_in(runtime: HasClock, *, email: str, password: str) -> SignedIn:
    """Check a password, outside any transaction and as slowly for an unknown address as for a known one.

    Raises SignInRefused or SignInLocked. The attempt is counted first, so that parallel guesses cannot outrun the lock.
    """
    attempt = _count_attempt(runtime, email.strip().lower())
    if attempt is None:
        _matches(_hash_of_nothing(), password)
        raise SignInRefused
    if not _matches(attempt.password_hash, password):
        if attempt.locked_until is not None:
            raise SignInLocked(rules.minutes_left(attempt.locked_until, runtime.clock.now()))
        raise SignInRefused
    with unit_of_work() as session:
        session.execute(
            update(StaffMember).where(StaffMember.id == attempt.staff_id).values(failed_logins=0, locked_until=None)
        )
    return SignedIn(attempt.staff_id, attempt.version)


def sign_out_everywhere(runtime: HasClock, *, staff_id: int) -> None:
    """End every session of this member of staff, on all devices."""
    with unit_of_work() as session:
        session.execute(
            update(StaffMember)
            .where(StaffMember.id == staff_id)
            .values(session_version=StaffMember.session_version + 1)
        )


def _count_attempt(runtime: HasClock, email: str) -> _Attempt | None:
    """Book one more attempt, to be taken back when it succeeds; None for an unknown address."""
    now = runtime.clock.now()
    with unit_of_work() as session:
        query = select(StaffMember).where(StaffMember.email == email, StaffMember.active).with_for_update()
        member = session.scalars(query).one_or_none()
        if member is None:
            return None
        if member.locked_until is not None and member.locked_until > now:
            raise SignInLocked(rules.minutes_left(member.locked_until, now))
        if member.locked_until is not None:
            member.failed_logins = 0
        member.failed_logins += 1
        is_last = member.failed_logins >= rules.FAILURES_ALLOWED
        member.locked_until = now + rules.LOCKED_FOR if is_last else None
        return _Attempt(member.id, member.password_hash, member.session_version, member.locked_until)


def _member(session: Session, email: str) -> StaffMember:
    member = session.scalars(select(StaffMember).where(StaffMember.email == _address(email))).one_or_none()
    if member is None:
        raise StaffError(f"There is no member of staff {email}. 'entrepot staff list' shows all of them.")
    return member


def _address(email: str) -> str:
    address = email.strip().lower()
    name, at, domain = address.partition("@")
    if not (name and at and domain) or any(character.isspace() for character in address) or len(address) > 254:
        raise StaffError(f"{email!r} is not an e-mail address. Write it like anna@shop.example.")
    return address


def _hashed(password: str, email: str) -> str:
    problem = rules.password_problem(password, email)
    if problem:
        raise StaffError(problem)
    return _hasher().hash(password)


def _matches(password_hash: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > rules.LONGEST_PASSWORD:
        return False
    try:
        return _hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # loaded when somebody signs in: shop pages never need it

    return PasswordHasher()


@cache
def _hash_of_nothing() -> str:
    """What an unknown address is compared with, so that the answer takes as long."""
    return _hasher().hash("no such member of staff")
