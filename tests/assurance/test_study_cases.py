"""Cases of studies as people write them: files and inline, wrong fields, findings in both languages, the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.quantity.finding import Refused, sentences
from suyuan.store.case_files import case_files
from suyuan.verbs.assurance.columns import inlined
from suyuan.verbs.assurance.networks import moments
from suyuan.verbs.cases import KINDS, STUDIES, answer

STUDY_KINDS = sorted(kind for kind, module in KINDS.items() if module.startswith(STUDIES))


def ask(kind: str, body: dict[str, Any], folder: Path | None = None) -> dict[str, Any]:
    found = answer({"kind": kind, "input": body}, files=case_files(folder, folder))
    json.dumps(found, allow_nan=False)
    return found


def codes(found: dict[str, Any]) -> set[str]:
    return {f["code"] for f in found["findings"]}


def test_levels_of_the_wafers(reference: Path) -> None:
    columns = {"run": 1, "artefact": 2, "values": 8, "stds": 9}
    body = {"file": "data/nist/MPC61.DAT", "skip": 50, "columns": columns, "where": {"3": 2362}}
    found = ask("nested", body, reference)
    assert {run: round(s, 4) for run, s in found["s_level2"].items()} == {"1": 0.0333, "2": 0.0388}
    assert list(found["differences"]) == ["138", "139", "140", "141", "142"]


def test_declared_statistics_of_a_supplier(reference: Path) -> None:
    body = {"file": "data/qif/qif21_capability_subgroups.QIF", "format": "QIF", "subgroup_size": 3}
    found = ask("declared_statistics", {**body, "within_estimator": "range"}, reference)
    assert (found["n"], found["n_out_of_tolerance"], found["declared"]) == (30, 1, {"Cp": 1.678, "Cpk": 1.345})
    assert round(found["mean"], 9) == 1.984466667  # as the file states
    assert round(found["s"], 9) == 0.078690898
    assert round(found["overall"]["Cp"], 4) == 0.8472
    assert round(found["within"]["Cp"], 4) == 0.8818
    assert {"assurance.capability.declared_apart", "assurance.capability.limits_read"} <= codes(found)


def test_a_file_of_several_characteristics_asks_for_one(reference: Path) -> None:
    body = {"file": "data/qif/QIF_Results_Sample.QIF", "subgroup_size": 2}
    with pytest.raises(Refused) as caught:
        ask("declared_statistics", body, reference)
    assert [f.code for f in caught.value.findings] == ["assurance.capability.several"]


def test_mass_check_standard(reference: Path) -> None:
    """NIST/SEMATECH e-Handbook 3.5.2: kilogram check standard, baseline before 1985."""
    body = {"file": "data/nist/MASS.DAT", "skip": 25, "columns": {"time": 1, "values": 3}, "baseline_before": 85}
    found = ask("check_standard", body, reference)
    assert found["baseline"]["n"] + found["monitored"]["n"] == found["n"] == 217
    assert found["monitored"]["n_outside_ewma"] > found["monitored"]["n_outside"]


def test_colocation_by_the_hour_of_the_original_file(tmp_path: Path) -> None:
    """Semicolons, decimal commas, day first, points in the time of day."""
    rows = ["Datum;Zeit;Ref;Sensor;leer"]
    for day in range(1, 31):
        rows += [f"{day:02d}/03/2024;{hour:02d}.00.00;{day + hour / 10:.1f};{2 * day};" for hour in (0, 12)]
    rows[5] = "03/03/2024;00.00.00;-200;6;"
    text = "\r\n".join(row.replace(".0;", ",0;").replace(".2;", ",2;") for row in rows)
    (tmp_path / "a.csv").write_text(text, "utf-8-sig")
    columns = {"date": "Datum", "time": "Zeit", "reference": "Ref", "sensor": "Sensor"}
    body = {"file": "a.csv", "columns": columns, "missing": -200, "count_missing": ["Ref", "leer"]}
    found = ask("colocation", body, tmp_path)
    assert (found["n_rows"], found["first"], found["last"]) == (60, "2024-03-01 00:00:00", "2024-03-30 12:00:00")
    assert found["n_missing"] == {"Ref": 1, "leer": 60}
    assert found["fit"]["n"] == 59
    assert round(found["fit"]["slope"], 2) == 0.5


def test_inline_is_the_same_as_a_file(reference: Path) -> None:
    body = {"file": "data/nist/MPC5312.DAT", "skip": 25, "columns": {"gauge": 1, "artefacts": [2, 3, 4, 5, 6]}}
    inline = inlined(body, case_files(reference))
    assert set(inline) == {"gauge", "artefacts"}
    assert ask("gauge_bias", inline) == ask("gauge_bias", body, reference)


def test_linear_reference_certificate() -> None:
    body = {"values": [10.01, 10.02, 10.015], "reference": {"value": 10.0, "U": 0.01, "k": 2}, "unit": "mm"}
    found = ask("bias_study", body)
    assert found["bias"]["u"] == pytest.approx((0.005**2 + found["s"] ** 2 / 3) ** 0.5)
    assert found["bias"]["unit"] == "mm"


def test_what_does_not_exist_is_null_and_an_error() -> None:
    found = ask("capability_with_uncertainty", {"Q_MP": [0.1, 0.4], "Cp_observed": [1.0, 1.67]})
    assert found["refused"] is True
    assert found["Cp_real"][1][1] is None
    assert found["Cp_real"][0][0] == pytest.approx(1.011, abs=5e-4)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"skip": 20}, "assurance_studies.file.cell"), ({"skip": 10**6}, "assurance_studies.file.rows"),
        ({"skip": -1}, "case.field.wrong"), ({"where": {"1": 77}}, "assurance_studies.file.rows"),
        ({"where": {"x": 1}}, "case.field.wrong"), ({"columns": {"values": 9}}, "assurance_studies.file.column"),
        ({"columns": {"values": "a"}}, "assurance_studies.file.column"), ({"columns": 3}, "case.field.wrong"),
        ({"file": "../secret"}, "store.case_file.outside"), ({"file": "none.dat"}, "store.case_file.missing"),
        ({"columns": None}, "assurance_studies.file.absent"), ({"missing": "x"}, "case.field.wrong"),
    ],
)  # fmt: skip
def test_files_that_are_wrong(tmp_path: Path, change: dict[str, Any], code: str) -> None:
    lines = ["some text"] * 25 + [f" {i}  {i + 10} " for i in range(10)]
    (tmp_path / "a.dat").write_text("\n".join(lines))
    body = {"chart": "c", "file": "a.dat", "skip": 25, "columns": {"values": 2}}
    assert ask("control_chart", body, tmp_path)["n"] == 10
    with pytest.raises(Refused) as caught:
        ask("control_chart", {**body, **change}, tmp_path)
    told = caught.value.findings[0]
    assert told.code == code
    for language in ("zh", "en"):
        assert "?" not in "".join(sentences(told, language).values()).replace("……", "")


def test_a_case_that_comes_alone_opens_nothing() -> None:
    with pytest.raises(Refused) as caught:
        answer({"kind": "control_chart", "input": {"chart": "c", "file": "a.dat", "columns": {"values": 1}}})
    assert caught.value.findings[0].code == "assurance_studies.file.not_at_hand"


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_bytes(b"\xff\xfe\x00\x01\x80")
    with pytest.raises(Refused) as caught:
        ask("control_chart", {"chart": "c", "file": "a.dat", "columns": {"values": 1}}, tmp_path)
    assert caught.value.findings[0].code == "assurance_studies.file.encoding"


@pytest.mark.parametrize("texts", [["03/04/2024"], ["2024-02-30"], ["2024-01-01T00:00:00Z"], ["yesterday"], [""]])
def test_dates_are_not_guessed(texts: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        moments(texts, None, "date")
    assert caught.value.findings[0].code == "assurance_studies.file.date"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 40) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)
FIELDS = (
    "readings", "values", "reference", "tolerance", "constants", "design", "counts", "appraisers", "decisions", "chart",
    "target", "lambda", "s", "k", "h", "sample_size", "rules", "stds", "dofs", "time", "baseline_before", "certified",
    "x", "y", "degree", "gauge", "artefacts", "run", "artefact", "Q_MP", "Cp_observed", "n", "in_tolerance", "models",
    "drift", "u0", "u_target", "master", "meters", "flag", "date", "sensor", "fit_months", "bias_months", "missing",
    "count_missing", "lower", "upper", "declared", "subgroup_size", "columns", "file", "sigma_multiples", "alpha",
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(STUDY_KINDS), st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=8))
def test_whatever_is_written_there_is_an_answer_or_a_refusal(kind: str, body: dict[str, Any]) -> None:
    try:
        found = answer({"kind": kind, "input": body})
    except Refused as refused:
        for told in refused.findings:
            for language in ("zh", "en"):
                assert sentences(told, language)["what"]
        return
    json.dumps(found, allow_nan=False)


SMALL = st.lists(st.floats(-5, 5) | st.integers(-2, 9), min_size=0, max_size=5)
SENSIBLE = {
    "gauge_rr": {"readings": st.lists(st.lists(SMALL, max_size=3), max_size=3), "tolerance": st.floats(-1, 5)},
    "linearity": {"reference": SMALL, "readings": st.lists(SMALL, max_size=4)},
    "type_1": {
        "values": SMALL, "counts": st.none() | SMALL, "reference": st.floats(-1, 1), "tolerance": st.floats(0, 2),
    },
    "attribute_agreement": {
        "appraisers": st.lists(st.text(max_size=2), max_size=3), "decisions": st.lists(st.lists(SMALL, max_size=3)),
    },
    "control_chart": {
        "chart": st.sampled_from(["individuals", "c", "p", "u", "np", "ewma", "cusum", "t2", "xbar_r", "xbar_s"]),
        "values": SMALL | st.lists(SMALL, max_size=6), "target": st.floats(-1, 1), "s": st.floats(0, 2),
        "lambda": st.floats(0, 1), "k": st.floats(0, 1), "h": st.floats(0, 5), "sample_size": st.integers(0, 9),
    },
    "check_standard": {
        "values": SMALL, "stds": st.none() | SMALL, "dofs": st.none() | SMALL, "time": st.none() | SMALL,
        "baseline_before": st.none() | st.floats(-1, 3),
    },
    "calibration_curve": {"x": SMALL, "y": SMALL, "degree": st.integers(-1, 5)},
    "gauge_bias": {"gauge": SMALL, "artefacts": st.lists(SMALL, max_size=4)},
    "nested": {"run": SMALL, "artefact": SMALL, "values": SMALL, "stds": SMALL},
    "energy_balance": {"master": SMALL, "meters": st.dictionaries(st.text(max_size=2), SMALL, max_size=2)},
    "declared_statistics": {
        "values": SMALL, "lower": st.floats(-2, 0), "upper": st.floats(-1, 9), "subgroup_size": st.integers(1, 4),
    },
    "stability_study": {"time": SMALL, "readings": st.lists(SMALL, max_size=5)},
    "bias_study": {"values": SMALL, "reference": st.floats(-1, 1)},
}  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(sorted(SENSIBLE)).flatmap(lambda k: st.tuples(st.just(k), st.fixed_dictionaries(SENSIBLE[k]))))
def test_small_and_odd_studies(case: tuple[str, dict[str, Any]]) -> None:
    kind, body = case
    try:
        found = answer({"kind": kind, "input": {key: value for key, value in body.items() if value is not None}})
    except Refused as refused:
        assert refused.findings
        return
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("gauge_rr", {"readings": [[[0.0, 2], [0.0, 1e160]], [[0.0, 2], [0.0, 0.0]]], "constants": "computed"}),
        ("interval_variables", {"time": [1, 2], "drift": [1, 3], "degree": 1, "u0": 1e308, "u_target": 1e-308}),
        ("control_chart", {"chart": "t2", "values": [[1e308, 2], [3, 4], [1e125, 6], [2, 2]]}),
        ("stability_study", {"time": [0, 5e-324, 1e-200], "readings": [[1, 2], [1, 3], [2, 3]]}),
        ("type_1", {"values": [1, 2], "reference": 10**400, "tolerance": 1}),
    ],
)
def test_numbers_of_absurd_size(kind: str, body: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        ask(kind, body)
