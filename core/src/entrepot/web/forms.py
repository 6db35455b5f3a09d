"""Form fields as pages draw them: one shape for the checkout's address and for every plugin's settings."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup, escape

from entrepot.engine.config_forms import FormField
from entrepot.kernel.records import dataclass


@dataclass(frozen=True)
class Field:
    """One field of a form. ``control`` is text, email, tel, textarea, password, select, switch or number."""

    name: str
    label: str
    value: str = ""
    control: str = "text"
    required: bool = False
    help: str = ""
    error: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    autocomplete: str = "off"
    placeholder: str = ""
    unit: str = ""
    minimum: str = ""
    maximum: str = ""
    checked: bool = False

    @property
    def id(self) -> str:
        return f"field-{self.name}"

    @property
    def described_by(self) -> str:
        """Ids of the texts that explain the field, for screen readers."""
        present = ((self.error, f"{self.id}-error"), (self.help, f"{self.id}-help"))
        return " ".join(id for text, id in present if text)


def setting_field(field: FormField) -> Field:
    """A field of a plugin's settings, as ``accounts.form`` gives it."""
    return Field(
        name=field.name,
        label=field.label,
        value=field.value,
        control=field.control,
        required=field.required,
        help=field.help,
        error=" ".join(field.errors),
        choices=field.choices,
        placeholder=field.placeholder,
        unit=field.unit,
        minimum=field.minimum,
        maximum=field.maximum,
        checked=field.checked,
    )


def options(choices: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    """The options of a select. Not the template's work: two lists of all countries cost as much as a whole page."""
    value = f'value="{escape(chosen)}"'
    return Markup(_options(choices).replace(value, f"{value} selected", 1))  # escaped one by one below


@lru_cache(maxsize=128)
def _options(choices: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in choices)
