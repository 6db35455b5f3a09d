"""Product files that staff uploaded, each in a folder of its own with what their import reported."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from werkzeug.datastructures import FileStorage

from entrepot.catalog.importing.failures import ImportRefused
from entrepot.catalog.importing.importer import ImportOptions, ImportReport, import_products
from entrepot.engine import queue
from entrepot.engine.runtime import Runtime
from entrepot.kernel.ids import new_id

#: Name of the queued job that imports one upload.
RUN = "core.import"
KEPT_FOR = timedelta(days=7)
ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")
_ID = re.compile(r"[0-9a-f-]{36}")
_REPORT = "report.json"
_FAILED = "failed-rows.csv"
_FILES = "files"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choices:
    """Where the file's prices, stock and texts go; what is empty is decided by file and store."""

    format: str = ""
    price_list: str = ""
    warehouse: str = ""
    locale: str = ""


@dataclass(frozen=True)
class Upload:
    """One uploaded file and the last thing that was done with it."""

    id: str
    file_name: str
    report: dict[str, Any]
    choices: Choices
    failed_rows: Path | None
    #: tried, queued, running, done or refused
    state: str = "tried"
    #: Why a run was refused.
    error: str = ""

    @property
    def is_done(self) -> bool:
        return self.state == "done"


class Uploads:
    """Below the data folder. Files older than a week go with the next upload."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
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

    def run(self, upload_id: str, *, actor: str) -> None:
        """Import for good. Again, it changes nothing."""
        upload = self._found(upload_id)
        self._import(upload.id, upload.file_name, upload.choices, dry_run=False, actor=actor)

    def run_later(self, upload_id: str, *, actor: str) -> None:
        """Have the worker import for good; ``find`` tells how far it is."""
        self._note(self._found(upload_id), "queued")
        queue.enqueue(self._runtime, RUN, {"upload": upload_id, "actor": actor}, subject=upload_id)

    def listed(self) -> list[Upload]:
        """All that are kept, the newest first: ids sort by time."""
        folders = sorted(self._root.iterdir(), reverse=True) if self._root.is_dir() else []
        return [found for folder in folders if (found := self.find(folder.name))]

    def find(self, upload_id: str) -> Upload | None:
        folder = self._root / upload_id
        if not _ID.fullmatch(upload_id) or not (folder / _REPORT).is_file():
            return None
        stored = json.loads((folder / _REPORT).read_text(encoding="utf-8"))
        failed = folder / _FAILED
        return Upload(
            id=upload_id,
            file_name=stored["file_name"],
            report=stored["report"],
            choices=Choices(**stored["choices"]),
            failed_rows=failed if failed.is_file() else None,
            state=stored["state"],
            error=stored["error"],
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
        options = ImportOptions(
            format=choices.format,
            price_list=choices.price_list,
            warehouse=choices.warehouse,
            locale=choices.locale,
            dry_run=dry_run,
            failed_rows=folder / _FAILED,
            actor=actor,
        )
        (folder / _FAILED).unlink(missing_ok=True)

        def note_progress(so_far: ImportReport) -> None:
            self._write(upload_id, name, choices, _as_json(so_far), "running")

        progress = None if dry_run else note_progress
        try:
            report = import_products(self._runtime, folder / _FILES / name, options, progress)
        except ImportRefused as error:
            if known := self.find(upload_id):
                self._note(known, "refused", str(error))
            raise
        self._write(upload_id, name, choices, _as_json(report), "tried" if dry_run else "done")

    def _write(
        self, upload_id: str, name: str, choices: Choices, report: dict[str, Any], state: str, error: str = ""
    ) -> None:
        stored = {"file_name": name, "report": report, "choices": vars(choices), "state": state, "error": error}
        _write_whole(self._root / upload_id / _REPORT, json.dumps(stored, ensure_ascii=False))

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
        Uploads(runtime).run(payload["upload"], actor=payload["actor"])
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
        "import_id": report.import_id,
    }
