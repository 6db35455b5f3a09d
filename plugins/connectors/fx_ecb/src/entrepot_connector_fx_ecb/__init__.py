"""Euro reference rates of the European Central Bank."""

from __future__ import annotations

from entrepot.sdk import PluginManifest, RateSource, hookimpl
from entrepot_connector_fx_ecb.provider import EcbRates

manifest = PluginManifest(
    id="connector-fx-ecb",
    name="ECB exchange rates",
    description="Euro reference rates of the European Central Bank: packaged history and the daily feed.",
)


@hookimpl
def entrepot_register_rate_sources() -> list[type[RateSource]]:
    return [EcbRates]
