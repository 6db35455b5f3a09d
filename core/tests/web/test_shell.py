"""What surrounds every page: errors, headers, forms, languages, files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from entrepot.catalog.media import LocalMedia
from entrepot.markets.queries import known_store
from entrepot.sdk.errors import EntrepotError, ProviderUnavailable
from entrepot.settings import Settings
from entrepot.testkit.small_shop import SmallShop
from entrepot.web import errors, security
from entrepot.web.i18n import missing_keys
from entrepot.web.next_page import safe_next

from .conftest import Client

CORE = Path(errors.__file__).parents[1]


@pytest.mark.covers("S0.42", "G9")
@pytest.mark.parametrize("path", ["/", "/cart", "/nowhere", "/healthz"])
def test_every_answer_carries_the_headers_that_protect_it(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers


@pytest.mark.covers("S0.42")
def test_over_https_cookies_and_the_connection_stay_there(tmp_path: Path) -> None:
    app = Flask("bare")
    security.install(app, Settings(data_dir=tmp_path, base_url="https://shop.example"))
    app.add_url_rule("/", view_func=lambda: "")
    headers = app.test_client().get("/").headers
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert app.config["SESSION_COOKIE_SECURE"] is True


def test_a_policy_is_widened_but_never_dropped() -> None:
    policy = security.content_policy({"frame-src": ("https://psp.example",), "object-src": ("https://a.example",)})
    assert "frame-src https://psp.example" in policy
    assert "object-src https://a.example" in policy and "object-src 'none'" not in policy
    assert "frame-ancestors 'none'" in policy


def test_pages_have_no_inline_styles_or_scripts_that_the_policy_would_refuse(client: Client) -> None:
    for path in ("/", "/p/tableware", "/cart", "/order/find"):
        page = client.get(path).text
        assert not re.search(r"<[^>]+\sstyle=", page), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", page), path
        assert not re.search(r"\son\w+=", page), path


@pytest.mark.covers("S0.42", "G10")
def test_a_form_without_its_token_is_refused_with_a_remedy(client: Client) -> None:
    answer = client.post("/cart/add", data={"sku": "MUG"})
    assert answer.status_code == 400
    assert "The form has expired" in answer.text and "reload the page" in answer.text


@pytest.mark.covers("G12")
@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/nowhere", 404, "Page not found"),
        ("GET", "/p/nothing", 404, "Page not found"),
        ("GET", "/c/nothing", 404, "Page not found"),
        ("GET", "/order/unknown", 404, "Page not found"),
        ("GET", "/pay/return/unknown", 404, "Page not found"),
        ("GET", "/cart/add", 405, "takes forms only"),
    ],
)
def test_errors_are_pages_of_the_shop(client: Client, method: str, path: str, status: int, words: str) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert words in answer.text and "To the start page" in answer.text


def test_errors_speak_the_readers_language(client: Client) -> None:
    assert "Seite nicht gefunden" in client.get("/nowhere", headers={"Accept-Language": "de"}).text
    assert "找不到页面" in client.get("/nowhere", headers={"Accept-Language": "zh-CN"}).text


@pytest.mark.covers("G12")
def test_an_unforeseen_error_has_a_number_that_the_log_knows(
    client: Client, web_shop: SmallShop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(web_shop.app.view_functions, "shop.home", lambda: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 500 and "ZeroDivisionError" not in answer.text
    reference = re.search(r"please quote ([\w-]{8})", answer.text)
    assert reference is not None and reference[1] in caplog.text and "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (EntrepotError("Enter a whole number from 1 to {most}.", most=9), 400, "from 1 to 9"),
        (ProviderUnavailable("https://psp.internal/secret timed out"), 503, "Not available at the moment"),
    ],
)
def test_errors_that_no_view_answers_still_say_what_to_do(
    client: Client,
    web_shop: SmallShop,
    monkeypatch: pytest.MonkeyPatch,
    error: EntrepotError,
    status: int,
    words: str,
) -> None:
    def fail() -> str:
        raise error

    monkeypatch.setitem(web_shop.app.view_functions, "shop.home", fail)
    answer = client.get("/")
    assert (answer.status_code, words in answer.text, "psp.internal" in answer.text) == (status, True, False)


def test_a_shop_without_a_database_still_answers(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ConnectionError("no database")

    monkeypatch.setattr("entrepot.web.visitor.store", fail)
    answer = client.get("/")
    assert answer.status_code == 500 and "<h1>Something went wrong</h1>" in answer.text


@pytest.mark.covers("S2.35")
def test_the_language_follows_the_browser_until_it_is_chosen(client: Client) -> None:
    assert '<html lang="de" dir="ltr">' in client.get("/", headers={"Accept-Language": "de-AT,en;q=0.5"}).text
    choose(client, country="FR", locale="zh-Hans")
    assert '<html lang="zh-Hans"' in client.get("/", headers={"Accept-Language": "de"}).text


@pytest.mark.covers("S2.35", "S2.31")
def test_changing_the_country_changes_the_market_and_moves_the_cart(client: Client, web_shop: SmallShop) -> None:
    page = client.get("/p/tableware")
    client.post("/cart/add", data={"csrf_token": token(page.text), "sku": "MUG", "quantity": "1", "next": "/"})
    assert "€19.90" in client.get("/cart").text
    answer = choose(client, country="US", locale="en", next="/cart")
    assert answer.location == "/cart"
    assert "$19.90" in client.get("/cart").text


@pytest.mark.covers("S2.31", "G10")
def test_a_forged_choice_is_forgotten(client: Client) -> None:
    client.set_cookie("visitor", "WyJ1cyIsImVuIiwiVVMiXQ.forged")
    assert "EUR" in client.get("/").text
    choose(client, country="XX", locale="klingon")
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/cart?x=1", "/cart?x=1"),
        ("/p/größe", "/p/größe"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: b", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_after_a_form_nobody_is_led_elsewhere(target: str | None, expected: str) -> None:
    assert safe_next(target) == expected


def test_style_sheets_are_cached_for_good_under_their_own_hash_only(client: Client) -> None:
    address = re.search(r'href="(/static/theme/[^"]+core\.css)"', client.get("/").text)
    assert address is not None
    answer = client.get(address[1])
    assert "immutable" in answer.headers["Cache-Control"] and answer.mimetype == "text/css"
    outdated = client.get(re.sub(r"/[0-9a-f]{8}/", "/00000000/", address[1]))
    assert outdated.status_code == 200 and "immutable" not in outdated.headers["Cache-Control"]
    again = client.get(address[1], headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/media/../secret.key", "/media/ab/none.png", "/static/theme/core/x/../../app.py"])
def test_files_outside_their_folders_do_not_exist(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_stored_picture_can_do_nothing_of_its_own(client: Client, web_shop: SmallShop) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    path = LocalMedia(web_shop.runtime.settings.media_dir).put("mug.svg", svg)
    answer = client.get(f"/media/{path}")
    assert answer.data == svg and answer.headers["Content-Length"] == str(len(svg))
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "immutable" in answer.headers["Cache-Control"]


def test_health_is_told_apart_from_readiness(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200


@pytest.mark.covers("S0.9", "S2.41")
@pytest.mark.parametrize("locale", ["de", "zh-Hans"])
def test_every_text_of_the_shop_is_translated(locale: str) -> None:
    catalogue = CORE / "translations" / locale.replace("-", "_") / "LC_MESSAGES" / "messages.po"
    sources = [CORE / name for name in ("shop", "web", "checkout", "orders", "payments", "credit", "templates")]
    missing = missing_keys(sources, [catalogue], locale)
    assert [str(key) for key in missing if "templates/admin" not in str(key.text.file)] == []


def test_the_merchants_words_are_shown_in_the_readers_language(client: Client, web_shop: SmallShop) -> None:
    from entrepot.markets.models import Store
    from entrepot.storage.session import unit_of_work

    with unit_of_work() as session:
        row = session.get_one(Store, 1)
        row.settings = {"tagline": {"en": "Good things", "de": "Gute Dinge"}, "trust": [{"en": "30 days"}]}
        row.version += 1
    assert "Gute Dinge" in client.get("/", headers={"Accept-Language": "de"}).text
    assert known_store() is not None and "30 days" in client.get("/").text


def choose(client: Client, *, country: str, locale: str, next: str = "/"):  # type: ignore[no-untyped-def]
    page = client.get("/").text
    fields = {"csrf_token": token(page), "country": country, "locale": locale, "next": next}
    return client.post("/preferences", data=fields)


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]
