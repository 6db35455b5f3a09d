"""Pictures are fetched from where an import found them, and from nowhere that a file may not name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import select

from entrepot.catalog.fetching import PictureRefused, fetch_pictures, kind_of
from entrepot.catalog.media import LocalMedia
from entrepot.catalog.models import Image
from entrepot.storage.session import reader, unit_of_work
from entrepot.testkit.small_shop import SmallShop

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def pictures() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1") as server:
        yield server


def pending(address: str) -> None:
    with unit_of_work() as session:
        session.add(Image(product_id=1, source_url=address))


def paths() -> list[str]:
    return list(reader().scalars(select(Image.path)))


@pytest.mark.covers("S1.3")
def test_a_picture_is_stored_under_what_it_is(shop: SmallShop, pictures: HTTPServer, tmp_path: Path) -> None:
    pictures.expect_request("/blue.jpg").respond_with_data(PNG, content_type="image/jpeg")
    pending(pictures.url_for("/blue.jpg"))
    media = LocalMedia(tmp_path / "media")
    assert fetch_pictures(media, allow_private=True).fetched == 1
    (path,) = paths()
    assert path.endswith(".png")
    with media.open(path) as stored:
        assert stored.read() == PNG
    assert fetch_pictures(media, allow_private=True).fetched == 0


@pytest.mark.covers("S2.37")
def test_a_file_cannot_make_the_shop_read_its_own_network(
    shop: SmallShop, pictures: HTTPServer, tmp_path: Path
) -> None:
    pending(pictures.url_for("/secret.png"))
    pending("file:///etc/passwd")
    report = fetch_pictures(LocalMedia(tmp_path / "media"))
    assert report.fetched == 0
    assert "private network" in report.failures[0][1]
    assert "no web address" in report.failures[1][1]
    assert pictures.log == []


def test_a_redirect_is_checked_like_the_address_itself(shop: SmallShop, pictures: HTTPServer, tmp_path: Path) -> None:
    pictures.expect_request("/a.png").respond_with_data(status=302, headers={"Location": "ftp://127.0.0.1/a.png"})
    pending(pictures.url_for("/a.png"))
    report = fetch_pictures(LocalMedia(tmp_path / "media"), allow_private=True)
    assert "no web address" in report.failures[0][1]


@pytest.mark.parametrize(("status", "body"), [(404, PNG), (200, b"<html>"), (500, b"")])
def test_what_is_no_picture_stays_elsewhere(
    shop: SmallShop, pictures: HTTPServer, tmp_path: Path, status: int, body: bytes
) -> None:
    pictures.expect_request("/a.png").respond_with_data(body, status=status)
    pending(pictures.url_for("/a.png"))
    assert len(fetch_pictures(LocalMedia(tmp_path / "media"), allow_private=True).failures) == 1
    assert paths() == [""]


def test_a_script_in_a_pictures_clothes_is_refused() -> None:
    with pytest.raises(PictureRefused):
        kind_of(b"<svg onload=alert(1)>")
