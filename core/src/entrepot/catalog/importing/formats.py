"""The formats that can be imported, and which one a file is."""

from __future__ import annotations

from entrepot.catalog.importing.failures import ImportRefused
from entrepot.catalog.importing.own import Own
from entrepot.catalog.importing.parsed import Format
from entrepot.catalog.importing.sheets import DELIMITERS, Sheet
from entrepot.catalog.importing.shopify import Shopify
from entrepot.catalog.importing.woocommerce import WooCommerce

FORMATS: dict[str, Format] = {kind.name: kind for kind in (Shopify(), WooCommerce(), Own())}


def format_of(sheet: Sheet, wanted: str = "") -> Format:
    """The format with the wanted name, else the one that recognises the header. Raises ImportRefused."""
    if wanted and wanted not in FORMATS:
        raise ImportRefused(f"There is no format {wanted!r}. Known: {', '.join(FORMATS)}.")
    candidates = [FORMATS[wanted]] if wanted else FORMATS.values()
    for candidate in candidates:
        if candidate.recognises(sheet.columns):
            sheet.refuse_twin_columns()
            return candidate
    shown = ", ".join(sheet.header)[:120]
    kinds = " or ".join(candidate.name for candidate in candidates)
    raise ImportRefused(
        f"{sheet.name}: the first row is not the header of a product file for {kinds}. It reads: {shown}. Columns must "
        f"be separated by {', '.join(DELIMITERS.values())}; if the header is missing, add it. Own files need at least "
        "the columns slug and name."
    )
