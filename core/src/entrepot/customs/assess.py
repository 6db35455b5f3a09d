"""Finds the installed rule pack of a destination, reads it on first use, and assesses consignments with it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from entrepot.customs.engine.answer import Answer
from entrepot.customs.engine.assessment import assess as assess_with
from entrepot.customs.engine.consignment import Consignment
from entrepot.customs.engine.pack import Pack
from entrepot.customs.engine.reading import AssessmentInvalid, read_consignment
from entrepot.customs.engine.writing import write_answer
from entrepot.customs.overlays import load
from entrepot.sdk.packs import RulePack

PLUGINS = "entrepot.plugins"
_log = logging.getLogger(__name__)


@cache
def installed_packs() -> tuple[RulePack, ...]:
    """Rule packs of the installed distributions, in order of id. Imports plugins of kind customs only.

    One that cannot be imported is told in the log and left out, so that it does not take the others with it.
    """
    modules = [_imported(point) for point in entry_points(group=PLUGINS) if point.name.startswith("customs-")]
    packs = (pack for module in modules for pack in getattr(module, "rule_packs", ()))
    return tuple(sorted(packs, key=lambda pack: pack.id))


def _imported(point: EntryPoint) -> Any:
    try:
        return point.load()
    except Exception as error:
        _log.warning("%s cannot be imported: %s. Its rule packs are left out; reinstall it.", point.name, error)
        return None


def assess(consignment: Consignment, packs: Iterable[RulePack] | None = None, *, local: Path | None = None) -> Answer:
    """The answer of the pack that is about the destination; raises AssessmentInvalid when there is none.

    ``local`` is the folder of the merchant's own records.
    """
    country = consignment.ship_to.country
    known = installed_packs() if packs is None else tuple(packs)
    found = next((pack for pack in known if country in pack.countries), None)
    if found is None:
        raise AssessmentInvalid(
            f"No rule pack for {country} is installed. Install one (its name begins with entrepot-customs-), "
            "then see what is there with 'entrepot rules list'."
        )
    pack = load(found, local)
    refuse_unknown_region(consignment, pack)
    return assess_with(consignment, pack)


def assess_json(content: Any, packs: Iterable[RulePack] | None = None, *, local: Path | None = None) -> dict[str, Any]:
    """JSON in, JSON out; raises AssessmentInvalid or PackInvalid."""
    return write_answer(assess(read_consignment(content), packs, local=local))


def refuse_unknown_region(consignment: Consignment, pack: Pack) -> None:
    """A region that the pack does not know, or none where the law differs by region.

    Areas that postcodes tell are exceptions within a country: they alone are no list of its regions.
    """
    to = consignment.ship_to
    regions = pack.regions(to.country)
    names = ", ".join(area.code.partition("-")[2] for area in regions)
    is_listed_in_full = to.country in pack.region_required or any(not area.postcodes for area in regions)
    if to.region and is_listed_in_full and f"{to.country}-{to.region}" not in pack.areas:
        raise AssessmentInvalid(f"'{to.region}' is no region of {to.country}. Write one of: {names}.")
    if to.country in pack.region_required and not to.region and not pack.region_of(to.country, to.postcode):
        raise AssessmentInvalid(f"The law of {to.country} differs by region. Give ship_to.region, one of: {names}.")
