"""Uses of promotions: taken with the order, exact whoever else orders at that moment, given back by cancelling."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from entrepot.kernel.money import Money
from entrepot.kernel.texts import N_
from entrepot.pricing.models import Promotion, PromotionCustomer, PromotionRedemption
from entrepot.pricing.queries import customer_key
from entrepot.pricing.rules import Quote
from entrepot.sdk.errors import EntrepotError


class PromotionUsedUp(EntrepotError):
    """Somebody else, or the buyer's own other order, took the last use since the quote was made."""

    def __init__(self, code: str) -> None:
        super().__init__(N_("{code} was used up meanwhile. Review the new total and confirm again."), code=code)
        self.code = code


def claim(session: Session, *, order_id: int, customer: str, quote: Quote, at: datetime) -> None:
    """Take one use of each promotion that the quote holds, inside the transaction that makes the order.

    Raises PromotionUsedUp; the caller's transaction must end then. A promotion that was deleted since is skipped.
    """
    for code, amount in sorted(_taken_off(quote).items()):
        promotion = _take_use(session, code)
        if promotion is None:
            continue
        if not _take_customers_use(session, promotion.id, customer_key(customer), promotion.per_customer_limit):
            raise PromotionUsedUp(code)
        session.add(
            PromotionRedemption(
                promotion_id=promotion.id,
                order_id=order_id,
                customer=customer_key(customer),
                amount=amount.minor,
                currency=amount.currency,
                at=at,
            )
        )


def release(session: Session, *, order_id: int, at: datetime) -> None:
    """Give the order's uses back, of those promotions that allow it. Idempotent."""
    held = session.scalars(
        select(PromotionRedemption)
        .join(Promotion, Promotion.id == PromotionRedemption.promotion_id)
        .where(
            PromotionRedemption.order_id == order_id,
            PromotionRedemption.released_at.is_(None),
            Promotion.reusable_after_cancel,
        )
        .order_by(Promotion.code)
    ).all()
    for redemption in held:
        redemption.released_at = at
        session.execute(
            update(Promotion).where(Promotion.id == redemption.promotion_id).values(used=Promotion.used - 1)
        )
        session.execute(
            update(PromotionCustomer)
            .where(
                PromotionCustomer.promotion_id == redemption.promotion_id,
                PromotionCustomer.customer == redemption.customer,
            )
            .values(used=PromotionCustomer.used - 1)
        )


def _taken_off(quote: Quote) -> dict[str, Money]:
    amounts: dict[str, Money] = {}
    for discount in quote.all_discounts:
        amounts[discount.cause] = amounts.get(discount.cause, Money.zero(quote.currency)) + discount.amount
    return amounts


def _take_use(session: Session, code: str) -> Any:
    """The promotion with one use more; None when there is none of this code. Raises PromotionUsedUp."""
    taken = session.execute(
        update(Promotion)
        .where(Promotion.code == code, or_(Promotion.usage_limit.is_(None), Promotion.used < Promotion.usage_limit))
        .values(used=Promotion.used + 1)
        .returning(Promotion.id, Promotion.per_customer_limit)
    ).one_or_none()
    if taken is None and session.scalar(select(Promotion.id).where(Promotion.code == code)) is not None:
        raise PromotionUsedUp(code)
    return taken


def _take_customers_use(session: Session, promotion_id: int, customer: str, limit: int | None) -> bool:
    """Count the buyer's use in one statement, so that two orders of theirs cannot both take the last one."""
    if limit is not None and limit < 1:
        return False
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    new = dialect.insert(PromotionCustomer).values(promotion_id=promotion_id, customer=customer, used=1)
    counted = new.on_conflict_do_update(
        index_elements=["promotion_id", "customer"],
        set_={"used": PromotionCustomer.used + 1},
        where=None if limit is None else PromotionCustomer.used < limit,
    ).returning(PromotionCustomer.used)
    return session.execute(counted).one_or_none() is not None
