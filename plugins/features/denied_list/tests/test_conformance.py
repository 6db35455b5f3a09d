"""The denied-party list keeps what every screening owes a shop."""

from __future__ import annotations

from typing import Any, ClassVar

from entrepot.testkit import PartyScreeningConformance
from entrepot_feature_denied_list.provider import DeniedList


class TestDeniedList(PartyScreeningConformance):
    provider_class = DeniedList
    listed_name = "NORTHERN LANTERN TRADING"
    config: ClassVar[dict[str, Any]] = {
        "file": "",
        "entries": "7,NORTHERN LANTERN TRADING,-0- ,TEST,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n",
    }
