"""Stock from a CSV that a supplier or a warehouse writes."""

from __future__ import annotations

from entrepot.sdk import PluginManifest, StockSource, hookimpl
from entrepot_connector_stock_csv.provider import StockCsv

manifest = PluginManifest(
    id="connector-stock-csv",
    name="Stock from a CSV",
    description="Reads the stock list of a supplier or warehouse on a schedule, from the web or from a file.",
)


@hookimpl
def entrepot_register_stock_sources() -> list[type[StockSource]]:
    return [StockCsv]
