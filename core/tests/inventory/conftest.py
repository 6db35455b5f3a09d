"""A database with variants that stock can be booked for."""

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
from entrepot.catalog.models import Product, Variant
from entrepot.inventory import stock, warehousing
from entrepot.kernel.address import Address
from entrepot.kernel.clock import FixedClock
from entrepot.storage.session import db, init_storage, unit_of_work

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

Runtime = SimpleNamespace


@pytest.fixture
def runtime() -> Runtime:
    return SimpleNamespace(clock=FixedClock(NOON))


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    app = Flask("inventory-tests")
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url.replace("postgresql://", "postgresql+psycopg://")
    init_storage(app)
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def new_variant(app: Flask) -> Callable[..., int]:
    def create(sku: str, *, tracked: bool = True) -> int:
        with unit_of_work() as session:
            product = Product(slug=sku.lower(), name={"en": sku}, created_at=NOON, updated_at=NOON)
            session.add(product)
            session.flush()
            variant = Variant(product_id=product.id, sku=sku, tracked=tracked)
            session.add(variant)
            session.flush()
            return variant.id

    return create


@pytest.fixture
def new_warehouse(app: Flask, runtime: Runtime) -> Callable[..., int]:
    def create(code: str, *, priority: int = 100, country: str = "DE", active: bool = True) -> int:
        address = Address(country=country)
        return warehousing.save_warehouse(
            runtime, code=code, name=code, address=address, priority=priority, active=active
        )

    return create


@pytest.fixture
def count(app: Flask) -> Callable[[int, int, int], int]:
    """Book what is on hand."""

    def book(variant_id: int, warehouse_id: int, on_hand: int) -> int:
        with unit_of_work() as session:
            return stock.set_on_hand(
                session,
                variant_id=variant_id,
                warehouse_id=warehouse_id,
                on_hand=on_hand,
                reference="count",
                actor="test",
                at=NOON,
            )

    return book
