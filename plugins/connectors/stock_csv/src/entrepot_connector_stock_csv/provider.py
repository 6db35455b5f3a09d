"""The source: fetches the list, from the web or from the folder ``lists`` of the data folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from marshmallow import fields, validate

from entrepot.sdk import ConfigInvalid, ConfigSchema, ProviderUnavailable, StockNews, StockSource, text
from entrepot_connector_stock_csv.listing import Columns, ListUnreadable, read_list

LARGEST_LIST = 50_000_000


class StockCsvConfig(ConfigSchema):
    """One account is one list."""

    url = text(
        label="Address of the list",
        help="Where the CSV is fetched from. Leave empty to read a file instead.",
        default="",
        validate=validate.Regexp(r"(https?://\S+)?\Z", error="Write an address that begins with https:// or http://."),
    )
    file = text(
        label="File in the folder 'lists' of the data folder",
        help="Read when there is no address.",
        default="",
        validate=validate.Regexp(r"[\w.-]*\Z", error="Write only the file's name, without a folder."),
    )
    warehouse = text(
        label="Warehouse",
        help="Its code. Empty: the first active warehouse; a column of warehouses in the list goes before it.",
        default="",
        validate=validate.Length(max=40),
    )
    sku_column = text(label="Column of SKUs", default="sku", validate=validate.Length(min=1, max=60))
    on_hand_column = text(label="Column of pieces", default="on_hand", validate=validate.Length(min=1, max=60))
    every_minutes = fields.Integer(
        load_default=15,
        validate=validate.Range(min=1, max=1440),
        metadata={"label": "How often it is read", "unit": "min"},
    )
    stale_after_minutes = fields.Integer(
        load_default=240,
        validate=validate.Range(min=5, max=44640),
        metadata={"label": "Alert when the list is older than", "unit": "min"},
    )


class StockCsv(StockSource):
    """A whole list says what is there. The same list again is no news; a list that is wrong anywhere is refused."""

    id = "stock-csv"
    label = "Stock list (CSV)"
    config_schema = StockCsvConfig

    def check(self) -> None:
        """Read the list once; raises ConfigInvalid where none is named or the file cannot be read."""
        if self.config["url"]:
            self.pull(-1)
            return
        if not self.config["file"]:
            raise ConfigInvalid("Name an address or a file.", {"url": ["Name an address, or a file below."]})
        try:
            self.pull(-1)
        except ProviderUnavailable as error:
            raise ConfigInvalid(str(error), {"file": [str(error)]}) from error

    def pull(self, since: int) -> StockNews:
        """The rows that are newer than ``since``. The list's own time numbers those without a number of their own."""
        written, as_of = self._fetched() if self.config["url"] else self._read()
        columns = Columns(sku=self.config["sku_column"], on_hand=self.config["on_hand_column"])
        try:
            found = read_list(
                written, columns, warehouse=self.config["warehouse"], sequence=int(as_of.timestamp() * 1000)
            )
        except ListUnreadable as error:
            raise ProviderUnavailable(f"The stock list cannot be read: {error}") from error
        return StockNews(
            events=tuple(event for event in found if event.sequence > since),
            as_of=as_of,
            again_in=timedelta(minutes=self.config["every_minutes"]),
            stale_after=timedelta(minutes=self.config["stale_after_minutes"]),
        )

    def _fetched(self) -> tuple[str, datetime]:
        reply = self.ctx.http.get(self.config["url"])
        if len(reply.body) > LARGEST_LIST:
            raise ProviderUnavailable(f"The stock list is larger than {LARGEST_LIST // 1_000_000} MB. Split it.")
        headers = {name.lower(): value for name, value in reply.headers.items()}
        return _text(reply.body), self._time_of(headers.get("last-modified", ""))

    def _time_of(self, last_modified: str) -> datetime:
        """When the list was written; now, where the server does not say or its clock is ahead."""
        now = self.ctx.clock.now()
        try:
            written = parsedate_to_datetime(last_modified)
        except ValueError:
            return now
        return min(written if written.tzinfo else written.replace(tzinfo=UTC), now)

    def _read(self) -> tuple[str, datetime]:
        folder = self.ctx.lists_folder
        if folder is None or not self.config["file"]:
            raise ProviderUnavailable("There is no list: name an address or a file.")
        path = folder / self.config["file"]
        try:
            if path.stat().st_size > LARGEST_LIST:
                raise ProviderUnavailable(f"{path.name} is larger than {LARGEST_LIST // 1_000_000} MB. Split it.")
            body, changed = path.read_bytes(), path.stat().st_mtime
        except OSError as error:
            raise ProviderUnavailable(
                f"{path.name} cannot be read ({error.strerror}). Put it into the folder 'lists' of the data folder."
            ) from error
        return _text(body), min(datetime.fromtimestamp(changed, UTC), self.ctx.clock.now())


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProviderUnavailable("The stock list is not written in UTF-8. Have it saved as 'CSV UTF-8'.") from error
