"""What can be wrong with a gift card or a store credit. Buyers read most of it."""

from __future__ import annotations

from entrepot.kernel.money import Money
from entrepot.kernel.texts import N_
from entrepot.sdk.errors import EntrepotError

_TEXTS = {
    "unknown": N_("There is no gift card or store credit with this code. Check how it is written."),
    "empty": N_("Nothing is left on the card ending in {end}."),
    "expired": N_("The card ending in {end} has expired."),
    "blocked": N_("The card ending in {end} cannot be used. Write to us."),
    "currency": N_("The card ending in {end} is in {currency} and cannot pay in this country's currency."),
}


class CreditError(EntrepotError):
    """A request about a credit that cannot be carried out."""


class CreditRefused(CreditError):
    """``reason`` is unknown, empty, expired, blocked or currency."""

    def __init__(self, reason: str, *, end: str = "", currency: str = "") -> None:
        super().__init__(_TEXTS[reason], end=end, currency=currency)
        self.reason = reason
        self.fields = {"code": reason}


class CreditChanged(CreditError):
    """Meanwhile the card was spent, blocked or ran out; nothing was written."""

    status = 409

    def __init__(self, end: str) -> None:
        super().__init__(
            N_("The card ending in {end} was used elsewhere meanwhile. Review what is left to pay and confirm again."),
            end=end,
        )


class CreditNotFound(CreditError):
    status = 404

    def __init__(self, credit_id: str) -> None:
        super().__init__(f"There is no credit {credit_id}. Reload the list.")


class NothingToIssue(CreditError):
    def __init__(self, amount: Money) -> None:
        super().__init__(f"{amount} cannot be issued. Enter an amount above zero.")


class CardUsed(CreditError):
    """Only what nobody has touched can be taken back."""

    status = 409

    def __init__(self, end: str, *, spent: Money, issued: Money) -> None:
        super().__init__(
            N_("The card ending in {end} was used: {spent} of {issued} is gone. Only unused cards can be taken back."),
            end=end,
            spent=str(spent),
            issued=str(issued),
        )
