"""Catalogue cuts: dated reductions of the price itself, by SKU or category. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.pricing.discounting import Discount


@dataclass(frozen=True)
class CatalogueCut:
    """Lowers the price by ``percent`` (20 for 20 %) or by ``amount``; empty sets mean everything in the catalogue.

    The window is half-open: [starts_at, ends_at). Higher ``priority`` first, of equal ones the lower ``position``.
    """

    id: str
    label: str
    percent: Decimal = Decimal(0)
    amount: Money | None = None
    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    priority: int = 0
    position: int = 0
    exclusive: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def is_on(self, at: datetime) -> bool:
        begun = self.starts_at is None or self.starts_at <= at
        return begun and (self.ends_at is None or at < self.ends_at)

    def covers(self, article: Article) -> bool:
        fits_sku = not self.skus or article.sku in self.skus
        return fits_sku and (not self.categories or bool(self.categories & article.categories))

    def off(self, price: Money) -> Money:
        """The lowered price, rounded half up."""
        if self.amount is not None:
            return price - self.amount if self.amount.currency == price.currency else price
        return price * (1 - self.percent / 100)


@dataclass(frozen=True)
class Article:
    """What a cut looks at: a SKU with its categories (and all that contain them)."""

    sku: str
    categories: frozenset[str] = frozenset()
    floor: Money | None = None
    discountable: bool = True


@dataclass(frozen=True)
class CutPrice:
    """A price after cuts; ``discounts`` say which cut took what off one unit."""

    list_price: Money
    price: Money
    discounts: tuple[Discount, ...] = ()

    @property
    def is_cut(self) -> bool:
        return self.price < self.list_price


def cut_price(list_price: Money, article: Article, cuts: Iterable[CatalogueCut], at: datetime) -> CutPrice:
    """The price at that instant: cuts one after another, an exclusive one alone, never below the floor."""
    price = list_price
    discounts = []
    for cut in _applying(article, cuts, at):
        lowered = min(price, max(cut.off(price), _lowest(article, price.currency)))
        if lowered < price:
            discounts.append(Discount(cut.id, cut.label, price - lowered))
            price = lowered
    return CutPrice(list_price, price, tuple(discounts))


def _applying(article: Article, cuts: Iterable[CatalogueCut], at: datetime) -> list[CatalogueCut]:
    if not article.discountable:
        return []
    on = [cut for cut in cuts if cut.is_on(at) and cut.covers(article)]
    on.sort(key=lambda cut: (-cut.priority, cut.position))
    alone = next((cut for cut in on if cut.exclusive), None)
    return [alone] if alone else on


def _lowest(article: Article, currency: str) -> Money:
    return article.floor or Money.zero(currency)
