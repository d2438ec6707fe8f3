"""The spine, whole: typed certificate, formula, budget, verdict, issue, read elsewhere, changed upstream."""

from __future__ import annotations

import base64
import json
import math
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import etree

from suyuan.certificate.certificate import Certificate, Identification, Item
from suyuan.certificate.dcc_read import read
from suyuan.certificate.quantities import quantities
from suyuan.certificate.schema import Schemas
from suyuan.certificate.typed import read_typed, to_document
from suyuan.quantity.archive.archive import dump, load
from suyuan.quantity.budget import by_certificate
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.unit import ONE
from suyuan.store.folder import Store
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.scenario import Replaced, Shifted, Withdrawn
from suyuan.verbs.check import check
from suyuan.verbs.evaluate import Evaluation, evaluate
from suyuan.verbs.issue import Particulars, issue, printed
from suyuan.verbs.trace import chain_ahead, chain_of, impact_of

DAY = date(2026, 3, 1)
H1 = "ls + d - ls*(d_alpha*(theta + delta) + alpha_s*d_theta)"


def standard(number: str = "N-1", value: str = "50.000623", u: str = "0.000075") -> bytes:
    return to_document(
        {
            "issuer": "Test NMI", "number": number, "ended": "2026-01-05", "issued": "2026-01-06",
            "valid_until": "2027-01-05", "item": {"name": {"en": "gauge block"}, "serial": "GB-1"},
            "results": [{"name": {"en": "length"}, "value": value, "unit": "mm", "U": u, "k": "3", "dof": "18"}],
        }
    )  # fmt: skip


def certificate(data: bytes) -> Certificate:
    found, findings = read_typed(data) if data[:1] == b"{" else read(data)
    assert found is not None, findings
    return found


def end_gauge(ls: Certificate, d: float = 215.0) -> dict[str, Any]:
    """GUM H.1 with the standard's length from its certificate; in nanometres."""
    return {
        "kind": "model",
        "input": {
            "model": H1, "unit": "nm", "day": DAY.isoformat(), "coverage_probability": 0.99, "truncate_dof": True,
            "limits": {"lower": 49_999_000, "upper": 50_000_950},
            "inputs": [
                {"name": "ls", "distribution": "certificate", "unit": "nm",
                 "parameters": {"issuer": ls.issuer, "number": ls.number, "place": "0/0"}},
                {"name": "d", "distribution": "normal", "unit": "nm", "dof": 25.6,
                 "parameters": {"mean": d, "std": 9.7}},
                {"name": "alpha_s", "distribution": "rectangular", "unit": "1/degC",
                 "parameters": {"centre": 1.15e-05, "half_width": 2e-06}},
                {"name": "theta", "distribution": "normal", "parameters": {"mean": -0.1, "std": 0.2}, "unit": "K"},
                {"name": "delta", "distribution": "arcsine", "unit": "K",
                 "parameters": {"centre": 0, "half_width": 0.5}},
                {"name": "d_alpha", "distribution": "rectangular", "dof": 50, "unit": "1/degC",
                 "parameters": {"centre": 0, "half_width": 1e-06}},
                {"name": "d_theta", "distribution": "rectangular", "dof": 2, "unit": "K",
                 "parameters": {"centre": 0, "half_width": 0.05}},
            ],
        },
    }  # fmt: skip


def area(gauge: Certificate) -> dict[str, Any]:
    """A nonlinear model: the disc whose diameter is the gauge."""
    reference = {"issuer": gauge.issuer, "number": gauge.number, "place": "0/0"}
    return {
        "kind": "model",
        "input": {
            "model": "pi/4*D**2", "unit": "mm^2", "day": DAY.isoformat(), "limits": {"upper": 1963.62},
            "inputs": [{"name": "D", "distribution": "certificate", "parameters": reference, "unit": "mm"}],
        },
    }  # fmt: skip


def particulars(number: str) -> Particulars:
    thing = Item({"en": "end gauge"}, identifications=(Identification("calibrationLaboratory", "EG-7"),))
    return Particulars(
        "Test laboratory", number, thing, DAY, DAY, valid_until=date(2027, 3, 1), customer="Test customer",
        persons=(("A. Tester", "calibrated"),),
    )  # fmt: skip


def issued(case: dict[str, Any], number: str, evidence: Evidence, run: str) -> tuple[bytes, Evaluation]:
    evaluation = evaluate(case, evidence, evaluation=run)
    return issue(evaluation, particulars(number), evidence), evaluation


def only(evaluation: Evaluation) -> Quantity:
    return next(iter(evaluation.outputs.values())).quantity


def test_gum_h1_from_a_typed_certificate_to_a_verdict() -> None:
    ls = certificate(standard())
    output = evaluate(end_gauge(ls), Evidence((ls,))).outputs["result"]
    assert output.value == pytest.approx(50_000_838, abs=0.5)
    assert output.u == pytest.approx(32, abs=0.5)
    assert output.expanded.dof == 16
    assert pytest.approx(93, abs=1) == output.expanded.U
    assert output.verdict is not None and output.verdict.state == "pass"
    assert sum(row.share for row in output.budget) == pytest.approx(1.0, abs=1e-12)
    largest = output.budget[0]
    assert largest.name == "ls" and largest.source.number == "N-1"


def test_written_and_read_the_quantity_is_the_same() -> None:
    ls = certificate(standard())
    data, evaluation = issued(end_gauge(ls), "L-1", Evidence((ls,)), "1" * 32)
    again, findings = quantities(certificate(data))
    assert not findings
    before, after = only(evaluation), again["0/0"]
    assert float(after.u) == pytest.approx(float(before.u), rel=1e-12)
    assert float(covariance(before, after)) == pytest.approx(float(before.variance), rel=1e-12)
    assert float((after - before).u) <= 1e-12 * float(before.u)


def test_siblings_issued_apart_cancel_the_standard_they_share(tmp_path: Path) -> None:
    """Two processes issue, a third reads both into an empty store: u² of the difference has no part of the standard."""
    (tmp_path / "standard.json").write_bytes(standard())
    script = (
        "import sys, json; from pathlib import Path; from tests.verbs.test_spine import *\n"
        "folder, number, d = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])\n"
        "ls = certificate((folder / 'standard.json').read_bytes())\n"
        "data = issue(evaluate(end_gauge(ls, d), Evidence((ls,))), particulars(number), Evidence((ls,)))\n"
        "(folder / f'{number}.xml').write_bytes(data)\n"
    )
    root = Path(__file__).parents[2]
    for number, d in (("L-1", "215"), ("L-2", "-102")):
        subprocess.run([sys.executable, "-c", script, str(tmp_path), number, d], check=True, cwd=root)
    store = Store(tmp_path / "empty")
    added = store.add_files([tmp_path / "L-1.xml", tmp_path / "L-2.xml"])
    assert all(a.stored for a in added)
    one, two = (quantities(c)[0]["0/0"] for c in store.evidence().certificates)
    own = math.sqrt(float(one.variance) - 25.0**2)
    assert float((one - two).u) == pytest.approx(math.sqrt(2.0) * own, rel=1e-9)
    assert float((one + two).u) == pytest.approx(math.sqrt(2 * own**2 + 4 * 25.0**2), rel=1e-9)


def test_a_large_shift_through_a_nonlinear_model_equals_evaluation_from_the_bytes(tmp_path: Path) -> None:
    """What-if on the whole chain = the same cases evaluated in an empty store that holds the replaced standard."""
    old, new = standard(), standard("N-1A", "50.400623", "0.000150")
    ls, ls_new = certificate(old), certificate(new)
    gauge_bytes, _ = issued(end_gauge(ls), "L-1", Evidence((ls,)), "1" * 32)
    gauge = certificate(gauge_bytes)
    disc_bytes, _ = issued(area(gauge), "L-2", Evidence((ls, gauge)), "2" * 32)
    store = Store(tmp_path / "laboratory")
    store.add_all([("old", old), ("new", new), ("gauge", gauge_bytes), ("disc", disc_bytes)])
    before = {a.digest for a in store.documents()}
    impact = impact_of(store.evidence(), Replaced("N-1", ls_new))
    assert {a.digest for a in store.documents()} == before

    empty = Store(tmp_path / "empty")
    empty.add(new, "new")
    again_bytes, again = issued(end_gauge(ls_new), "L-1", empty.evidence(), "1" * 32)
    empty.add(again_bytes, "gauge")
    gauge_new = next(c for c in empty.evidence().certificates if c.number == "L-1")
    disc = evaluate(area(gauge_new), empty.evidence(), evaluation="2" * 32)

    rows = {row.node.number: row for row in impact.rows}
    assert set(rows) == {"L-1", "L-2"}
    for number, expected in (("L-1", again), ("L-2", disc)):
        output, row = expected.outputs["result"], rows[number]
        assert row.state == "evaluated" and row.new is not None and row.old is not None
        assert row.new.value == pytest.approx(output.value, rel=1e-13)
        assert row.new.u == pytest.approx(output.u, rel=1e-12)
        assert pytest.approx(float(output.expanded.U), rel=1e-12) == row.new.U
        assert output.verdict is not None and row.new.verdict == output.verdict.state
    linear = 1963.5 + math.pi / 2 * 50.0 * 0.4
    assert rows["L-2"].new is not None and abs(rows["L-2"].new.value - linear) > 0.05
    assert rows["L-2"].old is not None and rows["L-2"].old.verdict == "pass"
    assert rows["L-2"].new.verdict == "fail"


def test_off_by_d_only_where_it_was_used_between_the_days() -> None:
    ls = certificate(standard())
    gauge_bytes, first = issued(end_gauge(ls), "L-1", Evidence((ls,)), "1" * 32)
    evidence = Evidence((ls, certificate(gauge_bytes)))
    within = impact_of(evidence, Shifted("N-1", "0/0", 0.0001, (date(2026, 2, 1), date(2026, 4, 1))))
    outside = impact_of(evidence, Shifted("N-1", "0/0", 0.0001, (date(2026, 4, 2), date(2026, 5, 1))))
    (row,) = within.rows
    assert row.new is not None and row.new.value - first.outputs["result"].value == pytest.approx(100.0, rel=1e-6)
    assert row.old is not None and row.old.verdict == "pass" and row.new.verdict == "undecided"
    assert not outside.rows and outside.untouched == 1


def test_withdrawn_without_replacement_leaves_no_traceable_value() -> None:
    ls = certificate(standard())
    gauge_bytes, _ = issued(end_gauge(ls), "L-1", Evidence((ls,)), "1" * 32)
    evidence = Evidence((ls, certificate(gauge_bytes)))
    (row,) = impact_of(evidence, Withdrawn("N-1")).rows
    assert row.state == "no_traceable_value" and row.new is None and row.old is not None


def test_the_issued_certificate_names_its_parents_by_digest() -> None:
    ls = certificate(standard())
    gauge = certificate(issued(end_gauge(ls), "L-1", Evidence((ls,)), "1" * 32)[0])
    disc = certificate(issued(area(gauge), "L-2", Evidence((ls, gauge)), "2" * 32)[0])
    reference = disc.equipment[0].certificate
    assert reference is not None and reference.digest == gauge.digest and reference.algorithm == "sha256"
    assert [r.digest for r in reference.linked] == [ls.digest]
    chain = chain_of(Evidence((ls, gauge, disc)), ("Test laboratory", "L-2"))
    assert [b.kind for b in chain.breaks] == ["no_anchor"]


def test_two_values_of_one_certificate_carry_both_bounds() -> None:
    data = to_document(
        {
            "issuer": "Test NMI", "number": "N-2", "ended": "2026-01-05", "issued": "2026-01-06",
            "item": {"name": {"en": "block set"}},
            "results": [{"name": {"en": n}, "value": v, "unit": "mm", "U": "0.06", "k": "2"}
                        for n, v in (("a", "10"), ("b", "20"))],
        }
    )  # fmt: skip
    found = certificate(data)

    def case(model: str) -> dict[str, Any]:
        rows = [
            {"name": n, "distribution": "certificate", "unit": "mm",
             "parameters": {"issuer": "Test NMI", "number": "N-2", "place": f"{i}/0"}}
            for i, n in enumerate("ab")
        ]  # fmt: skip
        return {"kind": "model", "input": {"model": model, "inputs": rows, "unit": "mm"}}

    evidence = Evidence((found,))
    total, difference = evaluate(case("a + b"), evidence), evaluate(case("a - b"), evidence)
    assert total.outputs["result"].u == pytest.approx(0.06)
    assert difference.outputs["result"].u == pytest.approx(0.03 * math.sqrt(2))
    assert "evaluation.bounds" in {f.code for f in total.findings}
    assert evaluate(case("a + b"), evidence, bounds="independent").outputs["result"].u == pytest.approx(0.0424264, 1e-5)
    assert evaluate(case("a - b"), evidence, bounds="together").outputs["result"].u == pytest.approx(0.0, abs=1e-15)


def test_an_archive_that_does_not_round_to_the_print_is_not_used() -> None:
    ls = certificate(standard())
    gauge = certificate(issued(end_gauge(ls), "L-1", Evidence((ls,)), "1" * 32)[0])
    (result,) = gauge.results
    (stated,) = result.quantities
    forged = replace(stated, value=np.array([50_000_841.0]), printed=("50000841",))
    usable, findings = quantities(replace(gauge, results=(replace(result, quantities=(forged,)),)))
    assert not usable and [f.code for f in findings] == ["certificate.archive.disagrees"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda b: b.update(model="ls + nothing"), "formula.name.unknown"),
        (lambda b: b.update(model="ls / (d - 215)"), "formula.value.division"),
        (lambda b: b["inputs"][1]["parameters"].update(std=-1), "evaluation.parameter"),
        (lambda b: b["inputs"][1]["parameters"].pop("std"), "evaluation.parameter"),
        (lambda b: b["inputs"][0].update(unit="kg"), "quantity.unit"),
        (lambda b: b["inputs"][0].update(unit="flurb"), "quantity.unit.unknown"),
        (lambda b: b["inputs"][0]["parameters"].update(number="none"), "traceability"),
        (lambda b: b["inputs"][0]["parameters"].update(place="7/7"), "traceability.lookup"),
        (lambda b: b["inputs"][0]["parameters"].update(sha256="0" * 64), "traceability"),
        (lambda b: b.update(limits={"lower": 2, "upper": 1}), "case.limits.reversed"),
        (lambda b: b.update(inputs="x"), "case.field.wrong"),
        (lambda b: b.pop("inputs"), "case.field.missing"),
        (lambda b: b.update(day="yesterday"), "case.field.wrong"),
        (lambda b: b.update(correlations=[["ls", "d", 0.5]]), "evaluation.correlation.unsupported"),
        (lambda b: b.update(want=["third_order"]), "case.field.wrong"),
        (lambda b: b.update(trials=10), "case.field.wrong"),
        (lambda b: b.update(digits=9), "case.field.wrong"),
        (lambda b: b.update(interval="widest"), "case.field.wrong"),
        (lambda b: b.update(correlations="ls, d, 0.5"), "case.field.wrong"),
        (lambda b: b.update(correlations=[[["ls"], "d", 0.5]]), "case.field.wrong"),
        (lambda b: b.update(observed_together="d"), "case.field.wrong"),
        (lambda b: b.update(observed_together=[[]]), "case.field.wrong"),
        (lambda b: b.update(observed_together=[[["d"]]]), "case.field.wrong"),
        (lambda b: b.update(truncate_dof="yes"), "case.field.wrong"),
        (lambda b: b.update(columns=[1, 2]), "case.field.wrong"),
        (lambda b: b.update(limits={"upper": 10**400}), "case.field.wrong"),
        (lambda b: b["inputs"][1].update(dof=10**400), "case.field.wrong"),
        (lambda b: b["inputs"][1].update(unit=5), "case.field.wrong"),
    ],
)
def test_bad_input_is_a_finding(change: Any, code: str) -> None:
    ls = certificate(standard())
    case = json.loads(json.dumps(end_gauge(ls)))
    change(case["input"])
    with pytest.raises(Refused) as refused:
        evaluate(case, Evidence((ls,)))
    assert any(f.code.startswith(code) for f in refused.value.findings), refused.value.findings
    assert all(f.where for f in refused.value.findings)


def test_behind_every_influence_of_an_issued_result_stands_a_certificate() -> None:
    """The next laboratory's budget names two certificates, not forty lines of the first one's readings."""
    ls = certificate(standard())
    gauge = certificate(issued(end_gauge(ls), "L-1", Evidence((ls,)), "1" * 32)[0])
    disc = only(evaluate(area(gauge), Evidence((ls, gauge))))
    rows = {row.source.number: row for row in by_certificate(disc)}
    assert set(rows) == {"N-1", "L-1"}
    assert rows["N-1"].contribution == pytest.approx(math.pi / 2 * 50.000838 * 25e-6, rel=1e-6)


@pytest.mark.parametrize("disclosure", ["grouped", "opaque"])
def test_less_disclosure_keeps_what_it_promises(disclosure: Any) -> None:
    """Grouped: the shared standard still cancels. Opaque: only u stays. Neither carries the case."""
    ls = certificate(standard())
    evidence = Evidence((ls,))
    read_back = []
    for number, d in (("L-1", 215.0), ("L-2", -102.0)):
        evaluation = evaluate(end_gauge(ls, d), evidence)
        sheet = replace(particulars(number), disclosure=disclosure)
        found = certificate(issue(evaluation, sheet, evidence))
        assert [a.name for a in found.attachments] == ["archive.json"]
        again = quantities(found)[0]["0/0"]
        assert float(again.u) == pytest.approx(float(only(evaluation).u), rel=1e-12)
        assert float(again.dof) == pytest.approx(float(only(evaluation).dof), rel=1e-9)
        read_back.append(again)
    shared = float(covariance(*read_back))
    assert shared == pytest.approx(625.0 if disclosure == "grouped" else 0.0, abs=1e-9)


def point_table() -> bytes:
    """Two points of one list, U each its own, k = 2, 9 degrees of freedom; nothing about their correlation."""
    return to_document(
        {
            "issuer": "Test NMI", "number": "N-3", "ended": "2026-01-05", "issued": "2026-01-06",
            "item": {"name": {"en": "scale"}, "serial": "S-1"},
            "results": [{"name": {"en": "correction"}, "value": ["1.00", "2.00"], "unit": "mm", "U": ["0.04", "0.06"],
                         "k": "2", "dof": "9"}],
        }
    )  # fmt: skip


def of_points(model: str | dict[str, str], **more: Any) -> dict[str, Any]:
    rows = [
        {"name": n, "distribution": "certificate", "unit": "mm",
         "parameters": {"issuer": "Test NMI", "number": "N-3", "place": "0/0", "index": i}}
        for i, n in enumerate("ab")
    ]  # fmt: skip
    return {"kind": "model", "input": {"model": model, "inputs": rows, "unit": "mm", **more}}


def test_points_of_one_list_carry_both_bounds_too() -> None:
    evidence = Evidence((certificate(point_table()),))
    total = evaluate(of_points("a + b"), evidence)
    assert total.outputs["result"].u == pytest.approx(0.05)
    assert float(total.outputs["result"].expanded.U) == pytest.approx(2.262157 * 0.05, rel=1e-6)
    (told,) = [f for f in total.findings if f.code == "evaluation.bounds"]
    assert dict(told.parameters)["number"] == "N-3"


def test_each_output_counts_its_own_larger_bound() -> None:
    """A sum is worst fully correlated, a difference worst independent; one choice for both would pass the latter."""
    evidence = Evidence((certificate(point_table()),))
    limits = {"s": {"upper": 9.0}, "d": {"lower": -1.05, "upper": -0.95}}
    both = evaluate(of_points({"s": "a + b", "d": "a - b"}, limits=limits), evidence)
    assert both.outputs["s"].u == pytest.approx(0.05)
    assert both.outputs["d"].u == pytest.approx(math.hypot(0.02, 0.03))
    assert both.outputs["d"].verdict is not None and both.outputs["d"].verdict.state == "undecided"
    again = evaluate(both.document, evidence)
    assert again.outputs["s"].u == both.outputs["s"].u and again.outputs["d"].u == both.outputs["d"].u


def test_zero_that_first_order_cannot_see_is_not_a_pass() -> None:
    case = {
        "kind": "model",
        "input": {"model": "a**2", "limits": {"upper": 0.001},
                  "inputs": [{"name": "a", "distribution": "normal", "parameters": {"mean": 0, "std": 0.1}}]},
    }  # fmt: skip
    found = evaluate(case)
    assert found.outputs["result"].verdict is not None and found.outputs["result"].verdict.state == "undecided"
    assert "evaluation.first_order.blind" in {f.code for f in found.findings}


def test_a_temperature_read_as_a_difference_is_told() -> None:
    data = to_document(
        {
            "issuer": "Test NMI", "number": "N-4", "ended": "2026-01-05", "issued": "2026-01-06",
            "item": {"name": {"en": "thermometer"}, "serial": "T-1"},
            "results": [{"name": {"en": "correction"}, "value": "-0.17", "unit": "degC", "U": "0.02", "k": "2"}],
        }
    )  # fmt: skip
    parameters = {"issuer": "Test NMI", "number": "N-4", "place": "0/0"}
    case = {
        "kind": "model",
        "input": {"model": "c", "unit": "K", "inputs": [
            {"name": "c", "distribution": "certificate", "parameters": parameters, "unit": "K"}]},
    }  # fmt: skip
    found = evaluate(case, Evidence((certificate(data),)))
    (told,) = [f for f in found.findings if f.code == "evaluation.unit.point"]
    assert dict(told.parameters)["used"] == "272.98 K"


def test_one_correlation_twice_is_refused() -> None:
    rows = [{"name": n, "distribution": "normal", "parameters": {"mean": 1, "std": 0.1}} for n in "ab"]
    case = {
        "kind": "model",
        "input": {"model": "a+b", "inputs": rows, "correlations": [["a", "b", 0.5], ["b", "a", 0.4]]},
    }
    with pytest.raises(Refused) as refused:
        evaluate(case)
    assert [f.code for f in refused.value.findings] == ["case.correlation.twice"]


def test_an_issued_certificate_says_where_a_standard_was_used_outside_its_validity() -> None:
    ls = certificate(standard())
    late = json.loads(json.dumps(end_gauge(ls)))
    late["input"]["day"] = "2027-06-01"
    evaluation = evaluate(late, Evidence((ls,)))
    after = replace(particulars("L-9"), ended=date(2027, 6, 1), issued=date(2027, 6, 1), valid_until=None)
    (equipment,) = certificate(issue(evaluation, after, Evidence((ls,)))).equipment
    assert equipment.certificate is not None and equipment.certificate.in_validity_range is False
    assert equipment.certificate.traceable is None  # the evidence holds no anchor: unknown, not «no»
    ahead = chain_ahead(evaluation, Evidence((ls,)), DAY)
    assert ahead is not None and "expired" in {b.kind for b in ahead.breaks}


@pytest.mark.parametrize(
    ("unit", "other", "model", "result"),
    [
        ("mm", "nm", "a + b", "mm"),
        ("mm", "kg", "a + b", "mm"),
        ("mm", "mm", "a + b", "kg"),
        ("mm", "mm", "a + b", "um"),
    ],
)
def test_numbers_of_different_units_are_shown_but_neither_judged_nor_issued(
    unit: str, other: str, model: str, result: str
) -> None:
    rows = [
        {"name": n, "distribution": "normal", "parameters": {"mean": 1, "std": 0.1}, "unit": u}
        for n, u in (("a", unit), ("b", other))
    ]
    case = {"kind": "model", "input": {"model": model, "inputs": rows, "unit": result, "limits": {"upper": 300}}}
    found = evaluate(case)
    assert [f.severity for f in found.findings if f.code.startswith("formula.unit.")] == ["error"]
    assert found.outputs["result"].verdict is not None and found.outputs["result"].verdict.state == "undecided"
    with pytest.raises(Refused):
        issue(found, particulars("L-1"))


def test_a_result_without_a_unit_is_not_issued() -> None:
    rows = [{"name": "a", "distribution": "normal", "parameters": {"mean": 1, "std": 0.1}, "unit": "mm"}]
    found = evaluate({"kind": "model", "input": {"model": "2*a", "inputs": rows}})
    with pytest.raises(Refused) as refused:
        issue(found, particulars("L-1"))
    assert [f.code for f in refused.value.findings] == ["evaluation.unit.result_missing"]


def test_the_ladder_compares_archive_and_print() -> None:
    """A digest that fits the altered archive does not help: the value printed is another one."""
    ls = certificate(standard())
    data = issued(end_gauge(ls), "L-1", Evidence((ls,)), "1" * 32)[0]
    assert check(data, Schemas(), Evidence((ls,))).at("meaning").state == "passed"
    tree = etree.fromstring(data)
    for holder in tree.iter("{https://ptb.de/dcc}dataBase64"):
        text = base64.b64decode(holder.text)
        if b'"archive"' not in text:
            continue
        archive = load(text)
        moved = {
            key: q + 1e-3 * abs(q.value) for key, q in ((k, q.relabelled(ONE)) for k, q in archive.results.items())
        }
        lie = {key: q.relabelled(archive.results[key].unit) for key, q in moved.items()}
        holder.text = base64.b64encode(dump(lie)).decode()
    rung = check(etree.tostring(tree), Schemas(), Evidence((ls,))).at("meaning")
    assert rung.state == "failed" and "certificate.archive.disagrees" in {f.code for f in rung.findings}


def test_a_model_without_a_value_there_is_not_computable() -> None:
    """sqrt(s − w) has no real value once s < w; a straight line through the old point would invent one."""
    ls = certificate(standard(value="50.000000"))
    parameters = {"issuer": ls.issuer, "number": ls.number, "place": "0/0"}
    case = {
        "kind": "model",
        "input": {
            "model": "sqrt(s - w)", "unit": "mm^0.5", "day": DAY.isoformat(),
            "inputs": [
                {"name": "s", "distribution": "certificate", "parameters": parameters, "unit": "mm"},
                {"name": "w", "distribution": "normal", "parameters": {"mean": 49, "std": 0.001}, "unit": "mm"},
            ],
        },
    }  # fmt: skip
    root = certificate(issued(case, "L-1", Evidence((ls,)), "1" * 32)[0])
    (row,) = impact_of(Evidence((ls, root)), Shifted("N-1", "0/0", -4.0)).rows
    assert row.state == "not_computable" and row.new is None
    assert any(f.code.startswith("formula.value.") for f in row.findings)


def test_a_case_that_does_not_give_the_print_is_not_the_model() -> None:
    ls = certificate(standard())
    gauge = certificate(issued(end_gauge(ls), "L-1", Evidence((ls,)), "1" * 32)[0])
    attached = []
    for a in gauge.attachments:
        content = a.content.replace(b"ls + d - ls", b"ls + 2*d - ls") if a.name == "case.json" else a.content
        attached.append(replace(a, content=content))
    forged = replace(gauge, attachments=tuple(attached))
    (row,) = impact_of(Evidence((ls, forged)), Shifted("N-1", "0/0", 0.0001)).rows
    assert row.state == "linear" and row.old is not None and row.old.value == pytest.approx(50_000_838, abs=1)
    assert "traceability.impact.case_differs" in {f.code for f in row.findings}


def test_blanks_in_a_name_count_once_and_hidden_signs_are_refused() -> None:
    plain, spaced = (certificate(typed_by(name)) for name in ("Test NMI", "Test \u3000 NMI"))
    one, two = (quantities(c)[0]["0/0"] for c in (plain, spaced))
    assert float((one - two).u) == 0.0
    assert read_typed(typed_by("Test\u200b NMI"))[0] is None


def typed_by(issuer: str) -> bytes:
    return standard().replace(b"Test NMI", issuer.encode())


READ = [{"name": n, "distribution": "observations", "parameters": {"values": v}} for n, v in
        (("a", [1.0, 2.0, 4.0]), ("b", [2.0, 1.0, 1.0]))]  # fmt: skip


@pytest.mark.parametrize("groups", [[["a", "a", "b"]], [["a", "b"], ["b", "a"]], [["a", "c"]]])
def test_what_is_observed_together_stands_once_in_one_group(groups: Any) -> None:
    with pytest.raises(Refused) as refused:
        evaluate({"kind": "model", "input": {"model": "a + b", "inputs": READ, "observed_together": groups}})
    assert refused.value.findings[0].where == f"/input/observed_together/{len(groups) - 1}"


def test_null_is_absent() -> None:
    body = {"model": "a + b", "inputs": READ}
    nothing = dict.fromkeys(("coverage_probability", "truncate_dof", "trials", "seed", "guard_factor", "interval"))
    assert evaluate({"kind": "model", "input": {**body, **nothing}}).outputs["result"].u > 0.0


def test_readings_whose_squares_vanish_are_no_exact_value() -> None:
    tiny = [{**READ[0], "parameters": {"values": [1e-200, 2e-200, 4e-200]}}]
    with pytest.raises(Refused) as refused:
        evaluate({"kind": "model", "input": {"model": "a", "inputs": tiny}})
    assert refused.value.findings[0].code == "evaluation.underflow"


def test_a_value_that_rounds_to_zero_is_printed_without_a_sign() -> None:
    assert printed(-1e-9, 1e-3) == ("0.0000", "0.0010")
    assert printed(-40.0, 1e5) == ("0E+4", "1.0E+5")
    assert printed(-0.00105, 1e-3) == ("-0.0010", "0.0010")
