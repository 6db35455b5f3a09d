"""What can be wrong with a promise that is to be published. Each message names the remedy."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.kernel.texts import N_
from entrepot.sdk.errors import EntrepotError


class PromiseRefused(EntrepotError):
    """Fields that must be mended; ``fields`` maps each one's name to what is wrong with it."""

    status = 422

    def __init__(self, fields: Mapping[str, EntrepotError]) -> None:
        super().__init__(N_("Nothing was published. Some fields need your attention."))
        self.fields = dict(fields)


class PromiseChanged(EntrepotError):
    """Somebody else published meanwhile."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            N_("Somebody else has published meanwhile. Copy what you wrote, open this page again and compare.")
        )


class TextTooLong(EntrepotError):
    def __init__(self, length: int, most: int) -> None:
        super().__init__(
            N_("These are {length} characters. Shorten the text to {most} or fewer."), length=length, most=most
        )


class NotDays(EntrepotError):
    def __init__(self, most: int) -> None:
        super().__init__(N_("Enter whole days between 0 and {most}."), most=most)


class NotPercent(EntrepotError):
    def __init__(self) -> None:
        super().__init__(N_("Enter a percentage between 0 and 100, like 12.5."))


class MarketUnknown(EntrepotError):
    status = 404

    def __init__(self, code: str) -> None:
        super().__init__(N_("There is no market “{code}”. Open this page again."), code=code)
