"""Pages that follow their orders: a stream where a thread is free, an ETag for everybody else, no thread eaten up."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from entrepot.orders import service as orders
from entrepot.orders.queries import buyer_order
from entrepot.orders.versions import list_version, order_version
from entrepot.storage.session import release_reader
from entrepot.testkit.small_shop import SmallShop
from entrepot.web import live

STREAM = {"Accept": "text/event-stream"}
THREADS = {"wsgi.multithread": True}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "EVERY_S", 0)


def open_stream(client: FlaskClient, token: str, **environ: Any) -> Any:
    """The answer with its body unread: the stream is open."""
    return client.get(f"/order/{token}/live", headers=STREAM, environ_overrides={**THREADS, **environ}, buffered=False)


@pytest.mark.covers("S0.12")
def test_a_stream_tells_of_changes_only_and_ends() -> None:
    versions = iter(["a", "b", "b", "c"])
    told = list(live.changes(lambda: next(versions), "a", looks=4, pause=lambda: None))
    assert [part.partition("data: ")[2].strip() for part in told] == ["a", "", "b", "", "c"]
    assert told[0].startswith("retry: 3000\n") and told[1] == ":\n\n"


@pytest.mark.covers("S0.12")
def test_the_version_of_an_order_changes_with_whatever_happens_to_it(web_shop: SmallShop) -> None:
    first, other = web_shop.place(key="a"), web_shop.place(key="b")
    before, others, all_before = order_version(first.token), order_version(other.token), list_version()
    assert order_version(first.token) == before
    orders.cancel(web_shop.runtime, first.number, reason="No", actor="t")
    release_reader()
    assert order_version(first.token) != before
    assert order_version(other.token) == others
    assert list_version() != all_before
    assert order_version("nobody's") is None


@pytest.mark.covers("S0.12")
def test_an_order_is_followed_by_a_stream(web_shop: SmallShop) -> None:
    token = web_shop.place().token
    with web_shop.app.test_client() as client:
        answer = open_stream(client, token)
        assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        text = answer.get_data(as_text=True)
        answer.close()
    assert text.count(f"data: {order_version(token)}") == 1
    assert text.count(":\n\n") == live.LOOKS


@pytest.mark.covers("S0.12")
def test_beyond_the_cap_nobody_gets_a_stream_and_a_closed_one_makes_room(web_shop: SmallShop) -> None:
    token = web_shop.place().token
    with web_shop.app.test_client() as client:
        held = [open_stream(client, token) for _ in range(live.STREAMS)]
        assert [each.status_code for each in held] == [200] * live.STREAMS
        assert open_stream(client, token).status_code == 204
        held.pop().close()
        again = open_stream(client, token)
        assert again.status_code == 200
        for each in (*held, again):
            each.close()


@pytest.mark.covers("S0.12")
def test_a_server_with_one_thread_streams_nothing(web_shop: SmallShop) -> None:
    token = web_shop.place().token
    with web_shop.app.test_client() as client:
        assert open_stream(client, token, **{"wsgi.multithread": False}).status_code == 204


@pytest.mark.covers("S0.12")
def test_who_polls_gets_304_until_something_happens(web_shop: SmallShop) -> None:
    placed = web_shop.place()
    address = f"/order/{placed.token}/live"
    with web_shop.app.test_client() as client:
        first = client.get(address)
        assert first.get_json() == {"version": order_version(placed.token)}
        known = {"If-None-Match": first.headers["ETag"]}
        assert client.get(address, headers=known).status_code == 304
        orders.cancel(web_shop.runtime, placed.number, reason="No", actor="t")
        assert client.get(address, headers=known).status_code == 200
        assert client.get("/order/nobody/live").status_code == 404


@pytest.mark.covers("S0.12")
def test_the_page_of_an_order_names_what_it_follows_and_works_without(web_shop: SmallShop) -> None:
    token = web_shop.place().token
    page = web_shop.app.test_client().get(f"/order/{token}").text
    assert f'data-live="/order/{token}/live" data-version="{order_version(token)}"' in page
    assert "live.js" in page
    assert buyer_order(token) is not None


@pytest.mark.covers("S0.12", "S0.16")
def test_an_order_in_the_api_is_not_sent_twice(web_shop: SmallShop) -> None:
    placed = web_shop.place()
    address = f"/api/v1/my-orders/{placed.token}"
    with web_shop.app.test_client() as client:
        known = {"If-None-Match": client.get(address).headers["ETag"]}
        assert client.get(address, headers=known).status_code == 304
        orders.cancel(web_shop.runtime, placed.number, reason="No", actor="t")
        assert client.get(address, headers=known).status_code == 200


def test_strangers_do_not_follow_the_list_of_orders(web_shop: SmallShop) -> None:
    answer = web_shop.app.test_client().get("/admin/orders/live")
    assert answer.status_code in (302, 303, 401)
