"""The e-mail notifier keeps what every notifier owes a shop."""

from __future__ import annotations

from typing import Any, ClassVar

from entrepot.testkit import NotifierConformance
from entrepot_notifier_email.provider import Email


class TestEmail(NotifierConformance):
    provider_class = Email
    config: ClassVar[dict[str, Any]] = {
        "host": "mail.example.com",
        "user": "shop",
        "password": "correct horse battery staple",
        "sender": "orders@shop.example",
        "sender_name": "Harbour & Sons",
    }
