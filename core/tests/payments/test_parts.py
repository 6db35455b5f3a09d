"""Less or more than was asked for: what is reserved, what is taken of it, what the provider gave back by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entrepot.checkout.service import PlacedOrder
from entrepot.kernel.money import Money
from entrepot.ledger.service import order_postings
from entrepot.orders import queries as orders
from entrepot.payments import inbox, polling, refunds, rules, service
from entrepot.payments import queries as payments
from entrepot.payments.errors import CaptureTooLarge, PaymentError
from entrepot.payments.rules import Trust
from entrepot.sdk.errors import ProviderUnavailable
from entrepot.sdk.payments import CaptureRequest, Outcome, PaymentResult, RefundRequest, RefundResult
from entrepot.storage.session import reader
from entrepot.testkit.providers import BANK, ScriptedPayment, webhook
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def reserved(shop: SmallShop, minor: int) -> PlacedOrder:
    """An order of which the provider reserved so much."""
    placed = shop.place()
    assert placed.payment is not None
    BANK.decide(placed.payment.reference, Outcome.AUTHORIZED, eur(minor))
    service.fetch(shop.runtime, placed.payment.id, actor="buyer")
    return placed


def attempt(placed: PlacedOrder) -> payments.AttemptView:
    return payments.attempts(orders.id_of(placed.number) or 0)[0]


def payment_state(placed: PlacedOrder) -> str:
    view = orders.order_view(number=placed.number)
    assert view is not None
    return view.payment_state


def ledger_sum(placed: PlacedOrder) -> int:
    return sum(amount.minor for *_, amount in order_postings(reader(), orders.id_of(placed.number) or 0))


def told_of_refund(shop: SmallShop, placed: PlacedOrder, minor: int, reference: str, event: str) -> inbox.Received:
    payment = attempt(placed)
    news = RefundResult(Outcome.CAPTURED, reference, eur(minor))
    body, headers = webhook(event, payment.reference, Outcome.CAPTURED, payment.amount, refund=news)
    return inbox.handle_webhook(shop.runtime, payment.account_id, body, headers)


def give_back(shop: SmallShop, placed: PlacedOrder, minor: int, key: str) -> None:
    assert placed.payment is not None
    refunds.refund(
        shop.runtime, placed.payment.id, amount=eur(minor), reason="", actor="staff:anna", idempotency_key=key
    )


@pytest.mark.covers("S2.14")
def test_what_is_reserved_in_part_does_not_cover_the_order(shop: SmallShop) -> None:
    placed = reserved(shop, 1000)
    assert (attempt(placed).state, attempt(placed).capturable) == ("authorized", eur(1000))
    assert "asked for was" in attempt(placed).attention
    view = orders.order_view(number=placed.number)
    assert view is not None
    assert (view.status, view.payment_state) == ("to_pay", "part_authorized")


@pytest.mark.covers("S2.14")
def test_the_rest_is_reserved_by_another_attempt(shop: SmallShop) -> None:
    placed = reserved(shop, 1000)
    order_id = orders.id_of(placed.number) or 0
    BANK.start = Outcome.AUTHORIZED
    again = service.try_again(shop.runtime, order_id=order_id, account_id=shop.accounts["scripted"])
    service.start(shop.runtime, again, return_url="http://shop.test/")
    assert payments.attempts(order_id)[1].amount == attempt(placed).amount - eur(1000)
    assert payment_state(placed) == "authorized"
    with pytest.raises(PaymentError, match="Nothing is left"):
        service.try_again(shop.runtime, order_id=order_id, account_id=shop.accounts["scripted"])


@pytest.mark.covers("S2.14")
def test_more_than_is_reserved_is_not_captured(shop: SmallShop) -> None:
    placed = reserved(shop, 1000)
    assert placed.payment is not None
    with pytest.raises(CaptureTooLarge, match=r"10\.00"):
        service.capture(shop.runtime, placed.payment.id, actor="staff:anna", amount=eur(1001))
    assert BANK.payments[placed.payment.reference].outcome is Outcome.AUTHORIZED
    service.capture(shop.runtime, placed.payment.id, actor="staff:anna")
    assert (attempt(placed).captured, payment_state(placed), ledger_sum(placed)) == (eur(1000), "part_paid", 0)


def test_without_an_amount_no_more_is_captured_than_is_owed(shop: SmallShop) -> None:
    placed = reserved(shop, 90000)
    assert placed.payment is not None
    service.capture(shop.runtime, placed.payment.id, actor="staff:anna")
    assert attempt(placed).captured == attempt(placed).amount
    assert (payment_state(placed), attempt(placed).attention) == ("paid", "")


def test_parts_are_taken_where_the_provider_keeps_the_rest_reserved(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedPayment, "capabilities", ScriptedPayment.capabilities | {"multicapture"})
    monkeypatch.setattr(ScriptedPayment, "capture", _takes_parts)
    placed = reserved(shop, shop.place(key="other").payment.amount.minor)
    assert placed.payment is not None
    service.capture(shop.runtime, placed.payment.id, actor="staff:anna", amount=eur(600))
    service.capture(shop.runtime, placed.payment.id, actor="staff:anna", amount=eur(400))
    assert (attempt(placed).state, attempt(placed).captured) == ("authorized", eur(1000))
    assert attempt(placed).capturable == attempt(placed).amount - eur(1000)
    assert payment_state(placed) == "authorized"
    service.void(shop.runtime, placed.payment.id, actor="staff:anna")
    assert (attempt(placed).state, attempt(placed).captured) == ("captured", eur(1000))
    assert (payment_state(placed), ledger_sum(placed)) == ("part_paid", 0)


@pytest.mark.covers("S2.15")
def test_a_refund_made_at_the_provider_is_booked_once(shop: SmallShop) -> None:
    placed = shop.paid()
    assert told_of_refund(shop, placed, 500, "re-1", "evt-a").applied == 1
    assert told_of_refund(shop, placed, 500, "re-1", "evt-a").repeated == 1
    told_of_refund(shop, placed, 500, "re-1", "evt-b")
    told_of_refund(shop, placed, 500, "re-2", "evt-c")
    assert (attempt(placed).refunded, payment_state(placed)) == (eur(1000), "part_refunded")
    assert ledger_sum(placed) == 0


@pytest.mark.covers("S2.15")
def test_news_of_our_own_refund_that_is_faster_than_its_answer(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = shop.paid()

    def answers_late(_: object, request: RefundRequest) -> RefundResult:
        told_of_refund(shop, placed, request.amount.minor, "re-1", "evt-a")
        return RefundResult(Outcome.CAPTURED, "re-1", request.amount)

    monkeypatch.setattr(ScriptedPayment, "refund", answers_late)
    give_back(shop, placed, 500, "r1")
    assert (attempt(placed).refunded, ledger_sum(placed)) == (eur(500), 0)


def test_news_of_a_part_that_we_capture_is_expected() -> None:
    before = rules.AttemptState("authorized", eur(100), eur(0), eur(0), eur(0), capture_asked=eur(40))
    answer = PaymentResult(Outcome.CAPTURED, "r", eur(40))
    told_first = rules.after(before, answer, Trust.TOLD)
    assert (told_first.state, told_first.captured, told_first.attention) == ("captured", eur(40), "")
    assert rules.after(told_first, answer, Trust.ANSWERED) == told_first


def test_a_part_whose_capture_got_no_answer_is_booked_by_the_poll(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = whole(shop)
    assert placed.payment is not None
    with monkeypatch.context() as lost, pytest.raises(ProviderUnavailable):
        lost.setattr(ScriptedPayment, "capture", _captures_and_loses_the_answer)
        service.capture(shop.runtime, placed.payment.id, actor="staff:anna", amount=eur(700))
    assert attempt(placed).captured.is_zero
    shop.clock.move(timedelta(hours=1))
    polling.poll_due(shop.runtime)
    assert (attempt(placed).captured, attempt(placed).attention) == (eur(700), "")
    assert (payment_state(placed), ledger_sum(placed)) == ("part_paid", 0)


def test_equal_refunds_whose_news_cross_are_two_refunds(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = shop.paid()

    def the_second_is_faster(_: object, request: RefundRequest) -> RefundResult:
        if request.idempotency_key == "r1":
            told_of_refund(shop, placed, 500, "re-2", "evt-2")  # taken for the first
            give_back(shop, placed, 500, "r2")
            told_of_refund(shop, placed, 500, "re-1", "evt-1")
            return RefundResult(Outcome.CAPTURED, "re-1", request.amount)
        return RefundResult(Outcome.CAPTURED, "re-2", request.amount)

    monkeypatch.setattr(ScriptedPayment, "refund", the_second_is_faster)
    give_back(shop, placed, 500, "r1")
    assert (attempt(placed).refunded, ledger_sum(placed)) == (eur(1000), 0)


@pytest.mark.covers("S2.15")
def test_a_refund_beyond_what_was_taken_asks_for_a_person(shop: SmallShop) -> None:
    placed = shop.paid()
    too_much = attempt(placed).amount.minor + 1
    assert told_of_refund(shop, placed, too_much, "re-1", "evt-a").applied == 1
    assert attempt(placed).refunded.is_zero
    assert "left of what was taken" in attempt(placed).attention
    assert (payment_state(placed), ledger_sum(placed)) == ("paid", 0)


def test_news_of_a_refund_brings_the_payment_that_was_not_heard_of(shop: SmallShop) -> None:
    placed = shop.place()
    told_of_refund(shop, placed, attempt(placed).amount.minor, "re-1", "evt-a")
    assert attempt(placed).captured == attempt(placed).refunded == attempt(placed).amount
    assert (payment_state(placed), ledger_sum(placed)) == ("refunded", 0)


@pytest.mark.covers("S2.14")
def test_a_part_that_is_captured_at_the_provider_is_booked_once_it_answers_so(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedPayment, "capabilities", ScriptedPayment.capabilities | {"multicapture"})
    placed = whole(shop)
    told(shop, placed, Outcome.CAPTURED, eur(900))
    assert attempt(placed).captured.is_zero  # the provider, asked, knows nothing of it
    assert "asked for was" in attempt(placed).attention
    BANK.decide(attempt(placed).reference, Outcome.CAPTURED, eur(900))
    told(shop, placed, Outcome.CAPTURED, eur(900), event="evt-b")
    assert (attempt(placed).captured, attempt(placed).capturable) == (eur(900), eur(0))
    assert "asked for was" in attempt(placed).attention
    assert (payment_state(placed), ledger_sum(placed)) == ("part_paid", 0)


@pytest.mark.covers("S2.14")
def test_a_provider_that_takes_no_parts_is_not_believed_to_have_taken_one(shop: SmallShop) -> None:
    placed = whole(shop)
    BANK.decide(attempt(placed).reference, Outcome.CAPTURED, eur(900))
    told(shop, placed, Outcome.CAPTURED, eur(900))
    service.fetch(shop.runtime, attempt(placed).id, actor="buyer")
    assert (attempt(placed).state, attempt(placed).captured) == ("authorized", eur(0))
    assert "asked for was" in attempt(placed).attention
    assert (payment_state(placed), ledger_sum(placed)) == ("authorized", 0)


@pytest.mark.covers("S2.14")
@pytest.mark.parametrize("lie", [Money(1, "EUR"), Money(900000, "EUR"), Money(2490, "USD")])
@pytest.mark.parametrize("outcome", [Outcome.AUTHORIZED, Outcome.CAPTURED])
def test_a_webhook_that_lies_changes_no_money_and_asks_for_a_person(
    shop: SmallShop, outcome: Outcome, lie: Money
) -> None:
    placed = shop.place()
    told(shop, placed, outcome, lie)
    assert (attempt(placed).state, attempt(placed).captured) == ("pending", eur(0))
    assert attempt(placed).attention
    assert (payment_state(placed), ledger_sum(placed)) == ("unpaid", 0)


def test_doubted_news_is_asked_about_later_where_the_provider_does_not_answer(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = shop.place()
    with monkeypatch.context() as away:
        away.setattr(ScriptedPayment, "fetch", _answers_nothing)
        told(shop, placed, Outcome.AUTHORIZED, eur(1000))
    assert attempt(placed).state == "pending"
    BANK.decide(attempt(placed).reference, Outcome.AUTHORIZED, eur(1000))
    polling.poll_due(shop.runtime)
    assert (attempt(placed).state, attempt(placed).capturable) == ("authorized", eur(1000))


@pytest.mark.parametrize("minor", [40, 101])
def test_another_amount_than_was_taken_asks_for_a_person(minor: int) -> None:
    before = rules.AttemptState("captured", eur(100), eur(100), eur(0), eur(0))
    heard = rules.after(before, PaymentResult(Outcome.CAPTURED, "r", eur(minor)), Trust.PARTS)
    assert (heard.captured, bool(heard.attention)) == (eur(100), True)


def test_older_news_of_less_reserves_no_less() -> None:
    before = rules.AttemptState("authorized", eur(100), eur(0), eur(0), eur(0), authorized=eur(120))
    assert rules.after(before, PaymentResult(Outcome.AUTHORIZED, "r", eur(80))) == before
    raised = rules.after(before, PaymentResult(Outcome.AUTHORIZED, "r", eur(150), captured=eur(20)), Trust.PARTS)
    assert (raised.reserved, raised.captured, raised.capturable) == (eur(150), eur(20), eur(130))


def test_more_taken_than_is_reserved_is_not_believed() -> None:
    before = rules.AttemptState("authorized", eur(100), eur(0), eur(0), eur(0))
    told = rules.after(before, PaymentResult(Outcome.AUTHORIZED, "r", eur(100), captured=eur(101)), Trust.PARTS)
    assert (told.captured, bool(told.attention)) == (eur(0), True)
    taken = rules.AttemptState("captured", eur(100), eur(20), eur(0), eur(0))
    assert "EUR 0.90" in rules.after(taken, PaymentResult(Outcome.CAPTURED, "r", eur(90))).attention


def whole(shop: SmallShop) -> PlacedOrder:
    """An order of which the provider reserved all."""
    placed = shop.place()
    assert placed.payment is not None
    BANK.decide(placed.payment.reference, Outcome.AUTHORIZED)
    service.fetch(shop.runtime, placed.payment.id, actor="buyer")
    return placed


def told(shop: SmallShop, placed: PlacedOrder, outcome: Outcome, amount: Money, *, event: str = "evt-a") -> None:
    payment = attempt(placed)
    body, headers = webhook(event, payment.reference, outcome, amount)
    inbox.handle_webhook(shop.runtime, payment.account_id, body, headers)


def _answers_nothing(_: object, reference: str) -> PaymentResult:
    raise ProviderUnavailable("no answer", uncertain=False)


def _captures_and_loses_the_answer(_: object, request: CaptureRequest) -> PaymentResult:
    BANK.decide(request.reference, Outcome.CAPTURED, request.amount)
    raise ProviderUnavailable("connection lost", uncertain=True)


def _takes_parts(_: object, request: CaptureRequest) -> PaymentResult:
    known = BANK.payments[request.reference]
    taken = (known.captured or eur(0)) + request.amount
    part = PaymentResult(Outcome.AUTHORIZED, request.reference, known.amount, captured=taken)
    BANK.payments[request.reference] = part
    return part
