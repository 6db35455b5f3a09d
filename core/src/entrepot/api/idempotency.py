"""One request, one effect: the answer to an Idempotency-Key is kept with the effect and given again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import Response
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from entrepot.api.errors import KeyReused, StillUnderWay
from entrepot.api.models import IdempotentRequest
from entrepot.api.operations import Once
from entrepot.kernel.clock import HasClock
from entrepot.storage.secrets import SecretsBox
from entrepot.storage.session import dialect_name, rows_of, unit_of_work

#: A request that has not answered after so long has died with its process; its key may be used again.
DEAD_AFTER = timedelta(minutes=2)
KEPT_FOR = timedelta(days=7)
JSON = "application/json"
_by_key = select(IdempotentRequest.__table__).where(IdempotentRequest.key == bindparam("key"))


@dataclass
class Request:
    """A request that must have one effect. ``key`` and ``digest`` are digests; with a ``box`` its answer is kept
    encrypted. ``kept`` is the answer that was written together with the effect; it counts if that was committed."""

    key: str
    digest: str
    box: SecretsBox | None = None
    kept: Response | None = None


def identify(*, caller: str, key: str, method: str, path: str, body: bytes, box: SecretsBox | None = None) -> Request:
    """The same caller, key, address and body are the same request."""
    return Request(_digest(caller.encode(), key.encode()), _digest(method.encode(), path.encode(), body), box)


def answer_once(runtime: HasClock, once: Once, request: Request, answer: Callable[[], Response]) -> Response:
    """The kept answer, or a new one, which is kept if it is a success: a refusal had no effect and may be tried again.

    Raises KeyReused, StillUnderWay.
    """
    kept = _kept(request)
    if kept is not None:
        return kept
    if once is Once.TRANSACTION:
        return _in_one_transaction(runtime, request, answer)
    if once is Once.CLAIM:
        return _claimed(runtime, request, answer)
    response = answer()
    return _keep_first(runtime, request, response) if _is_success(response) else response


def keep_with_effect(runtime: HasClock, request: Request, response: Response) -> None:
    """Keep the answer in the open unit of work: effect and answer are one commit, and come or go together."""
    with unit_of_work() as session:
        if _insert(session, request, runtime.clock.now(), response):
            request.kept = response


def forget_old(runtime: HasClock, *, limit: int = 1000) -> int:
    """Delete kept answers that nobody will ask for any more; how many."""
    before = runtime.clock.now() - KEPT_FOR
    row = IdempotentRequest
    with unit_of_work() as session:
        old = session.scalars(select(row.key).where(row.created_at < before).limit(limit)).all()
        session.execute(delete(row).where(row.key.in_(old)))
        return len(old)


class _Refused(Exception):
    """Ends the transaction of a request that was refused."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def _in_one_transaction(runtime: HasClock, request: Request, answer: Callable[[], Response]) -> Response:
    try:
        with unit_of_work() as session:
            if not _insert(session, request, runtime.clock.now()):
                return _known(request)
            response = answer()
            if not _is_success(response):
                raise _Refused(response)
            _write(session, request, response)
            return response
    except _Refused as refused:
        return refused.response


def _claimed(runtime: HasClock, request: Request, answer: Callable[[], Response]) -> Response:
    _claim(runtime, request)
    try:
        response = answer()
    except BaseException:
        _give_up(request)
        raise
    if not _is_success(response):
        _give_up(request)
        return response
    with unit_of_work() as session:
        _write(session, request, response)
    return response


def _claim(runtime: HasClock, request: Request) -> None:
    now = runtime.clock.now()
    row = IdempotentRequest
    with unit_of_work() as session:
        session.execute(delete(row).where(row.key == request.key, row.status == 0, row.created_at < now - DEAD_AFTER))
        if not _insert(session, request, now):
            raise StillUnderWay


def _give_up(request: Request) -> None:
    row = IdempotentRequest
    with unit_of_work() as session:
        session.execute(delete(row).where(row.key == request.key, row.status == 0))


def _keep_first(runtime: HasClock, request: Request, response: Response) -> Response:
    """Of two that ran side by side the first answer counts for both; it may have been kept with the effect already."""
    if request.kept is response:
        return response
    with unit_of_work() as session:
        if _insert(session, request, runtime.clock.now(), response):
            return response
    return _known(request)


def _known(request: Request) -> Response:
    found = _kept(request)
    if found is None:
        raise StillUnderWay
    return found


def _kept(request: Request) -> Response | None:
    """The answer that was given before; raises KeyReused, StillUnderWay."""
    row = rows_of(_by_key, key=request.key).one_or_none()
    if row is None:
        return None
    if row.request_digest != request.digest:
        raise KeyReused
    if row.status == 0:
        return None
    body = _unsealed(request.box, row.body) if request.box else row.body
    response = Response(body, row.status, content_type=JSON)
    response.headers["Idempotency-Replayed"] = "true"
    if row.location:
        response.headers["Location"] = row.location
    return response


def _insert(session: Session, request: Request, now: datetime, response: Response | None = None) -> bool:
    """Whether the key was new; without a response it is under way."""
    answered = _answered(request, response) if response else {"status": 0, "body": "", "location": ""}
    values = {"key": request.key, "request_digest": request.digest, "created_at": now, **answered}
    session.flush()
    return session.connection().execute(_adding(dialect_name()), values).scalar() is not None


@cache
def _adding(dialect: str) -> ReturningInsert[tuple[str]]:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(IdempotentRequest).on_conflict_do_nothing().returning(IdempotentRequest.key)


def _write(session: Session, request: Request, response: Response) -> None:
    row = IdempotentRequest
    session.execute(update(row).where(row.key == request.key).values(**_answered(request, response)))


def _answered(request: Request, response: Response) -> dict[str, Any]:
    body = response.get_data(as_text=True)
    return {
        "status": response.status_code,
        "body": _sealed(request.box, body) if request.box else body,
        "location": response.headers.get("Location", ""),
    }


def _sealed(box: SecretsBox, body: str) -> str:
    sealed_with, token = box.seal({"body": body})
    return f"{sealed_with}:{token.decode()}"


def _unsealed(box: SecretsBox, stored: str) -> str:
    sealed_with, _, token = stored.partition(":")
    return str(box.open(sealed_with, token.encode())["body"])


def _is_success(response: Response) -> bool:
    return response.status_code < 300


def _digest(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()
