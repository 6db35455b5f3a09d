"""What a case may expect, read back through the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from entrepot.kernel.money import Money
from entrepot.sdk.payments import Outcome
from entrepot.testkit.providers import BANK
from support.cases.comparing import REASONS, fits, in_any_order
from support.cases.seeding import channels
from support.cases.steps import Player
from support.cases.vocabulary import NotBuilt

Written = Mapping[str, Any]
Reading = Callable[[Player], Any]


def wrong(player: Player, expect: Written) -> dict[str, tuple[Any, Any]]:
    """{key: (expected, actual)} of what differs. Only keys that the case names are read."""
    found = {}
    if any(key in _OF_QUOTE for key in expect) and not player.order:
        player.settle()
    for key, expected in expect.items():
        actual = _read(player, key)
        if not _matches(key, expected, actual):
            found[key] = (expected, actual)
    return found


def _read(player: Player, key: str) -> Any:
    reading = _OF_QUOTE.get(key) or _READINGS.get(key)
    if reading is None:
        raise NotBuilt(f"expect: {key}")
    return reading(player)


def _matches(key: str, expected: Any, actual: Any) -> bool:
    if key == "refused" and not isinstance(expected, str):
        return bool(expected) == bool(actual)
    if key == "line_discounts_any_order":
        return fits(in_any_order(expected), in_any_order(actual))
    if key == "offered":
        return _is_offered(expected, actual)
    if key == "lines":
        _refuse_unknown(expected)
        expected = {sku: _units_in_order(line) for sku, line in expected.items()}
    if key in _BY_SKU and not isinstance(expected, Mapping):
        return fits(expected, next(iter(actual.values()), 0))
    return fits(expected, actual)


def _is_offered(expected: Any, actual: Mapping[int, list[str]]) -> bool:
    """In any order; by the shipment's number where the case says so, else for all shipments together."""
    if isinstance(expected, Mapping):
        return all(in_any_order(codes) == in_any_order(actual.get(int(key))) for key, codes in expected.items())
    return in_any_order(expected) == in_any_order({code for codes in actual.values() for code in codes})


def _refuse_unknown(lines: Mapping[str, Written]) -> None:
    for line in lines.values():
        if stray := sorted(line.keys() - _OF_LINE):
            raise NotBuilt(f"expect: lines: {', '.join(stray)}")


def _units_in_order(line: Written) -> Written:
    """Units of a line are alike: which of them bears the odd cent says nothing."""
    if "unit_discounts" not in line:
        return line
    return {**line, "unit_discounts": in_any_order(line["unit_discounts"])}


def _quote(player: Player) -> Written:
    """What the order was placed at, else what the cart costs now."""
    if player.order:
        agreed: Written = player.shop.ask("GET", f"/carts/{player.cart}/quotes/{player.quote_id}").body
        return agreed
    quoted: Written = _prices(player)["quote"]
    return quoted


def _prices(player: Player) -> Written:
    display = f"?display_currency={player.display}" if player.display else ""
    prices: Written = player.shop.ask("GET", f"/carts/{player.cart}/prices{display}").body
    return prices


def _amount(money: Written) -> str:
    return str(money["amount"])


def _of_quote(name: str) -> Reading:
    return lambda player: _amount(_quote(player)[name])


_OF_LINE = {"unit_price", "list_price", "quantity", "unit_discounts", "discount", "total", "tax"}


def _lines(player: Player) -> dict[str, Any]:
    """By SKU; what travels in several shipments is added up."""
    found: dict[str, list[Written]] = {}
    for line in _quote(player)["lines"]:
        found.setdefault(line["sku"], []).append(line)
    return {sku: _line(parts) for sku, parts in found.items()}


def _line(parts: list[Written]) -> dict[str, Any]:
    first = parts[0]
    sums = {name: str(sum(Decimal(_amount(part[name])) for part in parts)) for name in ("discount", "total", "tax")}
    units = [_amount(each) for part in parts for each in part["unit_discounts"]]
    return {
        **sums,
        "unit_price": _amount(first["unit_price"]),
        "list_price": _amount(first["list_price"]),
        "quantity": sum(part["quantity"] for part in parts),
        "unit_discounts": in_any_order(units),
    }


def _line_discounts(player: Player) -> list[str]:
    return [_amount(line["discount"]) for line in _quote(player)["lines"]]


def _total(player: Player) -> str:
    return _amount(player.refresh()["total"]) if player.order else _of_quote("total")(player)


def _minor_units(player: Player) -> int:
    total = _quote(player)["total"]
    return Money.exactly(total["amount"], total["currency"]).minor


def _unit_price(player: Player) -> str:
    if player.viewed:
        return _amount(player.viewed["price"]["amount"])
    return str(next(iter(_lines(player).values()))["unit_price"])


def _original_price(player: Player) -> str:
    """What is not reduced was always what it is now."""
    if player.viewed:
        listed = player.viewed["list_price"]
        return _amount(listed) if listed else _unit_price(player)
    return str(next(iter(_lines(player).values()))["list_price"])


def _displayed(name: str) -> Reading:
    """An amount in the display currency; in the shop's own where no other was chosen."""

    def read(player: Player) -> str:
        prices = _prices(player)
        return _amount((prices["display"] or prices["quote"])[name])

    return read


def _displayed_unit_price(player: Player) -> str:
    return _amount(next(iter(_prices(player)["display"]["unit_prices"].values())))


def _refused(player: Player) -> str:
    reason = (player.refusal.reason if player.refusal else "").replace("-", "_")
    return REASONS.get(reason, reason)


def _refused_sku(player: Player) -> str:
    return str(player.refusal.body.get("sku", "")) if player.refusal else ""


def _in_cart(player: Player) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in player.shop.ask("GET", f"/carts/{player.cart}").body["lines"]:
        found[line["sku"]] = found.get(line["sku"], 0) + line["quantity"]
    return found


def _stock(name: str) -> Reading:
    return lambda player: {sku: _stock_of(player, sku)[name] for sku in _skus(player)}


def _skus(player: Player) -> list[str]:
    return [str(product["sku"]) for product in player.given.get("products", ())]


def _stock_of(player: Player, sku: str) -> dict[str, int]:
    """In the case's words a paid unit has left the store; with us it is committed until it is sent."""
    level = player.shop.ask("GET", f"/stock/{quote(sku)}", staff=True).body
    return {
        "on_hand": level["on_hand"] - level["committed"],
        "on_hold": level["on_hold"],
        "available": level["available"],
    }


def _payment_state(player: Player) -> str:
    """Of the attempt that came furthest, else of the last."""
    payments = player.payments()
    if not payments:
        return str(player.refresh().get("payment_state", ""))
    taken = [each for each in payments if _taken(each)]
    payment = (taken or payments)[-1]
    if not _taken(payment):
        return str(payment["state"])
    refunded, captured = Decimal(_amount(payment["refunded"])), _taken(payment)
    if refunded:
        return "refunded" if refunded >= captured else "part_refunded"
    return "part_paid" if Decimal(_amount(payment["capturable"])) else "paid"


def _taken(payment: Written) -> Decimal:
    return Decimal(_amount(payment["captured"]))


def _order_payment_state(player: Player) -> str:
    """An unpaid order that was cancelled waits for no payment; one of which a part is taken is paid in part, also
    where the rest is reserved."""
    order = player.refresh()
    if order["status"] == "cancelled" and order["payment_state"] in ("unpaid", "part_authorized", "authorized"):
        return "cancelled"
    if order["payment_state"] == "authorized" and any(_taken(each) for each in player.payments()):
        return "part_paid"
    return str(order["payment_state"])


def _sum(name: str) -> Reading:
    def read(player: Player) -> str:
        currency = player.refresh().get("currency") or channels(player.given)[player.market]
        amounts = (Money.exactly(each[name]["amount"], currency) for each in player.payments())
        return str(sum(amounts, Money.zero(currency)).decimal)

    return read


def _orders(player: Player) -> int:
    return len(player.shop.ask("GET", "/orders?limit=100", staff=True).body["items"])


def _charges(player: Player) -> int:
    """Money that the bank has taken."""
    return sum(1 for payment in BANK.payments.values() if payment.outcome is Outcome.CAPTURED or payment.captured)


def _responses_equal(player: Player) -> bool:
    return len({(answer.status, answer.raw) for answer in player.completions}) == 1


def _capture_entries(player: Player) -> int:
    """Entries of the ledger, each of which credits the receivable once."""
    ledger = player.refresh()["ledger"]
    return sum(1 for posting in ledger if posting["kind"] == "capture" and posting["account"] == "receivable")


def _orders_placed(player: Player) -> int:
    return sum(1 for buyer in player.crowd if buyer.order)


def _refused_count(player: Player) -> int:
    return sum(1 for buyer in player.crowd if buyer.refusal)


def _is_consistent(player: Player) -> bool:
    """Of what was in the store everything is available, held or sold, and nothing is negative."""
    for product in player.given["products"]:
        if product.get("stock") is None:
            continue
        level = player.shop.ask("GET", f"/stock/{quote(product['sku'])}", staff=True).body
        parts = [level[name] for name in ("available", "on_hold", "committed")]
        if sum(parts) != product["stock"] or min(parts) < 0:
            return False
    return True


_BY_SKU = {"on_hand", "on_hold", "available"}
_OF_QUOTE: dict[str, Reading] = {
    "total": _total,
    "discount": _of_quote("discount"),
    "tax": _of_quote("tax"),
    "tax_included": _of_quote("tax_included"),
    "shipping": _of_quote("shipping_charge"),
    "shipping_with_tax": _of_quote("shipping_with_tax"),
    "currency": lambda player: _quote(player)["currency"],
    "minor_units": _minor_units,
    "lines": _lines,
    "line_discounts_any_order": _line_discounts,
    "display_total": _displayed("total"),
    "display_tax": _displayed("tax"),
    "display_shipping": _displayed("shipping_charge"),
    "display_discount": _displayed("discount"),
    "display_unit_price": _displayed_unit_price,
}
_READINGS: dict[str, Reading] = {
    "unit_price": _unit_price,
    "original_price": _original_price,
    "offered": lambda player: player.offered(),
    "refused": _refused,
    "sku": _refused_sku,
    "coupon_accepted": lambda player: player.coupon_accepted,
    "cart": _in_cart,
    "on_hand": _stock("on_hand"),
    "on_hold": _stock("on_hold"),
    "available": _stock("available"),
    "payment_state": _payment_state,
    "order_payment_state": _order_payment_state,
    "order_state": lambda player: player.refresh()["status"],
    "refunded": _sum("refunded"),
    "captured": _sum("captured"),
    "capturable": _sum("capturable"),
    "orders": _orders,
    "charges": _charges,
    "responses_equal": _responses_equal,
    "last_step_refused": lambda player: player.last_step_refused,
    "ledger_entries_for_payment": _capture_entries,
    "orders_placed": _orders_placed,
    "refused_count": _refused_count,
    "on_hand_plus_on_hold_consistent": _is_consistent,
}
