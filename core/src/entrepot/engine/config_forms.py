"""A provider's configuration as a form: fields to draw, what was posted to read, stored values to check."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, missing, validate
from marshmallow.fields import Field

from entrepot.engine.redaction import redact
from entrepot.kernel.records import dataclass
from entrepot.sdk.config import ConfigSchema
from entrepot.sdk.errors import ConfigInvalid


@dataclass(frozen=True)
class FormField:
    """One field to draw. ``value`` of a secret is always empty; ``set_at`` says since when it is stored."""

    name: str
    label: str
    help: str
    #: text, textarea, password, select, switch or number
    control: str
    required: bool
    value: str = ""
    #: (value, label) of a select
    choices: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""
    unit: str = ""
    minimum: str = ""
    maximum: str = ""
    set_at: datetime | None = None
    errors: tuple[str, ...] = ()

    @property
    def checked(self) -> bool:
        """Whether a switch is on."""
        return self.value == "true"


def draw_form(
    schema: type[ConfigSchema],
    values: Mapping[str, Any] | None = None,
    *,
    stored_secrets: Mapping[str, datetime | None] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
) -> tuple[FormField, ...]:
    """Fields in the schema's order. ``stored_secrets`` says which secrets are kept when left blank, and since when."""
    return tuple(
        _draw(name, field, values or {}, stored_secrets or {}, tuple((errors or {}).get(name, ())))
        for name, field in schema().fields.items()
        if not field.dump_only
    )


def read_form(schema: type[ConfigSchema], posted: Mapping[str, str]) -> dict[str, Any]:
    """The configuration in a posted form; other keys of the form are left alone. Not validated yet."""
    values: dict[str, Any] = {}
    for name, field in schema().fields.items():
        if isinstance(field, fields.Boolean):
            values[name] = posted.get(name, "") not in ("", "false", "0")
        elif name in posted:
            values.update(_posted(name, field, posted[name]))
    return values


def validated(schema: type[ConfigSchema], config: Mapping[str, Any]) -> dict[str, Any]:
    """The loaded configuration, defaults filled in; raises ConfigInvalid with the messages of each field."""
    try:
        loaded: dict[str, Any] = schema().load(dict(config))
    except ValidationError as error:
        messages = _messages_by_field(error, schema.secret_names(), config)
        text = " ".join(f"{name}: {' '.join(found)}" for name, found in messages.items())
        raise ConfigInvalid(f"The configuration does not fit. {text}", messages) from None
    return loaded


def _messages_by_field(
    error: ValidationError, secret_names: frozenset[str], config: Mapping[str, Any]
) -> dict[str, list[str]]:
    messages: dict[str, list[str]] = {}
    for name, found in error.normalized_messages().items():  # type: ignore[no-untyped-call]
        texts = found if isinstance(found, list) else [json.dumps(found, ensure_ascii=False)]
        secret = str(config.get(name) or "") if name in secret_names else ""
        messages[name] = [redact(str(text), [secret]) for text in texts]
    return messages


def _draw(
    name: str,
    field: Field[Any],
    values: Mapping[str, Any],
    stored_secrets: Mapping[str, datetime | None],
    errors: tuple[str, ...],
) -> FormField:
    about = field.metadata
    is_secret = bool(about.get("secret"))
    default = "" if field.load_default is missing or callable(field.load_default) else field.load_default
    bounds = next((rule for rule in field.validators if isinstance(rule, validate.Range)), None)
    return FormField(
        name=name,
        label=about.get("label") or name.replace("_", " ").capitalize(),
        help=about.get("help", ""),
        control=_control(field),
        required=field.required and name not in stored_secrets,
        value="" if is_secret else _shown(values.get(name, default)),
        choices=_choices(field),
        placeholder=about.get("placeholder", ""),
        unit=about.get("unit", ""),
        minimum="" if bounds is None or bounds.min is None else str(bounds.min),
        maximum="" if bounds is None or bounds.max is None else str(bounds.max),
        set_at=stored_secrets.get(name),
        errors=errors,
    )


def _control(field: Field[Any]) -> str:
    if field.metadata.get("secret"):
        return "password"
    if isinstance(field, fields.Boolean):
        return "switch"
    if _choices(field):
        return "select"
    if isinstance(field, fields.Number):
        return "number"
    if field.metadata.get("multiline") or _is_structured(field):
        return "textarea"
    return "text"


def _choices(field: Field[Any]) -> tuple[tuple[str, str], ...]:
    labels = field.metadata.get("choices_labels", {})
    if isinstance(field, fields.Enum):
        names = [str(member.value if field.by_value else member.name) for member in field.enum]
        return tuple((name, labels.get(name, name.replace("_", " ").capitalize())) for name in names)
    rule = next((rule for rule in field.validators if isinstance(rule, validate.OneOf)), None)
    if rule is None:
        return ()
    written = dict(zip(map(str, rule.choices), map(str, rule.labels), strict=False))
    return tuple(
        (str(choice), str(labels.get(choice) or written.get(str(choice)) or choice)) for choice in rule.choices
    )


def _is_structured(field: Field[Any]) -> bool:
    return isinstance(field, fields.List | fields.Nested | fields.Dict | fields.Tuple)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, dict | list) else str(value)


def _posted(name: str, field: Field[Any], text: str) -> dict[str, Any]:
    """The field's raw value; a blank field without a blank meaning is left out, so that its default holds."""
    if isinstance(field, fields.List) and isinstance(field.inner, fields.String):
        return {name: [line.strip() for line in text.splitlines() if line.strip()]}
    if _is_structured(field):
        return {name: _json_or_text(text)} if text.strip() else {}
    if not text.strip() and (field.required or type(field) is not fields.String):
        return {}
    return {name: text if field.metadata.get("multiline") else text.strip()}


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text  # the field's own message says what it wants
