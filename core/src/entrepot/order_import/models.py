"""Which order came with which import, and how the columns of a channel's files are read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import Model


class ImportedOrder(Model):
    """An order that an import made; the row stays when the import is taken back."""

    __tablename__ = "imported_order"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True, autoincrement=False)
    import_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), index=True)
    #: What the channel calls it.
    reference: Mapped[str] = mapped_column(String(120))
    #: The last entry of its timeline that the import wrote: whoever came later has touched it.
    last_event_id: Mapped[int] = mapped_column(BigInteger)
    undone_at: Mapped[datetime | None] = mapped_column(default=None)


class ImportProfile(Model):
    """The columns of one channel's files, to be used again by name."""

    __tablename__ = "import_profile"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    #: {field: title of a column, or "=" and a value that holds for every row}
    columns: Mapped[dict[str, str]]
    channel: Mapped[str] = mapped_column(String(40), default="")
    market: Mapped[str] = mapped_column(String(20), default="")
    saved_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(String(120), default="")
