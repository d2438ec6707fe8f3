"""Rounds as verbs: from file to report, covariance through certificates, and a report that is recomputed."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suyuan.certificate.typed import read_typed, to_document
from suyuan.cli import compare_round
from suyuan.cli.output import Page
from suyuan.comparison.round.admission import admitted
from suyuan.comparison.round.protocol import DecisionRule, Measurand, Protocol, ReferenceRule
from suyuan.comparison.round.read import read_protocol
from suyuan.comparison.round.report import Issue, blinded
from suyuan.comparison.round.report_form import report_document
from suyuan.comparison.round.submission import Attached, BudgetLine, Reported, Submission
from suyuan.comparison.round.write import protocol_document, protocol_fields, submission_document, submission_fields
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Refused
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.lookup import certificate_quantities
from suyuan.traceability.outcome import outcomes
from suyuan.verbs.comparison.rerun import rerun
from suyuan.verbs.comparison.round import Round, check_succession, read_round, report_of
from suyuan.verbs.comparison.round_covariance import round_covariances
from tests.comparison.rounds import played, protocol, revealed, submission, until_closed

ISSUE = Issue("draft_a", date(2026, 7, 1), "suyuan")
SHIFTS = {"P": 0.0, "A": 0.01, "B": 0.05, "C": -0.01}


def on_file(made: Protocol, **more: object) -> dict[str, object]:
    rows = [submission_fields(submission(made, c, s)) for c, s in SHIFTS.items()]
    return {"suyuan": "comparison-round", "protocol": protocol_fields(made), "submissions": rows, **more}


def test_a_round_on_file_becomes_a_report() -> None:
    made = protocol(
        reference=ReferenceRule("weighted_mean", beside=("median_monte_carlo", "mandel_paule"), draws=20_000)
    )
    decided = [{"member": "B", "measurand": "L1", "decision": "out", "reason": "damaged", "person": "demo"}]
    corrected = [{"member": "A", "measurand": "L2", "field": "value", "old": "100.0100", "new": "100.0200",
                  "reason": "typing", "person": "demo"}]  # fmt: skip
    found, told = read_round(canonical(on_file(made, decisions=decided, corrections=corrected)))
    assert not [f for f in told if f.severity == "error"]
    report = report_of(found, ISSUE)
    first, second = report.evaluations
    assert [f.method for f in first.methods] == ["weighted_mean", "median_monte_carlo", "mandel_paule"]
    assert first.methods[0].value == pytest.approx(100.0) and second.inputs.value[1] == 100.02
    again = rerun(report_document(report))
    assert again.same and again.numbers > 300 and not again.unchecked


def test_a_result_without_a_day_is_said_to_be_no_evidence() -> None:
    fields = on_file(protocol())
    assert not [f for f in report_of(read_round(canonical(fields))[0], ISSUE).findings if "no_evidence" in f.code]
    rows: Any = fields["submissions"]
    rows[1] = {**rows[1], "results": [{**r, "measured": ""} for r in rows[1]["results"]]}
    final = report_of(read_round(canonical(fields))[0], replace(ISSUE, state="final"))
    assert [f.where for f in final.findings if f.code == "comparison.report.no_evidence"] == ["A/L1", "A/L2"]
    assert {o.member for o in outcomes([final])} == {"P", "B", "C"}


def test_the_longest_wait_and_the_first_day_of_all() -> None:
    assert read_round(canonical(on_file(protocol(opens=date(1, 1, 1)))))[0].standing.phase == "closed"
    for change in ({"remark_days": 10**12}, {"reference": ReferenceRule("median", draws=10**13)}):
        assert read_protocol(protocol_document(protocol(**change)))[0] is None


def test_a_pilot_with_another_u_the_second_time_stays_correlated() -> None:
    """The correlation of the first result holds for the mean of all; one slip of U stops no report."""
    line = [{"name": "standard", "u": "0.009", "issuer": "NMI", "certificate": "7"}]
    fields = on_file(protocol("generalised_least_squares"))
    rows: Any = fields["submissions"]
    for row in rows[:2]:
        row["results"] = [{**r, "budget": line} for r in row["results"]]
    again = {**rows[0]["results"][0], "measured": "2026-03-10", "U": "0.000002"}
    rows[0]["results"].append(again)
    report = report_of(read_round(canonical(fields))[0], ISSUE)
    first, second = (e.inputs for e in report.evaluations)
    assert first.u[0] == pytest.approx(0.0050005) and second.u[0] == pytest.approx(0.01)
    for given in (first, second):
        assert given.covariance is not None
        assert given.covariance[0, 1] / (given.u[0] * given.u[1]) == pytest.approx(0.81)
    assert all(not e.refused for e in report.evaluations) and rerun(report_document(report)).same


def test_a_method_named_twice_is_evaluated_once() -> None:
    made = protocol(reference=ReferenceRule("weighted_mean", beside=("median", "weighted_mean", "median")))
    report = report_of(read_round(canonical(on_file(made)))[0], ISSUE)
    assert [f.method for f in report.evaluations[0].methods] == ["weighted_mean", "median"]
    assert rerun(report_document(report)).same


FAULTS = [
    ({"submissions": []}, "comparison.field.missing"),
    ({"protocol": {}}, "comparison.field.missing"),
    ({"decisions": [{"member": "B", "decision": "out", "reason": "r"}]}, "comparison.event.person"),
    ({"decisions": [{"member": "B", "decision": "out", "reason": "r", "person": "a\x00"}]}, "typed.field.text"),
    ({"decisions": [{"member": ["B"], "decision": "out", "reason": "r", "person": "a"}]}, "typed.field.type"),
    ({"events": [{"kind": "closed"}]}, "comparison.field.missing"),
]


@pytest.mark.parametrize(("change", "code"), FAULTS)
def test_a_round_that_cannot_be_used(change: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as told:
        read_round(canonical(on_file(protocol(), **change)))
    assert code in {f.code for f in told.value.findings}


def test_two_results_of_one_member_are_refused() -> None:
    fields = on_file(protocol())
    fields["submissions"] = [*fields["submissions"], fields["submissions"][1]]  # type: ignore[misc,index]
    with pytest.raises(Refused):
        read_round(canonical(fields))


def test_a_protocol_is_followed_by_its_next_version_only() -> None:
    old = protocol()
    new = replace(old, version=2)
    assert not check_succession(old, new, False)
    assert check_succession(old, new, True)[0].code == "comparison.protocol.frozen"
    assert check_succession(old, replace(old, version=3), False)[0].code == "comparison.protocol.succession"


def test_every_kind_of_tampering_is_found() -> None:
    made = protocol(reference=ReferenceRule("weighted_mean", beside=("median_monte_carlo",), draws=20_000))
    report = report_of(Round(made, played(made, SHIFTS)), ISSUE)
    fields = json.loads(report_document(report))

    def kinds(change: object) -> set[tuple[str, str]]:
        other = json.loads(json.dumps(fields))
        change(other)  # type: ignore[operator]
        found = rerun(canonical(other))
        assert not found.same
        return {(d.kind, d.field) for d in found.differences}

    method = {"d": 0, "weights": 1, "left_value": 2}
    for name, at in method.items():
        tampered = kinds(lambda f, n=name, i=at: f["measurands"][0]["methods"][0][n].__setitem__(i, "0.123"))
        assert ("evaluation", name) in tampered
    drawn = kinds(lambda f: f["measurands"][1]["methods"][1].update(seed="7"))
    assert drawn == {("printed", "seed")}
    assert ("inputs", "value") in kinds(lambda f: f["measurands"][0]["inputs"]["value"].__setitem__(0, "99.9"))
    assert ("inputs", "digest") in kinds(lambda f: f["measurands"][0].update(digest="0" * 64))
    assert ("outcome", "verdict") in kinds(lambda f: f["outcomes"][0].update(verdict="unsatisfactory"))
    assert ("protocol", "digest") in kinds(lambda f: f["protocol"]["decision"].update(limit="2"))
    assert ("protocol", "digest") in kinds(lambda f: f.update(protocol_digest="0" * 64))
    assert ("events", "altered") in kinds(lambda f: f["events"][5].update(person="x"))
    assert ("events", "chain") in kinds(lambda f: f["events"].pop(2))
    assert ("outcome", "outcome") in kinds(lambda f: f["outcomes"].pop())
    where = rerun(canonical({**fields, "measurands": [_changed(fields["measurands"][0]), fields["measurands"][1]]}))
    d, *_ = where.differences
    assert (d.measurand, d.method, d.lab, d.field, d.printed) == ("L1", "weighted_mean", "B", "d", "0.0")


def test_a_removed_altered_or_added_finding_is_a_difference() -> None:
    made = protocol(reference=ReferenceRule("weighted_mean", beside=("pilot",)))
    report = report_of(Round(made, played(made, {"A": 0.0, "B": 0.01, "C": 0.3})), ISSUE)
    fields = json.loads(report_document(report))
    assert rerun(canonical(fields)).same
    assert fields["measurands"][0]["refused"] and any(f["code"].endswith("to_help") for f in fields["findings"])

    def differences(change: object) -> list[tuple[str, ...]]:
        other = json.loads(json.dumps(fields))
        change(other)  # type: ignore[operator]
        found = rerun(canonical(other))
        assert not found.same
        return [(d.kind, d.measurand, d.method, d.lab, d.field) for d in found.differences]

    to_help = "comparison.report.to_help"
    at = next(i for i, f in enumerate(fields["findings"]) if f["code"] == to_help and f["where"] == "C/L1")
    expected = [("finding", "L1", "", "C", to_help)]
    assert differences(lambda f: f["findings"].pop(at)) == expected
    assert differences(lambda f: f["findings"][at].update(severity="note")) == expected
    assert differences(lambda f: f["findings"].append({**f["findings"][at], "where": "B/L1"})) == [
        ("finding", "L1", "", "B", to_help)
    ]
    why = fields["measurands"][0]["refused"][0]["findings"][0]["code"]
    refused = differences(lambda f: f["measurands"][0]["refused"][0]["findings"].clear())
    assert refused == [("finding", "L1", "pilot", "", why)]
    assert ("evaluation", "L1", "pilot", "", "refused") in differences(lambda f: f["measurands"][0]["refused"].clear())
    said = {"code": "comparison.report.no_u", "where": "L2", "severity": "warning", "parameters": {"members": "A"}}
    assert differences(lambda f: f["measurands"][1].update(findings=[said])) == [
        ("finding", "L2", "", "", "comparison.report.no_u")
    ]
    of_method = differences(lambda f: f["measurands"][1]["methods"][0]["findings"].append(said))
    assert of_method == [("finding", "L2", "weighted_mean", "", "comparison.report.no_u")]


def test_a_round_on_file_says_that_its_events_were_reconstructed() -> None:
    made = protocol()
    code = "comparison.report.reconstructed"
    report = report_of(read_round(canonical(on_file(made)))[0], ISSUE)
    (told,) = [f for f in report.findings if f.code == code]
    assert told.severity == "note" and rerun(report_document(report)).same
    fields = json.loads(report_document(report))
    fields["findings"] = [f for f in fields["findings"] if f["code"] != code]
    assert [d.field for d in rerun(canonical(fields)).differences] == [code]
    recorded = report_of(Round(made, played(made, SHIFTS)), ISSUE)
    assert code not in {f.code for f in recorded.findings}


def _changed(fields: dict[str, object]) -> dict[str, object]:
    other = json.loads(json.dumps(fields))
    other["methods"][0]["d"][2] = "0"
    return other  # type: ignore[no-any-return]


def test_a_public_copy_is_recomputed_and_says_what_it_cannot_be_held_against() -> None:
    made = protocol(public=True)
    final = replace(report_of(Round(made, played(made, {"P": 0.0, "A": 0.01, "B": 0.3})), ISSUE), state="final")
    found = rerun(report_document(blinded(final, "public")))
    assert found.same and found.numbers and set(found.unchecked) == {"protocol", "events", "inputs"}
    assert not rerun(report_document(final)).unchecked


def test_infinity_is_no_number_like_another() -> None:
    report = report_of(read_round(canonical(on_file(protocol())))[0], ISSUE)
    for key, given in (("limit", "-inf"), ("value", "1e999"), ("score", "inf")):
        fields = json.loads(report_document(report))
        fields["outcomes"][1][key] = given
        found = rerun(canonical(fields))
        assert not found.same and {(d.kind, d.field, d.lab) for d in found.differences} >= {("outcome", key, "A")}
    fields["outcomes"][1][key] = "0"
    fields["findings"] = [{"code": "comparison.report.early", "severity": {}}]
    with pytest.raises(Refused):
        rerun(json.dumps(fields).encode())


def test_a_round_with_unknown_uncertainties_reads_back_and_reruns() -> None:
    m = Measurand("L1", {"en": "l"}, "length", "mm", "TS-1", sigma_pt=0.05)
    rule = ReferenceRule("algorithm_A", beside=("weighted_mean",))
    made = protocol(measurands=(m,), reference=rule, decision=DecisionRule("z", 3.0, 2.0))
    stated = {"P": (100.0, 0.01), "A": (100.02, 0.01), "B": (100.01, None), "C": (100.3, None)}
    rows = [submission_fields(Submission(made.digest, c, (Reported("L1", x, u=u),))) for c, (x, u) in stated.items()]
    closed = {c: canonical(row) for c, row in zip(stated, rows, strict=True)}
    events = admitted(made, [*until_closed(made, closed), *(revealed(c, d) for c, d in closed.items())])
    report = report_of(Round(made, events), ISSUE)
    assert [o.verdict for o in report.outcomes] == ["satisfactory"] * 3 + ["unsatisfactory"]
    assert rerun(report_document(report)).same


# ---------------------------------------------------------------- covariance


def block(certificate: str = "7", u: float = 0.006) -> tuple[BudgetLine, ...]:
    rest = (0.01**2 - u**2) ** 0.5
    return (BudgetLine("block", u / 2, 2.0, issuer="NMI", certificate=certificate), BudgetLine("rest", rest))


def row(made: Protocol, code: str, budget: tuple[BudgetLine, ...]) -> Submission:
    return submission(made, code, 0.0, budget)


def test_one_certificate_in_two_budgets_correlates_them() -> None:
    made = protocol()
    rows = {"P": row(made, "P", ()), "A": row(made, "A", block()), "B": row(made, "B", block(u=0.008)),
            "C": row(made, "C", block("8"))}  # fmt: skip
    found, told = round_covariances(made, rows)
    V = found["L1"]
    at = {c: i for i, c in enumerate(V.labs)}
    assert V.matrix[at["A"], at["B"]] == pytest.approx(0.006 * 0.008)
    assert np.diagonal(V.matrix) == pytest.approx(np.full(4, 1e-4))
    off = V.matrix - np.diag(np.diagonal(V.matrix))
    assert np.count_nonzero(off) == 2
    (pair,) = V.shared
    assert (pair.first, pair.second, pair.through) == ("A", "B", ("NMI 7",)) and pair.r == pytest.approx(0.48)
    assert {f.code for f in told} == {"comparison.round.correlated"}
    assert not round_covariances(made, {c: rows[c] for c in "PAC"})[0]


def certificate(number: str, parent: str = "") -> bytes:
    equipment = [{"name": "standard", "certificate": {"issuer": "NMI", "number": parent}}] if parent else []
    return to_document({
        "issuer": "NMI", "number": number, "ended": "2026-01-01", "issued": "2026-01-02", "item": {"name": "block"},
        "equipment": equipment,
        "results": [{"name": "length", "value": "100.000", "unit": "mm", "U": "0.012", "k": "2"}],
    })  # fmt: skip


def test_an_attached_certificate_is_the_value_itself() -> None:
    """With the certificate at hand the influence is that of the certified value, found by its only place."""
    made = protocol()
    document = certificate("7")
    known, told = read_typed(document)
    assert known is not None and certificate_quantities(known)[0], told
    file = Attached("c.json", "application/json", known.digest, document)
    rows = {"P": row(made, "P", ()), "A": replace(row(made, "A", block()), files=(file,)), "B": row(made, "B", block())}
    attached, _ = round_covariances(made, rows)
    stored, _ = round_covariances(made, {**rows, "A": row(made, "A", block())}, Evidence(certificates=(known,)))
    for found in (attached, stored):
        V = found["L2"]
        assert V.matrix[1, 2] == pytest.approx(0.006**2) and V.shared[0].through == ("NMI 7",)


def test_parts_beyond_the_whole_are_scaled_and_said() -> None:
    made = protocol()
    line = (BudgetLine("block", 0.02, issuer="NMI", certificate="7"),)
    found, told = round_covariances(made, {c: row(made, c, line) for c in "AB"})
    assert found["L1"].matrix == pytest.approx(np.full((2, 2), 1e-4))
    assert "comparison.round.more_than_u" in {f.code for f in told}


def test_an_unreadable_file_is_said_and_loses_nothing() -> None:
    made = protocol()
    bad = replace(row(made, "A", block()), files=(Attached("x.xml", "text/xml", "0", b"<nothing/>"),))
    found, told = round_covariances(made, {"A": bad, "B": row(made, "B", block())})
    assert "L1" in found and "comparison.round.attached" in {f.code for f in told}


def test_a_shared_standard_enters_the_report_and_its_rerun() -> None:
    made = protocol("generalised_least_squares")
    fields = on_file(made)
    fields["submissions"] = [submission_fields(row(made, c, block() if c in "AB" else ())) for c in "PABC"]
    found, _ = read_round(canonical(fields))
    report = report_of(found, ISSUE)
    e = report.evaluations[0]
    assert e.inputs.covariance is not None and e.inputs.shared[0].through == ("NMI 7",)
    V = e.inputs.covariance
    ones = np.ones(4)
    assert e.methods[0].u == pytest.approx(1.0 / np.sqrt(ones @ np.linalg.solve(V, ones)))
    again = rerun(report_document(report))
    assert again.same and again.unchecked == ("covariance",)
    fields = json.loads(report_document(report))
    code = "comparison.round.correlated"
    fields["findings"] = [f for f in fields["findings"] if (f["code"], f["where"]) != (code, "L2")]
    assert [(d.kind, d.field, d.printed) for d in rerun(canonical(fields)).differences] == [("finding", code, "—")]


# ---------------------------------------------------------------- the terminal


def test_a_folder_of_a_report_is_whole_or_not_there(tmp_path: Path) -> None:
    with pytest.raises((OSError, Refused)):
        compare_round.write_all(tmp_path / "out", {"report.json": b"{}", "x" * 300: b"no system takes that name"})
    assert not list(tmp_path.iterdir())
    compare_round.write_all(tmp_path / "out", {"report.json": b"{}"})
    assert [p.name for p in tmp_path.rglob("*")] == ["out", "report.json"]


def test_report_rerun_seal_and_open_at_the_terminal(tmp_path: Path) -> None:
    made = protocol()
    (tmp_path / "round.json").write_bytes(canonical(on_file(made)))
    (tmp_path / "p.json").write_bytes(protocol_document(made))
    (tmp_path / "r.json").write_bytes(submission_document(submission(made, "A")))
    asked = compare_round.MakeReport(tmp_path / "round.json", tmp_path / "out", formats="json,xml", day="2026-07-01")
    answer = compare_round.report(asked)
    assert answer.code == 0 and len(answer.values["files"]) == 3
    shown = io.StringIO()
    answer.show(Page(shown))
    assert "(−0.013 ± 0.017) mm" in shown.getvalue() and "−0.72" in shown.getvalue()
    assert "weighted_mean" not in shown.getvalue()
    assert compare_round.again(compare_round.Again(tmp_path / "out" / "report.json")).values["same"]
    draft = (tmp_path / "out" / "DEMO-1-v1.json").read_bytes()
    assert b"Demo laboratory" not in draft
    sealed = compare_round.seal(compare_round.Seal(tmp_path / "r.json", tmp_path / "p.json", tmp_path / "e.json"))
    assert base64.b64encode(b"100.0") not in (tmp_path / "e.json").read_bytes()
    code, commitment = sealed.values["code"], sealed.values["commitment"]
    with pytest.raises(Refused):
        compare_round.open_(compare_round.Open(tmp_path / "e.json", code, tmp_path / "x.json", "0" * 64))
    assert not (tmp_path / "x.json").exists()
    compare_round.open_(compare_round.Open(tmp_path / "e.json", code, tmp_path / "x.json", commitment))
    assert (tmp_path / "x.json").read_bytes() == (tmp_path / "r.json").read_bytes()
    nameless = json.loads((tmp_path / "r.json").read_bytes())
    del nameless["protocol"]
    (tmp_path / "n.json").write_bytes(canonical(nameless))
    other = compare_round.seal(compare_round.Seal(tmp_path / "n.json", tmp_path / "p.json", tmp_path / "g.json"))
    compare_round.open_(compare_round.Open(tmp_path / "g.json", other.values["code"], tmp_path / "y.json"))
    assert (tmp_path / "y.json").read_bytes() == (tmp_path / "r.json").read_bytes()
    bad = replace(submission(made, "A"), results=(Reported("L1", 100.0),))
    (tmp_path / "bad.json").write_bytes(submission_document(bad))
    with pytest.raises(Refused):
        compare_round.seal(compare_round.Seal(tmp_path / "bad.json", tmp_path / "p.json", tmp_path / "f.json"))
    with pytest.raises(Refused):
        compare_round.report(replace(asked, state="draft", out=tmp_path / "other"))
