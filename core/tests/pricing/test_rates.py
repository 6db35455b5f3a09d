"""Exchange rates: fetched and stored with day and source, crossed through the euro, and never older than they look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from entrepot.cli import cli
from entrepot.customs.engine.fx import NoRate, RateTable
from entrepot.customs.rules import rate_authorities
from entrepot.engine.runtime import Runtime, build_runtime
from entrepot.kernel.clock import FixedClock
from entrepot.kernel.money import Money
from entrepot.pricing import models
from entrepot.pricing.authority_rates import RateTableInvalid, import_rates
from entrepot.pricing.fx import convert
from entrepot.pricing.queries import fx_rate
from entrepot.pricing.rate_tables import rates_for
from entrepot.pricing.rates import RatesStale, fetch_rates, keep_rates_fresh, latest_rates
from entrepot.sdk import ExchangeRate, PluginManifest, ProviderUnavailable, RateSource, hookimpl
from entrepot.settings import Settings
from entrepot.storage.session import db, init_storage, reader
from entrepot.storage.tables import import_all_models
from entrepot.testkit.samples import NOON
from entrepot.testkit.small_shop import SECRETS_KEY

manifest = PluginManifest(id="connector-rates-of-a-test", name="Rates of a test")
THURSDAY, FRIDAY, TODAY = date(2026, 11, 19), date(2026, 11, 20), NOON.date()


class Bank(RateSource):
    """Answers what the test says, a day at a time."""

    id = "bank"
    label = "Bank"
    source = "BANK"
    published_rates: ClassVar[list[ExchangeRate]] = []
    fails: ClassVar[bool] = False

    def published(self, since: date) -> list[ExchangeRate]:
        newer = sorted((rate for rate in Bank.published_rates if rate.day > since), key=lambda rate: rate.day)
        if Bank.fails and not newer:
            raise ProviderUnavailable("The bank is closed.")
        return [rate for rate in newer if rate.day == newer[0].day]


@hookimpl
def entrepot_register_rate_sources() -> list[type[RateSource]]:
    return [Bank]


def published(quote: str, number: str, day: date = FRIDAY, source: str = "BANK") -> ExchangeRate:
    return ExchangeRate("EUR", quote, Decimal(number), day, source)


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    import_all_models()
    Bank.published_rates, Bank.fails = (
        [published("USD", "1.1"), published("JPY", "176"), published("USD", "1.2", THURSDAY)],
        False,
    )
    app = Flask("rates")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'rates.db'}"
    init_storage(app)
    settings = Settings(data_dir=tmp_path, secret_key="test" * 10, secrets_keys=(SECRETS_KEY,))
    entry_point = EntryPoint(manifest.id, __name__, "entrepot.plugins")
    with app.app_context():
        db.create_all()
        yield build_runtime(settings, FixedClock(NOON), [entry_point])
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def bank(runtime: Runtime) -> Runtime:
    runtime.accounts.create("rates", "bank", label="Our bank", config={})
    return runtime


def stored() -> int:
    return reader().scalar(select(func.count()).select_from(models.FxRate)) or 0


@pytest.mark.covers("S1.37")
def test_rates_are_stored_once_with_their_day_and_source(bank: Runtime) -> None:
    first, second = fetch_rates(bank), fetch_rates(bank)

    assert [(one.stored, one.newest, one.problem) for one in first + second] == [(3, FRIDAY, ""), (0, FRIDAY, "")]
    assert [(rate.quote, rate.rate, rate.on, rate.source) for rate in latest_rates(TODAY)] == [
        ("JPY", "176", FRIDAY, "BANK"),
        ("USD", "1.1", FRIDAY, "BANK"),
    ]


def test_correction_of_a_stored_rate_changes_nothing(bank: Runtime) -> None:
    fetch_rates(bank)
    Bank.published_rates = [published("USD", "9.9")]
    fetch_rates(bank, since=THURSDAY)
    assert str(fx_rate("EUR", "USD", on=TODAY).rate) == "1.1"


def test_asking_again_fills_a_gap(bank: Runtime) -> None:
    fetch_rates(bank)
    Bank.published_rates = [*Bank.published_rates, published("GBP", "0.8")]
    [again] = fetch_rates(bank, since=THURSDAY)
    assert (again.stored, stored()) == (1, 4)


@pytest.mark.covers("S1.37")
def test_weekend_has_the_last_published_rate_under_its_true_date(bank: Runtime) -> None:
    fetch_rates(bank)
    assert fx_rate("EUR", "USD", on=date(2026, 11, 22)).on == FRIDAY
    assert [(rate.day, rate.rate) for rate in rates_for(date(2026, 11, 22)) if rate.quote == "USD"][-1] == (
        FRIDAY,
        Decimal("1.1"),
    )
    assert latest_rates(date(2026, 11, 22), currency="USD")[0].age_days == 2


@pytest.mark.covers("S1.37")
def test_pair_that_nobody_quotes_is_crossed_through_the_euro_and_rounded_once(bank: Runtime) -> None:
    Bank.published_rates = [published("USD", "1.1"), published("JPY", "176", THURSDAY)]
    fetch_rates(bank)
    rate = fx_rate("USD", "JPY", on=TODAY)
    assert (convert(Money.of("9.90", "USD"), rate), rate.on) == (Money(1584, "JPY"), THURSDAY)
    assert "through EUR" in rate.source


@pytest.mark.parametrize(
    "rate", [published("USD", "1.1", source="ELSEWHERE"), published("USD", "0"), published("USD", "NaN")]
)
def test_rate_that_is_none_is_not_stored(bank: Runtime, rate: ExchangeRate) -> None:
    Bank.published_rates = [rate]
    [fetched] = fetch_rates(bank)
    assert (stored(), "no rate of its own" in fetched.problem) == (0, True)


def test_unknown_currency_is_left_out_and_the_others_stored(bank: Runtime) -> None:
    Bank.published_rates = [published("QQQ", "2"), published("USD", "1.1")]
    assert fetch_rates(bank)[0].stored == 1


def test_failure_keeps_what_was_answered_before_it(bank: Runtime) -> None:
    Bank.fails = True
    [fetched] = fetch_rates(bank)
    assert (fetched.stored, fetched.newest) == (3, FRIDAY)
    assert "closed" in fetched.problem


def test_job_does_nothing_without_an_account(runtime: Runtime) -> None:
    keep_rates_fresh(runtime)
    assert stored() == 0


def test_job_is_content_over_easter_and_complains_afterwards(bank: Runtime) -> None:
    clock = bank.clock
    assert isinstance(clock, FixedClock)
    clock.move(timedelta(days=4))
    keep_rates_fresh(bank)
    clock.move(timedelta(days=1))
    with pytest.raises(RatesStale, match="of 2026-11-20"):
        keep_rates_fresh(bank)


HEADER = "authority,base,quote,rate,effective_from,effective_to,source,retrieved\n"
MONTH = "GB,GBP,USD,1.3150,2026-11-01,2026-12-01,HMRC monthly rates,2026-11-02\n"


def table(folder: Path, *lines: str) -> Path:
    file = folder / "rates.csv"
    file.write_text(HEADER + "".join(lines), encoding="utf-8")
    return file


@pytest.mark.covers("G2")
@pytest.mark.parametrize(
    ("day", "known"), [("2026-10-31", False), ("2026-11-01", True), ("2026-11-30", True), ("2026-12-01", False)]
)
def test_month_of_an_authority_counts_from_its_first_day_to_its_last(
    runtime: Runtime, tmp_path: Path, day: str, known: bool
) -> None:
    import_rates(table(tmp_path, MONTH))
    at = date.fromisoformat(day)
    found = rates_for(at, ("GB",))
    rates = RateTable(found)
    assert bool(found) == known
    if known:
        assert rates.convert(Money.of("131.50", "USD"), "GBP", at)[0] == Money.of("100", "GBP")
    else:
        with pytest.raises(NoRate):
            rates.conversion("USD", "GBP", at)


def test_authoritys_rate_goes_before_the_banks_for_its_own_pairs_only(bank: Runtime, tmp_path: Path) -> None:
    fetch_rates(bank)
    import_rates(table(tmp_path, "EU,USD,EUR,0.8,2026-11-01,2026-12-01,Commission,2026-11-02\n"))
    rates = RateTable(rates_for(TODAY, rate_authorities("DE")))
    assert rates.conversion("EUR", "USD", TODAY).factor == Decimal("1.25")
    assert rates.conversion("EUR", "JPY", TODAY).factor == 176
    assert RateTable(rates_for(TODAY, rate_authorities("US"))).conversion("EUR", "USD", TODAY).factor == Decimal("1.1")


def test_rate_without_an_end_counts_until_the_next(runtime: Runtime, tmp_path: Path) -> None:
    lines = ("CN,USD,CNY,7.1,2026-11-18,,PBoC,2026-11-18\n", "CN,USD,CNY,7.2,2026-11-20,,PBoC,2026-11-20\n")
    import_rates(table(tmp_path, *lines))
    assert RateTable(rates_for(THURSDAY, ("CN",))).conversion("USD", "CNY", THURSDAY).factor == Decimal("7.1")
    assert RateTable(rates_for(TODAY, ("CN",))).conversion("USD", "CNY", TODAY).factor == Decimal("7.2")


def test_same_file_again_changes_nothing(runtime: Runtime, tmp_path: Path) -> None:
    file = table(tmp_path, MONTH, MONTH)
    assert (import_rates(file).added, import_rates(file).added) == (1, 0)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (MONTH.replace("1.3150", "1,3150").replace(",HMRC", ",HMRC"), "line 3"),
        (MONTH.replace("1.3150", "0"), "line 3: '0' in column rate"),
        (MONTH.replace("1.3150", "1.4"), "contradicts 1.3150 from 2026-11-01 to 2026-12-01"),
        (MONTH.replace("2026-11-01", "2026-11-15"), "contradicts"),
        (MONTH.replace("GBP", "GBQ"), "column base"),
        (MONTH.replace("GB,", "UKK,", 1), "Write a country such as GB"),
        (MONTH.replace("2026-12-01", "2026-11-01"), "the first that no longer counts"),
        (MONTH.replace("HMRC monthly rates", ""), "column source"),
        (MONTH.replace("2026-11-02", "yesterday"), "column retrieved"),
    ],
)
def test_wrong_line_is_named_and_nothing_of_its_file_is_kept(
    runtime: Runtime, tmp_path: Path, line: str, told: str
) -> None:
    with pytest.raises(RateTableInvalid, match=told):
        import_rates(table(tmp_path, MONTH, line))
    assert rates_for(TODAY, ("GB",)) == ()


def test_rates_are_imported_and_shown_on_the_command_line(tmp_path: Path) -> None:
    run = CliRunner().invoke
    data = ["--data", str(tmp_path / "store")]
    assert run(cli, [*data, "init"]).exit_code == 0

    imported = run(cli, [*data, "rates", "import", str(table(tmp_path, MONTH))])
    shown = run(cli, [*data, "rates", "show", "--on", "2026-11-21"])
    fetched = run(cli, [*data, "rates", "fetch"])

    assert (imported.exit_code, imported.output) == (0, "rates.csv: 1 rates added, 0 were there already.\n")
    assert "1 GBP =         1.3150 USD  GB: HMRC monthly rates  (from 2026-11-01 to 2026-12-01)" in shown.output
    assert (fetched.exit_code, "Set one up" in fetched.output) == (1, True)
