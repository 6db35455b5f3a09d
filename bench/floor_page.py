"""The floor of a product page: five SELECTs through the ORM and a Jinja page of 25 KB, in Flask and SQLAlchemy.

FLOOR_DATABASE=sqlite:///floor.db python -m bench.floor_page      fills the tables
FLOOR_DATABASE=sqlite:///floor.db gunicorn -w 2 bench.floor_page:app
"""

from __future__ import annotations

import os

from flask import Flask, render_template
from jinja2 import DictLoader
from sqlalchemy import ForeignKey, String, Text, create_engine, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

DATABASE = os.environ.get("FLOOR_DATABASE", "sqlite:///floor.db")
NEIGHBOURS = 36

engine = create_engine(DATABASE)
app = Flask(__name__)
app.jinja_loader = DictLoader(
    {
        "base.html": """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>
{% block title %}{% endblock %}</title></head><body>
<header><a href="/">Shop</a></header><main>{% block main %}{% endblock %}</main></body></html>""",
        "card.html": """{% macro card(each) %}<article class="card"><a class="card__link" href="/p/{{ each.id }}">
<img class="card__image" src="/static/{{ each.id }}-320.webp" srcset="/static/{{ each.id }}-640.webp 2x" width="320"
height="320" loading="lazy" alt="{{ each.name }}"></a><h3 class="card__title">{{ each.name }}</h3>
<p class="card__price">{{ "%.2f"|format(each.price / 100) }} EUR</p><form method="post" action="/cart">
<input type="hidden" name="id" value="{{ each.id }}"><button class="button" type="submit">Add to cart</button></form>
</article>{% endmacro %}""",
        "page.html": """{% extends "base.html" %}{% from "card.html" import card %}
{% block title %}{{ product.name }}{% endblock %}{% block main %}<h1>{{ product.name }}</h1>
<div>{{ product.description }}</div><form method="post" action="/cart"><select name="variant">{% for each in variants %}
<option value="{{ each.id }}">{{ each.sku }} ({{ stock[each.id] }})</option>{% endfor %}</select><button>Add</button>
</form><ul>{% for each in categories %}<li>{{ each.name }}</li>{% endfor %}</ul>
<section>{% for each in related %}{{ card(each) }}{% endfor %}</section>{% endblock %}""",
    }
)


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    price: Mapped[int]


class Variant(Base):
    __tablename__ = "variant"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    sku: Mapped[str] = mapped_column(String(40), unique=True)


class Stock(Base):
    __tablename__ = "stock"

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True)
    quantity: Mapped[int]


class Category(Base):
    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))


class ProductCategory(Base):
    __tablename__ = "product_category"

    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True, index=True)


@app.get("/p/<int:product_id>")
def page(product_id: int) -> str:
    with Session(engine) as session:
        product = session.get(Product, product_id)
        variants = session.scalars(select(Variant).where(Variant.product_id == product_id)).all()
        wanted = [variant.id for variant in variants]
        rows = session.execute(select(Stock.variant_id, Stock.quantity).where(Stock.variant_id.in_(wanted)))
        stock = {row.variant_id: row.quantity for row in rows}
        filed = ProductCategory.category_id == Category.id
        categories = session.scalars(select(Category).join(ProductCategory, filed)).unique().all()
        related = session.scalars(select(Product).order_by(Product.id).limit(NEIGHBOURS)).all()
        return render_template(
            "page.html", product=product, variants=variants, stock=stock, categories=categories, related=related
        )


def fill() -> None:
    Base.metadata.create_all(engine)
    numbers = range(1, NEIGHBOURS + 1)
    with engine.begin() as connection:
        connection.execute(insert(Category), [{"id": 1, "name": "Things"}])
        text = "A thing that is made to last. " * 20
        connection.execute(
            insert(Product), [{"id": n, "name": f"Thing {n}", "description": text, "price": 1990} for n in numbers]
        )
        connection.execute(insert(Variant), [{"id": n, "product_id": n, "sku": f"THING-{n}"} for n in numbers])
        connection.execute(insert(Stock), [{"variant_id": n, "quantity": 9} for n in numbers])
        connection.execute(insert(ProductCategory), [{"category_id": 1, "product_id": n} for n in numbers])


if __name__ == "__main__":
    fill()
