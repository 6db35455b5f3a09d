"""What one deployment decides: read from the environment and from ``entrepot.toml`` in the data folder."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import EntrepotError

DEFAULT_DATA_DIR = "entrepot-data"
CONFIG_FILE = "entrepot.toml"
SECRET_KEY_FILE = "secret.key"
SECRETS_KEY_FILE = "secrets.key"


class SettingsError(EntrepotError):
    """A setting is missing or unreadable; the message says which, where and how to write it."""


@dataclass(frozen=True)
class Settings:
    """The environment wins over the file, the file over these defaults."""

    data_dir: Path
    #: SQLAlchemy address; empty means SQLite in the data folder.
    database_url: str = field(default="", repr=False)
    #: Signs sessions and forms.
    secret_key: str = field(default="", repr=False)
    #: Encrypt the secrets of accounts: the first seals, all open.
    secrets_keys: Sequence[str] = field(default=(), repr=False)
    #: Address under which buyers and providers reach the shop.
    base_url: str = "http://127.0.0.1:5000"
    #: Ids to load; None means every installed plugin.
    enabled_plugins: tuple[str, ...] | None = None
    #: Start without plugins.
    safe_mode: bool = False
    #: Enter safe mode after two failed starts; off when the deployment says ENTREPOT_SAFE_MODE=0.
    automatic_safe_mode: bool = True
    #: A failed plugin stops the start.
    strict_plugins: bool = False
    #: Longest time that one plugin may take to import and register.
    plugin_load_seconds: float = 20.0
    #: Webhooks may be sent to addresses inside private networks.
    webhooks_private: bool = False
    debug: bool = False
    media_dir: Path = Path()
    #: The store's own templates and static files.
    templates_dir: Path = Path()

    def __post_init__(self) -> None:
        data_dir = Path(self.data_dir).absolute()
        put = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731  (the class is frozen)
        put("data_dir", data_dir)
        put("database_url", database_address(self.database_url or f"sqlite:///{data_dir / 'entrepot.db'}"))
        put("base_url", self.base_url.rstrip("/"))
        put("media_dir", data_dir / "media" if self.media_dir == Path() else self.media_dir)
        put("templates_dir", data_dir / "overrides" if self.templates_dir == Path() else self.templates_dir)

    def require_secret_key(self) -> str:
        """The key that signs sessions; raises SettingsError when there is none."""
        if not self.secret_key:
            raise SettingsError(
                f"There is no secret key for the store in {self.data_dir}. "
                "Run 'entrepot init', which writes one, or set ENTREPOT_SECRET_KEY."
            )
        return self.secret_key


def load_settings(environ: Mapping[str, str] | None = None, *, data_dir: Path | None = None) -> Settings:
    """The deployment's settings; raises SettingsError that names the setting, its source and the remedy."""
    environ = os.environ if environ is None else environ
    folder = data_dir or Path(environ.get("ENTREPOT_DATA_DIR") or DEFAULT_DATA_DIR)
    values = {**_key_files(folder), **_from_file(folder / CONFIG_FILE), **_from_environment(environ)}
    if values.get("safe_mode") is False:
        values["automatic_safe_mode"] = False
    return Settings(data_dir=folder, **values)


def create_data_dir(folder: Path) -> None:
    """Make the data folder and its two key files, readable by their owner only. Keeps what exists."""
    from entrepot.storage.secrets import load_or_create_key, write_once

    folder.mkdir(parents=True, exist_ok=True)
    load_or_create_key(folder / SECRETS_KEY_FILE)
    write_once(folder / SECRET_KEY_FILE, secrets.token_urlsafe(48))


def database_address(url: str) -> str:
    """The address with the driver that comes with ``entrepot[postgres]``."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return f"postgresql+psycopg://{url.removeprefix(prefix)}"
    return url


def _truth(text: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.strip().lower() not in known:
        raise ValueError("write 1 or 0")
    return known[text.strip().lower()]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError("write a number of seconds") from None
    if not 0 < seconds <= 3600:
        raise ValueError("write between 0 and 3600 seconds")
    return seconds


def _web_address(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ValueError("write it like https://shop.example")
    return text


#: Environment variable -> (field, reader of its text). The later one wins.
_VARIABLES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "DATABASE_URL": ("database_url", str),
    "ENTREPOT_DATABASE_URL": ("database_url", str),
    "ENTREPOT_SECRET_KEY": ("secret_key", str),
    "ENTREPOT_SECRETS_KEY": ("secrets_keys", _names),
    "ENTREPOT_BASE_URL": ("base_url", _web_address),
    "ENTREPOT_PLUGINS": ("enabled_plugins", _names),
    "ENTREPOT_SAFE_MODE": ("safe_mode", _truth),
    "ENTREPOT_STRICT_PLUGINS": ("strict_plugins", _truth),
    "ENTREPOT_PLUGIN_LOAD_SECONDS": ("plugin_load_seconds", _seconds),
    "ENTREPOT_WEBHOOKS_PRIVATE": ("webhooks_private", _truth),
    "ENTREPOT_DEBUG": ("debug", _truth),
    "ENTREPOT_MEDIA_DIR": ("media_dir", Path),
    "ENTREPOT_TEMPLATES_DIR": ("templates_dir", Path),
}
_READERS: dict[str, Callable[[str], Any]] = dict(_VARIABLES.values())


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for variable, (name, read) in _VARIABLES.items():
        if text := environ.get(variable, "").strip():
            values[name] = _read(read, text, f"The environment variable {variable}")
    return values


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}. Correct it or remove it.") from error
    unknown = sorted(set(written) - set(_READERS))
    if unknown:
        raise SettingsError(f"{path} has unknown settings: {', '.join(unknown)}. Known are: {', '.join(_READERS)}.")
    return {name: _read(_READERS[name], _as_text(value), f"'{name}' in {path}") for name, value in written.items()}


def _as_text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _read(read: Callable[[str], Any], text: str, where: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise SettingsError(f"{where} is {text!r}: {error}.") from error


def _key_files(folder: Path) -> dict[str, Any]:
    keys = {name: _text_of(folder / name) for name in (SECRET_KEY_FILE, SECRETS_KEY_FILE)}
    return {
        **({"secret_key": keys[SECRET_KEY_FILE]} if keys[SECRET_KEY_FILE] else {}),
        **({"secrets_keys": _names(keys[SECRETS_KEY_FILE])} if keys[SECRETS_KEY_FILE] else {}),
    }


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""
