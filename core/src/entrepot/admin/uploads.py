"""Files that staff uploaded to be imported, each in a folder of its own with what its import reported."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from werkzeug.datastructures import FileStorage

from entrepot.catalog.importing.failures import ImportRefused
from entrepot.catalog.importing.importer import ImportOptions, import_products
from entrepot.catalog.importing.reports import ImportReport, Progress
from entrepot.catalog.importing.sheets import open_sheet
from entrepot.engine import queue
from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id
from entrepot.order_import.columns import ColumnsMissing
from entrepot.order_import.importer import OrderImportOptions, import_orders
from entrepot.order_import.profiles import known_profile

#: Name of the queued job that imports one upload.
RUN = "core.import"
PRODUCTS, ORDERS = "products", "orders"
KEPT_FOR = timedelta(days=7)
ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")
_ID = re.compile(r"[0-9a-f-]{36}")
_REPORT = "report.json"
_FAILED = "failed-rows.csv"
_FILES = "files"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choices:
    """Where the contents of the file go; what is empty is decided by file and store.

    Of products format, price list, warehouse and language count; of orders market, channel and columns.
    """

    format: str = ""
    price_list: str = ""
    warehouse: str = ""
    locale: str = ""
    market: str = ""
    channel: str = ""
    #: {field: title of a column, or "=" and a value that holds for every row}
    columns: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Upload:
    """One uploaded file and the last thing that was done with it."""

    id: str
    file_name: str
    report: dict[str, Any]
    choices: Choices
    failed_rows: Path | None
    #: columns (somebody has to name them), tried, queued, running, done or refused
    state: str = "tried"
    #: Why a run was refused, or which columns are missing.
    error: str = ""
    #: The titles of an order file's columns.
    header: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    @property
    def is_under_way(self) -> bool:
        return self.state in ("queued", "running")


class Uploads:
    """Files of one kind, below the data folder. Files older than a week go with the next upload."""

    def __init__(self, runtime: Runtime, kind: str = PRODUCTS) -> None:
        self._runtime = runtime
        self._kind = kind
        self._root = runtime.settings.data_dir / "imports"

    def take(self, file: FileStorage | None, choices: Choices, *, actor: str) -> str:
        """Keep the file and try its import without writing anything; the upload's id. Raises ImportRefused."""
        if file is None or not file.filename:
            raise ImportRefused("Choose a file first.")
        name = Path(file.filename.replace("\\", "/")).name[-120:]
        if not name.lower().endswith(ENDINGS):
            raise ImportRefused(f"{name} is neither CSV nor a spreadsheet. Save it as CSV or XLSX.")
        self._forget_old()
        upload_id = new_id()
        folder = self._root / upload_id
        (folder / _FILES).mkdir(parents=True)
        file.save(folder / _FILES / name)
        try:
            self._import(upload_id, name, choices, dry_run=True, actor=actor)
        except Exception:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return upload_id

    def try_again(self, upload_id: str, choices: Choices, *, actor: str) -> None:
        """Try the file once more with other choices, as long as it was not imported. Raises ImportRefused."""
        upload = self._found(upload_id)
        if upload.is_done or upload.is_under_way:
            raise ImportRefused("The file is imported already. Upload it again.")
        self._import(upload.id, upload.file_name, choices, dry_run=True, actor=actor)

    def run(self, upload_id: str, *, actor: str) -> None:
        """Import for good. Again, it changes nothing."""
        upload = self._found(upload_id)
        if upload.is_done and self._kind == ORDERS:
            return  # its batch stays the one that can be taken back
        self._import(upload.id, upload.file_name, upload.choices, dry_run=False, actor=actor)

    def run_later(self, upload_id: str, *, actor: str) -> None:
        """Have the worker import for good; ``find`` tells how far it is. Repeated while it is under way: no change."""
        upload = self._found(upload_id)
        if upload.is_under_way or (upload.is_done and self._kind == ORDERS):
            return
        self._note(upload, "queued")
        payload = {"upload": upload_id, "actor": actor, "kind": self._kind}
        queue.enqueue(self._runtime, RUN, payload, subject=upload_id)

    def listed(self) -> list[Upload]:
        """All that are kept, the newest first: ids sort by time."""
        folders = sorted(self._root.iterdir(), reverse=True) if self._root.is_dir() else []
        return [found for folder in folders if (found := self.find(folder.name))]

    def find(self, upload_id: str) -> Upload | None:
        folder = self._root / upload_id
        if not _ID.fullmatch(upload_id) or not (folder / _REPORT).is_file():
            return None
        stored = json.loads((folder / _REPORT).read_text(encoding="utf-8"))
        if stored["kind"] != self._kind:
            return None
        failed = folder / _FAILED
        return Upload(
            id=upload_id,
            file_name=stored["file_name"],
            report=stored["report"],
            choices=Choices(**stored["choices"]),
            failed_rows=failed if failed.is_file() else None,
            state=stored["state"],
            error=stored["error"],
            header=tuple(stored["header"]),
        )

    def _found(self, upload_id: str) -> Upload:
        upload = self.find(upload_id)
        if upload is None:
            raise ImportRefused("The file is no longer kept. Upload it again.")
        return upload

    def _note(self, upload: Upload, state: str, error: str = "") -> None:
        self._write(upload.id, upload.file_name, upload.choices, upload.report, state, error)

    def _import(self, upload_id: str, name: str, choices: Choices, *, dry_run: bool, actor: str) -> None:
        folder = self._root / upload_id
        (folder / _FAILED).unlink(missing_ok=True)

        def note_progress(so_far: ImportReport) -> None:
            self._write(upload_id, name, choices, _as_json(so_far), "running")

        known = self.find(upload_id)
        batch = known.report["import_id"] if known is not None and not dry_run else None
        work = _Work(folder / _FILES / name, choices, dry_run, folder / _FAILED, actor, batch)
        try:
            report = IMPORTERS[self._kind](self._runtime, work, None if dry_run else note_progress)
        except ColumnsMissing as error:
            asked = replace(choices, columns={**error.columns, **choices.columns})
            self._write(upload_id, name, asked, _as_json(ImportReport(name, "", dry_run)), "columns", str(error))
        except ImportRefused as error:
            if known := self.find(upload_id):
                self._note(known, "refused", str(error))
            raise
        else:
            self._write(upload_id, name, choices, _as_json(report), "tried" if dry_run else "done")

    def _write(
        self, upload_id: str, name: str, choices: Choices, report: dict[str, Any], state: str, error: str = ""
    ) -> None:
        stored = {
            "kind": self._kind,
            "file_name": name,
            "report": report,
            "choices": vars(choices),
            "state": state,
            "error": error,
            "header": self._header(upload_id, name),
        }
        _write_whole(self._root / upload_id / _REPORT, json.dumps(stored, ensure_ascii=False))

    def _header(self, upload_id: str, name: str) -> tuple[str, ...]:
        """The columns that somebody may have to name; read once."""
        known = self.find(upload_id)
        if self._kind != ORDERS:
            return ()
        return known.header if known else open_sheet(self._root / upload_id / _FILES / name).header

    def _forget_old(self) -> None:
        before = (self._runtime.clock.now() - KEPT_FOR).timestamp()
        for folder in self._root.iterdir() if self._root.is_dir() else ():
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)


def _write_whole(file: Path, text: str) -> None:
    """All of it or nothing, also on a disk that is full or in a process that dies."""
    beginning = file.with_suffix(".part")
    beginning.write_text(text, encoding="utf-8")
    beginning.replace(file)


def run_queued(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """The queue's task. A file that is refused stays refused, with the reason in its report."""
    try:
        Uploads(runtime, payload["kind"]).run(payload["upload"], actor=payload["actor"])
    except ImportRefused as error:
        _log.warning("Import %s: %s", payload["upload"], error)


def _as_json(report: ImportReport) -> dict[str, Any]:
    return {
        "format": report.format,
        "dry_run": report.dry_run,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "failed": report.failed,
        "failures": [{"row": failure.row, "reason": str(failure)} for failure in report.failures],
        "changes": [list(change) for change in report.changes],
        "verdicts": [asdict(verdict) for verdict in report.verdicts],
        "import_id": report.import_id,
    }


@dataclass(frozen=True)
class _Work:
    """One file to be imported, or tried."""

    file: Path
    choices: Choices
    dry_run: bool
    failed_rows: Path
    actor: str
    #: The batch that an earlier try of the same import began, in a process that died.
    import_id: int | None


def with_profile(choices: Choices, name: str) -> Choices:
    """The choices with what the profile says, where they say nothing themselves. Raises ImportRefused."""
    if not name:
        return choices
    found = known_profile(name)
    return replace(
        choices,
        market=choices.market or found.market,
        channel=choices.channel or found.channel,
        columns={**found.columns, **choices.columns},
    )


def _products(runtime: Runtime, work: _Work, progress: Progress | None) -> ImportReport:
    choices = work.choices
    options = ImportOptions(
        format=choices.format,
        price_list=choices.price_list,
        warehouse=choices.warehouse,
        locale=choices.locale,
        dry_run=work.dry_run,
        failed_rows=work.failed_rows,
        actor=work.actor,
    )
    return import_products(runtime, work.file, options, progress)


def _orders(runtime: Runtime, work: _Work, progress: Progress | None) -> ImportReport:
    options = OrderImportOptions(
        channel=work.choices.channel,
        market=work.choices.market,
        columns=work.choices.columns,
        dry_run=work.dry_run,
        failed_rows=work.failed_rows,
        actor=work.actor,
        import_id=work.import_id,
    )
    return import_orders(runtime, work.file, options, progress)


#: How each kind of file is imported.
IMPORTERS: dict[str, Callable[[Runtime, _Work, Progress | None], ImportReport]] = {
    PRODUCTS: _products,
    ORDERS: _orders,
}
