"""Notifiers: they bring a committed fact to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar

from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import Unsupported
from entrepot.sdk.provider import Provider


@dataclass(frozen=True)
class Notification:
    """What a notifier is asked to deliver.

    ``kind`` is the fact's name in snake case ("order_placed"); ``locale`` is the order's, never the worker's;
    ``context`` holds read models: ``order`` (OrderView), ``fact``, ``shop_name``, ``order_url``, and per kind
    ``parcel``, ``amount``, ``instructions``, ``cards`` (gift cards with ``amount``, ``code`` and ``expires_at``: the
    core takes their codes out of the text that it keeps), and for returns ``returned``: its number, lines, answer,
    instructions, plan and following orders.
    """

    id: str
    kind: str
    recipient: str
    locale: str
    context: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Delivery:
    """Proof that the message was handed over. ``reference`` is the vendor's or the Message-ID."""

    reference: str
    subject: str = ""
    body: str = ""


class Notifier(Provider):
    """Base class of notifiers.

    ProviderUnavailable means try again later, ProviderRejected means never (no such mailbox).
    """

    kind: ClassVar[str] = "notifier"

    def handles(self, kind: str) -> bool:
        """Whether this notifier has a message for facts of the kind. Pure."""
        return True

    def send(self, notification: Notification) -> Delivery:
        """Deliver it. The same notification id may come twice after a crash: use it to recognise the repeat."""
        raise Unsupported(self, "send")
