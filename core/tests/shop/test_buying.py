"""From the shelf to the order, as a guest without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from entrepot.catalog.models import Price
from entrepot.inventory.models import StockLevel
from entrepot.orders.models import Order
from entrepot.sdk.errors import ProviderUnavailable
from entrepot.sdk.payments import Outcome
from entrepot.storage.session import db, reader, unit_of_work
from entrepot.testkit.providers import BANK
from entrepot.testkit.small_shop import SmallShop

from .visits import ADDRESS, Visitor


def orders_placed() -> int:
    db.session.rollback()
    return int(reader().execute(select(func.count()).select_from(Order)).scalar_one())


def raise_prices(by: int) -> None:
    with unit_of_work() as session:
        session.execute(update(Price).values(amount=Price.amount + by))


def set_stock(pieces: int) -> None:
    with unit_of_work() as session:
        session.execute(update(StockLevel).values(on_hand=pieces))


@pytest.mark.covers("S2.1", "S2.5", "G9")
def test_a_guest_buys_by_bank_transfer_without_a_script(visitor: Visitor, web_shop: SmallShop) -> None:
    review = visitor.go_to_payment()
    assert "€24.90" in review.text and "Including Tax 10 %" in review.text
    placed = visitor.place(web_shop.accounts["by-hand"])
    assert placed.status_code == 303
    order = visitor.get(placed.location)
    assert "Please pay by transfer" in order.text and "Anna Berg" in order.text
    assert visitor.get("/cart").text.count("Your cart is empty") == 1


@pytest.mark.covers("S2.5", "S2.6")
def test_paying_leads_to_the_provider_and_back_to_the_order(visitor: Visitor, web_shop: SmallShop) -> None:
    visitor.go_to_payment()
    placed = visitor.place(web_shop.accounts["scripted"])
    assert placed.location.startswith("https://pay.example/ref-pay-")
    assert "form-action 'self' https:" in placed.headers["Content-Security-Policy"]
    reference = placed.location.rpartition("/")[2]
    BANK.decide(reference, Outcome.CAPTURED)
    path = f"/pay/return/{reference.removeprefix('ref-pay-')}"
    assert "We are checking your payment" in visitor.get(path).text
    checked = visitor.send(path)
    assert "We are packing your order" in visitor.get(checked.location).text
    assert visitor.get(path).location == checked.location


@pytest.mark.covers("S2.6")
def test_a_declined_payment_says_so_and_can_be_tried_again(visitor: Visitor, web_shop: SmallShop) -> None:
    BANK.start = Outcome.DECLINED
    visitor.go_to_payment()
    order = visitor.place(web_shop.accounts["scripted"]).location
    page = visitor.get(order)
    assert "The payment did not work" in page.text and "Nothing was charged" in page.text
    BANK.reset()
    again = visitor.send(f"{order}/pay", payment=web_shop.accounts["by-hand"])
    assert again.location == order
    assert "Please pay by transfer" in visitor.get(order).text


def test_a_provider_that_does_not_answer_leaves_the_order_to_be_checked(visitor: Visitor, web_shop: SmallShop) -> None:
    BANK.start = ProviderUnavailable("The line is dead.", uncertain=True)
    visitor.go_to_payment()
    page = visitor.get(visitor.place(web_shop.accounts["scripted"]).location)
    assert "We are waiting for your payment" in page.text and "Ask again" in page.text


@pytest.mark.covers("S2.4", "G10")
def test_a_changed_total_is_shown_and_asked_again(visitor: Visitor, web_shop: SmallShop) -> None:
    visitor.go_to_payment()
    raise_prices(by=100)
    web_shop.clock.move(timedelta(hours=1))
    refused = visitor.place(web_shop.accounts["by-hand"])
    assert refused.status_code == 409 and "The total has changed to €25.90" in refused.text
    assert orders_placed() == 0
    visitor.page = refused.text
    assert visitor.place(web_shop.accounts["by-hand"]).status_code == 303
    assert orders_placed() == 1


@pytest.mark.covers("S2.4", "G10")
@pytest.mark.parametrize("changed", [{"expected_total": "1 EUR"}, {"expected_total": "free"}, {"quote_id": "another"}])
def test_a_tampered_form_orders_nothing(visitor: Visitor, web_shop: SmallShop, changed: dict[str, str]) -> None:
    visitor.go_to_payment()
    assert visitor.place(web_shop.accounts["by-hand"], **changed).status_code in (400, 409)
    assert orders_placed() == 0


@pytest.mark.covers("S2.4", "G10")
def test_the_form_sent_twice_makes_one_order(visitor: Visitor, web_shop: SmallShop) -> None:
    visitor.go_to_payment()
    cart = visitor.get_cookie("cart")
    assert cart is not None
    shown = visitor.page
    first = visitor.place(web_shop.accounts["by-hand"])
    visitor.page = shown
    visitor.set_cookie("cart", cart.value)
    second = visitor.place(web_shop.accounts["by-hand"])
    assert first.location == second.location
    assert orders_placed() == 1


def test_an_ordered_cart_leads_to_its_order(visitor: Visitor, web_shop: SmallShop) -> None:
    visitor.go_to_payment()
    cart = visitor.get_cookie("cart")
    assert cart is not None
    order = visitor.place(web_shop.accounts["by-hand"]).location
    visitor.set_cookie("cart", cart.value)
    assert visitor.get("/checkout/payment").location == order


@pytest.mark.covers("S2.3", "G12")
def test_wrong_fields_are_told_beside_them_and_above(visitor: Visitor) -> None:
    visitor.fill_cart()
    visitor.get("/checkout/address")
    page = visitor.send("/checkout/address", **{**ADDRESS, "email": "anna", "postcode": "1"})
    assert page.status_code == 422
    assert 'href="#field-email"' in page.text and 'href="#field-postcode"' in page.text
    assert re.search(r'name="postcode"[^>]*aria-describedby="field-postcode-error[^>]*aria-invalid="true"', page.text)
    assert 'value="Anna Berg"' in page.text


@pytest.mark.covers("S2.3")
def test_changing_the_country_keeps_what_was_written(visitor: Visitor) -> None:
    visitor.fill_cart()
    visitor.get("/checkout/address")
    page = visitor.send("/checkout/address", **{**ADDRESS, "country": "FR", "change_country": "1"})
    assert page.status_code == 200
    assert '<option value="FR" selected>' in page.text and 'value="anna@example.com"' in page.text
    assert 'aria-invalid="true"' not in page.text


def test_a_bill_may_go_elsewhere(visitor: Visitor, web_shop: SmallShop) -> None:
    company = {**ADDRESS, "name": "Berg GmbH", "country": "AT", "postcode": "1010", "city": "Wien"}
    billing = {f"billing_{name}": value for name, value in company.items()}
    review = visitor.go_to_payment(billing_differs="1", **billing)
    assert "Berg GmbH" in review.text and "Austria" in review.text


def test_an_address_that_nobody_serves_is_said_before_paying(visitor: Visitor) -> None:
    visitor.fill_cart()
    visitor.get("/checkout/address")
    visitor.send("/checkout/address", **{**ADDRESS, "country": "AQ", "postcode": "BIQQ 1ZZ"})
    page = visitor.get("/checkout/shipping")
    assert "We cannot deliver to this address yet" in page.text
    assert "Continue to payment" not in page.text


@pytest.mark.covers("S2.2")
def test_the_cart_counts_changes_and_removes(visitor: Visitor, web_shop: SmallShop) -> None:
    visitor.fill_cart(quantity=2)
    assert "€39.80" in visitor.get("/cart").text
    visitor.send("/cart/update", variant_id=web_shop.mug, quantity=3)
    assert "€59.70" in visitor.get("/cart").text
    visitor.send("/cart/remove", variant_id=web_shop.mug)
    assert "Your cart is empty" in visitor.get("/cart").text


@pytest.mark.covers("S2.2", "G10")
@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "many", "", "10000", "9" * 40])
def test_a_quantity_that_is_none_is_explained(visitor: Visitor, quantity: str) -> None:
    visitor.get("/p/tableware")
    answer = visitor.send("/cart/add", sku="MUG", quantity=quantity, next="/p/tableware")
    assert answer.location == "/p/tableware"
    assert "Enter a whole number from 1 to 9999" in visitor.get("/p/tableware").text


@pytest.mark.covers("S2.2")
def test_what_sold_out_meanwhile_is_marked_in_the_cart(visitor: Visitor) -> None:
    visitor.fill_cart(quantity=2)
    set_stock(0)
    page = visitor.get("/cart")
    assert "Sold out meanwhile" in page.text and "Check out" not in page.text
    assert visitor.get("/checkout/address").status_code == 200


@pytest.mark.covers("S2.2")
def test_goods_that_run_out_before_the_last_click_lead_back_to_the_cart(visitor: Visitor, web_shop: SmallShop) -> None:
    visitor.go_to_payment()
    set_stock(0)
    refused = visitor.place(web_shop.accounts["by-hand"])
    assert refused.location == "/cart"
    assert "Tableware is sold out" in visitor.get("/cart").text


@pytest.mark.covers("S2.5")
def test_an_offer_that_ran_out_is_made_again_before_it_is_paid(visitor: Visitor, web_shop: SmallShop) -> None:
    visitor.go_to_payment()
    web_shop.clock.move(timedelta(hours=1))
    stale = visitor.get("/checkout/payment")
    assert "Show the new total" in stale.text and 'name="payment"' not in stale.text
    visitor.send("/checkout/refresh")
    visitor.get("/checkout/payment")
    assert visitor.place(web_shop.accounts["by-hand"]).status_code == 303


@pytest.mark.parametrize("step", ["address", "shipping", "payment"])
def test_a_checkout_without_a_cart_starts_at_the_cart(visitor: Visitor, step: str) -> None:
    assert visitor.get(f"/checkout/{step}").location == "/cart"


@pytest.mark.parametrize("step", ["shipping", "payment"])
def test_no_step_of_the_checkout_can_be_skipped(visitor: Visitor, step: str) -> None:
    visitor.fill_cart()
    assert visitor.get(f"/checkout/{step}").location == "/checkout/address"


@pytest.mark.covers("S2.7")
def test_a_buyer_cancels_while_nothing_is_paid(visitor: Visitor, web_shop: SmallShop) -> None:
    visitor.go_to_payment()
    order = visitor.place(web_shop.accounts["by-hand"]).location
    visitor.get(order)
    visitor.send(f"{order}/cancel")
    assert "This order is cancelled" in visitor.get(order).text


@pytest.mark.covers("S2.7")
def test_an_order_is_found_by_number_and_address_only_together(
    visitor: Visitor, new_visitor: Callable[[], Visitor], web_shop: SmallShop
) -> None:
    number = web_shop.place(pay_by="by-hand").number
    stranger = new_visitor()
    stranger.get("/order/find")
    assert "none of our order numbers" not in stranger.page
    mistyped = stranger.send("/order/find", number=f"{int(number) + 1}", email="anna@example.com")
    assert mistyped.status_code == 422 and "not one of our order numbers" in mistyped.text
    assert "Check both" in stranger.send("/order/find", number=number, email="eve@example.com").text
    found = stranger.send("/order/find", number=number, email="Anna@Example.com")
    assert found.status_code == 303 and found.location.startswith("/order/")


@pytest.mark.covers("S2.7")
def test_guessing_orders_is_stopped(visitor: Visitor) -> None:
    visitor.get("/order/find")
    answers = [visitor.send("/order/find", number="10009", email="eve@example.com").status_code for _ in range(12)]
    assert answers[9] == 422 and answers[10] == 429


def test_pages_of_one_person_are_neither_kept_nor_indexed(visitor: Visitor, web_shop: SmallShop) -> None:
    visitor.go_to_payment()
    for path in ("/cart", "/checkout/payment", visitor.place(web_shop.accounts["by-hand"]).location):
        headers = visitor.get(path).headers
        assert headers["Cache-Control"] == "no-store" and headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.covers("S0.57")
def test_a_coupon_that_does_not_exist_says_so_and_changes_nothing(visitor: Visitor) -> None:
    visitor.fill_cart()
    visitor.get("/cart")
    refused = visitor.send("/cart/coupon", code="NOSUCH")
    assert "There is no coupon NOSUCH" in visitor.get(refused.location).text
