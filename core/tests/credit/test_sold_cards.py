"""Gift cards as goods: sold untaxed and unsent, issued once when paid, taken back only while nobody has used them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entrepot.catalog.models import Variant
from entrepot.catalog.records import PriceRecord, ProductRecord, VariantRecord
from entrepot.catalog.service import save_products
from entrepot.checkout import carts
from entrepot.checkout import credits as cart_credits
from entrepot.checkout import service as checkout
from entrepot.credit import queries
from entrepot.credit import service as credit
from entrepot.credit.errors import CardUsed, CreditNotFound, CreditRefused
from entrepot.kernel.money import Money
from entrepot.ledger.service import order_postings
from entrepot.orders import gift_cards
from entrepot.orders import queries as orders
from entrepot.orders import service as order_service
from entrepot.orders.errors import NotAllowed
from entrepot.payments import queries as payments
from entrepot.payments import refunds
from entrepot.payments import service as payment_service
from entrepot.payments.errors import BacksGiftCards
from entrepot.returns.queries import offer
from entrepot.sdk.payments import Outcome, PaymentResult
from entrepot.storage.models import FactRow
from entrepot.storage.session import reader, release_reader
from entrepot.testkit.providers import BANK
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def card_variant(shop: SmallShop, minor: int = 5000) -> int:
    """The small shop's gift card at this price; its record asks for stock and a parcel, and gets neither."""
    variant = VariantRecord(sku="CARD", prices={"eu": PriceRecord(minor)}, stock={"hamburg": 3}, weight_g=10)
    record = ProductRecord(slug="card", name={"en": "Card"}, variants=(variant,), tax_category="gift_card")
    save_products(shop.runtime, [record])
    release_reader()
    return reader().execute(select(Variant.id).where(Variant.sku == "CARD")).scalar_one()


def buy(
    shop: SmallShop, *, quantity: int = 1, goods: bool = False, key: str = "key-1", outcome: str = "captured"
) -> str:
    """An order of cards, with a mug if ``goods``; its number."""
    BANK.start = Outcome(outcome)
    known = reader().execute(select(Variant.id).where(Variant.sku == "CARD")).scalar_one_or_none()
    token = shop.cart(quantity=quantity, variant=known or card_variant(shop))
    if goods:
        carts.add(shop.runtime, token, variant_id=shop.mug, quantity=1)
        quote = checkout.choose_shipping(shop.runtime, token, account_id=shop.accounts["flat"], service="standard")
    else:
        quote = checkout.requote(shop.runtime, token)
    return checkout.place_order(
        shop.runtime,
        cart_token=token,
        quote_id=quote.id,
        expected_total=quote.total,
        payment_account_id=shop.accounts["scripted"],
        idempotency_key=key,
        return_url=lambda _id: "http://shop.test/",
    ).number


def balance(number: str) -> dict[str, int]:
    release_reader()
    sums: dict[str, int] = {}
    for _, _, account, amount in order_postings(reader(), orders.id_of(number)):
        sums[account] = sums.get(account, 0) + amount.minor
    assert sum(sums.values()) == 0
    return {account: minor for account, minor in sums.items() if minor}


def spend(shop: SmallShop, card: str, *, key: str) -> str:
    """A mug that the card pays as far as it reaches."""
    BANK.start = Outcome.CAPTURED
    token = shop.cart()
    cart_credits.use_credit(shop.runtime, token, code=credit.code_of(shop.runtime, card))
    return shop.place(token, key=key).number


def attempt_of(number: str) -> payments.AttemptView:
    release_reader()
    return payments.attempts(orders.id_of(number))[0]


def facts(kind: str) -> int:
    return reader().query(FactRow).filter_by(kind=kind).count()


@pytest.mark.covers("S0.9", "G5")
def test_a_card_is_sold_without_tax_stock_or_parcel_as_a_liability_and_issued_once_it_is_paid(shop: SmallShop) -> None:
    number = buy(shop, quantity=2, outcome="pending")
    assert balance(number) == {"receivable": 10_000, "gift_cards_due": -10_000}
    assert {row.kind for row in orders.order_view(number=number).totals} == {"goods", "total"}
    assert gift_cards.cards_of(number) == ()
    attempt = attempt_of(number)
    for _ in range(2):
        paid = PaymentResult(Outcome.CAPTURED, attempt.reference, attempt.amount)
        payment_service.apply(shop.runtime, attempt.id, paid, actor="t")
    assert balance(number) == {"psp": 10_000, "gift_cards": -10_000}
    assert [(card.balance, card.state) for card in gift_cards.cards_of(number)] == [(eur(5000), "unused")] * 2
    assert (orders.order_view(number=number).status, facts("gift_cards_issued")) == ("completed", 1)


@pytest.mark.covers("S0.9")
def test_beside_goods_the_card_is_issued_and_the_goods_wait_for_their_parcel(shop: SmallShop) -> None:
    number = buy(shop, goods=True)
    found = balance(number)
    assert (found["gift_cards"], found["revenue"]) == (-5000, -1809)
    order = orders.order_view(number=number)
    assert order.status == "to_ship"
    assert {line.sku: line.shipped for line in order.lines} == {"CARD": 1, "MUG": 0}


@pytest.mark.covers("S0.9", "S2.15")
def test_an_unused_card_is_taken_back_once_and_its_money_with_it(shop: SmallShop) -> None:
    number = buy(shop, quantity=2)
    first, second = gift_cards.cards_of(number)
    code = credit.code_of(shop.runtime, first.id)
    for _ in range(2):
        gift_cards.take_back(shop.runtime, number, first.id, reason="Changed my mind", actor="staff:anna")
    assert attempt_of(number).refunded == eur(5000)
    assert balance(number) == {"psp": 5000, "refunds": 5000, "gift_cards": -5000, "gift_cards_due": -5000}
    with pytest.raises(CreditRefused):
        queries.usable(code, "EUR", shop.clock.now())
    assert [card.state for card in gift_cards.cards_of(number)] == ["taken_back", "unused"]
    gift_cards.take_back(shop.runtime, number, second.id, reason="", actor="staff:anna")
    assert orders.order_view(number=number).payment_state == "refunded"


@pytest.mark.covers("S0.9", "S2.15")
@pytest.mark.parametrize("worth", [5000, 1000])
def test_a_card_that_was_used_in_part_or_whole_is_not_taken_back(shop: SmallShop, worth: int) -> None:
    card_variant(shop, worth)
    number = buy(shop)
    [card] = gift_cards.cards_of(number)
    spend(shop, card.id, key="key-2")
    with pytest.raises(CardUsed, match=f"EUR {min(worth, 2490) / 100:.2f} of EUR {worth / 100:.2f} is gone"):
        gift_cards.take_back(shop.runtime, number, card.id, reason="", actor="staff:anna")
    assert (attempt_of(number).refunded, gift_cards.cards_of(number)[0].state) == (eur(0), "used")


def test_a_card_that_was_given_back_to_after_its_use_can_be_taken_back(shop: SmallShop) -> None:
    number = buy(shop)
    [card] = gift_cards.cards_of(number)
    spent = spend(shop, card.id, key="key-2")
    order_service.cancel(shop.runtime, spent, reason="No", actor="staff:anna")
    gift_cards.take_back(shop.runtime, number, card.id, reason="", actor="staff:anna")
    assert attempt_of(number).refunded == eur(5000)


@pytest.mark.covers("S0.9")
def test_money_that_backs_a_card_is_neither_refunded_nor_cancelled_without_it(shop: SmallShop) -> None:
    number = buy(shop, goods=True)
    attempt = attempt_of(number)
    goods = attempt.captured - eur(5000)
    with pytest.raises(BacksGiftCards, match=r"EUR 50\.00 of this order is on gift cards"):
        refunds.refund(shop.runtime, attempt.id, amount=goods + eur(1), reason="", actor="t", idempotency_key="a")
    with pytest.raises(NotAllowed, match="Take back each unused card first"):
        order_service.cancel(shop.runtime, number, reason="No", actor="t")
    [card] = gift_cards.cards_of(number)
    gift_cards.take_back(shop.runtime, number, card.id, reason="", actor="t")
    order_service.cancel(shop.runtime, number, reason="No", actor="t")
    assert attempt_of(number).refundable.is_zero
    assert orders.order_view(number=number).status == "cancelled"


def test_a_card_of_another_order_is_not_taken_back_here(shop: SmallShop) -> None:
    first, second = buy(shop), buy(shop, key="key-2")
    [card] = gift_cards.cards_of(first)
    with pytest.raises(CreditNotFound):
        gift_cards.take_back(shop.runtime, second, card.id, reason="", actor="t")


def test_cards_are_not_sent_back_as_returns(shop: SmallShop) -> None:
    assert offer(buy(shop), shop.clock.now()).lines == ()


def test_a_card_that_was_bought_with_a_card_moves_the_liability(shop: SmallShop) -> None:
    number = buy(shop)
    [card] = gift_cards.cards_of(number)
    token = shop.cart(variant=reader().execute(select(Variant.id).where(Variant.sku == "CARD")).scalar_one())
    cart_credits.use_credit(shop.runtime, token, code=credit.code_of(shop.runtime, card.id))
    quote = checkout.requote(shop.runtime, token)
    second = checkout.place_order(
        shop.runtime,
        cart_token=token,
        quote_id=quote.id,
        expected_total=quote.total,
        payment_account_id="",
        idempotency_key="key-2",
        return_url=lambda _id: "http://shop.test/",
    ).number
    [other] = gift_cards.cards_of(second)
    assert (gift_cards.cards_of(number)[0].balance, other.balance) == (eur(0), eur(5000))
    assert balance(second) == {}
