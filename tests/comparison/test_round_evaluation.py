"""Evaluation of a round: published degrees of equivalence, drift, decisions, verdicts, the report and its copies."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from suyuan.comparison.round.admission import admitted
from suyuan.comparison.round.evaluation import evaluate
from suyuan.comparison.round.events import Event
from suyuan.comparison.round.inputs import Covariance, Inputs, Shared, inputs
from suyuan.comparison.round.judge import judge
from suyuan.comparison.round.plausibility import beside_others, plausible
from suyuan.comparison.round.protocol import DecisionRule, DriftRule, Measurand, Protocol, ReferenceRule, ResultForm
from suyuan.comparison.round.read_report import read_report
from suyuan.comparison.round.read_submission import read_submission
from suyuan.comparison.round.report import Issue, blinded, make_report
from suyuan.comparison.round.report_form import report_document
from suyuan.comparison.round.standing import standing
from suyuan.comparison.round.submission import Reported, Submission
from suyuan.comparison.round.write import submission_document, submission_fields
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Refused
from tests.comparison.rounds import event, played, protocol, revealed, submission, until_closed

ISSUE = Issue("draft_a", date(2026, 7, 1), "suyuan")


def given(x: list[float], u: list[float], **more: object) -> Inputs:
    n = len(x)
    made = Inputs(
        "L1", tuple("PABCDEFGHIJ"[:n]), np.array(x), np.array(u), 2 * np.array(u), np.full(n, 2.0),
        np.full(n, math.inf), np.ones(n, bool), ("",) * n, (None,) * n, ({},) * n, ("",) * n, "P",
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def test_ccl_k1_by_its_weighted_mean() -> None:
    """CCL-K1 tungsten carbide blocks as in the NICOB manual: d and U of laboratory 6 by the weighted mean, as in
    `degrees_of_equivalence`; E_n by the decision rule, and every other number from the same formula by hand."""
    x, u = [15, 15, 30, 18, 24, -9, 33, 12.5, 8.8], [9, 14, 10, 13, 9, 7, 9, 8.6, 10]
    (e,) = evaluate(protocol(), [given(x, u)])
    f = e.methods[0]
    assert round(float(f.judged.d[5]), 2) == -23.17 and round(float(f.judged.U_d[5]), 2) == 12.52
    assert f.judged.score[5] == pytest.approx(-23.17 / 12.52, abs=2e-3)
    w = np.array(u) ** -2.0
    mean = w @ x / w.sum()
    assert f.chi2 == pytest.approx(float(w @ (np.array(x) - mean) ** 2)) and f.dof == 8
    rest = np.arange(9) != 3
    assert f.left_value is not None and f.left_value[3] == pytest.approx((w @ x - w[3] * x[3]) / w[rest].sum())
    assert e.pairs is not None and np.allclose(e.pairs.d, -e.pairs.d.T)
    assert e.advice is not None and e.advice.tests[0].p == pytest.approx(f.p)


def test_pilot_and_given_references_share_what_they_share() -> None:
    matrix = np.array([[4.0, 1.0, 0.0], [1.0, 4.0, 0.0], [0.0, 0.0, 4.0]])
    one = given([10.0, 11.0, 12.0], [2.0, 2.0, 2.0], covariance=matrix)
    rule = ReferenceRule("pilot", beside=("given",), given={"L1": (10.0, 0.0)})
    (e,) = evaluate(protocol(reference=rule), [one])
    pilot, outside = e.methods
    assert pilot.judged.u_d.tolist() == pytest.approx([0.0, math.sqrt(4 + 4 - 2), math.sqrt(8)])
    assert pilot.judged.verdict[0] == "undetermined" and pilot.judged.why[0] == "own_reference"
    assert outside.judged.u_d.tolist() == [2.0, 2.0, 2.0]
    (e,) = evaluate(protocol(reference=rule), [replace(one, labs=("X", "A", "B"))])
    assert "pilot" in e.refused and e.methods[0].method == "given"


RULES = [
    (DecisionRule("En"), 2.0, "satisfactory"),
    (DecisionRule("En"), 2.0001, "unsatisfactory"),
    (DecisionRule("zeta", limit=3.0, questionable=2.0), 2.5, "questionable"),
    (DecisionRule("z", limit=3.0, questionable=2.0), 1.4, "unsatisfactory"),
    (DecisionRule("z", limit=3.0, questionable=2.0), 1.1, "questionable"),
    (DecisionRule("z", limit=3.0, questionable=2.0), -0.8, "satisfactory"),
    (DecisionRule("D_percent", limit=1.0), 0.5, "satisfactory"),
    (DecisionRule("D_percent", limit=1.0), 2.0, "unsatisfactory"),
]


@pytest.mark.parametrize(("rule", "d", "verdict"), RULES)
def test_verdicts_by_each_score(rule: DecisionRule, d: float, verdict: str) -> None:
    """u(x) = 1, u_ref = 0, x_ref = 100, σ_pt = 0.45: each score by its definition."""
    m = Measurand("L1", {"en": "l"}, "length", "mm", "TS-1", sigma_pt=0.45)
    reference = ReferenceRule("given", given={"L1": (100.0, 0.0)})
    made = protocol(reference=reference, decision=rule, measurands=(m,))
    (e,) = evaluate(made, [given([100.0 + d], [1.0])])
    assert e.methods[0].judged.verdict == (verdict,)


def test_a_large_uncertainty_is_not_satisfactory() -> None:
    m = Measurand("L1", {"en": "l"}, "length", "mm", "TS-1", largest_U=1.0)
    (e,) = evaluate(protocol(measurands=(m,)), [given([10.0, 10.1, 10.0], [0.1, 0.2, 5.0])])
    judged = e.methods[0].judged
    assert judged.verdict == ("satisfactory", "satisfactory", "unsatisfactory") and judged.why[2] == "largest_U"
    without = Measurand("L1", {"en": "l"}, "length", "mm", "TS-1")
    z = judge(DecisionRule("z"), without, e.inputs, e.methods[0].consensus, e.pairs and _unilateral(e))  # type: ignore[arg-type]
    assert set(z.verdict) == {"undetermined"} and set(z.why) == {"no_score"}


def _unilateral(e: object) -> object:
    from suyuan.comparison.equivalence import degrees_of_equivalence

    return degrees_of_equivalence(e.travelled.x, e.travelled.u, e.methods[0].consensus)  # type: ignore[attr-defined]


def drifting() -> tuple[Protocol, tuple[Event, ...]]:
    made = protocol("pilot", drift=DriftRule("linear", repeats=2))
    days = [leg.arrives for leg in made.legs_of("P")]
    middle = date.fromordinal((days[0].toordinal() + days[-1].toordinal()) // 2)
    rows = tuple(
        Reported(m.id, 100.0 + 1e-3 * (day - days[0]).days, U=0.02, k=2.0, measured=day)
        for m in made.measurands for day in (days[0], middle, days[-1])
    )  # fmt: skip
    documents = {"P": submission_document(Submission(made.digest, "P", rows))}
    for code in "AB":
        day = made.legs_of(code)[0].arrives
        value = 100.0 + 1e-3 * (day - days[0]).days
        result = Reported("L1", value, U=0.02, k=2.0, measured=day if code == "A" else None)
        documents[code] = submission_document(Submission(made.digest, code, (result,)))
    return made, tuple(
        admitted(made, [*until_closed(made, documents), *(revealed(c, d) for c, d in documents.items())])
    )


def test_drift_is_taken_out_and_its_uncertainty_kept() -> None:
    """The standard grows by 1 µm a day, and A measured it exactly: against the pilot's mean it would seem off, with
    the line d = 0. B gave no day: the middle of its stay counts, seven days after its arrival."""
    made, events = drifting()
    report = make_report(made, events, ISSUE)
    e = report.evaluations[0]
    at = e.labs.index("A")
    judged = e.methods[0].judged
    assert abs(judged.d[at]) < 1e-9 and e.travelled.drift is not None
    stay = made.legs_of("B")[0]
    halfway = (stay.leaves - stay.arrives).days // 2
    assert judged.d[e.labs.index("B")] == pytest.approx(-1e-3 * halfway)
    assert judged.u_d[at] == pytest.approx(math.hypot(0.01, 0.01))
    still = replace(made, drift=DriftRule("none"))
    plain = evaluate(still, [e.inputs])[0]
    assert abs(plain.methods[0].judged.d[at]) > 5e-3
    document = report_document(report)
    read, found = read_report(document)
    assert read is not None and not found and report_document(read) == document


def test_decisions_and_missing_members() -> None:
    made = protocol("weighted_mean")
    out = event("decided", 1, "B", measurand="L1", decision="out", reason="damaged")
    events = played(made, {"P": 0.0, "A": 0.01, "B": 0.5}, (out,))
    first, second = make_report(made, events, ISSUE).evaluations
    assert first.inputs.missing == {"C": "no_result"} and first.inputs.reasons == ("", "", "damaged")
    assert first.methods[0].value == pytest.approx(100.005) and first.methods[0].consensus.weights[2] == 0.0
    assert second.methods[0].value == pytest.approx(100.17)
    assert first.methods[0].judged.u_d[2] == pytest.approx(math.sqrt(1e-4 + 0.5e-4))  # independent of those who count


def test_nobody_sees_a_report_early() -> None:
    made = protocol()
    document = submission_document(submission(made, "A"))
    before = admitted(made, until_closed(made, {"A": document})[:-1])
    closed = admitted(made, until_closed(made, {"A": document}))
    for events, code in ((before, "comparison.report.early"), (closed, "comparison.event.still_sealed")):
        with pytest.raises(Refused) as told:
            make_report(made, events, ISSUE)
        assert told.value.findings[0].code == code
    altered = list(played(made, {"P": 0.0, "A": 0.1}))
    altered[3] = replace(altered[3], person="x")
    with pytest.raises(Refused):
        make_report(made, altered, ISSUE)


def test_blind_copies_name_nobody() -> None:
    made = protocol()
    shared = {"L1": Covariance(("A", "B"), np.diag([1e-4, 1e-4]) + 5e-5, (Shared("A", "B", 0.5, ("NMI X 7",)),))}
    report = make_report(made, played(made, {"P": 0.0, "A": 0.01, "B": 0.0, "C": 0.3}), ISSUE, shared)
    assert b"NMI X 7" in report_document(report)
    seen = report_document(blinded(report, "participant", "A"))
    for hidden in ("laboratory B", "laboratory P", "person B", "NMI B", "NMI X 7"):
        assert hidden.encode() not in seen
    assert {e.kind for e in blinded(report, "participant", "A").events if e.person} == {"accepted", "sealed"}
    assert not any(e.person for e in blinded(report, "participant").events)
    assert b"laboratory A" in seen and b"person A" in seen
    assert [o.d for o in blinded(report, "participant").outcomes] == [o.d for o in report.outcomes]
    read, found = read_report(seen)
    assert read is not None and read.blind and not found
    with pytest.raises(Refused):
        blinded(report, "public")
    final = replace(report, state="final")
    assert blinded(final, "participant", "A") == final
    with pytest.raises(Refused):
        blinded(final, "public")
    public = blinded(replace(final, protocol=replace(made, public=True)), "public")
    assert b"laboratory B" in report_document(public)
    assert any(e.person for e in final.events) and not any(e.person for e in public.events)
    assert [e.digest for e in public.events] == [e.digest for e in final.events]
    assert not any(m.account or m.contact for m in public.protocol.members)


def test_a_broken_report_is_a_finding() -> None:
    made = protocol()
    report = make_report(made, played(made, {"P": 0.0, "A": 0.01}), ISSUE)
    fields = json.loads(report_document(report))
    assert fields["measurands"][0]["methods"][0]["draws"] == "1000000" and len(fields["measurands"][0]["digest"]) == 64
    damages: tuple[Callable[[Any], Any], ...] = (
        lambda f: f["measurands"][0]["inputs"].pop("value"),
        lambda f: f["measurands"][0]["methods"][0]["d"].pop(),
        lambda f: f["measurands"][0].update(measurand="L9"),
        lambda f: f["measurands"][0].update(x="abc"),
        lambda f: f["outcomes"][0].update(verdict="fine"),
        lambda f: f.pop("protocol"),
        lambda f: f.update(state="draft"),
    )
    for damage in damages:
        broken = json.loads(json.dumps(fields))
        damage(broken)
        read, found = read_report(canonical(broken))
        assert read is None and found and found[0].to_json()["en"]["what"]


# ---------------------------------------------------------------- submissions


def found_in(result: dict[str, object], made: Protocol | None = None, member: str = "A") -> set[str]:
    made = made or protocol()
    fields = {**submission_fields(submission(made, member)), "results": [result]}
    read, found = read_submission(canonical(fields), made)
    codes = {f.code for f in found}
    return codes if read is None else codes | {f.code for f in plausible(read, made)}


GOOD: dict[str, object] = {"measurand": "L1", "value": "100.0", "U": "0.02", "k": "2", "measured": "2026-01-20"}
LINE = {"name": "block", "u": "0.005", "issuer": "NMI", "certificate": "7"}
REPORTED: list[tuple[dict[str, object], str]] = [
    ({"unit": "kg"}, "comparison.submission.dimension"),
    ({"unit": "µm"}, "comparison.plausible.range"),
    ({"unit": "m"}, "comparison.submission.converted"),
    ({"unit": "quux"}, "comparison.protocol.unit"),
    ({"measurand": "L9"}, "comparison.submission.measurand"),
    ({"U": ""}, "comparison.plausible.no_u"),
    ({"U": "0"}, "comparison.plausible.zero"),
    ({"k": ""}, "comparison.plausible.no_k"),
    ({"k": "2.3"}, "comparison.plausible.k"),
    ({"u": "0.02"}, "comparison.plausible.U_and_u"),
    ({"U": "-1"}, "comparison.protocol.positive"),
    ({"budget": [LINE]}, "comparison.plausible.budget"),
    ({"budget": [{**LINE, "certificate": ""}]}, "comparison.submission.half_named"),
    ({"measured": "2026-05-01"}, "comparison.plausible.day"),
    ({"value": "1O0"}, "typed.number.syntax"),
    ({"U": "5.6e301"}, "comparison.results.magnitude"),
    ({"value": "1e200"}, "comparison.results.magnitude"),
    ({"k": "1e-320"}, "comparison.results.magnitude"),
    ({"budget": [{**LINE, "u": "1e300", "sensitivity": "1e300"}]}, "comparison.results.magnitude"),
]


@pytest.mark.parametrize(("change", "code"), REPORTED)
def test_a_slip_in_a_submission_is_found(change: dict[str, object], code: str) -> None:
    assert code not in found_in(GOOD)
    assert code in found_in({**GOOD, **change})


@pytest.mark.parametrize(
    ("about", "value", "U", "told"),
    [
        ({"low": -1000.0, "high": 1000.0, "nominal": "50 mm"}, -14.0, 30.0, False),  # a deviation near zero
        ({"low": -1000.0, "high": 1000.0}, -14.0, 4200.0, True),
        ({"low": 10.0}, 14.0, 30.0, True),
        ({"high": -10.0}, -14.0, 30.0, True),
        ({"nominal": "50 nm"}, 49.0, 120.0, True),
        ({"nominal": "no length"}, 49.0, 120.0, False),
        ({}, 14.0, 30.0, False),
    ],
)
def test_an_uncertainty_is_too_large_for_what_is_measured_and_not_for_a_deviation(
    about: dict[str, Any], value: float, U: float, told: bool
) -> None:
    one = Measurand("D", {"en": "deviation"}, "length", "nm", "TS-1", **about)
    made = protocol(measurands=(one,))
    found = plausible(Submission(made.digest, "A", (Reported("D", value, U=U, k=2.0),)), made)
    assert ("comparison.plausible.larger" in {f.code for f in found}) is told


def test_a_decimal_point_is_not_suspected_within_the_uncertainty() -> None:
    made = protocol()
    listed = {
        c: Submission("", c, (Reported("L1", x, U=40.0, k=2.0),))
        for c, x in zip("PABC", (40, 41, 42, 4.1), strict=True)
    }
    assert not beside_others(listed, made)


def test_a_result_in_another_unit_is_converted_with_its_budget() -> None:
    made = protocol()
    row = {**GOOD, "value": "0.1", "U": "0.00002", "unit": "m", "budget": [{**LINE, "u": "0.00001"}]}
    read, _ = read_submission(canonical({**submission_fields(submission(made, "A")), "results": [row]}), made)
    assert read is not None
    (result,) = read.results
    assert (result.value, result.U, result.of_budget) == pytest.approx((100.0, 0.02, 0.01))
    assert result.text["value"] == "0.1"
    again, _ = read_submission(submission_document(read), made)
    assert again is not None and again.results == read.results


def test_twice_and_missing() -> None:
    made = protocol(form=ResultForm(budget=True, certificate=True))
    one = Reported("L1", 100.0, U=0.02, k=2.0)
    codes = {f.code for f in plausible(Submission(made.digest, "A", (one, one)), made)}
    assert {"comparison.plausible.twice", "comparison.plausible.missing", "comparison.plausible.no_budget",
            "comparison.plausible.certificate"} <= codes  # fmt: skip
    days = tuple(replace(one, measured=date(2026, 1, d)) for d in (6, 8))
    assert "comparison.plausible.twice" not in {f.code for f in plausible(Submission("", "P", days), made)}
    assert "comparison.plausible.twice" in {f.code for f in plausible(Submission("", "A", days), made)}


def test_what_only_shows_beside_the_others() -> None:
    made = protocol()
    listed = {c: submission(made, c, 0.001) for c in "PAB"}
    assert not beside_others({**listed, "C": submission(made, "C")}, made)
    far = Submission(made.digest, "C", (Reported("L1", 100.0, U=2.0, k=2.0), Reported("L2", 0.1, U=0.02, k=2.0)))
    codes = [f.code for f in beside_others({**listed, "C": far}, made)]
    assert codes == ["comparison.plausible.far", "comparison.plausible.decimal"]


def test_a_correction_of_one_day_of_the_pilot() -> None:
    made, events = drifting()
    day = made.legs_of("P")[-1].arrives.isoformat()
    old = next(r for r in _document(events, made)["results"] if r["measurand"] == "L1" and r["measured"] == day)[
        "value"
    ]
    right = event("corrected", 1, "P", measurand="L1", field="value", old=old, new="101", reason="digit", measured=day)
    where = standing(made, admitted(made, [*events, right]))
    assert inputs(where)[0].pilot_values[-1] == 101.0
    which = replace(right, content={**right.content, "measured": ""})
    with pytest.raises(Refused) as told:
        admitted(made, [*events, which])
    assert told.value.findings[0].code == "comparison.event.which"


def _document(events: tuple[Event, ...], made: Protocol) -> dict[str, list[dict[str, str]]]:
    state = standing(made, events).members["P"]
    return json.loads(state.document or b"{}")  # type: ignore[no-any-return]


def test_two_results_of_a_participant_are_not_chosen_between() -> None:
    made = protocol()
    one = Reported("L1", 100.0, U=0.02, k=2.0)
    twice = submission_document(Submission(made.digest, "A", (one, replace(one, value=100.5))))
    documents = {"P": submission_document(submission(made, "P")), "A": twice}
    opened = (revealed(c, d) for c, d in documents.items())
    report = make_report(made, admitted(made, [*until_closed(made, documents), *opened]), ISSUE)
    assert report.evaluations[0].inputs.missing["A"] == "two_results"
    (row,) = [o for o in report.outcomes if (o.member, o.measurand) == ("A", "L1")]
    assert (row.verdict, row.why) == ("undetermined", "two_results")


def test_a_result_without_uncertainty_has_a_z_score_and_no_other() -> None:
    """Proficiency: robust mean of all by algorithm A, z for each; the weighted mean counts those that state u."""
    m = Measurand("L1", {"en": "l"}, "length", "mm", "TS-1", sigma_pt=0.5)
    rule = ReferenceRule("algorithm_A", beside=("weighted_mean",))
    x = [10.0, 10.1, 9.9, 10.05, 12.0]
    one = given(x, [0.1, 0.1, math.nan, 0.1, math.nan])
    made = protocol(reference=rule, measurands=(m,), decision=DecisionRule("z", limit=3.0, questionable=2.0))
    (e,) = evaluate(made, [one])
    robust, weighted = e.methods
    assert robust.judged.verdict[:4] == ("satisfactory",) * 4 and robust.judged.verdict[4] == "unsatisfactory"
    assert robust.judged.d == pytest.approx(np.array(x) - robust.value)
    assert np.isnan(robust.judged.U_d).tolist() == [False, False, True, False, True]
    assert weighted.consensus.weights == pytest.approx([1 / 3, 1 / 3, 0.0, 1 / 3, 0.0]) and weighted.dof == 2
    assert [f.code for f in e.findings] == ["comparison.report.no_u"] and e.pairs is None
    (e,) = evaluate(replace(made, decision=DecisionRule("En")), [one])
    assert e.methods[1].judged.why[2] == "no_uncertainty"
    (e,) = evaluate(replace(made, measurands=(replace(m, largest_U=1.0),)), [one])
    assert e.methods[0].judged.verdict[2] == "undetermined" and e.methods[0].judged.verdict[0] == "satisfactory"
