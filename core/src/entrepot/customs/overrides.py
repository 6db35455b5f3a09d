"""Per-destination codes of products: looked up for a lane, and imported from a file as a whole."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import column, delete, select, table

from entrepot.customs.engine.consignment import Line
from entrepot.customs.engine.rows import Row, read_rows
from entrepot.customs.models import HsOverride
from entrepot.customs.rules import EU_CUSTOMS_UNION
from entrepot.kernel.country import COUNTRIES
from entrepot.kernel.money import Money
from entrepot.sdk.errors import EntrepotError
from entrepot.storage.session import reader, unit_of_work

COLUMNS = ("product", "destination", "hs")
EU = "EU"
_product = table("product", column("id"), column("slug"))


class OverridesInvalid(EntrepotError):
    """A file of codes that cannot be used; the message names the line and the remedy."""


@dataclass(frozen=True)
class Override:
    product_id: int
    destination: str
    hs_code: str


def codes_for(product_ids: Collection[int], destination: str) -> dict[int, str]:
    """Codes of the products in the destination's tariff, by product; those without one are absent. One query."""
    named = [destination, EU] if destination in EU_CUSTOMS_UNION else [destination]
    row = HsOverride
    query = select(row.product_id, row.destination, row.hs_code)
    rows = reader().execute(query.where(row.product_id.in_(product_ids), row.destination.in_(named))).all()
    nearest_last = sorted(rows, key=lambda found: found.destination == destination)
    return {found.product_id: found.hs_code for found in nearest_last}


def import_overrides(file: Path) -> int:
    """Save the codes of a CSV file (product, destination, hs); how many. An empty hs takes the override away.

    All of the file or nothing; the same file again changes nothing. Raises OverridesInvalid or PackInvalid.
    """
    if not file.is_file():
        raise OverridesInvalid(f"{file} is no file. Name a CSV with the columns {', '.join(COLUMNS)}.")
    rows = list(read_rows(file.parent, file.name, COLUMNS))
    ids = _ids_by_slug([row.required("product") for row in rows])
    overrides = [_override(row, ids) for row in rows]
    with unit_of_work() as session:
        for one in overrides:
            if one.hs_code:
                session.merge(HsOverride(**vars(one)))
            else:
                same = (HsOverride.product_id == one.product_id, HsOverride.destination == one.destination)
                session.execute(delete(HsOverride).where(*same))
    return len(overrides)


def _ids_by_slug(slugs: Collection[str]) -> dict[str, int]:
    rows = reader().execute(select(_product.c.slug, _product.c.id).where(_product.c.slug.in_(slugs)))
    return {row.slug: row.id for row in rows}


def _override(row: Row, ids: dict[str, int]) -> Override:
    destination = row.required("destination").upper()
    if row["product"] not in ids:
        raise OverridesInvalid(
            f"{row.place}: there is no product '{row['product']}'. Write its slug, as in its address."
        )
    if destination not in COUNTRIES and destination != EU:
        raise OverridesInvalid(f"{row.place}: '{destination}' is no destination. Write a country such as US, or EU.")
    code = Line(id="", value=Money.zero("EUR"), hs=row["hs"]).hs_digits
    if row["hs"] and not code:
        raise OverridesInvalid(f"{row.place}: '{row['hs']}' is no HS code. Write 6 to 12 digits of chapters 01 to 97.")
    return Override(ids[row["product"]], destination, code)
