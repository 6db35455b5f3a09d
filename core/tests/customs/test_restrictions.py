"""What may not be sent is a finding with its reason, whatever rate somebody states."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.sdk import Severity

from .toy import answered, goods, pack, regime

DUTY = regime('{ duty = "customs-duty", base = ["fob"], rate = "duty" },')
PLENTY = "duty,,,,,,10,,,"


@pytest.mark.covers("G15")
@pytest.mark.parametrize("fields", [{}, {"duty_rate": "0.05"}])
def test_prohibited_rate_is_a_finding_and_refuses(tmp_path: Path, fields: dict[str, str]) -> None:
    record = "duty,,,9302,,prohibited,,,,,2020-01-01,,law,2026-01-01,Weapons may not be imported."
    toy = pack(tmp_path, DUTY, rates=f"{PLENTY}\n{record}")
    answer = answered(toy, goods(hs="930200", **fields), goods())
    forbidden = [finding for finding in answer.findings if finding.severity is Severity.PROHIBITED]
    assert [(finding.line_id, finding.text) for finding in forbidden] == [("1", "Weapons may not be imported.")]
    assert answer.accepted is False
    assert [charge.state for charge in answer.charges] == ["unknown", "known"]


@pytest.mark.covers("G15")
@pytest.mark.parametrize(
    ("criteria", "line", "mode", "found"),
    [
        ("ban,,9302,,,,,prohibited", {"hs": "930200"}, "post", True),
        ("ban,,9302,,,,,prohibited", {"hs": "610910"}, "post", False),
        ("ban,IS,,,lithium,,post,restricted", {"attributes": ["lithium"]}, "post", True),
        ("ban,IS,,,lithium,,post,restricted", {"attributes": ["lithium"]}, "courier", False),
        ("ban,NO,,,lithium,,,restricted", {"attributes": ["lithium"]}, "post", False),
        ("ban,,,KP,,,,prohibited", {"origin": "KP"}, "post", True),
        ("ban,,,,,alcohol,,notice", {"category": "alcohol"}, "post", True),
    ],
)
def test_restriction_concerns_what_it_names(
    tmp_path: Path, criteria: str, line: dict[str, object], mode: str, found: bool
) -> None:
    toy = pack(tmp_path, DUTY, rates=PLENTY, restrictions=f"{criteria},2020-01-01,,law,2026-01-01,Because.")
    answer = answered(toy, goods(**line), mode=mode)
    assert [finding.text for finding in answer.findings] == (["Because."] if found else [])
    assert answer.accepted is not ("prohibited" in criteria and found)


def test_restriction_by_mode_asks_for_the_mode(tmp_path: Path) -> None:
    records = "ban,,,,lithium,,post,restricted,2020-01-01,,law,2026-01-01,No batteries by post."
    answer = answered(
        pack(tmp_path, DUTY, rates=PLENTY, restrictions=records), goods(attributes=["lithium"]), mode=None
    )
    assert answer.findings[0].severity is Severity.MISSING
    assert "Say how it is sent" in answer.findings[0].text


@pytest.mark.parametrize("record", ["ban,,,,,,,prohibited,2020-01-01,,law,2026-01-01,Why", "ban,,61,,,,,prohibited"])
def test_restriction_without_criterion_or_reason_does_not_load(tmp_path: Path, record: str) -> None:
    with pytest.raises(Exception, match=r"restrictions.csv, line 2: a restriction"):
        pack(tmp_path, DUTY, rates=PLENTY, restrictions=record)
