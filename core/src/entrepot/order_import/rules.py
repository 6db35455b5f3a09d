"""Whether an imported order may be taken back with its batch. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.kernel.texts import N_

#: Who writes into a timeline without a person having done anything.
_MACHINES = ("system", "screening:")


@dataclass(frozen=True, slots=True)
class Touch:
    """An entry of the timeline that is newer than the import."""

    actor: str
    kind: str


def reason_to_leave(*, is_cancelled: bool, has_left: bool, later: Sequence[Touch]) -> str:
    """Why the order stays as it is; empty where nobody touched it since it was imported."""
    if is_cancelled:
        return N_("It is cancelled already.")
    if has_left:
        return N_("A parcel has left already.")
    if any(not touch.actor.startswith(_MACHINES) for touch in later):
        return N_("Somebody changed it since.")
    return ""
