"""The walk-through of docs/example, line by line, and the numbers that it must give."""

from __future__ import annotations

import math
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from .conftest import EXAMPLE, Run, run_in, with_examples

ROOT = EXAMPLE.parents[1]


def commands(document: Path) -> list[str]:
    """The command lines that a page shows: lines of code that begin with `suyuan`, without their remarks."""
    lines = document.read_text("utf-8").splitlines()
    found = [line.strip().removeprefix("$ ") for line in lines if re.match(r"( {4}|\$ |)suyuan [a-z]", line)]
    return [re.sub(r"\s+#.*", "", line) for line in found]


def test_every_line_of_the_walk_runs(tmp_path: Path) -> None:
    with_examples(tmp_path)
    lines = commands(EXAMPLE / "README.md")
    assert len(lines) > 12
    for line in lines:
        ran = run_in(tmp_path, *shlex.split(line)[1:])
        # A chain may be broken and a machine may lack a font: that is an answer (1), not bad input (2).
        assert ran.code in ((0, 1) if "demo-data" in line else (0,)), f"{line}\n{ran.err}\n{ran.out}"
        assert ran.out.strip(), line
    assert {path.name for path in tmp_path.iterdir()} >= {"gauge-7.xml", "gauge-8.xml", "standard.xml", "my-data"}


def test_commands_on_the_first_page_are_those_of_the_walk() -> None:
    """What README shows is tested: each of its commands stands in the walk, or opens the site."""
    walked = set(commands(EXAMPLE / "README.md"))
    shown = [line for line in commands(ROOT / "README.md") if not line.startswith("suyuan serve")]
    assert not [line for line in shown if line not in walked]


PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), EXAMPLE / "README.md")


def test_every_line_on_the_other_pages_runs(tmp_path: Path, demo: Path) -> None:
    """What only a page beside the walk shows; cases have a test of their own, envelopes need files of the reader's."""
    walked = set(commands(EXAMPLE / "README.md"))
    pages = [page for page in PAGES if page.name != "cases.md"]
    lines = [line for page in pages for line in commands(page) if line not in walked and "demo-data" in line]
    assert len(lines) > 5
    for line in dict.fromkeys(lines):
        ran = run_in(tmp_path, *shlex.split(line.replace("demo-data", str(demo)))[1:])
        assert ran.code in (0, 1) and ran.out.strip(), f"{line}\n{ran.err}\n{ran.out}"


def test_every_command_and_option_that_a_page_names_is_there() -> None:
    import typer

    from suyuan.cli.main import commands as face

    root: Any = typer.main.get_command(face)
    named = 0
    for page in PAGES:
        for span in re.findall(r"`suyuan ([^`]+)`", page.read_text("utf-8")):
            words, found, options = span.replace(",", " ").split(), root, set[str]()
            while hasattr(found, "commands") and words and words[0] in found.commands:
                found = found.commands[words.pop(0)]
                options |= {o for p in found.params for o in (*p.opts, *p.secondary_opts)}
            assert found is not root, f"{page.name}: {span}"
            if span.startswith("compare "):  # a case or a subcommand: `compare CASE.json` has its own options
                continue
            assert not [w for w in words if w.startswith("--") and w not in options], f"{page.name}: {span}"
            named += 1
    assert named > 30


def test_end_gauge_has_the_printed_result(suyuan: Run) -> None:
    """GUM H.1: l = 50.000 838 mm, u = 32 nm, 16 degrees of freedom, U99 = 93 nm (Table H.1, H.1.7)."""
    suyuan("certificate", "add", "docs/example/standard.json", "docs/example/anchor.json", "--data", "d")
    ran = suyuan("evaluate", "docs/example/gauge-block.json", "--data", "d", "--json")
    assert (ran.code, ran.err) == (0, "")
    first, output = ran.json["first_order"], ran.json["outputs"]["result"]
    assert first["value"] == pytest.approx(50.000838, abs=5e-7)
    assert first["u"] == pytest.approx(32e-6, abs=0.5e-6)
    assert first["dof"] == 16
    assert first["U"] == pytest.approx(93e-6, abs=1e-6)
    assert output["verdict"]["state"] == "pass"
    assert sum(row["share"] for row in output["budget"]) == pytest.approx(1.0)
    assert ran.json["inputs"]["ls"]["certificate"]["number"] == "GB-0417"
    shown = suyuan("evaluate", "docs/example/gauge-block.json", "--data", "d").out
    assert "result = (50.000\u2009838 ± 0.000\u2009092) mm" in shown and "✓ pass" in shown


@pytest.fixture(scope="module")
def two_gauges(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both issued gauges, the laboratory's data `my`, and a customer's data `other` without the standard."""
    folder = with_examples(tmp_path_factory.mktemp("gauges"))
    steps = (
        "certificate add docs/example/standard.json docs/example/anchor.json --data my",
        "evaluate docs/example/gauge-block.json --data my --issue docs/example/particulars.json --out 7.xml",
        "evaluate docs/example/gauge-block.json --data my --issue docs/example/sibling.json --out 8.xml",
        "certificate add 7.xml 8.xml --data my",
        "certificate add 7.xml 8.xml --data other",
    )
    for step in steps:
        ran = run_in(folder, *shlex.split(step))
        assert ran.code == 0, ran.err
    return folder


def test_shared_standard_cancels_in_another_laboratory(two_gauges: Path) -> None:
    """u² of the difference is twice the private part: 2 (u² − u²(ls))."""
    one = run_in(two_gauges, "evaluate", "docs/example/gauge-block.json", "--data", "my", "--json").json
    private = one["first_order"]["u"] ** 2 - one["inputs"]["ls"]["u"] ** 2
    ran = run_in(two_gauges, "evaluate", "docs/example/difference.json", "--data", "other", "--json")
    assert ran.code == 0
    assert ran.json["first_order"]["u"] == pytest.approx(math.sqrt(2 * private), rel=1e-9)
    assert ran.json["first_order"]["u"] < 0.65 * math.sqrt(2) * one["first_order"]["u"]


def test_issued_certificate_shows_value_equipment_and_attachments(two_gauges: Path) -> None:
    ran = run_in(two_gauges, "certificate", "read", "7.xml", "--data", "my", "--json")
    assert ran.code == 0
    certificate = ran.json["certificates"][0]
    stated = certificate["results"][0]["quantities"][0]
    assert stated["printed"] == ["50.000838"] and stated["uncertainty"]["printed"] == ["0.000092"]
    reference = certificate["equipment"][0]["certificate"]
    assert (reference["number"], reference["algorithm"], reference["held"]) == ("GB-0417", "sha256", "resolved")
    assert [a["name"] for a in certificate["attachments"]] == ["archive.json", "case.json"]
    shown = run_in(two_gauges, "certificate", "read", "7.xml").out
    for text in ("50.000\u2009838", "0.000\u2009092", "mm", "EG-50-7", "GB-0417", "archive.json", "19.9 ± 0.5 °C"):
        assert text in shown
    missing = run_in(two_gauges, "certificate", "read", "7.xml", "--data", "other").out
    assert "✗ no" in missing


def test_chain_ends_at_the_anchor_and_breaks_without_it(two_gauges: Path) -> None:
    whole = run_in(two_gauges, "trace", "chain", "Example City Laboratory/EG-2026-031", "--data", "my", "--json")
    assert whole.code == 0 and whole.json["complete"] and not whole.json["breaks"]
    assert [node["kind"] for node in whole.json["nodes"]] == ["anchor", "certificate", "certificate"]
    broken = run_in(two_gauges, "trace", "chain", "EG-2026-031", "--data", "other", "--json")
    assert broken.code == 1 and not broken.json["complete"]
    assert "missing" in {b["kind"] for b in broken.json["breaks"]}
    text = run_in(two_gauges, "trace", "chain", "EG-2026-031", "--data", "other").out
    assert text.index("✗ error") < text.index("From the top"), "breaks come before the picture"
    digest = whole.json["target"]
    again = run_in(two_gauges, "trace", "chain", digest[:12], "--data", "my", "--json")
    assert again.json["target"] == digest


def test_a_late_use_meets_an_expired_standard(two_gauges: Path) -> None:
    ran = run_in(two_gauges, "trace", "chain", "EG-2026-031", "--data", "my", "--day", "2028-03-01", "--json")
    assert ran.code == 1 and "expired" in {b["kind"] for b in ran.json["breaks"]}


def test_impact_moves_the_value_by_the_shift(two_gauges: Path) -> None:
    ran = run_in(two_gauges, "trace", "impact", "GB-0417", "--off-by", "100 nm", "--data", "my", "--json")
    rows = ran.json["rows"]
    rows = [row for row in rows if row["kind"] == "certificate"]
    assert ran.code == 0 and len(rows) == 2
    assert all(row["delta"] == pytest.approx(1e-4, rel=1e-9) and row["state"] == "evaluated" for row in rows)
    same = run_in(two_gauges, "trace", "impact", "GB-0417", "--off-by", "0.1", "--unit", "um", "--data", "my", "--json")
    assert [row["delta"] for row in same.json["rows"]] == [row["delta"] for row in rows]
    outside = ("--off-by", "100 nm", "--from", "2026-06-01", "--to", "2026-07-01")
    none = run_in(two_gauges, "trace", "impact", "GB-0417", *outside, "--data", "my", "--json")
    assert (none.json["rows"], none.json["untouched"]) == ([], 2)
    far = run_in(two_gauges, "trace", "impact", "GB-0417", "--off-by", "-0.001", "--data", "my", "--json")
    assert {row["new"]["verdict"] for row in far.json["rows"]} == {"fail"}


def test_impact_of_withdrawal_and_replacement(two_gauges: Path) -> None:
    gone = run_in(two_gauges, "trace", "impact", "GB-0417", "--withdrawn", "--data", "my", "--json")
    assert {row["state"] for row in gone.json["rows"]} == {"no_traceable_value"}
    new = (two_gauges / "docs/example/standard.json").read_text("utf-8")
    (two_gauges / "new.json").write_text(new.replace("GB-0417", "GB-0417A").replace("50.000623", "50.000723"), "utf-8")
    ran = run_in(two_gauges, "trace", "impact", "GB-0417", "--replaced-by", "new.json", "--data", "my", "--json")
    assert [row["delta"] for row in ran.json["rows"]] == pytest.approx([1e-4, 1e-4], rel=1e-9)


def test_typed_certificate_as_dcc_states_the_same(suyuan: Run) -> None:
    example = "docs/example"
    short = suyuan("certificate", "write", f"{example}/standard.json", "--out", "s.xml", "--json")
    assert short.code == 2 and "--particulars" in short.err
    more = ("--particulars", f"{example}/standard-particulars.json", "--out", "s.xml")
    assert suyuan("certificate", "write", f"{example}/standard.json", *more).code == 0
    paper, digital = suyuan("certificate", "read", f"{example}/standard.json", "s.xml", "--json").json["certificates"]
    for certificate in (paper, digital):
        stated = certificate["results"][0]["quantities"][0]
        assert stated["printed"] == ["50.000623"]
        assert (stated["uncertainty"]["k"], stated["uncertainty"]["dof"]) == (3.0, 18.0)
    assert suyuan("certificate", "write", f"{example}/standard.json", *more).code == 2, "never overwritten"


def test_saved_result_has_its_chain(two_gauges: Path) -> None:
    options = ("--data", "my", "--save", "--number", "D-1", "--laboratory", "Example City Laboratory")
    saved = run_in(two_gauges, "evaluate", "docs/example/difference.json", *options, "--json")
    assert saved.code == 0 and saved.json["saved"]["number"] == "D-1"
    chain = run_in(two_gauges, "trace", "chain", "D-1", "--data", "my", "--json")
    assert chain.code == 0 and chain.json["complete"]
    rows = run_in(two_gauges, "trace", "impact", "GB-0417", "--off-by", "100 nm", "--data", "my", "--json").json["rows"]
    deltas = {row["number"]: row["delta"] for row in rows}
    assert deltas["EG-2026-031"] == pytest.approx(1e-4, rel=1e-9)
    assert abs(deltas.get("D-1", 0.0)) < 1e-12, "the shift is common to both gauges and cancels"
