"""Properties of discounts that hold for every promotion, in currencies of every exponent."""

from __future__ import annotations

import json
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.kernel.money import Money, total
from entrepot.pricing.discounting import LineDiscounts, discount_goods, discount_shipping
from entrepot.pricing.frozen import from_json, to_json
from entrepot.pricing.promotions import Action, Promotion, Scope, earned
from entrepot.pricing.rules import PricingInput, Shipment, ShippingOption, discounted, price_cart
from entrepot.pricing.spreading import spread
from entrepot.sdk.carriers import DutyTerms
from entrepot.sdk.promotions import PromotionCart, PromotionLine
from entrepot.sdk.tax import Certainty, TaxAnswer
from entrepot.testkit.samples import NOON

from .test_quotes import line as quote_line
from .test_quotes import taxed

CURRENCIES = ("JPY", "EUR", "KWD", "CLF")
CATEGORIES = st.sampled_from([frozenset(), frozenset({"a"}), frozenset({"b"}), frozenset({"a", "b"})])


@st.composite
def carts(draw: st.DrawFn) -> PromotionCart:
    currency = draw(st.sampled_from(CURRENCIES))
    return PromotionCart(
        market="eu",
        currency=currency,
        at=NOON,
        lines=tuple(draw(line(str(id), currency)) for id in range(draw(st.integers(1, 5)))),
    )


@st.composite
def line(draw: st.DrawFn, id: str, currency: str) -> PromotionLine:
    listed = draw(st.integers(0, 20000))
    floor = draw(st.one_of(st.none(), st.integers(0, 25000)))
    return PromotionLine(
        id=id,
        sku=f"sku-{id}",
        quantity=draw(st.integers(1, 7)),
        unit_price=Money(listed - draw(st.integers(0, listed)), currency),
        list_price=Money(listed, currency),
        categories=draw(CATEGORIES),
        floor=None if floor is None else Money(floor, currency),
        discountable=draw(st.booleans()),
    )


@st.composite
def promotions(draw: st.DrawFn, currency: str) -> list[Promotion]:
    count = draw(st.integers(1, 5))
    priorities = draw(st.lists(st.integers(-9, 9), min_size=count, max_size=count, unique=True))
    return [
        Promotion(
            id=f"p{position}",
            label=f"Promotion {position}",
            actions=tuple(draw(st.lists(action(currency), min_size=1, max_size=3))),
            priority=priority,
            position=position,
            exclusive=draw(st.integers(0, 9)) == 0,
        )
        for position, priority in enumerate(priorities)
    ]


@st.composite
def action(draw: st.DrawFn, currency: str) -> Action:
    kinds = ["unit_fixed", "unit_percent", "cheapest_free", "order_fixed", "order_percent", "shipping_percent"]
    optional = st.one_of(st.none(), st.integers(0, 9))
    return Action(
        kind=draw(st.sampled_from(kinds)),
        scope=Scope(categories=draw(CATEGORIES), on_discounted=draw(st.booleans())),
        amount=Money(draw(st.integers(0, 60000)), currency),
        percent=Decimal(draw(st.integers(0, 10000))) / 100,
        every=draw(st.integers(1, 4)),
        max_units=draw(optional),
        max_applications=draw(optional),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[PromotionCart, list[Promotion]]:
    cart = draw(carts())
    return cart, draw(promotions(cart.currency))


def reckoned(cart: PromotionCart, listed: list[Promotion]) -> dict[str, LineDiscounts]:
    return discount_goods(earned(listed, cart), cart)


@pytest.mark.covers("S0.42")
@given(situations())
def test_the_parts_of_a_discount_add_up_by_cause_and_by_unit(situation: tuple[PromotionCart, list[Promotion]]) -> None:
    cart, listed = situation
    for taken in reckoned(cart, listed).values():
        by_cause = total((each.amount for each in taken.by_cause), cart.currency)
        assert by_cause.minor == sum(taken.by_unit) > 0


@given(situations())
def test_no_unit_falls_below_its_floor_and_no_discount_exceeds_the_goods(
    situation: tuple[PromotionCart, list[Promotion]],
) -> None:
    cart, listed = situation
    taken = reckoned(cart, listed)
    for each in cart.lines:
        units = taken[each.id].by_unit if each.id in taken else (0,) * each.quantity
        floor = each.floor.minor if each.floor else 0
        assert len(units) == each.quantity
        assert all(off == 0 or each.unit_price.minor - off >= floor for off in units)
        assert all(0 <= off <= each.unit_price.minor for off in units)
        assert each.discountable or not any(units)


@pytest.mark.covers("S0.42")
@given(situations(), st.integers(0, 99999), st.booleans())
def test_rows_of_a_discounted_quote_sum_to_its_total_and_it_reads_back(
    situation: tuple[PromotionCart, list[Promotion]], fee: int, included: bool
) -> None:
    cart, listed = situation
    taken = reckoned(cart, listed)
    lines = tuple(
        discounted(quote_line(each.id, cart.currency, each.unit_price.minor, each.quantity), taken.get(each.id))
        for each in cart.lines
    )
    option = ShippingOption("a", "s", "Post", "Post", Money(fee, cart.currency), 1, 2, DutyTerms.NONE)
    off = discount_shipping(earned(listed, cart), option.price)
    charge = option.price - total((each.amount for each in off), cart.currency)
    amounts = [*((each.id, each.total) for each in lines), ("shipping", charge)]
    quote = price_cart(
        PricingInput(
            id="q", market="eu", locale="en", currency=cart.currency, prices_include_tax=included, lines=lines,
            shipments=(Shipment(1, option, Money.zero(cart.currency), off),),
            tax=TaxAnswer(tuple(taxed(id, amount, included) for id, amount in amounts)), customs=None,
            customs_state=Certainty.NOT_DUE, notices=(), trace=(), created_at=NOON, expires_at=NOON,
            coupons=("SAVE",),
        )
    )  # fmt: skip
    rows = [row.amount.minor for row in quote.totals if row.kind not in ("total", "tax_included")]
    assert sum(rows) == quote.total.minor >= 0
    assert quote.net_goods + quote.net_shipping + quote.tax == quote.total
    assert from_json(json.loads(json.dumps(to_json(quote)))) == quote


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_listing_does_not_matter_where_priorities_differ(
    situation: tuple[PromotionCart, list[Promotion]], random: Random
) -> None:
    cart, listed = situation
    shuffled = list(listed)
    random.shuffle(shuffled)
    assert reckoned(cart, listed) == reckoned(cart, shuffled)


@given(situations(), st.integers(0, 99999))
def test_delivery_never_becomes_negative(situation: tuple[PromotionCart, list[Promotion]], minor: int) -> None:
    cart, listed = situation
    fee = Money(minor, cart.currency)
    off = total((each.amount for each in discount_shipping(earned(listed, cart), fee)), cart.currency)
    assert 0 <= off.minor <= fee.minor


@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(1, 10**5), st.integers(0, 10**5)), min_size=1, max_size=8),
)
def test_every_cent_is_placed_as_far_as_caps_allow(amount: int, parts: list[tuple[int, int]]) -> None:
    weights, caps = [weight for weight, _ in parts], [cap for _, cap in parts]
    shares = spread(amount, weights, caps)
    assert sum(shares) == min(amount, sum(caps))
    assert all(0 <= share <= cap for share, cap in zip(shares, caps, strict=True))


def test_a_cent_that_remains_goes_to_the_larger_share() -> None:
    assert spread(10, [1, 3], [99, 99]) == [2, 8]
    assert spread(4, [1, 1, 1], [9, 9, 9]) == [2, 1, 1]
