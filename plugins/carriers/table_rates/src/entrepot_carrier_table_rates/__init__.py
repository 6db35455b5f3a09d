"""Table rates: shipping prices that staff paste from a spreadsheet, by zone and by weight or value of the goods."""

from __future__ import annotations

from entrepot.sdk import Carrier, PluginManifest, hookimpl
from entrepot_carrier_table_rates.provider import TableRates

manifest = PluginManifest(
    id="carrier-table-rates",
    name="Table rates",
    description="Shipping prices from a table of zones, by weight or value of the goods, with free-from amounts.",
)


@hookimpl
def entrepot_register_carriers() -> list[type[Carrier]]:
    return [TableRates]
