"""A round that is linked to an earlier comparison: against the verb of linking cases, and by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.comparison.round.evaluation import evaluate
from suyuan.comparison.round.inputs import inputs
from suyuan.comparison.round.protocol import EarlierResult, LinkRule, Protocol
from suyuan.comparison.round.read import read_protocol
from suyuan.comparison.round.read_report import read_report
from suyuan.comparison.round.report import Issue, blinded, make_report
from suyuan.comparison.round.report_form import report_document
from suyuan.comparison.round.standing import standing
from suyuan.comparison.round.write import protocol_document, protocol_fields, with_digest
from suyuan.quantity.fields import canonical
from suyuan.report.comparison.round import Names
from suyuan.report.comparison.tables import linked as linked_table
from suyuan.report.papers.document import Table
from suyuan.verbs.comparison.links import linking
from suyuan.verbs.comparison.rerun import rerun
from tests.comparison.rounds import event, played, protocol

SHIFTS = {"P": 0.0, "A": 0.013, "B": -0.007, "C": 0.021}
ROWS = (EarlierResult("L1", "A", 0.004, 0.006, 0.3), EarlierResult("L1", "B", -0.011, 0.008))


def linked_protocol(rows: tuple[EarlierResult, ...] = ROWS, **changes: object) -> Protocol:
    made = protocol()
    members = tuple(replace(m, linking=m.code in "AB") for m in made.members)
    return with_digest(replace(made, members=members, linking=LinkRule("CCL-K1", rows), **changes))  # type: ignore[arg-type]


def test_degrees_of_equivalence_are_those_of_the_linking_case() -> None:
    made = linked_protocol()
    first, second = evaluate(made, inputs(standing(made, played(made, SHIFTS))))
    y = {c: round(100.0 + s, 6) for c, s in SHIFTS.items()}
    rows = [{"lab": r.member, "d_cipm": r.d, "u_cipm": r.u_d, "y_rmo": y[r.member], "u_rmo": 0.01, "r": r.r}
            for r in ROWS]  # fmt: skip
    others = [{"lab": c, "y_rmo": y[c], "u": 0.01} for c in "PC"]
    case: Any = linking({"unit": "mm", "linking": rows, "rmo_only": others})
    found = first.linked
    assert found is not None and second.linked is None
    assert found.correction == pytest.approx(case["correction"], rel=1e-13)
    assert found.u == pytest.approx(case["u_correction"], rel=1e-9)
    at = {c: i for i, c in enumerate(first.labs)}
    for i, c in enumerate("PC"):
        assert found.d[at[c]] == pytest.approx(case["d"][i], abs=1e-12)
        assert found.U_d[at[c]] == pytest.approx(case["U"][i], rel=1e-9)
    for i, row in enumerate(ROWS):
        assert (found.d[at[row.member]], found.u_d[at[row.member]]) == (row.d, row.u_d)
        assert found.weights[at[row.member]] == pytest.approx(case["weights"][i], rel=1e-9)
        assert found.differences[at[row.member]] == pytest.approx(case["differences"][i], rel=1e-13)
    assert found.p == pytest.approx(case["consistency"]["p"], rel=1e-6) and found.linking == ("A", "B")


def test_one_linking_laboratory_by_hand() -> None:
    made = linked_protocol((EarlierResult("L2", "A", 0.004, 0.006, 0.5),))
    _, e = evaluate(made, inputs(standing(made, played(made, SHIFTS))))
    found = e.linked
    assert found is not None
    assert found.correction == pytest.approx(0.004 - 100.013) and np.isnan(found.p)
    u = np.sqrt(0.006**2 + 0.01**2 - 2 * 0.5 * 0.006 * 0.01)
    assert found.d[e.labs.index("C")] == pytest.approx(0.021 - 0.013 + 0.004)
    assert found.u_d[e.labs.index("C")] == pytest.approx(np.hypot(0.01, u))
    assert [f.code for f in found.findings] == ["comparison.link.single"]


def test_whom_a_decision_took_out_does_not_link() -> None:
    made = linked_protocol()
    out = event("decided", 1, "B", measurand="L1", decision="out", reason="damaged on the way")
    e, _ = evaluate(made, inputs(standing(made, played(made, SHIFTS, (out,)))))
    alone = linked_protocol(ROWS[:1])
    other, _ = evaluate(alone, inputs(standing(alone, played(alone, SHIFTS))))
    assert e.linked is not None and other.linked is not None
    at = e.labs.index("B")
    assert e.linked.correction == other.linked.correction and e.linked.d[at] == -0.011
    assert {f.code for f in e.linked.findings} == {"comparison.link.single", "comparison.report.not_linking"}
    nobody = linked_protocol(ROWS[1:])
    last, _ = evaluate(nobody, inputs(standing(nobody, played(nobody, SHIFTS, (out,)))))
    assert last.linked is None and "comparison.link.none" in {f.code for f in last.findings}


def test_a_linked_report_reads_back_and_is_recomputed() -> None:
    made = linked_protocol()
    report = make_report(made, played(made, SHIFTS), Issue("draft_a", date(2026, 7, 1), "suyuan"))
    document = report_document(report)
    read, told = read_report(document)
    assert read is not None and not told and report_document(read) == document
    assert rerun(document).same
    fields = json.loads(document)
    fields["measurands"][0]["linked"]["d"][3] = "0.5"
    (d,) = rerun(canonical(fields)).differences
    assert (d.kind, d.measurand, d.lab, d.field, d.printed) == ("evaluation", "L1", "C", "linked", "0.5")
    del fields["measurands"][0]["linked"]
    assert not rerun(canonical(fields)).same


def test_a_protocol_with_a_link_reads_back_and_one_without_keeps_its_digest() -> None:
    made = linked_protocol()
    read, told = read_protocol(protocol_document(made))
    assert read == made and not told
    assert b"linking" not in protocol_document(protocol()).replace(b'"linking":false', b"")


FAULTS = [
    ({"member": "C"}, "comparison.protocol.not_linking"),
    ({"member": "Z"}, "comparison.protocol.unknown"),
    ({"measurand": "L9"}, "comparison.protocol.unknown"),
    ({"u_d": "0"}, "comparison.protocol.positive"),
    ({"r": "1.1"}, "comparison.link.correlation"),
    ({"member": "A"}, "comparison.protocol.twice"),
    ({"d": None}, "comparison.field.missing"),
]


@pytest.mark.parametrize(("change", "code"), FAULTS)
def test_a_link_that_cannot_be_used(change: dict[str, object], code: str) -> None:
    fields = json.loads(canonical(protocol_fields(linked_protocol())))
    fields["linking"]["results"][1].update(change)
    read, told = read_protocol(canonical(fields))
    assert read is None and [f.code for f in told] == [code]
    assert told[0].where.startswith("/linking/results/1/")


def test_a_blind_copy_does_not_tell_by_the_link_who_a_code_is() -> None:
    """The degrees of equivalence of an earlier comparison are published with names."""
    out = event("decided", 1, "B", measurand="L1", decision="out", reason="damaged on the way")
    for rows in (ROWS, ROWS[1:]):
        made = linked_protocol(rows)
        report = make_report(made, played(made, SHIFTS, (out,)), Issue("draft_a", date(2026, 7, 1), "suyuan"))
        document = report_document(blinded(report, "participant", "A"))
        assert b"CCL-K1" not in document and b'"-0.011"' not in document and rerun(document).same
        assert b"CCL-K1" in report_document(blinded(replace(report, state="final"), "participant", "A"))


def test_the_report_has_a_table_of_the_link() -> None:
    made = linked_protocol()
    report = make_report(made, played(made, SHIFTS), Issue("final", date(2026, 7, 1), "suyuan"))
    first, second = report.evaluations
    names = Names.of(report, "en")
    table, *told = linked_table(first, 2.0, names, ())
    assert isinstance(table, Table) and not told and not list(linked_table(second, 2.0, names, ()))
    cells = {row[0]["en"][0]: [getattr(c, "text", c) for c in row[1:3]] for row in table.rows}  # type: ignore[index]
    assert cells == {"A": ["+0.004", "0.012"], "B": ["−0.011", "0.016"], "P": ["−0.007", "0.025"],
                     "C": ["+0.014", "0.025"]}  # fmt: skip
