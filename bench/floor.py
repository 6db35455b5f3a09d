"""The floor: the least that a placed order can be in Flask and SQLAlchemy. Its tables are filled by this module.

    FLOOR_DATABASE=sqlite:///floor.db python -m bench.floor      fills the tables
    FLOOR_DATABASE=sqlite:///floor.db gunicorn -w 2 bench.floor:app

One POST decrements stock if there is some, and writes an order, a line and a payment in one ORM transaction.
"""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from sqlalchemy import ForeignKey, Text, create_engine, event, insert, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

DATABASE = os.environ.get("FLOOR_DATABASE", "sqlite:///floor.db")
VARIANTS = 600
IS_SQLITE = DATABASE.startswith("sqlite")

engine = create_engine(DATABASE)
app = Flask(__name__)


class Base(DeclarativeBase):
    pass


class Stock(Base):
    __tablename__ = "stock"

    variant_id: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[int]


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    total: Mapped[int]
    address: Mapped[str] = mapped_column(Text)


class OrderLine(Base):
    __tablename__ = "order_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    variant_id: Mapped[int]
    quantity: Mapped[int]
    price: Mapped[int]


class Payment(Base):
    __tablename__ = "payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    amount: Mapped[int]


@event.listens_for(engine, "connect")
def _configure(connection: Any, _record: object) -> None:
    """As our own database is set: durable after every commit."""
    if IS_SQLITE:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")


@app.get("/ready")
def ready() -> str:
    return "ready"


@app.post("/order/<int:variant_id>")
def order(variant_id: int) -> Any:
    with Session(engine) as session:
        if IS_SQLITE:
            session.connection().exec_driver_sql("BEGIN IMMEDIATE")
        in_stock = (Stock.variant_id == variant_id, Stock.quantity >= 1)
        taken = session.execute(update(Stock).where(*in_stock).values(quantity=Stock.quantity - 1))
        if not taken.rowcount:  # type: ignore[attr-defined]
            session.rollback()
            return {"placed": False}, 409
        placed = Order(email="anna@example.com", total=1990, address="Am Kai 1, 20457 Hamburg")
        session.add(placed)
        session.flush()
        session.add(OrderLine(order_id=placed.id, variant_id=variant_id, quantity=1, price=1990))
        session.add(Payment(order_id=placed.id, amount=1990))
        session.commit()
        return {"placed": True, "id": placed.id}


def fill() -> None:
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(Stock), [{"variant_id": id, "quantity": 10**6} for id in range(VARIANTS)])


if __name__ == "__main__":
    fill()
