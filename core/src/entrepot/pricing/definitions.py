"""A promotion or catalogue cut as merchants write it (JSON), read for one market. Pure.

Amounts are decimal texts by market or currency: {"EUR": "10.00", "uk": "12.00"}. A promotion without an amount for
the market does not apply there: nothing is converted behind the merchant's back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from entrepot.kernel.money import InvalidAmount, Money
from entrepot.kernel.records import dataclass
from entrepot.pricing.promotions import ORDER_KINDS, SHIPPING_KINDS, UNIT_KINDS, Action, Conditions, Scope
from entrepot.sdk.errors import EntrepotError

FIXED_KINDS = ("unit_fixed", "order_fixed")
PERCENT_KINDS = ("unit_percent", "order_percent", "shipping_percent")
KINDS = (*UNIT_KINDS, *ORDER_KINDS, *SHIPPING_KINDS)

SCOPE_KEYS = {"category", "categories", "sku", "skus", "min_price", "max_price", "on_discounted"}
ACTION_KEYS = SCOPE_KEYS | {
    "kind", "amount", "amounts", "percent", "every", "max_units", "max_applications", "options",
}  # fmt: skip
CONDITION_KEYS = {
    "requires_category", "requires_any_category", "requires_sku", "min_qty", "min_items_total", "category_min",
    "nth_order", "customer_groups", "conditions",
}  # fmt: skip


class PromotionInvalid(EntrepotError):
    """A definition that cannot be applied. The message names the key and the remedy."""


class NoAmountHere(PromotionInvalid):
    """The definition has no amount for the market: it does not apply there."""


@dataclass(frozen=True)
class Place:
    """Where amounts are read for."""

    market: str
    currency: str


@dataclass(frozen=True)
class Definition:
    """What a promotion does and when, with the amounts of one place."""

    actions: tuple[Action, ...]
    conditions: Conditions


def read_definition(written: Mapping[str, Any], place: Place) -> Definition:
    """Raises PromotionInvalid; NoAmountHere when it is not meant for this place."""
    _refuse_strays(written, ACTION_KEYS | CONDITION_KEYS | {"actions"})
    shared = {key: value for key, value in written.items() if key in ACTION_KEYS}
    own = written.get("actions") or ([{}] if "kind" in shared else [])
    if not own:
        raise PromotionInvalid("Promotion: it does nothing. Give it a 'kind', or 'actions' with a kind each.")
    return Definition(tuple(_action({**shared, **each}, place) for each in own), _conditions(written, place))


def money(value: Any, place: Place, key: str) -> Money:
    """The amount for this place; a plain text counts for its currency. Raises NoAmountHere, PromotionInvalid."""
    if isinstance(value, Mapping):
        value = value.get(place.market, value.get(place.currency))
        if value is None:
            raise NoAmountHere(f"Promotion: {key!r} has no amount in {place.currency} or for {place.market}. Add one.")
    try:
        found = Money.exactly(value, place.currency)
    except InvalidAmount as error:
        raise PromotionInvalid(f"Promotion: {key!r}: {error}") from error
    if found.is_negative:
        raise PromotionInvalid(f"Promotion: {key!r} is negative. Write a discount as a positive amount.")
    return found


def percent(value: Any) -> Decimal:
    """From 0 to 100; raises PromotionInvalid."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 <= found <= 100:
        raise PromotionInvalid(f"Promotion: {value!r} is not a percentage. Write a number from 0 to 100, such as '20'.")
    return found


def names(value: Any) -> frozenset[str]:
    """One name or a list of names."""
    return frozenset([value] if isinstance(value, str) else value or ())


def _action(written: Mapping[str, Any], place: Place) -> Action:
    kind = written.get("kind", "")
    if kind not in KINDS and "." not in kind:
        raise PromotionInvalid(f"Promotion: the kind {kind!r} is not known. Known are {_listed(KINDS)}.")
    _refuse_strays(written, ACTION_KEYS)
    if kind == "cheapest_free" and _count(written, "every", least=1) is None:
        raise PromotionInvalid("Promotion: 'cheapest_free' needs 'every', such as 3 for one free of every three.")
    return Action(
        kind=kind,
        scope=_scope(written, place),
        amount=_amount(written, place) if kind in FIXED_KINDS else None,
        percent=percent(written.get("percent")) if kind in PERCENT_KINDS else Decimal(0),
        every=_count(written, "every", least=1) or 0,
        max_units=_count(written, "max_units"),
        max_applications=_count(written, "max_applications"),
        options=written.get("options") or {},
    )


def _refuse_strays(written: Mapping[str, Any], known: set[str]) -> None:
    stray = sorted(written.keys() - known)
    if stray:
        raise PromotionInvalid(f"Promotion: {stray[0]!r} is not known here. Known are {_listed(known)}.")


def _amount(written: Mapping[str, Any], place: Place) -> Money:
    value = written.get("amounts", written.get("amount"))
    if value is None:
        raise PromotionInvalid(f"Promotion: '{written['kind']}' needs an 'amount', such as '10.00'.")
    return money(value, place, "amount")


def _scope(written: Mapping[str, Any], place: Place) -> Scope:
    return Scope(
        categories=names(written.get("category")) | names(written.get("categories")),
        skus=names(written.get("sku")) | names(written.get("skus")),
        min_price=_optional_money(written, "min_price", place),
        max_price=_optional_money(written, "max_price", place),
        on_discounted=written.get("on_discounted", True) is not False,
    )


def _conditions(written: Mapping[str, Any], place: Place) -> Conditions:
    return Conditions(
        requires_category=written.get("requires_category") or "",
        requires_any_category=names(written.get("requires_any_category")),
        requires_sku=written.get("requires_sku") or "",
        min_qty=_count(written, "min_qty") or 0,
        min_items_total=_optional_money(written, "min_items_total", place),
        category_min=_category_min(written.get("category_min"), place),
        nth_order=_count(written, "nth_order", least=1),
        customer_groups=names(written.get("customer_groups")),
        plugged=tuple((each["id"], each.get("options") or {}) for each in written.get("conditions") or ()),
    )


def _category_min(value: Any, place: Place) -> tuple[tuple[str, Money], ...]:
    """One {category, total}, or a list of them that must all be met."""
    entries = [value] if isinstance(value, Mapping) else value or ()
    return tuple((each["category"], money(each["total"], place, "category_min")) for each in entries)


def _optional_money(written: Mapping[str, Any], key: str, place: Place) -> Money | None:
    return None if written.get(key) is None else money(written[key], place, key)


def _count(written: Mapping[str, Any], key: str, *, least: int = 0) -> int | None:
    value = written.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise PromotionInvalid(f"Promotion: {key!r} is {value!r}. Write a whole number from {least} on.")
    return value


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys))
