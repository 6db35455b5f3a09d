"""From rendered texts to the message that is sent. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from entrepot_notifier_email.addresses import ascii_address, domain_of

if TYPE_CHECKING:
    from email.message import EmailMessage

#: Facts that buyers are told about.
KINDS = (
    "order_placed",
    "payment_captured",
    "payment_declined",
    "payment_refunded",
    "order_cancelled",
    "order_edited",
    "order_reinstated",
    "return_requested",
    "return_approved",
    "return_declined",
    "return_received",
    "return_settled",
    "gift_cards_issued",
    "parcel_shipped",
    "parcel_delivered",
)
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


@dataclass(frozen=True)
class Texts:
    """One message in one language."""

    subject: str
    plain: str
    html: str


def template_names(kind: str, part: str, locale: str) -> list[str]:
    """Templates to try for a part (``subject.txt``, ``txt``, ``html``): the locale's own, then the neutral one."""
    own = [locale, locale.partition("-")[0]]
    names = [*(f"{kind}.{name}.{part}" for name in dict.fromkeys(own)), f"{kind}.{part}"]
    return [f"x/notifier-email/{name}" for name in names]


def template_context(context: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """What templates see: the notification's context, with nothing missing."""
    optional = {"parcel": None, "amount": None, "instructions": (), "returned": None, "cards": ()}
    direction = "rtl" if locale.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"
    return {**optional, **context, "language": locale, "direction": direction}


def one_line(text: str) -> str:
    """A header's text: whatever was in it, it stays in this header."""
    return " ".join(text.split())


def tidy(text: str) -> str:
    """Plain text without the blank lines and trailing blanks that templates leave."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines) + "\n"


def message_id(account_id: str, notification_id: str, sender: str) -> str:
    """The same for the same notification, so that a repeat is recognised."""
    digest = sha256(f"{account_id}/{notification_id}".encode()).hexdigest()
    return f"<{digest[:40]}@{domain_of(sender)}>"


def compose(
    config: Mapping[str, Any], *, recipient: str, texts: Texts, locale: str, identity: str, at: datetime
) -> EmailMessage:
    """The message as it goes out: plain text with an HTML alternative."""
    # Here, because the process that serves pages writes no mail.
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import format_datetime

    message = EmailMessage(policy=SMTP)
    sender = ascii_address(config["sender"])
    message["From"] = Address(config["sender_name"], addr_spec=sender)
    message["To"] = Address(addr_spec=recipient)
    if config["reply_to"]:
        message["Reply-To"] = Address(addr_spec=ascii_address(config["reply_to"]))
    message["Subject"] = texts.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = identity
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(texts.plain)
    message.add_alternative(texts.html, subtype="html")
    # After the parts: the standard library moves Content-* headers that it finds into the first part.
    message["Content-Language"] = locale
    return message
