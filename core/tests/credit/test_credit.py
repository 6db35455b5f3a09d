"""Gift cards and store credit: issued, spent as part of an order, given back, expired; never spent twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from entrepot.checkout import credits, service
from entrepot.checkout.credits import CreditNotAccepted
from entrepot.checkout.errors import DueChanged
from entrepot.credit import queries
from entrepot.credit import service as credit
from entrepot.credit.models import Credit, CreditMovement
from entrepot.kernel.money import Money
from entrepot.ledger.models import LedgerPosting
from entrepot.ledger.service import order_postings
from entrepot.markets.service import change_store
from entrepot.orders import queries as orders
from entrepot.orders import service as order_service
from entrepot.payments import refunds
from entrepot.payments.queries import attempts
from entrepot.sdk.payments import Outcome
from entrepot.storage.session import reader, release_reader
from entrepot.testkit.providers import BANK
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases
ANNA = "staff:anna"


def issue(shop: SmallShop, minor: int, *, kind: str = "gift_card", currency: str = "EUR", key: str = "issue") -> str:
    return credit.issue(shop.runtime, credit.Issue(kind, Money(minor, currency), key), actor=ANNA)


def enter(shop: SmallShop, token: str, credit_id: str) -> None:
    credits.use_credit(shop.runtime, token, code=credit.code_of(shop.runtime, credit_id))


def place(shop: SmallShop, token: str, *, key: str = "key-1", expected_due: Money | None = None) -> service.PlacedOrder:
    quote = service.choose_shipping(shop.runtime, token, account_id=shop.accounts["flat"], service="standard")
    return service.place_order(
        shop.runtime,
        cart_token=token,
        quote_id=quote.id,
        expected_total=quote.total,
        payment_account_id=shop.accounts["scripted"],
        idempotency_key=key,
        return_url=lambda attempt_id: f"http://shop.test/pay/return/{attempt_id}",
        expected_due=expected_due,
    )


def ordered(shop: SmallShop, *credit_ids: str, key: str = "key-1") -> service.PlacedOrder:
    BANK.start = Outcome.CAPTURED
    token = shop.cart()
    for credit_id in credit_ids:
        enter(shop, token, credit_id)
    return place(shop, token, key=key)


def balance(shop: SmallShop, credit_id: str) -> int:
    release_reader()
    found = queries.credit_view(credit_id, shop.clock.now()).balance.minor
    moved = reader().scalar(select(func.sum(CreditMovement.amount)).where(CreditMovement.credit_id == credit_id))
    assert found == moved
    return found


def ledger(account: str, number: str = "") -> int:
    if not number:
        query = select(func.coalesce(func.sum(LedgerPosting.amount), 0)).where(LedgerPosting.account == account)
        return int(reader().execute(query).scalar_one())
    postings = order_postings(reader(), orders.id_of(number))
    return sum(amount.minor for _at, _kind, name, amount in postings if name == account)


def state(number: str) -> tuple[str, str]:
    release_reader()
    order = orders.order_view(number=number)
    return order.status, order.payment_state


@pytest.mark.covers("S1.50", "G5")
def test_a_card_pays_a_part_and_the_provider_the_rest(shop: SmallShop) -> None:
    card = issue(shop, 1000)
    placed = ordered(shop, card)
    order = orders.order_view(number=placed.number)
    assert placed.payment.amount == order.total - Money(1000, "EUR")
    assert state(placed.number) == ("to_ship", "paid")
    assert balance(shop, card) == 0
    assert ledger("receivable", placed.number) == 0
    assert ledger("gift_cards", placed.number) == 1000
    assert ledger("gift_cards") == 0


def test_a_card_that_covers_everything_needs_no_provider_and_keeps_its_rest(shop: SmallShop) -> None:
    card = issue(shop, 100_000, kind="store_credit")
    placed = ordered(shop, card)
    total = orders.order_view(number=placed.number).total
    assert placed.payment is None
    assert state(placed.number) == ("to_ship", "paid")
    assert balance(shop, card) == 100_000 - total.minor
    assert ledger("store_credit") == -(100_000 - total.minor)
    assert BANK.payments == {}


def test_what_expires_first_is_spent_first(shop: SmallShop) -> None:
    lasting = issue(shop, 5000, key="a")
    soon = credit.issue(
        shop.runtime,
        credit.Issue("gift_card", Money(500, "EUR"), "b", expires_at=shop.clock.now() + timedelta(days=1)),
        actor=ANNA,
    )
    ordered(shop, lasting, soon)
    assert balance(shop, soon) == 0
    assert 0 < balance(shop, lasting) < 5000


def test_the_order_repeated_with_its_key_spends_once(shop: SmallShop) -> None:
    card = issue(shop, 1000)
    BANK.start = Outcome.CAPTURED
    token = shop.cart()
    enter(shop, token, card)
    quote = service.choose_shipping(shop.runtime, token, account_id=shop.accounts["flat"], service="standard")
    numbers = {
        service.place_order(
            shop.runtime,
            cart_token=token,
            quote_id=quote.id,
            expected_total=quote.total,
            payment_account_id=shop.accounts["scripted"],
            idempotency_key="same",
            return_url=lambda _id: "http://shop.test/",
        ).number
        for _ in range(2)
    }
    assert len(numbers) == 1
    assert ledger("gift_cards") == 0


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda shop: "NONE-SUCH", "unknown"),
        (lambda shop: credit.code_of(shop.runtime, issue(shop, 500, currency="USD")), "currency"),
        (lambda shop: _blocked(shop), "blocked"),
        (lambda shop: _expired(shop), "expired"),
        (lambda shop: _spent(shop), "empty"),
    ],
)
def test_a_code_that_cannot_pay_is_refused_with_the_reason(shop: SmallShop, make, reason: str) -> None:
    code = make(shop)
    with pytest.raises(CreditNotAccepted) as refused:
        credits.use_credit(shop.runtime, shop.cart(), code=code)
    assert refused.value.reason == reason


def _blocked(shop: SmallShop) -> str:
    card = issue(shop, 500)
    credit.block(shop.runtime, card, blocked=True)
    return credit.code_of(shop.runtime, card)


def _expired(shop: SmallShop) -> str:
    change_store(settings={"credit": {"gift_card_days": 10}})
    card = issue(shop, 500)
    shop.clock.move(timedelta(days=10))
    return credit.code_of(shop.runtime, card)


def _spent(shop: SmallShop) -> str:
    card = issue(shop, 500)
    ordered(shop, card)
    return credit.code_of(shop.runtime, card)


def test_a_code_is_found_however_it_was_typed(shop: SmallShop) -> None:
    card, token = issue(shop, 500), shop.cart()
    code = credit.code_of(shop.runtime, card)
    credits.use_credit(shop.runtime, token, code=f" {code.lower().replace('-', ' ')} ")
    assert reader().scalar(select(Credit.code_digest)) != code


def test_another_rest_than_the_buyer_saw_is_not_ordered(shop: SmallShop) -> None:
    card, token = issue(shop, 1000), shop.cart()
    enter(shop, token, card)
    with pytest.raises(DueChanged):
        place(shop, token, expected_due=Money(1, "EUR"))
    credit.block(shop.runtime, card, blocked=True)
    assert balance(shop, card) == 1000
    assert state(place(shop, token).number)[1] in ("unpaid", "paid")


@pytest.mark.covers("S1.8")
def test_of_many_who_spend_the_same_card_at_once_one_does(shop: SmallShop) -> None:
    card = issue(shop, 2000)
    BANK.start = Outcome.PENDING
    tokens = [shop.cart() for _ in range(6)]
    for token in tokens:
        enter(shop, token, card)
    rest = Money(0, "EUR")
    quotes = {}
    for token in tokens:
        quotes[token] = service.choose_shipping(
            shop.runtime, token, account_id=shop.accounts["flat"], service="standard"
        )
        rest = quotes[token].total - Money(2000, "EUR")

    def buy(token: str) -> str:
        with shop.app.app_context():
            try:
                return service.place_order(
                    shop.runtime,
                    cart_token=token,
                    quote_id=quotes[token].id,
                    expected_total=quotes[token].total,
                    payment_account_id=shop.accounts["scripted"],
                    idempotency_key=token[:20],
                    return_url=lambda _id: "http://shop.test/",
                    expected_due=rest,
                ).number
            except DueChanged:
                return ""

    with ThreadPoolExecutor(6) as threads:
        numbers = [number for number in threads.map(buy, tokens) if number]
    assert len(numbers) == 1
    assert balance(shop, card) == 0
    assert ledger("gift_cards") == 0


@pytest.mark.covers("S2.15")
def test_cancelling_gives_the_card_its_money_back(shop: SmallShop) -> None:
    card = issue(shop, 1000)
    number = ordered(shop, card).number
    order_service.cancel(shop.runtime, number, reason="Changed my mind", actor="buyer")
    order_service.cancel(shop.runtime, number, reason="Changed my mind", actor="buyer")
    assert balance(shop, card) == 1000
    assert ledger("gift_cards") == -1000
    assert state(number) == ("cancelled", "refunded")
    assert sum(amount.minor for *_, amount in order_postings(reader(), orders.id_of(number))) == 0


def test_an_order_whose_rest_is_never_paid_lapses_and_frees_the_card(shop: SmallShop) -> None:
    card = issue(shop, 1000)
    BANK.start = Outcome.PENDING
    token = shop.cart()
    enter(shop, token, card)
    number = place(shop, token).number
    assert balance(shop, card) == 0
    shop.clock.move(timedelta(days=30))
    order_service.cancel_unpaid(shop.runtime)
    assert state(number)[0] == "cancelled"
    assert balance(shop, card) == 1000


def test_a_refund_fills_the_card_up_again_and_revives_it(shop: SmallShop) -> None:
    change_store(settings={"credit": {"gift_card_days": 30}})
    card = issue(shop, 1000)
    number = ordered(shop, card).number
    shop.clock.move(timedelta(days=40))
    [paid] = [each for each in attempts(orders.id_of(number)) if each.account_id == "gift_card"]
    for _ in range(2):
        refunds.refund(
            shop.runtime, paid.id, amount=Money(400, "EUR"), reason="Scratch", actor=ANNA, idempotency_key="r"
        )
    assert balance(shop, card) == 400
    assert queries.credit_view(card, shop.clock.now()).state == "active"


@pytest.mark.covers("G5")
def test_what_expires_is_booked_once_as_income(shop: SmallShop) -> None:
    change_store(settings={"credit": {"store_credit_days": 30}})
    card = issue(shop, 1000, kind="store_credit")
    shop.clock.move(timedelta(days=30))
    assert (credit.expire(shop.runtime), credit.expire(shop.runtime)) == (1, 0)
    assert balance(shop, card) == 0
    assert (ledger("store_credit"), ledger("breakage"), ledger("goodwill")) == (0, -1000, 1000)


def test_issuing_again_with_the_same_key_makes_no_second_card(shop: SmallShop) -> None:
    assert issue(shop, 1000) == issue(shop, 1000)
    with pytest.raises(credit.CreditError):
        issue(shop, 1001)
    assert ledger("gift_cards") == -1000
