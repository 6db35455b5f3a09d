"""What can be wrong with a return. Each message names the rule or the remedy."""

from __future__ import annotations

from entrepot.sdk.errors import EntrepotError


class ReturnError(EntrepotError):
    """A request about a return that cannot be carried out."""


class ReturnNotFound(ReturnError):
    status = 404

    def __init__(self, number: str) -> None:
        super().__init__("There is no return {number}. Open it again from its order.", number=number)


class TooLate(ReturnError):
    """The window is over; the rule is quoted."""

    def __init__(self, days: int, until: str) -> None:
        super().__init__(
            "Goods can be sent back within {days} days of delivery. For this order the time ended on {until}. "
            "If something is broken, write to us.",
            days=days,
            until=until,
        )


class NothingChosen(ReturnError):
    def __init__(self) -> None:
        super().__init__("Choose at least one piece to send back.")


class TooMany(ReturnError):
    def __init__(self, name: str, left: int) -> None:
        super().__init__("{name}: {left} can be sent back. Enter that or less.", name=name, left=left)


class NothingToSend(ReturnError):
    """What was chosen for the exchange cannot leave."""

    def __init__(self, sku: str, left: int) -> None:
        super().__init__(f"{sku}: {left} can be sent now. Choose other goods, or give the money back.")


class NotSoldThere(ReturnError):
    def __init__(self) -> None:
        super().__init__("Choose for each exchange goods that are sold in the order's market.")


class PlanChanged(ReturnError):
    """Meanwhile the plan became another one than was confirmed."""

    status = 409

    def __init__(self, now: str) -> None:
        super().__init__(f"Meanwhile the plan has changed: {now} would be given back. Look at it and confirm again.")
