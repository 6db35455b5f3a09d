"""What a notifier owes a shop: every message renders in every language, safely, and failures are told apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from entrepot.sdk import (
    CredentialsInvalid,
    Delivery,
    Money,
    Notification,
    ProviderError,
    ProviderRejected,
    ProviderUnavailable,
)
from entrepot.sdk.facts import FACTS, OrderFact
from entrepot.testkit.conformance.bench import Operation
from entrepot.testkit.conformance.network import NetworkBehaviours
from entrepot.testkit.conformance.provider import ProviderConformance
from entrepot.testkit.samples import fact, order_view, parcel_view
from entrepot.testkit.smtp import FakeSmtp
from entrepot.testkit.verdict import refuse, require, told

_MARKUP = re.compile(r"<(html|body|p|div|table|br|h\d)\b", re.I)
_CARD = SimpleNamespace(amount=Money(5000, "EUR"), code="ABCD-EFGH-JKMN-PQRS", expires_at=None)
_HOSTILE = '<script>alert("x")</script>'


class NotifierConformance(NetworkBehaviours, ProviderConformance):
    """Inherit, name ``provider_class`` and ``config``; mail goes to a server in memory, HTTP to ``http_script``."""

    registration_hook = "entrepot_register_notifiers"

    recipient: ClassVar[str] = "ada@example.com"
    locales: ClassVar[tuple[str, ...]] = ("en", "de", "zh-Hans")

    def setup_method(self, method: Callable[..., object]) -> None:
        super().setup_method(method)
        self._mail = ExitStack()
        self.smtp = self._mail.enter_context(FakeSmtp().installed())

    def teardown_method(self) -> None:
        if "_mail" in self.__dict__:
            self._mail.close()
        super().teardown_method()

    def kinds(self) -> list[str]:
        """Kinds of facts that the notifier handles."""
        notifier = self.provider()
        return [kind for kind, known in FACTS.items() if issubclass(known, OrderFact) and notifier.handles(kind)]

    def notification(self, kind: str, locale: str = "en", **fields: Any) -> Notification:
        """A notification as the core makes it; ``context`` replaces parts of the context."""
        context = {**self.context(kind, locale), **fields.pop("context", {})}
        values: dict[str, Any] = {
            "id": f"notification-{kind}-{locale}",
            "kind": kind,
            "recipient": self.recipient,
            "locale": locale,
            "context": context,
        }
        return Notification(**(values | fields))

    def context(self, kind: str, locale: str, **order: Any) -> dict[str, Any]:
        """Read models as the core passes them."""
        return {
            "order": order_view(locale=locale, **order),
            "fact": fact(kind),
            "shop_name": "Harbour & Sons",
            "order_url": "https://shop.example/orders/private-link-token",
            "parcel": parcel_view(),
            "amount": Money(2490, "EUR"),
            "instructions": (),
            "cards": (_CARD,) if kind == "gift_cards_issued" else (),
        }

    def operations(self) -> Mapping[str, Operation]:
        return {
            f"send({kind})": Operation(lambda notifier, kind=kind: notifier.send(self.notification(kind)))  # type: ignore[misc]
            for kind in self.kinds()[:1]
        }

    def send(self, notification: Notification, provider: Any = None) -> Delivery:
        try:
            delivery: Delivery = (provider or self.provider()).send(notification)
        except Exception as error:
            refuse(
                f"{notification.kind} in {notification.locale} was not sent: {told(error)}",
                costs="the buyer hears nothing and writes to support.",
                remedy="check that the template exists for the locale and uses only what the context holds.",
            )
        return delivery

    def test_something_is_handled(self) -> None:
        require(
            self.kinds(),
            "handles() says no to every kind of fact.",
            costs="the notifier is installed and silent.",
            remedy=f"return True for some of: {', '.join(sorted(FACTS))}.",
        )

    def test_every_kind_renders_in_english(self) -> None:
        self._require_rendering("en")

    def test_every_kind_renders_in_german(self) -> None:
        self._require_rendering("de")

    def test_every_kind_renders_in_chinese(self) -> None:
        self._require_rendering("zh-Hans")

    def test_language_nobody_translated_falls_back(self) -> None:
        for locale in ("xx", "pt-BR", "ar"):
            self._require_rendering(locale)

    def test_languages_differ(self) -> None:
        for kind in self.kinds():
            bodies = {locale: self.send(self.notification(kind, locale)).body for locale in self.locales}
            require(
                len(set(bodies.values())) == len(bodies) or not any(bodies.values()),
                f"{kind} is the same text in {', '.join(bodies)}.",
                costs="a German buyer gets an English invoice mail and marks it as spam.",
                remedy="render with notification.locale, and translate the template.",
            )

    def test_subject_is_one_line(self) -> None:
        for kind in self.kinds():
            context = self.context(kind, "en", number="1000424\r\nBcc: thief@example.com")
            context["shop_name"] = "Harbour\nX-Spam: no"
            for subject in self._subjects(self.notification(kind, context=context)):
                require(
                    subject.strip() and not {"\r", "\n"} & set(subject),
                    f"The subject of {kind} is {subject!r}.",
                    costs="who chooses the order's name chooses the mail's headers, and the shop sends spam.",
                    remedy='join the words: " ".join(subject.split()).',
                )

    def test_recipient_with_a_line_break_is_refused(self) -> None:
        for recipient in ("ada@example.com\r\nBcc: thief@example.com", "ada@example.com\nX: y"):
            outcome = self._outcome(self.notification(self._kind(), recipient=recipient))
            reached = {name for mail in self.smtp.mails for name in mail.recipients}
            require(
                isinstance(outcome, ProviderRejected) and not any("thief" in name for name in reached),
                f"A message to {recipient!r} gave {outcome!r}.",
                costs="a checkout form that sends mail to anybody: the shop's domain is on every block list.",
                remedy="raise ProviderRejected for recipients with control characters.",
            )

    def test_message_goes_to_the_recipient_alone(self) -> None:
        self.send(self.notification(self._kind()))
        for mail in self.smtp.mails:
            require(
                mail.recipients == (self.recipient,),
                f"The message went to {mail.recipients}.",
                costs="one buyer reads another's address and order.",
                remedy="one message per notification, to notification.recipient only.",
            )

    def test_hostile_names_are_escaped(self) -> None:
        for kind in self.kinds():
            context = self.context(kind, "en", name=_HOSTILE)
            context["shop_name"] = _HOSTILE
            for page in self._pages(self.notification(kind, context=context)):
                require(
                    _HOSTILE not in page,
                    f"{kind} puts a product's name into HTML unescaped.",
                    costs="a name typed by anyone runs as code in the buyer's mail reader or the back office.",
                    remedy="render .html templates through self.ctx.render; it escapes. Never use |safe.",
                )

    def test_repeated_notification_is_recognisable(self) -> None:
        notification = self.notification(self._kind())
        first, again = self.send(notification), self.send(notification)
        require(
            first.reference == again.reference,
            f"The same notification was handed over as {first.reference!r} and {again.reference!r}.",
            costs="after a crash the buyer gets the mail twice, and two receipts look like two charges.",
            remedy="derive Message-ID or the idempotency key from notification.id.",
        )

    def test_delivery_has_a_reference(self) -> None:
        for kind in self.kinds():
            delivery = self.send(self.notification(kind))
            require(
                isinstance(delivery, Delivery) and delivery.reference,
                f"send({kind}) gave {delivery!r}.",
                costs="'I got no mail' cannot be answered.",
                remedy="return Delivery(reference=the Message-ID or the vendor's id, subject, body).",
            )

    def test_kind_nobody_knows_is_not_handled(self) -> None:
        answer = self.provider().handles("a_kind_nobody_knows")
        require(
            answer is False,
            f"handles('a_kind_nobody_knows') gave {answer!r}.",
            costs="the next release adds a fact, and its delivery fails ten times for every order.",
            remedy="return kind in KINDS.",
        )

    def test_refused_mailbox_is_rejected_for_good(self) -> None:
        self._require_failure({"RCPT": 550}, ProviderRejected, "a mailbox that does not exist (SMTP 550)")

    def test_busy_server_is_unavailable(self) -> None:
        self._require_failure({"RCPT": 451}, ProviderUnavailable, "a busy mail server (SMTP 451)")

    def test_refused_mail_credentials_are_invalid(self) -> None:
        with FakeSmtp(refuse={"AUTH": 535}).installed():
            outcome = self._outcome(self.notification(self._kind()))
        self._need_smtp()
        if isinstance(outcome, Delivery):
            pytest.skip("The configuration logs in nowhere.")
        self._require_typed(outcome, CredentialsInvalid, "refused mail credentials (SMTP 535)")

    def test_unreachable_mail_server_is_unavailable(self) -> None:
        self._need_smtp()
        with FakeSmtp(unreachable=True).installed():
            outcome = self._outcome(self.notification(self._kind()))
        self._require_typed(outcome, ProviderUnavailable, "an unreachable mail server")

    def _kind(self) -> str:
        kinds = self.kinds()
        return kinds[0] if kinds else "order_placed"

    def _outcome(self, notification: Notification) -> Any:
        return self.outcome_of("send", Operation(lambda notifier: notifier.send(notification)))

    def _need_smtp(self) -> None:
        self.send(self.notification(self._kind()))
        if not self.smtp.connections:
            pytest.skip("The notifier sends no mail.")

    def _require_failure(self, refuse_with: dict[str, int], expected: type[ProviderError], cause: str) -> None:
        self._need_smtp()
        with FakeSmtp(refuse=refuse_with).installed():
            outcome = self._outcome(self.notification(self._kind()))
        self._require_typed(outcome, expected, cause)

    def _require_typed(self, outcome: Any, expected: type[ProviderError], cause: str) -> None:
        require(
            isinstance(outcome, expected),
            f"{cause} gave {outcome!r} instead of {expected.__name__}.",
            costs="mail to dead mailboxes is repeated for days, or a night's outage loses every confirmation.",
            remedy="5xx is ProviderRejected, 4xx and no connection ProviderUnavailable, 535 CredentialsInvalid.",
        )

    def _require_rendering(self, locale: str) -> None:
        for kind in self.kinds():
            delivery = self.send(self.notification(kind, locale))
            pages = list(self._bodies(delivery))
            require(
                all(page.strip() for page in pages) and pages,
                f"{kind} in {locale} is empty.",
                costs="an empty mail with the shop's name on it.",
                remedy="give Delivery.body what was sent.",
            )
            require(
                not any("{{" in page or "{%" in page for page in [delivery.subject, *pages]),
                f"{kind} in {locale} shows template code.",
                costs="buyers see the inside of the shop.",
                remedy="render the template; do not send its source.",
            )

    def _subjects(self, notification: Notification) -> list[str]:
        outcome = self._outcome(notification)
        if not isinstance(outcome, Delivery):
            return []
        return [outcome.subject] if outcome.subject else [str(mail.message["Subject"]) for mail in self.smtp.mails[-1:]]

    def _bodies(self, delivery: Delivery) -> Iterator[str]:
        if delivery.body:
            yield delivery.body
        for mail in self.smtp.mails[-1:]:
            yield from (part.get_content() for part in mail.message.walk() if part.get_content_maintype() == "text")

    def _pages(self, notification: Notification) -> list[str]:
        """What is sent as HTML."""
        body = self.send(notification).body
        pages = [body] if _MARKUP.search(body) else []
        for mail in self.smtp.mails[-1:]:
            html = (part for part in mail.message.walk() if part.get_content_type() == "text/html")
            pages += [part.get_content() for part in html]
        return pages
