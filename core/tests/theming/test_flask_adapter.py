"""Theming inside Flask: what templates see, and what they do not."""

from __future__ import annotations

import pytest
from flask import Flask, render_template
from jinja2 import UndefinedError

from entrepot.theming.flask_adapter import install


@pytest.fixture
def app(write, shop):
    write("core/templates/home.html", "{{ url_for('home') }}")
    app = Flask(__name__)
    app.add_url_rule("/", "home", lambda: render_template("home.html"))
    app.add_url_rule("/leak/<name>", "leak", lambda name: render_template(f"{name}.html"))
    app.testing = True
    install(app, shop("sunset"))
    return app


def test_render_template_goes_through_the_layers(app):
    assert app.test_client().get("/").text == "/"
    assert app.extensions["entrepot.theming"].active == "sunset"


@pytest.mark.parametrize("name", ["config", "session", "request", "g"])
def test_templates_cannot_reach_what_belongs_to_the_server(app, write, name):
    write(f"core/templates/{name}.html", f"{{{{ {name} }}}}")
    with pytest.raises(UndefinedError, match=name):
        app.test_client().get(f"/leak/{name}")
