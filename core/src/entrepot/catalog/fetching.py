"""Pictures that an import only knew by address: fetched on request, checked, and put into the media storage."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from sqlalchemy import select, update

from entrepot.catalog.media import MediaStorage
from entrepot.catalog.models import Image
from entrepot.markets.service import touch_store
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import reader, release_reader, unit_of_work

TIMEOUT_S = 20.0
LARGEST_BYTES = 15_000_000
MOST_REDIRECTS = 3
BATCH = 200
#: How a file begins says what it is, whatever its address or its server calls it.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF87a", ".gif"),
    (b"GIF89a", ".gif"),
)


class PictureRefused(EntrepotError):
    """A picture that is not fetched; the sentence says why and what to do."""


@dataclass(frozen=True)
class FetchReport:
    """``failures`` are (address, sentence)."""

    fetched: int
    failures: tuple[tuple[str, str], ...]


def fetch_pictures(
    media: MediaStorage, *, allow_private: bool = False, progress: Callable[[int, int], None] = lambda done, of: None
) -> FetchReport:
    """Fetch every picture that is still elsewhere; each is stored on its own, so that it can be stopped and repeated.

    Addresses that lead into a private network are refused unless ``allow_private``: an import file must not be able to
    make the shop read what only its own machine can see.
    """
    pending = (
        reader()
        .execute(
            select(Image.id, Image.source_url)
            .where(Image.path == "", Image.source_url != "")
            .order_by(Image.id)
            .limit(BATCH)
        )
        .all()
    )
    release_reader()
    failures: list[tuple[str, str]] = []
    for done, (image_id, address) in enumerate(pending, start=1):
        try:
            content = _download(address, allow_private=allow_private)
            path = media.put(f"{_stem(address)}{kind_of(content)}", content)
        except EntrepotError as error:
            failures.append((address, str(error)))
        else:
            _remember(image_id, path)
        progress(done, len(pending))
    return FetchReport(len(pending) - len(failures), tuple(failures))


def kind_of(content: bytes) -> str:
    """The ending that fits the content; raises PictureRefused for anything that is no picture."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return ".webp"
    if content[4:12] in (b"ftypavif", b"ftypavis"):
        return ".avif"
    for signature, ending in _SIGNATURES:
        if content.startswith(signature):
            return ending
    raise PictureRefused("The answer is no PNG, JPEG, GIF, WebP or AVIF. Upload the picture by hand.")


def _download(address: str, *, allow_private: bool) -> bytes:
    import httpx2

    try:
        with httpx2.Client(timeout=TIMEOUT_S, follow_redirects=False) as client:
            for _ in range(MOST_REDIRECTS + 1):
                _check_address(address, allow_private=allow_private)
                with client.stream("GET", address) as answer:
                    if not answer.is_redirect:
                        return _body(answer.status_code, answer.iter_bytes())
                    address = urljoin(address, answer.headers.get("location", ""))
    except httpx2.HTTPError as error:
        raise PictureRefused(f"It could not be fetched ({error or type(error).__name__}). Try again later.") from error
    raise PictureRefused("The address leads from one place to the next without end. Correct it in the file.")


def _body(status: int, chunks: Iterator[bytes]) -> bytes:
    if status != 200:
        raise PictureRefused(f"The server answered {status}. Check the address in a browser.")
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > LARGEST_BYTES:
            raise PictureRefused(f"It is larger than {LARGEST_BYTES // 1_000_000} MB. Make it smaller first.")
    return bytes(content)


def _check_address(address: str, *, allow_private: bool) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PictureRefused(f"'{address[:80]}' is no web address. Write it like https://shop.example/picture.jpg.")
    if allow_private:
        return
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise PictureRefused(f"There is no server called {parts.hostname}. Check the address.") from error
    if any(not ipaddress.ip_address(entry[4][0]).is_global for entry in found):
        raise PictureRefused(f"{parts.hostname} is inside a private network and is not read from.")


def _stem(address: str) -> str:
    name = urlsplit(address).path.rpartition("/")[2]
    return name.rpartition(".")[0] or name or "picture"


def _remember(image_id: int, path: str) -> None:
    with unit_of_work() as session:
        session.execute(update(Image).where(Image.id == image_id).values(path=path))
        touch_store(session)
