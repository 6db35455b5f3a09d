"""Importing a product file: streamed, in batches, each product whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from entrepot.catalog.importing import runs
from entrepot.catalog.importing.failed_rows import FailedRows
from entrepot.catalog.importing.failures import ImportRefused, RowFailure
from entrepot.catalog.importing.formats import format_of
from entrepot.catalog.importing.parsed import Parsed, Target
from entrepot.catalog.importing.reports import KEPT, ImportReport, Progress
from entrepot.catalog.importing.sheets import Sheet, open_sheet
from entrepot.catalog.records import ProductRecord
from entrepot.catalog.saving import Batch, existing_products
from entrepot.inventory.queries import warehouses
from entrepot.kernel.clock import HasClock
from entrepot.markets.queries import price_lists, store
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import unit_of_work

BATCH = 250


@dataclass(frozen=True)
class ImportOptions:
    """What is empty is decided by file and store: the header, the first market's price list and language, the first
    warehouse. ``failed_rows`` is where rows that were not imported are written, if there are any."""

    format: str = ""
    price_list: str = ""
    warehouse: str = ""
    locale: str = ""
    dry_run: bool = False
    failed_rows: Path | None = None
    actor: str = "system"


def import_products(
    runtime: HasClock, path: Path, options: ImportOptions | None = None, progress: Progress | None = None
) -> ImportReport:
    """Import every product that can be; the others are reported by row. Importing the same file again changes nothing.

    Raises ImportRefused, with nothing written, when the file as a whole is damaged or of no known format.
    """
    options = options or ImportOptions()
    sheet = open_sheet(path)
    kind = format_of(sheet, options.format)
    target = _target(options)
    products = kind.read(sheet, target)
    first = list(islice(products, BATCH))  # columns that are wrong as a whole are refused before anything is written
    with FailedRows(options.failed_rows, sheet.header) as failed_rows:
        run = _Run(runtime, options, target, sheet, kind.name, failed_rows)
        run.start()
        for batch in _batches(first, products):
            run.take(batch)
            if progress:
                progress(run.report())
        run.finish()
    return run.report()


def _batches(first: list[Parsed], rest: Iterator[Parsed]) -> Iterator[list[Parsed]]:
    batch = first
    while batch:
        yield batch
        batch = list(islice(rest, BATCH))


def _target(options: ImportOptions) -> Target:
    markets = store().markets
    lists = price_lists().values()
    active = [warehouse.code for warehouse in warehouses() if warehouse.active]
    if not markets or not lists:
        raise ImportRefused("There is no market yet, so prices have no currency. Create a market first.")
    if not active:
        raise ImportRefused("There is no active warehouse to put stock into. Create a warehouse first.")
    by_id = {row.id: row.code for row in lists}
    price_list = options.price_list or by_id[markets[0].price_list_id]
    if price_list not in by_id.values():
        raise ImportRefused(f"There is no price list {price_list!r}. Known: {', '.join(sorted(by_id.values()))}.")
    if options.warehouse and options.warehouse not in active:
        raise ImportRefused(f"There is no active warehouse {options.warehouse!r}. Known: {', '.join(sorted(active))}.")
    return Target(
        price_list=price_list,
        warehouse=options.warehouse or active[0],
        locale=options.locale or markets[0].locales[0],
        currencies={row.code: row.currency for row in lists},
        warehouses=frozenset(active),
    )


class _DryRun(Exception):
    """Takes back everything that the batch has done."""


@dataclass
class _Counts:
    """What one batch did; added to the run only once it is committed."""

    changes: list[tuple[str, str]] = field(default_factory=list)
    unchanged: int = 0
    failed: list[tuple[Parsed, tuple[RowFailure, ...]]] = field(default_factory=list)


class _Run:
    """One import on its way."""

    def __init__(
        self,
        runtime: HasClock,
        options: ImportOptions,
        target: Target,
        sheet: Sheet,
        format_name: str,
        failed_rows: FailedRows,
    ) -> None:
        self._runtime = runtime
        self._options = options
        self._target = target
        self._file_name = sheet.name
        self._format = format_name
        self._failed_rows = failed_rows
        self._skus: dict[str, int] = {}
        self._import_id: int | None = None
        self._created = self._updated = self._unchanged = self._failed = 0
        self._failures: list[RowFailure] = []
        self._changes: list[tuple[str, str]] = []

    def report(self) -> ImportReport:
        return ImportReport(
            file_name=self._file_name,
            format=self._format,
            dry_run=self._options.dry_run,
            created=self._created,
            updated=self._updated,
            unchanged=self._unchanged,
            failed=self._failed,
            failures=tuple(self._failures),
            changes=tuple(self._changes),
            import_id=self._import_id,
        )

    def start(self) -> None:
        if self._options.dry_run:
            return
        options, at = self._options, self._runtime.clock.now()
        self._import_id = runs.start(self._file_name, self._format, kind="products", actor=options.actor, at=at)

    def finish(self) -> None:
        if self._import_id is not None:
            runs.finish(self._import_id, self.report(), at=self._runtime.clock.now())

    def take(self, batch: Sequence[Parsed]) -> None:
        """Save a batch in one transaction."""
        counts = _Counts()
        good = [parsed for parsed in batch if self._is_whole(parsed, counts)]
        try:
            with unit_of_work() as session:
                self._save(session, good, counts)
                if self._options.dry_run:
                    raise _DryRun
        except _DryRun:
            pass
        self._add(counts)

    def _is_whole(self, parsed: Parsed, counts: _Counts) -> bool:
        failures = parsed.failures or tuple(self._repeated_skus(parsed))
        if failures:
            counts.failed.append((parsed, failures))
        return not failures

    def _repeated_skus(self, parsed: Parsed) -> Iterator[RowFailure]:
        variants = parsed.record.variants if parsed.record else ()
        here: dict[str, int] = {}
        for variant, row in zip(variants, parsed.variant_rows, strict=True):
            earlier = self._skus.get(variant.sku) or here.get(variant.sku)
            if earlier:
                yield RowFailure(
                    row, "SKU", variant.sku, f"was used in row {earlier} already.", "Give every variant its own."
                )
            here[variant.sku] = row
        self._skus |= {sku: row for sku, row in here.items() if sku not in self._skus}

    def _save(self, session: Session, batch: Sequence[Parsed], counts: _Counts) -> None:
        records = {parsed.slug: parsed.record for parsed in batch if parsed.record}
        digests = {slug: _digest(record) for slug, record in records.items()}
        known = existing_products(session, list(records))
        changed = [p for p in batch if p.slug not in known or known[p.slug].import_digest != digests[p.slug]]
        counts.unchanged = len(batch) - len(changed)
        failed = self._save_whole_or_one_by_one(session, changed, digests)
        counts.failed += failed
        lost = {parsed.slug for parsed, _ in failed}
        counts.changes = [
            (parsed.slug, "updated" if parsed.slug in known else "created")
            for parsed in changed
            if parsed.slug not in lost
        ]

    def _save_whole_or_one_by_one(
        self, session: Session, batch: Sequence[Parsed], digests: dict[str, str]
    ) -> list[tuple[Parsed, tuple[RowFailure, ...]]]:
        """The products that the database would not take. One of them makes the batch fall back to single products."""
        if self._try(session, batch, digests) is None:
            return []
        failed: list[tuple[Parsed, tuple[RowFailure, ...]]] = []
        for parsed in batch:
            if refusal := self._try(session, [parsed], digests):
                failure = RowFailure(parsed.rows[0].number, "", parsed.slug, refusal, "")
                failed.append((parsed, (failure,)))
        return failed

    def _try(self, session: Session, batch: Sequence[Parsed], digests: dict[str, str]) -> str | None:
        """Save inside a savepoint; what speaks against it, or None."""
        records = [parsed.record for parsed in batch if parsed.record]
        if not records:
            return None
        try:
            with session.begin_nested():
                self._batch(session, digests).save(records)
        except EntrepotError as error:
            return str(error)
        except IntegrityError as error:
            return f"The database refused it ({type(error.orig).__name__})."
        return None

    def _batch(self, session: Session, digests: dict[str, str]) -> Batch:
        return Batch(
            session,
            at=self._runtime.clock.now(),
            reference=f"import {self._file_name}",
            actor=self._options.actor,
            locale=self._target.locale,
            import_digests=digests,
        )

    def _add(self, counts: _Counts) -> None:
        created = sum(1 for _, action in counts.changes if action == "created")
        self._created += created
        self._updated += len(counts.changes) - created
        self._unchanged += counts.unchanged
        self._failed += len(counts.failed)
        self._changes += counts.changes[: KEPT - len(self._changes)]
        for parsed, failures in counts.failed:
            self._failed_rows.add(parsed.rows, failures)
            self._failures += failures[: KEPT - len(self._failures)]


def _digest(record: ProductRecord) -> str:
    """Of everything that would be saved, price list and warehouse included."""
    return hashlib.sha256(repr(record).encode()).hexdigest()
