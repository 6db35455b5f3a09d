"""E-mail: a message per event and language, handed to an SMTP server."""

from __future__ import annotations

from entrepot.sdk import Notifier, PersonalData, PluginManifest, Simulator, hookimpl
from entrepot_notifier_email.provider import Email

manifest = PluginManifest(
    id="notifier-email",
    name="E-mail",
    description="Order confirmations, payment news and tracking by e-mail, over SMTP.",
    simulators=(
        Simulator(
            module="entrepot_notifier_email.simulator",
            label="Mailbox of the demo",
            config={
                "host": "127.0.0.1",
                "port": "{next_port}",
                "security": "none",
                "sender": "orders@shop.example",
            },
            page="/",
        ),
    ),
    privacy=(
        PersonalData(
            what="e-mail address, name, delivery address and goods of an order",
            purpose="telling buyers about their order; nothing is kept here",
            keep_days=0,
            recipients=("the operator of the SMTP server",),
        ),
    ),
)


@hookimpl
def entrepot_register_notifiers() -> list[type[Notifier]]:
    return [Email]
