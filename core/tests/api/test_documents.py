"""The OpenAPI document and the page that is drawn from it; and that the API costs nothing until it is asked."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from entrepot.staff.rules import PERMISSIONS

from .conftest import ApiClient

pytestmark = pytest.mark.covers("S2.31")


def test_the_document_is_openapi_31_and_names_every_scope(buyer: ApiClient) -> None:
    document = buyer.get("/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    operations = [
        operation for item in document["paths"].values() for operation in item.values() if "tags" in operation
    ]
    known = {permission.id for permission in PERMISSIONS}
    assert {operation["x-scope"] for operation in operations if operation["security"]} <= known
    assert all(operation.get("summary") and operation["operationId"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


def test_links_lead_to_operations_that_take_what_they_are_given(buyer: ApiClient) -> None:
    """Also what is created has a schema: links once stood in its place."""
    operations = {
        operation["operationId"]: (path, operation)
        for path, item in buyer.get("/openapi.json").get_json()["paths"].items()
        for operation in item.values()
        if "operationId" in operation
    }
    answers = [
        answer
        for _, operation in operations.values()
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    ]
    assert all(answer["content"]["application/json"]["schema"] for answer in answers if "links" in answer)
    links = [link for answer in answers for link in answer.get("links", {}).values()]
    assert len(links) > 100
    for link in links:
        path, operation = operations[link["operationId"]]
        assert set(link["parameters"]) == set(re.findall(r"{(\w+)}", path))
        assert bool(link.get("requestBody")) <= ("requestBody" in operation)


def test_money_is_a_text_and_never_a_number(buyer: ApiClient) -> None:
    document = buyer.get("/openapi.json").get_json()
    assert document["components"]["schemas"]["Money"]["properties"]["amount"]["type"] == "string"
    assert '"type":"number"' not in buyer.get("/openapi.json").text


def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(buyer: ApiClient) -> None:
    page = buyer.get("/docs")
    assert page.mimetype == "text/html"
    for path in buyer.get("/openapi.json").get_json()["paths"]:
        assert path in page.text
    assert "<script" not in page.text and not re.findall(r'(?:src|href)="(?:https?:)?//', page.text)
    assert buyer.get("/docs.css").mimetype == "text/css"


def test_a_shop_starts_without_the_api() -> None:
    """Its libraries and its resources are read with the first request."""
    code = (
        "import sys, entrepot.app, entrepot.shop, entrepot.admin, entrepot.api;"
        "print([name for name in sys.modules if name in ('flask_smorest', 'apispec', 'webargs', 'entrepot.api.door')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
