"""``entrepot explain ORDER``: why an order costs what it costs, line by line, and what its money did since."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from entrepot.cli.context import engine, settings_of

if TYPE_CHECKING:
    from entrepot.ledger.service import Booked
    from entrepot.orders.detail import AdminOrder
    from entrepot.pricing.discounting import Discount
    from entrepot.pricing.rules import Quote, QuoteLine
    from entrepot.sdk.tax import RuleRef


@click.command()
@click.argument("order")
@click.pass_context
def explain(context: click.Context, order: str) -> None:
    """Every line with its cause: price, promotion, tax rule, shipping, duties; then trace and ledger."""
    from entrepot.ledger.service import booked
    from entrepot.orders.detail import order_detail
    from entrepot.orders.queries import id_of

    with engine(settings_of(context)) as runtime:
        found, order_id = order_detail(runtime, order), id_of(order)
        if found is None or order_id is None:
            raise click.ClickException(f"There is no order {order}. The back office lists them under Orders.")
        entries = booked(order_id)
    for text in _told(found, entries):
        click.echo(text)


def _told(found: AdminOrder, entries: list[Booked]) -> Iterator[str]:
    order, quote = found.order, found.quote
    placed = f"{order.placed_at:%Y-%m-%d %H:%M} UTC"
    yield f"Order {order.number}  {placed}  market {order.market}  {order.total}  {order.status}"
    yield "  prices with tax in them" if quote.prices_include_tax else "  prices without tax"
    for line in quote.lines:
        yield from _line(line)
    yield from _shipping(quote)
    yield from _charges(quote)
    yield "Total"
    yield from (f"  {row.kind:<13} {row.amount!s:>14}  {_because(row.label, row.cause)}" for row in quote.totals)
    yield from (f"  note: {notice}" for notice in quote.notices)
    yield "How it was worked out"
    for step in quote.trace:
        by = " ".join(part for part in (step.plugin_id, step.version, step.account) if part)
        yield f"  {step.step:<10} {_because(step.text, by)}  {step.milliseconds} ms"
    yield from _ledger(entries)


def _line(line: QuoteLine) -> Iterator[str]:
    yield f"{line.quantity} x {line.sku}  {line.name}  {line.total}"
    if line.list_price is not None:
        yield f"  price {line.unit_price}, listed {line.list_price}"
    else:
        yield f"  price {line.unit_price}"
    yield from _discounts("cut per unit", line.cuts)
    yield from _discounts("promotion", line.discounts)
    inside = "in the price" if line.tax_included else "on top"
    yield f"  tax {line.tax_label or 'none'} {line.tax}, {inside}: {_rule(line.tax_rule)}"


def _shipping(quote: Quote) -> Iterator[str]:
    if not quote.shipments:
        yield "Nothing is shipped"
    for shipment in quote.shipments:
        option = shipment.option
        number = f" {shipment.number}" if len(quote.shipments) > 1 else ""
        yield f"Shipping{number}  {option.label}  {option.price}  {option.duty_terms}"
        yield f"  {option.carrier} {option.service}: {option.reason or 'the carrier gave no reason'}"
        yield from _discounts("promotion", shipment.discounts)
        yield f"  tax {shipment.tax}, {'in the price' if shipment.tax_included else 'on top'}"


def _charges(quote: Quote) -> Iterator[str]:
    yield f"Taxes are {quote.tax_state}, customs {quote.customs_state}"
    for charge in quote.charges:
        when = "taken at checkout" if charge.at_checkout else "asked on delivery"
        yield f"  {charge.kind}: {charge.label} {charge.amount} ({charge.certainty}, {when}): {_rule(charge.rule)}"
        if charge.why:
            yield f"    {charge.why}"
    yield from (f"  {finding.severity}: {_rule(finding.rule)}" for finding in quote.findings)


def _ledger(entries: list[Booked]) -> Iterator[str]:
    yield "Ledger (debit +, credit -)"
    for entry in entries:
        yield f"  {entry.at:%Y-%m-%d %H:%M}  {entry.kind}"
        for posting in entry.postings:
            worth = f"  = {posting.worth} by rate {posting.rate_id}" if posting.rate_id else ""
            yield f"    {posting.account:<14} {posting.amount!s:>16}{worth}"


def _discounts(kind: str, found: tuple[Discount, ...]) -> Iterator[str]:
    yield from (f"  {kind}: {each.label} {each.amount} ({each.cause})" for each in found)


def _rule(rule: RuleRef | None) -> str:
    if rule is None:
        return "no rule was applied"
    return " ".join(part for part in (f"{rule.id} {rule.version}".strip(), rule.text, rule.source) if part)


def _because(text: str, cause: str) -> str:
    return f"{text} ({cause})" if cause else text
