"""Plays the demo's past: every story through the shop's own services, on a clock that is moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import update

from entrepot.catalog.queries import sellable_by_sku
from entrepot.checkout import carts, quoting
from entrepot.checkout.models import Cart
from entrepot.customers import service as customers
from entrepot.demo.stories import HOSTED_PAGE, OWNER, PACKER, Step, Story
from entrepot.documents import service as documents
from entrepot.engine.calls import AccountView
from entrepot.engine.delivery import facts_after
from entrepot.engine.runtime import Runtime
from entrepot.kernel.clock import FixedClock
from entrepot.kernel.money import Money
from entrepot.markets.queries import store
from entrepot.orders import fulfilment
from entrepot.orders import service as orders
from entrepot.orders.detail import AdminOrder, order_detail
from entrepot.orders.queries import Shop
from entrepot.payments import refunds
from entrepot.payments import service as payments
from entrepot.payments.applying import apply
from entrepot.policies.promises import promises
from entrepot.pricing.rules import Quote
from entrepot.returns import service as returns
from entrepot.returns import settling
from entrepot.returns.queries import ReturnView, returns_of
from entrepot.sdk.carriers import TrackingEvent, TrackingState
from entrepot.sdk.payments import Outcome, PaymentResult
from entrepot.storage.session import unit_of_work

_SCAN_TEXTS = {
    TrackingState.IN_TRANSIT: {
        "en": "On its way", "de": "Unterwegs", "zh-Hans": "运输中",
    },
    TrackingState.EXPORT_CUSTOMS: {
        "en": "Cleared by export customs", "de": "Ausfuhr abgefertigt", "zh-Hans": "已出口清关",
    },
    TrackingState.IMPORT_CUSTOMS: {
        "en": "In the hands of import customs", "de": "Beim Einfuhrzoll", "zh-Hans": "进口清关中",
    },
    TrackingState.OUT_FOR_DELIVERY: {
        "en": "Out for delivery", "de": "In Zustellung", "zh-Hans": "派送中",
    },
    TrackingState.DELIVERED: {
        "en": "Delivered", "de": "Zugestellt", "zh-Hans": "已签收",
    },
}  # fmt: skip

#: Spreads the minutes of the stories over the hour.
_MINUTES_APART = 37


@dataclass(frozen=True)
class Placed:
    """An order of the past and the accounts that it uses."""

    story: Story
    number: str
    total: Money
    attempt_id: str
    payment: AccountView
    carrier: AccountView


def play(runtime: Runtime, stories: Sequence[Story], *, now: datetime) -> None:
    """Let everything happen in the order of its time, so that numbers, stock and timelines agree."""
    clock = FixedClock(now)
    past = replace(runtime, clock=clock, shop=Shop())
    placed: dict[int, Placed] = {}
    told = 0
    for moment, position, step in _in_order(stories, now):
        clock.set(moment)
        if step is None:
            order = _place(past, stories[position])
            placed |= {position: order} if order else {}
        elif position in placed:
            _ACTIONS[step.what](past, placed[position], step)
        told = _keep_books(past, told)


def _keep_books(runtime: Runtime, told: int) -> int:
    """Customers and documents follow facts at once, so that each has the day of its fact; the newest fact's number."""
    for number, fact in facts_after(told):
        for consumer in (customers, documents):
            if consumer.handles(fact.kind):
                consumer.deliver(runtime, fact)
        told = number
    return told


def _in_order(stories: Sequence[Story], now: datetime) -> list[tuple[datetime, int, Step | None]]:
    """(when, which story, what happens; None: the order is placed), the oldest first."""
    events: list[tuple[datetime, int, Step | None]] = []
    for position, story in enumerate(stories):
        # No two buyers act in the same minute, and what follows within a story takes a while.
        beginning = now - timedelta(minutes=_MINUTES_APART * position % 60, seconds=_MINUTES_APART * position % 47)
        events.append((beginning - timedelta(days=story.ago), position, None))
        for number, step in enumerate(story.steps, start=1):
            events.append((beginning - timedelta(days=step.ago) + timedelta(minutes=2 * number), position, step))
    return sorted(events, key=lambda event: event[0])


def _place(runtime: Runtime, story: Story) -> Placed | None:
    """The order with its payment begun; None where no loaded plugin offers what the story needs."""
    payment = next((found for found in runtime.accounts.list("payment") if found.provider_id == story.pay_by), None)
    carrier = next(iter(runtime.accounts.list("carrier", story.buyer.market)), None)
    if payment is None or carrier is None:
        return None
    token = _filled_cart(runtime, story)
    carts.set_shipping(runtime, token, account_id=carrier.id, service=story.service)
    quote = quoting.freeze(runtime, carts.content(token))
    number, attempt_id = _order(runtime, story, token, quote, payment)
    if story.pay_by != HOSTED_PAGE:  # whose simulator does not run yet, and must not know of the past
        payments.start(runtime, attempt_id, return_url=runtime.settings.base_url)
    return Placed(story, number, quote.total, attempt_id, payment, carrier)


def _filled_cart(runtime: Runtime, story: Story) -> str:
    market = store().market(story.buyer.market)
    assert market is not None
    token = carts.start_cart(runtime, market=market.code, locale=story.buyer.locale)
    for sku, quantity in story.goods.items():
        goods = sellable_by_sku(sku, market, story.buyer.locale)
        assert goods is not None, sku
        carts.add(runtime, token, variant_id=goods.variant_id, quantity=quantity)
    carts.set_address(runtime, token, email=story.buyer.email, shipping=story.buyer.address)
    return token


def _order(runtime: Runtime, story: Story, token: str, quote: Quote, payment: AccountView) -> tuple[str, str]:
    """(order number, attempt id): what the checkout writes, but for asking the payment provider."""
    placement = orders.Placement(
        email=story.buyer.email,
        shipping_address=story.buyer.address,
        billing_address=story.buyer.address,
        idempotency_key=f"demo:{token}",
        request_digest="",
        hold_until=runtime.clock.now() + timedelta(days=story.hold),
        policies=promises(store().settings, story.buyer.market),
    )
    with unit_of_work() as session:
        order = orders.create_order(session, runtime, quote, placement)
        session.execute(update(Cart).where(Cart.token == token).values(order_number=order.number))
        attempt_id = payments.create_attempt(
            session, runtime, order_id=order.id, account_id=payment.id, label=payment.label, amount=quote.total
        )
    return order.number, attempt_id


def _pay(runtime: Runtime, placed: Placed, step: Step) -> None:
    if placed.story.pay_by == HOSTED_PAGE:
        fee = _percent(placed.total, 2)
        result = PaymentResult(Outcome.CAPTURED, _reference(placed), placed.total, fee=fee)
        apply(runtime, placed.attempt_id, result, actor=f"payment:{placed.payment.label}")
        return
    received = _percent(placed.total, step.percent)
    payments.confirm_manually(runtime, placed.attempt_id, received=received, actor=OWNER)


def _decline(runtime: Runtime, placed: Placed, step: Step) -> None:
    result = PaymentResult(Outcome.DECLINED, _reference(placed), placed.total, message=step.text)
    apply(runtime, placed.attempt_id, result, actor=f"payment:{placed.payment.label}")


def _ship(runtime: Runtime, placed: Placed, step: Step) -> None:
    """Everything that is open, or the step's SKUs: one parcel per warehouse."""
    detail = _detail(runtime, placed)
    skus = {line.id: line.sku for line in detail.order.lines}
    parcels = count(len(detail.order.parcels) + 1)
    for part in detail.fulfilments:
        left = {id: quantity - shipped for id, quantity, shipped in part.lines}
        going = {id: pieces for id, pieces in left.items() if pieces and (not step.skus or skus[id] in step.skus)}
        if not going:
            continue
        parcel = next(parcels)
        fulfilment.ship(
            runtime,
            placed.number,
            fulfilment_id=part.id,
            tracking_number=f"{_initials(placed.carrier.label)}{placed.number}-{parcel:02}",
            actor=PACKER,
            idempotency_key=f"demo-{placed.number}-{parcel}",
            account_id=placed.carrier.id,
            quantities=going,
        )


def _scan(runtime: Runtime, placed: Placed, step: Step) -> None:
    state = TrackingState(step.what) if step.what != "deliver" else TrackingState.DELIVERED
    text = _SCAN_TEXTS[state][placed.story.buyer.locale]
    for parcel in _detail(runtime, placed).order.parcels:
        event = TrackingEvent(state, runtime.clock.now(), text=text, place=step.text)
        fulfilment.record_scan(runtime, parcel.id, event, actor=f"carrier:{placed.carrier.label}")


def _complete(runtime: Runtime, placed: Placed, step: Step) -> None:
    fulfilment.complete(runtime, placed.number, actor="system")


def _cancel(runtime: Runtime, placed: Placed, step: Step) -> None:
    orders.cancel(runtime, placed.number, reason=step.text, actor=OWNER)


def _lapse(runtime: Runtime, placed: Placed, step: Step) -> None:
    """The time to pay is over."""
    orders.cancel_unpaid(runtime)


def _refund(runtime: Runtime, placed: Placed, step: Step) -> None:
    refunds.refund(
        runtime,
        placed.attempt_id,
        amount=_percent(placed.total, step.percent),
        reason=step.text,
        actor=OWNER,
        idempotency_key=f"demo-refund-{placed.number}",
    )


def _ask_return(runtime: Runtime, placed: Placed, step: Step) -> None:
    """The step's SKUs, or all of the order."""
    lines = _detail(runtime, placed).order.lines
    asked = {line.id: line.quantity for line in lines if not step.skus or line.sku in step.skus}
    request = returns.Request(asked, step.text, withdrawal=False, idempotency_key=f"demo-return-{placed.number}")
    returns.request(runtime, placed.number, request, actor="buyer")


def _approve_return(runtime: Runtime, placed: Placed, step: Step) -> None:
    returns.approve(runtime, _return_of(placed).number, actor=OWNER)


def _receive_return(runtime: Runtime, placed: Placed, step: Step) -> None:
    returns.receive(runtime, _return_of(placed).number, actor=PACKER)


def _settle_return(runtime: Runtime, placed: Placed, step: Step) -> None:
    """As new, and the money goes back."""
    found = _return_of(placed)
    decisions = settling.Decisions({line.line_id: settling.Decision("refund") for line in found.lines})
    expected = settling.preview(runtime, found.number, decisions).refund
    settling.settle(runtime, found.number, decisions, expected=expected, actor=OWNER)


_ACTIONS: Mapping[str, Callable[[Runtime, Placed, Step], None]] = {
    "pay": _pay,
    "decline": _decline,
    "ship": _ship,
    "in_transit": _scan,
    "export_customs": _scan,
    "import_customs": _scan,
    "out_for_delivery": _scan,
    "deliver": _scan,
    "complete": _complete,
    "cancel": _cancel,
    "lapse": _lapse,
    "refund": _refund,
    "ask_return": _ask_return,
    "approve_return": _approve_return,
    "receive_return": _receive_return,
    "settle_return": _settle_return,
}


def _return_of(placed: Placed) -> ReturnView:
    return returns_of(placed.number)[-1]


def _detail(runtime: Runtime, placed: Placed) -> AdminOrder:
    detail = order_detail(runtime, placed.number)
    assert detail is not None
    return detail


def _reference(placed: Placed) -> str:
    return f"past-{placed.number}"


def _percent(amount: Money, percent: int) -> Money:
    return amount.allocate([percent, 100 - percent])[0]


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split()).upper()
