"""What stands behind the webhook door: the news is verified, stored and applied."""

from __future__ import annotations

from typing import Any

from flask import abort, request

from entrepot import web
from entrepot.engine.accounts import AccountMissing
from entrepot.engine.calls import AccountView
from entrepot.orders import fulfilment
from entrepot.orders.queries import parcel_by_tracking
from entrepot.payments import inbox
from entrepot.sdk.carriers import Carrier, TrackingEvent
from entrepot.sdk.provider import Provider
from entrepot.web.webhook_door import LARGEST_BODY

PARSE_DEADLINE_S = 5.0

Answer = tuple[dict[str, Any], int]


def payment(account_id: str) -> Answer:
    """News about payments. 200 once it is stored for good; anything else asks the provider to send it again."""
    account = _account("payment", account_id)
    received = inbox.handle_webhook(web.runtime(), account.id, _body(), _headers())
    return {"applied": received.applied, "repeated": received.repeated, "waiting": received.waiting}, 200


def carrier(account_id: str) -> Answer:
    """Scans of parcels. Parcels that are not ours are counted and left alone."""
    account = _account("carrier", account_id)
    body, headers = _body(), _headers()
    scans = web.runtime().guard.call(
        account.id, "parse_webhook", lambda provider: _parse(provider, body, headers), deadline_s=PARSE_DEADLINE_S
    )
    known = [_record(account, number, event) for number, event in scans]
    return {"recorded": known.count(True), "unknown": known.count(False)}, 200


def _account(kind: str, account_id: str) -> AccountView:
    try:
        account = web.runtime().accounts.get(account_id)
    except AccountMissing:
        abort(404)
    if account.kind != kind:
        abort(404)
    return account


def _body() -> bytes:
    """The raw bytes: a signature covers them as they came."""
    request.max_content_length = LARGEST_BODY
    return request.get_data(cache=False)


def _headers() -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _parse(provider: Provider, body: bytes, headers: dict[str, str]) -> list[tuple[str, TrackingEvent]]:
    assert isinstance(provider, Carrier)  # the account is of kind carrier
    return provider.parse_webhook(body, headers)


def _record(account: AccountView, tracking_number: str, event: TrackingEvent) -> bool:
    parcel_id = parcel_by_tracking(account.id, tracking_number)
    if parcel_id is None:
        return False
    fulfilment.record_scan(web.runtime(), parcel_id, event, actor=f"carrier:{account.label}")
    return True
