"""The demo's comparisons: figures as published, the same documents for the same day, a failure that counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.demonstration import demonstration_in

from suyuan.cli.demo import build
from suyuan.cli.demo.comparison import OLDER, RF, SR
from suyuan.comparison.round.read_report import read_report
from suyuan.comparison.round.report import Report
from suyuan.store.folder import Store
from suyuan.verbs.comparison.rerun import rerun

DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(demonstration_in(tmp_path_factory.mktemp("demo") / "data", DAY))


@pytest.fixture(scope="module")
def reports(store: Store) -> Mapping[str, Report]:
    found = {}
    for entry in store.documents():
        if entry.kind == "comparison":
            report, _ = read_report(store.read(entry.digest))
            assert report is not None
            found[report.number] = report
    return found


@pytest.fixture(scope="module")
def published(reference: Path) -> Mapping[str, Any]:
    return {case["id"]: case for case in json.loads((reference / "comparison.json").read_text("utf-8"))}


def test_radio_frequency_data_and_values_are_those_of_the_case(
    reports: Mapping[str, Report], published: Mapping[str, Any]
) -> None:
    case = published["kc-radiofrequency"]
    assert [(lab, float(v), float(u)) for lab, v, u in RF] == [
        (row["lab"], row["value"], row["u"]) for row in case["input"]["data"]
    ]
    (evaluation,) = reports["CCEM.RF-K25.W-DEMO"].evaluations
    expected = case["expected"]
    for method in ("weighted_mean", "dersimonian_laird", "mandel_paule"):
        found = evaluation.found(method)
        assert found is not None
        assert float(found.consensus.value) == pytest.approx(expected[method]["value"], rel=1e-6)
        assert float(found.consensus.u) == pytest.approx(expected[method]["u"], rel=1e-6)
    mean = evaluation.found("weighted_mean")
    assert mean is not None
    place = [evaluation.labs.index(row["lab"]) for row in case["input"]["data"]]
    assert mean.judged.d[place] == pytest.approx(expected["weighted_mean"]["d"], rel=1e-6)
    assert mean.judged.U_d[place] == pytest.approx(expected["weighted_mean"]["U"], rel=1e-6)
    # nobody fails in this comparison
    assert set(mean.judged.verdict) == {"satisfactory"}


def test_strontium_data_and_values_are_those_of_the_report(
    reports: Mapping[str, Report], published: Mapping[str, Any]
) -> None:
    exact, printed = published["sir-sr-85-2020"], published["sir-sr-85-2020-published"]
    assert [(lab, float(v), float(u), lab not in OLDER) for lab, v, u in SR] == [
        (row["lab"], row["value"], row["u"], row["in_kcrv"]) for row in exact["input"]["data"]
    ]
    (evaluation,) = reports["BIPM.RI(II)-K1.Sr-85-DEMO"].evaluations
    found = evaluation.found("power_moderated_mean")
    assert found is not None
    value, u = float(found.consensus.value), float(found.consensus.u)
    wanted = exact["expected"]["power_moderated_mean"]
    assert (value, u) == pytest.approx((wanted["value"], wanted["u"]), rel=1e-6)
    assert (round(value), round(u)) == (29983, 52), "the printed reference value 29983(52) kBq"
    place = [evaluation.labs.index(lab) for lab in exact["input"]["doe_labs"]]
    assert found.judged.d[place] == pytest.approx(wanted["d"], rel=1e-6)
    assert found.judged.U_d[place] == pytest.approx(wanted["U"], rel=1e-6)
    of_report = printed["expected"]["power_moderated_mean"]
    assert found.judged.d[place] == pytest.approx(of_report["d"], abs=10.0)
    assert found.judged.U_d[place] == pytest.approx(of_report["U"], abs=10.0)
    counted = dict(zip(evaluation.labs, evaluation.inputs.contributing, strict=True))
    assert [lab for lab, _, _ in SR if not counted[lab]] == list(OLDER)


def test_what_the_reports_print_is_found_again(reports: Mapping[str, Report]) -> None:
    assert len(reports) == 3
    for report in reports.values():
        assert rerun(report).same, report.number
        assert report.protocol.demo and report.state == "final"


def test_the_failed_member_breaks_its_own_use_and_nobody_elses(store: Store, reports: Mapping[str, Report]) -> None:
    rows = {row.member: row for row in reports["DEMO-L-K1"].outcomes}
    assert {code: row.verdict for code, row in rows.items()} == {
        "P": "satisfactory", "A": "satisfactory", "B": "satisfactory", "C": "unsatisfactory",
    }  # fmt: skip
    score = rows["C"].score
    assert score is not None and -1.4 < score < -1.2
    assert rows["C"].standards == (("演示国家计量院", "DEMO-NMI-L-0310"),)
    failed = [o for o in store.evidence().outcomes if o.verdict == "unsatisfactory"]
    assert [(o.comparison, o.member) for o in failed] == [("DEMO-L-K1", "C")]
    (evaluation,) = reports["DEMO-L-K1"].evaluations
    (shared,) = evaluation.inputs.shared
    assert {shared.first, shared.second} == {"P", "A"} and 0.7 < shared.r < 0.8


def test_the_day_is_the_only_clock(store: Store, tmp_path: Path) -> None:
    """The same day gives the same bytes; another day moves all days with it."""
    again = build(tmp_path / "again", DAY)
    of_comparisons = [(e.digest, e.name) for e in store.documents() if e.kind in ("protocol", "comparison")]
    assert of_comparisons == [(e.digest, e.name) for e in again.documents() if e.kind in ("protocol", "comparison")]
    later = build(tmp_path / "later", DAY + timedelta(days=100))
    for old, new in zip(_protocols(store), _protocols(later), strict=True):
        assert new.opens - old.opens == timedelta(days=100)
        assert new.closes - old.closes == timedelta(days=100)


def _protocols(store: Store) -> list[Any]:
    return [store.value(e.digest) for e in store.documents() if e.kind == "protocol"]
