"""What a serving process imports and makes before its first page: a budget, so that starting stays quick.

The seconds themselves are measured by ``./dev bench start``; here is counted what they are made of, which no busy
machine changes. Who adds to it on purpose raises the figure in the same commit and says why.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from support.store import add_product, make_store

#: Nothing of these is needed to show a product.
NEEDLESS = (
    *("alembic", "apispec", "babel.messages", "cryptography.fernet", "email.headerregistry", "flask_smorest"),
    *("http.cookiejar", "httpx", "httpx2", "importlib_metadata", "openpyxl", "smtplib", "waitress", "xml.etree"),
    *("entrepot.checkout.service", "entrepot.customs", "entrepot.demo", "entrepot.documents", "entrepot.ledger"),
    *("entrepot.orders", "entrepot.returns", "entrepot.screening", "entrepot.shipping", "entrepot.taxes"),
    *("entrepot.testkit", "entrepot.webhooks"),
)
CORE_MODULES = 145
OTHER_MODULES = 640
MAPPED_CLASSES = 21

LOOK = """
import json, sys
from entrepot.serving import served_app
app = served_app()
assert app.test_client().get("/p/anchor").status_code == 200
modules = sorted(sys.modules)
from entrepot.storage.session import Base
classes = [value for name in modules if name.partition(".")[0] == "entrepot"
           for value in vars(sys.modules[name]).values() if isinstance(value, type) and value.__module__ == name]
records = [value for value in classes if "__dataclass_fields__" in vars(value)]
shown_by = {f"{record.__module__}.{record.__name__}": record.__repr__ for record in records}
compiled = [name for name, method in shown_by.items()
            if getattr(method, "__wrapped__", method).__code__.co_filename == "<string>"]
print(json.dumps({"modules": modules, "mapped": len(list(Base.registry.mappers)), "compiled": compiled}))
"""


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Modules, mapped classes and compiled dataclasses of a process that started and showed one product.

    The second one: the first also compiles templates and merges translations, for all that follow.
    """
    folder = tmp_path_factory.mktemp("cold")
    store = make_store(folder / "data", f"sqlite:///{folder / 'store.db'}")
    add_product(store, slug="anchor", stock=5)
    _looked_at(store)
    return _looked_at(store)


def _looked_at(store):
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        env={**os.environ, **store.environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_what_no_product_page_needs_is_not_imported(start):
    found = [name for name in start["modules"] for needless in NEEDLESS if f"{name}.".startswith(f"{needless}.")]
    assert found == [], "Import it inside the function that uses it."


def test_a_start_imports_no_more_modules_than_its_budget(start):
    core = [name for name in start["modules"] if name.startswith("entrepot.")]
    others = [name for name in start["modules"] if not name.startswith("entrepot")]
    assert len(core) <= CORE_MODULES, core
    assert len(others) <= OTHER_MODULES, others


def test_a_start_maps_no_more_tables_than_its_budget(start):
    assert start["mapped"] <= MAPPED_CLASSES


def test_dataclasses_of_a_start_are_made_without_compiling(start):
    assert start["compiled"] == [], "Take dataclass from entrepot.kernel.records."
