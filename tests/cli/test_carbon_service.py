"""`suyuan carbon needs` and `suyuan carbon improved` on the demonstration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from suyuan.cli import carbon_service
from suyuan.cli.carbon import read_claim_file
from suyuan.cli.carbon_service import AskImproved, AskNeeds
from suyuan.quantity.finding import Refused

from .conftest import run_in


def test_what_the_plant_lacks_finds_laboratories_and_one_finds_nobody(demo: Path, tmp_path: Path) -> None:
    out, claim = tmp_path / "needs.json", demo / "carbon" / "claim-power.json"
    day = f"{read_claim_file(claim).year + 1}-12-01"  # all that the plant's stack had has ended by then
    asked = AskNeeds(claim=claim, data=demo, out=out, day=day)
    answer = carbon_service.needs(asked)
    rows = {row["service"].partition(".")[2]: row for row in answer.values["needs"]}
    assert {name: row["verdict"] for name, row in rows.items() if row["verdict"] != "can"} == {
        "ash_carbon": "cannot", "moisture": "partly",
    }  # fmt: skip
    assert rows["coal_carbon"]["can"] == [["演示煤质检验中心", "CQ-01"]]
    assert rows["gas_standard"]["can"] == [["演示气体分析中心", "GAS-02"]]
    assert rows["flow"]["reasons"] == ["ended"] and not rows["flow"]["counted"]
    assert rows["belt_weigher"]["certificate"] == "演示市计量院 DEMO-CITY-M-0812"  # one need for both its certificates
    assert rows["moisture"]["nearest"] == ["演示碳计量中心", "CM-06"]
    assert not answer.findings

    matched = run_in(
        tmp_path, "match", out.name, "--data", demo, "--day", day, "--json"
    )  # the same file, the same matching
    assert [m["verdict"] for m in matched.json["matches"]] == [row["verdict"] for row in answer.values["needs"]]
    assert run_in(tmp_path, "register", "check", out.name).code == 0


def test_bad_asking(demo: Path) -> None:
    claim = demo / "carbon" / "claim-power.json"
    for asked, code in (
        (AskNeeds(claim=claim, data=demo, least=1.5), "carbon.needs.least"),
        (AskNeeds(claim=claim, data=demo, left=0.0), "carbon.needs.least"),
        (AskNeeds(claim=claim, data=demo, by="soon"), "cli.day"),
    ):
        with pytest.raises(Refused) as refused:
            carbon_service.needs(asked)
        assert refused.value.findings[0].code.startswith(code)
    for before in (AskImproved(before=claim), AskImproved(before=claim, after=claim, better=["a=0.5"])):
        with pytest.raises(Refused) as refused:
            carbon_service.improved(before)
        assert [item.code for item in refused.value.findings] == ["cli.carbon.after_or_better"]


def test_before_and_after(demo: Path) -> None:
    folder = demo / "carbon"
    ran = run_in(demo.parent, "carbon", "improved", folder / "claim-power-before.json", folder / "claim-power.json",
                 "--json")  # fmt: skip
    first = ran.json["measurements"][0]
    assert first["name"] == "皮带秤校准" and first["before"]["certificates"] == []
    assert len(first["after"]["certificates"]) == 2 and -1.1 < first["effect"] / ran.json["U_saved"] < -0.9
    assert "carbon.improved.year" in json.dumps(ran.json)
    with pytest.raises(Refused):
        carbon_service.improved(AskImproved(before=folder / "claim-power.json", after=folder / "claim-steel.json"))
    guess = carbon_service.improved(AskImproved(before=folder / "claim-power.json", better=["氧化率=0"])).values
    assert guess["supposed"] and guess["measurements"][0]["after"]["u"] == 0.0
