"""The page of worked cases: its commands are run, every line that it shows is printed, every effect follows."""

from __future__ import annotations

import csv
import json
import math
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from suyuan.lake.formats.ocmf import read
from suyuan.verbs.assurance.ship_block import ship_block

from .conftest import EXAMPLE, Run, run_in

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cases.md").read_text("utf-8")
SECTIONS = {part.splitlines()[0]: part for part in PAGE.split("\n## ")[1:]}


FILES = EXAMPLE / "industry"
FRESH = "$ suyuan demo --data demo-data\n"
"""What the block of a section begins with whose commands work in a folder of the demo."""


def block(title: str) -> str:
    """What a section shows of the terminal."""
    (shown,) = re.findall(r"```console\n(.*?)```", SECTIONS[title], re.DOTALL)
    return str(shown)


def run_block(shown: str, folder: Path) -> list[tuple[str, list[str]]]:
    """The commands of a block, each with the lines that the page shows of it and that it did not print."""
    lost: list[tuple[str, list[str]]] = []
    printed: list[str] = []
    for line in shown.splitlines():
        if not line.startswith("$ suyuan "):
            if line.rstrip() not in printed:
                lost[-1][1].append(line)
            continue
        command, _, target = line.removeprefix("$ suyuan ").partition(" > ")
        ran = run_in(folder, *command.split(), SUYUAN_LANG="en", COLUMNS="400")
        assert ran.code == 0, (line, ran.err)
        if target:
            (folder / target).write_text(ran.out, "utf-8")
        lost.append((command, []))
        printed = [text.rstrip() for text in (ran.out + ran.err).replace("\u2009", " ").splitlines()]
    return lost


@pytest.mark.parametrize("title", [t for t in SECTIONS if FRESH not in SECTIONS[t]])
def test_the_page_shows_what_its_commands_print(title: str, tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(EXAMPLE.parent)
    assert all(not lines for _, lines in run_block(block(title), tmp_path))


@pytest.fixture(scope="module")
def industry(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, list[str]]]]:
    """A demo folder in which the commands of this page were run, and what was not printed."""
    pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")
    folder = tmp_path_factory.mktemp("industry")
    shutil.copytree(demo, folder / "demo-data")
    (folder / "docs").symlink_to(EXAMPLE.parent)
    fresh = [block(title).removeprefix(FRESH) for title in SECTIONS if block(title).startswith(FRESH)]
    return folder, [one for shown in fresh for one in run_block(shown, folder)]


def test_the_page_shows_what_its_commands_print_in_a_demo_folder(
    industry: tuple[Path, list[tuple[str, list[str]]]],
) -> None:
    ran = industry[1]
    assert len(ran) > 10 and all(not lines for _, lines in ran), [one for one in ran if one[1]]


def evaluated(suyuan: Run, folder: Path, body: dict[str, Any]) -> Any:
    (folder / "case.json").write_text(json.dumps({"kind": "survey_points", "input": body}), "utf-8")
    return suyuan("evaluate", "case.json", "--json", SUYUAN_LANG="en")


def test_the_effect_of_the_block_is_that_of_two_evaluations(suyuan: Run, tmp_path: Path) -> None:
    body = ship_block()
    found = evaluated(suyuan, tmp_path, body).json
    other = evaluated(suyuan, tmp_path, {**body, "certificate": body["replaced_by"]}).json
    changed = [name for name in body["points"] if found["verdict"][name] != other["verdict"][name]]
    assert found["changed_by_certificate"] == changed and len(changed) == 9
    assert f"verdict of {len(changed)} points of {found['n']}" in SECTIONS[next(iter(SECTIONS))]


def test_the_page_speaks_of_the_sensor_as_it_is(suyuan: Run, tmp_path: Path) -> None:
    (tmp_path / "sensor.json").write_text(suyuan("evaluate", "--template", "colocation").out, "utf-8")
    found = suyuan("evaluate", "sensor.json", "--json").json
    assert f"misreads by {found['bias']['2026-10'] / found['u_bias']['2026-10']:.0f} times its *u*" in PAGE


def test_the_signed_record_is_the_one_that_is_evaluated(suyuan: Run, tmp_path: Path) -> None:
    record = (EXAMPLE / "charging.xml").read_bytes()
    made = read(record)
    begin, end = made.streams[0].value.tolist()
    assert made.facts["signatures"] == {"verified": 1}
    forged = read(record.replace(b"1246.902", b"1256.902"))
    assert forged.facts["signatures"] == {"failed": 1}
    papers = [f"docs/example/charging/{name}.json" for name in ("standard", "anchor", "meter", "correction")]
    assert suyuan("certificate", "add", *papers, "--data", "d").code == 0
    saved = ("--data", "d", "--save", "--number", "CHARGE-1", "--laboratory", "Station", "--json")
    found = suyuan("evaluate", "docs/example/charging.json", *saved).json
    first = found.get("first_order", found)
    assert first["value"] == pytest.approx((end - begin) / 1.004, rel=1e-12)
    error = end - begin - first["value"]
    assert f"charged {end - begin:.3f} kWh" in PAGE
    assert f"{error:.3f} kWh too much, {error / first['U']:.1f} times *U*" in PAGE
    assert suyuan("lake", "import", "docs/example/charging.xml", "--data", "d").code == 0
    chain = suyuan("trace", "chain", "CHARGE-1", "--data", "d", "--json").json
    assert "CP-2026-0512" in json.dumps(chain) and "ES-0088" in json.dumps(chain)
    for name in ("CP-2026-0512", "ES-0088"):  # the meter's certificate, and the standard with which it was calibrated
        told = suyuan("trace", "impact", name, "--withdrawn", "--data", "d", "--json").json
        assert [row["stream"] for row in told["streams"]] == ["1-0:1.8.0"]
        assert "CHARGE-1" in json.dumps(told["rows"]) and told["streams"][0]["instrument"] == "CP-0512"


def test_the_page_speaks_of_the_supplier_as_it_is(suyuan: Run, tmp_path: Path) -> None:
    (tmp_path / "part.json").write_text(suyuan("evaluate", "--template", "declared_statistics").out, "utf-8")
    found = suyuan("evaluate", "part.json", "--json").json
    declared, own, real = found["declared"]["Cp"], found["overall"]["Cp"], found["Cp_real"]
    assert declared > real > own
    assert f"</sub> {declared}; its own values give {own:.2f}, and {real:.2f} once" in PAGE


def test_a_block_in_another_datum_is_aligned_or_refused(suyuan: Run, tmp_path: Path) -> None:
    body = {**ship_block(), "datum": "station 3"}
    refused = evaluated(suyuan, tmp_path, body)
    assert refused.code != 0 and "station 3" in refused.out + refused.err
    found = evaluated(suyuan, tmp_path, {**body, "align": ["P01", "P04", "P37", "P40"]}).json
    assert len(found["shift"]) == 3 and len(found["u_alignment"]) == 6
    assert all(u > 0 for u in found["u_alignment"])
    for wrong in ({"align": ["P99", "P01", "P02"]}, {"station": [1, 2]}, {"certificate": {"scale": 1}},
                  {"x": [1.0]}, {"x": ["a"] * 40}, {"tolerance": -1}, {"u": None}, {"datum": ""}, {"points": "P"},
                  {"tolerance": "x"}, {"covariance": [[1]]}, {"k": "two"}):  # fmt: skip
        ran = evaluated(suyuan, tmp_path, {**ship_block(), **wrong})
        assert ran.code not in (0, 1) or "Traceback" not in ran.err, wrong
        assert "Traceback" not in ran.err and ran.code != 0, wrong


# ---------------------------------------------------------------- headline numbers, computed again


def test_the_files_are_those_that_their_script_makes() -> None:
    made = runpy.run_path(str(FILES / "make.py"))["files"]()
    assert set(made) == {p.name for p in FILES.iterdir() if p.suffix not in (".py", "")}
    for name, content in made.items():
        assert (FILES / name).read_bytes() == content, name


def test_the_verdicts_of_the_panel_follow_from_file_and_certificate(suyuan: Run) -> None:
    found = suyuan("evaluate", "docs/example/industry/panel.json", "--json").json
    text = (FILES / "panel.qif").read_text("utf-8")
    nominal = [float(x) for x in re.findall(r"<TargetValue>(.*?)<", text)]
    value = [float(x) for x in re.findall(r"<Value>(.*?)<", text)]
    stated = re.findall(r"<CharacteristicStatusEnum>(.*?)<", text)
    body = json.loads((FILES / "panel.json").read_text("utf-8"))["input"]
    paper = body["certificate"]
    for row, n, x, said in zip(found["characteristics"], nominal, value, stated, strict=True):
        error = float(np.interp(x, paper["length"], paper["error"]))
        U = 2.0 * math.hypot(body["u"], float(np.interp(x, paper["length"], paper["U"])) / paper["k"])
        off = abs(x - error - n)
        verdict = "pass" if off + U <= 0.008 else "fail" if off - U > 0.008 else "undecided"
        assert row["value"] == pytest.approx(x - error, abs=1e-9) and row["U"] == pytest.approx(U, rel=1e-9)
        assert (row["verdict"], row["stated"]) == (verdict, said)
    counted = [row["verdict"] for row in found["characteristics"]]
    assert (found["n_pass"], found["n_fail"], found["n_undecided"]) == tuple(
        counted.count(v) for v in ("pass", "fail", "undecided")
    )
    assert f"The machine rejects {stated.count('FAIL')} of {len(stated)}" in PAGE


@pytest.mark.parametrize(
    "wrong",
    [{"certificate": None}, {"certificate": {"length": [1]}}, {"u": -1}, {"u": None}, {"k": "two"}, {"more": 1},
     {"certificate": {"length": [2, 1], "error": [0, 0], "U": [1, 1]}}, {"characteristics": []},
     {"certificate": {"length": [0, 10], "error": [0, 0], "U": [1, 1]}}, {"file": "none.qif"}, {"file": 3},
     {"characteristics": [{"value": "x", "lower": 1}]}, {"characteristics": [{"value": 1}]}],
)  # fmt: skip
def test_a_panel_that_cannot_be_judged_says_why(wrong: dict[str, Any], suyuan: Run, tmp_path: Path) -> None:
    shutil.copy(FILES / "panel.qif", tmp_path)
    case = json.loads((FILES / "panel.json").read_text("utf-8"))
    case["input"] |= wrong
    (tmp_path / "case.json").write_text(json.dumps(case), "utf-8")
    ran = suyuan("evaluate", "case.json", "--json")
    assert ran.code == 2 and ran.json["findings"] and "cli.unforeseen" not in ran.out


def asked(industry: tuple[Path, Any], *words: str) -> Any:
    ran = run_in(industry[0], "series", *words, "--data", "demo-data", "--json")
    assert ran.code == 0, ran.err
    return ran.json


def test_charge_and_energy_of_the_cell_are_those_of_the_rows(industry: tuple[Path, Any]) -> None:
    rows = list(csv.DictReader((FILES / "cell.csv").open(encoding="utf-8")))
    current = np.array([float(r["Current(A)"]) for r in rows]) * 0.9995
    voltage = np.array([float(r["Voltage(V)"]) for r in rows]) + 0.0012
    counter = np.array([float(r["Capacity(Ah)"]) for r in rows])
    hours = 30.0 / 3600.0
    whole = ["--by", "span", "--what", "integral", "--from", "2026-03-02T00:00", "--to"]
    charge = asked(
        industry, "formula", "I", "--of", "I=cell-i", "--unit", "A", "--in", "A*h", *whole, "2026-03-02T01:55"
    )
    first = slice(0, 230)
    Q = np.trapezoid(current[first], dx=hours)
    own = 0.001 / math.sqrt(12.0) * 0.9995 * hours * math.sqrt(229.0)
    assert charge["value"] == pytest.approx(Q, rel=1e-9)
    assert charge["u"] == pytest.approx(math.hypot(Q / 0.9995 * 0.00015, own), rel=2e-3)
    times = (counter[229] + Q) / charge["U"]
    assert f"counter says {counter[229]:.4f}, which is {times:.1f} times *U* too much" in PAGE.replace("\n", " ")
    watts = ("formula", "U*I", "--of", "U=cell-u", "--of", "I=cell-i", "--unit", "W", "--in", "W*h")
    cycle = asked(industry, *watts, *whole, "2026-03-02T04:12")
    P = (voltage * current)[:504]
    by_gain = np.trapezoid(P, dx=hours) / 0.9995 * 0.00015
    by_offset = np.trapezoid(current[:504], dx=hours) * 0.0002
    assert cycle["value"] == pytest.approx(np.trapezoid(P, dx=hours), rel=1e-8)
    assert {round(row["u"], 7) for row in cycle["budget"]} >= {round(abs(by_gain), 7), round(abs(by_offset), 7)}
    down, up = (np.trapezoid(P[a:b], dx=hours) / 0.9995 * 0.00015 for a, b in ((0, 230), (249, 485)))
    offsets = [np.trapezoid(current[a:b], dx=hours) * 0.0002 for a, b in ((0, 230), (249, 485))]
    apart = 2.0 * math.hypot(down, up, *offsets)
    assert f"independent would give {apart:.3f} W·h, {apart / cycle['U']:.0f} times" in PAGE.replace("\n", " ")


def test_the_mass_of_the_stack_is_that_of_its_packets(industry: tuple[Path, Any]) -> None:
    text = (FILES / "stack.hj212").read_text("ascii")
    time, so2, flow = (
        np.array([float(x) for x in re.findall(pattern, text)])
        for pattern in (r"DataTime=(\d+);", r"a21026-Avg=([\d.]+)", r"a00000-Avg=([\d.]+)")
    )
    c, q = 1.02 * so2 + 0.4, flow / 1.015
    hour = (time // 10_000 % 100).astype(int)
    span = ("--from", "2026-03-02", "--to", "2026-03-02")
    both = ("--of", "c=so2", "--of", "q=flow")
    rows = asked(industry, "formula", "c*q*3600/1e6", *both, "--unit", "kg/h", *span)["rows"]
    assert [row["value"] is None for row in rows] == [h == 3 for h in range(24)]
    U_hours = 0.0
    for h, row in enumerate(rows):
        if row["value"] is None:
            continue
        at = hour == h
        z = (c * q)[at] * 0.0036
        gain, offset = (so2 * q)[at].mean() * 0.0036 * 0.006, q[at].mean() * 0.0036 * 0.2
        error = z.mean() / 1.015 * 0.006
        own = math.sqrt(((q * 1.02 * 0.1) ** 2 + (c / 1.015 * 0.01) ** 2)[at].sum() / 12.0) * 0.0036 / at.sum()
        u = math.sqrt(gain**2 + offset**2 - 0.8 * gain * offset + error**2 + own**2)
        assert row["value"] == pytest.approx(z.mean(), rel=1e-9) and row["u"] == pytest.approx(u, rel=1e-6)
        U_hours = math.hypot(U_hours, row["U"])
    day = asked(
        industry, "formula", "c*q", *both, "--unit", "mg/s", "--in", "kg", "--by", "span", "--what", "integral", *span
    )
    seconds = np.array([(t // 10_000 % 100) * 3600 + (t // 100 % 100) * 60 for t in time])
    step = np.diff(seconds)
    mass = float(np.sum(np.where(step <= 1200, step * ((c * q)[1:] + (c * q)[:-1]) / 2.0, 0.0))) / 1e6
    assert day["value"] == pytest.approx(mass, rel=1e-9) and day["gaps"] == 1
    assert f"come out {day['U'] / U_hours:.1f} times too small" in PAGE


def test_the_colocated_sensor_has_values_until_the_fit_ends(
    suyuan: Run, industry: tuple[Path, Any], tmp_path: Path
) -> None:
    (tmp_path / "study.json").write_text(suyuan("evaluate", "--template", "colocation").out, "utf-8")
    study = suyuan("evaluate", "study.json", "--json").json
    columns = asked(industry, "correct", "pm")["columns"]
    last = study["valid_until"][:10]
    for time, raw, value, status in zip(*(columns[k] for k in ("time", "reading", "value", "status")), strict=True):
        assert status == ("valid" if time[:10] <= last else "expired")
        expected = study["fit"]["intercept"] + study["fit"]["slope"] * raw
        assert value is None if status == "expired" else value == pytest.approx(expected, abs=1e-4)
    assert f"would be {study['bias']['2026-10']:.3f} mg/m³ off" in PAGE
