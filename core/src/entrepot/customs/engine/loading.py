"""Reads a rule pack from its folder and refuses records that contradict each other, with file and line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from entrepot.customs.engine.pack import STANDARD, Option, Pack
from entrepot.customs.engine.records import (
    ANY,
    Amount,
    Area,
    Cited,
    Direction,
    Goods,
    Method,
    PackInvalid,
    Rate,
    Restriction,
    Rounding,
    Scope,
    Source,
    Threshold,
    Unit,
)
from entrepot.customs.engine.regimes import Origin, Regime, Step, read_regime, read_step
from entrepot.customs.engine.rows import Row, read_rows
from entrepot.sdk.customs import Severity

T = TypeVar("T")
_DATED = ("effective_from", "effective_to", "source", "retrieved", "note")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "sources.csv": ("id", "title", "address", "licence", "reliability"),
    "rates.csv": ("key", "area", "category", "hs", "origin", "method", "rate", "amount", "currency", "unit", *_DATED),
    "thresholds.csv": (
        *("key", "area", "amount", "currency", "inclusive", "scope", "basis", "consequence"),
        *_DATED,
    ),
    "amounts.csv": ("key", "area", "amount", "currency", "unit", *_DATED),
    "roundings.csv": ("key", "area", "direction", "step", *_DATED),
    "goods.csv": ("key", "hs", "attribute", *_DATED),
    "areas.csv": ("code", "name", "postcodes", *_DATED),
    "restrictions.csv": ("key", "area", "hs", "origin", "attribute", "category", "mode", "severity", *_DATED),
}


@dataclass(frozen=True)
class _Reader:
    """A folder that is being read, for one pack."""

    folder: Traversable
    pack: str
    version: str
    sources: Mapping[str, Source]
    #: Before the ids of records that a merchant added.
    prefix: str = ""

    def table(self, file: str, make: Callable[[Row, Cited], T], key: Callable[[T], Hashable]) -> list[T]:
        """All records of a file; two of one key that hold on one day are refused."""
        records: list[T] = []
        seen: dict[Hashable, list[Cited]] = {}
        for row in read_rows(self.folder, file, COLUMNS[file]):
            record = make(row, self.cited(row))
            cited: Cited = record.cited  # type: ignore[attr-defined]
            _refuse_overlap(row, cited, seen.setdefault(key(record), []))
            records.append(record)
        return records

    def cited(self, row: Row) -> Cited:
        source = row.read("source", self.sources.__getitem__, "Name an id of sources.csv.")
        names = ("key", "code", "area", "category", "hs", "attribute", "origin", "mode")
        id = self.prefix + "/".join(row[name] for name in names if row[name] not in ("", ANY, STANDARD))
        return Cited(self.pack, self.version, id, row.period(), source, row.day("retrieved"), row["note"], row.place)


def load_pack(folder: Traversable) -> Pack:
    """All records of a folder; raises PackInvalid."""
    about = _read_toml(folder, "pack.toml")
    regimes_file = _read_toml(folder, "regimes.toml")
    sources = read_sources(folder)
    reader = _Reader(folder, _of(about, "id"), _of(about, "version"), sources)
    origin = Origin(reader.pack, reader.version, "regimes.toml", sources)
    return Pack(
        id=reader.pack,
        version=reader.version,
        title=_of(about, "title"),
        currency=_of(about, "currency"),
        time_zone=_of(about, "time_zone"),
        countries=frozenset(about.get("countries", ())),
        region_required=frozenset(about.get("region_required", ())),
        groups={name: frozenset(codes) for name, codes in about.get("groups", {}).items()},
        options={name: _option(name, table) for name, table in about.get("options", {}).items()},
        values=_values(regimes_file),
        regimes=_regimes(regimes_file, origin),
        areas={area.code: area for area in reader.table("areas.csv", _area, lambda a: a.code)},
        **_tables(reader),
    )


def _tables(reader: _Reader) -> dict[str, Any]:
    """The tables that a merchant can add to as well, by their name in the pack."""
    read = reader.table
    return {
        "rates": _by_key(read("rates.csv", _rate, lambda r: (r.key, r.area, r.category, r.hs, r.origin))),
        "thresholds": _by_key(read("thresholds.csv", _threshold, lambda r: (r.key, r.area))),
        "amounts": _by_key(read("amounts.csv", _amount, lambda r: (r.key, r.area))),
        "roundings": _by_key(read("roundings.csv", _rounding, lambda r: (r.key, r.area))),
        "goods": _by_key(read("goods.csv", _goods, lambda r: (r.key, r.hs, r.attribute))),
        "restrictions": _by_key(read("restrictions.csv", _restriction, lambda r: replace(r, cited=None))),
    }


def read_sources(folder: Traversable) -> dict[str, Source]:
    rows = read_rows(folder, "sources.csv", COLUMNS["sources.csv"])
    return {row["id"]: _source(row) for row in rows}


def _source(row: Row) -> Source:
    reliability = row["reliability"] or "A"
    if reliability not in ("A", "B", "C"):
        raise row.wrong(f"reliability '{reliability}' is wrong. Write A, B or C.")
    return Source(row.required("id"), row.required("title"), row.required("address"), row["licence"], reliability)


def overlay(pack: Pack, folder: Traversable, sources: Mapping[str, Source], version: str) -> Pack:
    """The pack with a merchant's own records, which go before the pack's where they are as specific.

    ``version`` tells the additions apart. Overlaps within the folder are refused; with the pack they are the purpose.
    """
    named = f"{pack.version}+{version}"
    added = _tables(_Reader(folder, pack.id, named, {**sources, **read_sources(folder)}, "overlay/"))
    return with_records(pack, added, named)


def with_records(pack: Pack, added: Mapping[str, Mapping[str, Sequence[Any]]], version: str) -> Pack:
    """The pack with further records in front of its own."""
    merged: dict[str, Any] = {}
    for table, by_key in added.items():
        own = getattr(pack, table)
        merged[table] = {**own, **{key: [*records, *own.get(key, ())] for key, records in by_key.items()}}
    return replace(pack, version=version, **merged)


def _rate(row: Row, cited: Cited) -> Rate:
    method = row.choice("method", Method, Method.AD_VALOREM)
    has_amount = bool(row["amount"])
    needs_amount = method in (Method.PER_UNIT, Method.COMPOUND, Method.MAX_OF, Method.MIN_OF)
    if needs_amount and not has_amount:
        raise row.wrong(f"method {method} needs an amount, its currency and its unit.")
    if method in (Method.AD_VALOREM, Method.TOP_UP_TO) and not row["rate"]:
        raise row.wrong(f"method {method} needs a rate. Write 0 where the law says zero.")
    return Rate(
        key=row.required("key"),
        area=row.area(),
        category=row["category"] or STANDARD,
        hs=row.hs(),
        origin=row.area("origin"),
        method=method,
        fraction=row.fraction("rate"),
        amount=row.decimal("amount", default="0"),
        currency=row.currency() if has_amount else "",
        unit=row.choice("unit", Unit, Unit.PIECE),
        cited=cited,
    )


def _threshold(row: Row, cited: Cited) -> Threshold:
    if row["inclusive"] not in ("yes", "no"):
        raise row.wrong(f"'{row['inclusive']}' in column inclusive is wrong. Write yes or no.")
    return Threshold(
        key=row.required("key"),
        area=row.area(),
        amount=row.decimal("amount"),
        currency=row.currency(),
        inclusive=row["inclusive"] == "yes",
        scope=row.choice("scope", Scope),
        basis=row.required("basis"),
        consequence=row.required("consequence"),
        cited=cited,
    )


def _amount(row: Row, cited: Cited) -> Amount:
    unit = row.choice("unit", Unit, Unit.CONSIGNMENT)
    return Amount(row.required("key"), row.area(), row.decimal("amount"), row.currency(), unit, cited)


def _rounding(row: Row, cited: Cited) -> Rounding:
    step = row.decimal("step")
    if step == 0:
        raise row.wrong("step 0 rounds nothing. Write 0.01, 1, 100 …")
    return Rounding(row.required("key"), row.area(), row.choice("direction", Direction), step, cited)


def _goods(row: Row, cited: Cited) -> Goods:
    if not row["hs"] and not row["attribute"]:
        raise row.wrong("an entry needs an HS prefix or an attribute.")
    return Goods(row.required("key"), row.hs(), row["attribute"], cited)


def _restriction(row: Row, cited: Cited) -> Restriction:
    if not any(row[name] for name in ("hs", "origin", "attribute", "category", "mode")):
        raise row.wrong("a restriction names an HS prefix, an origin, an attribute, a category or a mode.")
    if not cited.note:
        raise row.wrong("a restriction says why in column note: the seller and the buyer read it.")
    return Restriction(
        key=row.required("key"),
        area=row.area(),
        hs=row.hs(),
        origin=row.area("origin"),
        attribute=row["attribute"],
        category=row["category"] or ANY,
        mode=row["mode"],
        severity=row.choice("severity", Severity),
        cited=cited,
    )


def _area(row: Row, cited: Cited) -> Area:
    return Area(row.area("code"), row.required("name"), row["postcodes"], cited)


def _option(name: str, table: Mapping[str, Any]) -> Option:
    values = tuple(table.get("values", ()))
    default = table.get("default", "")
    if not values or (default and default not in values):
        raise PackInvalid(f"pack.toml: option '{name}' needs values, and a default that is one of them or none.")
    return Option(name, values, default)


def _regimes(file: Mapping[str, Any], origin: Origin) -> tuple[Regime, ...]:
    regimes = tuple(read_regime(table, origin) for table in file.get("regime", ()))
    if not regimes:
        raise PackInvalid("regimes.toml: there is no [[regime]]. A pack needs at least one.")
    for number, regime in enumerate(regimes):
        for earlier in regimes[:number]:
            if earlier.id == regime.id and earlier.cited.period.overlaps(regime.cited.period):
                raise PackInvalid(f"{regime.cited.place} is there twice on one day. End one before the other begins.")
    return regimes


def _values(file: Mapping[str, Any]) -> tuple[Step, ...]:
    return tuple(read_step(table, "regimes.toml, values") for table in file.get("values", ()))


def _by_key(records: Sequence[Any]) -> dict[str, Any]:
    grouped: dict[str, Any] = {}
    for record in records:
        grouped.setdefault(record.key, []).append(record)
    return grouped


def _read_toml(folder: Traversable, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PackInvalid(
            f"{name} is missing in {folder}. A pack has pack.toml, regimes.toml and its CSV files."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise PackInvalid(f"{name}: {error}") from None


def _of(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise PackInvalid(f"pack.toml: {key} is missing.")
    return value


def _refuse_overlap(row: Row, cited: Cited, seen: list[Cited]) -> None:
    for earlier in seen:
        if cited.period.overlaps(earlier.period):
            raise row.wrong(
                f"{cited.id} {cited.period} overlaps {earlier.place} ({earlier.period}). "
                "Let effective_to of the earlier be effective_from of the later."
            )
    seen.append(cited)
