"""Whole bodies that the small shop takes, by operation: generated ones hardly ever pass all its rules."""

from __future__ import annotations

import os
from typing import Any

HAMBURG = {
    "country": "DE", "name": "Anna Adler", "street": "Hafenstraße 1", "postcode": "20457", "city": "Hamburg",
}  # fmt: skip
FIVE = {"amount": "5.00", "currency": "EUR"}
_PAYMENT, _CARRIER = os.environ.get("PAYMENT_ACCOUNT", ""), os.environ.get("CARRIER_ACCOUNT", "")
_WAY = {"account_id": _CARRIER, "service": "standard"}
_MOVED = {"lines": [{"sku": "MUG", "pieces": 1}]}
_RETURNED = {"lines": [{"line": "1", "quantity": 1}], "reason": "too small", "wish": "refund"}
_DECIDED = {"lines": [{"line": "1", "grade": "sellable", "resolution": "refund"}]}

EXAMPLES: dict[str, dict[str, Any]] = {
    "create_cart": {
        "market": "eu",
        "email": "anna@example.com",
        "lines": [{"sku": "MUG", "quantity": 1}],
        "shipping_address": HAMBURG,
    },
    "change_cart": {"email": "berta@example.com"},
    "set_address": {"email": "anna@example.com", "shipping": HAMBURG},
    "add_line": {"sku": "BOWL", "quantity": 1},
    "set_quantity": {"quantity": 2},
    "choose_shipping": _WAY,
    "create_quote": {"ways": [_WAY]},
    "place_order": {"cart": "", "quote": "", "expected_total": FIVE, "payment_method": _PAYMENT},
    "start_payment": {"payment_method": _PAYMENT},
    "request_return": _RETURNED,
    "enter_return": _RETURNED,
    "preview_return": _DECIDED,
    "settle_return": {**_DECIDED, "expected": FIVE},
    "decline_return": {"answer": "It was worn."},
    "ship_parcel": {"fulfilment": "1", "carrier": "Post"},
    "create_refund": {"amount": {"amount": "1.00", "currency": "EUR"}, "reason": "scratch"},
    "capture_payment": {"amount": None},
    "issue_credit": {"kind": "gift_card", "amount": FIVE},
    "create_customer": {"email": "carla@example.com", "name": "Carla", "addresses": [HAMBURG]},
    "change_customer": {"name": "Carla", "addresses": [HAMBURG]},
    "save_customer_group": {"name": "Trade"},
    "draft_transfer": {"source": "hamburg", "target": "shenzhen", **_MOVED},
    "receive_transfer": _MOVED,
    "close_transfer": {"reason": "lost"},
    "start_count": {"warehouse": "hamburg", "skus": ["MUG"]},
    "write_count": {"counted": 9, "times": 0},
    "move_stock": {"kind": "received", "pieces": 50, "reason": "delivery", "sku": "MUG", "warehouse": "hamburg"},
    "count_stock": {"on_hand": 90, "reason": "counted"},
    "save_stock_policy": {"kind": "deny", "warehouse": "hamburg"},
    "save_threshold": {"least": 3},
    "save_warehouse": {"name": "Hamburg", "address": HAMBURG},
    "create_webhook": {"url": "https://example.com/hook", "kinds": ["order_placed"]},
    "change_webhook": {"url": "https://example.com/hook", "kinds": ["order_placed"]},
    "save_promotion": {"definition": {"kind": "order_percent", "percent": "10"}, "label": {"en": "Ten off"}},
    "preview_edit": {"added": [{"sku": "BOWL", "quantity": 1}]},
}
