"""What stands on an invoice or a credit note, fixed when it is issued. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
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
