"""What the tests of a rule pack ask: the answer to a consignment as JSON, and what a vector finds wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from entrepot.sdk.packs import RulePack


def assessed(packs: Iterable[RulePack], question: Mapping[str, Any]) -> dict[str, Any]:
    """The explained answer of the pack that is about the destination; raises AssessmentInvalid."""
    from entrepot.customs.assess import assess_json

    return assess_json(question, packs)


def vectors(file: Path, *beginnings: str) -> list[Mapping[str, Any]]:
    """The vectors of a file whose ids begin with one of the texts."""
    from entrepot.customs.vectors import read_vectors

    return [vector for vector in read_vectors(file) if str(vector["id"]).startswith(beginnings)]


def faults(vector: Mapping[str, Any]) -> list[str]:
    """What comes out otherwise than the vector expects, in words; empty when it passes."""
    from entrepot.customs.vectors import play

    played = play(vector)
    wrong = [f"{one.path}: expected {one.expected}, got {one.actual}" for one in played.differences]
    return [played.problem, *wrong] if played.problem else wrong


def days_of_change(pack: RulePack) -> set[str]:
    """Every day on which a record of the pack begins or ends, as 2026-01-31: a pack's tests play all of them."""
    from entrepot.customs.overlays import load

    periods = [cited.period for _, cited in load(pack).records()]
    return {str(day) for period in periods for day in (period.start, period.end) if day}
