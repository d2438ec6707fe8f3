"""`suyuan series`: import, correct, resample, replace a certificate; the impact is what a new folder computes."""

from __future__ import annotations

import json
import math
import shlex
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .conftest import EXAMPLE, run_in, with_examples

START = datetime(2026, 1, 10, tzinfo=UTC)
N = 6 * 24 * 30


def raw() -> np.ndarray:
    rng = np.random.default_rng(11)
    return np.round(20.0 + 4.0 * np.sin(np.arange(N) / 40.0) + rng.normal(0, 0.3, N), 2)


def table_of(values: np.ndarray) -> str:
    times = (START + timedelta(minutes=10 * i) for i in range(len(values)))
    return "time,T [degC]\n" + "".join(f"{t.isoformat()},{v:.2f}\n" for t, v in zip(times, values, strict=True))


def certificate(number: str, ended: str, gain: str, offset: str, **more: Any) -> dict[str, Any]:
    return {
        "suyuan": "typed-certificate", "issuer": "Lab", "number": number, "ended": ended, "issued": ended,
        "valid_until": "2027-12-31", "item": {"name": "thermometer", "serial": "T-7"},
        "results": [{"name": "gain", "value": gain, "unit": "1", "u": "0.0004"},
                    {"name": "offset", "value": offset, "unit": "K", "u": "0.02"}],
        "correlations": [[0, 1, "-0.5"]], **more,
    }  # fmt: skip


def correction(number: str, known: str, **more: Any) -> dict[str, Any]:
    return {
        "suyuan": "correction", "instrument": "T-7", "certificate": {"issuer": "Lab", "number": number},
        "form": "gain_offset", "parameters": {"gain": {"place": "0/0"}, "offset": {"place": "1/0"}},
        "raw_unit": "degC", "known": known, **more,
    }  # fmt: skip


FIRST = certificate("C-1", "2026-01-05", "1.0010", "0.10"), correction("C-1", "2026-01-07")
SECOND = certificate("C-2", "2026-01-20", "1.0030", "0.25"), correction("C-2", "2026-02-20")


def filled(folder: Path, *documents: Any, data: str = "d") -> Path:
    """A data folder with the readings and some documents."""
    folder.mkdir(exist_ok=True)
    (folder / "t.csv").write_text(table_of(raw()), "utf-8")
    ran = run_in(folder, "lake", "import", "t.csv", "--stream", "T", "--instrument", "T-7", "--u", "0.05",
                 "--data", data)  # fmt: skip
    assert ran.code == 0, ran.out
    kept(folder, *documents, data=data)
    return folder


def kept(folder: Path, *documents: Any, data: str = "d") -> None:
    names = []
    for i, document in enumerate(documents):
        (folder / f"doc{i}.json").write_text(json.dumps(document), "utf-8")
        names.append(f"doc{i}.json")
    if names:
        assert run_in(folder, "certificate", "add", *names, "--data", data).code == 0


def asked(folder: Path, *words: object) -> dict[str, Any]:
    ran = run_in(folder, "series", *words, "--data", "d", "--json")
    assert ran.code == 0, ran.out + ran.err
    return ran.json


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Readings of 30 days and the first certificate; not to be written to."""
    yield filled(tmp_path_factory.mktemp("series") / "w", *FIRST)


def test_each_reading_meets_its_certificate(world: Path) -> None:
    found = asked(world, "correct", "T", "--to", "2026-01-12")
    values, expected = np.array(found["columns"]["value"]), 1.0010 * raw() + 0.10
    np.testing.assert_allclose(values, expected[: len(values)], rtol=1e-12)
    x = raw()[0]
    u = math.sqrt((1.001 * 0.05) ** 2 + (x * 4e-4) ** 2 + 0.02**2 + 2 * x * -0.5 * 4e-4 * 0.02)
    assert found["columns"]["u"][0] == pytest.approx(u, rel=1e-12)
    assert found["statuses"] == {"valid": len(values)} and found["columns"]["certificate"][0] == "Lab C-1"
    before = asked(world, "correct", "T", "--known", "2026-01-06", "--to", "2026-01-11")
    assert set(before["statuses"]) == {"no_certificate"} and set(before["columns"]["value"]) == {None}


def test_a_mean_keeps_what_certificates_share(world: Path) -> None:
    found = asked(world, "total", "T")
    x = raw().mean()
    shared = math.sqrt((x * 4e-4) ** 2 + 0.02**2 - x * 4e-4 * 0.02)
    assert found["value"] == pytest.approx(1.001 * x + 0.10, rel=1e-12)
    assert found["u"] == pytest.approx(math.hypot(shared, 1.001 * 0.05 / math.sqrt(N)), rel=1e-9)
    rows = {(row["kind"], row["parameter"]): row for row in found["budget"]}
    assert rows["parameter", "offset"]["u"] == pytest.approx(0.02, rel=1e-9)
    assert rows["parameter", "gain"]["u"] == pytest.approx(x * 4e-4, rel=1e-9)
    assert rows["parameter", "gain"]["name"] == {"zh": "增益（斜率）", "en": "gain (slope)"}
    assert rows["correlation", "gain, offset"]["u"] == pytest.approx(-math.sqrt(x * 4e-4 * 0.02), rel=1e-9)
    assert sum(row["share"] for row in rows.values()) == pytest.approx(1.0, rel=1e-9) and ("own", "") in rows
    shown = run_in(world, "series", "total", "T", "--data", "d", "--lang", "en").out
    assert "gain (slope)" in shown and "correlation of gain (slope), offset" in shown
    for what in ("sum", "integral"):
        ran = run_in(world, "series", "total", "T", "--what", what, "--data", "d")
        assert ran.code == 2 and "point on a temperature scale" in ran.err


def test_days_are_those_of_the_zone_and_of_any_engine(world: Path) -> None:
    days = asked(world, "resample", "T", "day", "--zone", "UTC")
    assert days["periods"] == 30 and days["valued"] == 30
    corrected = (1.001 * raw() + 0.10).reshape(30, 144).mean(axis=1)
    np.testing.assert_allclose([row["value"] for row in days["rows"]], corrected, rtol=1e-12)
    assert {tuple(row["certificates"]) for row in days["rows"]} == {("Lab C-1",)}
    shanghai = asked(world, "resample", "T", "day", "--zone", "Asia/Shanghai")["rows"]
    assert len(shanghai) == 31 and shanghai[0]["status"] == "incomplete" and shanghai[0]["value"] is None
    assert shanghai[0]["completeness"] == pytest.approx(16 / 24)
    some = asked(world, "resample", "T", "day", "--zone", "Asia/Shanghai", "--least", "0.5")["rows"]
    assert some[0]["value"] is not None
    wrong = run_in(world, "series", "resample", "T", "day", "--engine", "sc://127.0.0.1:1", "--data", "d")
    assert wrong.code == 2 and "127.0.0.1:1" in wrong.err


def test_a_sail_server_gives_the_same_days(world: Path) -> None:
    server = pytest.importorskip("pysail.spark", reason="pysail is not installed").SparkConnectServer()
    server.start(background=True)
    host, port = server.listening_address
    try:
        there = asked(world, "resample", "T", "day", "--engine", f"sc://{host}:{port}")["rows"]
        wholes = [asked(world, "total", "T", "--what", w, "--engine", f"sc://{host}:{port}") for w in ("mean",)]
    finally:
        server.stop()
    for whole in wholes:
        own = asked(world, "total", "T", "--what", whole["what"])
        assert (whole["value"], whole["u"]) == pytest.approx((own["value"], own["u"]), rel=1e-10)
        assert whole["statuses"] == own["statuses"] and len(whole["budget"]) == len(own["budget"])
    here = asked(world, "resample", "T", "day")["rows"]
    for a, b in zip(here, there, strict=True):
        assert a["status"] == b["status"] and a["certificates"] == b["certificates"]
        if a["value"] is not None:
            assert b["value"] == pytest.approx(a["value"], rel=1e-10) and b["u"] == pytest.approx(a["u"], rel=1e-10)


def test_a_formula_says_what_the_hours_of_its_stream_say(world: Path) -> None:
    of = ("--of", "t=T", "--unit", "degC")
    given = asked(world, "formula", "t", *of, "--zone", "UTC", "--from", "2026-01-09", "--to", "2026-01-12")["rows"]
    hours = asked(world, "resample", "T", "hour", "--zone", "UTC", "--from", "2026-01-09", "--to", "2026-01-12")["rows"]
    assert [(r["status"], r["certificates"], r["flagged"]) for r in given] == [
        (r["status"], r["certificates"], r["flagged"]) for r in hours
    ]


@pytest.mark.parametrize(("text", "told"), [("t*t", "dimension of the result"), ("t + t*t", "adds or compares")])
def test_a_dimension_that_a_formula_cannot_have_is_refused(world: Path, text: str, told: str) -> None:
    ran = run_in(world, "series", "formula", text, "--of", "t=T", "--unit", "K", "--data", "d")
    assert ran.code == 2 and "error" in ran.err and told in ran.err and ran.out == ""


def test_tables_are_written_whole(world: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    for words in (("correct", "T"), ("resample", "T", "hour")):
        out = tmp_path / f"{words[0]}.parquet"
        ran = run_in(world, "series", *words, "--data", "d", "--out", out)
        assert ran.code == 0 and out.name in ran.out
        assert pq.read_table(out).num_rows == (N if words[0] == "correct" else N // 6)
        assert run_in(world, "series", *words, "--data", "d", "--out", out).code == 2, "never overwritten"
    assert run_in(world, "series", "correct", "T", "--data", "d", "--out", tmp_path / "x.doc").code == 2


def test_formats_of_other_people_carry_the_uncertainty(world: Path, tmp_path: Path) -> None:
    from scipy.io import netcdf_file

    days = asked(world, "resample", "T", "day")["rows"]
    for ending in ("nc", "json", "zip"):
        ran = run_in(world, "series", "resample", "T", "day", "--data", "d", "--out", tmp_path / f"days.{ending}")
        assert ran.code == 0 and f"days.{ending}" in ran.out, ran.err
    with netcdf_file(tmp_path / "days.nc", mmap=False) as file:
        u = np.array(file.variables["u"][:])
        assert "u_systematic_1" in file.variables
    there = [r["u"] for r in days if r["u"] is not None]
    np.testing.assert_allclose(u[np.isfinite(u)], there, rtol=1e-12)
    thing = json.loads((tmp_path / "days.json").read_text("utf-8"))
    results = [o["result"] for o in thing["Datastreams"][0]["Observations"]]
    assert results == pytest.approx([r["value"] for r in days])
    with zipfile.ZipFile(tmp_path / "days.zip") as archive:
        package = json.loads(archive.read("datapackage.json"))
    assert [r["path"] for r in package["resources"]] == ["series.csv", "influences.csv"]
    assert run_in(world, "series", "correct", "T", "--data", "d", "--out", tmp_path / "all.nc").code == 0
    with netcdf_file(tmp_path / "all.nc", mmap=False) as file:
        assert file.dimensions["time"] == N


# ---------------------------------------------------------------- the certificate is replaced


@pytest.mark.parametrize("given", ["file", "kept"])
def test_the_impact_is_what_an_empty_folder_computes_again(tmp_path: Path, given: str) -> None:
    """Import, correct, resample; a certificate takes the place of the first; before and after as if made anew."""
    folder = filled(tmp_path / "w", *FIRST)
    (folder / "new.json").write_text(json.dumps(SECOND[0]), "utf-8")
    if given == "kept":
        kept(folder, *SECOND)
    by = "new.json" if given == "file" else "C-2"
    told = asked(folder, "impact", "C-1", "--superseded-by", by, "--zone", "UTC")
    stream = told["streams"][0]
    fresh = filled(tmp_path / "fresh", *FIRST, *SECOND)
    days = asked(fresh, "resample", "T", "day", "--zone", "UTC")["rows"]
    hours = asked(fresh, "resample", "T", "hour", "--zone", "UTC")["rows"]
    for rows, changed, unit, count in (
        (days, stream["days"], 86_400_000_000, 21), (hours, stream["hours"], 1, 20 * 24 + 8)
    ):  # fmt: skip
        again = {int(datetime.fromisoformat(r["begin"]).timestamp() * 1e6) // unit: r for r in rows}
        assert len(changed) == count, "from 2026-01-20T00:00+08:00 on the new certificate counts"
        for row in changed:
            assert row["after"] == pytest.approx(again[row["number"]]["value"], rel=1e-12)
            assert row["u_after"] == pytest.approx(again[row["number"]]["u"], rel=1e-12)
    whole = asked(fresh, "total", "T")
    assert stream["mean"]["after"] == pytest.approx(whole["value"], rel=1e-12)
    assert stream["mean"]["u_after"] == pytest.approx(whole["u"], rel=1e-12)
    ratios = [row["ratio"] for row in stream["days"]]
    assert ratios == sorted(ratios, reverse=True) and ratios[0] > 1.0, "worst first"
    assert sum(stream["readings"].values()) == 20 * 144 + 48 and stream["readings"]["more"] > 0


def test_between_two_knowledge_times(tmp_path: Path) -> None:
    folder = filled(tmp_path / "w", *FIRST, *SECOND)
    told = asked(folder, "changed", "--from-known", "2026-02-01", "--to-known", "2026-02-21", "--zone", "UTC")
    assert told["streams"][0]["stretches"][0]["before"] == "Lab C-1"
    assert told["streams"][0]["stretches"][0]["after"] == "Lab C-2"
    nothing = asked(folder, "changed", "--from-known", "2026-02-21", "--to-known", "2026-02-22")
    assert nothing["streams"] == []
    states = asked(folder, "certificates", "T")["subjects"][0]["known"]
    assert [[w["certificate"] for w in s["windows"] if w["status"] == "valid"] for s in states] == [
        ["Lab C-1"], ["Lab C-1", "Lab C-2"]
    ]  # fmt: skip
    same = asked(folder, "impact", "C-2", "--zone", "UTC")["streams"][0]
    assert same["mean"] == told["streams"][0]["mean"], "what is kept already, against what counted without it"


def test_a_withdrawal_gives_no_value_and_a_statement_says_the_same(tmp_path: Path) -> None:
    folder = filled(tmp_path / "w", *FIRST)
    told = asked(folder, "impact", "C-1", "--withdrawn", "2026-01-25")["streams"][0]
    assert told["readings"] == {"gone": N - told_before(folder)} and told["worst"] == "gone"
    kept(folder, {"suyuan": "statement", "kind": "withdrawn", "issuer": "Lab", "number": "C-1", "day": "2026-01-25",
                  "known": "2026-02-01", "source": "letter"})  # fmt: skip
    found = asked(folder, "correct", "T")
    assert found["statuses"] == {"valid": told_before(folder), "withdrawn": N - told_before(folder)}
    assert asked(folder, "correct", "T", "--known", "2026-01-31")["statuses"] == {"valid": N}
    again = asked(folder, "impact", "C-1")["streams"][0]
    assert again["readings"] == told["readings"] and again["mean"] == told["mean"]


def told_before(folder: Path) -> int:
    """Readings before 2026-01-25T00:00+08:00."""
    return int((datetime(2026, 1, 24, 16, tzinfo=UTC) - START) / timedelta(minutes=10))


def test_off_by_moves_every_reading(world: Path) -> None:
    told = asked(world, "impact", "C-1", "--off-by", "0.1 K", "--place", "1/0")["streams"][0]
    assert told["mean"]["after"] - told["mean"]["before"] == pytest.approx(0.1, rel=1e-9)
    assert told["mean"]["u_after"] == pytest.approx(told["mean"]["u_before"], rel=1e-12)
    for words in (("--off-by", "0.1 K"), ("--off-by", "much", "--place", "1/0"),
                  ("--off-by", "1 kg", "--place", "1/0"), ("--off-by", "1 K", "--withdrawn", "2026-01-01"),
                  ("--withdrawn", "yesterday"), ("--superseded-by", "C-9")):  # fmt: skip
        ran = run_in(world, "series", "impact", "C-1", *words, "--data", "d")
        assert ran.code == 2 and ran.err, words


def test_bad_questions_are_refused(world: Path) -> None:
    for words in (
        ("correct", "X"), ("correct", "T", "--from", "2026-13-01"), ("correct", "T", "--known", "soon"),
        ("correct", "T", "--from", "2026-02-01", "--to", "2026-01-01"), ("resample", "T", "week"),
        ("resample", "T", "day", "--zone", "Mars"), ("resample", "T", "day", "--engine", "oracle"),
        ("total", "T", "--what", "median"),
        ("total", "T", "--what", "integral", "--engine", "duckdb"), ("total", "T", "--u", "-1"), ("impact", "nothing"),
        ("changed", "--from-known", "2026-02-01", "--to-known", "2026-01-01"),
        ("propose", "C-1"),
    ):  # fmt: skip
        ran = run_in(world, "series", *words, "--data", "d")
        assert ran.code == 2 and ran.err and ran.out == "", words


def test_what_readings_have_of_their_own_must_be_known_for_a_sum(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(table_of(raw()[:300]), "utf-8")
    run_in(tmp_path, "lake", "import", "t.csv", "--stream", "T", "--instrument", "T-7", "--data", "d")
    kept(tmp_path, *FIRST)
    ran = run_in(tmp_path, "series", "resample", "T", "hour", "--data", "d")
    assert ran.code == 2 and "own" in ran.err
    told = asked(tmp_path, "resample", "T", "hour", "--u", "resolution")
    assert told["valued"] == 50
    one = asked(tmp_path, "correct", "T", "--to", "2026-01-10T09:00")
    assert "series.view.u_unknown" in {f["code"] for f in one["findings"]}


# ---------------------------------------------------------------- proposals, cases


def test_a_proposal_is_looked_at_and_kept(tmp_path: Path) -> None:
    rows = [
        {"name": "indication", "value": ["0", "20", "40"], "unit": "degC"},
        {"name": "error of indication", "value": ["0.1", "0.2", "0.1"], "unit": "degC", "U": "0.06", "k": "2"},
    ]
    made = certificate("C-1", "2026-01-05", "1", "0")
    made.pop("correlations")
    folder = filled(tmp_path / "w", made | {"results": rows})
    looked = asked(folder, "propose", "C-1")
    assert looked["kept"] is None and looked["document"]["states"] == "error"
    assert set(asked(folder, "correct", "T", "--to", "2026-01-11")["statuses"]) == {"no_certificate"}
    assert asked(folder, "propose", "C-1", "--keep")["new"] and not asked(folder, "propose", "C-1", "--keep")["new"]
    found = asked(folder, "correct", "T", "--to", "2026-01-11")
    assert set(found["statuses"]) == {"valid"}
    x = raw()[0]
    assert found["columns"]["value"][0] == pytest.approx(x - np.interp(x, [0, 20, 40], [0.1, 0.2, 0.1]), abs=1e-9)


def test_a_case_cites_a_summary_with_its_influences(world: Path, tmp_path: Path) -> None:
    inputs = [
        {"name": name, "distribution": "series", "unit": "degC",
         "parameters": {"stream": "T", "from": a, "to": b, "known": "2026-02-01"}}
        for name, a, b in (("late", "2026-01-20", "2026-01-31"), ("early", "2026-01-11", "2026-01-19"))
    ]  # fmt: skip
    case = {"kind": "model", "input": {"model": "late - early", "unit": "K", "inputs": inputs}}
    (tmp_path / "case.json").write_text(json.dumps(case), "utf-8")
    ran = run_in(world, "evaluate", tmp_path / "case.json", "--data", "d", "--json")
    assert ran.code == 0, ran.out
    output = next(iter(ran.json["outputs"].values()))
    means = [asked(world, "total", "T", "--from", p["from"], "--to", p["to"])
             for p in (row["parameters"] for row in inputs)]  # fmt: skip
    assert output["value"] == pytest.approx(means[0]["value"] - means[1]["value"], rel=1e-9)
    assert output["u"] < 0.3 * math.hypot(means[0]["u"], means[1]["u"]), "the certificate is common and cancels"
    assert run_in(world, "evaluate", tmp_path / "case.json").code == 2, "without the readings there is no value"
    for wrong in ({"stream": "nothing"}, {"stream": ""}, {"stream": "T", "what": "median"}, {"stream": "T", "to": "x"},
                  {"stream": "T", "known": "2026-01-01"}):  # fmt: skip
        case["input"] = {"model": "a", "inputs": [{"name": "a", "distribution": "series", "parameters": wrong}]}
        (tmp_path / "case.json").write_text(json.dumps(case), "utf-8")
        ran = run_in(world, "evaluate", tmp_path / "case.json", "--data", "d")
        assert ran.code == 2 and ran.err, wrong


def test_the_chain_of_a_result_names_the_certificates_behind_its_readings(tmp_path: Path) -> None:
    folder = filled(tmp_path / "w", *FIRST)
    given = {"stream": "T", "from": "2026-01-11", "to": "2026-01-19"}
    entry = {"name": "t", "distribution": "series", "unit": "degC", "parameters": given}
    case = {"kind": "model", "input": {"model": "t", "unit": "degC", "inputs": [entry]}}
    (folder / "case.json").write_text(json.dumps(case), "utf-8")
    saved = run_in(folder, "evaluate", "case.json", "--data", "d", "--save", "--number", "R-1", "--laboratory", "L")
    assert saved.code == 0, saved.err
    chain = run_in(folder, "trace", "chain", "R-1", "--data", "d", "--json").json
    assert [node["number"] for node in chain["nodes"]].count("C-1") == 1
    rows = run_in(folder, "trace", "impact", "C-1", "--withdrawn", "--data", "d", "--json").json["rows"]
    assert [(row["number"], row["state"]) for row in rows] == [("R-1", "no_traceable_value")]


# ---------------------------------------------------------------- the demo


def test_the_demo_has_a_lake_with_its_faults(demo: Path) -> None:
    def told(*words: object) -> dict[str, Any]:
        ran = run_in(demo.parent, "series", *words, "--data", demo, "--json")
        assert ran.code == 0, ran.err
        return ran.json

    streams = run_in(demo.parent, "lake", "streams", "--data", demo, "--json").json["streams"]
    assert len(streams) == 16 and all("synthetic" in s["title"] and "虚构" in s["title"] for s in streams)
    so2 = told("total", "demo-stack1-so2")
    assert abs(so2["value"] - 35.0) < so2["U"] + 0.05, "the true value that the title tells"
    assert {f["code"] for f in so2["findings"]} >= {"lake.readings.conflict", "lake.readings.duplicate"}
    assert told("total", "demo-air-sensor")["statuses"] == {"valid": 1080, "withdrawn": 1080}
    late = told("impact", "DEMO-CITY-G-0102")["streams"]
    assert [s["stream"] for s in late] == ["demo-stack1-so2"] and late[0]["readings"]["more"] > 1000
    days = told("resample", "demo-stack1-so2", "day", "--least", "0.8")["rows"]
    assert [row["status"] for row in days].count("incomplete") == 1, "the gap"
    charge = told("total", "demo-cell118-current", "--what", "integral")
    assert charge["covered_s"] == 10.0 * 2159 and charge["gaps"] == 0
    assert abs(charge["value"] + 25.0 * 21590) < charge["U"]
    pile = told("total", "demo-pile5-energy")
    assert pile["value"] * 1920 / 1.75 == pytest.approx(round(pile["value"] * 1920 / 1.75), abs=1.0)
    gone = told("impact", "DEMO-NMI-L-0633", "--withdrawn", "2020-01-01")["streams"]
    assert {s["stream"].split("-")[1] for s in gone} == {"panel", "block12"}, "chained to the laser"


# ---------------------------------------------------------------- the page


def test_every_line_of_the_page_runs(tmp_path: Path) -> None:
    lines = (EXAMPLE.parent / "series.md").read_text("utf-8").splitlines()
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("    suyuan ")]
    assert len(commands) > 15
    with_examples(tmp_path)
    out = {}
    for words in commands:
        ran = run_in(tmp_path, *words)
        assert ran.code == 0, (words, ran.err, ran.out)
        out[" ".join(words[:3])] = ran.out
    assert "AN-2026-011" in out["series correct so2"] and (tmp_path / "hours.parquet").is_file()
    assert "kg" in out["evaluate docs/example/series/case.json --data"]


def test_the_demo_is_the_same_for_the_same_day(tmp_path: Path) -> None:
    from datetime import date

    from suyuan.cli.demo import lake, length
    from suyuan.cli.demo.shelf import Shelf
    from suyuan.lake.beside import lake_of
    from suyuan.store.folder import Store

    made = []
    for name in ("a", "b"):
        shelf = Shelf(Store(tmp_path / name), date(2026, 11, 23))
        length.build(shelf)
        lake.build(shelf)
        digests = lake_of(tmp_path / name).blocks()["digest"].to_pylist()
        made.append((sorted(digests), [entry.digest for entry in shelf.store.documents()]))
    assert made[0] == made[1] and len(made[0][0]) == 20
