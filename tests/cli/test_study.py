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
