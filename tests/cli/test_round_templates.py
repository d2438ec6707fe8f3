"""The filled documents of a round are read, sealed and reported as they are printed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from suyuan.cli.round_templates import DOCUMENTS, NAMES, protocol_template, result_template, round_template
from suyuan.comparison.round.plausibility import plausible
from suyuan.comparison.round.read import read_protocol
from suyuan.comparison.round.read_submission import read_submission
from suyuan.comparison.round.report import Issue
from suyuan.verbs.comparison.round import read_round, report_of

from .conftest import Run


def test_protocol_and_results_are_as_they_should_be() -> None:
    protocol, told = read_protocol(json.dumps(protocol_template()).encode())
    assert protocol is not None and not told
    for code, *_ in NAMES:
        document = {**result_template(code), "protocol": protocol.digest}
        submission, told = read_submission(json.dumps(document).encode(), protocol)
        assert submission is not None and not told and not plausible(submission, protocol)


def test_the_round_gives_a_report_with_its_drift_taken_out() -> None:
    played, told = read_round(json.dumps(round_template()).encode())
    report = report_of(played, Issue("draft_a", date(2026, 6, 1), "suyuan"))
    assert not told and report.evaluations[0].travelled.drift is not None
    assert {o.verdict for o in report.outcomes} == {"satisfactory"}
    assert not [f for f in report.findings if f.severity != "note"]


@pytest.mark.parametrize("kind", list(DOCUMENTS))
def test_a_template_is_printed(suyuan: Run, kind: str) -> None:
    printed = suyuan("compare", "--template", kind)
    assert printed.code == 0 and printed.json["suyuan"] == kind


def test_a_result_is_sealed_without_naming_its_protocol(suyuan: Run, tmp_path: Path) -> None:
    for kind in ("comparison-protocol", "comparison-result"):
        (tmp_path / f"{kind}.json").write_text(json.dumps(DOCUMENTS[kind]()), "utf-8")
    ran = suyuan("compare", "seal", "comparison-result.json", "--protocol", "comparison-protocol.json", "--out", "e",
                 "--json")  # fmt: skip
    assert ran.code == 0 and ran.json["findings"] == [] and ran.json["member"] == "A"
