"""The stock list keeps what every source of stock owes a shop."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from entrepot.sdk import ProviderUnavailable
from entrepot.testkit import StockSourceConformance, make_context
from entrepot_connector_stock_csv.provider import StockCsv

LIST = "sku,on_hand,sequence\nMUG,5,11\nBOWL,3,12\n"


class TestStockCsv(StockSourceConformance):
    provider_class = StockCsv
    config: ClassVar[dict[str, Any]] = {"url": "https://supplier.example/stock.csv", "warehouse": "hamburg"}
    http_script: ClassVar[dict[Any, Any]] = {("GET", "/stock.csv"): LIST}
    since: ClassVar[int] = 10


@pytest.mark.covers("S0.14")
def test_a_file_is_news_once_and_its_time_numbers_it(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text("sku,on_hand\nMUG,5\n", encoding="utf-8")
    written = datetime(2026, 1, 31, 8, tzinfo=UTC)
    os.utime(tmp_path / "stock.csv", (written.timestamp(), written.timestamp()))
    source = StockCsv(replace(make_context(StockCsv, {"file": "stock.csv"}), lists_folder=tmp_path))
    news = source.pull(0)
    assert (news.as_of, [event.sku for event in news.events]) == (written, ["MUG"])
    assert source.pull(news.events[-1].sequence).events == ()
    (tmp_path / "stock.csv").unlink()
    with pytest.raises(ProviderUnavailable, match="stock.csv cannot be read"):
        source.pull(0)
