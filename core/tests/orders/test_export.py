"""Orders as files: the columns asked for, safe in a spreadsheet, nothing about buyers for those who may not see it."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook
from sqlalchemy import update

from entrepot.cli import exports as command
from entrepot.cli.lazy import Invocation
from entrepot.kernel.tables import as_csv, as_json_lines, as_xlsx
from entrepot.orders import exporting
from entrepot.orders.exporting import Chosen, ExportRefused, choose_columns, rows
from entrepot.orders.models import Order
from entrepot.storage.session import unit_of_work
from entrepot.testkit.small_shop import SmallShop, small_shop
from entrepot.testkit.statements import plan_of, recorded

pytestmark = pytest.mark.covers("S0.11")


@pytest.fixture
def shop(database_url: str, tmp_path: Path):
    with small_shop(database_url, tmp_path) as opened:
        yield opened


@pytest.mark.databases
def test_every_order_is_a_row_with_its_amount_in_its_currency(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PAGE", 2)
    placed = [shop.paid().number for _ in range(3)]

    columns = choose_columns(["number", "currency", "total", "country"], by_line=False, personal=False)
    found = list(rows(columns, Chosen(), by_line=False))

    assert [row[0] for row in found] == placed
    assert all(row[1] == "EUR" and str(row[2]).count(".") == 1 and row[3] == "DE" for row in found)


def test_rows_per_line_say_what_was_sold(shop: SmallShop) -> None:
    number = shop.paid().number

    columns = choose_columns(["number", "sku", "quantity"], by_line=True, personal=False)

    assert list(rows(columns, Chosen(), by_line=True)) == [(number, "MUG", 1)]


def test_orders_are_chosen_by_status_market_and_time(shop: SmallShop) -> None:
    shop.paid()
    columns = choose_columns(["number"], by_line=False, personal=False)

    def count(chosen: Chosen) -> int:
        return len(list(rows(columns, chosen, by_line=False)))

    now = shop.runtime.clock.now()
    assert count(Chosen(status="to_ship")) == 1
    assert count(Chosen(since=now)) == 1
    assert [count(other) for other in (Chosen(status="cancelled"), Chosen(market="nowhere"), Chosen(until=now))] == [
        0
    ] * 3


@pytest.mark.databases
@pytest.mark.parametrize("status", ["", "to_ship"])
def test_a_period_is_read_from_an_index_page_by_page(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setattr(exporting, "PAGE", 2)
    now = shop.runtime.clock.now()
    hours = {shop.paid().number: hour for hour in (5, 3, 1, 4, 1, 2)}
    with unit_of_work() as session:
        for number, hour in hours.items():
            session.execute(update(Order).where(Order.number == number).values(placed_at=now + timedelta(hours=hour)))
    columns = choose_columns(["number"], by_line=False, personal=False)
    chosen = Chosen(status=status, since=now + timedelta(hours=1), until=now + timedelta(hours=5))

    with recorded() as statements:
        found = [hours[str(number)] for (number,) in rows(columns, chosen, by_line=False)]

    assert found == [1, 1, 2, 3, 4]
    for plan in map(plan_of, statements[::2]):
        assert "placed_at_id" in plan and "Sort" not in plan and "TEMP B-TREE" not in plan


def test_columns_about_the_buyer_are_not_there_for_those_who_may_not_see_them() -> None:
    names = {column.name for column in choose_columns([], by_line=True, personal=False)}

    assert not names & {"email", "name", "street", "phone"}
    with pytest.raises(ExportRefused, match="no column 'email'"):
        choose_columns(["email"], by_line=True, personal=False)


def test_unknown_status_is_refused_before_anything_is_written() -> None:
    with pytest.raises(ExportRefused, match="to_ship"):
        rows((), Chosen(status="lost"), by_line=False)


def test_a_name_that_looks_like_a_formula_stays_a_text(shop: SmallShop) -> None:
    shop.paid()
    with unit_of_work() as session:
        session.execute(update(Order).values(shipping_address={"name": "=1+1", "country": "DE"}))
    columns = choose_columns(["name"], by_line=False, personal=True)

    def written(write) -> bytes:
        return b"".join(write(["name"], rows(columns, Chosen(), by_line=False)))

    assert list(csv.reader(io.StringIO(written(as_csv).decode("utf-8-sig")))) == [["name"], ["'=1+1"]]
    assert json.loads(written(as_json_lines)) == {"name": "=1+1"}
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(written(as_xlsx)))
    assert workbook.get_sheet_by_index(0).to_python() == [["name"], ["=1+1"]]


def test_command_writes_the_file_whole_or_not_at_all(shop: SmallShop, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("entrepot.cli.exports.database", lambda _settings: shop.app)
    number = shop.paid().number

    def export(*arguments: str) -> Result:
        return CliRunner().invoke(command.export, ["orders", *arguments], obj=Invocation(tmp_path))

    assert export(str(tmp_path / "orders.jsonl"), "--columns", "number,status").exit_code == 0
    assert json.loads((tmp_path / "orders.jsonl").read_text()) == {"number": number, "status": "to_ship"}

    assert "End it with .csv, .jsonl, .xlsx" in export(str(tmp_path / "orders.txt")).output
    assert export(str(tmp_path / "orders.csv"), "--columns", "colour").exit_code == 1
    assert sorted(path.name for path in tmp_path.glob("orders.*")) == ["orders.jsonl"]
