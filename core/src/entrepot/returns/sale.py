"""What a return can give back of an order: each line's pieces with their shares, fixed once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.pricing.rules import Quote
from entrepot.pricing.spreading import apportion


@dataclass(frozen=True)
class Sold:
    """A line as it was paid: amounts with tax, after discounts."""

    line_id: str
    name: str
    quantity: int
    gross: int
    tax: int


@dataclass(frozen=True)
class Sale:
    """The part of an order that a return can give back. Minor units of ``currency``, tax contained."""

    currency: str
    lines: tuple[Sold, ...]
    shipping: int
    shipping_tax: int
    #: Duties, import taxes and fees that were taken with the order.
    duties: int = 0
    #: What the carrier was to ask for on delivery: labels, each once.
    on_delivery: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """One piece's share."""

    goods: int
    goods_tax: int
    shipping: int
    shipping_tax: int
    duties: int = 0


def sale_of(quote: Quote, line_ids: Sequence[str]) -> Sale:
    """What the buyer paid for, from the order's quote; ``line_ids`` are the order's, in the quote's order."""
    lines = tuple(
        Sold(line_id, line.name, line.quantity, (line.net + line.tax).minor, line.tax.minor)
        for line_id, line in zip(line_ids, quote.lines, strict=True)
    )
    shipping = quote.net_shipping + quote.shipping_tax
    duties = quote.total - quote.net_goods - quote.net_shipping - quote.tax
    labels = dict.fromkeys(charge.label for charge in quote.charges_on_delivery)
    return Sale(quote.currency, lines, shipping.minor, quote.shipping_tax.minor, duties.minor, tuple(labels))


def pieces(sale: Sale) -> dict[str, list[Piece]]:
    """Each line's pieces with their shares; over all pieces the shares sum to what was paid."""
    goods = [share for line in sale.lines for share in apportion(line.gross, [1] * line.quantity)]
    taxes = [share for line in sale.lines for share in apportion(line.tax, [1] * line.quantity)]
    weights = goods if any(goods) else [1] * len(goods)
    shipping = apportion(sale.shipping, weights)
    shipping_taxes = apportion(sale.shipping_tax, shipping if any(shipping) else weights)
    duties = apportion(sale.duties, weights)
    shares = zip(goods, taxes, shipping, shipping_taxes, duties, strict=True)
    every = iter([Piece(*each) for each in shares])
    return {line.line_id: [next(every) for _ in range(line.quantity)] for line in sale.lines}
