"""Column profiles: saved under a name, forgotten again."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete

from entrepot.catalog.importing.failures import ImportRefused
from entrepot.kernel.clock import HasClock
from entrepot.order_import import queries
from entrepot.order_import.columns import ALWAYS, BY_NAME, LONGEST_VALUE
from entrepot.order_import.models import ImportProfile
from entrepot.order_import.queries import ProfileView
from entrepot.storage.session import unit_of_work

LONGEST_NAME = 60


def save_profile(
    runtime: HasClock, name: str, columns: Mapping[str, str], *, channel: str = "", market: str = "", actor: str
) -> str:
    """Save the columns under this name, in place of what was there; the name as it is kept. Raises ImportRefused."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise ImportRefused(f"A profile's name has 1 to {LONGEST_NAME} characters.")
    for field, title in columns.items():
        if field not in BY_NAME:
            raise ImportRefused(f"There is no field {field!r}. Known: {', '.join(BY_NAME)}.")
        if len(title) > LONGEST_VALUE or title == ALWAYS:
            raise ImportRefused(f"For {field} write the title of a column, or {ALWAYS} and a value.")
    values = {"columns": dict(columns), "channel": channel, "market": market}
    with unit_of_work() as session:
        row = session.get(ImportProfile, name) or ImportProfile(name=name)
        for key, value in values.items():
            setattr(row, key, value)
        row.saved_at, row.saved_by = runtime.clock.now(), actor
        session.add(row)
    return name


def forget_profile(name: str) -> None:
    """Delete the profile; what was imported with it stays."""
    with unit_of_work() as session:
        session.execute(delete(ImportProfile).where(ImportProfile.name == name))


def known_profile(name: str) -> ProfileView:
    """The profile with this name. Raises ImportRefused."""
    found = queries.profile(name)
    if found is None:
        known = ", ".join(each.name for each in queries.profiles()) or "none yet"
        raise ImportRefused(f"There is no profile {name!r}. Known: {known}.")
    return found
