"""Playing one case and saying what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.cases.expectations import wrong
from support.cases.reading import Case
from support.cases.shop import ApiFailed, fresh_shop
from support.cases.steps import Player
from support.cases.vocabulary import NotBuilt


@dataclass(frozen=True)
class Result:
    """``differences`` are (expected, actual) by key; ``problem`` says why a case could not be played to its end."""

    case: Case
    differences: dict[str, tuple[Any, Any]]
    problem: str = ""

    @property
    def passed(self) -> bool:
        return not self.differences and not self.problem

    def lines(self) -> list[str]:
        """What a person reads of a failure."""
        head = f"FAILED {self.case.id} ({self.case.file.name}): {self.case.title}"
        told = [f"    {key}: expected {want!r}, actual {got!r}" for key, (want, got) in self.differences.items()]
        return [head, *told, *([f"    {self.problem}"] if self.problem else [])]


def play(case: Case, template: Path, folder: Path) -> Result:
    """Seed a fresh store, play the steps, compare. A case that cannot be played has failed."""
    try:
        with fresh_shop(template, folder, case.given) as shop:
            player = Player(shop, case.given)
            for step in case.when:
                player.play(step)
            return Result(case, wrong(player, case.expect))
    except NotBuilt as error:
        return Result(case, {}, f"not built: {error}")
    except ApiFailed as error:
        return Result(case, {}, str(error))
    except Exception as error:
        return Result(case, {}, f"{type(error).__name__}: {error}")
