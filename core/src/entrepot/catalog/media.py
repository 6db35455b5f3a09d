"""Pictures and files: the storage port, and the local folder that implements it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO, Protocol

from entrepot.catalog.rules import slugify
from entrepot.sdk.errors import EntrepotError

PREFIX = "/media/"

#: What may be stored, and what it is served as, whatever the uploader called it.
CONTENT_TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}

#: An SVG can carry scripts: opened on its own it must not run them on the shop's origin.
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class MediaRefused(EntrepotError):
    """A file that is not stored or not served."""


class MediaStorage(Protocol):
    """Where pictures are kept. ``path`` is what ``put`` returned, and what the database remembers."""

    def put(self, name: str, content: bytes) -> str:
        """Store the content under a safe name made from ``name``; the same content twice gives the same path."""
        ...

    def url(self, path: str) -> str: ...

    def open(self, path: str) -> BinaryIO:
        """Raises MediaRefused when there is no such file."""
        ...


class LocalMedia:
    """Files in a folder of the data directory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes) -> str:
        path = safe_path(name, content)
        target = self._folder / path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            half = target.with_name(f"{target.name}.part")
            half.write_bytes(content)
            half.replace(target)
        return path

    def url(self, path: str) -> str:
        return media_url(path)

    def open(self, path: str) -> BinaryIO:
        content_type(path)
        target = (self._folder / path.replace("\0", "")).resolve()
        if not target.is_relative_to(self._folder.resolve()) or not target.is_file():
            raise MediaRefused(f"There is no file {path!r} in the media storage.")
        return target.open("rb")


def media_url(path: str) -> str:
    """The address that pages use; empty for a picture that is not here yet."""
    return f"{PREFIX}{path}" if path else ""


def safe_path(name: str, content: bytes) -> str:
    """`ab/blue-mug-ab12….png`: letters, digits and hyphens, a known ending, and the content's digest."""
    written = Path(name.replace("\\", "/")).name
    ending = Path(written).suffix.lower()
    content_type(written)
    digest = hashlib.sha256(content).hexdigest()[:16]
    stem = slugify(Path(written).stem).encode("ascii", "ignore").decode().strip("-")[:60] or "file"
    return f"{digest[:2]}/{stem}-{digest}{ending}"


def content_type(path: str) -> str:
    """What a stored file is served as. Raises MediaRefused for endings that are not media."""
    ending = Path(path).suffix.lower()
    if ending not in CONTENT_TYPES:
        known = ", ".join(sorted(CONTENT_TYPES))
        raise MediaRefused(f"{Path(path).name!r} is not a kind of file that can be stored. Use one of {known}.")
    return CONTENT_TYPES[ending]


def headers(path: str) -> dict[str, str]:
    """Response headers for a stored file: its type, no sniffing, no scripts, cached for good (names are digests)."""
    return {
        "Content-Type": content_type(path),
        "Cache-Control": "public, max-age=31536000, immutable",
        **_SAFE,
    }
