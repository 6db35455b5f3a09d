"""A route's addresses are as ever, though they are first made when a page links to it."""

from __future__ import annotations

import pytest
from flask import Flask, url_for

from entrepot.web.late import LateRule


@pytest.fixture
def app():
    app = Flask(__name__)
    app.url_rule_class = LateRule
    app.add_url_rule("/p/<slug>", "product")
    app.add_url_rule("/orders/<int:number>/", "order", defaults={"page": 1})
    return app


def test_links_are_those_of_an_ordinary_route(app):
    with app.test_request_context():
        for _ in range(2):
            assert url_for("product", slug="a b") == "/p/a%20b"
            assert url_for("product", slug="a", colour="red") == "/p/a?colour=red"
            assert url_for("order", number=7, _external=True) == "http://localhost/orders/7/"


def test_putting_an_app_together_compiles_no_links(monkeypatch):
    from werkzeug.routing import Rule

    monkeypatch.setattr(Rule, "_compile_builder", lambda *arguments: pytest.fail("compiled"))
    app = Flask(__name__, static_folder=None)
    app.url_rule_class = LateRule
    app.add_url_rule("/p/<slug>", "product")
