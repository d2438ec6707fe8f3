"""The page of worked cases: its commands are run, every line that it shows is printed, every effect follows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from suyuan.lake.formats.ocmf import read
from suyuan.verbs.assurance.ship_block import ship_block

from .conftest import EXAMPLE, Run

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cases.md").read_text("utf-8")
SECTIONS = {part.splitlines()[0]: part for part in PAGE.split("\n## ")[1:]}


@pytest.mark.parametrize("title", SECTIONS)
def test_the_page_shows_what_its_commands_print(title: str, suyuan: Run, tmp_path: Path) -> None:
    (shown,) = re.findall(r"```console\n(.*?)```", SECTIONS[title], re.DOTALL)
    printed: list[str] = []
    for line in shown.splitlines():
        if not line.startswith("$ suyuan "):
            assert line.rstrip() in printed, line
            continue
        command, _, target = line.removeprefix("$ suyuan ").partition(" > ")
        ran = suyuan(*command.split(), SUYUAN_LANG="en", COLUMNS="400")
        assert ran.code == 0, ran.err
        if target:
            (tmp_path / target).write_text(ran.out, "utf-8")
        printed = [text.rstrip() for text in (ran.out + ran.err).replace("\u2009", " ").splitlines()]


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
