"""The notifier: renders the templates of an event in the order's language and hands the message over."""

from __future__ import annotations

from entrepot.sdk import Delivery, Notification, Notifier, ProviderRejected
from entrepot_notifier_email.addresses import AddressRefused, ascii_address
from entrepot_notifier_email.config import EmailConfig
from entrepot_notifier_email.mapping import (
    KINDS,
    Texts,
    compose,
    message_id,
    one_line,
    template_context,
    template_names,
    tidy,
)


class Email(Notifier):
    """One message per notification, over SMTP."""

    id = "email"
    label = "E-mail"
    config_schema = EmailConfig

    def handles(self, kind: str) -> bool:
        return kind in KINDS

    def check(self) -> None:
        """Connect and log in; nothing is sent."""
        from entrepot_notifier_email.smtp import greet

        greet(self.config)

    def send(self, notification: Notification) -> Delivery:
        from entrepot_notifier_email.smtp import deliver

        recipient = self._recipient(notification)
        texts = self._texts(notification)
        identity = message_id(self.ctx.account_id, notification.id, ascii_address(self.config["sender"]))
        message = compose(
            self.config,
            recipient=recipient,
            texts=texts,
            locale=notification.locale,
            identity=identity,
            at=self.ctx.clock.now(),
        )
        deliver(self.config, message, recipient)
        return Delivery(reference=identity, subject=texts.subject, body=texts.plain)

    def _recipient(self, notification: Notification) -> str:
        if not self.handles(notification.kind):
            raise ProviderRejected(f"There is no message for '{notification.kind}'. Known: {', '.join(KINDS)}.")
        try:
            return ascii_address(notification.recipient)
        except AddressRefused as error:
            raise ProviderRejected(f"The recipient is refused. {error}") from None

    def _texts(self, notification: Notification) -> Texts:
        subject = one_line(self._render(notification, "subject.txt"))
        return Texts(
            subject=subject,
            plain=tidy(self._render(notification, "txt")),
            html=self._render(notification, "html", subject=subject),
        )

    def _render(self, notification: Notification, part: str, **more: str) -> str:
        context = template_context(notification.context, notification.locale) | more
        *own, neutral = template_names(notification.kind, part, notification.locale)
        for template in own:
            try:
                return self.ctx.render(template, notification.locale, **context)
            except LookupError as error:
                # Jinja's TemplateNotFound, which names the template; anything else is a mistake inside one.
                if getattr(error, "name", None) != template:
                    raise
        return self.ctx.render(neutral, notification.locale, **context)
