"""Static files through the layers: addresses that carry a content hash, and style sheets that use such addresses."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path
from posixpath import dirname, join, normpath

from entrepot.kernel.records import dataclass
from entrepot.theming.layers import Layer
from entrepot.theming.tokens import content_hash

URL_PREFIX = "/static/theme"

_CSS_URL = re.compile(r"""url\(\s*(['"]?)([^'")]+)\1\s*\)""")
_NOT_RELATIVE = re.compile(r"[a-z][a-z0-9+.-]*:|/|#", re.IGNORECASE)
#: The system's table differs between machines; these must not.
_CONTENT_TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class StaticFile:
    """A file to serve. ``immutable``: the address names this very content, so it may be cached for a year."""

    content_type: str
    etag: str
    immutable: bool
    path: Path | None = None
    body: bytes | None = None

    @classmethod
    def of(
        cls, name: str, *, digest: str, asked_for: str, path: Path | None = None, body: bytes | None = None
    ) -> StaticFile:
        """A file by its name: immutable when it was asked for under its own hash."""
        content_type = _CONTENT_TYPES.get(Path(name).suffix.lower()) or mimetypes.guess_type(name)[0]
        return cls(content_type or "application/octet-stream", digest, digest == asked_for, path=path, body=body)

    @property
    def cache_control(self) -> str:
        return "public, max-age=31536000, immutable" if self.immutable else "public, max-age=60"

    def read(self) -> bytes:
        if self.body is not None:
            return self.body
        return self.path.read_bytes() if self.path else b""


@dataclass(frozen=True)
class _Asset:
    """A found file; ``body`` differs from the file's content for style sheets."""

    path: Path
    digest: str
    body: bytes | None = None


class StaticFiles:
    """Finds static files for a chain of layers; in production each file is read and hashed once."""

    def __init__(self, layers: Mapping[str, Layer], *, debug: bool = False) -> None:
        self._layers = layers
        self._debug = debug
        self._kept: dict[tuple[tuple[str, ...], str], _Asset] = {}

    def url(self, theme: str, chain: tuple[str, ...], path: str) -> str | None:
        """``/static/theme/<theme>/<hash>/<path>``, or None when no layer has the file."""
        asset = self._asset(theme, chain, path)
        return f"{URL_PREFIX}/{theme}/{asset.digest}/{path}" if asset else None

    def find(self, theme: str, chain: tuple[str, ...], digest: str, path: str) -> StaticFile | None:
        """The file to serve; one asked for under an outdated hash is served too, but not as immutable."""
        asset = self._asset(theme, chain, path)
        if asset is None:
            return None
        return StaticFile.of(path, digest=asset.digest, asked_for=digest, path=asset.path, body=asset.body)

    def forget(self) -> None:
        """Read and hash everything again, after files were uploaded or removed."""
        self._kept.clear()

    def _asset(self, theme: str, chain: tuple[str, ...], path: str, *, within: tuple[str, ...] = ()) -> _Asset | None:
        kept = self._kept.get((chain, path))
        if kept is not None:
            return kept
        file = self._locate(chain, path)
        if file is None:
            return None
        content, body = file.read_bytes(), None
        if path.endswith(".css") and path not in within:
            content = body = self._with_hashed_urls(content, theme, chain, path, within=(*within, path))
        asset = _Asset(file, content_hash(content), body)
        if not within and not self._debug:
            self._kept[chain, path] = asset
        return asset

    def _locate(self, chain: tuple[str, ...], path: str) -> Path | None:
        hits = (self._layers[name].find(path) for name in chain)
        return next((file for file in hits if file is not None), None)

    def _with_hashed_urls(
        self, content: bytes, theme: str, chain: tuple[str, ...], path: str, *, within: tuple[str, ...]
    ) -> bytes:
        """A font or picture must have one address, whether a page or a style sheet names it."""

        def hashed(match: re.Match[str]) -> str:
            if _NOT_RELATIVE.match(match[2]):
                return match[0]
            name, mark, fragment = match[2].partition("#")
            target = normpath(join(dirname(path), name.strip()))
            asset = self._asset(theme, chain, target, within=within)
            return f"url({URL_PREFIX}/{theme}/{asset.digest}/{target}{mark}{fragment})" if asset else match[0]

        return _CSS_URL.sub(hashed, content.decode("utf-8", errors="surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )
