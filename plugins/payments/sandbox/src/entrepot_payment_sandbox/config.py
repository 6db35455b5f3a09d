"""How the shop reaches the sandbox payment service."""

from __future__ import annotations

from marshmallow import validate

from entrepot.sdk import ConfigSchema, choice, secret, text


class SandboxConfig(ConfigSchema):
    """Address, credentials and when the money is taken."""

    base_url = text(
        label="Address of the service",
        help="Where the simulator listens, for example http://127.0.0.1:8901.",
        validate=validate.URL(schemes={"http", "https"}, require_tld=False),
    )
    api_key = secret(label="API key")
    webhook_secret = secret(label="Webhook signing secret")
    capture_method = choice(
        {"automatic": "When the buyer pays", "manual": "When staff capture it, for example at dispatch"},
        label="Take the money",
        default="automatic",
    )
    merchant = text(
        label="Merchant name",
        help="Shown to the buyer on the payment page.",
        default="",
        validate=validate.Length(max=80),
    )
