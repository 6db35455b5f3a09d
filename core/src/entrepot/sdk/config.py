"""Configuration schemas: marshmallow, with the few additions that the drawn form needs."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate


class ConfigSchema(Schema):
    """Base of every account's configuration. Unknown keys are refused; the admin form is drawn from the fields.

    Field metadata understood by the form: ``label``, ``help``, ``placeholder``, ``unit``, ``choices_labels``,
    ``multiline`` (a text area) and ``secret``.
    """

    class Meta:
        unknown = RAISE

    #: Raise it when stored configurations need ``Provider.upgrade_config``.
    version = 1

    @classmethod
    def secret_names(cls) -> frozenset[str]:
        """Names of the fields that are encrypted at rest and never shown again."""
        return frozenset(name for name, field in cls._declared_fields.items() if field.metadata.get("secret"))


def secret(*, label: str, help: str = "", required: bool = True, placeholder: str = "") -> fields.String:
    """A text that is encrypted at rest, never dumped, and kept when the form leaves it blank."""
    return fields.String(
        required=required,
        load_only=True,
        validate=validate.Length(min=1, max=4000),
        metadata={"label": label, "help": help, "placeholder": placeholder, "secret": True},
    )


def text(
    *, label: str, help: str = "", default: str | None = None, multiline: bool = False, **field: Any
) -> fields.String:
    """A text; required unless it has a default."""
    options: dict[str, Any] = {"required": True} if default is None else {"load_default": default}
    return fields.String(**options, **field, metadata={"label": label, "help": help, "multiline": multiline})


def choice(options: dict[str, str], *, label: str, default: str, help: str = "") -> fields.String:
    """One of several values, each with the label a person reads."""
    return fields.String(
        load_default=default,
        validate=validate.OneOf(list(options), labels=list(options.values())),
        metadata={"label": label, "help": help, "choices_labels": options},
    )


def switch(*, label: str, default: bool, help: str = "") -> fields.Boolean:
    """On or off."""
    return fields.Boolean(load_default=default, metadata={"label": label, "help": help})
