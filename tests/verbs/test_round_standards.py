"""Results beside the standards that their members name, and beside the record of the way of the travelling standard."""

from __future__ import annotations

from datetime import date

import pytest

from suyuan.certificate.typed import read_typed, to_document
from suyuan.comparison.round.admission import admitted
from suyuan.comparison.round.report import Issue
from suyuan.comparison.round.report_form import report_document
from suyuan.comparison.round.write import submission_document
from suyuan.quantity.finding import sentences
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.comparison.rerun import rerun
from suyuan.verbs.comparison.round import Round, report_of
from suyuan.verbs.comparison.round_standards import below_standards
from tests.comparison.rounds import event, protocol, revealed, submission, until_closed

ISSUE = Issue("draft_a", date(2026, 7, 1), "suyuan")
MADE = protocol()
STANDARD = ("NMI C", "1")
"""What member C names as its standard; its u in the results is 0.01 mm."""


def evidence(*results: tuple[str, str]) -> Evidence:
    """One certificate of the standard of C: values of 10 with U in a unit."""
    rows = [
        {"name": f"value {i}", "value": "10.000", "unit": unit, "U": U, "k": "2"} for i, (U, unit) in enumerate(results)
    ]
    document = to_document({"issuer": STANDARD[0], "number": STANDARD[1], "ended": "2026-01-01",
                            "issued": "2026-01-02", "item": {"name": "block"}, "results": rows})  # fmt: skip
    known, told = read_typed(document)
    assert known is not None, told
    return Evidence(certificates=(known,))


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([("0.04", "mm")], True),
        ([("40", "µm")], True),
        ([("0.02", "mm")], False),  # the same u
        ([("0.012", "mm")], False),
        ([("0.04", "kg")], False),
        ([("0.04", "mm"), ("0.5", "°C")], True),  # the only length
        ([("0.04", "mm"), ("0.04", "mm")], False),  # which of the two was used is not known
    ],
)
def test_a_result_better_than_its_standard_is_asked_about(results: list[tuple[str, str]], said: bool) -> None:
    found = below_standards(MADE, {c: submission(MADE, c) for c in "PC"}, evidence(*results))
    assert [f.where for f in found] == (["C/L1", "C/L2"] if said else [])
    if said:
        assert "C 的 u 小于其标准的 u" in sentences(found[0], "zh")["what"]
        assert dict(found[0].parameters)["of_standard"] == "0.02" and found[0].severity == "warning"


def documents() -> dict[str, bytes]:
    return {c: submission_document(submission(MADE, c)) for c in "PABC"}


def travelled(*moves: tuple[str, str]) -> Round:
    """A round in which the standard went from hand to hand."""
    start, rest = until_closed(MADE, documents())[:7], until_closed(MADE, documents())[7:]
    way = []
    for i, (holder, to) in enumerate(moves):
        way.append(event("sent", -170 + 2 * i, holder, standard="TS-1", to=to, condition="good"))
        way.append(event("arrived", -169 + 2 * i, to, standard="TS-1", condition="good"))
    opened = [revealed(c, d) for c, d in documents().items()]
    return Round(MADE, admitted(MADE, [*start, *way, *rest, *opened]))


def test_a_result_on_a_standard_that_never_came_is_asked_about() -> None:
    report = report_of(travelled(("P", "A"), ("A", "C")), ISSUE, evidence(("0.04", "mm")))
    said = {f.code: f.where for f in report.findings}
    assert said["comparison.report.not_arrived"] == "B" and "comparison.round.below_standard" in said
    again = rerun(report_document(report))
    assert not [d for d in again.differences if d.kind == "finding"]
    for moves in ((), (("P", "A"), ("A", "B"), ("B", "C"))):
        codes = {f.code for f in report_of(travelled(*moves), ISSUE).findings}
        assert "comparison.report.not_arrived" not in codes
