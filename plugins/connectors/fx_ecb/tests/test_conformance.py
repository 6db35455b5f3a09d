"""The European Central Bank's rates keep what every source of rates owes a shop."""

from __future__ import annotations

from typing import Any, ClassVar

from entrepot.testkit import RateSourceConformance
from entrepot_connector_fx_ecb.provider import EcbRates

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
                 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube>
    <Cube time="2026-11-20"><Cube currency="USD" rate="1.1203"/><Cube currency="JPY" rate="175.1"/></Cube>
    <Cube time="2026-11-19"><Cube currency="USD" rate="1.1188"/><Cube currency="JPY" rate="174.93"/></Cube>
  </Cube>
</gesmes:Envelope>
"""


class TestEcbRates(RateSourceConformance):
    provider_class = EcbRates
    http_script: ClassVar[dict[Any, Any]] = {
        ("GET", "/eurofxref-daily.xml"): FEED,
        ("GET", "/eurofxref-hist-90d.xml"): FEED,
    }
    known_rates: ClassVar[dict[tuple[str, str, str], str]] = {
        ("EUR", "USD", "2026-10-30"): "1.1172",
        ("EUR", "GBP", "2020-01-02"): "0.84828",
        ("EUR", "USD", "2026-11-20"): "1.1203",
    }
