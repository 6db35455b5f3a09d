"""What becomes of goods that came back: exchanged, credited, repaired, rejected; money and stock follow one plan."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from entrepot.catalog.models import Price
from entrepot.credit import queries as credits
from entrepot.credit import service as credit
from entrepot.documents.queries import documents_of
from entrepot.inventory.models import StockMovement
from entrepot.inventory.queries import available
from entrepot.ledger.models import LedgerPosting
from entrepot.ledger.service import order_postings
from entrepot.orders import fulfilment, queries
from entrepot.orders.detail import order_detail
from entrepot.orders.models import Order
from entrepot.orders.service import cancel_unpaid
from entrepot.payments import service as payments
from entrepot.payments.queries import attempts
from entrepot.returns import replacing, service, settling
from entrepot.returns.errors import NothingToSend, NotSoldThere, PlanChanged, ReturnError
from entrepot.returns.plan import MoneyPlan
from entrepot.returns.queries import exchange_variant, return_view
from entrepot.returns.settling import Decision, Decisions
from entrepot.sdk.errors import ProviderRejected
from entrepot.storage.session import reader, release_reader, unit_of_work
from entrepot.testkit.providers import BANK
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases
ANNA = "staff:anna"


def ship_all(shop: SmallShop, number: str) -> None:
    for part in order_detail(shop.runtime, number).fulfilments:
        parcel = fulfilment.ship(
            shop.runtime,
            number,
            fulfilment_id=part.id,
            tracking_number="T1",
            carrier="Post",
            actor=ANNA,
            idempotency_key=f"parcel-{part.id}",
        )
        fulfilment.deliver(shop.runtime, parcel, actor=ANNA)


def arrived(shop: SmallShop, pieces: int = 1, *, ordered: int = 2) -> str:
    """A return of mugs at 19.90 that lies on the inspection's table; its number."""
    number = shop.paid(quantity=ordered).number
    ship_all(shop, number)
    return arrived_of(shop, number, pieces)


def arrived_of(shop: SmallShop, number: str, pieces: int, key: str = "ask") -> str:
    line = queries.order_view(number=number).lines[0].id
    asked = service.Request({line: pieces}, "Too small", False, f"{key}-{number}", wish="exchange")
    found = service.request(shop.runtime, number, asked, actor="buyer")
    service.approve(shop.runtime, found, actor=ANNA)
    service.receive(shop.runtime, found, actor=ANNA)
    return found


def decide(found: str, resolution: str, **terms: object) -> Decisions:
    variant = terms.pop("variant", None)
    lines = {line.line_id: Decision(resolution, "sellable", variant) for line in return_view(found).lines}
    return Decisions(lines, **terms)  # type: ignore[arg-type]


def settle(shop: SmallShop, found: str, decisions: Decisions) -> MoneyPlan:
    plan = settling.preview(shop.runtime, found, decisions)
    for _ in range(2):  # repeated, it changes nothing
        settling.settle(shop.runtime, found, decisions, expected=plan.refund, actor=ANNA, digest=plan.digest)
    release_reader()
    assert return_view(found).plan == plan
    return plan


def balances(number: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for _at, _kind, account, amount in order_postings(reader(), queries.id_of(number)):
        sums[account] = sums.get(account, 0) + amount.minor
    return {account: amount for account, amount in sums.items() if amount}


def of_account(account: str) -> int:
    query = select(func.coalesce(func.sum(LedgerPosting.amount), 0)).where(LedgerPosting.account == account)
    return int(reader().execute(query).scalar_one())


def price(shop: SmallShop, variant: int, minor: int) -> None:
    """Change what a variant costs today."""
    with unit_of_work() as session:
        session.execute(update(Price).where(Price.variant_id == variant).values(amount=minor))


def total_of(number: str) -> tuple[str, str, int]:
    release_reader()
    order = queries.order_view(number=number)
    return order.status, order.payment_state, order.total.minor


@pytest.mark.covers("S1.50", "G18")
def test_an_even_exchange_moves_no_money_and_sends_the_other_variant(shop: SmallShop) -> None:
    price(shop, shop.bowl, 1990)
    found = arrived(shop)
    before = available([shop.mug, shop.bowl])
    plan = settle(shop, found, decide(found, "exchange", variant=shop.bowl))
    assert (plan.exchanged.minor, plan.refund.minor, plan.owed.minor) == (1990, 0, 0)
    view = return_view(found)
    new = view.orders["exchange"]
    assert total_of(new) == ("to_ship", "paid", 1990)
    assert available([shop.mug, shop.bowl]) == {
        shop.mug: before[shop.mug] + 1, shop.bowl: before[shop.bowl] - 1
    }  # fmt: skip
    assert balances(new)["exchanges"] == 1990
    assert of_account("exchanges") == 0
    assert BANK.refunds == {}
    assert [row.total.minor for row in documents_of(queries.id_of(view.order_number))][-1] == 1990
    ship_all(shop, new)
    assert total_of(new)[0] == "delivered"


def test_the_price_that_was_paid_holds_for_the_same_product(shop: SmallShop) -> None:
    found = arrived(shop)
    price(shop, shop.mug, 2990)
    price(shop, shop.bowl, 2990)
    plan = settle(shop, found, decide(found, "exchange", variant=shop.bowl))
    assert (plan.replaced.minor, plan.owed.minor, plan.refund.minor) == (1990, 0, 0)


@pytest.mark.covers("S1.50")
def test_a_dearer_exchange_waits_for_the_difference(shop: SmallShop) -> None:
    price(shop, shop.bowl, 2990)
    found = arrived(shop)
    plan = settle(shop, found, decide(found, "exchange", variant=shop.bowl))
    assert (plan.exchanged.minor, plan.owed.minor) == (1990, 1000)
    new = return_view(found).orders["exchange"]
    assert total_of(new) == ("to_pay", "part_paid", 2990)
    attempt_id = payments.try_again(shop.runtime, order_id=queries.id_of(new), account_id=shop.accounts["scripted"])
    assert attempts(queries.id_of(new))[-1].amount.minor == 1000
    payments.start(shop.runtime, attempt_id, return_url="http://shop.test/")
    assert total_of(new)[:2] == ("to_ship", "paid")
    assert balances(new).get("receivable", 0) == 0


def test_a_dearer_exchange_that_nobody_pays_becomes_store_credit(shop: SmallShop) -> None:
    price(shop, shop.bowl, 2990)
    found = arrived(shop)
    settle(shop, found, decide(found, "exchange", variant=shop.bowl))
    new = return_view(found).orders["exchange"]
    before = available([shop.bowl])[shop.bowl]
    shop.clock.move(replacing.PAY_WITHIN * 2)
    cancel_unpaid(shop.runtime)
    assert total_of(new)[0] == "cancelled"
    assert available([shop.bowl])[shop.bowl] == before + 1
    [card] = credits.credit_list(shop.clock.now())
    assert card.balance.minor == 1990
    assert of_account("store_credit") == -1990
    assert of_account("exchanges") == 0


@pytest.mark.parametrize(("difference", "refunded", "credited"), [("refund", 1000, 0), ("store_credit", 0, 1000)])
def test_a_cheaper_exchange_gives_the_difference_back(
    shop: SmallShop, difference: str, refunded: int, credited: int
) -> None:
    price(shop, shop.bowl, 990)
    found = arrived(shop)
    plan = settle(shop, found, decide(found, "exchange", variant=shop.bowl, difference=difference))
    assert (plan.refund.minor, plan.store_credit.minor, plan.exchanged.minor) == (refunded, credited, 990)
    assert sum(result.amount.minor for result in BANK.refunds.values()) == refunded
    assert of_account("store_credit") == -credited


@pytest.mark.covers("S1.50", "G5")
def test_store_credit_is_issued_with_the_plan_and_can_be_spent(shop: SmallShop) -> None:
    found = arrived(shop, 2)
    settle(shop, found, decide(found, "store_credit"))
    view = return_view(found)
    card = credits.credit_view(view.credit_id, shop.clock.now())
    assert (card.balance.minor, card.email, card.state) == (3980, "anna@example.com", "active")
    assert credits.usable(credit.code_of(shop.runtime, card.id), "EUR", shop.clock.now()).id == card.id
    assert BANK.refunds == {}
    assert balances(view.order_number)["store_credit"] == -3980
    assert balances(view.order_number).get("refunds", 0) == 0
    assert queries.order_view(number=view.order_number).refunded.minor == 3980


@pytest.mark.covers("S1.50", "S2.8")
@pytest.mark.parametrize(("resolution", "channel"), [("repair", "repair"), ("reject", "resend")])
def test_goods_that_are_the_buyers_go_back_at_no_charge(shop: SmallShop, resolution: str, channel: str) -> None:
    found = arrived(shop)
    before = available([shop.mug])[shop.mug]
    plan = settle(shop, found, decide(found, resolution))
    assert (plan.credited.minor, plan.rows) == (0, ())
    new = return_view(found).orders[channel]
    assert total_of(new) == ("to_ship", "paid", 0)
    assert available([shop.mug])[shop.mug] == before
    assert moved(shop) == {"returned": 1}
    ship_all(shop, new)
    assert moved(shop) == {"returned": 1, "shipped": -1}
    assert available([shop.mug])[shop.mug] == before
    assert balances(new) == {}
    assert documents_of(queries.id_of(new)) == ()


def moved(shop: SmallShop) -> dict[str, int]:
    """What moved in and out of the place for goods that are not ours."""
    from entrepot.inventory.queries import warehouses

    [place] = [warehouse.id for warehouse in warehouses() if warehouse.code == "repair"]
    query = select(StockMovement.kind, func.sum(StockMovement.quantity)).where(StockMovement.warehouse_id == place)
    return {kind: int(pieces) for kind, pieces in reader().execute(query.group_by(StockMovement.kind))}


def test_an_exchange_for_what_is_sold_out_writes_nothing(shop: SmallShop) -> None:
    found = arrived(shop, 1)
    shop.place(shop.cart(variant=shop.bowl, quantity=10), key="a")
    shop.place(shop.cart(variant=shop.bowl, quantity=5), key="b")
    with pytest.raises(NothingToSend):
        settle(shop, found, decide(found, "exchange", variant=shop.bowl))
    release_reader()
    assert return_view(found).state == "received"
    assert of_account("exchanges") == 0


def test_an_exchange_needs_goods_that_the_market_sells(shop: SmallShop) -> None:
    found = arrived(shop)
    with pytest.raises(ReturnError, match="exchange"):
        settling.preview(shop.runtime, found, decide(found, "exchange"))
    with pytest.raises(NotSoldThere):
        settling.preview(shop.runtime, found, decide(found, "exchange", variant=10**6))
    with pytest.raises(NotSoldThere):
        exchange_variant(return_view(found), "NONE")


def test_another_plan_than_was_shown_is_not_carried_out(shop: SmallShop) -> None:
    found = arrived(shop)
    decisions = decide(found, "exchange", variant=shop.bowl)
    shown = settling.preview(shop.runtime, found, decisions)
    price(shop, shop.bowl, 5000)
    with pytest.raises(PlanChanged):
        settling.settle(shop.runtime, found, decisions, expected=shown.refund, actor=ANNA, digest=shown.digest)


def test_what_a_provider_declines_is_paid_otherwise_once(shop: SmallShop) -> None:
    found = arrived(shop)
    BANK.refund = ProviderRejected("No")
    decisions = decide(found, "refund")
    plan = settling.preview(shop.runtime, found, decisions)
    settling.settle(shop.runtime, found, decisions, expected=plan.refund, actor=ANNA)
    assert return_view(found).state == "settling"
    for _ in range(2):
        settling.finish(shop.runtime, found, actor=ANNA, otherwise="Bank transfer of 3 May")
    release_reader()
    number = return_view(found).order_number
    assert return_view(found).state == "settled"
    assert balances(number)["bank"] == -1990
    assert queries.order_view(number=number).refunded.minor == 1990


@pytest.mark.covers("S1.20")
def test_the_order_knows_how_its_returns_stand(shop: SmallShop) -> None:
    number = shop.paid(quantity=2).number
    ship_all(shop, number)
    seen: list[str] = []
    state: Callable[[], None] = lambda: seen.append(  # noqa: E731
        reader().scalar(select(Order.return_state).where(Order.number == number))
    )
    found = arrived_of(shop, number, 1)
    state()
    settle(shop, found, decide(found, "refund"))
    state()
    other = arrived_of(shop, number, 1, key="again")
    state()
    settle(shop, other, decide(other, "store_credit"))
    state()
    assert seen == ["received", "partially_settled", "received", "settled"]
