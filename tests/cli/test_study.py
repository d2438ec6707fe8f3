"""`suyuan study`: each study from its case and from a table, in words, as JSON, and as a report of every format."""

from __future__ import annotations

import csv
import json
import zipfile
from io import StringIO
from pathlib import Path

import pytest

from suyuan.report.papers.sheet import sheet
from suyuan.verbs.assurance.examples import FURTHER, STUDIES
from suyuan.verbs.assurance.untabled import untabled

from .conftest import Run


def case_in(folder: Path, kind: str) -> Path:
    source, body = STUDIES[kind]
    path = folder / "case.json"
    path.write_text(json.dumps({"kind": kind, "source": source, "input": body}), "utf-8")
    return path


def table_in(folder: Path, kind: str, body: dict[str, object] | None = None) -> tuple[Path, list[str]]:
    heads, rows, options = untabled(kind, body or STUDIES[kind][1])
    text = StringIO()
    csv.writer(text).writerows([heads, *rows])
    path = folder / "table.csv"
    path.write_text(text.getvalue(), "utf-8")
    return path, [word for name, value in options.items() for word in ("--set", f"{name}={value}")]


@pytest.mark.parametrize("kind", STUDIES)
def test_a_case_and_its_table_have_one_answer(kind: str, suyuan: Run, tmp_path: Path) -> None:
    told = suyuan("study", case_in(tmp_path, kind), "--json")
    assert told.code == 0, told.err
    path, options = table_in(tmp_path, kind)
    same = suyuan("study", path, "--kind", kind, *options, "--json")
    assert same.code == 0, same.err
    assert same.json["sentence"] == told.json["sentence"]
    assert {f["code"] for f in same.json["findings"]} == {f["code"] for f in told.json["findings"]}
    shown = suyuan("study", path, "--kind", kind, *options)
    assert told.json["sentence"]["en"].split("\n")[0][:40] in shown.out.replace("\n", " ")


@pytest.mark.parametrize("name", [row[0] for row in FURTHER["control_chart"]])
def test_charts_from_tables(name: str, suyuan: Run, tmp_path: Path) -> None:
    body = next(body for key, _, body in FURTHER["control_chart"] if key == name)
    path, options = table_in(tmp_path, "control_chart", body)
    told = suyuan("study", path, "--kind", "control_chart", *options, "--json")
    assert told.code == 0, told.err
    out = {"c": [24], "t2": [22]}
    if name in out:  # NIST/SEMATECH e-Handbook 6.3.3.1: wafer 24; ours: row 22
        assert told.json["outside"] == out[name]


def test_gauge_rr_names_every_method(suyuan: Run, tmp_path: Path) -> None:
    shown = suyuan("study", case_in(tmp_path, "gauge_rr"))
    head = next(line for line in shown.out.splitlines() if "ranges" in line)
    assert "ANOVA with interaction" in head and "ANOVA pooled (advised)" in head
    line = next(line for line in shown.out.splitlines() if line.startswith("gauge GRR / %"))
    assert line.split()[-3:] == ["34.8", "33.1", "34.5"]


@pytest.mark.parametrize("form", ["pdf", "html", "docx", "xlsx", "json"])
def test_a_report_of_every_format(form: str, suyuan: Run, tmp_path: Path) -> None:
    report = tmp_path / f"report.{form}"
    told = suyuan("study", case_in(tmp_path, "check_standard"), "--report", report, "--json")
    assert told.code == 0, told.err
    data = report.read_bytes()
    assert data[:4] == {"pdf": b"%PDF", "html": b"<!do", "json": b'{"an'}.get(form, b"PK\x03\x04")
    if form == "html":
        text = data.decode()
        assert "The measuring process has changed" in text and text.count("<svg") == 4
    if form == "xlsx":
        with zipfile.ZipFile(report) as book:
            assert "xl/worksheets/sheet4.xml" in book.namelist()
    again = suyuan("study", tmp_path / "case.json", "--report", report)
    assert again.code == 2 and report.read_bytes() == data


def test_an_excel_table_with_chinese_heads(suyuan: Run, tmp_path: Path) -> None:
    path = tmp_path / "读数.xlsx"
    path.write_bytes(sheet("读数", ("读数 (mm)",), [(10.012,), (10.015,), (10.011,), (10.013,), (10.014,)]))
    options = ("--set", "reference=10", "--set", "reference_U=0.006", "--set", "unit=mm")
    told = suyuan("study", path, "--kind", "bias_study", *options, "--json")
    assert told.code == 0, told.err
    assert told.json["bias"]["value"] == pytest.approx(0.013)
    assert told.json["bias"]["u"] > 0.003


@pytest.mark.parametrize(
    ("text", "options", "code", "where"),
    [
        ("operator,part,value\nA,1,2.1\nA,1,x\n", ("--kind", "gauge_rr"), "study_table.cell.number", "!C3"),
        ("operator,part,value\nA,1,2.1\nA,1,\n", ("--kind", "gauge_rr"), "study_table.cell.empty", "!C3"),
        ("operator,value\nA,2\n", ("--kind", "gauge_rr"), "study_table.column.missing", "!1"),
        ("operator,part,value\nA,1,1\nA,2,2\nB,1,3\n", ("--kind", "gauge_rr"), "study_table.group.uneven", "!C4"),
        ("value\n1\n2\n", ("--kind", "type_1", "--set", "reference=1"), "study_table.option.needed", "tolerance"),
        ("value\n1\n2\n", ("--kind", "bias_study", "--set", "reference=x"), "study_table.option.number", "reference"),
        ("value\n1\n2\n", ("--kind", "control_chart", "--set", "chart=z"), "study_table.option.choice", "chart"),
        ("value\n1\n2\n", ("--kind", "nothing"), "study_table.kind.unknown", ""),
        ("value\n1\n2\n", (), "study_table.kind.needed", ""),
        ("value\n1\n2\n", ("--kind", "control_chart", "--set", "colour=1"), "study_table.option.unknown", "colour"),
        ("value\n", ("--kind", "control_chart"), "study_table.empty", ""),
        ("value\n1\n2\n", ("--kind", "control_chart", "--report", "r.doc"), "study_table.format.unknown", "--report"),
    ],
)  # fmt: skip
def test_bad_input_is_told_at_its_cell(
    text: str, options: tuple[str, ...], code: str, where: str, suyuan: Run, tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, "utf-8")
    told = suyuan("study", path, *options, "--json")
    assert told.code == 2
    found = {f["code"]: f["where"] for f in told.json["findings"]}
    assert code in found and where in found[code]


def test_what_the_study_says_stands_at_its_cell(suyuan: Run, tmp_path: Path) -> None:
    path = tmp_path / "flat.csv"
    path.write_text("value\n5\n5\n5\n", "utf-8")
    told = suyuan("study", path, "--kind", "control_chart", "--json")
    assert told.code == 2
    assert all("/input" not in f["where"] for f in told.json["findings"])


def test_an_error_of_the_study_is_exit_1(suyuan: Run, tmp_path: Path) -> None:
    path = tmp_path / "cap.csv"
    path.write_text("Q_MP,Cp\n0.4,1.67\n", "utf-8")
    told = suyuan("study", path, "--kind", "capability_with_uncertainty")
    assert told.code == 1
    assert "cannot be" in told.out


FOREIGN = "Prüfer;Teil;Messwert\nA;1;2,1\nA;1;2,2\nA;2;3,4\nA;2;3,3\nB;1;2,0\nB;1;2,2\nB;2;3,5\nB;2;3,4\n"


def test_columns_in_other_words_are_named_by_hand(suyuan: Run, tmp_path: Path) -> None:
    path = tmp_path / "teile.csv"
    path.write_text(FOREIGN, "utf-8")
    refused = suyuan("study", path, "--kind", "gauge_rr", "--json")
    assert refused.code == 2
    told = [f for f in refused.json["findings"] if f["code"] == "study_table.column.missing"]
    assert [f["parameters"]["column"] for f in told] == ["operator", "part", "value"]
    assert all("Teil (1 …)" in f["parameters"]["given"] and f["parameters"]["role_en"] for f in told)
    named = ("--set", "operator=prüfer", "--set", "part=Teil", "--set", "value=3")
    found = suyuan("study", path, "--kind", "gauge_rr", *named, "--set", "tolerance=20", "--json")
    assert found.code == 0, found.err
    path.write_text(FOREIGN.replace("Prüfer;Teil;Messwert", "operator;part;value"), "utf-8")
    same = suyuan("study", path, "--kind", "gauge_rr", "--set", "tolerance=20", "--json")
    assert same.json["anova"] == found.json["anova"]
    wrong = suyuan("study", path, "--kind", "gauge_rr", "--set", "part=Stück", "--json")
    assert wrong.code == 2
    assert [f["code"] for f in wrong.json["findings"]] == ["study_table.column.absent"]
    assert "operator (A …)" in wrong.json["findings"][0]["parameters"]["given"]


def test_gauge_rr_says_both_shares_and_where_the_bands_are_from(suyuan: Run, tmp_path: Path) -> None:
    path, options = table_in(tmp_path, "gauge_rr")
    shown = suyuan("study", path, "--kind", "gauge_rr", *options, "--set", "tolerance=13").out
    lead = shown.splitlines()[2]
    assert "33.1 % of the total variation: not acceptable" in lead
    assert "14.4 % of the tolerance (6 s): conditionally acceptable" in lead
    assert "below 10 % acceptable, 10 % to 30 % conditional, above 30 % not (AIAG MSA, 4th ed., from memory)" in lead
    line = next(line for line in shown.splitlines() if line.startswith("gauge GRR of tolerance"))
    assert line.split()[-3:] == ["15.4", "14.4", "14.8"]


def test_limits_and_signals_of_a_chart_come_before_its_points(suyuan: Run, tmp_path: Path) -> None:
    body = next(body for key, _, body in FURTHER["control_chart"] if key == "xbar_r")
    path, options = table_in(tmp_path, "control_chart", body)
    lines = suyuan("study", path, "--kind", "control_chart", *options).out.splitlines()
    at = {name: lines.index(name) for name in ("centre line and limits", "signals", "points")}
    assert at["centre line and limits"] < at["signals"] < at["points"]
    head, value = lines[at["centre line and limits"] + 1], lines[at["centre line and limits"] + 3]
    assert head.split("  ")[0] == "quantity" and "UCL / mm" in head and value.split()[0] == "value"
    rule = next(line for line in lines[at["signals"] :] if "Western Electric rule 4" in line)
    assert "8 successive points on one side" in rule and rule.endswith("10, 11")


@pytest.mark.parametrize("form", ["pdf", "html"])
def test_points_of_a_block_from_a_table_to_a_report(form: str, suyuan: Run, tmp_path: Path) -> None:
    path, options = table_in(tmp_path, "survey_points")
    report = tmp_path / f"block.{form}"
    told = suyuan("study", path, "--kind", "survey_points", *options, "--report", report, "--json")
    assert told.code == 0, told.err
    assert (told.json["n_pass"], told.json["n_fail"], told.json["n_undecided"]) == (24, 0, 16)
    assert told.json["verdict"]["P37"] == "undecided" and told.json["axis_verdict"]["P37"] == [
        "undecided",
        "pass",
        "pass",
    ]
    assert "Of 40 points 24 pass, 0 fail and 16 cannot be decided" in told.json["sentence"]["en"]
    data = report.read_bytes()
    if form == "html":
        text = data.decode()
        assert text.count("<svg") == 2 and "P37" in text and "block B-12" in text
    else:
        assert data.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("P02", "P01"), "cases.survey.twice"),
        (("design_x", "entwurf_x"), "study_table.column.missing"),
        (("900.0", "neunhundert"), "study_table.cell.number"),
    ],
)
def test_points_that_cannot_be_judged(change: tuple[str, str], code: str, suyuan: Run, tmp_path: Path) -> None:
    path, options = table_in(tmp_path, "survey_points")
    path.write_text(path.read_text("utf-8").replace(*change, 1), "utf-8")
    told = suyuan("study", path, "--kind", "survey_points", *options, "--json")
    assert told.code == 2
    assert code in {f["code"] for f in told.json["findings"]}


def test_an_uncertainty_above_the_observed_scatter_is_refused(suyuan: Run, tmp_path: Path) -> None:
    path, options = table_in(tmp_path, "declared_statistics")
    told = suyuan("study", path, "--kind", "declared_statistics", *options, "--set", "u=0.03", "--json")
    assert told.code == 1
    assert told.json["Cp_real"] is None
    assert "assurance.capability.impossible" in {f["code"] for f in told.json["findings"]}
    assert "both cannot be true" in told.json["sentence"]["en"]
    shown = suyuan("study", path, "--kind", "declared_statistics", *options, "--set", "u=0.03").out
    assert "cannot be" in next(line for line in shown.splitlines() if line.startswith("without measuring spread"))


def test_what_a_supplier_declares_stands_in_the_sentence(suyuan: Run, tmp_path: Path) -> None:
    path, options = table_in(tmp_path, "declared_statistics")
    fits = suyuan("study", path, "--kind", "declared_statistics", *options, "--json").json["sentence"]["en"]
    assert "Declared: Cp = 1.85, Cpk = 1.6; that is within 5 % of a recomputed one." in fits
    apart = suyuan("study", path, "--kind", "declared_statistics", *options, "--set", "Cp=2.5", "--json")
    assert "Cp differs by more than 5 % from every recomputed one" in apart.json["sentence"]["en"]


def test_no_certificate_has_the_coverage_factor_nought(suyuan: Run, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("value\n1.1\n1.2\n1.3\n", "utf-8")
    options = ("--set", "reference=1", "--set", "reference_U=0.1", "--set", "reference_k=0")
    told = suyuan("study", path, "--kind", "bias_study", *options, "--json")
    assert told.code == 2
    assert [f["where"].endswith("t.csv: reference") for f in told.json["findings"]] == [True]


@pytest.mark.parametrize(
    ("kind", "option"), [("calibration_curve", "degree=x"), ("declared_statistics", "subgroup_size=two")]
)
def test_a_whole_number_that_is_none_is_told(kind: str, option: str, suyuan: Run, tmp_path: Path) -> None:
    path, options = table_in(tmp_path, kind)
    told = suyuan("study", path, "--kind", kind, *options, "--set", option, "--json")
    assert told.code == 2
    assert [f["code"] for f in told.json["findings"]] == ["study_table.option.number"]


def test_a_target_beyond_every_model_is_answered(suyuan: Run, tmp_path: Path) -> None:
    path, options = table_in(tmp_path, "interval_attributes")
    told = suyuan("study", path, "--kind", "interval_attributes", *options, "--set", "target=1e-300", "--json")
    assert told.code == 1, told.err
    assert told.json["random_walk"]["interval"] is None


def test_a_certificate_so_wide_that_nothing_is_known(suyuan: Run, tmp_path: Path) -> None:
    path, options = table_in(tmp_path, "stability_study")
    told = suyuan("study", path, "--kind", "stability_study", *options, "--set", "reference_U=1e300", "--json")
    assert told.code in (0, 2) and "Traceback" not in told.err


def test_an_uncertainty_beyond_every_number_is_told(suyuan: Run, tmp_path: Path) -> None:
    path, options = table_in(tmp_path, "survey_points")
    told = suyuan("study", path, "--kind", "survey_points", *options, "--set", "u=1e300", "--json")
    assert told.code == 2
    assert [f["code"] for f in told.json["findings"]] == ["cases.survey.beyond"]
