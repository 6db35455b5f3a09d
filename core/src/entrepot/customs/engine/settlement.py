"""What is left of an order's money after fees and exchange, and what a refund costs. Pure; one rounding each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from babel.core import get_global

from entrepot.customs.engine.records import Direction
from entrepot.customs.engine.rounding import to_step
from entrepot.kernel.currency import exponent
from entrepot.kernel.money import Money

#: Coins that are no longer struck, where CLDR keeps the old fractions: Australia since 1992, New Zealand since 2006.
_SMALLEST_COINS = {"AUD": "0.05", "NZD": "0.10"}


@dataclass(frozen=True)
class Settlement:
    """``receivable == payout + fee - fx_gain_loss``, all in the book currency."""

    receivable: Money
    fee: Money
    fee_booked: Money
    net: Money
    payout: Money
    #: Negative is a loss.
    fx_gain_loss: Money


@dataclass(frozen=True)
class RefundCost:
    """A refund in the buyer's currency: revenue goes back at the booked rate, money at today's."""

    customer_gets: Money
    revenue_reversed: Money
    cash_out: Money
    fx_loss: Money


def at_rate(amount: Money, rate: Decimal, currency: str) -> Money:
    """The amount in another currency, rounded half up once."""
    return Money.of(amount.decimal * rate, currency)


def payment_fee(amount: Money, *, share: Decimal, fixed: Money) -> Money:
    """A percentage plus a fixed sum, rounded half up once."""
    return amount * share + fixed


def settle(order: Money, fee: Money, *, booked_rate: Decimal, settle_rate: Decimal, book_currency: str) -> Settlement:
    """Book a payout: the fee at the booked rate, the rest at the rate of the settlement, the difference to FX."""
    receivable = at_rate(order, booked_rate, book_currency)
    fee_booked = at_rate(fee, booked_rate, book_currency)
    net = order - fee
    payout = at_rate(net, settle_rate, book_currency)
    return Settlement(receivable, fee, fee_booked, net, payout, payout + fee_booked - receivable)


def refund(amount: Money, *, booked_rate: Decimal, rate_at_refund: Decimal, book_currency: str) -> RefundCost:
    """Book a refund: the buyer gets what was paid, in that currency; the exchange difference is a loss or a gain."""
    reversed_ = at_rate(amount, booked_rate, book_currency)
    cash = at_rate(amount, rate_at_refund, book_currency)
    return RefundCost(amount, reversed_, cash, cash - reversed_)


def cash_step(currency: str) -> Decimal:
    """The smallest coin, from CLDR's cash fractions."""
    if currency in _SMALLEST_COINS:
        return Decimal(_SMALLEST_COINS[currency])
    fractions = get_global("currency_fractions")
    if currency not in fractions:
        return Decimal(1).scaleb(-exponent(currency))
    _, _, digits, rounding = fractions[currency]
    return Decimal(rounding or 1).scaleb(-digits)


def round_cash(total: Money) -> tuple[Money, Money]:
    """What is paid in cash, and the rounding line that makes the sum true. Cards are not rounded."""
    payable = Money.of(to_step(total.decimal, cash_step(total.currency), Direction.HALF_UP), total.currency)
    return payable, payable - total
