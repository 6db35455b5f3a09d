"""A small store with two markets, two warehouses and a counter of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask import Flask

import entrepot.catalog.models
import entrepot.inventory.models
import entrepot.markets.models
import entrepot.storage.models  # noqa: F401  (tables)
from entrepot.catalog.records import ImageRecord, OptionRecord, OptionValueRecord, PriceRecord, ProductRecord
from entrepot.catalog.records import VariantRecord as Variant
from entrepot.inventory.warehousing import save_warehouse
from entrepot.kernel.address import Address
from entrepot.kernel.clock import FixedClock
from entrepot.markets.queries import MarketView, store
from entrepot.markets.service import create_store, save_market
from entrepot.storage.session import db, init_storage

Runtime = SimpleNamespace


@pytest.fixture
def runtime() -> Runtime:
    return SimpleNamespace(clock=FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC)))


@pytest.fixture
def app(database_url: str, runtime: Runtime) -> Iterator[Flask]:
    app = Flask("catalog-tests")
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url.replace("postgresql://", "postgresql+psycopg://")
    init_storage(app)
    with app.app_context():
        db.create_all()
        set_up_store(runtime)
        yield app
        db.session.remove()
        db.engine.dispose()


def set_up_store(runtime: Runtime) -> None:
    create_store(runtime, name="Kontor", base_currency="EUR")
    save_market(
        runtime,
        code="eu",
        name={"en": "Europe"},
        currency="EUR",
        locales=["en", "de"],
        countries=["DE", "FR"],
        default_country="DE",
        includes_tax=True,
        position=1,
    )
    save_market(
        runtime,
        code="us",
        name={"en": "United States"},
        currency="USD",
        locales=["en"],
        countries=["US"],
        default_country="US",
        includes_tax=False,
        position=2,
    )
    save_warehouse(runtime, code="hamburg", name="Hamburg", address=Address(country="DE"), priority=1)
    save_warehouse(runtime, code="ningbo", name="Ningbo", address=Address(country="CN"), priority=2)


@pytest.fixture
def eu(app: Flask) -> MarketView:
    return store().markets[0]


@pytest.fixture
def us(app: Flask) -> MarketView:
    return store().markets[1]


@pytest.fixture
def shirt() -> Callable[..., ProductRecord]:
    """A product of two sizes; prices and stock per variant."""

    def make(
        slug: str = "shirt",
        *,
        amount: int = 5000,
        large: int | None = None,
        compare_at: int | None = None,
        stock: tuple[int, int] = (5, 5),
        category: tuple[str, ...] = ("Clothing", "Shirts"),
        price_list: str = "eu",
        **changes,
    ) -> ProductRecord:
        sizes = (("small", amount, stock[0]), ("large", large or amount, stock[1]))
        values = {
            "name": {"en": f"The {slug}", "de": f"Das {slug}"},
            "options": (OptionRecord("size", {"en": "Size", "de": "Größe"}),),
            "variants": tuple(
                Variant(
                    sku=f"{slug}-{size}",
                    options={"size": OptionValueRecord(size, {"en": size.title()})},
                    prices={price_list: PriceRecord(price, compare_at)},
                    stock={"hamburg": on_hand},
                    weight_g=200,
                )
                for size, price, on_hand in sizes
            ),
            "categories": (category,) if category else (),
            "images": (ImageRecord(path=f"{slug}.svg"), ImageRecord(path=f"{slug}-large.svg", option_value="large")),
        }
        return ProductRecord(slug=slug, **(values | changes))

    return make
