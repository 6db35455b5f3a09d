"""A notifier plugin without known faults: mail in two parts and three languages."""

from __future__ import annotations

import hashlib
import smtplib
from email.message import EmailMessage

from entrepot.sdk import (
    ConfigSchema,
    CredentialsInvalid,
    Delivery,
    Notifier,
    PluginManifest,
    ProviderRejected,
    ProviderUnavailable,
    hookimpl,
    secret,
    text,
)

manifest = PluginManifest(id="notifier-lantern", name="Lantern")
SUBJECTS = {"de": "Bestellung {number} bei {shop}", "zh": "{shop} 订单 {number}"}


class LanternConfig(ConfigSchema):
    host = text(label="Mail server")
    user = text(label="User")
    password = secret(label="Password")


class Lantern(Notifier):
    id, label = "lantern", "Lantern"
    config_schema = LanternConfig

    def handles(self, kind):
        return kind in ("order_placed", "parcel_shipped")

    def send(self, notification):
        message = self.message(notification)
        try:
            self.deliver(message, notification.recipient)
        except smtplib.SMTPAuthenticationError as error:
            raise CredentialsInvalid("The mail server refused user or password.") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise self.refusal(error) from error
        except OSError as error:
            raise ProviderUnavailable("The mail server cannot be reached.") from error
        return Delivery(message["Message-ID"], message["Subject"], message.get_body(("html",)).get_content())

    def refusal(self, error):
        code = next(iter(error.recipients.values()))[0]
        return ProviderRejected("No such mailbox.") if code >= 500 else ProviderUnavailable("The server is busy.")

    def deliver(self, message, recipient):
        with smtplib.SMTP(self.config["host"], 25, timeout=10) as server:
            server.login(self.config["user"], self.config["password"])
            server.send_message(message, "shop@example.com", [recipient])

    def message(self, notification):
        recipient = notification.recipient
        if any(character.isspace() for character in recipient):
            raise ProviderRejected("The address has a line break or a space.")
        message = EmailMessage()
        message["To"], message["From"] = recipient, "shop@example.com"
        message["Subject"] = self.subject(notification)
        message["Message-ID"] = self.message_id(notification)
        message.set_content("See the HTML part.")
        message.add_alternative(self.html(notification), subtype="html")
        return message

    def subject(self, notification):
        language = notification.locale.partition("-")[0]
        pattern = SUBJECTS.get(language, "Order {number} at {shop}")
        filled = pattern.format(number=notification.context["order"].number, shop=notification.context["shop_name"])
        return " ".join(filled.split())

    def message_id(self, notification):
        return f"<{hashlib.sha256(notification.id.encode()).hexdigest()[:32]}@shop.example>"

    def html(self, notification):
        return self.ctx.render(
            f"x/notifier-lantern/{notification.kind}.html", notification.locale, **notification.context
        )


@hookimpl
def entrepot_register_notifiers():
    return [Lantern]
