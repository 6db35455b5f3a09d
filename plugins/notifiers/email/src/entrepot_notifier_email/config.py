"""The mail server and the address that messages come from."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from entrepot.sdk import ConfigSchema, choice, secret, text
from entrepot_notifier_email.addresses import AddressRefused, ascii_address

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_ONE_LINE = validate.Regexp(r"[^\x00-\x1f\x7f]*\Z", error="Write one line.")


def _must_be_address(value: str) -> None:
    if not value:
        return
    try:
        ascii_address(value)
    except AddressRefused as error:
        raise ValidationError(str(error)) from error


class EmailConfig(ConfigSchema):
    """One account is one sender at one mail server."""

    host = text(label="Mail server", help="Name of the SMTP server.", validate=[validate.Length(1, 253), _ONE_LINE])
    port = fields.Integer(
        load_default=587,
        validate=validate.Range(1, 65535),
        metadata={"label": "Port", "help": "587 for STARTTLS, 465 for TLS from the start."},
    )
    security = choice(
        {"starttls": "STARTTLS", "ssl": "TLS from the start", "none": "None (only to your own machine or network)"},
        label="Encryption",
        default="starttls",
    )
    user = text(label="User", help="Leave empty when the server asks for none.", default="", validate=_ONE_LINE)
    password = secret(label="Password", required=False)
    sender = text(label="Sender", help="Messages come from this address.", validate=_must_be_address)
    sender_name = text(
        label="Sender's name",
        help="Shown beside the address.",
        default="",
        validate=[validate.Length(0, 100), _ONE_LINE],
    )
    reply_to = text(
        label="Answers go to", help="Leave empty for the sender's address.", default="", validate=_must_be_address
    )
    timeout_s = fields.Integer(
        load_default=10,
        validate=validate.Range(1, 60),
        metadata={"label": "Time-out", "help": "How long to wait for the mail server.", "unit": "s"},
    )

    @validates_schema
    def refuse_open_passwords(self, values: dict[str, Any], **_: Any) -> None:
        """A password crosses no network in the clear."""
        if values.get("user") and values.get("security") == "none" and values.get("host") not in _LOOPBACK:
            raise ValidationError("The password would be sent unencrypted. Choose STARTTLS or TLS.", "security")
