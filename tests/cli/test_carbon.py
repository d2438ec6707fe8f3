"""`suyuan carbon` on the demonstration: the commands of its page, claims that come out again, a withdrawn one."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from suyuan.carbon.claim.claim import Claim, read_claim
from suyuan.cli import carbon, carbon_cems
from suyuan.cli.carbon_manage import claims_in
from suyuan.cli.output import Answer
from suyuan.quantity.finding import Refused

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


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_the_page_says_what_works(demo: Path, words: list[str]) -> None:
    told = {"✗"} if "meters" in words or "cems" in words else set()  # an overdue meter, zeros without a mark
    ran = run_in(demo.parent, *(word.replace("DEMO", demo.name, 1) for word in words))
    assert ran.code == (1 if told else 0), ran.out + ran.err
    assert ran.out.strip()


def test_there_are_commands_on_the_page() -> None:
    assert {words[1] for words in commands()} == {
        "fuel", "steel", "cems", "claim", "check", "change", "improve", "sample", "meters", "ending", "forest",
        "factor", "improved", "needs", "statement", "statements",
    }  # fmt: skip


def made(data: Path, name: str, **asked: Any) -> Answer:
    """`suyuan carbon claim` in this process: what it reads of the store is read once."""
    return carbon.claim(carbon.MakeClaim(file=data / "carbon" / name, data=data, **asked))


@pytest.mark.parametrize(
    ("plant", "kept"),
    [("power-before", "claim-power-before"), ("power", "claim-power-first"), ("steel", "claim-steel"),
     ("steel-balance", "claim-steel-balance"),
     ("forest", "claim-forest")],
)  # fmt: skip
def test_a_claim_comes_out_again(demo: Path, tmp_path: Path, plant: str, kept: str) -> None:
    made(demo, f"{plant}.json", out=tmp_path / "again.json")
    assert digest(tmp_path / "again.json") == digest(demo / "carbon" / f"{kept}.json")


def test_a_claim_names_the_document_that_the_store_has(demo: Path, tmp_path: Path) -> None:
    file = demo / "carbon" / "forest.json"
    assert claim(demo / "carbon" / "claim-forest.json").plant == digest(file)
    (tmp_path / "forest.json").write_bytes(file.read_bytes() + b"\n")  # not in the store, and not to be kept
    shutil.copy(demo / "carbon" / "演示南岭林场" / "trees.csv", tmp_path)
    asked = carbon.MakeClaim(file=tmp_path / "forest.json", data=demo, out=tmp_path / "claim.json")
    told = carbon.claim(asked).findings
    assert claim(tmp_path / "claim.json").plant == "" and "carbon.claim.unbound" in [item.code for item in told]


def test_a_later_document_of_the_unit_is_told(demo: Path, tmp_path: Path) -> None:
    data = tmp_path / "DEMO"
    shutil.copytree(demo, data)
    content = json.loads((data / "carbon" / "forest.json").read_text("utf-8"))
    content["forests"][0]["source"] += ", read again"
    (data / "carbon" / "later.json").write_text(json.dumps(content), "utf-8")
    first = digest(data / "carbon" / "claim-forest.json")
    later = made(data, "later.json", keep=True, supersedes=first[:12], reason="area surveyed again")
    assert "carbon.claim.plant_superseded" not in [item.code for item in later.findings]
    old = made(data, "forest.json", out=tmp_path / "again.json")
    (told,) = [item for item in old.findings if item.code == "carbon.claim.plant_superseded"]
    assert dict(told.parameters)["later"] == digest(data / "carbon" / "later.json")[:12]


def test_a_withdrawn_certificate_changes_the_tonnes(demo: Path, tmp_path: Path) -> None:
    folder = demo / "carbon"
    before, after = (claim(folder / f"claim-power{name}.json") for name in ("-first", ""))
    first, second = (next(part for part in one.parts if part.kind == "monitoring") for one in (before, after))
    assert after.supersedes == digest(folder / "claim-power-first.json")
    assert sum(first.legal[:2]) == pytest.approx(sum(second.legal[:2]), rel=1e-12)  # before the withdrawn one
    assert sum(second.legal[4:6]) == pytest.approx(sum(first.legal[4:6]) * 1.010 / 1.022, rel=1e-9)  # all under it
    given = {"supersedes": after.supersedes[:12], "reason": after.reason, "day": after.made.isoformat()}
    again = made(demo, "power.json", out=tmp_path / "again.json", **given)
    assert digest(tmp_path / "again.json") == digest(folder / "claim-power.json")
    assert "carbon.stack.later" not in [item.code for item in again.findings]
    assert "carbon.stack.later" in [item.code for item in made(demo, "power.json").findings]


def test_a_claim_that_supersedes_is_kept_and_counts(demo: Path, tmp_path: Path) -> None:
    data = tmp_path / "DEMO"
    shutil.copytree(demo, data)
    first = digest(data / "carbon" / "claim-forest.json")
    for given, code in (({"reason": ""}, "carbon.claim.reason"), ({"supersedes": "0" * 12}, "carbon.claim.unknown")):
        with pytest.raises(Refused) as refused:
            made(data, "forest.json", keep=True, **{"supersedes": first[:10], "reason": "measured again", **given})
        assert code in [item.code for item in refused.value.findings]
    with pytest.raises(Refused) as refused:
        carbon.claim(carbon.MakeClaim(file=data / "carbon" / "forest.json", supersedes="12ab", reason="x"))
    assert [item.code for item in refused.value.findings] == ["carbon.claim.digest"]
    made(data, "forest.json", keep=True, supersedes=first[:10], reason="measured again")
    standing = {(one.unit, one.year): one.supersedes for one in claims_in(data)}
    assert first in standing.values() and len(claims_in(data)) == len(standing)  # one claim a unit and year counts


def test_a_change_between_claims_rebuilds_the_stack(demo: Path) -> None:
    from suyuan.cli import carbon_manage

    files = [demo / "carbon" / f"claim-power{name}.json" for name in ("-first", "")]
    answer = carbon_manage.change(carbon_manage.AskChange(before=files[0], after=files[1], data=demo))
    assert answer.code == 0 and answer.values["relative"] == 0.0 and not answer.values["steps"]
    stack = next(one for one in answer.values["parts"] if one["kind"] == "monitoring")
    parts = [next(p for p in claim(file).parts if p.kind == "monitoring") for file in files]
    assert stack["after"] - stack["before"] == pytest.approx(sum(parts[1].legal) - sum(parts[0].legal), rel=1e-9)
    apart = parts[1].months.sum() - parts[0].months.sum()
    assert stack["best"] == pytest.approx(float(apart.value))
    assert stack["u"] == pytest.approx(float(apart.u), rel=1e-4)  # hours that both share are folded in the claims
    bare = carbon_manage.change(carbon_manage.AskChange(before=files[0], after=files[1]))  # no folder, no documents
    assert [item.code for item in bare.findings] == ["carbon.change.no_document"] * 2
    assert len(bare.values["parts"]) == len(answer.values["parts"])


def test_the_hours_of_the_stack(demo: Path) -> None:
    file = demo / "carbon" / "power.json"
    (stack,) = carbon_cems.cems(carbon_cems.AskStacks(file=file, data=demo)).values["stacks"]
    hours = stack["hours"]
    assert hours["running"] == hours["calendar"] - 480 == hours["measured"] + hours["substituted"]
    assert hours["missing"] == 0
    stack = json.loads(json.dumps(stack, default=str))
    assert 75 < stack["capture"]["3"] < 90 < stack["capture"]["4"]
    fault = next(run for run in stack["lost"] if run["hours"] >= 230)
    assert fault["row"] == "hj75.substitution.2" and fault["rate"] > 1.2 * fault["best"]
    assert stack["legal"] == pytest.approx(sum(month["legal"] for month in stack["months"]))
    assert {row["role"] for row in stack["evidence"]} >= {"1 号烟囱 co2", "1 号烟囱 velocity", "1 号烟囱 area"}


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"table": {"file": "gone.csv"}}, "store.case_file.missing", "gone.csv"),
        ({"zone": "Moon/Base"}, "cli.series.zone", "Moon/Base"),
        ({"channels": []}, "typed.field.missing", "channels"),
    ],
)
def test_a_wrong_stack_is_refused(demo: Path, tmp_path: Path, change: dict[str, object], code: str, said: str) -> None:
    content = json.loads((demo / "carbon" / "power.json").read_text("utf-8"))
    content["stacks"][0] |= change
    (tmp_path / "bad.json").write_text(json.dumps(content), "utf-8")
    with pytest.raises(Refused) as refused:
        carbon_cems.cems(carbon_cems.AskStacks(file=tmp_path / "bad.json", data=demo))
    assert [item.code for item in refused.value.findings] == [code] and said in str(refused.value)


def test_stacks_want_a_folder_and_a_document_that_has_some(demo: Path) -> None:
    for name, data, code in (("steel", demo, "carbon.stack.none"), ("power", None, "carbon.stack.corrections")):
        with pytest.raises(Refused) as refused:
            carbon_cems.cems(carbon_cems.AskStacks(file=demo / "carbon" / f"{name}.json", data=data))
        assert [item.code for item in refused.value.findings] == [code]
    ran = run_in(demo.parent, "carbon", "claim", demo / "carbon" / "power.json")
    assert ran.code == 2 and "no data folder" in ran.err


def test_a_case_of_monitoring_is_answered(tmp_path: Path) -> None:
    case = {
        "kind": "part75_equation",
        "input": {"equation": "F-15", "flow_scfh": 64e6, "co2_percent": 11.8, "Fc": 1800},
    }
    (tmp_path / "case.json").write_text(json.dumps(case), "utf-8")
    ran = run_in(tmp_path, "carbon", "cems", "case.json", "--json")
    assert ran.json["heat_input_rate"] == pytest.approx(4195.556, abs=1e-3)


def test_the_longest_runs_of_lost_hours_come_first_and_unknown_hours_are_no_zero(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUYUAN_LANG", "en")
    ran = run_in(demo.parent, "carbon", "cems", demo / "carbon" / "power.json", "--data", demo)
    lost = [line for line in ran.out.splitlines() if " hj75.substitution" in line]
    hours = [int(line.split()[1]) for line in lost[:20]]
    assert hours == sorted(hours, reverse=True) and hours[0] >= 230
    assert "29 shorter runs of 29 h are not shown" in ran.out and "incomplete" not in ran.out
    content = json.loads((demo / "carbon" / "power.json").read_text("utf-8"))
    content["stacks"][0]["channels"][0]["instrument"] = "CEMS-NONE"  # no certificate: nothing is measured
    (tmp_path / "bare.json").write_text(json.dumps(content), "utf-8")
    (stack,) = carbon_cems.cems(carbon_cems.AskStacks(file=tmp_path / "bare.json", data=demo)).values["stacks"]
    assert stack["months"][0]["legal"] is None and stack["months"][0]["best"] is None
    assert stack["legal"] is None and stack["best"] is None
    assert stack["missing_hours"] == stack["unknown_hours"] == stack["hours"]["running"]
    ran = run_in(demo.parent, "carbon", "cems", tmp_path / "bare.json", "--data", demo)
    assert "incomplete: 8280 h have no legal value" in ran.out.replace("\n", " ")


def test_one_claim_of_a_units_year_stands(demo: Path, tmp_path: Path) -> None:
    data = tmp_path / "DEMO"
    shutil.copytree(demo, data)
    first, last = (digest(data / "carbon" / f"claim-power{name}.json") for name in ("-first", ""))
    content = json.loads((data / "carbon" / "forest.json").read_text("utf-8"))
    content["forests"][0]["source"] += ", read again"
    (data / "carbon" / "other.json").write_text(json.dumps(content), "utf-8")
    for name, given, code in (
        ("other.json", {}, "carbon.claim.stands"),
        ("power.json", {"supersedes": first[:12], "reason": "again"}, "carbon.claim.supersedes"),
    ):
        with pytest.raises(Refused) as refused:
            made(data, name, keep=True, **given)
        assert [item.code for item in refused.value.findings] == [code]
    assert len(list((data / "carbon").iterdir())) and last in {one.digest for one in claims_in(data)}


def test_a_claim_tells_what_another_unit_rests_on_too(demo: Path, tmp_path: Path) -> None:
    content = json.loads((demo / "carbon" / "power.json").read_text("utf-8"))
    file = tmp_path / "nine.json"
    file.write_text(json.dumps(content | {"unit": "9 号机组"}), "utf-8")
    told = carbon.claim(carbon.MakeClaim(file=file, data=demo)).findings
    (same,) = [item for item in told if item.code == "carbon.claim.shared_table"]
    assert same.severity == "warning" and "2 号机组" in str(dict(same.parameters))
    assert "carbon.claim.shared_table" not in [item.code for item in made(demo, "power.json").findings]


def test_a_template_is_claimed_as_it_is_and_a_workbook_as_its_document(demo: Path, tmp_path: Path) -> None:
    from suyuan.cli import carbon_template
    from suyuan.report.papers.sheet import Page, workbook
    from suyuan.verbs.carbon.book_written import sheets_of

    out = tmp_path / "unit.xlsx"
    carbon_template.template(carbon_template.AskTemplate(out=out, kind="power"))
    assert carbon.claim(carbon.MakeClaim(file=out)).values["legal"] > 3_000_000
    with pytest.raises(Refused):  # one that is there is not overwritten
        carbon_template.template(carbon_template.AskTemplate(out=out, kind="steel"))
    content = json.loads((demo / "carbon" / "power.json").read_text("utf-8"))
    book = tmp_path / "power.xlsx"
    book.write_bytes(workbook([Page(*one) for one in sheets_of(content)]))
    answers = [carbon.claim(carbon.MakeClaim(file=file, data=demo)) for file in (book, demo / "carbon" / "power.json")]
    assert answers[0].values["legal"] == answers[1].values["legal"] and answers[0].values["u"] == answers[1].values["u"]
    content["streams"][0]["kind"] = "burning"
    book.write_bytes(workbook([Page(*one) for one in sheets_of(content)]))
    with pytest.raises(Refused) as refused:
        carbon.claim(carbon.MakeClaim(file=book, data=demo))
    assert any("源流 streams!B3" in item.where for item in refused.value.findings)


def test_what_ends_is_listed_as_on_the_page_and_meters_follow_their_certificates(demo: Path) -> None:
    from suyuan.cli import carbon_manage

    said = carbon_manage.ending(carbon_manage.AskEnding(data=demo, day="2026-11-23")).values["ending"]
    numbers = [one["number"] for one in said]
    assert len(numbers) == len(set(numbers)) and "DEMO-CITY-F-0041" not in numbers  # 0042A followed it
    assert all(one["enterprises"] for one in said)
    asked = carbon_manage.AskMeters(file=demo / "carbon" / "power.json", data=demo, day="2026-11-23")
    held = carbon_manage.meters(asked)
    states = {one["id"]: one["state"] for one in held.values["meters"]}
    assert (states["BS-01"], states["EM-12"], states["EM-13"]) == ("ended", "no_certificate", "missing")
    assert {one["role"] for one in held.values["instruments"]} >= {"co2", "velocity"}
    assert "carbon.plan.absent" in held.values["departs"]
