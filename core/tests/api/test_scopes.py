"""Who may call what: every operation against a key of each scope, against none, and against a wrong one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from entrepot.api.assembly import document
from entrepot.staff.rules import PERMISSIONS
from entrepot.testkit.small_shop import SmallShop

from .conftest import ApiClient

pytestmark = [pytest.mark.covers("S0.29", "S2.37")]
SCOPES = [permission.id for permission in PERMISSIONS]


def operations() -> Iterator[tuple[str, str, str]]:
    """(method, address with something for its parts, scope) of everything in the document."""
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post", "put", "patch", "delete"):
                address = path.removeprefix("/api/v1")
                for part in item.get("parameters", []):
                    number = part["schema"].get("type") == "integer"
                    address = address.replace("{" + part["name"] + "}", "999" if number else "nothing")
                yield method.upper(), address, operation.get("x-scope", "")


def test_the_matrix_of_scopes_and_operations(client_with: Callable[..., ApiClient]) -> None:
    """A key enters with the scope that the document names, and with no other one."""
    known = list(operations())
    wrong = []
    for scope in SCOPES:
        client = client_with(scope)
        for method, address, needed in known:
            status = client.ask(method, address).status_code
            if (status == 403) != bool(needed and needed != scope) or status in (401, 500):
                wrong.append((scope, method, address, needed, status))
    assert len(known) > 100 and wrong == []


def test_without_a_key_only_the_buyers_part_answers(api_shop: SmallShop) -> None:
    nobody, liar = ApiClient(api_shop.app), ApiClient(api_shop.app, "ek_wrong_key")
    for method, address, needed in operations():
        assert (nobody.ask(method, address).status_code == 401) == bool(needed), (method, address)
        assert liar.ask(method, address).status_code in (401, 429), (method, address)


def test_every_post_that_has_an_effect_takes_an_idempotency_key() -> None:
    """Those that do not only compute an answer."""
    computes = {"assess_consignment", "preview_return", "preview_edit"}
    without = {
        operation["operationId"]
        for item in document()["paths"].values()
        for method, operation in item.items()
        if method == "post" and not any(one.get("name") == "Idempotency-Key" for one in operation.get("parameters", []))
    }
    assert without <= computes


def test_every_list_of_rows_that_grow_has_a_cursor() -> None:
    grows = ("orders", "payments", "returns", "customers", "product-records", "products", "promotions", "stock",
             "stock-movements", "transfers", "stock-counts")  # fmt: skip
    paths = document()["paths"]
    for name in grows:
        parameters = {one["name"] for one in paths[f"/api/v1/{name}"]["get"]["parameters"]}
        assert {"cursor", "limit"} <= parameters, name
