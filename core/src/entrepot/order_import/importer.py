"""Importing a file of orders: in batches, each order whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from entrepot.catalog.importing import runs
from entrepot.catalog.importing.failed_rows import FailedRows
from entrepot.catalog.importing.failures import ImportRefused, RowFailure
from entrepot.catalog.importing.reports import KEPT, ImportReport, Progress, Verdict, row_span
from entrepot.catalog.importing.sheets import Sheet, open_sheet
from entrepot.catalog.queries import sellable
from entrepot.catalog.views import Sellable
from entrepot.engine.runtime import Runtime
from entrepot.inventory import allocation
from entrepot.inventory.allocation import OutOfStock
from entrepot.inventory.queries import warehouses
from entrepot.markets.queries import known_store, store
from entrepot.order_import import queries
from entrepot.order_import.columns import Columns, resolve
from entrepot.order_import.placing import place, quote_of, unknown_skus
from entrepot.order_import.profiles import known_profile
from entrepot.order_import.queries import KnownOrder
from entrepot.order_import.reading import OrderRecord, ParsedOrder, Reading, read_orders
from entrepot.storage.session import reader, release_reader

BATCH = 50
KIND = "orders"
#: What an order's channel is called where nobody says it.
CHANNEL = "import"
LONGEST_CHANNEL = 40


@dataclass(frozen=True)
class OrderImportOptions:
    """``columns`` are {field: title or "=value"} on top of those of the profile; what is left out is guessed.

    Without a market, country and currency of each order decide. ``failed_rows`` is where rows go that were not taken.
    """

    channel: str = ""
    market: str = ""
    profile: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    failed_rows: Path | None = None
    actor: str = "system"
    #: A batch that was begun and is to be gone on with.
    import_id: int | None = None


def import_orders(
    runtime: Runtime, path: Path, options: OrderImportOptions | None = None, progress: Progress | None = None
) -> ImportReport:
    """Take every order that can be taken; the others are reported by row. The same file again changes nothing.

    Raises ImportRefused, with nothing written, when the file as a whole cannot be read, and ColumnsMissing where
    nobody knows which columns hold what every order needs.
    """
    options = _with_profile(options or OrderImportOptions())
    sheet = open_sheet(path)
    reading = _reading(runtime, resolve(sheet, options.columns), options)
    orders = read_orders(sheet, reading)
    with FailedRows(options.failed_rows, sheet.header, whole="an order") as failed_rows:
        run = _Run(runtime, options, sheet, failed_rows)
        run.start()
        while batch := list(islice(orders, BATCH)):
            run.take(batch)
            if progress:
                progress(run.report())
        run.finish()
    return run.report()


def _with_profile(options: OrderImportOptions) -> OrderImportOptions:
    """The options with what the profile says, where they say nothing themselves."""
    profile = known_profile(options.profile) if options.profile else None
    channel = " ".join((options.channel or (profile.channel if profile else "") or CHANNEL).split())
    if len(channel) > LONGEST_CHANNEL:
        raise ImportRefused(f"The channel's name is longer than {LONGEST_CHANNEL} characters. Shorten it.")
    if profile is None:
        return replace(options, channel=channel)
    columns = {**profile.columns, **options.columns}
    return replace(options, channel=channel, market=options.market or profile.market, columns=columns)


def _reading(runtime: Runtime, columns: Columns, options: OrderImportOptions) -> Reading:
    markets = store().markets
    if not markets:
        raise ImportRefused("There is no market yet, so prices have no currency. Create a market first.")
    if not any(warehouse.active for warehouse in warehouses()):
        raise ImportRefused("There is no active warehouse to send from. Create a warehouse first.")
    market = store().market(options.market) if options.market else None
    if options.market and market is None:
        known = ", ".join(each.code for each in markets)
        raise ImportRefused(f"There is no market {options.market!r}. Known: {known}.")
    return Reading(columns, markets, market, runtime.clock.now())


class _Run:
    """One import on its way."""

    def __init__(self, runtime: Runtime, options: OrderImportOptions, sheet: Sheet, failed_rows: FailedRows) -> None:
        self._runtime = runtime
        self._options = options
        self._file_name = sheet.name
        self._failed_rows = failed_rows
        self._import_id: int | None = None
        self._counts: Counter[str] = Counter()
        self._failures: list[RowFailure] = []
        self._verdicts: list[Verdict] = []
        #: Pieces that earlier orders of a dry run would have taken, by variant.
        self._wanted: Counter[int] = Counter()

    def report(self) -> ImportReport:
        return ImportReport(
            file_name=self._file_name,
            format=self._options.channel,
            dry_run=self._options.dry_run,
            created=self._counts["created"],
            unchanged=self._counts["unchanged"],
            failed=self._counts["failed"],
            failures=tuple(self._failures),
            verdicts=tuple(self._verdicts),
            import_id=self._import_id,
        )

    def start(self) -> None:
        if self._options.dry_run:
            return
        self._import_id = self._options.import_id or runs.start(
            self._file_name,
            self._options.channel,
            kind=KIND,
            actor=self._options.actor,
            at=self._runtime.clock.now(),
        )

    def finish(self) -> None:
        if self._import_id is not None:
            runs.finish(self._import_id, self.report(), at=self._runtime.clock.now())

    def take(self, batch: Sequence[ParsedOrder]) -> None:
        """Take the orders one by one, each in a transaction of its own."""
        references = [parsed.reference for parsed in batch]
        known = queries.known_orders(self._options.channel, references)
        ids = queries.variant_ids({line.sku for each in batch if each.record for line in each.record.lines})
        release_reader()
        for parsed in batch:
            self._judge(parsed, known.get(parsed.reference), ids)

    def _judge(self, parsed: ParsedOrder, known: KnownOrder | None, ids: Mapping[str, int]) -> None:
        if parsed.record is None:
            self._fail(parsed, parsed.failures)
        elif known is not None:
            self._meet_again(parsed, parsed.record, known)
        else:
            self._take_new(parsed, parsed.record, ids)

    def _meet_again(self, parsed: ParsedOrder, record: OrderRecord, known: KnownOrder) -> None:
        if known.digest == record.digest:
            self._note(parsed, "unchanged", f"order {known.number}")
            return
        reason = f"was taken as order {known.number} already, and the file says something else now."
        failure = self._about(parsed, reason, "Edit that order, or leave these rows out.")
        self._fail(parsed, [failure])

    def _take_new(self, parsed: ParsedOrder, record: OrderRecord, ids: Mapping[str, int]) -> None:
        items = _items(record, ids)
        if missing := unknown_skus(record, items):
            self._fail(parsed, missing)
            return
        told = f"{_pieces(record)}; {record.total}{', paid' if record.is_paid else ', not paid'}"
        try:
            if self._options.dry_run:
                self._promise(record, items)
            else:
                told = f"order {self._place(record, items)}: {told}"
        except OutOfStock as error:
            self._fail(parsed, [self._about(parsed, str(error), "Book the stock in first, or change the policy.")])
        except IntegrityError:  # another import has taken it at this very moment
            self._note(parsed, "unchanged", "taken by another import")
        else:
            self._note(parsed, "created", told)

    def _place(self, record: OrderRecord, items: Mapping[str, Sellable]) -> str:
        channel = self._options.channel
        quote = quote_of(self._runtime, record, items, channel)
        assert self._import_id is not None  # start() saw to it
        actor = self._options.actor
        ref = place(self._runtime, record, quote, channel=channel, import_id=self._import_id, actor=actor)
        return ref.number

    def _promise(self, record: OrderRecord, items: Mapping[str, Sellable]) -> None:
        """Whether stock would last for this order after all that came before it. Raises OutOfStock."""
        wanted = Counter[int]()
        for line in record.lines:
            wanted[items[line.sku].variant_id] += line.quantity
        together = {variant: self._wanted[variant] + pieces for variant, pieces in wanted.items()}
        answer = allocation.can_promise(
            reader(),
            together,
            destination=record.address.country,
            strategy=allocation.strategy_named(known_store().settings.get("allocation_strategy")),
        )
        release_reader()
        if not answer.complete:
            skus = {item.variant_id: item.sku for item in items.values()}
            raise OutOfStock(
                [
                    allocation.Short(
                        skus[short.variant_id],
                        short.variant_id,
                        wanted[short.variant_id],
                        max(short.available - self._wanted[short.variant_id], 0),
                    )
                    for short in answer.shortages
                ]
            )
        self._wanted += wanted

    def _about(self, parsed: ParsedOrder, reason: str, remedy: str) -> RowFailure:
        return RowFailure(parsed.rows[0].number, "reference", parsed.reference, reason, remedy)

    def _fail(self, parsed: ParsedOrder, failures: Iterable[RowFailure]) -> None:
        found = tuple(failures)
        self._failed_rows.add(parsed.rows, found)
        self._failures += found[: KEPT - len(self._failures)]
        self._note(parsed, "failed", " ".join(str(failure) for failure in found[:3]))

    def _note(self, parsed: ParsedOrder, action: str, text: str) -> None:
        self._counts[action] += 1
        if len(self._verdicts) < KEPT:
            span = row_span([row.number for row in parsed.rows])
            self._verdicts.append(Verdict(span, parsed.reference, action, text))


def _items(record: OrderRecord, ids: Mapping[str, int]) -> dict[str, Sellable]:
    """{SKU: what is known of it} of the SKUs that the store has."""
    wanted = {ids[line.sku] for line in record.lines if line.sku in ids}
    found = sellable(wanted, record.market, record.market.locales[0], at=record.placed_at)
    release_reader()
    return {item.sku: item for item in found.values()}


def _pieces(record: OrderRecord) -> str:
    shown = ", ".join(f"{line.quantity} × {line.sku}" for line in record.lines[:4])
    more = len(record.lines) - 4
    return f"{shown} and {more} more" if more > 0 else shown
