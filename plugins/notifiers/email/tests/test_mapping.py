"""E-mail: what buyers read, which headers go out, and what mail servers' answers mean, over real sockets."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader
from marshmallow import ValidationError

import entrepot_notifier_email
from entrepot.sdk import (
    Address,
    CredentialsInvalid,
    Instruction,
    Money,
    Notification,
    OrderEdited,
    OrderLineView,
    OrderPlaced,
    OrderView,
    ParcelView,
    ProviderRejected,
    ProviderUnavailable,
    TotalLine,
)
from entrepot.testkit import make_context
from entrepot_notifier_email import entrepot_register_notifiers, manifest
from entrepot_notifier_email.addresses import AddressRefused, ascii_address
from entrepot_notifier_email.config import EmailConfig
from entrepot_notifier_email.mapping import KINDS, message_id, template_names, tidy
from entrepot_notifier_email.provider import Email
from entrepot_notifier_email.simulator import Mailbox, serving

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PACKAGE = Path(entrepot_notifier_email.__file__).parent
ORDER = OrderView(
    number="1000424",
    token="token",
    status="to_pay",
    payment_state="open",
    fulfilment_state="open",
    market="eu",
    currency="EUR",
    locale="en",
    email="ada@example.com",
    placed_at=NOON,
    total=Money(2490, "EUR"),
    paid=Money(1000, "EUR"),
    refunded=Money(0, "EUR"),
    owing=Money(1490, "EUR"),
    lines=(OrderLineView("l1", "LAMP", "Lamp <b>& shade", "brass", 2, Money(995, "EUR"), Money(1990, "EUR")),),
    totals=(TotalLine("goods", "Goods", Money(1990, "EUR")), TotalLine("total", "Total", Money(2490, "EUR"))),
    shipping_address=Address("DE", name="Zoë Müller", street="Kai 1", postcode="20457", city="Hamburg"),
    billing_address=Address("DE"),
    shipping_label="Standard",
    payment_label="Bank transfer",
)
PARCEL = ParcelView(
    id="p1",
    tracking_number="RB123456785GB",
    carrier="Flatbox",
    tracking_url="https://carrier.example/RB123456785GB",
    state="in_transit",
    shipped_at=NOON,
    delivered_at=None,
    lines=(("l1", 1),),
)


def notification(kind: str = "order_placed", locale: str = "en", **values: Any) -> Notification:
    context = {
        "order": ORDER,
        "fact": OrderPlaced(id="f1", at=NOON, order_number="1000424", total=ORDER.total, market="eu", locale=locale),
        "shop_name": "Harbour & Sons",
        "order_url": "https://shop.example/o/token",
        "parcel": PARCEL,
        "amount": Money(1000, "EUR"),
        "instructions": (Instruction("IBAN", "DE02 1203 0000 0000 2020 51"),),
    }
    fields = {"id": "n1", "kind": kind, "recipient": "ada@example.com", "locale": locale, "context": context}
    return Notification(**(fields | values))


def email(port: int, *, render: Callable[..., str] | None = None, **settings: Any) -> Email:
    config = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "orders@shop.example", "timeout_s": 5}
    return Email(make_context(Email, config | settings, render=render))


def free_port() -> int:
    """A port whose successor is free as well."""
    for _ in range(50):
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
    pytest.fail("no two free ports beside each other")


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[tuple[int, Mailbox]]:
    port = free_port()
    with serving(port, tmp_path) as mailbox:
        yield port, mailbox


def sent(catcher: tuple[int, Mailbox], message: Notification, **settings: Any) -> EmailMessage:
    port, mailbox = catcher
    email(port + 1, **settings).send(message)
    mail = mailbox.mail(mailbox.numbers()[0])
    assert mail is not None
    return mail


def text_of(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body((subtype,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


class Answering:
    """A mail server that answers a command with a fixed reply."""

    def __init__(self, **answers: str) -> None:
        for command, answer in answers.items():
            setattr(self, f"handle_{command}", self._answer(answer))

    @staticmethod
    def _answer(answer: str) -> Callable[..., Any]:
        async def handle(*_: Any) -> str:
            return answer

        return handle


@contextmanager
def server(handler: object, **options: Any) -> Iterator[int]:
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def test_manifest_names_notifier_and_mailbox() -> None:
    assert manifest.id == "notifier-email"
    assert entrepot_register_notifiers() == [Email]
    [simulator] = manifest.simulators
    config = {name: value.replace("{next_port}", "2526") for name, value in simulator.config.items()}
    assert EmailConfig().load(config)["port"] == 2526


@pytest.mark.covers("S0.47")
def test_the_confirmation_says_what_was_ordered_and_how_to_pay(catcher: tuple[int, Mailbox]) -> None:
    mail = sent(catcher, notification())
    assert mail["Subject"] == "Your order 1000424 at Harbour & Sons"
    assert text_of(mail, "plain").splitlines() == [
        "Thank you for your order 1000424.",
        "",
        "How to pay",
        "",
        "IBAN: DE02 1203 0000 0000 2020 51",
        "",
        "2 × Lamp <b>& shade (brass): €19.90",
        "",
        "Goods: €19.90",
        "Total: €24.90",
        "",
        "Delivery address",
        "",
        "Zoë Müller",
        "Kai 1",
        "20457 Hamburg",
        "Germany",
        "",
        "Delivery: Standard",
        "Payment: Bank transfer",
        "",
        "Your order: https://shop.example/o/token",
        "",
        "Harbour & Sons",
    ]


def test_html_is_escaped_and_says_its_language(catcher: tuple[int, Mailbox]) -> None:
    html = text_of(sent(catcher, notification(locale="de")), "html")
    assert '<html lang="de" dir="ltr">' in html
    assert "Lamp &lt;b&gt;&amp; shade" in html
    assert "<title>Ihre Bestellung 1000424 bei Harbour &amp; Sons</title>" in html
    assert '<a href="https://shop.example/o/token">Bestellung ansehen</a>' in html


@pytest.mark.covers("S0.47")
@pytest.mark.parametrize(
    ("locale", "subject", "country"),
    [
        ("en", "Order 1000424 is on its way", "Germany"),
        ("de", "Bestellung 1000424 ist unterwegs", "Deutschland"),
        ("zh-Hans", "订单 1000424 已发货", "德国"),
    ],
)
def test_the_language_is_the_notifications(
    catcher: tuple[int, Mailbox], locale: str, subject: str, country: str
) -> None:
    mail = sent(catcher, notification("parcel_shipped", locale))
    assert mail["Subject"] == subject
    assert mail["Content-Language"] == locale
    assert country in text_of(sent(catcher, notification("order_placed", locale)), "plain")


@pytest.mark.covers("S0.49", "S0.50")
def test_the_shipping_mail_has_number_contents_and_both_pages(catcher: tuple[int, Mailbox]) -> None:
    plain = text_of(sent(catcher, notification("parcel_shipped")), "plain")
    assert "1 × Lamp" in plain
    assert "Tracking number: RB123456785GB (Flatbox)" in plain
    assert "Page of the carrier: https://carrier.example/RB123456785GB" in plain
    assert "Where the parcel is: https://shop.example/o/token" in plain


def test_payment_news_name_amounts(catcher: tuple[int, Mailbox]) -> None:
    captured = text_of(sent(catcher, notification("payment_captured")), "plain")
    assert "your payment of €10.00" in captured
    assert "Still to pay: €14.90" in captured
    assert "refunded €10.00" in text_of(sent(catcher, notification("payment_refunded")), "plain")
    assert "You will get back" in text_of(sent(catcher, notification("order_cancelled")), "plain")


@pytest.mark.covers("S1.16")
def test_an_edit_is_told_with_its_reason_and_what_is_left_to_pay(catcher: tuple[int, Mailbox]) -> None:
    fact = OrderEdited(
        id="f2",
        at=NOON,
        order_number="1000424",
        edit_id="e1",
        difference=Money(-500, "EUR"),
        total=ORDER.total,
        owing=ORDER.owing,
        reason="The vase is sold out",
    )
    edited = notification("order_edited")
    plain = text_of(sent(catcher, replace(edited, context={**edited.context, "fact": fact})), "plain")
    assert "The vase is sold out" in plain and "Still to pay: €14.90" in plain
    paid = {**edited.context, "fact": fact, "order": replace(ORDER, owing=Money(0, "EUR"))}
    assert "given back to you" in text_of(sent(catcher, replace(edited, context=paid)), "html")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_works_with_the_least_that_the_core_passes(catcher: tuple[int, Mailbox], kind: str) -> None:
    full = notification(kind)
    least = {name: full.context[name] for name in ("order", "shop_name", "order_url")}
    money = OrderPlaced(id="f", at=NOON, order_number="1", total=ORDER.total, market="eu", locale="en")
    object.__setattr__(money, "amount", Money(5, "EUR"))
    mail = sent(catcher, replace(full, context=least | {"fact": money}))
    assert mail["Subject"]
    assert "1000424" in text_of(mail, "plain")


def test_headers_say_who_when_and_that_nobody_should_answer_by_machine(catcher: tuple[int, Mailbox]) -> None:
    settings = {"sender_name": "Zoë, Harbour", "reply_to": "help@bücher.example"}
    mail = sent(catcher, notification(recipient="ada@bücher.example"), **settings)
    assert mail["From"] == '"Zoë, Harbour" <orders@shop.example>'
    assert mail["To"] == "ada@xn--bcher-kva.example"
    assert mail["Reply-To"] == "help@xn--bcher-kva.example"
    assert mail["Date"].datetime == NOON
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_repeat_has_the_same_message_id_and_another_notification_has_not(catcher: tuple[int, Mailbox]) -> None:
    first, again = (sent(catcher, notification())["Message-ID"] for _ in range(2))
    assert first == again
    assert first != sent(catcher, notification(id="n2"))["Message-ID"]
    assert message_id("a", "n", "x@y.example") != message_id("b", "n", "x@y.example")


@pytest.mark.parametrize(
    "recipient",
    ["a@b.example\nBcc: c@d.example", "a@b.example, c@d.example", "Ada <a@b.example>", "nobody", "a@b..c", ""],
)
def test_what_is_not_one_address_is_rejected_before_any_connection(recipient: str) -> None:
    with pytest.raises(ProviderRejected, match="recipient is refused"):
        email(1).send(notification(recipient=recipient))


def test_a_name_cannot_smuggle_a_header_into_the_subject(catcher: tuple[int, Mailbox]) -> None:
    context = {**notification().context, "shop_name": "Harbour\r\nBcc: thief@example.com"}
    mail = sent(catcher, notification(context=context))
    assert mail["Subject"] == "Your order 1000424 at Harbour Bcc: thief@example.com"
    assert mail["Bcc"] is None


def test_an_unknown_kind_is_rejected() -> None:
    assert not email(1).handles("stock_changed")
    with pytest.raises(ProviderRejected, match="no message for 'stock_changed'"):
        email(1).send(notification("stock_changed"))


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("RCPT", "550 no such mailbox", ProviderRejected),
        ("RCPT", "450 try again later", ProviderUnavailable),
        ("MAIL", "553 not yours", ProviderRejected),
        ("MAIL", "530 log in first", CredentialsInvalid),
        ("DATA", "554 looks like spam", ProviderRejected),
        ("DATA", "452 disk full", ProviderUnavailable),
    ],
)
def test_the_servers_answer_decides_whether_to_try_again(command: str, answer: str, error: type[Exception]) -> None:
    with server(Answering(**{command: answer})) as port, pytest.raises(error) as refused:
        email(port).send(notification())
    assert error is CredentialsInvalid or answer in str(refused.value)


def test_refused_credentials_are_told_without_the_password() -> None:
    def refuse(*_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    options = {"authenticator": refuse, "auth_require_tls": False}
    with server(Answering(), **options) as port, pytest.raises(CredentialsInvalid) as refused:
        email(port, user="shop", password="s3cret-word").check()
    assert "s3cret-word" not in str(refused.value)
    assert "Enter new ones" in str(refused.value)


def test_a_login_that_the_server_takes_passes_the_check() -> None:
    def accept(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        return AuthResult(success=(login.login, login.password) == (b"shop", b"right"))

    with server(Answering(), authenticator=accept, auth_require_tls=False) as port:
        email(port, user="shop", password="right").check()
        email(port, user="shop", password="right").send(notification())


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(ProviderUnavailable, match="tried again later"):
        email(free_port()).send(notification())


def test_a_server_without_starttls_gets_no_message_in_the_clear(catcher: tuple[int, Mailbox]) -> None:
    port, mailbox = catcher
    with pytest.raises(ProviderUnavailable, match="Check encryption, port and user"):
        email(port + 1, security="starttls").send(notification())
    assert mailbox.numbers() == []


def test_a_silent_server_is_given_up_after_the_time_out() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(ProviderUnavailable):
            email(silent.getsockname()[1], timeout_s=1).send(notification())


def overlaid(**templates: str) -> Callable[..., str]:
    """The plugin's templates with a store's own above them."""
    own = {f"x/notifier-email/{name}": source for name, source in templates.items()}
    loader = ChoiceLoader([DictLoader(own), FileSystemLoader(PACKAGE / "templates")])
    environment = Environment(loader=loader, autoescape=True, extensions=["jinja2.ext.i18n"])
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(money=str, country=str)
    return lambda template, locale, **context: environment.get_template(template).render(**context)


@pytest.mark.covers("S0.47")
def test_a_template_of_the_locale_wins_over_the_neutral_one(catcher: tuple[int, Mailbox]) -> None:
    render = overlaid(**{"order_placed.de.txt": "Moin {{ order.number }}"})
    assert text_of(sent(catcher, notification(locale="de-AT"), render=render), "plain") == "Moin 1000424\n"
    assert "Thank you" in text_of(sent(catcher, notification(locale="en"), render=render), "plain")


def test_plain_text_is_not_escaped_even_where_everything_is(catcher: tuple[int, Mailbox]) -> None:
    mail = sent(catcher, notification(), render=overlaid())
    assert "Lamp <b>& shade" in text_of(mail, "plain")
    assert mail["Subject"] == "Your order 1000424 at Harbour & Sons"


def test_a_mistake_inside_a_localised_template_is_not_hidden() -> None:
    render = overlaid(**{"order_placed.de.txt": "{% include 'x/notifier-email/gone.txt' %}"})
    with pytest.raises(LookupError, match="gone"):
        email(1, render=render).send(notification(locale="de"))


def test_template_names_go_from_the_locale_to_the_neutral_one() -> None:
    names = [name.removeprefix("x/notifier-email/") for name in template_names("order_placed", "txt", "zh-Hans")]
    assert names == ["order_placed.zh-Hans.txt", "order_placed.zh.txt", "order_placed.txt"]


def test_tidy_text_has_no_stray_blank_lines() -> None:
    assert tidy("\n a  \n\n\n\nb\n\n") == "a\n\nb\n"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"sender": "orders@shop.example\nBcc: x@y.example"}, "not one e-mail address"),
        ({"sender_name": "Harbour\nBcc: x"}, "Write one line"),
        ({"host": "mail.example\nx"}, "Write one line"),
        ({"security": "none", "user": "shop", "password": "x"}, "sent unencrypted"),
        ({"port": 0}, "greater than or equal to 1"),
    ],
)
def test_settings_that_cannot_be_safe_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        EmailConfig().load({"host": "mail.example", "sender": "orders@shop.example"} | settings)


def test_addresses_keep_the_local_part_and_write_the_domain_in_ascii() -> None:
    assert ascii_address("Ada.L+x@Bücher.Example") == "Ada.L+x@xn--bcher-kva.example"
    with pytest.raises(AddressRefused):
        ascii_address("a@b@c.example")


def read(port: int, path: str) -> tuple[str, str]:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as reply:
        return reply.read().decode(), reply.headers["Content-Security-Policy"]


def test_the_catcher_shows_lists_and_stores_messages(catcher: tuple[int, Mailbox], tmp_path: Path) -> None:
    port, _ = catcher
    assert "No messages yet" in read(port, "/")[0]
    email(port + 1).send(notification())
    assert "Your order 1000424 at Harbour &amp; Sons" in read(port, "/")[0]
    page, _ = read(port, "/mails/1")
    assert '<a href="https://shop.example/o/token"' in page
    assert "sandbox='allow-popups" in page
    assert "allow-scripts" not in page
    html, security = read(port, "/mails/1/html")
    assert "Lamp &lt;b&gt;" in html
    assert security.startswith("sandbox")
    [listed] = json.loads(read(port, "/mails.json")[0])
    assert listed["to"] == "ada@example.com"
    [file] = (tmp_path / "mails").iterdir()
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["To"] == "ada@example.com"


@pytest.mark.parametrize("path", ["/mails/9", "/mails/../1", "/mails/1.txt", "/etc/passwd"])
def test_the_catcher_shows_nothing_but_messages(catcher: tuple[int, Mailbox], path: str) -> None:
    with pytest.raises(HTTPError, match="404"):
        read(catcher[0], path)


def test_the_catcher_escapes_hostile_subjects(catcher: tuple[int, Mailbox]) -> None:
    context = {**notification().context, "shop_name": "<script>alert(1)</script>"}
    email(catcher[0] + 1).send(notification(context=context))
    for path in ("/", "/mails/1"):
        assert "<script>" not in read(catcher[0], path)[0]


def test_the_catcher_keeps_messages_over_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        port = free_port()
        with serving(port, tmp_path):
            email(port + 1).send(notification())
    assert Mailbox(tmp_path / "mails").numbers() == [2, 1]


def test_the_catcher_as_a_process_says_ready_and_stops_on_sigterm(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "entrepot_notifier_email.simulator", "--port", str(port), "--data", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            email(port + 1).send(notification())
            assert "1000424" in read(port, "/")[0]
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()
