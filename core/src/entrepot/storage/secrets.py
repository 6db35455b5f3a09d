"""The secrets box: account secrets encrypted at rest with a key from outside the database."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from entrepot.sdk.errors import EntrepotError


class SecretsBox:
    """Encrypts with the first key, decrypts with any. Keys are Fernet keys (AES-128-CBC and HMAC-SHA256)."""

    def __init__(self, keys: list[str]) -> None:
        if not keys:
            raise EntrepotError("No secrets key. Set ENTREPOT_SECRETS_KEY or run 'entrepot init', which writes one.")
        self._keys = {key_id(key): key for key in keys}
        self.current = key_id(keys[0])

    def seal(self, secrets: Mapping[str, Any]) -> tuple[str, bytes]:
        """(key id, token) of a JSON-ready mapping."""
        return self.current, self._fernet(self.current).encrypt(json.dumps(dict(secrets)).encode())

    def open(self, sealed_with: str, token: bytes) -> dict[str, Any]:
        """The mapping; raises EntrepotError when the key is gone."""
        from cryptography.fernet import InvalidToken

        try:
            opened: dict[str, Any] = json.loads(self._fernet(sealed_with).decrypt(token))
        except (InvalidToken, ValueError):
            raise EntrepotError("A stored secret does not fit its key. Enter the account's secrets again.") from None
        return opened

    def _fernet(self, key: str) -> Any:
        from cryptography.fernet import Fernet  # loaded on first use: most requests need no secret

        if key not in self._keys:
            raise EntrepotError(
                f"The secrets key {key} is missing. Add it to ENTREPOT_SECRETS_KEY, after the current one."
            )
        return Fernet(self._keys[key])

    def __repr__(self) -> str:
        return f"<SecretsBox {self.current}>"


def key_id(key: str) -> str:
    """A short name of the key that gives nothing away."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def load_or_create_key(path: Path) -> str:
    """The key in the file; made with mode 600 on the first start."""
    if not path.exists():
        from cryptography.fernet import Fernet

        write_once(path, Fernet.generate_key().decode())
    return path.read_text().strip()


def write_once(path: Path, text: str) -> None:
    """Make a file that only its owner may read. Of several processes one wins, and nobody sees half a file."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
