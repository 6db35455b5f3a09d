"""A merchant's values for what a theme lets be set: checked, completed by the theme's defaults, put into tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from entrepot.theming import tokens
from entrepot.theming.errors import SettingInvalid
from entrepot.theming.manifest import ThemeSetting
from entrepot.theming.themes import Theme

Value = str | int | bool

_YES = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}


def settings_of(chain: Sequence[Theme]) -> dict[str, ThemeSetting]:
    """What may be set in a line of themes, by name; a child's own setting hides its parent's of the same name."""
    return {setting.name: setting for theme in reversed(chain) for setting in theme.settings}


def read_value(theme: str, setting: ThemeSetting, written: str) -> Value:
    """What somebody wrote, as the value to keep; raises SettingInvalid with the remedy."""
    return _READERS.get(setting.type, _text)(theme, setting, written.strip())


def token_values(chain: Sequence[Theme], values: Mapping[str, Value]) -> dict[str, str]:
    """{token: value} of the settings that stand for a design token. What the themes do not know is left out."""
    known = settings_of(chain)
    return {
        known[name].token or "": str(value) for name, value in values.items() if name in known and known[name].token
    }


def _number(theme: str, setting: ThemeSetting, written: str) -> int:
    least, most = setting.minimum, setting.maximum
    try:
        number = int(written)
    except ValueError:
        raise _invalid(theme, setting, f"'{written}' is not a whole number.", "Write it like 12.") from None
    if (least is not None and number < least) or (most is not None and number > most):
        bounds = " ".join(part for part in (_bound("from", least), _bound("to", most)) if part)
        raise _invalid(theme, setting, f"{number} is out of bounds.", f"Choose a number {bounds}.")
    return number


def _bound(word: str, value: int | None) -> str:
    return "" if value is None else f"{word} {value}"


def _toggle(theme: str, setting: ThemeSetting, written: str) -> bool:
    if written.lower() not in _YES:
        raise _invalid(theme, setting, f"'{written}' is neither yes nor no.", "Write yes or no.")
    return _YES[written.lower()]


def _choice(theme: str, setting: ThemeSetting, written: str) -> str:
    if written not in setting.choices:
        raise _invalid(theme, setting, f"there is no '{written}'.", f"Choose one of: {', '.join(setting.choices)}.")
    return written


def _color(theme: str, setting: ThemeSetting, written: str) -> str:
    tokens.check_override(theme, setting.token or "color.any", written)
    return written


def _text(theme: str, setting: ThemeSetting, written: str) -> str:
    if setting.token:
        tokens.check_override(theme, setting.token, written)
    return written


_READERS: Mapping[str, Callable[[str, ThemeSetting, str], Value]] = {
    "choice": _choice,
    "color": _color,
    "number": _number,
    "toggle": _toggle,
}


def _invalid(theme: str, setting: ThemeSetting, problem: str, remedy: str) -> SettingInvalid:
    return SettingInvalid(theme, setting.name, problem, remedy)
