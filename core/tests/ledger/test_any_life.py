"""Whatever happens to orders, and in whatever sequence: books, payments, stock and credits keep agreeing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from entrepot.checkout import credits, service
from entrepot.credit import service as credit
from entrepot.credit.models import Credit, CreditMovement
from entrepot.inventory import stock
from entrepot.inventory.models import StockLevel, StockMovement
from entrepot.inventory.queries import warehouses
from entrepot.kernel.money import Money
from entrepot.ledger import disputes, payouts
from entrepot.ledger.models import LedgerEntry, LedgerPosting
from entrepot.orders import fulfilment, queries
from entrepot.orders import service as orders
from entrepot.orders.detail import order_detail
from entrepot.orders.models import Order
from entrepot.payments import inbox, refunds
from entrepot.payments.models import PaymentAttempt
from entrepot.payments.rows import OWN_ACCOUNTS
from entrepot.returns import service as returns
from entrepot.returns import settling
from entrepot.returns.queries import offer, return_view
from entrepot.returns.rules import RESOLUTIONS
from entrepot.returns.settling import Decision, Decisions
from entrepot.sdk.payments import DisputeNews, DisputeState, Outcome, Settlement, SettlementKind, SettlementLine
from entrepot.storage.session import reader, release_reader, unit_of_work
from entrepot.testkit.providers import BANK, dispute_webhook
from entrepot.testkit.small_shop import SmallShop

ANNA = "staff:anna"
#: Chooses one of however many there are: what is drawn never depends on what earlier runs left behind.
pick = st.integers(0, 10_000)
PLENTY = 100_000


class OrderLife(RuleBasedStateMachine):
    """One shop for all runs: what earlier runs left behind is part of what must agree."""

    shop: SmallShop
    numbers = count(1)

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[str] = []

    @rule(minor=st.integers(1, 6000), kind=st.sampled_from(["gift_card", "store_credit"]))
    def issue(self, minor: int, kind: str) -> None:
        asked = credit.Issue(kind, Money(minor, "EUR"), f"issue-{next(self.numbers)}")
        credit.issue(self.shop.runtime, asked, actor=ANNA)

    @rule(quantity=st.integers(1, 3), cards=st.integers(0, 2), outcome=st.sampled_from(["captured", "pending"]))
    def buy(self, quantity: int, cards: int, outcome: str) -> None:
        BANK.start = Outcome(outcome)
        token = self.shop.cart(quantity=quantity)
        for card in list(reader().scalars(select(Credit).where(Credit.balance > 0).limit(cards))):
            credits.use_credit(self.shop.runtime, token, code=credit.code_of(self.shop.runtime, card.id))
        quote = service.choose_shipping(
            self.shop.runtime, token, account_id=self.shop.accounts["flat"], service="standard"
        )
        placed = service.place_order(
            self.shop.runtime,
            cart_token=token,
            quote_id=quote.id,
            expected_total=quote.total,
            payment_account_id=self.shop.accounts["scripted"],
            idempotency_key=f"key-{next(self.numbers)}",
            return_url=lambda _id: "http://shop.test/",
        )
        self.orders.append(placed.number)

    @precondition(lambda self: self.orders)
    @rule(which=pick, part=pick)
    def refund_a_part(self, which: int, part: int) -> None:
        number = self._order(which)
        for attempt in self._attempts(number):
            on_its_way = refunds.pending_amount(reader(), attempt.id)
            left = attempt.captured - attempt.refunded - attempt.disputed - on_its_way
            if left > 0:
                amount = Money(part % left + 1, attempt.currency)
                key = f"part-{next(self.numbers)}"
                refunds.refund(
                    self.shop.runtime, attempt.id, amount=amount, reason="Scratch", actor=ANNA, idempotency_key=key
                )
                return

    @precondition(lambda self: self.orders)
    @rule(which=pick)
    def ship(self, which: int) -> None:
        number = self._order(which)
        if queries.order_view(number=number).status != "to_ship":
            return
        for part in order_detail(self.shop.runtime, number).fulfilments:
            if part.state == "open":
                fulfilment.ship(
                    self.shop.runtime,
                    number,
                    fulfilment_id=part.id,
                    tracking_number="T",
                    carrier="Post",
                    actor=ANNA,
                    idempotency_key=f"parcel-{part.id}",
                )

    @precondition(lambda self: self.orders)
    @rule(
        which=pick,
        part=pick,
        grade=st.sampled_from(["sellable", "damaged"]),
        resolution=st.sampled_from(RESOLUTIONS),
        withdrawal=st.booleans(),
        fee=st.integers(0, 100),
        shipping=st.booleans(),
        difference=st.sampled_from(["refund", "store_credit"]),
    )
    def bring_back(
        self,
        which: int,
        part: int,
        grade: str,
        resolution: str,
        withdrawal: bool,
        fee: int,
        shipping: bool,
        difference: str,
    ) -> None:
        number = self._order(which)
        found = offer(number, self.shop.clock.now())
        if found is None or not found.may_return or not found.may_withdraw:
            return
        line = found.lines[0]
        pieces = part % line.left + 1
        asked = returns.Request({line.line_id: pieces}, "", withdrawal, f"ask-{next(self.numbers)}")
        wanted = returns.request(self.shop.runtime, number, asked, actor="buyer")
        returns.approve(self.shop.runtime, wanted, actor=ANNA)
        returns.receive(self.shop.runtime, wanted, actor=ANNA)
        variant = self.shop.mug if part % 2 else self.shop.bowl
        decided = Decision(resolution, grade, variant)
        decisions = Decisions({line.line_id: decided}, Decimal(fee), shipping, difference)
        plan = settling.preview(self.shop.runtime, wanted, decisions)
        assert plan.credited == plan.refund + plan.store_credit + plan.exchanged
        assert min(plan.refund.minor, plan.store_credit.minor, plan.exchanged.minor, plan.owed.minor) >= 0
        for _ in range(2):
            settling.settle(self.shop.runtime, wanted, decisions, expected=plan.refund, actor=ANNA, digest=plan.digest)
        release_reader()
        self.orders += return_view(wanted).orders.values()

    @precondition(lambda self: self.orders)
    @rule(which=pick)
    def cancel(self, which: int) -> None:
        number = self._order(which)
        if queries.order_view(number=number).fulfilment_state == "unfulfilled":
            orders.cancel(self.shop.runtime, number, reason="No", actor=ANNA)

    @precondition(lambda self: self.orders)
    @rule(which=pick, kind=st.sampled_from(["capture", "dispute", "won"]), surplus=st.integers(-5, 5))
    def pay_out(self, which: int, kind: str, surplus: int) -> None:
        number = self._order(which)
        paid = [each for each in self._attempts(number) if each.captured and each.account_id not in OWN_ACCOUNTS]
        if not paid:
            return
        minor = -paid[0].captured if kind == "dispute" else paid[0].captured
        gross, fee = Money(minor, "EUR"), Money(15, "EUR")
        settled = SettlementKind.CAPTURE if kind == "capture" else SettlementKind.DISPUTE
        line = SettlementLine(f"txn-{next(self.numbers)}", settled, paid[0].reference or "", gross, fee)
        payout = Settlement(
            f"po-{next(self.numbers)}", line.net + Money(surplus, "EUR"), self.shop.clock.now(), (line,)
        )
        account = self.shop.accounts["scripted"]
        payouts.take_in(self.shop.runtime, account, [payout], source="t.csv", actor=ANNA)

    @precondition(lambda self: self.orders)
    @rule(which=pick, part=pick, state=st.sampled_from(DisputeState), at=st.integers(0, 5))
    def hear_of_a_dispute(self, which: int, part: int, state: DisputeState, at: int) -> None:
        number = self._order(which)
        for attempt in self._attempts(number):
            if attempt.captured and attempt.reference and attempt.account_id not in OWN_ACCOUNTS:
                news = DisputeNews(state, f"dp-{part % 2}", Money(part % attempt.captured + 1, "EUR"))
                now = self.shop.clock.now() + timedelta(minutes=at)
                paid, event = Money(attempt.captured, "EUR"), f"evt-{next(self.numbers)}"
                body, headers = dispute_webhook(event, attempt.reference, news, paid=paid, at=now)
                inbox.handle_webhook(self.shop.runtime, attempt.account_id, body, headers)
                return

    @precondition(lambda self: self.orders)
    @rule(which=pick)
    def lose_a_dispute(self, which: int) -> None:
        number = self._order(which)
        order_id = queries.id_of(number)
        disputes.write_off(self.shop.runtime, order_id=order_id, order_number=number, actor=ANNA)
        assert disputes.held(order_id) == []
        assert disputes.write_off(self.shop.runtime, order_id=order_id, order_number=number, actor=ANNA) == []

    @rule()
    def let_lapse(self) -> None:
        """What waits for money for too long is cancelled; the clock stays for the others."""
        with unit_of_work() as session:
            for order in session.scalars(select(Order).where(Order.status == "to_pay", Order.number.in_(self.orders))):
                order.hold_until = self.shop.clock.now().replace(year=2020)
        orders.cancel_unpaid(self.shop.runtime)

    @rule()
    def let_a_card_expire(self) -> None:
        with unit_of_work() as session:
            card = session.scalars(select(Credit).where(Credit.balance > 0).order_by(Credit.id.desc())).first()
            if card is not None:
                card.expires_at = self.shop.clock.now()
        credit.expire(self.shop.runtime)

    @invariant()
    def every_entry_sums_to_zero_per_currency(self) -> None:
        release_reader()
        query = select(LedgerPosting.entry_id).group_by(LedgerPosting.entry_id, LedgerPosting.currency)
        assert list(reader().scalars(query.having(func.sum(LedgerPosting.amount) != 0))) == []

    @invariant()
    def every_order_sums_to_zero(self) -> None:
        query = (
            select(LedgerEntry.order_id)
            .join(LedgerPosting, LedgerPosting.entry_id == LedgerEntry.id)
            .group_by(LedgerEntry.order_id, LedgerPosting.currency)
        )
        assert list(reader().scalars(query.having(func.sum(LedgerPosting.amount) != 0))) == []

    @invariant()
    def no_payment_gives_back_more_than_it_took(self) -> None:
        more = select(func.count()).where(PaymentAttempt.refunded > PaymentAttempt.captured)
        assert reader().scalar(more) == 0

    @invariant()
    def nothing_stays_between_the_orders_of_an_exchange(self) -> None:
        assert self._account("exchanges") == 0

    @invariant()
    def a_credit_is_what_was_issued_and_restored_less_what_was_spent_and_expired(self) -> None:
        moved = select(func.sum(CreditMovement.amount)).where(CreditMovement.credit_id == Credit.id).scalar_subquery()
        assert list(reader().execute(select(Credit.id).where(Credit.balance != moved))) == []
        sums = select(Credit.kind, func.sum(Credit.balance)).group_by(Credit.kind)
        balances = {kind: int(amount) for kind, amount in reader().execute(sums)}
        assert self._account("gift_cards") == -balances.get("gift_card", 0)
        assert self._account("store_credit") == -balances.get("store_credit", 0)

    @invariant()
    def stock_is_the_sum_of_its_movements(self) -> None:
        moved = (
            select(func.coalesce(func.sum(StockMovement.quantity), 0))
            .where(
                StockMovement.variant_id == StockLevel.variant_id,
                StockMovement.warehouse_id == StockLevel.warehouse_id,
            )
            .scalar_subquery()
        )
        assert list(reader().execute(select(StockLevel.variant_id).where(StockLevel.on_hand != moved))) == []

    def _order(self, which: int) -> str:
        return self.orders[which % len(self.orders)]

    def _account(self, name: str) -> int:
        query = select(func.coalesce(func.sum(LedgerPosting.amount), 0)).where(LedgerPosting.account == name)
        return int(reader().execute(query).scalar_one())

    def _attempts(self, number: str) -> list[PaymentAttempt]:
        query = select(PaymentAttempt).where(PaymentAttempt.order_id == queries.id_of(number))
        return list(reader().scalars(query.order_by(PaymentAttempt.id)))


@pytest.mark.databases
@pytest.mark.covers("G5", "S1.39", "S1.50", "S2.15")
def test_any_life_of_orders_keeps_books_payments_stock_and_credits_in_agreement(shop: SmallShop) -> None:
    [hamburg] = [each.id for each in warehouses() if each.code == "hamburg"]
    with unit_of_work() as session:
        for variant in (shop.mug, shop.bowl):
            stock.set_on_hand(
                session,
                variant_id=variant,
                warehouse_id=hamburg,
                on_hand=PLENTY,
                reference="seed",
                actor=ANNA,
                at=shop.clock.now(),
            )
    machine = type("Life", (OrderLife,), {"shop": shop})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
