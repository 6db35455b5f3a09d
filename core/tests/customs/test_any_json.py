"""Whatever JSON comes: a sentence with the remedy, or an answer; never another error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.customs.engine.assessment import assess
from entrepot.customs.engine.pack import Pack
from entrepot.customs.engine.reading import _FIELDS, _LINE_FIELDS, read_consignment
from entrepot.customs.engine.writing import write_answer
from entrepot.sdk.errors import EntrepotError

from .toy import asked, goods, pack, regime

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["12", "1e9"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder: Path = tmp_path_factory.mktemp("toy")
    steps = '{ duty = "customs-duty", base = ["cif"], rate = "duty" },\n{ tax = "vat", base = ["cif"], rate = "vat" },'
    return pack(folder, regime(steps), rates="duty,,,,,compound,5,1,USD,kg\nvat,,,,,,20,,,")


@pytest.mark.covers("G15")
@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(_FIELDS)), ANYTHING, max_size=3))
def test_any_field_is_answered_or_refused_in_a_sentence(toy: Pack, fields: dict[str, Any]) -> None:
    _ask(toy, asked(**fields))


@pytest.mark.covers("G15")
@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(_LINE_FIELDS)), ANYTHING, max_size=3))
def test_any_line_is_answered_or_refused_in_a_sentence(toy: Pack, fields: dict[str, Any]) -> None:
    _ask(toy, asked(goods(**fields), goods()))


def _ask(toy: Pack, content: dict[str, Any]) -> None:
    try:
        answer = write_answer(assess(read_consignment(content), toy))
    except EntrepotError as refusal:
        assert str(refusal).strip().endswith((".", ")", "}"))
    else:
        assert answer["lines"]
