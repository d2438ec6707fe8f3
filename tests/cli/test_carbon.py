"""`suyuan carbon` on the demonstration: the commands of its page, claims that come out again, a withdrawn one."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from suyuan.carbon.claim.claim import Claim, read_claim

from .conftest import EXAMPLE, run_in


def commands() -> list[list[str]]:
    """The commands of the section «In the demo» of the page, as words."""
    page = (EXAMPLE.parent / "carbon.md").read_text("utf-8").partition("## In the demo")[2]
    lines = [line.strip() for line in page.splitlines() if line.startswith("    suyuan carbon ")]
    return [line.split()[1:] for line in lines if "DIGEST" not in line]


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def claim(file: Path) -> Claim:
    found, told = read_claim(file.read_bytes())
    assert found is not None, told
    return found


@pytest.fixture
def copied(demo: Path, tmp_path: Path) -> Path:
    """A demonstration of one's own, at DEMO in a folder of its own."""
    shutil.copytree(demo, tmp_path / "DEMO")
    return tmp_path


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_the_page_says_what_works(demo: Path, words: list[str]) -> None:
    told = {"✗"} if "meters" in words or "cems" in words else set()  # an overdue meter, zeros without a mark
    ran = run_in(demo.parent, *(word.replace("DEMO", demo.name, 1) for word in words))
    assert ran.code == (1 if told else 0), ran.out + ran.err
    assert ran.out.strip()


def test_there_are_commands_on_the_page() -> None:
    assert {words[1] for words in commands()} == {
        "fuel", "steel", "cems", "claim", "check", "change", "improve", "sample", "meters", "ending", "forest", "factor"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("plant", "kept"),
    [("power-before", "claim-power-before"), ("power", "claim-power-first"), ("steel", "claim-steel"),
     ("forest", "claim-forest")],
)  # fmt: skip
def test_a_claim_comes_out_again(demo: Path, tmp_path: Path, plant: str, kept: str) -> None:
    folder = demo / "carbon"
    ran = run_in(tmp_path, "carbon", "claim", folder / f"{plant}.json", "--data", demo, "--out", "again.json")
    assert ran.code == 0, ran.err
    assert digest(tmp_path / "again.json") == digest(folder / f"{kept}.json")


def test_a_withdrawn_certificate_changes_the_tonnes(copied: Path) -> None:
    folder = copied / "DEMO" / "carbon"
    before, after = (claim(folder / f"claim-power{name}.json") for name in ("-first", ""))
    first, second = (next(part for part in one.parts if part.kind == "monitoring") for one in (before, after))
    assert after.supersedes == digest(folder / "claim-power-first.json")
    assert sum(first.legal[:2]) == pytest.approx(sum(second.legal[:2]), rel=1e-12)  # before the withdrawn one
    assert sum(second.legal[4:6]) == pytest.approx(sum(first.legal[4:6]) * 1.010 / 1.022, rel=1e-9)  # all under it
    ran = run_in(
        copied, "carbon", "claim", "DEMO/carbon/power.json", "--data", "DEMO", "--supersedes", after.supersedes[:12],
        "--reason", after.reason, "--day", after.made, "--out", "again.json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert digest(copied / "again.json") == digest(folder / "claim-power.json")
    told = run_in(copied, "carbon", "claim", "DEMO/carbon/power.json", "--data", "DEMO", "--json").json["findings"]
    assert "carbon.stack.later" in [item["code"] for item in told]


def test_a_claim_that_supersedes_is_kept_and_counts(copied: Path) -> None:
    words = ("carbon", "claim", "DEMO/carbon/forest.json", "--data", "DEMO", "--keep")
    first = digest(copied / "DEMO" / "carbon" / "claim-forest.json")
    none = run_in(copied, *words, "--supersedes", first[:10])
    assert none.code == 2 and "reason" in none.err.lower()
    again = run_in(copied, *words, "--supersedes", first[:10], "--reason", "trees measured again", "--json")
    assert again.code == 0, again.err
    unknown = run_in(copied, *words, "--supersedes", "0" * 12, "--reason", "x")
    assert unknown.code == 2 and first[:12] in unknown.err
    ending = run_in(copied, "carbon", "ending", "--data", "DEMO", "--json").json["ending"]
    assert {"DEMO-NMI-G-0125", "DEMO-CITY-E-0731"} <= {row["number"] for row in ending}
    assert "DEMO-CITY-F-0042" not in {row["number"] for row in ending}  # the claim that stood on it is superseded
    bare = run_in(copied, "carbon", "claim", "DEMO/carbon/forest.json", "--supersedes", "12ab", "--reason", "x")
    assert bare.code == 2 and "64" in bare.err


def test_the_hours_of_the_stack(demo: Path) -> None:
    found = run_in(demo.parent, "carbon", "cems", demo / "carbon" / "power.json", "--data", demo, "--json").json
    (stack,) = found["stacks"]
    assert stack["hours"] == {"calendar": stack["hours"]["calendar"], "running": stack["hours"]["calendar"] - 480,
                              "measured": stack["hours"]["running"] - stack["hours"]["substituted"],
                              "substituted": stack["hours"]["substituted"], "missing": 0}  # fmt: skip
    assert 75 < stack["capture"]["3"] < 90 < stack["capture"]["4"]
    fault = next(run for run in stack["lost"] if run["hours"] >= 230)
    assert fault["row"] == "hj75.substitution.2" and fault["rate"] > 1.2 * fault["best"]
    assert stack["legal"] == pytest.approx(sum(month["legal"] for month in stack["months"]))
    assert {row["role"] for row in stack["evidence"]} >= {"1 号烟囱 co2", "1 号烟囱 velocity", "1 号烟囱 area"}


@pytest.mark.parametrize(
    ("words", "change", "said"),
    [
        (("cems", "DEMO/carbon/steel.json", "--data", "DEMO"), {}, "has no stacks"),
        (("cems", "DEMO/carbon/power.json"), {}, "no data folder"),
        (("claim", "DEMO/carbon/power.json"), {}, "no data folder"),
        (("claim", "bad.json", "--data", "DEMO"), {"table": {"file": "gone.csv"}}, "gone.csv"),
        (("claim", "bad.json", "--data", "DEMO"), {"zone": "Moon/Base"}, "Moon/Base"),
        (("cems", "bad.json", "--data", "DEMO"), {"channels": []}, "channels"),
    ],
)
def test_what_is_refused(
    demo: Path, tmp_path: Path, words: tuple[str, ...], change: dict[str, object], said: str
) -> None:
    content = json.loads((demo / "carbon" / "power.json").read_text("utf-8"))
    content["stacks"][0] |= change
    (tmp_path / "bad.json").write_text(json.dumps(content), "utf-8")
    ran = run_in(tmp_path, "carbon", *(word.replace("DEMO", str(demo)) for word in words))
    assert ran.code == 2 and said in ran.err, ran.out + ran.err


def test_a_case_of_monitoring_is_answered(tmp_path: Path) -> None:
    case = {
        "kind": "part75_equation",
        "input": {"equation": "F-15", "flow_scfh": 64e6, "co2_percent": 11.8, "Fc": 1800},
    }
    (tmp_path / "case.json").write_text(json.dumps(case), "utf-8")
    ran = run_in(tmp_path, "carbon", "cems", "case.json", "--json")
    assert ran.json["heat_input_rate"] == pytest.approx(4195.556, abs=1e-3)
