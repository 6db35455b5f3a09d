"""The carrier: looks prices up in the account's table and never touches the network."""

from __future__ import annotations

from entrepot.sdk import Carrier, ConfigInvalid, Rate, RateRequest
from entrepot_carrier_table_rates.config import TableRatesConfig
from entrepot_carrier_table_rates.mapping import offered, tracking_page
from entrepot_carrier_table_rates.s10 import is_s10, looks_like_s10
from entrepot_carrier_table_rates.table import TableMistakes, Zone, parse_table


class TableRates(Carrier):
    """Prices from a table. Labels and scans stay with the carrier's own tools."""

    id = "table-rates"
    label = "Table rates"
    config_schema = TableRatesConfig
    capabilities = frozenset({"rates"})
    at_once = frozenset({"rates", "tracking_url"})

    def check(self) -> None:
        """Read the table once more, as it is stored; raises ConfigInvalid with every mistake."""
        self._zones()

    def rates(self, request: RateRequest) -> list[Rate]:
        return offered(self._zones(), request, tracked=self.config["tracked"])

    def accepts_tracking_number(self, tracking_number: str) -> bool:
        """Any number, but one in the postal form S10 must have the right check digit and country."""
        number = "".join(tracking_number.split()).upper()
        return is_s10(number) if looks_like_s10(number) else bool(number)

    def tracking_url(self, tracking_number: str, locale: str) -> str:
        return tracking_page(self.config["tracking_url"], tracking_number, locale)

    def _zones(self) -> tuple[Zone, ...]:
        try:
            return parse_table(self.config["rates"])
        except TableMistakes as error:
            raise ConfigInvalid(f"The table of rates cannot be used. {error}", {"rates": error.messages}) from error
