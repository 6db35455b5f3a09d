"""Taking what a source says: typed movements that name the source, each word once; asking, and watching for silence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entrepot.engine.calls import AccountView
from entrepot.engine.runtime import Runtime
from entrepot.inventory import stock
from entrepot.sdk.errors import EntrepotError, ProviderUnavailable
from entrepot.sdk.facts import StockSourceStale
from entrepot.sdk.provider import Provider
from entrepot.sdk.stock import StockEvent, StockNews, StockSource
from entrepot.stock_sources import queries
from entrepot.stock_sources.models import StockSourceLevel, StockSourcePlace, StockSourceState
from entrepot.stock_sources.rules import newest
from entrepot.storage.outbox import record
from entrepot.storage.session import insert_rows, reader, release_reader, unit_of_work

DEADLINE_S = 60.0
#: A source that answers in parts is asked this often at once.
MOST_PARTS = 50
#: So many events are booked in one transaction.
BATCH = 500
LARGEST_STOCK = 2_000_000_000
#: A source that failed is asked again after this, and one that never answered is stale after that.
RETRY = timedelta(minutes=5)
NEVER_HEARD = timedelta(hours=1)
_KEPT = 100
#: (variant id, warehouse id)
Key = tuple[int, int]


@dataclass(frozen=True)
class Taken:
    """What became of events: ``changed`` SKUs were booked, ``same`` were so already, ``passed`` were old news."""

    changed: int = 0
    same: int = 0
    passed: int = 0
    refused: tuple[str, ...] = ()

    def plus(self, other: Taken) -> Taken:
        return Taken(
            self.changed + other.changed,
            self.same + other.same,
            self.passed + other.passed,
            (*self.refused, *other.refused)[:_KEPT],
        )


def take(runtime: Runtime, source_id: str, label: str, news: StockNews, *, mode: str, actor: str) -> Taken:
    """Book what the source says is there. Repeated or out of order, it changes nothing.

    Stock never falls below what is promised to orders: then it is booked down to that, and the difference is told.
    """
    taken = Taken()
    events = sorted(news.events, key=lambda event: event.sequence)
    for start in range(0, len(events), BATCH):
        with unit_of_work() as session:
            _state(session, source_id, label, mode)
            part = events[start : start + BATCH]
            taken = taken.plus(_book(session, runtime, source_id, label, part, news.as_of, actor))
    with unit_of_work() as session:
        _heard(_state(session, source_id, label, mode), runtime.clock.now(), news, events, taken)
    return taken


def sync(runtime: Runtime) -> int:
    """Ask every account whose time has come; returns how many were asked. One account's failure stops no other."""
    now = runtime.clock.now()
    due = _next_times()
    release_reader()
    asked = [account for account in runtime.accounts.list("stock") if (due.get(account.id) or now) <= now]
    for account in asked:
        pull(runtime, account)
    return len(asked)


def pull(runtime: Runtime, account: AccountView) -> Taken:
    """Ask one account for what is new, and take it. A failure is kept with the source."""
    with unit_of_work() as session:
        state = _state(session, account.id, account.label, "pull")
        state.stale_at = state.stale_at or runtime.clock.now() + NEVER_HEARD
        since = state.cursor
    taken = Taken()
    try:
        for _ in range(MOST_PARTS):
            news = _ask(runtime, account, since)
            taken = taken.plus(
                take(runtime, account.id, account.label, news, mode="pull", actor=f"stock:{account.label}")
            )
            if not news.more or not news.events:
                break
            since = max(event.sequence for event in news.events)
    except EntrepotError as error:
        with unit_of_work() as session:
            state = _state(session, account.id, account.label, "pull")
            state.problem, state.next_at = str(error), runtime.clock.now() + RETRY
    return taken


def watch(runtime: Runtime) -> int:
    """Record StockSourceStale once for every source that has been silent for too long; returns how many.

    An account that is switched off may be silent.
    """
    now = runtime.clock.now()
    asked = {account.id for account in runtime.accounts.list("stock")}
    release_reader()
    with unit_of_work() as session:
        late = session.scalars(select(StockSourceState).where(StockSourceState.stale_at <= now).with_for_update()).all()
        silent = []
        for state in late:
            if state.mode == "pull" and state.id not in asked:
                state.stale_since = None
            elif state.stale_since is None:
                silent.append(state)
        for state in silent:
            state.stale_since = now
            record(
                session,
                runtime.clock,
                StockSourceStale,
                source=state.label,
                last_synced=state.synced_at.isoformat() if state.synced_at else "",
                problem=state.problem,
            )
    return len(silent)


def forget(source_id: str) -> None:
    """Forget a source that reports no more; what it said stays booked."""
    with unit_of_work() as session:
        for row in (StockSourceLevel, StockSourcePlace):
            for each in session.scalars(select(row).where(row.source_id == source_id)):
                session.delete(each)
        session.flush()
        state = session.get(StockSourceState, source_id)
        if state is not None:
            session.delete(state)


def _ask(runtime: Runtime, account: AccountView, since: int) -> StockNews:
    news = runtime.guard.call(
        account.id, "pull", lambda provider: _source(provider).pull(since), deadline_s=DEADLINE_S, returns=StockNews
    )
    strange = next((event for event in news.events if event.sequence <= since), None)
    if strange is not None:
        raise ProviderUnavailable(
            f"{account.label} was asked for what came after {since} and answered {strange.sequence}. Tell the "
            "plugin's author."
        )
    return news


def _source(provider: Provider) -> StockSource:
    assert isinstance(provider, StockSource)
    return provider


def _next_times() -> dict[str, datetime | None]:
    rows = reader().execute(select(StockSourceState.id, StockSourceState.next_at))
    return {row.id: row.next_at for row in rows}


def _state(session: Session, source_id: str, label: str, mode: str) -> StockSourceState:
    """The source's row, held until the transaction ends; made where it is new."""
    query = select(StockSourceState).where(StockSourceState.id == source_id).with_for_update()
    state = session.scalar(query.execution_options(populate_existing=True))
    if state is None:
        state = StockSourceState(id=source_id, label=label[:120], mode=mode, cursor=0)
        session.add(state)
        session.flush()
    state.label = label[:120]
    return state


def _heard(state: StockSourceState, now: datetime, news: StockNews, events: Sequence[StockEvent], taken: Taken) -> None:
    state.synced_at, state.problem, state.stale_since = now, "", None
    state.next_at, state.stale_at = now + news.again_in, news.as_of + news.stale_after
    if state.stale_at > now + news.stale_after:
        state.stale_at = now + news.stale_after  # a source whose clock is ahead is no fresher for it
    state.cursor = max(state.cursor, events[-1].sequence if events else 0)
    if events:
        state.refused = list(taken.refused)


def _book(
    session: Session,
    runtime: Runtime,
    source_id: str,
    label: str,
    events: Sequence[StockEvent],
    as_of: datetime,
    actor: str,
) -> Taken:
    places = queries.warehouse_ids(session)
    first = next(iter(places), "")
    named = [replace(event, warehouse=event.warehouse or first) for event in events]
    variants = queries.variants_of(session, {event.sku for event in named})
    good, refused = _sorted_out(named, variants, places)
    ids = {(event.sku, event.warehouse): (variants[event.sku], places[event.warehouse]) for event in good}
    known = queries.known_sequences(session, source_id, {variant for variant, _ in ids.values()})
    found = newest(good, {place: known[key] for place, key in ids.items() if key in known})
    due = {ids[place]: event for place, event in found.due.items()}
    changes, told = _differences(due, queries.levels_of(session, {variant for variant, _ in due}))
    reference = f"{label} up to #{events[-1].sequence}"
    stock.book(session, changes, kind="adjusted", reference=reference, actor=actor, at=runtime.clock.now())
    _remember(session, source_id, due, known.keys())
    _note_places(session, runtime, source_id, {warehouse for _, warehouse in ids.values()}, as_of)
    return Taken(len(changes), len(due) - len(changes), found.passed, tuple((*refused, *told)[:_KEPT]))


def _differences(
    due: Mapping[Key, StockEvent], levels: Mapping[Key, tuple[int, int]]
) -> tuple[list[stock.Change], list[str]]:
    """What has to be booked, and a sentence about each SKU of which more is promised than is there."""
    changes, told = [], []
    for key, event in due.items():
        on_hand, promised = levels.get(key, (0, 0))
        if event.on_hand < promised:
            told.append(
                f"{event.sku}: {event.on_hand} are there, but {promised} are promised to orders. Cancel or move some."
            )
        changes.append(stock.Change(*key, max(event.on_hand, promised) - on_hand))
    return [change for change in changes if change.quantity], told


def _remember(session: Session, source_id: str, due: Mapping[Key, StockEvent], known: Collection[Key]) -> None:
    rows = [
        {
            "source_id": source_id,
            "variant_id": key[0],
            "warehouse_id": key[1],
            "sequence": event.sequence,
            "on_hand": event.on_hand,
        }
        for key, event in due.items()
    ]
    heard = [row for row in rows if (row["variant_id"], row["warehouse_id"]) in known]
    new = [row for row in rows if (row["variant_id"], row["warehouse_id"]) not in known]
    if heard:
        session.execute(update(StockSourceLevel), heard)
    if new:
        insert_rows(session, StockSourceLevel, new)


def _sorted_out(
    events: Iterable[StockEvent], variants: Mapping[str, int], places: Mapping[str, int]
) -> tuple[list[StockEvent], list[str]]:
    """Events that can be booked, and a sentence about each that cannot."""
    good, refused = [], []
    for event in events:
        if event.sku not in variants:
            refused.append(f"{event.sku}: no SKU of this store whose stock is counted.")
        elif event.warehouse not in places:
            refused.append(f"{event.sku}: there is no active warehouse '{event.warehouse}'.")
        elif not 0 <= event.on_hand <= LARGEST_STOCK:
            refused.append(f"{event.sku}: {event.on_hand} is no number of pieces.")
        else:
            good.append(event)
    return good, refused


def _note_places(
    session: Session, runtime: Runtime, source_id: str, warehouses: Iterable[int], as_of: datetime
) -> None:
    for warehouse_id in sorted(warehouses):
        place = session.get(StockSourcePlace, (source_id, warehouse_id))
        if place is None:
            place = StockSourcePlace(source_id=source_id, warehouse_id=warehouse_id, as_of=as_of)
            session.add(place)
        place.synced_at, place.as_of = runtime.clock.now(), max(place.as_of, as_of)
        session.flush()
