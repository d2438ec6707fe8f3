"""What a report says of what it received: digits before and after correction, repeats, undeclared shares, persons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook
from tests.comparison.rounds import protocol, submission

from suyuan.comparison.drift import Pilot as Measured
from suyuan.comparison.drift import drift
from suyuan.comparison.methods import METHODS, WITH_TAU, Results, Settings, estimate
from suyuan.comparison.round.protocol import DriftRule, Protocol, ReferenceRule
from suyuan.comparison.round.report import Issue, Report, blinded
from suyuan.comparison.round.report_form import report_document
from suyuan.comparison.round.submission import BudgetLine, Submission
from suyuan.comparison.round.write import protocol_fields, submission_fields
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Refused
from suyuan.report.comparison import round as comparison_round
from suyuan.report.comparison.report import comparison_document
from suyuan.report.figures.drift import COURSE, Trend
from suyuan.report.papers.all import spreadsheet
from suyuan.report.papers.document import Document, Findings, Number, Paragraph, Table, Word, plain
from suyuan.verbs.comparison.rerun import rerun
from suyuan.verbs.comparison.round import read_round, report_of

SHARED = ("NMI", "7")
LINE = (BudgetLine("block", 0.006, issuer="NMI", certificate="7"), BudgetLine("rest", 0.008))
UNCOUNTED = "comparison.round.uncounted"


def a_report(
    change: Callable[[dict[str, Submission]], None], state: Any = "final", made: Protocol | None = None, **more: object
) -> Report:
    made = made or protocol(drift=DriftRule("none"))
    rows = {code: submission(made, code, shift) for code, shift in zip("PABC", (0.0, 0.004, -0.006, 0.01), strict=True)}
    change(rows)
    fields = {"suyuan": "comparison-round", "protocol": protocol_fields(made), **more,
              "submissions": [submission_fields(s) for s in rows.values()]}  # fmt: skip
    played, _ = read_round(canonical(fields))
    return report_of(played, Issue(state, date(2026, 8, 1), "suyuan 0.1.0"))


def declared(rows: dict[str, Submission], *budgeted: str, who: str = "PA") -> None:
    for code in who:
        rows[code] = replace(rows[code], standards=(SHARED,))
    for code in budgeted:
        results = tuple(replace(r, budget=LINE) for r in rows[code].results)
        rows[code] = replace(rows[code], results=results)


def told(report: Report) -> list[dict[str, str]]:
    return [dict(f.parameters) for f in report.findings if f.code == UNCOUNTED]


def text_of(cell: Any) -> str:
    if isinstance(cell, Number | str):
        return cell if isinstance(cell, str) else cell.text
    return cell.text["en"] if isinstance(cell, Word) else plain(cell, "en")


def table_of(document: Document, sheet: str) -> list[list[str]]:
    (table,) = (b for b in document.blocks if isinstance(b, Table) and b.sheet == sheet)
    return [[text_of(cell) for cell in row] for row in table.rows]


def paragraphs(document: Document) -> str:
    return " ".join(plain(b.text, "en") for b in document.blocks if isinstance(b, Paragraph))


# ---------------------------------------------------------------- a standard of two members


@pytest.mark.parametrize(
    ("budgeted", "lacking"), [((), "P, A"), (("P",), "A"), (("A",), "P")], ids=["none", "pilot", "other"]
)
def test_a_standard_of_two_members_without_its_share_is_said(budgeted: tuple[str, ...], lacking: str) -> None:
    for state in ("draft_a", "final"):
        report = a_report(lambda rows: declared(rows, *budgeted), state)
        assert told(report) == [{"members": "P, A", "lacking": lacking, "standard": "NMI 7", "measurands": "L1, L2"}]
        (said,) = (f for f in report.findings if f.code == UNCOUNTED)
        assert said.severity == "warning" and all(e.inputs.covariance is None for e in report.evaluations)
        assert rerun(report_document(report)).same


def test_the_appendix_does_not_deny_a_standard_that_was_not_counted() -> None:
    report = a_report(lambda rows: declared(rows))
    (said,) = (f for f in report.findings if f.code == UNCOUNTED)
    document = comparison_document(report, "en")
    assert [b.items for b in document.blocks if isinstance(b, Findings) and said in b.items] == [(said,), (said,)]
    assert "treated as independent" not in paragraphs(document)
    assert "No correlation is counted" in paragraphs(document)


def test_a_share_that_is_given_is_counted_and_not_complained_of() -> None:
    counted = a_report(lambda rows: declared(rows, "P", "A"))
    assert not told(counted) and counted.evaluations[0].inputs.shared[0].through == ("NMI 7",)
    assert not told(a_report(lambda rows: declared(rows, who="A")))
    alone = comparison_document(a_report(lambda rows: None), "en")
    assert "No results are known to share a standard" in paragraphs(alone)


def test_a_third_member_without_its_share_is_named_beside_two_that_are_counted() -> None:
    report = a_report(lambda rows: declared(rows, "P", "A", who="PAB"))
    assert [(t["members"], t["lacking"]) for t in told(report)] == [("P, A, B", "B")]
    document = comparison_document(report, "en")
    assert len([b for b in document.blocks if isinstance(b, Table) and b.sheet == "correlations L1"]) == 1
    assert "No correlation is counted" not in paragraphs(document)


def test_a_blind_draft_says_so_without_the_name_of_the_standard() -> None:
    report = blinded(a_report(lambda rows: declared(rows, "P", "A", who="PAB"), "draft_a"), "participant", "C")
    assert [(t["members"], t["standard"]) for t in told(report)] == [("P, A, B", "—")]
    assert b"NMI 7" not in report_document(report)


# ---------------------------------------------------------------- what was received


def repeated(rows: dict[str, Submission]) -> None:
    """The pilot measures three times, each with its day and its digits."""
    first = rows["P"].results[0]
    days = [date(2026, 1, 7) + timedelta(days=30 * n) for n in range(3)]
    again = tuple(
        replace(first, value=float(v), measured=day, text={**first.text, "value": v})
        for v, day in zip(REPEATS, days, strict=True)
    )
    rows["P"] = replace(rows["P"], results=(*again, rows["P"].results[1]))


REPEATS = ("100.0410", "100.0438", "100.0462")
TYPING = {"member": "A", "measurand": "L2", "field": "value", "old": "100.0040", "new": "100.0400", "reason": "typing",
          "person": "demo person"}  # fmt: skip


def test_submissions_stand_as_received_with_corrections_below_and_every_repeat() -> None:
    report = a_report(repeated, corrections=[TYPING])
    document = comparison_document(report, "en")
    rows = table_of(document, "submissions")
    mine = [(r[2], r[3], r[9]) for r in rows if r[0].startswith("A ") and r[1] == "L2"]
    day = report.protocol.legs_of("A")[0].arrives.isoformat()
    assert mine == [("received", "100.0040", day), ("corrected", "100.0400", day)]
    pilot = [(r[2], r[3], r[4], r[9]) for r in rows if r[0].startswith("P ") and r[1] == "L1"]
    assert pilot == [
        ("received", value, "0.020", day)
        for value, day in zip(REPEATS, ("2026-01-07", "2026-02-06", "2026-03-08"), strict=True)
    ]
    assert len(rows) == 4 * 2 + 2 + 1
    (mean,) = (r for r in table_of(document, "results L1") if r[0].startswith("P "))
    assert "2026-01-07 … 2026-03-08" in mean
    book = load_workbook(BytesIO(spreadsheet(document, "en")))
    (page,) = (p for p in book if "submissions" in p.title)
    cells = [[c.value for c in row] for row in page.iter_rows(min_row=2)]
    values = [row[3] for row in cells if str(row[0]).startswith("A ") and row[1] == "L2"]
    assert values == [100.004, 100.04]


def test_a_reported_unit_stays_beside_its_own_digits() -> None:
    def in_micrometres(rows: dict[str, Submission]) -> None:
        first = rows["B"].results[0]
        text = {"value": "99994.0", "U": "20", "k": "2", "unit": "\u00b5m"}
        rows["B"] = replace(rows["B"], results=(replace(first, text=text),))

    document = comparison_document(a_report(in_micrometres), "en")
    (table,) = (b for b in document.blocks if isinstance(b, Table) and b.sheet == "submissions")
    (row,) = (r for r in table.rows if text_of(r[0]).startswith("B "))
    value, unit = row[3], row[8]
    assert isinstance(value, Number) and (value.text, value.value, unit) == ("99994.0", 99994.0, "\u00b5m")


def test_a_blind_copy_has_the_repeats_with_their_days_too() -> None:
    report = blinded(a_report(repeated, "draft_a"), "participant", "C")
    rows = [r for r in table_of(comparison_document(report, "en"), "submissions") if r[0] == "P" and r[1] == "L1"]
    assert [(r[2], r[3], r[9]) for r in rows] == [
        ("received", "100.041", "2026-01-07"), ("received", "100.0438", "2026-02-06"),
        ("received", "100.0462", "2026-03-08"),
    ]  # fmt: skip


def test_a_blind_copy_has_what_was_corrected_too() -> None:
    added = {**TYPING, "field": "dof", "old": "", "new": "12"}
    moved = {**TYPING, "field": "measured", "old": "2026-01-20", "new": "2026-01-22"}
    report = a_report(started, "draft_a", corrections=[TYPING, added, moved])
    for shown in (report, blinded(report, "participant", "C")):
        rows = [r for r in table_of(comparison_document(shown, "en"), "submissions") if r[0][0] == "A" and r[1] == "L2"]
        assert [(r[2], r[3], r[7], r[9]) for r in rows] == [
            ("received", "100.0040", "not stated", "2026-01-20"), ("corrected", "100.0400", "12", "2026-01-22"),
        ]  # fmt: skip


def started(rows: dict[str, Submission]) -> None:
    results = tuple(replace(r, measured=date(2026, 1, 20)) for r in rows["A"].results)
    rows["A"] = replace(rows["A"], results=results)


# ---------------------------------------------------------------- persons


def test_whoever_is_left_out_of_a_copy_is_withheld_and_not_the_clock() -> None:
    decided = [{"member": "C", "measurand": "L1", "decision": "out", "reason": "damaged", "person": "demo person"}]
    report = a_report(lambda rows: None, made=protocol(drift=DriftRule("none"), public=True), decisions=decided)
    full, public = (comparison_document(r, "en") for r in (report, blinded(report, "public")))
    assert [r[4] for r in table_of(full, "decisions")] == ["demo person"]
    assert [r[4] for r in table_of(public, "decisions")] == ["withheld"]
    some = [replace(e, person="") if e.kind in ("closed", "sealed") else e for e in report.events]
    rows = table_of(comparison_document(replace(report, events=tuple(some)), "en"), "events")
    by_kind = {kind: {r[3] for r in rows if r[1] == kind} for kind in ("closed", "sealed submission", "decided")}
    assert by_kind == {"closed": {"the clock"}, "sealed submission": {"withheld"}, "decided": {"demo person"}}


# ---------------------------------------------------------------- methods


def test_a_method_that_estimates_tau_says_zero_and_another_that_there_is_none() -> None:
    beside = ("mandel_paule", "dersimonian_laird", "reml", "hartung_knapp", "arithmetic_mean", "median")
    made = protocol(drift=DriftRule("none"), reference=ReferenceRule("weighted_mean", beside))
    report = a_report(lambda rows: None, made=made)
    rows = {r[0]: r[3] for r in table_of(comparison_document(report, "en"), "methods L1")}
    assert len(rows) == 7 and all(float(f.consensus.tau) == 0.0 for f in report.evaluations[0].methods)
    for f in report.evaluations[0].methods:
        shown = rows[plain(comparison_round.term(f"method.{f.method}"), "en")]
        assert float(shown) == 0.0 if f.method in WITH_TAU else shown == "not applicable"


def test_methods_with_tau_are_those_that_find_one_in_results_that_scatter() -> None:
    x = [10.0, 11.0, 14.0, 9.0, 12.0, 17.0]
    given = Results.of(x, [0.1] * 6, dof=np.full(6, 10.0))
    for method in METHODS:
        try:
            found = estimate(method, given, Settings(draws=2000, given=(10.0, 0.1), options={"pilot": 0}))
        except Refused:
            assert method not in WITH_TAU
            continue
        assert (float(found.tau) > 0.0) == (method in WITH_TAU), method


# ---------------------------------------------------------------- drift


def test_the_course_runs_from_the_first_day_of_anybody_to_the_last() -> None:
    pilot = Measured([0.0, 30.0, 61.0, 92.0], [10.0002, 10.0011, 10.0019, 10.0031], u=0.0005)
    trend = Trend.over("line", "band", pilot, np.array([10.0, 75.0]), ("linear", 1, 2.0))
    assert (trend.t[0], trend.t[-1], trend.t.size) == (0.0, 92.0, COURSE)
    there = drift(pilot, [0.0, 92.0])
    assert trend.values[[0, -1]] == pytest.approx(there.reference)
    assert trend.spread[[0, -1]] == pytest.approx(2.0 * np.sqrt(np.diagonal(there.change_covariance)))
