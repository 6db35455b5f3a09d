"""What stands on an invoice or a credit note, fixed when it is issued. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from entrepot.kernel.address import Address
from entrepot.kernel.money import Money, round_half_up, total
from entrepot.pricing.rules import Quote


@dataclass(frozen=True)
class Item:
    """One row: ``kind`` names rows that the page words itself (shipping, duty, fee, amount …); tax is in ``gross``."""

    kind: str
    text: str
    quantity: int
    net: Money
    tax: Money
    tax_label: str = ""

    @property
    def gross(self) -> Money:
        return self.net + self.tax


@dataclass(frozen=True)
class Content:
    """A document as data. ``refers_to`` is the number of the invoice that a credit note corrects."""

    seller: tuple[str, ...]
    tax_id: str
    buyer: tuple[str, ...]
    order_number: str
    items: tuple[Item, ...]
    refers_to: str = ""
    reason: str = ""

    @property
    def net(self) -> Money:
        return total((item.net for item in self.items), self._currency)

    @property
    def tax(self) -> Money:
        return total((item.tax for item in self.items), self._currency)

    @property
    def gross(self) -> Money:
        return self.net + self.tax

    @property
    def _currency(self) -> str:
        return self.items[0].net.currency

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Content:
        """Read what ``to_json`` made."""
        items = tuple(
            Item(**{**item, "net": Money(**item["net"]), "tax": Money(**item["tax"])}) for item in stored["items"]
        )
        return cls(**{**stored, "items": items, "seller": tuple(stored["seller"]), "buyer": tuple(stored["buyer"])})


def invoice_items(quote: Quote) -> tuple[Item, ...]:
    """Everything that the buyer was charged, row by row; Σ gross is the quote's total."""
    items = [
        Item("goods", f"{line.name} {line.options}".strip(), line.quantity, line.net, line.tax, line.tax_label)
        for line in quote.lines
    ]
    if not (quote.net_shipping + quote.shipping_tax).is_zero:
        items.append(Item("shipping", quote.shipping_label, 1, quote.net_shipping, quote.shipping_tax))
    rest = quote.total - total((item.gross for item in items), quote.currency)
    if not rest.is_zero:
        items.append(Item("duty", "", 1, rest, Money.zero(quote.currency)))
    return tuple(items)


def corrections(documented: Sequence[Item], wanted: Sequence[Item]) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """What an edited order is charged more than its documents say, and what less; amounts above zero in both."""
    known, now = _by_row(documented), _by_row(wanted)
    rows = [_minus(now.get(row), known.get(row), row) for row in dict.fromkeys((*now, *known))]
    more = tuple(item for item in rows if item.gross.minor > 0 or (item.gross.is_zero and item.net.minor > 0))
    less = tuple(replace(item, net=-item.net, tax=-item.tax) for item in rows if item.gross.is_negative)
    return more, less


def _by_row(items: Sequence[Item]) -> dict[tuple[str, str, str], Item]:
    rows: dict[tuple[str, str, str], Item] = {}
    for item in items:
        row = (item.kind, item.text, item.tax_label)
        known = rows.get(row)
        if known is not None:
            item = replace(
                item, quantity=known.quantity + item.quantity, net=known.net + item.net, tax=known.tax + item.tax
            )
        rows[row] = item
    return rows


def _minus(now: Item | None, known: Item | None, row: tuple[str, str, str]) -> Item:
    """The change of one row; its pieces are one where only the price changed."""
    none = Money.zero((now or known).net.currency)  # type: ignore[union-attr]  # one of them is there
    pieces = abs((now.quantity if now else 0) - (known.quantity if known else 0)) or 1
    net = (now.net if now else none) - (known.net if known else none)
    tax = (now.tax if now else none) - (known.tax if known else none)
    return Item(row[0], row[1], pieces, net, tax, row[2])


def amount_item(quote: Quote, amount: Money) -> Item:
    """One row for money given back without naming goods; it bears the order's tax in proportion."""
    tax = round_half_up(quote.tax.decimal * amount.minor / quote.total.decimal) if quote.total.minor else 0
    return Item("amount", "", 1, Money(amount.minor - tax, amount.currency), Money(tax, amount.currency))


def parties(settings: Mapping[str, Any], store_name: str, billing_address: Mapping[str, str]) -> dict[str, Any]:
    """Seller and buyer as they stand on the page, from the store's settings and the order."""
    seller: Sequence[str] = str(settings.get("legal_address", "")).splitlines()
    return {
        "seller": (legal_entity(settings, store_name), *(line.strip() for line in seller if line.strip())),
        "tax_id": str(settings.get("tax_id", "")),
        "buyer": tuple(Address.from_dict(dict(billing_address)).lines()),
    }


def legal_entity(settings: Mapping[str, Any], store_name: str) -> str:
    """Whose series it is."""
    return str(settings.get("legal_name") or store_name)[:120]


def number_of(kind: str, year: int, position: int, prefixes: Mapping[str, Any]) -> str:
    """The number as it is written: "INV-2026-00017" unless the store chose another prefix."""
    standard = {"invoice": "INV", "credit_note": "CN"}[kind]
    return f"{prefixes.get(kind) or standard}-{year}-{position:05d}"
