"""A small rule pack, written for a test; its country is Iceland, its numbers are invented."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from entrepot.customs.engine.answer import Answer
from entrepot.customs.engine.assessment import assess
from entrepot.customs.engine.loading import load_pack
from entrepot.customs.engine.pack import Pack
from entrepot.customs.engine.reading import read_consignment

ABOUT = """
id = "toy"
version = "1"
title = "Toy"
currency = "EUR"
time_zone = "UTC"
countries = ["IS"]
"""
SOURCES = "id,title,address,licence,reliability\nlaw,The law,https://law.example,free,A\n"
DATED = "2020-01-01,,law,2026-01-01"
HEADERS = {
    "rates.csv": "key,area,category,hs,origin,method,rate,amount,currency,unit,"
    "effective_from,effective_to,source,retrieved,note",
    "thresholds.csv": "key,area,amount,currency,inclusive,scope,basis,consequence,"
    "effective_from,effective_to,source,retrieved,note",
    "amounts.csv": "key,area,amount,currency,unit,effective_from,effective_to,source,retrieved,note",
    "roundings.csv": "key,area,direction,step,effective_from,effective_to,source,retrieved,note",
    "goods.csv": "key,hs,attribute,effective_from,effective_to,source,retrieved,note",
    "areas.csv": "code,name,postcodes,effective_from,effective_to,source,retrieved,note",
    "restrictions.csv": "key,area,hs,origin,attribute,category,mode,severity,"
    "effective_from,effective_to,source,retrieved,note",
}


def regime(steps: str, *, id: str = "all", more: str = "") -> str:
    """A regime in force since 2020; ``steps`` as in regimes.toml, ``more`` before them."""
    head = f'[[regime]]\nid = "{id}"\ntitle = "{id.title()}"\neffective_from = 2020-01-01\nsource = "law"\n'
    return f"{head}retrieved = 2026-01-01\n{more}\nsteps = [\n{steps}\n]\n"


def write(folder: Path, regimes: str, *, about: str = "", **tables: str) -> Path:
    """The pack's files: ``rates="duty,,,,,,10,,,"`` and so on, one record a line; lines without dates get some."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pack.toml").write_text(ABOUT + about)
    (folder / "sources.csv").write_text(SOURCES)
    (folder / "regimes.toml").write_text(regimes)
    for name, lines in tables.items():
        file = f"{name}.csv"
        (folder / file).write_text("\n".join([HEADERS[file], *(_dated(file, line) for line in lines.split("\n"))]))
    return folder


def _dated(file: str, line: str) -> str:
    missing = HEADERS[file].count(",") - line.count(",")
    return f"{line},{DATED}," if missing == 5 else line


def pack(folder: Path, regimes: str, *, about: str = "", **tables: str) -> Pack:
    return load_pack(write(folder, regimes, about=about, **tables))


def goods(**fields: Any) -> dict[str, Any]:
    return {"value": "100.00", "hs": "610910", "origin": "CN", "weight_g": 500} | fields


def asked(*lines: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    basis = {"ship_from": "CN", "ship_to": "IS", "date": "2026-06-01", "currency": "EUR", "mode": "courier"}
    return basis | {"lines": [dict(line) for line in lines] or [goods()]} | fields


def answered(of: Pack, *lines: Mapping[str, Any], **fields: Any) -> Answer:
    return assess(read_consignment(asked(*lines, **fields)), of)


def amounts(answer: Answer, code: str) -> list[str]:
    return [str(charge.amount.decimal) if charge.state != "unknown" else "unknown" for charge in answer.of_code(code)]
