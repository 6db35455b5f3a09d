"""What can be wrong with a theme, a slot or a token. Every message names the place and the remedy."""

from __future__ import annotations

from entrepot.sdk.errors import EntrepotError


class ThemeError(EntrepotError):
    """A theme cannot be used as it is; the shop goes on with the core layer."""

    def __init__(self, theme: str, file: str, problem: str, remedy: str) -> None:
        super().__init__(f"Theme '{theme}', {file}: {problem} {remedy}")
        self.theme = theme
        self.file = file
        self.problem = problem
        self.remedy = remedy


class ThemeUnreadable(ThemeError):
    """A file of the theme is missing or is not valid TOML."""


class ThemeInvalid(ThemeError):
    """The files can be read, but what they say cannot be right."""


class TokenInvalid(ThemeInvalid):
    """A design token has a bad name, value or reference."""


class SettingInvalid(ThemeInvalid):
    """A merchant's value does not fit the setting of the theme."""


class ThemeNotInstalled(ThemeError):
    """The configured theme is not there."""


class UnknownParent(ThemeError):
    """The theme builds on one that is not installed."""


class CircularParents(ThemeError):
    """Following the parents leads back to the theme."""


class ThemeConflict(ThemeError):
    """Two packages claim one theme id; neither is used."""


class SlotError(EntrepotError):
    """A block or a page uses a slot in a way that cannot work."""


class UnknownSlot(SlotError):
    """A slot name that no page offers."""


class SlowSlotBlock(SlotError):
    """A block took longer than its budget; it was shown all the same."""


class StaticFileMissing(EntrepotError):
    """A page names a static file that no layer has."""
