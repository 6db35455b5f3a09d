"""A fresh store per case: a copy of an empty database, a shop of its own around it, and a client of its API."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from flask import Flask

from entrepot import web
from entrepot.api import PREFIX, keys
from entrepot.app import create_app
from entrepot.settings import Settings
from entrepot.storage.session import db
from entrepot.storage.tables import import_all_models
from entrepot.testkit.providers import BANK
from entrepot.testkit.samples import NOON
from entrepot.testkit.small_shop import SECRETS_KEY
from support.cases.seeding import seed

PLUGINS = (EntryPoint("feature-cases", "support.cases.providers", "entrepot.plugins"),)
Written = Mapping[str, Any]


class TickingClock:
    """A millisecond later whenever it is asked, so that what comes later is later."""

    def __init__(self) -> None:
        self._now = NOON
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            self._now += timedelta(milliseconds=1)
            return self._now


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    body: Any
    raw: bytes

    @property
    def is_refusal(self) -> bool:
        return 400 <= self.status < 500

    @property
    def reason(self) -> str:
        """The name of the problem."""
        return str(self.body["type"]).rpartition("#problem-")[2] if self.is_refusal else ""


class ApiFailed(Exception):
    """An answer that is neither what was asked for nor a refusal."""


@dataclass(frozen=True)
class CaseShop:
    """One case's shop. ``accounts`` are ids by provider."""

    app: Flask
    accounts: Mapping[str, str]
    key: str

    def ask(self, method: str, path: str, body: Any = None, *, staff: bool = False, **headers: str) -> Answer:
        """Send one request; raises ApiFailed for 5xx."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if staff:
            sent["Authorization"] = f"Bearer {self.key}"
        with self.app.test_client() as client:
            response = client.open(PREFIX + path, method=method, json=body, headers=sent)
        if response.status_code >= 500:
            raise ApiFailed(f"{method} {path}: {response.status_code} {response.get_data(as_text=True)[:500]}")
        raw = response.get_data()
        return Answer(response.status_code, json.loads(raw) if raw else None, raw)

    def post_webhook(self, account_id: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Deliver a provider's news where providers deliver it."""
        with self.app.test_client() as client:
            return client.post(f"/hooks/payments/{account_id}", data=body, headers=dict(headers)).status_code


def make_template(folder: Path) -> Path:
    """An empty database with all tables, to copy."""
    path = folder / "template.db"
    import_all_models()
    app = _open(folder, path)
    with app.app_context():
        db.create_all()
        _close()
    return path


@contextmanager
def fresh_shop(template: Path, folder: Path, given: Written) -> Iterator[CaseShop]:
    """A store with what ``given`` lists; nothing of it is left afterwards."""
    path = folder / "case.db"
    shutil.copyfile(template, path)
    BANK.reset()
    app = _open(folder, path)
    try:
        with app.app_context():
            runtime = web.runtime()
            accounts = seed(runtime, given)
            key = keys.create(runtime, name="cases", scopes=["*"])
        yield CaseShop(app, accounts, key)
    finally:
        with app.app_context():
            _close()
        for file in folder.glob("case.db*"):
            file.unlink()


def _open(folder: Path, path: Path) -> Flask:
    settings = Settings(
        data_dir=folder, database_url=f"sqlite:///{path}", secret_key="cases" * 10, secrets_keys=(SECRETS_KEY,)
    )
    return create_app(settings, clock=TickingClock(), entry_points=PLUGINS)


def _close() -> None:
    db.session.remove()
    db.engine.dispose()
