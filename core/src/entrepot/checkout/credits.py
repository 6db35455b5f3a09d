"""Gift cards and store credit in a cart: entered by code, taken out again, and what they leave to pay."""

from __future__ import annotations

from entrepot.checkout import carts
from entrepot.checkout.carts import CartContent
from entrepot.checkout.errors import CheckoutError, TooManyCredits
from entrepot.credit import queries
from entrepot.credit.errors import CreditRefused
from entrepot.credit.queries import CreditView
from entrepot.credit.rules import Due
from entrepot.engine.runtime import Runtime
from entrepot.kernel.money import Money

MOST = 5


class CreditNotAccepted(CheckoutError):
    """A code that cannot pay; ``reason`` is that of credit's CreditRefused."""

    def __init__(self, error: CreditRefused) -> None:
        super().__init__(error.template, **error.values)
        self.reason = error.reason
        self.fields = error.fields


def use_credit(runtime: Runtime, token: str, *, code: str) -> None:
    """Let the card with this code pay; raises CreditNotAccepted with the reason when it cannot. Idempotent."""
    cart = carts.content(token)
    try:
        found = queries.usable(code, cart.market.currency, runtime.clock.now())
    except CreditRefused as error:
        raise CreditNotAccepted(error) from error
    if found.id in cart.credits:
        return
    if len(cart.credits) >= MOST:
        raise TooManyCredits(MOST)
    carts.set_credits(runtime, token, credits=[*cart.credits, found.id])


def remove_credit(runtime: Runtime, token: str, *, credit_id: str) -> None:
    """Do not let it pay after all. Idempotent."""
    cart = carts.content(token)
    if credit_id in cart.credits:
        carts.set_credits(runtime, token, credits=[known for known in cart.credits if known != credit_id])


def due(runtime: Runtime, cart: CartContent, amount: Money) -> Due:
    """What the cart's credits pay of the amount now, and what is left to pay another way."""
    return queries.due(cart.credits, amount, runtime.clock.now())


def entered(runtime: Runtime, cart: CartContent) -> tuple[CreditView, ...]:
    """The cards that were entered, whatever they pay."""
    return queries.views(cart.credits, runtime.clock.now())
