"""Signing in to the back office: refusals, the lock, and how sessions end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from argon2 import PasswordHasher
from flask import Flask

from entrepot.kernel.clock import FixedClock
from entrepot.staff import queries, rules, service
from entrepot.staff.models import StaffMember
from entrepot.storage.session import db, init_storage

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PASSWORD = "a long enough password"


@dataclass(frozen=True)
class Shop:
    clock: FixedClock


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_hasher", cache(lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
    service._hash_of_nothing.cache_clear()


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    app = Flask("staff")
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    init_storage(app)
    with app.app_context():
        db.metadata.create_all(db.engine, [StaffMember.__table__])
        shop = Shop(FixedClock(NOON))
        service.create(shop, email="Anna@Shop.example", name="Anna", password=PASSWORD, permissions=["orders.view"])
        yield shop
        db.session.remove()
        db.engine.dispose()


def refusals(shop: Shop, times: int) -> list[type[Exception]]:
    found = []
    for _ in range(times):
        with pytest.raises(service.StaffError) as refused:
            service.sign_in(shop, email="anna@shop.example", password="wrong password")
        found.append(refused.type)
    return found


@pytest.mark.databases
@pytest.mark.covers("S0.39")
def test_right_password_signs_in_whatever_the_case_of_the_address(shop: Shop) -> None:
    signed_in = service.sign_in(shop, email=" ANNA@shop.example", password=PASSWORD)
    found = queries.signed_in(signed_in.staff_id, signed_in.version)
    assert found is not None
    assert found[0].actor == "staff:anna@shop.example"


def test_unknown_address_is_refused_in_the_same_words_as_a_wrong_password(shop: Shop) -> None:
    with pytest.raises(service.SignInRefused) as unknown:
        service.sign_in(shop, email="nobody@shop.example", password=PASSWORD)
    with pytest.raises(service.SignInRefused) as wrong:
        service.sign_in(shop, email="anna@shop.example", password="wrong password")
    assert str(unknown.value) == str(wrong.value)


def test_unknown_address_costs_a_password_check_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    monkeypatch.setattr(service, "_matches", lambda known, password: bool(checked.append(known)))
    with pytest.raises(service.SignInRefused):
        service.sign_in(shop, email="nobody@shop.example", password=PASSWORD)
    assert checked == [service._hash_of_nothing()]


@pytest.mark.covers("S0.39")
def test_ten_failures_lock_for_a_quarter_of_an_hour_even_for_the_right_password(shop: Shop) -> None:
    assert refusals(shop, 10) == [service.SignInRefused] * 9 + [service.SignInLocked]
    with pytest.raises(service.SignInLocked, match="locked for another 15 min"):
        service.sign_in(shop, email="anna@shop.example", password=PASSWORD)
    shop.clock.move(timedelta(minutes=14))
    with pytest.raises(service.SignInLocked, match="another 1 min"):
        service.sign_in(shop, email="anna@shop.example", password=PASSWORD)
    shop.clock.move(timedelta(minutes=1))
    assert service.sign_in(shop, email="anna@shop.example", password=PASSWORD).staff_id


def test_success_forgets_earlier_failures(shop: Shop) -> None:
    refusals(shop, 9)
    service.sign_in(shop, email="anna@shop.example", password=PASSWORD)
    assert refusals(shop, 9) == [service.SignInRefused] * 9


def test_after_a_lock_counting_starts_anew(shop: Shop) -> None:
    refusals(shop, 10)
    shop.clock.move(rules.LOCKED_FOR)
    assert refusals(shop, 9) == [service.SignInRefused] * 9


def test_new_password_ends_sessions_and_the_lock(shop: Shop) -> None:
    before = service.sign_in(shop, email="anna@shop.example", password=PASSWORD)
    refusals(shop, 10)
    service.set_password(shop, email="anna@shop.example", password="another long password")
    assert queries.signed_in(before.staff_id, before.version) is None
    assert service.sign_in(shop, email="anna@shop.example", password="another long password")


def test_inactive_member_is_out_at_once_and_cannot_come_back(shop: Shop) -> None:
    before = service.sign_in(shop, email="anna@shop.example", password=PASSWORD)
    service.set_active(shop, email="anna@shop.example", active=False)
    assert queries.signed_in(before.staff_id, before.version) is None
    with pytest.raises(service.SignInRefused):
        service.sign_in(shop, email="anna@shop.example", password=PASSWORD)


def test_signing_out_everywhere_ends_all_sessions(shop: Shop) -> None:
    phone = service.sign_in(shop, email="anna@shop.example", password=PASSWORD)
    service.sign_out_everywhere(shop, staff_id=phone.staff_id)
    assert queries.signed_in(phone.staff_id, phone.version) is None


@pytest.mark.parametrize("password", ["short", "x" * 2000, "anna@shop.example", "aaaaaaaaaaaaaaaa"])
def test_poor_passwords_are_refused_with_a_remedy(shop: Shop, password: str) -> None:
    with pytest.raises(service.StaffError, match="Use"):
        service.set_password(shop, email="anna@shop.example", password=password)


def test_address_is_taken_once(shop: Shop) -> None:
    with pytest.raises(service.StaffError, match="already"):
        service.create(shop, email="anna@shop.example", name="", password=PASSWORD, permissions=[])


def test_star_allows_everything_and_nothing_is_allowed_that_was_not_given() -> None:
    assert rules.allows({rules.ALL}, "feature-reviews.moderate")
    assert rules.allows({"orders.view"}, "orders.view")
    assert not rules.allows({"orders.view"}, "orders.ship")
    assert not rules.allows(set(), "orders.view")
    assert rules.allows(set(), rules.ANY_STAFF)


def test_roles_name_known_permissions() -> None:
    assert rules.unknown_permissions(name for role in rules.ROLES.values() for name in role) == []
    assert rules.unknown_permissions(["orders.vieew"]) == ["orders.vieew"]
