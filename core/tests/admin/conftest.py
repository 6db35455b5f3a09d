"""A small shop with its back office, and browsers of staff who may do different things."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from entrepot.staff import service
from entrepot.testkit.small_shop import SmallShop, small_shop

PASSWORD = "a long enough password"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_TAGS = re.compile(r"<[^>]+>")


@dataclass
class Desk:
    """A browser at the back office. Forms are sent with the token of the page that was read last."""

    client: FlaskClient
    csrf_token: str = ""
    page: str = ""
    status: int = 0
    location: str = ""
    #: Address of the page that was opened last.
    here: str = ""

    def open(self, path: str) -> str:
        _forget_last_request()
        self.here = path
        return self._read(self.client.get(path))

    def send(self, path: str, follow: bool = True, **form: Any) -> str:
        """Send a form and go where it leads."""
        _forget_last_request()
        text = self._read(self.client.post(path, data={"csrf_token": self.csrf_token, **form}))
        return self.open(self.location) if follow and self.status == 303 else text

    def hidden(self, name: str, action: str) -> str:
        """The value of a hidden field in the form with this action."""
        form = self.page.partition(f'action="{action}"')[2].partition("</form>")[0]
        found = re.search(rf'name="{name}" value="([^"]*)"', form)
        assert found, f"The page has no form {action} with the field {name}."
        return unescape(found[1])

    def _read(self, response: TestResponse) -> str:
        self.status = response.status_code
        self.location = response.headers.get("Location", "")
        self.page = response.get_data(as_text=True)
        if token := _TOKEN.search(self.page):
            self.csrf_token = token[1]
        return " ".join(unescape(_TAGS.sub(" ", self.page)).split())


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_hasher", cache(lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
    service._hash_of_nothing.cache_clear()


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[SmallShop]:
    with small_shop(database_url, tmp_path, web=True) as opened:
        opened.app.testing = True
        yield opened


@pytest.fixture
def visitor(shop: SmallShop) -> Desk:
    """Somebody who has not signed in."""
    return Desk(_client(shop.app))


@pytest.fixture
def sign_in(shop: SmallShop) -> Callable[..., Desk]:
    """Hire somebody with these permissions and sign them in."""

    def hire(*permissions: str, email: str = "", locale: str = "en") -> Desk:
        email = email or f"{len(permissions)}-{'-'.join(permissions) or 'nothing'}@shop.example".replace("*", "all")
        service.create(
            shop.runtime, email=email, name="Anna", password=PASSWORD, permissions=permissions, locale=locale
        )
        desk = Desk(_client(shop.app))
        desk.open("/admin/login")
        desk.send("/admin/login", email=email, password=PASSWORD)
        return desk

    return hire


@pytest.fixture
def owner(sign_in: Callable[..., Desk]) -> Desk:
    return sign_in("*")


def _forget_last_request() -> None:
    """The test's own app context holds what each request would have had for itself."""
    for name in list(g):
        g.pop(name)


def _client(app: Flask) -> FlaskClient:
    return app.test_client()
