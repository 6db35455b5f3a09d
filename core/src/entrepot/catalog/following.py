"""Price lists that follow another one: how, and taking prices over at a dated rate. What is entered by hand stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from entrepot.catalog.models import Price, Product, Variant
from entrepot.catalog.noting import chunks, forget_prices, note_prices, refresh_listing_prices
from entrepot.catalog.saving import upsert_price
from entrepot.kernel.clock import HasClock
from entrepot.kernel.money import Money
from entrepot.kernel.records import dataclass
from entrepot.markets import service as markets
from entrepot.markets.queries import PriceListView, price_lists
from entrepot.pricing.derivation import Derivation, TaxBasis, derive, recorded
from entrepot.pricing.fx import ConversionImpossible, FxRate, PriceMode, PriceRounding
from entrepot.pricing.history import ListedPrice
from entrepot.pricing.queries import fx_rate
from entrepot.pricing.rates import STALE_AFTER
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import release_reader, unit_of_work

#: Rates of tax are looked up by category; a category without one has that of the standard goods.
STANDARD = "standard"
#: In minor units; what fits into every amount of the API.
_HIGHEST = 10**17


class PriceListInvalid(EntrepotError):
    """A price list that cannot be as described."""


class FollowsNone(EntrepotError):
    """A list that takes its prices from no other one."""

    status = 409

    def __init__(self, code: str) -> None:
        super().__init__(f"Price list {code!r} follows no other list. Say first which one it follows, and how.")


@dataclass(frozen=True)
class Following:
    """How a list follows another: decimal texts, ``percent`` "5" makes prices 5 % dearer, "-10" a tenth cheaper."""

    base: str
    mode: str
    percent: str = "0"
    rounding_step: str = ""
    rounding_ending: str = ""


@dataclass(frozen=True)
class Recomputed:
    """What became of one list. ``problem`` says why nothing was changed."""

    code: str
    changed: int = 0
    problem: str = ""


def save_price_list(
    runtime: HasClock,
    code: str,
    *,
    currency: str,
    includes_tax: bool,
    tax_rates: Mapping[str, str] | None = None,
    follows: Following | None = None,
) -> None:
    """Create or change the list; prices are taken over with the next recomputing. Its currency never changes.

    ``tax_rates`` are percents by tax category that its prices are reckoned with. Raises PriceListInvalid.
    """
    known = price_lists()
    rates = {category: str(_decimal(rate, "tax rate", least=0)) for category, rate in (tax_rates or {}).items()}
    columns = {"tax_rates": rates, "problem": "", **_columns(code, follows, known)}
    with unit_of_work() as session:
        list_id = markets.save_price_list(session, code=code, currency=currency, includes_tax=includes_tax)
        markets.change_price_list(session, list_id, **columns)
        markets.touch_store(session)


def recompute(runtime: HasClock, code: str = "") -> list[Recomputed]:
    """Take over prices in every list that follows another, or in this one. A list without a fresh rate stays as it is.

    Idempotent. Raises FollowsNone when there is no such list, or it takes over nothing.
    """
    lists = price_lists()
    following = [
        one for one in lists.values() if one.follows and one.mode != PriceMode.FIXED and code in ("", one.code)
    ]
    if code and not following:
        raise FollowsNone(code)
    release_reader()
    return [_follow(runtime, one, lists[one.follows]) for one in following]


def _follow(runtime: HasClock, target: PriceListView, source: PriceListView) -> Recomputed:
    now = runtime.clock.now()
    try:
        rate = _fresh_rate(source.currency, target.currency, now)
    except ConversionImpossible as error:
        return _refused(target, f"{error} Prices stay as they are.")
    finally:
        release_reader()
    with unit_of_work() as session:
        rows, gone = _due(session, target, source, rate)
        too_high = next((row["variant_id"] for row in rows if row["amount"] > _HIGHEST), None)
        if too_high is None:
            _write(session, target, rows, gone, at=now)
            markets.change_price_list(session, target.id, followed_at=now, problem="")
            return Recomputed(target.code, len(rows) + len(gone))
    return _refused(target, f"The price of variant {too_high} would be too high in {target.currency}. Lower it.")


def _refused(target: PriceListView, problem: str) -> Recomputed:
    with unit_of_work() as session:
        markets.change_price_list(session, target.id, problem=problem[:500])
    return Recomputed(target.code, problem=problem)


def _fresh_rate(base: str, quote: str, at: datetime) -> FxRate | None:
    """Raises ConversionImpossible when there is no rate, or when it is stale."""
    if base == quote:
        return None
    rate, today = fx_rate(base, quote, on=at.date()), at.date()
    if today - rate.on > STALE_AFTER:
        days = (today - rate.on).days
        raise ConversionImpossible(
            f"The last rate {base}/{quote} is of {rate.on}, {days} days ago. Run: entrepot rates fetch."
        )
    return rate


def _due(
    session: Session, target: PriceListView, source: PriceListView, rate: FxRate | None
) -> tuple[list[dict[str, Any]], list[int]]:
    """The rows to write, and the variants that the source no longer offers."""
    prices = (
        select(Price.variant_id, Price.amount, Product.tax_category)
        .join(Variant, Variant.id == Price.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Price.price_list_id == source.id)
    )
    by_category: dict[str, dict[int, Money]] = defaultdict(dict)
    for row in session.execute(prices):
        by_category[row.tax_category][row.variant_id] = Money(row.amount, source.currency)
    here = select(Price.variant_id, Price.amount, Price.compare_at, Price.derived)
    known = {row.variant_id: row for row in session.execute(here.where(Price.price_list_id == target.id))}
    own = {id: Money(row.amount, target.currency) for id, row in known.items() if not row.derived}
    rows: list[dict[str, Any]] = []
    for category, followed in by_category.items():
        how = _derivation(target, source, category)
        wanted = {id: price for id, price in followed.items() if id not in own}
        for id, price in derive({}, wanted, how, rate).items():
            kept = recorded(target.code, wanted[id], source.code, how, rate)
            if id not in known or (known[id].amount, known[id].derived) != (price.minor, kept):
                rows.append(_row(target.id, id, price, kept))
    offered = {id for followed in by_category.values() for id in followed}
    return rows, [id for id in known if id not in own and id not in offered]


def _row(list_id: int, variant_id: int, price: Money, kept: Mapping[str, str]) -> dict[str, Any]:
    return {
        "price_list_id": list_id,
        "variant_id": variant_id,
        "amount": price.minor,
        "compare_at": None,
        "derived": dict(kept),
    }


def _derivation(target: PriceListView, source: PriceListView, category: str) -> Derivation:
    return Derivation(
        mode=PriceMode(target.mode),
        source=_basis(source, category),
        target=_basis(target, category),
        margin=Decimal(target.percent) / 100,
        rounding=PriceRounding(
            step=Decimal(target.rounding_step) if target.rounding_step else None,
            ending=Decimal(target.rounding_ending) if target.rounding_ending else None,
        ),
    )


def _basis(one: PriceListView, category: str) -> TaxBasis:
    percent = one.tax_rates.get(category) or one.tax_rates.get(STANDARD) or "0"
    return TaxBasis(Decimal(percent) / 100, one.includes_tax)


def _write(
    session: Session, target: PriceListView, rows: Sequence[Mapping[str, Any]], gone: Sequence[int], *, at: datetime
) -> None:
    if rows:
        session.execute(upsert_price(session, derived=True), rows)
        note_prices(session, (ListedPrice(target.id, row["variant_id"], row["amount"]) for row in rows), at=at)
    for chunk in chunks(gone):
        session.execute(delete(Price).where(Price.price_list_id == target.id, Price.variant_id.in_(chunk)))
    forget_prices(session, ((target.id, id) for id in gone), at=at)
    changed = [*(row["variant_id"] for row in rows), *gone]
    products: set[int] = set()
    for chunk in chunks(changed):
        products.update(session.scalars(select(Variant.product_id).where(Variant.id.in_(chunk))))
    refresh_listing_prices(session, sorted(products), at=at)


def _columns(code: str, follows: Following | None, known: Mapping[str, PriceListView]) -> dict[str, Any]:
    if follows is None:
        return {
            "follows_id": None,
            "mode": PriceMode.FIXED.value,
            "percent": "0",
            "rounding_step": "",
            "rounding_ending": "",
        }
    base = known.get(follows.base)
    if base is None:
        raise PriceListInvalid(f"There is no price list {follows.base!r}. Known: {', '.join(sorted(known))}.")
    followers = [one.code for one in known.values() if one.follows == code]
    if base.code == code or base.follows or followers:
        raise PriceListInvalid(
            f"Price list {code!r} cannot follow {base.code!r}: one of them follows already, or is followed. "
            "Let every list follow the same one, whose prices are entered."
        )
    if follows.mode not in list(PriceMode):
        raise PriceListInvalid(f"{follows.mode!r} is no way to follow. Choose one of {', '.join(PriceMode)}.")
    return {
        "follows_id": base.id,
        "mode": follows.mode,
        "percent": str(_decimal(follows.percent, "adjustment", least=-99)),
        "rounding_step": _positive(follows.rounding_step, "rounding step"),
        "rounding_ending": _positive(follows.rounding_ending, "price ending"),
    }


def _positive(written: str, what: str) -> str:
    if not written:
        return ""
    number = _decimal(written, what, least=0)
    if number == 0:
        raise PriceListInvalid(f"The {what} is 0. Leave it empty, or write it like 0.99.")
    return str(number)


def _decimal(written: str, what: str, *, least: int) -> Decimal:
    try:
        number = Decimal(written)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not least <= number <= 1_000_000 or len(written) > 20:
        raise PriceListInvalid(f"The {what} {written!r} is not a number from {least}. Write it like 12.5.")
    return number
