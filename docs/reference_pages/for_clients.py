"""The page for people who write programs against the REST API, drawn from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from entrepot.api import PREFIX
from entrepot.api.assembly import document
from entrepot.api.problems import TYPES, name_of, status_of
from reference_pages.for_plugins import page

_METHODS = ("get", "post", "put", "patch", "delete")

_KEYS = """\
## Who may ask

Carts and orders are reached by their own token and need no key. Everything of the merchant's needs an API key:

    entrepot api-key create --name till --scope orders.view --scope orders.ship

It is shown once; send it as `Authorization: Bearer ek_…`. Scopes are the permissions of the back office, `*` is all of
them. `entrepot api-key list` shows the keys, `entrepot api-key revoke ID` refuses one from then on.
"""
_SHAPES = f"""\
## How to read the answers

The OpenAPI 3.1 document is served at `{PREFIX}/openapi.json`, and as a page without scripts at `{PREFIX}/docs`.

- **Money** is `{{"amount": "19.90", "currency": "EUR"}}`: a decimal text with the currency's decimals.
- **Lists** come in pages. Pass `next_cursor` on as `cursor`; it is null on the last page. Cursors are opaque.
- **Errors** are problem documents (RFC 9457, `application/problem+json`): `type`, `title`, `status`, `detail` with the
  remedy, and `errors` by field. Some carry facts, such as `available` for `insufficient-stock`.
"""
_ONCE = """\
## One request, one effect

Operations that create something or move goods or money take an `Idempotency-Key` of up to 200 visible ASCII letters,
such as a UUID. Sent again with the same key and the same body, the request has no second effect and gets the same
status and body, with `Idempotency-Replayed: true`. Another body with the same key is refused with 422. While the first
request is still under way the second one gets 409 with `Retry-After`, unless the operation itself has one effect per
key; then both get the same answer. A refused request had no effect, and its key may be used again. Answers are kept
for a week. A key is unique per API key, and without one per cart or order token; to start a cart without either it must
have at least 16 letters.

## Versions

Every GET answers with an `ETag`. Sent back in `If-None-Match`, what has not changed is answered with 304 and no body.
Changes of carts, promotions and stock may carry `If-Match` with the ETag of what they change; when it was changed
meanwhile, they are refused with 412. The version is compared in the transaction that makes the change.
"""
_BUYING = """\
## From a cart to an order

Who knows goods, e-mail and address needs two calls: `POST /carts` with `"checkout": true` chooses the cheapest way of
delivery, freezes the total for 30 minutes and answers with both, and with every other way of delivery and of paying;
`POST /orders` orders at that total. Step by step:

1. `POST /carts` with the first lines, the e-mail and the address where they are known; keep its `token`.
2. `PUT /carts/{token}/address` where it was not. `POST /carts/{token}/coupons` enters a coupon.
   `GET /carts/{token}/prices` tells at any time what it costs.
3. Choose one of `GET /carts/{token}/shipping-options` and freeze the total for 30 minutes with it:
   `POST /carts/{token}/quotes` takes it in `ways`. `PUT /carts/{token}/shipping` chooses without freezing.
4. `POST /orders` with the quote, `expected_total` and one of `GET /carts/{token}/payment-methods`. At another total
   nothing is ordered; the problem `total-changed` names the new quote.
5. Send the buyer to the payment's `redirect_url` where there is one, and look at `GET /my-orders/{token}`.
"""


def api() -> str:
    described = document()
    return page("REST API", _KEYS, _SHAPES, _BUYING, _ONCE, "## Operations", *_sections(described), _problems())


def _sections(described: Mapping[str, Any]) -> Iterator[str]:
    operations = list(_operations(described))
    for tag in described["tags"]:
        rows = [row for tags, row in operations if tag["name"] in tags]
        head = "| Operation | | Scope |\n|---|---|---|"
        yield f"### {tag['name']}\n\n{tag['description']}\n\n" + "\n".join([head, *rows])


def _operations(described: Mapping[str, Any]) -> Iterator[tuple[list[str], str]]:
    for path, item in described["paths"].items():
        for method in _METHODS:
            if method in item:
                operation = item[method]
                scope = f"`{operation['x-scope']}`" if "x-scope" in operation else ""
                address = f"`{method.upper()} {path.removeprefix(PREFIX)}`"
                yield operation["tags"], f"| {address} | {operation['summary']} | {scope} |"


def _problems() -> str:
    rows = sorted({(status_of(cls), name_of(cls)) for cls in TYPES})
    lines = [f"| {status} | `{name}` |" for status, name in rows]
    return "## Problems\n\n" + "\n".join(["| Status | Ends with `#problem-` and |", "|---|---|", *lines])
