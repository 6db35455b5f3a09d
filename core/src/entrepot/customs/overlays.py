"""A merchant's own dated records, kept in the data folder beside the installed packs; no package is edited.

``rules/<pack>/*.csv`` adds to one pack; ``rules/duty-rates.csv`` is the merchant's tariff for any destination.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from entrepot.customs.engine.loading import COLUMNS, load_pack, overlay, read_sources, with_records
from entrepot.customs.engine.pack import Pack
from entrepot.customs.tariff import FILE as TARIFF
from entrepot.customs.tariff import read_tariff
from entrepot.sdk.packs import RulePack

#: Name of the folder in the data folder.
FOLDER = "rules"
#: Versions of the same pack that one process may hold: a merchant's change takes effect without a restart.
_KEPT = 64


@dataclass(frozen=True)
class _Stamp:
    """What a file was when it was read."""

    path: Path
    modified_ns: int
    size: int


def load(named: RulePack, local: Path | None = None) -> Pack:
    """The records of a pack with those of the folder ``local``, read again only when a file changed.

    Raises PackInvalid.
    """
    return _load(named, local, _stamps(local, named.id)) if local is not None else _packaged(named)


@lru_cache(maxsize=_KEPT)
def _packaged(named: RulePack) -> Pack:
    return load_pack(named.folder)


@lru_cache(maxsize=_KEPT)
def _load(named: RulePack, local: Path, stamps: tuple[_Stamp, ...]) -> Pack:
    packaged = pack = _packaged(named)
    content = hashlib.sha256(b"".join(stamp.path.read_bytes() for stamp in stamps)).hexdigest()[:8]
    if any(stamp.path.parent == local / named.id for stamp in stamps):
        pack = overlay(pack, local / named.id, read_sources(named.folder), content)
    version = f"{packaged.version}+{content}"
    tariff = read_tariff(local, pack, version)
    return with_records(pack, {"rates": {"duty": tariff}}, version) if tariff else pack


def _stamps(local: Path, pack_id: str) -> tuple[_Stamp, ...]:
    found = []
    for file in _places(local, pack_id):
        try:
            status = file.stat()
        except OSError:
            continue
        found.append(_Stamp(file, status.st_mtime_ns, status.st_size))
    return tuple(found)


@lru_cache(maxsize=_KEPT)
def _places(local: Path, pack_id: str) -> tuple[Path, ...]:
    """Where a merchant's records may lie; every answer looks there, so no path is put together twice."""
    return (*(local / pack_id / name for name in COLUMNS), local / TARIFF)


def strangers(local: Path, pack_ids: Sequence[str]) -> list[str]:
    """Files and folders that nothing reads, told in sentences: a misspelt name would silently do nothing."""
    found = []
    for entry in sorted(local.iterdir()):
        if entry.is_dir() and entry.name not in pack_ids:
            found.append(f"{entry}: no installed pack is called '{entry.name}'. There are: {', '.join(pack_ids)}.")
        names = [file.name for file in sorted(entry.iterdir())] if entry.is_dir() else []
        found += [f"{entry / name}: nothing reads this file." for name in names if name not in COLUMNS]
        if entry.is_file() and entry.name != TARIFF:
            found.append(f"{entry}: nothing reads this file. Your own duty rates are called {TARIFF}.")
    return found
