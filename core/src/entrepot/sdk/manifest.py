"""What a plugin says about itself: ``manifest = PluginManifest(...)`` in its package's ``__init__``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field

from entrepot.kernel.records import dataclass

#: Version of this package's contract. The core accepts the current one and the one before.
API_VERSION = 1

KINDS = ("payment", "carrier", "channel", "customs", "notifier", "feature", "connector", "identity")
_ID = re.compile(rf"({'|'.join(KINDS)})-[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class PersonalData:
    """One kind of personal data that a plugin keeps, why, and for how long (for the record of processing)."""

    what: str
    purpose: str
    keep_days: int | None = None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True)
class Simulator:
    """A local stand-in for the vendor's service, started by ``entrepot demo``.

    ``module`` is run as ``python -m module --port N --data DIR``; it listens on loopback, prints ``ready`` once it
    serves and stops on SIGTERM. ``config`` maps the account's settings in the demo store; ``{port}`` is replaced, and
    ``{next_port}`` by N + 1, for a simulator that listens on two.
    """

    module: str
    label: str
    config: dict[str, str] = field(default_factory=dict)
    #: A page of the simulator worth showing to a person, e.g. "/" for a mail reader; empty when there is none.
    page: str = ""


@dataclass(frozen=True)
class PluginManifest:
    """Identity and declared belongings of a plugin. The id is ``<kind>-<name>`` and equals the entry point's name."""

    id: str
    name: str
    api_version: int = API_VERSION
    description: str = ""
    #: Import path of the package's Alembic folder, relative to the plugin package; empty when it has no tables.
    migrations: str = ""
    #: Table names; each starts with the id in snake case and an underscore (``feature_reviews_``).
    tables: tuple[str, ...] = ()
    simulators: Sequence[Simulator] = ()
    privacy: Sequence[PersonalData] = ()
    #: Ids of plugins that must be loaded for this one to work.
    requires: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(
                f"Plugin id {self.id!r} must be <kind>-<name> in lower case with kind one of {', '.join(KINDS)}."
            )
        wrong = [table for table in self.tables if not table.startswith(self.table_prefix)]
        if wrong:
            raise ValueError(f"{self.id}: tables {', '.join(wrong)} must start with '{self.table_prefix}'.")

    @property
    def kind(self) -> str:
        return self.id.partition("-")[0]

    @property
    def table_prefix(self) -> str:
        return self.id.replace("-", "_") + "_"
