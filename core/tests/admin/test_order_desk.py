"""Working on orders in the back office, through the same forms that staff fill in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entrepot.inventory.queries import available
from entrepot.notifications import service as notifications
from entrepot.orders import queries
from entrepot.orders.detail import AdminOrder, order_detail
from entrepot.orders.listing import order_list
from entrepot.payments.models import Refund
from entrepot.sdk.errors import ProviderUnavailable
from entrepot.sdk.payments import Outcome
from entrepot.storage.session import reader
from entrepot.testkit.providers import BANK
from entrepot.testkit.small_shop import SmallShop

from .conftest import Desk

SignIn = Callable[..., Desk]


def detail(shop: SmallShop, number: str) -> AdminOrder:
    found = order_detail(shop.runtime, number)
    assert found is not None
    return found


def ship_form(shop: SmallShop, desk: Desk, number: str, **typed: str) -> dict[str, str]:
    """The ship form of the order's first fulfilment as it was drawn, with what staff typed."""
    desk.open(f"/admin/orders/{number}")
    part = detail(shop, number).fulfilments[0]
    action = f"/admin/orders/{number}/ship/{part.id}"
    line = part.lines[0]
    drawn = {
        "key": desk.hidden("key", action),
        "account_id": shop.accounts["flat"],
        "carrier": "",
        "tracking_number": "TRACK1",
        f"quantity-{line[0]}": str(line[1]),
    }
    return {"path": action, **drawn, **typed}


@pytest.mark.databases
@pytest.mark.covers("S1.17", "S1.21", "S1.22", "S2.4")
def test_staff_ship_deliver_and_complete_a_paid_order(shop: SmallShop, owner: Desk) -> None:
    number = shop.paid(quantity=2).number
    text = owner.send(**ship_form(shop, owner, number))
    assert "The parcel is on its way." in text
    parcel = detail(shop, number).order.parcels[0]
    assert (parcel.carrier, parcel.tracking_number) == ("Flat", "TRACK1")
    assert "Parcel delivered" in owner.send(f"/admin/orders/{number}/deliver/{parcel.id}")
    owner.send(f"/admin/orders/{number}/complete")
    assert queries.order_view(number=number).status == "completed"
    assert [entry.actor for entry in detail(shop, number).timeline][-3:] == ["staff:1-all@shop.example"] * 3


@pytest.mark.covers("S1.17")
def test_part_of_an_order_is_shipped_and_the_rest_stays(shop: SmallShop, owner: Desk) -> None:
    number = shop.paid(quantity=3).number
    line_id = detail(shop, number).fulfilments[0].lines[0][0]
    owner.send(**ship_form(shop, owner, number, **{f"quantity-{line_id}": "1"}))
    order = detail(shop, number).order
    assert (order.fulfilment_state, order.lines[0].shipped) == ("part_shipped", 1)
    owner.open(f"/admin/orders/{number}")
    assert f'name="quantity-{line_id}" value="2"' in owner.page


@pytest.mark.covers("S1.17")
def test_ship_form_sent_twice_makes_one_parcel(shop: SmallShop, owner: Desk) -> None:
    number = shop.paid(quantity=2).number
    form = ship_form(shop, owner, number)
    line_id = detail(shop, number).fulfilments[0].lines[0][0]
    form[f"quantity-{line_id}"] = "1"
    owner.send(**form)
    owner.send(**form)
    assert len(detail(shop, number).order.parcels) == 1


@pytest.mark.covers("S0.59")
def test_refused_shipment_keeps_what_was_typed_and_says_what_to_do(shop: SmallShop, owner: Desk) -> None:
    number = shop.paid(quantity=2).number
    line_id = detail(shop, number).fulfilments[0].lines[0][0]
    form = ship_form(shop, owner, number, tracking_number="MY-NUMBER", **{f"quantity-{line_id}": "7"})
    text = owner.send(**form)
    assert owner.status == 422
    assert "Enter 2 or less" in text
    assert 'value="MY-NUMBER"' in owner.page
    assert f'name="quantity-{line_id}" value="7"' in owner.page
    assert owner.hidden("key", form["path"]) == form["key"]
    assert detail(shop, number).order.parcels == ()


@pytest.mark.parametrize("typed", ["two", "1.5", "-1", "99999999999"])
def test_pieces_that_are_no_count_are_refused(shop: SmallShop, owner: Desk, typed: str) -> None:
    number = shop.paid(quantity=2).number
    line_id = detail(shop, number).fulfilments[0].lines[0][0]
    owner.send(**ship_form(shop, owner, number, **{f"quantity-{line_id}": typed}))
    assert owner.status == 422


def test_parcel_with_a_carrier_that_has_no_account(shop: SmallShop, owner: Desk) -> None:
    number = shop.paid().number
    text = owner.send(**ship_form(shop, owner, number, account_id="", carrier=""))
    assert "choose a carrier or write its name" in text
    owner.send(**ship_form(shop, owner, number, account_id="", carrier="Uncle Bob's van"))
    assert detail(shop, number).order.parcels[0].carrier == "Uncle Bob's van"


@pytest.mark.databases
@pytest.mark.covers("S2.15", "G5")
def test_refund_of_a_part_is_booked_and_shown(shop: SmallShop, owner: Desk) -> None:
    placed = shop.paid()
    path = f"/admin/orders/{placed.number}/refund/{placed.payment.id}"
    owner.open(f"/admin/orders/{placed.number}")
    assert 'value="24.90"' in owner.page
    form = {"amount": "5,00", "reason": "a scratch", "key": owner.hidden("key", path)}
    text = owner.send(path, **form)
    assert "Partly refunded" in text
    owner.send(path, **form)
    found = detail(shop, placed.number)
    assert [refund.amount.minor for refund in found.refunds] == [500]
    assert sum(line.amount.minor for line in found.ledger) == 0


@pytest.mark.parametrize(
    ("amount", "says"),
    [("25", "24.90 of this payment is left"), ("abc", "is not an amount"), ("1.234", "more decimals")],
)
def test_refund_that_cannot_be_is_refused_at_its_form(shop: SmallShop, owner: Desk, amount: str, says: str) -> None:
    placed = shop.paid()
    path = f"/admin/orders/{placed.number}/refund/{placed.payment.id}"
    owner.open(f"/admin/orders/{placed.number}")
    text = owner.send(path, amount=amount, reason="why", key=owner.hidden("key", path))
    assert owner.status == 422
    assert says in text
    assert f'value="{amount}"' in owner.page
    assert reader().query(Refund).count() == 0


def test_refund_without_an_answer_is_noted_and_not_offered_as_done(shop: SmallShop, owner: Desk) -> None:
    placed = shop.paid()
    BANK.refund = ProviderUnavailable("no answer", uncertain=True)
    path = f"/admin/orders/{placed.number}/refund/{placed.payment.id}"
    owner.open(f"/admin/orders/{placed.number}")
    text = owner.send(path, amount="5.00", reason="late", key=owner.hidden("key", path))
    assert "did not answer" in text
    assert [refund.state for refund in detail(shop, placed.number).refunds] == ["unknown"]


def test_payment_of_another_order_cannot_be_touched(shop: SmallShop, owner: Desk) -> None:
    mine, other = shop.paid(), shop.paid(key="key-2")
    owner.open(f"/admin/orders/{mine.number}")
    owner.send(f"/admin/orders/{mine.number}/refund/{other.payment.id}", amount="5", reason="x", key="k")
    assert owner.status == 422
    assert detail(shop, other.number).refunds == ()


@pytest.mark.covers("S2.15")
def test_cancelling_frees_the_stock_and_gives_the_money_back(shop: SmallShop, owner: Desk) -> None:
    placed = shop.paid(quantity=2)
    owner.open(f"/admin/orders/{placed.number}")
    assert "Write down why" in owner.send(f"/admin/orders/{placed.number}/cancel", reason=" ")
    text = owner.send(f"/admin/orders/{placed.number}/cancel", reason="sold in the store")
    assert "its stock is free again" in text
    found = detail(shop, placed.number)
    assert (found.order.status, found.order.payment_state) == ("cancelled", "refunded")
    assert available([shop.mug])[shop.mug] == 15
    assert "Cancel the order" not in owner.open(f"/admin/orders/{placed.number}")


@pytest.mark.covers("S2.14")
def test_transfer_is_confirmed_with_the_amount_that_came(shop: SmallShop, owner: Desk) -> None:
    placed = shop.place(pay_by="by-hand")
    path = f"/admin/orders/{placed.number}/confirm/{placed.payment.id}"
    text = owner.open(f"/admin/orders/{placed.number}")
    assert "Waits for the money" in text
    assert 'value="24.90"' in owner.page
    text = owner.send(path, amount="20.00")
    assert "Received EUR 20.00 of EUR 24.90." in text
    assert queries.order_view(number=placed.number).status == "to_pay"
    owner.send(path, amount="4.90")
    assert queries.order_view(number=placed.number).status == "to_ship"


def test_authorised_payment_is_captured_or_released(shop: SmallShop, owner: Desk) -> None:
    BANK.start = Outcome.AUTHORIZED
    first, second = shop.place(), shop.place(key="key-2")
    assert "Capture €24.90" in owner.open(f"/admin/orders/{first.number}")
    owner.send(f"/admin/orders/{first.number}/capture/{first.payment.id}")
    owner.send(f"/admin/orders/{second.number}/void/{second.payment.id}")
    assert queries.order_view(number=first.number).payment_state == "paid"
    assert detail(shop, second.number).attempts[0].state == "cancelled"


def test_provider_is_asked_again_how_a_payment_stands(shop: SmallShop, owner: Desk) -> None:
    placed = shop.place()
    BANK.decide(placed.payment.reference, Outcome.CAPTURED)
    owner.open(f"/admin/orders/{placed.number}")
    owner.send(f"/admin/orders/{placed.number}/ask/{placed.payment.id}")
    assert queries.order_view(number=placed.number).payment_state == "paid"


def test_likely_action_stands_first(shop: SmallShop, owner: Desk) -> None:
    number = shop.paid().number
    owner.open(f"/admin/orders/{number}")
    actions = owner.page.partition('class="head-actions"')[2].partition("</div>")[0]
    assert actions.index("#do-ship") < actions.index("#do-refund")
    assert 'class="button primary" href="#do-ship"' in actions


@pytest.mark.covers("G5", "G9")
def test_total_is_explained_with_causes_and_the_ledger_balances(shop: SmallShop, owner: Desk) -> None:
    text = owner.open(f"/admin/orders/{shop.paid().number}")
    assert "flat" in text
    assert "Who contributed what" in text
    assert "feature-testkit" in text
    assert "the balance is €0.00" in text


def test_list_filters_by_status_and_finds_by_e_mail_and_sku(shop: SmallShop, owner: Desk) -> None:
    to_ship, to_pay = shop.paid().number, shop.place(key="key-2", pay_by="by-hand").number
    text = owner.open("/admin/orders?status=to_ship")
    assert to_ship in text
    assert to_pay not in text
    assert to_pay in owner.open("/admin/orders?q=anna@ex")
    assert to_pay in owner.open("/admin/orders?q=MUG")
    assert "Nothing found for “nobody”" in owner.open("/admin/orders?q=nobody")


def test_list_turns_its_pages_without_losing_an_order(
    shop: SmallShop, owner: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [shop.paid(key=f"key-{position}").number for position in range(5)]
    monkeypatch.setattr(order_list, "__kwdefaults__", {**order_list.__kwdefaults__, "limit": 2})
    seen: list[str] = []
    path = "/admin/orders?status=to_ship"
    while path:
        text = owner.open(path)
        seen += [number for number in reversed(numbers) if number in text]
        path = owner.page.partition('class="pager"><a class="button" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert seen == list(reversed(numbers))


def test_quick_search_goes_straight_to_the_only_order(shop: SmallShop, owner: Desk) -> None:
    number = shop.paid().number
    owner.open(f"/admin/search?q={number}")
    assert owner.location == f"/admin/orders/{number}"
    owner.send(**ship_form(shop, owner, number))
    owner.open("/admin/search?q=TRACK1")
    assert owner.location == f"/admin/orders/{number}"


def test_first_page_says_what_waits(shop: SmallShop, owner: Desk) -> None:
    assert "Nothing waits." in owner.open("/admin/")
    shop.paid()
    placed = shop.place(key="key-2", pay_by="by-hand")
    owner.open(f"/admin/orders/{placed.number}")
    owner.send(f"/admin/orders/{placed.number}/confirm/{placed.payment.id}", amount="1.00")
    text = owner.open("/admin/")
    assert "1 order to ship" in text
    assert f"Order {placed.number}: look at its payment" in text
    assert "1 thing needs attention" in text


@pytest.mark.covers("S0.47")
def test_message_is_read_and_sent_again(shop: SmallShop, owner: Desk) -> None:
    from entrepot.engine.delivery import Consumer, deliver_due
    from entrepot.notifications.models import Message
    from entrepot.testkit.providers import Postbox

    number = shop.paid().number
    deliver_due(shop.runtime, [Consumer("core.notifications", notifications.handles, notifications.deliver)])
    message_id = reader().query(Message.id).first()[0]
    assert "Sent" in owner.open(f"/admin/orders/{number}")
    owner.open(f"/admin/messages/{message_id}")
    before = len(Postbox.sent)
    assert "handed over again" in owner.send(f"/admin/messages/{message_id}/resend")
    assert len(Postbox.sent) == before + 1


def test_german_staff_read_german_amounts(shop: SmallShop, sign_in: SignIn) -> None:
    number = shop.paid().number
    desk = sign_in("*", locale="de")
    desk.open(f"/admin/orders/{number}")
    assert "24,90" in desk.page
    assert "Zu versenden" in desk.page
    assert '<html lang="de"' in desk.page


def edit_form(shop: SmallShop, desk: Desk, number: str, **typed: str) -> dict[str, str]:
    """The edit form as it was drawn, with what staff typed."""
    desk.open(f"/admin/orders/{number}/edit")
    action = f"/admin/orders/{number}/edit"
    line = detail(shop, number).order.lines[0]
    return {"path": action, "key": desk.hidden("key", action), f"pieces-{line.id}": str(line.quantity), **typed}


@pytest.mark.databases
@pytest.mark.covers("S1.17", "S1.16")
def test_staff_see_what_an_edit_changes_before_they_do_it(shop: SmallShop, owner: Desk) -> None:
    number = shop.paid(quantity=2).number
    line = detail(shop, number).order.lines[0]
    form = edit_form(shop, owner, number, reason="One is cracked", **{f"pieces-{line.id}": "1"})
    text = owner.send(**form, step="preview")
    assert "2 pieces before, 1 now" in text and "€19.90 are given back at once." in text
    assert detail(shop, number).order.lines[0].quantity == 2
    agreed = {name: owner.hidden(name, form["path"]) for name in ("expected", "version")}
    assert "The order is edited." in owner.send(**form, **agreed, step="confirm")
    order = detail(shop, number)
    assert (order.order.lines[0].quantity, str(order.refunds[0].amount)) == (1, "EUR 19.90")
    assert "One is cracked" in owner.open(form["path"])


@pytest.mark.covers("S1.17")
def test_an_edit_that_cannot_be_done_keeps_what_was_typed(shop: SmallShop, owner: Desk) -> None:
    number = shop.paid().number
    form = edit_form(shop, owner, number, reason="Bowls", **{"sku-1": "NOTHING", "new-1": "2"})
    text = owner.send(**form, step="preview")
    assert owner.status == 422 and "NOTHING is not sold" in text and 'value="NOTHING"' in owner.page
    stale = {"expected": "1.00", "version": "", "step": "confirm", "sku-1": "BOWL"}
    text = owner.send(**{**form, **stale})
    assert owner.status == 422 and "EUR 59.80" in text
    wrong = edit_form(shop, owner, number, reason="Moved", **{"address-postcode": "", "address-city": ""})
    assert "need your attention" in owner.send(**wrong, step="preview")


def test_who_may_not_edit_is_offered_no_edit(shop: SmallShop, sign_in: SignIn) -> None:
    number = shop.paid().number
    desk = sign_in("orders.view")
    desk.open(f"/admin/orders/{number}")
    assert "/edit" not in desk.page
    desk.open(f"/admin/orders/{number}/edit")
    assert desk.status == 403


@pytest.mark.databases
@pytest.mark.covers("S2.14", "S1.17")
def test_an_order_that_was_paid_late_is_taken_up_again_by_a_button(shop: SmallShop, owner: Desk) -> None:
    from datetime import timedelta

    from entrepot.orders.service import cancel_unpaid
    from entrepot.payments import service as payments
    from entrepot.sdk.payments import PaymentResult

    owner.open("/admin/order-rules")
    assert "The rules are saved." in owner.send("/admin/order-rules", paid_late="ask", auto_complete_days="7")
    placed = shop.place()
    shop.clock.move(timedelta(hours=2))
    cancel_unpaid(shop.runtime)
    assert placed.payment is not None
    news = PaymentResult(Outcome.CAPTURED, placed.payment.reference, placed.payment.amount)
    payments.apply(shop.runtime, placed.payment.id, news, actor="payment:Scripted")
    assert "Take the order up again" in owner.open("/admin/")
    assert f'action="/admin/orders/{placed.number}/take-up"' in owner.page
    text = owner.open(f"/admin/orders/{placed.number}")
    assert "Paid late" in text and "Take the order up again" in text
    action = f"/admin/orders/{placed.number}/take-up"
    text = owner.send(action, key=owner.hidden("key", action))
    assert "The order is taken up again" in text
    assert detail(shop, placed.number).order.status == "to_ship"


@pytest.mark.covers("S2.6")
def test_rules_that_make_no_sense_are_refused(shop: SmallShop, owner: Desk) -> None:
    owner.open("/admin/order-rules")
    owner.send("/admin/order-rules", paid_late="refund", auto_complete_days="0")
    assert owner.status == 422


@pytest.mark.databases
@pytest.mark.covers("S2.3")
def test_staff_allocate_an_order_again(shop: SmallShop, owner: Desk) -> None:
    number = shop.paid(quantity=2).number
    owner.open(f"/admin/orders/{number}")
    action = f"/admin/orders/{number}/reallocate"
    assert "allocated again" in owner.send(action, key=owner.hidden("key", action))
    assert available([shop.mug])[shop.mug] == 13
    assert detail(shop, number).timeline[-1].kind == "reallocated"
