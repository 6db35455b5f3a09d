"""Rule packs: dated customs and tax data that a plugin ships, and the providers that answer from it.

A pack is a folder of CSV and TOML files (see docs/reference/rule-packs.md). Naming it reads nothing; its records are
read when the first question comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import ClassVar

from entrepot.sdk.customs import CustomsAnswer, CustomsQuestion, CustomsRules


@dataclass(frozen=True)
class RulePack:
    """Where a pack's records are and which destinations they are about. ``countries`` are ISO 3166-1 codes."""

    id: str
    countries: frozenset[str]
    folder: Traversable

    @classmethod
    def of(cls, id: str, *countries: str, folder: Traversable) -> RulePack:
        """``RulePack.of("uk", "GB", folder=files(__package__) / "rules")``."""
        return cls(id, frozenset(countries), folder)


class PackCustomsRules(CustomsRules):
    """Customs rules that answer from ``pack``. A plugin sets ``id``, ``label`` and ``pack``, and nothing else."""

    pack: ClassVar[RulePack]

    def check(self) -> None:
        """Read every record; raises PackInvalid with file and line."""
        from entrepot.customs.assess import load

        load(self.pack)

    def serves(self, origin_country: str, destination_country: str) -> bool:
        from entrepot.customs.rules import crosses_border

        return destination_country in self.pack.countries and crosses_border(origin_country, destination_country)

    def assess(self, question: CustomsQuestion) -> CustomsAnswer:
        """What is collected at the border, from the records in force on the day of the question."""
        from entrepot.customs.questions import answer_customs

        return answer_customs(self.pack, question, self.config)
