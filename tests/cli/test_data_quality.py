"""`suyuan data quality …`: every line of docs/quality.md as a user types it, the demo's lake, and what goes wrong."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("deltalake")

import pyarrow.parquet as pq

from .conftest import EXAMPLE, Ran, run_in
from .test_data import CERTIFICATE, CORRECTION

PAGE = (EXAMPLE.parent / "quality.md").read_text("utf-8")


def prepare(folder: Path) -> None:
    """Three days every ten minutes: row 50 below absolute zero, rows 100 to 104 the code −200, a gap of two hours."""
    value = np.round(20.0 + np.random.default_rng(7).normal(0.0, 0.2, 432), 2)
    value[50], value[100:105] = -300.0, -200.0
    lines = ["time,T"]
    for k in [*range(300), *range(312, 432)]:
        time = np.datetime64("2026-01-01T00:00") + np.timedelta64(10 * k, "m")
        lines.append(f"{time}:00Z,{value[k]:.2f}")
    (folder / "readings.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "certificate.json").write_text(json.dumps(CERTIFICATE), "utf-8")
    (folder / "correction.json").write_text(json.dumps(CORRECTION), "utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Ran]]:
    folder = tmp_path_factory.mktemp("quality")
    prepare(folder)
    lines = [line.strip() for line in PAGE.splitlines() if line.startswith("    suyuan ")]
    assert len(lines) == 15
    ran = []
    for line in lines:
        words = [word for word in shlex.split(line)[1:] if word != "--json"]
        done = run_in(folder, *words, "--json")
        assert done.code == (1 if words[1] in ("quality", "lineage") else 0), (line, done.out[-2000:], done.err[-2000:])
        ran.append(done)
    return folder, ran


def test_the_faults_are_found_and_the_rest_is_left_alone(page: tuple[Path, list[Ran]]) -> None:
    (stream,) = page[1][2].json["streams"]
    seen = {o["rule"]: o for o in stream["observations"]}
    assert set(seen) == {"impossible", "missing_code", "clock_gap", "spike", "traceable"}
    assert seen["spike"]["readings"] == 6 and seen["traceable"]["readings"] == 420  # nobody declared an anchor
    assert seen["impossible"]["readings"] == 1 and seen["missing_code"]["readings"] == 5
    (span,) = seen["missing_code"]["spans"]
    assert (span["first"], span["last"]) == ("2026-01-01T16:40:00Z", "2026-01-01T17:20:00Z")
    assert stream["readings"] == 420 and "current_sign" not in stream["unasked"]
    (again,) = page[1][3].json["streams"]
    assert set(again["asked"]) == {"impossible", "missing_code"}


def test_flags_are_kept_apart(page: tuple[Path, list[Ran]]) -> None:
    folder, ran = page
    before, after = ran[4].json, ran[6].json
    assert before["computed"]["impossible"] == {"readings": 1, "versions": [1]} and not before["human"]
    assert before["by_rule"] == {
        "all": 420,
        "unflagged": 414,
        "cautious": 414,
        "strict": 0,
        "people": 420,
    }  # the chain is broken, which says nothing against the readings
    assert after["human"][0]["who"] == "Li Wei" and after["human"][0]["readings"] == 6
    assert after["usable"] == 420 - 6
    table = pq.read_table(folder / "flags.parquet")
    assert table.num_rows == 420 and sum(table["usable"].to_pylist()) == 414
    assert sum(word == "bad" for word in table["human"].to_pylist()) == 6
    assert sum(word == "error" for word in table["missing_code"].to_pylist()) == 5


def test_results_see_the_flags_and_leave_out_what_a_rule_takes_out(page: tuple[Path, list[Ran]]) -> None:
    folder, ran = page
    without = ran[7].json
    assert without["usable"] == "people" and without["statuses"]["flagged"] == 6
    assert min(row["completeness"] for row in without["rows"]) < 1.0
    assert {row["status"] for row in without["rows"]} == {"valid", "with_flagged", "incomplete"}
    told = {f["code"]: f["parameters"] for f in without["findings"]}
    assert told["series_quality.flagged.out"]["count"] == "6" and "series_quality.chain.broken" in told
    every = run_in(folder, "series", "total", "hall-t", "--data", "Q", "--json").json
    assert every["flagged"] == {"readings": 12, "reported": 0, "computed": 6, "human": 6}
    assert ran[8].json["flagged"]["human"] == 0 and ran[8].json["value"] != every["value"]
    assert {f["code"] for f in every["findings"]} >= {"series_quality.flagged.counted"}
    rows = run_in(folder, "series", "correct", "hall-t", "--data", "Q", "--json").json["columns"]
    assert sum("human" in word for word in rows["flagged_by"]) == 6
    before = run_in(
        folder, "series", "resample", "hall-t", "day", "--known", "2026-01-20", "--data", "Q", "--json"
    ).json
    assert before["flagged"]["readings"] == 0, "nobody had said anything yet"
    for language in ("zh", "en"):
        shown = run_in(folder, "series", "resample", "hall-t", "hour", "--data", "Q", "--lang", language)
        assert {"zh": "计入有标记的读数", "en": "flagged readings in it"}[language] in shown.out
        assert "(Asia/Shanghai)" in shown.out


def test_a_case_that_cites_a_mean_is_told_of_the_flags_in_it(page: tuple[Path, list[Ran]], tmp_path: Path) -> None:
    given = {"stream": "hall-t", "from": "2026-01-02", "to": "2026-01-02"}
    entry = {"name": "t", "distribution": "series", "unit": "degC", "parameters": given}
    found = []
    for rule in ("all", "people"):
        case = {"kind": "model", "input": {"model": "t", "unit": "degC",
                                           "inputs": [{**entry, "parameters": {**given, "usable": rule}}]}}  # fmt: skip
        (tmp_path / "case.json").write_text(json.dumps(case), "utf-8")
        ran = run_in(page[0], "evaluate", tmp_path / "case.json", "--data", "Q", "--json").json
        told = {f["code"]: f["parameters"] for f in ran["findings"]}
        found.append((next(iter(ran["outputs"].values()))["value"], told["series_quality.flagged.counted"]["people"]))
    assert [people for _, people in found] == ["6", "0"] and found[0][0] != found[1][0]


def test_a_flag_where_no_reading_is_is_refused(page: tuple[Path, list[Ran]]) -> None:
    words = ("flag", "hall-t", "bad", "--from", "2030-01-01", "--to", "2030-01-02", "--reason", "x", "--who", "y")
    ran = run_in(page[0], "data", *words, "--data", "Q", "--json")
    assert ran.code == 2 and [f["code"] for f in ran.json["findings"]] == ["series_quality.flag.empty"]


def test_the_catalogue(page: tuple[Path, list[Ran]]) -> None:
    folder, ran = page
    assert ran[9].json["found"][0]["id"] == "hall-t"
    assert {row["id"] for row in ran[10].json["found"]} <= {"hall-t", "T-7", "hall 2"}
    lacking = {f["parameters"]["name"] for f in ran[11].json["findings"]}
    assert {"dct:license", "owner"} <= lacking and "dct:title" not in lacking, "the header is the title"
    written = json.loads((folder / "catalogue.json").read_text("utf-8"))
    assert written["@type"] == "dcat:Catalog" and written["dcat:dataset"][0]["dct:identifier"] == "hall-t"


def test_lineage_goes_from_the_number_to_file_and_certificate(page: tuple[Path, list[Ran]]) -> None:
    found = page[1][14].json
    kinds = [node["kind"] for node in found["nodes"]]
    assert kinds[:4] == ["summary", "stream", "block", "file"] and "certificate" in kinds
    assert any(f["code"] == "traceability.anchor.absent" for f in found["findings"])
    ids = {node["id"] for node in found["nodes"]}
    assert all(link["of"] in ids and link["on"] in ids for link in found["links"])


def test_the_page_for_people(page: tuple[Path, list[Ran]]) -> None:
    folder, _ = page
    for words in (("quality", "hall-t"), ("flags", "hall-t"), ("find", "温度"), ("describe",), ("describe", "hall-t"),
                  ("lineage", "hall-t")):  # fmt: skip
        for language in ("zh", "en"):
            ran = run_in(folder, "data", *words, "--data", "Q", "--lang", language)
            assert ran.code in (0, 1) and "hall-t" in ran.out + ran.err and "Traceback" not in ran.err
            assert "data." not in ran.out, "a word of the terminal is missing"


# ---------------------------------------------------------------- the demonstration


def test_a_withdrawn_certificate_is_seen_in_the_demo(demo: Path) -> None:
    ran = run_in(demo.parent, "data", "quality", "demo-air-sensor", "--data", demo, "--json")
    (stream,) = ran.json["streams"]
    seen = {o["rule"]: o for o in stream["observations"]}
    assert 0 < seen["calibrated"]["readings"] < stream["readings"]
    assert seen["calibrated"]["finding"]["parameters"]["reason_en"] == "the certificate is withdrawn"
    assert "traceable" not in seen, "a withdrawal is a matter of windows, not of the chain above"


def test_lineage_ends_at_an_anchor_in_the_demo(demo: Path) -> None:
    ran = run_in(demo.parent, "data", "lineage", "demo-stack1-so2", "--data", demo, "--json")
    kinds = {node["kind"] for node in ran.json["nodes"]}
    assert {"summary", "stream", "block", "correction", "certificate", "anchor"} <= kinds


@pytest.mark.parametrize(
    ("query", "id"),
    [("二氧化硫", "demo-stack1-so2"), ("battery current", "demo-cell118-current"), ("PM2.5", "demo-air")],
)
def test_words_find_the_demo(demo: Path, query: str, id: str) -> None:
    found = run_in(demo.parent, "data", "find", query, "--data", demo, "--json").json["found"]
    assert found[0]["id"].startswith(id)


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("quality", "hall"), "series_quality.name.unknown"),
        (("quality", "hall-t", "--rule", "nice"), "series_quality.rule.unknown"),
        (("quality", "hall-t", "--companion", "nothing"), "lake.stream.none"),
        (("flags", "hall-t", "--usable", "nice"), "series_quality.usable.unknown"),
        (("flag", "hall-t", "fine", "--reason", "x"), "series_quality.flag.verdict"),
        (("flag", "hall-t", "bad", "--reason", " "), "series_quality.flag.reason"),
        (("flag", "hall-t", "bad", "--reason", "x", "--who", "y", "--block", "00"), "lake.block.unknown"),
        (("flag", "hall-t", "bad"), "cli.usage.missing"),
        (("describe", "nothing"), "series_quality.name.unknown"),
        (("lineage", "nothing"), "series_quality.name.unknown"),
    ],
)
def test_bad_input_is_refused_with_its_reason(page: tuple[Path, list[Ran]], words: tuple[str, ...], code: str) -> None:
    ran = run_in(page[0], "data", *words, "--data", "Q", "--json")
    assert ran.code == 2 and [f["code"] for f in ran.json["findings"]] == [code]


def test_a_folder_without_documents_still_has_a_catalogue(page: tuple[Path, list[Ran]], tmp_path: Path) -> None:
    shutil.copytree(page[0] / "Q" / "lake", tmp_path / "R" / "lake")
    assert run_in(tmp_path, "data", "find", "温度", "--data", "R", "--json").json["found"]
