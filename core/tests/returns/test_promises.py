"""A return goes by the promises that its order keeps, and by today's where they are better or where there are none."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from entrepot.kernel.money import Money
from entrepot.markets.service import change_store
from entrepot.order_import.importer import OrderImportOptions, import_orders
from entrepot.orders import queries
from entrepot.orders.models import Order
from entrepot.policies.promises import promises
from entrepot.policies.rules import Basis
from entrepot.returns import settling
from entrepot.returns.errors import TooLate
from entrepot.returns.queries import offer, return_view
from entrepot.returns.settling import Decision, Decisions
from entrepot.storage.session import reader, release_reader
from entrepot.testkit.small_shop import SmallShop

from .test_returns import arrived, ask, decide, delivered, line_of, sent_and_delivered

pytestmark = [pytest.mark.databases, pytest.mark.covers("S1.49", "S1.51")]


def promise(**returns: object) -> str:
    """Have the shop promise this from now on; the version."""
    change_store(settings={"returns": returns})
    return str(promises({"returns": returns}, "eu")["version"])


def imported(shop: SmallShop, folder: Path) -> str:
    """An order that another channel took, delivered."""
    file = folder / "orders.csv"
    file.write_text(
        "reference,sku,quantity,unit_price,currency,paid,email,name,street,postcode,city,country\n"
        "A-1,MUG,1,15.00,EUR,yes,anna@example.com,Anna Berg,Am Kai 1,20457,Hamburg,DE\n",
        encoding="utf-8",
    )
    assert import_orders(shop.runtime, file, OrderImportOptions(channel="bazaar")).created == 1
    number = reader().scalar(select(Order.number).where(Order.external_id == "A-1"))
    release_reader()
    return sent_and_delivered(shop, number)


def test_an_order_can_still_be_returned_when_the_shop_became_stricter(shop: SmallShop) -> None:
    version = promise(days=60, who_pays="seller", refund_duties=True)
    number = delivered(shop)
    promise(days=10, fee_percent=20)
    shop.clock.move(timedelta(days=60))
    offered = offer(number, shop.clock.now())
    assert offered.may_return and offered.policy.who_pays == "seller"
    found = return_view(ask(shop, number))
    assert (found.policy.days, found.who_pays, found.fee_percent) == (60, "seller", 0)
    assert found.policy.refund_duties
    assert found.policy.basis == Basis(version, agreed=True)
    shop.clock.move(timedelta(seconds=1))
    with pytest.raises(TooLate, match="within 60 days of delivery"):
        ask(shop, number, key="later")


def test_a_wider_window_of_today_is_the_buyers_too(shop: SmallShop) -> None:
    version = promise(days=20, fee_percent=10)
    number = delivered(shop)
    promise(days=45, fee_percent=5)
    shop.clock.move(timedelta(days=45))
    found = return_view(ask(shop, number))
    assert (found.policy.days, found.fee_percent) == (45, 5)
    assert found.policy.basis == Basis(version, agreed=True, improved={"days": 20, "fee_percent": "10"})


def test_an_imported_order_goes_by_todays(shop: SmallShop, tmp_path: Path) -> None:
    promise(days=60)
    number = imported(shop, tmp_path)
    version = promise(days=20)
    shop.clock.move(timedelta(days=20))
    assert return_view(ask(shop, number)).policy.basis == Basis(version, agreed=False)
    shop.clock.move(timedelta(seconds=1))
    assert not offer(number, shop.clock.now()).may_return
    with pytest.raises(TooLate, match="within 20 days"):
        ask(shop, number, key="later")


def test_a_return_goes_on_by_the_terms_that_it_began_with(shop: SmallShop) -> None:
    version = promise(days=30, fee_percent=10)
    found = arrived(shop, delivered(shop))
    promise(days=5, fee_percent=0)
    assert (return_view(found).fee_percent, return_view(found).policy.basis.version) == (10, version)


def test_the_money_plan_names_the_promises_that_it_keeps(shop: SmallShop) -> None:
    version = promise(fee_percent=10)
    number = delivered(shop)
    promise(fee_percent=5)
    found = arrived(shop, number)
    decisions = decide(number, fee_percent=Decimal(5))
    plan = settling.preview(shop.runtime, found, decisions)
    assert plan.basis == Basis(version, agreed=True, improved={"fee_percent": "10"})
    settling.settle(shop.runtime, found, decisions, expected=plan.refund, digest=plan.digest, actor="staff:anna")
    assert return_view(found).plan.basis == plan.basis


def test_no_more_than_promised_is_kept_of_what_comes_back_as_new(shop: SmallShop) -> None:
    promise(fee_percent=10)
    number = delivered(shop)
    found = arrived(shop, number)
    plan = settling.preview(shop.runtime, found, decide(number, fee_percent=Decimal(50)))
    assert plan.refund == Money(1791, "EUR")
    worn = Decisions({line_of(number): Decision("refund", "used")}, fee_percent=Decimal(50))
    assert settling.preview(shop.runtime, found, worn).refund == Money(995, "EUR")


def test_what_leaves_in_exchange_keeps_the_promises_of_its_first_order(shop: SmallShop) -> None:
    version = promise(days=60)
    number = delivered(shop)
    promise(days=10)
    found = arrived(shop, number)
    swap = Decisions({line_of(number): Decision("exchange", exchange_variant_id=shop.bowl)})
    expected = settling.preview(shop.runtime, found, swap).refund
    settling.settle(shop.runtime, found, swap, expected=expected, actor="staff:anna")
    follows = queries.id_of(return_view(found).orders["exchange"])
    assert reader().get_one(Order, follows).policies["version"] == version
