"""Orders of other channels from a file: read, tried, taken once, undone as a batch."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from entrepot.background import CONSUMERS
from entrepot.catalog.importing.failures import ImportRefused
from entrepot.catalog.importing.importer import import_products
from entrepot.catalog.importing.reports import ImportReport
from entrepot.catalog.importing.runs import find
from entrepot.engine.worker import work_once
from entrepot.inventory.queries import available
from entrepot.kernel.money import Money
from entrepot.ledger.service import order_postings
from entrepot.markets.service import save_market
from entrepot.order_import import queries
from entrepot.order_import.columns import ColumnsMissing
from entrepot.order_import.importer import OrderImportOptions, import_orders
from entrepot.order_import.profiles import save_profile
from entrepot.order_import.undoing import undo
from entrepot.orders.models import Order
from entrepot.orders.queries import id_of, order_view
from entrepot.orders.service import cancel_unpaid, note
from entrepot.payments import refunds
from entrepot.payments.queries import attempts
from entrepot.sdk.readmodels import OrderView
from entrepot.storage.session import reader, release_reader, unit_of_work
from entrepot.testkit.providers import Postbox
from entrepot.testkit.small_shop import SmallShop

pytestmark = pytest.mark.databases
HEADER = "reference,sku,quantity,unit_price,currency,shipping,paid,placed_at,email,name,street,postcode,city,country\n"
ANNA = "anna@example.com,Anna Berg,Am Kai 1,20457,Hamburg,DE\n"
TWO = (
    f"A-1,MUG,2,15.00,EUR,4.90,yes,2026-01-15 08:30,{ANNA}"
    f"A-2,BOWL,1,29.90,EUR,,no,2026-01-16,{ANNA}"
    "A-1,BOWL,1,25.00,,,,,,,,,,\n"
)
RETAIL = Path(__file__).parents[4] / "shared" / "data" / "orders-online-retail" / "online_retail_sample.csv"
Load = Callable[..., ImportReport]


@pytest.fixture
def load(shop: SmallShop, tmp_path: Path) -> Load:
    """``load(rows)``: import orders under the usual header."""

    def load_rows(rows: str, header: str = HEADER, **options: object) -> ImportReport:
        path = tmp_path / "orders.csv"
        path.write_text(header + rows, encoding="utf-8")
        return import_orders(shop.runtime, path, OrderImportOptions(**options))  # type: ignore[arg-type]

    return load_rows


def orders() -> dict[str, OrderView]:
    """Every order by the reference that its channel gave it."""
    rows = reader().query(Order.number, Order.external_id).order_by(Order.id).all()
    return {row.external_id or row.number: view for row in rows if (view := order_view(number=row.number))}


@pytest.mark.covers("S0.10")
def test_rows_with_the_same_reference_become_one_order_at_the_prices_that_were_paid(
    shop: SmallShop, load: Load
) -> None:
    report = load(TWO, channel="bazaar")
    assert (report.created, report.failed) == (2, 0)
    first, second = orders()["A-1"], orders()["A-2"]
    assert [(line.sku, line.quantity, line.unit_price.minor) for line in first.lines] == [
        ("MUG", 2, 1500),
        ("BOWL", 1, 2500),
    ]
    assert (first.total, first.paid, first.status) == (Money(5990, "EUR"), Money(5990, "EUR"), "to_ship")
    assert (second.total, second.owing, second.status) == (Money(2990, "EUR"), Money(2990, "EUR"), "to_pay")
    assert first.placed_at == datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
    assert first.shipping_address.city == "Hamburg"
    assert available([shop.mug, shop.bowl]) == {shop.mug: 13, shop.bowl: 13}


@pytest.mark.covers("S0.10")
def test_money_that_the_channel_took_is_in_the_ledger_as_received_outside(load: Load) -> None:
    load(TWO, channel="bazaar")
    order_id = id_of(orders()["A-1"].number)
    assert order_id is not None
    assert attempts(order_id)[0].label == "Paid at bazaar"
    balance = Counter[str]()
    for _, _, account, amount in order_postings(reader(), order_id):
        balance[account] += amount.minor
    assert (balance["outside"], balance["receivable"], balance.total()) == (5990, 0, 0)
    assert balance["tax"] < 0  # what was paid contains the tax


@pytest.mark.covers("S0.10")
def test_a_dry_run_says_what_each_order_would_become_and_writes_nothing(shop: SmallShop, load: Load) -> None:
    rows = TWO + f"A-3,MUG,14,10.00,EUR,,yes,,{ANNA}A-4,CUP,1,1,EUR,,yes,,{ANNA}"
    report = load(rows, dry_run=True)
    assert [(verdict.rows, verdict.subject, verdict.action) for verdict in report.verdicts] == [
        ("2, 4", "A-1", "created"),
        ("3", "A-2", "created"),
        ("5", "A-3", "failed"),
        ("6", "A-4", "failed"),
    ]
    assert report.verdicts[0].text == "2 × MUG, 1 × BOWL; EUR 59.90, paid"
    assert "13" in report.verdicts[2].text  # 15 less the two that A-1 would have taken
    assert "no SKU of this store" in report.verdicts[3].text
    assert orders() == {}
    assert available([shop.mug])[shop.mug] == 15
    real = load(rows)
    assert [(v.subject, v.action) for v in real.verdicts] == [(v.subject, v.action) for v in report.verdicts]


@pytest.mark.covers("S0.10")
def test_the_same_file_again_changes_nothing(shop: SmallShop, load: Load) -> None:
    load(TWO, channel="bazaar")
    again = load(TWO, channel="bazaar")
    assert (again.created, again.unchanged, again.failed) == (0, 2, 0)
    assert len(orders()) == 2
    assert available([shop.mug])[shop.mug] == 13
    assert load(TWO, channel="another", dry_run=True).created == 2


def test_a_known_order_that_reads_otherwise_is_told_and_left(load: Load) -> None:
    load(TWO)
    report = load(TWO.replace("A-2,BOWL,1", "A-2,BOWL,2"))
    assert (report.unchanged, report.failed) == (1, 1)
    assert "was taken as order" in str(report.failures[0])
    assert orders()["A-2"].lines[0].quantity == 1


@pytest.mark.covers("S0.10")
@pytest.mark.parametrize(
    ("row", "says"),
    [
        (f"B,,1,1,EUR,,yes,,{ANNA}", "Row 2: sku '' is empty. Every line needs the SKU of what was sold."),
        (f"B,MUG,-3,1,EUR,,yes,,{ANNA}", "'-3' is no number of pieces that were sold. Leave out what was cancelled"),
        (f"B,MUG,1,1.999,EUR,,yes,,{ANNA}", "unit_price '1.999' has more decimals than EUR"),
        (f"B,MUG,1,1,JPY,,yes,,{ANNA}", "country 'DE' is sold to by no market in JPY"),
        (f"B,MUG,1,1,EUR,,perhaps,,{ANNA}", "paid 'perhaps' says neither paid nor unpaid. Write yes or no."),
        (f"B,MUG,1,1,EUR,,yes,12/1/2010 8:26,{ANNA}", "is no time. Write it like 2026-03-31"),
        (f"B,MUG,1,1,EUR,,yes,2199-01-01,{ANNA}", "lies in the future"),
        ("B,MUG,1,1,EUR,,yes,,nobody,Anna,Am Kai 1,20457,Hamburg,DE\n", "email 'nobody' is no e-mail address"),
        ("B,MUG,1,1,EUR,,yes,,a@b.example,Anna,Am Kai 1,2045,Hamburg,DE\n", "postcode '2045' does not fit the country"),
        ("B,MUG,1,1,EUR,,yes,,a@b.example,Anna,Am Kai 1,20457,Hamburg,Atlantis\n", "'Atlantis' is no country"),
        (f",MUG,1,1,EUR,,yes,,{ANNA}", "reference '' is empty. Every order needs what its channel calls it."),
    ],
)
def test_a_row_that_cannot_be_taken_says_why_and_what_to_do(load: Load, row: str, says: str) -> None:
    report = load(row)
    assert (report.created, report.failed) == (0, 1)
    assert says in " ".join(map(str, report.failures))


@pytest.mark.covers("S0.10")
def test_an_order_with_one_wrong_row_is_left_whole_and_its_rows_come_back_with_the_reason(
    shop: SmallShop, load: Load, tmp_path: Path
) -> None:
    failed = tmp_path / "failed.csv"
    report = load(TWO.replace("A-1,BOWL,1", "A-1,BOWL,none"), failed_rows=failed)
    assert (report.created, report.failed) == (1, 1)
    with failed.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["import: row"], row["sku"]) for row in rows] == [("2", "MUG"), ("4", "BOWL")]
    assert rows[0]["import: reason"] == "belongs to an order with a failed row."
    assert "is not a whole number" in rows[1]["import: reason"]
    failed.write_text(failed.read_text(encoding="utf-8-sig").replace("none", "1"), encoding="utf-8")
    assert import_orders(shop.runtime, failed).created == 1


def test_what_two_rows_of_an_order_say_differently_is_refused(load: Load) -> None:
    rows = TWO.replace("A-1,BOWL,1,25.00,,,,,,,,,,", "A-1,BOWL,1,25.00,,,,,eve@example.com,,,,,")
    assert "differs from 'anna@example.com' in row 2" in str(load(rows, dry_run=True).failures[0])


def test_country_and_currency_choose_the_market_and_the_price_paid_is_all_there_is(load: Load) -> None:
    """The American market shows prices without tax; what the channel took is not put up by it."""
    rows = "U-1,MUG,1,19.90,USD,,yes,,jo@example.com,Jo Doe,1 Pier Rd,10001,New York,US\n"
    assert load(rows.replace(",New York", ",New York,NY"), HEADER.replace("city,", "city,region,")).created == 1
    order = orders()["U-1"]
    assert (order.market, order.total, order.status) == ("us", Money(1990, "USD"), "to_ship")


@pytest.mark.covers("S0.10")
def test_columns_of_a_channel_are_guessed_or_named_once_in_a_profile(shop: SmallShop, load: Load) -> None:
    header = "Order ID,Seller SKU,Qty,Price,Land,Buyer-Email\n"
    with pytest.raises(ColumnsMissing, match="no column was found for country") as missing:
        load("X-1,MUG,1,9.90,Germany,jo@example.com\n", header)
    assert missing.value.columns["sku"] == "Seller SKU"
    save_profile(
        shop.runtime, "Bazaar", {"country": "Land", "paid": "=yes", "email": ""}, channel="bazaar", actor="staff:anna"
    )
    with pytest.raises(ColumnsMissing, match="email"):
        load("X-1,MUG,1,9.90,Germany,jo@example.com\n", header, profile="Bazaar")
    options = {"profile": "Bazaar", "columns": {"email": "Buyer-Email"}}
    assert load("X-1,MUG,1,9.90,Germany,jo@example.com\n", header, **options).created == 1
    assert orders()["X-1"].status == "to_ship"
    with pytest.raises(ImportRefused, match="no profile 'Moon'. Known: Bazaar"):
        load("", header, profile="Moon")
    with pytest.raises(ImportRefused, match="no column 'Country' for country"):
        load("", header, columns={"country": "Country"})


def test_a_workbook_is_read_like_a_csv(shop: SmallShop, tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for number, record in enumerate(csv.reader((HEADER + TWO).splitlines())):
        sheet.write_row(number, 0, record)
    book.close()
    assert import_orders(shop.runtime, path).created == 2


@pytest.mark.covers("S0.10")
def test_a_batch_is_undone_whole_and_can_be_imported_again(shop: SmallShop, load: Load) -> None:
    report = load(TWO, channel="bazaar")
    assert report.import_id is not None
    numbers = [orders()[reference].number for reference in ("A-1", "A-2")]
    undone = undo(shop.runtime, report.import_id, actor="staff:anna")
    assert (list(undone.cancelled), undone.left) == (numbers, ())
    assert available([shop.mug, shop.bowl]) == {shop.mug: 15, shop.bowl: 15}
    for number in numbers:
        order_id = id_of(number)
        assert order_id is not None
        balance = Counter[str]()
        for _, _, account, amount in order_postings(reader(), order_id):
            balance[account] += amount.minor
        assert (balance["receivable"], balance["outside"], balance.total()) == (0, 0, 0)
    run = find(report.import_id)
    assert run is not None
    assert run.undone_at is not None
    assert undo(shop.runtime, report.import_id, actor="staff:anna").cancelled == ()
    assert load(TWO, channel="bazaar").created == 2


@pytest.mark.covers("S0.10")
def test_undoing_leaves_what_somebody_touched_and_says_why(shop: SmallShop, load: Load) -> None:
    rows = "".join(f"T-{number},MUG,1,10.00,EUR,,yes,,{ANNA}" for number in range(1, 5))
    report = load(rows + f"T-5,MUG,1,10.00,EUR,,no,,{ANNA}")
    assert report.import_id is not None
    found = orders()
    noted, shipped, refunded, machine = (id_of(found[f"T-{number}"].number) for number in range(1, 5))
    assert noted and shipped and refunded and machine
    with unit_of_work() as session:
        note(session, shop.runtime, noted, "staff:anna", "edited")
        note(session, shop.runtime, machine, "system", "invoice_issued")
        session.get_one(Order, shipped).fulfilment_state = "shipped"
    attempt = attempts(refunded)[0].id
    release_reader()
    refunds.refund(
        shop.runtime,
        attempt,
        amount=Money(100, "EUR"),
        reason="late",
        actor="staff:anna",
        idempotency_key="r-1",
    )
    shop.clock.move(timedelta(days=15))
    assert cancel_unpaid(shop.runtime) == 1
    undone = undo(shop.runtime, report.import_id, actor="staff:anna")
    assert undone.cancelled == (found["T-4"].number,)
    assert dict(undone.left) == {
        found["T-1"].number: "Somebody changed it since.",
        found["T-2"].number: "A parcel has left already.",
        found["T-3"].number: "Somebody changed it since.",
        found["T-5"].number: "It is cancelled already.",
    }
    shown = {each.reference: (each.is_undone, each.stays) for each in queries.orders_of(report.import_id)}
    assert shown["T-4"] == (True, "")
    assert shown["T-1"] == (False, "Somebody changed it since.")


def test_an_import_of_products_is_not_undone_as_orders(shop: SmallShop, tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("slug,name,sku,price\np,P,P-1,1\n", encoding="utf-8")
    report = import_products(shop.runtime, path)
    with pytest.raises(ImportRefused, match="no import of orders"):
        undo(shop.runtime, report.import_id or 0, actor="staff:anna")


def test_buyers_of_another_channel_are_not_written_to_about_order_and_payment(shop: SmallShop, load: Load) -> None:
    report = load(TWO)
    assert report.import_id is not None
    undo(shop.runtime, report.import_id, actor="staff:anna")
    release_reader()
    while work_once(shop.runtime, CONSUMERS):
        pass
    assert Postbox.sent == []


@pytest.mark.covers("S0.10")
def test_real_orders_of_a_gift_shop_are_taken_and_what_was_none_is_told(shop: SmallShop, tmp_path: Path) -> None:
    if not RETAIL.is_file():
        pytest.skip("no sample online_retail_sample.csv: the folder shared/data is not beside this repository")
    save_market(
        shop.runtime,
        code="uk",
        name={"en": "United Kingdom"},
        currency="GBP",
        locales=["en"],
        countries=["GB", "IE"],
        default_country="GB",
        includes_tax=True,
        position=3,
    )
    with RETAIL.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = [row for _, row in zip(range(901), csv.reader(file), strict=False)]
    by_invoice: dict[str, list[list[str]]] = {}
    for row in rows:
        by_invoice.setdefault(row[0], []).append(row)
    products = tmp_path / "products.csv"
    skus = sorted({row[1] for row in rows if row[1] != "POST"})
    lines = [f"g-{number},Gift,{sku},1.00,100000\n" for number, sku in enumerate(skus)]
    products.write_text("slug,name,sku,price:eu,stock\n" + "".join(lines), encoding="utf-8")
    assert import_products(shop.runtime, products).failed == 0
    path = tmp_path / "retail.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    options = OrderImportOptions(
        channel="gift shop",
        market="uk",
        columns={"email": "=orders@gifts.example", "paid": "=yes", "placed_at": "InvoiceDate"},
    )
    report = import_orders(shop.runtime, path, options)
    good = {
        invoice
        for invoice, found in by_invoice.items()
        if all(int(row[3]) > 0 and float(row[5]) >= 0 and row[1] != "POST" for row in found)
        and found[0][7] not in ("NA", "Channel Islands")
    }
    assert report.seen == len(by_invoice)
    assert report.created == len(good)
    assert report.failed > 0
    assert all(invoice not in good for invoice in by_invoice if invoice.startswith("C"))
    taken = orders()
    assert taken.keys() == good
    for invoice in list(good)[:20]:
        sums = sum(round(float(row[5]) * 100) * int(row[3]) for row in by_invoice[invoice])
        assert taken[invoice].paid.minor == sums
    assert import_orders(shop.runtime, path, options).unchanged == len(good)
