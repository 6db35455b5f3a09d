"""Who gets into the back office, and how far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from entrepot.admin import badge
from entrepot.admin.routes import bridge
from entrepot.sdk.web import PUBLIC
from entrepot.staff import service
from entrepot.staff.rules import ANY_STAFF, PERMISSIONS
from entrepot.testkit.small_shop import SmallShop

from .conftest import PASSWORD, Desk

SignIn = Callable[..., Desk]

#: A page per permission that shows it.
PAGES = {
    "orders.view": "/admin/orders",
    "customers.view": "/admin/customers",
    "catalog.view": "/admin/products",
    "catalog.import": "/admin/imports",
    "inventory.view": "/admin/stock",
    "messages.view": "/admin/messages",
    "plugins.view": "/admin/plugins",
    "plugins.manage": "/admin/accounts/new/payment/scripted",
    "store.view": "/admin/store",
}


def views(shop: SmallShop) -> dict[str, object]:
    return {name: view for name, view in shop.app.view_functions.items() if name.startswith("admin.")}


@pytest.mark.covers("S0.29", "S2.29", "S2.37")
def test_every_route_names_a_known_permission(shop: SmallShop) -> None:
    known = {permission.id for permission in PERMISSIONS} | {ANY_STAFF}
    named = {name: getattr(view, "permission", None) for name, view in views(shop).items()}
    assert len(named) > 30
    assert {name for name, permission in named.items() if permission == PUBLIC} == {"admin.sign_in", "admin.do_sign_in"}
    assert {name: one for name, one in named.items() if one not in known | {PUBLIC}} == {}


def test_every_permission_opens_something(shop: SmallShop) -> None:
    used = {getattr(view, "permission", None) for view in views(shop).values()}
    assert {permission.id for permission in PERMISSIONS} - used == set()


def test_a_view_that_names_no_permission_is_for_nobody(
    shop: SmallShop, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = sign_in("*")
    monkeypatch.setitem(shop.app.view_functions, "admin.orders", lambda: "open to all")
    desk.open("/admin/orders")
    assert desk.status == 403


@pytest.mark.covers("S0.29", "S2.37")
@pytest.mark.parametrize("permission", PAGES)
def test_permission_opens_its_page_and_no_other(sign_in: SignIn, permission: str) -> None:
    desk = sign_in(permission)
    statuses = {}
    for needed, path in PAGES.items():
        desk.open(path)
        statuses[needed] = desk.status
    assert statuses == {needed: 200 if needed == permission else 403 for needed in PAGES}


def test_navigation_shows_only_what_may_be_opened(sign_in: SignIn) -> None:
    text = sign_in("inventory.view").open("/admin/")
    assert "Stock" in text
    assert "Orders" not in text
    assert "Plugins" not in text


def test_forbidden_page_names_the_permission_that_is_missing(sign_in: SignIn) -> None:
    desk = sign_in("orders.view")
    assert "“plugins.view”" in desk.open("/admin/plugins")


def test_writing_is_refused_without_its_permission(shop: SmallShop, sign_in: SignIn) -> None:
    number = shop.paid().number
    desk = sign_in("orders.view")
    text = desk.open(f"/admin/orders/{number}")
    assert "Ship this parcel" not in text
    assert "Give back" not in text
    for action in (
        "cancel",
        "complete",
        "ship/x",
        "refund/x",
        "confirm/x",
        "capture/x",
        "void/x",
        "ask/x",
        "deliver/x",
    ):
        desk.send(f"/admin/orders/{number}/{action}", reason="because")
        assert desk.status == 403, action


def test_stranger_is_sent_to_sign_in_and_then_to_the_page(shop: SmallShop, visitor: Desk, sign_in: SignIn) -> None:
    service.create(shop.runtime, email="eve@shop.example", name="Eve", password=PASSWORD, permissions=["orders.view"])
    visitor.open("/admin/orders?status=to_ship")
    assert visitor.location == "/admin/login?next=/admin/orders?status%3Dto_ship"
    visitor.open(visitor.location)
    visitor.send(
        "/admin/login",
        follow=False,
        email="eve@shop.example",
        password=PASSWORD,
        next=visitor.hidden("next", "/admin/login"),
    )
    assert visitor.location == "/admin/orders?status=to_ship"


@pytest.mark.covers("S0.39")
@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/cart", "/administrator", "javascript:alert(1)"],
)
def test_sign_in_never_leads_out_of_the_back_office(target: str) -> None:
    assert badge.own_page(target) == "/admin/"


def test_wrong_password_says_so_and_keeps_the_address(shop: SmallShop, visitor: Desk) -> None:
    visitor.open("/admin/login")
    text = visitor.send("/admin/login", email="nobody@shop.example", password="x")
    assert visitor.status == 401
    assert "e-mail address or the password is wrong" in text
    assert 'value="nobody@shop.example"' in visitor.page


@pytest.mark.covers("S0.39", "S2.28")
def test_lock_says_for_how_long_and_ends_by_itself(shop: SmallShop, visitor: Desk) -> None:
    service.create(shop.runtime, email="eve@shop.example", name="Eve", password=PASSWORD, permissions=[])
    visitor.open("/admin/login")
    for _ in range(10):
        text = visitor.send("/admin/login", email="eve@shop.example", password="x")
    assert visitor.status == 429
    assert "locked for another 15 min" in text
    shop.clock.move(timedelta(minutes=15))
    visitor.send("/admin/login", follow=False, email="eve@shop.example", password=PASSWORD)
    assert visitor.status == 303


def test_form_without_its_token_is_refused(shop: SmallShop, owner: Desk) -> None:
    owner.csrf_token = "forged"
    text = owner.send("/admin/logout")
    assert owner.status == 400
    assert "reload the page" in text
    assert "anna" in text.lower()


def test_a_badge_that_was_planted_is_worth_nothing(shop: SmallShop, visitor: Desk) -> None:
    visitor.client.set_cookie(badge.COOKIE, "WzEsMV0.forged.signature", path="/admin")
    visitor.open("/admin/")
    assert visitor.location.startswith("/admin/login")


@pytest.mark.covers("S1.27")
def test_signing_in_gives_a_new_badge_whatever_the_browser_brought(shop: SmallShop, sign_in: SignIn) -> None:
    desk = sign_in("orders.view")
    before = desk.client.get_cookie(badge.COOKIE, path="/admin")
    other = sign_in("orders.view", email="eve@shop.example")
    other.client.set_cookie(badge.COOKIE, before.value, path="/admin")
    other.open("/admin/login")
    other.send("/admin/login", email="eve@shop.example", password=PASSWORD)
    assert "eve@shop.example" in other.open("/admin/")


def test_badge_is_hidden_from_scripts_and_from_the_shop(owner: Desk) -> None:
    cookie = owner.client.get_cookie(badge.COOKIE, path="/admin")
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert owner.client.get_cookie(badge.COOKIE, path="/") is None


def test_signing_out_takes_the_badge_back(owner: Desk) -> None:
    owner.open("/admin/")
    owner.send("/admin/logout")
    owner.open("/admin/")
    assert owner.location.startswith("/admin/login")


def test_signing_out_everywhere_ends_other_devices(shop: SmallShop, sign_in: SignIn) -> None:
    phone = sign_in("*", email="anna@shop.example")
    desktop = Desk(shop.app.test_client())
    desktop.open("/admin/login")
    desktop.send("/admin/login", email="anna@shop.example", password=PASSWORD)
    desktop.send("/admin/logout", everywhere="1")
    phone.open("/admin/")
    assert phone.location.startswith("/admin/login")


def test_new_password_ends_the_session_at_once(shop: SmallShop, sign_in: SignIn) -> None:
    desk = sign_in("*", email="anna@shop.example")
    service.set_password(shop.runtime, email="anna@shop.example", password="quite another password")
    desk.open("/admin/orders")
    assert desk.location.startswith("/admin/login")


def test_pages_are_kept_by_nobody(owner: Desk) -> None:
    response = owner.client.get("/admin/orders")
    assert response.headers["Cache-Control"] == "no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert "'unsafe-inline'" not in response.headers["Content-Security-Policy"]


def test_unknown_addresses_answer_in_the_frame_and_only_to_staff(owner: Desk, visitor: Desk) -> None:
    assert "nothing at this address" in owner.open("/admin/no/such/page")
    assert owner.status == 404
    visitor.open("/admin/no/such/page")
    assert visitor.status == 303


def test_all_views_hang_on_the_guarded_blueprint(shop: SmallShop) -> None:
    below = {
        rule.endpoint.partition(".")[0] for rule in shop.app.url_map.iter_rules() if rule.rule.startswith("/admin")
    }
    assert below == {bridge.name}
