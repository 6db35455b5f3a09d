"""The documented assessments follow the schema and are answered as written, by command and API alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from entrepot.api import PREFIX, keys
from entrepot.cli import cli
from entrepot.customs.assess import assess_json, installed_packs
from entrepot.customs.engine.reading import _FIELDS, _LINE_FIELDS
from entrepot.customs.vectors import differences, read_vectors
from entrepot.testkit.small_shop import small_shop
from support.pages import ROOT, blocks

PAGE = ROOT / "docs" / "reference" / "assessments.md"
SCHEMA = json.loads((ROOT / "docs" / "reference" / "assessment.schema.json").read_text(encoding="utf-8"))
JSON = [json.loads(block) for block in blocks(PAGE, "json")]
EXAMPLES = list(zip(JSON[::2], JSON[1::2], strict=True))
INSTALLED = frozenset(pack.id for pack in installed_packs())


def validate(content: Any) -> None:
    jsonschema_rs = pytest.importorskip("jsonschema_rs")
    jsonschema_rs.validate(SCHEMA, content)


@pytest.mark.covers("G1", "S0.42")
@pytest.mark.parametrize(("asked", "expected"), EXAMPLES, ids=[answer["pack"]["id"] for _, answer in EXAMPLES])
def test_documented_example_is_answered_as_written(asked: dict[str, Any], expected: dict[str, Any]) -> None:
    if expected["pack"]["id"] not in INSTALLED:
        pytest.skip(f"the pack {expected['pack']['id']} is not installed")
    validate(asked)
    assert list(differences(expected, assess_json(asked))) == []


def test_there_are_ten_examples() -> None:
    assert len(EXAMPLES) == 10


def test_schema_has_every_field_that_is_read() -> None:
    assert set(SCHEMA["properties"]) == _FIELDS
    assert set(SCHEMA["$defs"]["line"]["properties"]) == _LINE_FIELDS


def test_every_vector_follows_the_schema() -> None:
    for vector in read_vectors(Path(__file__).parent / "vectors"):
        if vector.get("kind", "assess") == "assess":
            validate(vector["input"])


def test_command_line_explains_an_assessment(tmp_path: Path) -> None:
    file = tmp_path / "parcel.json"
    file.write_text(json.dumps(EXAMPLES[0][0]), encoding="utf-8")
    done = CliRunner().invoke(cli, ["--data", str(tmp_path), "assess", "--explain", str(file)])
    assert done.exit_code == 0, done.output
    assert "rule: eu/" in done.output


@pytest.mark.covers("S1.46")
def test_api_answers_like_the_command_line(tmp_path: Path, database_url: str) -> None:
    asked, expected = EXAMPLES[0]
    with small_shop(database_url, tmp_path, web=True) as shop, shop.app.test_client() as client:
        key = {"Authorization": f"Bearer {keys.create(shop.runtime, name='test', scopes=['catalog.view'])}"}
        answer = client.post(f"{PREFIX}/assessments", json=asked, headers=key)
        refused = client.post(f"{PREFIX}/assessments", json=asked | {"lines": []}, headers=key)
        unnamed = client.post(f"{PREFIX}/assessments", json=asked)
    assert answer.status_code == 200
    assert list(differences(expected, answer.get_json())) == []
    assert (refused.status_code, unnamed.status_code) == (422, 401)
    assert "lines is empty" in refused.get_json()["detail"]
