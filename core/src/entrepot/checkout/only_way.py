"""A delivery screen without a choice is left out: the only way is kept together with the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from entrepot.checkout import carts, quoting
from entrepot.checkout.carts import CartContent
from entrepot.checkout.errors import CheckoutError
from entrepot.checkout.quoting import Offer
from entrepot.engine.calls import OpenAccount
from entrepot.engine.guard import Offered
from entrepot.engine.runtime import Runtime
from entrepot.storage.session import unit_of_work


def keep_address(runtime: Runtime, addressed: CartContent) -> bool:
    """Store a cart that ``carts.addressed`` made; whether its delivery is settled by that.

    It is where each shipment has one way: that is chosen, and what the cart costs with it is frozen, in the same
    commit.
    """
    offer = _without_choice(runtime, addressed)
    with unit_of_work():
        carts.store_address(runtime, replace(addressed, shipping_choices=offer.chosen) if offer else addressed)
        if offer:
            quoting.keep(addressed, offer.quote)
    return offer is not None


def _without_choice(runtime: Runtime, cart: CartContent) -> Offer | None:
    """What the cart costs by the only ways there are; None where the buyer has to choose, or to mend something."""
    if cart.is_empty or not _answer_at_once(runtime.accounts.offered("carrier", market=cart.market.code)["carrier"]):
        return None
    try:
        offer = quoting.price(runtime, cart, strict=True, assume_cheapest=True)
    except CheckoutError:
        return None  # the delivery screen tells it
    is_complete = not offer.missing_carriers
    return offer if is_complete and all(len(ways) <= 1 for ways in offer.ways.values()) else None


def _answer_at_once(carriers: Sequence[Offered]) -> bool:
    """Whether nobody waits for the answers: the delivery screen would ask a second time."""
    return all(isinstance(each, OpenAccount) and "rates" in each.provider_class.at_once for each in carriers)
