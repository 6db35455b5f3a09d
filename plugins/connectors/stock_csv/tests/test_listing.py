"""Stock lists as people write them."""

from __future__ import annotations

import pytest

from entrepot.sdk import StockEvent
from entrepot_connector_stock_csv.listing import Columns, ListUnreadable, read_list


def read(text: str, **columns: str) -> list[StockEvent]:
    return read_list(text, Columns(**columns), warehouse="hamburg", sequence=7)


@pytest.mark.covers("S0.14")
def test_a_list_without_numbers_is_one_word_of_its_source() -> None:
    assert read("\ufeffSKU;On_hand\nMUG;5\n\nBOWL;3.0\n") == [
        StockEvent(7, "MUG", 5, "hamburg"),
        StockEvent(7, "BOWL", 3, "hamburg"),
    ]


def test_rows_may_have_numbers_and_warehouses_of_their_own() -> None:
    events = read("sku,on_hand,warehouse,sequence\nMUG,5,shenzhen,12\nBOWL,-2,,9\n")
    assert events == [StockEvent(9, "BOWL", 0, "hamburg"), StockEvent(12, "MUG", 5, "shenzhen")]


def test_columns_may_be_called_otherwise() -> None:
    assert read("Artikel\tBestand\nMUG\t5\n", sku="Artikel", on_hand="Bestand")[0].on_hand == 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column sku, on_hand"),
        ("sku,pieces\nMUG,5\n", "no column on_hand"),
        ("sku,on_hand\nMUG,many\n", "Row 2: on_hand 'many' is no whole number"),
        ("sku,on_hand\nMUG,\n", "Row 2: on_hand '' is no whole number"),
        ("sku,on_hand\n,5\n", "Row 2 names no SKU"),
        ('sku,on_hand\n"MUG,5\n', "It is no CSV"),
        ("sku,on_hand\nMUG,9999999999\n", "more than any warehouse holds"),
    ],
)
def test_a_list_that_is_wrong_anywhere_is_refused_with_the_row(text: str, says: str) -> None:
    with pytest.raises(ListUnreadable, match=says):
        read(text)
