"""Words for the codes that rows carry: statuses, states, kinds."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import current_app

import entrepot
from entrepot import web
from entrepot.kernel.texts import N_
from entrepot.web.i18n import Catalogues, CatalogueSource, format_date
from entrepot.web.i18n import gettext as _

_CATALOGUES = "entrepot.admin.catalogues"

WORDS: dict[str, dict[str, str]] = {
    "status": {
        "to_pay": N_("To pay"),
        "to_ship": N_("To ship"),
        "shipped": N_("Shipped"),
        "delivered": N_("Delivered"),
        "completed": N_("Completed"),
        "cancelled": N_("Cancelled"),
    },
    "payment": {
        "unpaid": N_("Unpaid"),
        "part_authorized": N_("Partly authorised"),
        "authorized": N_("Authorised"),
        "part_paid": N_("Partly paid"),
        "paid": N_("Paid"),
        "part_refunded": N_("Partly refunded"),
        "refunded": N_("Refunded"),
        "paid_late": N_("Paid late"),
    },
    "fulfilment": {
        "unfulfilled": N_("Nothing shipped"),
        "part_shipped": N_("Partly shipped"),
        "shipped": N_("Shipped"),
        "delivered": N_("Delivered"),
        "open": N_("To ship"),
        "cancelled": N_("Cancelled"),
    },
    "attempt": {
        "created": N_("Begun"),
        "pending": N_("Waiting for the money"),
        "authorized": N_("Authorised"),
        "captured": N_("Paid"),
        "declined": N_("Declined"),
        "cancelled": N_("Cancelled"),
        "expired": N_("Expired"),
        "unknown": N_("Not known"),
        "done": N_("Done"),
    },
    "parcel": {
        "announced": N_("Announced"),
        "accepted": N_("Handed over"),
        "in_transit": N_("On the way"),
        "export_customs": N_("In export customs"),
        "import_customs": N_("In import customs"),
        "customs_hold": N_("Held by customs"),
        "out_for_delivery": N_("Out for delivery"),
        "ready_for_pickup": N_("Ready to be picked up"),
        "delivery_failed": N_("Delivery failed"),
        "delivered": N_("Delivered"),
        "returning": N_("Coming back"),
        "returned": N_("Came back"),
        "exception": N_("Problem on the way"),
        "lost": N_("Lost"),
        "unknown": N_("Not known"),
    },
    "event": {
        "placed": N_("Order placed"),
        "person_erased": N_("Personal data erased"),
        "allocated": N_("Warehouse chosen"),
        "cancelled": N_("Order cancelled"),
        "completed": N_("Order completed"),
        "shipped": N_("Parcel shipped"),
        "delivered": N_("Parcel delivered"),
        "payment_pending": N_("Waiting for the money"),
        "payment_authorized": N_("Payment authorised"),
        "payment_captured": N_("Payment received"),
        "payment_declined": N_("Payment declined"),
        "payment_cancelled": N_("Payment cancelled"),
        "payment_expired": N_("Payment expired"),
        "payment_unknown": N_("Payment not known"),
        "payment_created": N_("Payment begun"),
        "refund_done": N_("Money given back"),
        "gift_cards_issued": N_("Gift cards issued"),
        "gift_card_taken_back": N_("Gift card taken back"),
        "dispute_opened": N_("The buyer's bank takes money back"),
        "dispute_won": N_("Dispute won"),
        "dispute_lost": N_("Dispute lost"),
        "return_requested": N_("Return asked for"),
        "withdrawal_received": N_("Buyer withdrew from the contract"),
        "return_approved": N_("Return approved"),
        "return_declined": N_("Return declined"),
        "return_received": N_("Returned goods received"),
        "return_settled": N_("Return settled"),
        "invoice_issued": N_("Invoice issued"),
        "credit_note_issued": N_("Credit note issued"),
        "refund_pending": N_("Refund on its way"),
        "refund_declined": N_("Refund declined"),
        "refund_unknown": N_("Refund not known"),
        "screening_clear": N_("Screened: on no list"),
        "screening_match": N_("Screened: resembles a denied party"),
        "attention_settled": N_("Looked at and let go"),
        "edited": N_("Order edited"),
        "paid_late": N_("Paid late"),
        "taken_up_again": N_("Order taken up again"),
        "reallocated": N_("Stock allocated again"),
        "not_allocated": N_("Stock had gone"),
        "return_state": N_("Returns of the order"),
    },
    "ledger": {
        "order": N_("Order"),
        "capture": N_("Payment"),
        "refund": N_("Refund"),
        "cancellation": N_("Cancellation"),
        "edit": N_("Edit"),
        "reinstatement": N_("Taken up again"),
        "receivable": N_("Owed by the buyer"),
        "revenue": N_("Goods"),
        "shipping": N_("Shipping"),
        "tax": N_("Tax"),
        "duties": N_("Duties"),
        "psp": N_("Payment provider"),
        "fees": N_("Fees"),
        "refunds": N_("Given back"),
        "return": N_("Return"),
        "restocking": N_("Kept for the return"),
        "gift_cards": N_("Gift cards"),
        "gift_cards_due": N_("Gift cards to be issued"),
        "store_credit": N_("Store credit"),
        "exchanges": N_("Exchanges"),
        "outside": N_("Paid elsewhere"),
        "goodwill": N_("Good will of the shop"),
        "breakage": N_("Cards that nobody spent"),
        "disputes": N_("Disputed"),
        "dispute_losses": N_("Lost to disputes"),
        "dispute": N_("Dispute"),
        "dispute_won": N_("Dispute won"),
        "dispute_lost": N_("Dispute lost"),
        "credit": N_("Gift card or store credit"),
        "credit_expired": N_("Card expired"),
        "bank": N_("Bank"),
        "cancelled": N_("Cancelled"),
    },
    "total": {"goods": N_("Goods"), "total": N_("Total"), "shipping": N_("Shipping"), "rounding": N_("Rounding")},
    "sold_card": {"unused": N_("Unused"), "used": N_("Used"), "taken_back": N_("Taken back")},
    "dispute": {"opened": N_("Open"), "won": N_("Won"), "lost": N_("Lost")},
    "job": {"parked": N_("Parked"), "due": N_("Due"), "done": N_("Done")},
    "inbox": {"unmatched": N_("Without a payment"), "applied": N_("Applied")},
    "message": {"due": N_("Due"), "sent": N_("Sent"), "failed": N_("Failed")},
    "kind": {
        "payment": N_("Payment"),
        "carrier": N_("Carrier"),
        "channel": N_("Sales channel"),
        "tax": N_("Tax"),
        "customs": N_("Customs"),
        "notifier": N_("Messages"),
        "rates": N_("Exchange rates"),
        "screening": N_("Denied-party screening"),
        "stock": N_("Stock of others"),
        "feature": N_("Feature"),
        "connector": N_("Connector"),
        "identity": N_("Identity"),
    },
    "policy": {
        "deny": N_("Refuse orders"),
        "backorder": N_("Take back orders"),
        "preorder": N_("Take pre-orders"),
    },
    "strategy": {
        "fewest": N_("Fewest parcels"),
        "priority": N_("By priority of the warehouses"),
        "nearest": N_("Destination country first"),
        "cheapest": N_("Cheapest dispatch"),
    },
    "transfer": {
        "draft": N_("Draft"),
        "in_transit": N_("In transit"),
        "received": N_("Received"),
        "cancelled": N_("Cancelled"),
    },
    "count": {
        "full": N_("Whole warehouse"),
        "cycle": N_("Some SKUs"),
        "open": N_("Open"),
        "approved": N_("Approved"),
        "cancelled": N_("Cancelled"),
    },
    "movement": {
        "received": N_("Received"),
        "adjusted": N_("Counted"),
        "damaged": N_("Damaged or lost"),
        "returned": N_("Came back"),
        "shipped": N_("Shipped"),
        "transfer_in": N_("Transferred in"),
        "transfer_out": N_("Transferred out"),
    },
    "fact": {
        "order_placed": N_("Order placed"),
        "payment_authorized": N_("Payment authorised"),
        "payment_captured": N_("Payment received"),
        "payment_declined": N_("Payment declined"),
        "payment_refunded": N_("Money given back"),
        "payment_came_late": N_("Payment after cancellation"),
        "order_cancelled": N_("Order cancelled"),
        "order_edited": N_("Order edited"),
        "order_reinstated": N_("Order taken up again"),
        "parcel_shipped": N_("Parcel shipped"),
        "parcel_delivered": N_("Parcel delivered"),
        "order_completed": N_("Order completed"),
        "stock_changed": N_("Stock changed"),
        "return_requested": N_("Return asked for"),
        "return_received": N_("Returned goods received"),
        "return_settled": N_("Return settled"),
        "stock_low": N_("Stock is low"),
    },
    "return": {
        "requested": N_("Asked for"),
        "approved": N_("Approved"),
        "received": N_("Received"),
        "settling": N_("Being settled"),
        "settled": N_("Settled"),
        "declined": N_("Declined"),
    },
    "return_state": {
        "none": N_("Nothing came back"),
        "requested": N_("Asked for"),
        "approved": N_("Approved"),
        "received": N_("Received"),
        "partially_settled": N_("Partly settled"),
        "settled": N_("Settled"),
        "rejected": N_("Rejected"),
    },
    "resolution": {
        "refund": N_("Refund"),
        "exchange": N_("Exchange"),
        "store_credit": N_("Store credit"),
        "repair": N_("Repair"),
        "reject": N_("Reject and send back"),
    },
    "follow_up": {
        "exchange": N_("Goods in exchange"),
        "repair": N_("Repaired goods"),
        "resend": N_("Goods sent back to the buyer"),
    },
    "return_term": {
        "days": N_("Time to send goods back"),
        "withdrawal_days": N_("Time to withdraw"),
        "who_pays": N_("The way back is paid by"),
        "fee_percent": N_("Kept of goods as new"),
        "refund_duties": N_("Duties and import charges"),
    },
    "who_pays": {"buyer": N_("the buyer"), "seller": N_("the shop")},
    "yes_no": {"yes": N_("yes"), "no": N_("no")},
    "plan_note": {
        "duties_kept": N_("duties and import charges that were paid with the order"),
        "paid_on_delivery": N_("what the carrier took on delivery; the buyer asks customs for it"),
    },
    "credit": {
        "gift_card": N_("Gift card"),
        "store_credit": N_("Store credit"),
        "active": N_("Can be spent"),
        "empty": N_("Spent"),
        "expired": N_("Expired"),
        "blocked": N_("Blocked"),
        "goodwill": N_("Good will of the shop"),
        "bank": N_("Money received outside the shop"),
        "issued": N_("Issued"),
        "redeemed": N_("Spent on an order"),
        "restored": N_("Given back"),
    },
    "grade": {"sellable": N_("As new"), "used": N_("Used"), "damaged": N_("Damaged")},
    "plan": {
        "goods": N_("Goods"),
        "shipping": N_("Shipping"),
        "duty": N_("Duties and import charges"),
        "fee": N_("Kept for the return"),
        "earlier": N_("Given back before"),
    },
    "paid_late": {
        "take_up_or_ask": N_("Take the order up again, otherwise ask a person"),
        "take_up_or_refund": N_("Take the order up again, otherwise give the money back"),
        "ask": N_("Always ask a person"),
        "refund": N_("Always give the money back"),
    },
    "difference": {
        "goods": N_("Goods"),
        "adjustment": N_("Price adjustment"),
        "shipping": N_("Shipping"),
        "duty": N_("Duty"),
        "tax": N_("Tax"),
        "tax_included": N_("Tax contained"),
    },
    "document": {"invoice": N_("Invoice"), "credit_note": N_("Credit note")},
    "actor": {"buyer": N_("Buyer"), "system": N_("The shop itself")},
}


def catalogues() -> Catalogues:
    """The back office's translations, read once. Its own words stand before those of the shop, which mean other things
    to buyers: "State" of an address, "To ship" as a promise."""
    if _CATALOGUES not in current_app.extensions:
        core = Path(entrepot.__file__).parent / "translations"
        plugins = web.runtime().registry.plugins.values()
        current_app.extensions[_CATALOGUES] = Catalogues(
            [
                CatalogueSource(core, "admin"),
                CatalogueSource(core),
                *(CatalogueSource(plugin.folder / "translations", plugin.id) for plugin in plugins),
            ]
        )
    found: Catalogues = current_app.extensions[_CATALOGUES]
    return found


def word(family: str, code: str) -> str:
    """The word that staff read; a code that has none is shown as it is, without underscores."""
    known = WORDS[family].get(code)
    return _(known) if known else code.replace("_", " ").capitalize()


def who(actor: str) -> str:
    """Who did something, from the actor that timelines store."""
    kind, _colon, name = actor.partition(":")
    return name if name else word("actor", kind)


def moment(at: datetime, time_zone: str) -> str:
    """An instant as staff read it: the day as the language writes it, the time to the minute, on 24 hours."""
    there = at.astimezone(ZoneInfo(time_zone))
    return f"{format_date(there.date())}, {there:%H:%M}"
