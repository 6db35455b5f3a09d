"""The rate source: packaged history first, then the bank's feed."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files

from marshmallow import validate

from entrepot.sdk import ConfigSchema, ExchangeRate, RateSource, switch, text
from entrepot_connector_fx_ecb.mapping import SOURCE, read_feed, read_history

DAILY = "eurofxref-daily.xml"
LAST_90_DAYS = "eurofxref-hist-90d.xml"


class EcbConfig(ConfigSchema):
    """Works without any change."""

    base_url = text(
        label="Address of the feed",
        help="The folder that holds eurofxref-daily.xml: the bank's, or a mirror of your own.",
        default="https://www.ecb.europa.eu/stats/eurofxref",
        validate=validate.URL(schemes={"http", "https"}, require_tld=False),
    )
    online = switch(
        label="Read the feed",
        default=True,
        help="Without it only the packaged history is used, and rates grow old.",
    )


class EcbRates(RateSource):
    """Euro reference rates, published on TARGET business days around 16:00 CET."""

    id = "ecb"
    label = "European Central Bank"
    source = SOURCE
    config_schema = EcbConfig

    def check(self) -> None:
        """Read the daily feed, if it is to be read."""
        if self.config["online"]:
            self._feed(DAILY, date.min)

    def published(self, since: date) -> list[ExchangeRate]:
        """What the package knows; beyond that, the feed: a day's alone when no day between can be missing."""
        if since < packaged_until():
            return read_history(_history(), since)
        today = self.ctx.clock.now().date()
        if not self.config["online"] or since >= today:
            return []
        return self._feed(DAILY if since == today - timedelta(days=1) else LAST_90_DAYS, since)

    def _feed(self, name: str, since: date) -> list[ExchangeRate]:
        return read_feed(self.ctx.http.get(f"{self.config['base_url'].rstrip('/')}/{name}").body, since)


@lru_cache(maxsize=1)
def packaged_until() -> date:
    """The last day of the packaged history; its rows begin with the newest."""
    return date.fromisoformat(_history().split("\n", 2)[1].partition(",")[0])


def _history() -> str:
    return files(__package__).joinpath("history.csv").read_text(encoding="utf-8")
