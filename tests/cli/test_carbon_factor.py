"""`suyuan carbon factor determine`: a document, a table of assays, kept, cited by the demo's works; its balance."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from suyuan.cli import carbon, carbon_factor
from suyuan.cli.reading import open_store
from suyuan.quantity.finding import Refused

from .conftest import run_in

TABLE = """month,amount,issuer,number,carbon,duplicate,basis,u_method,u_month,issued
1,1000,Lab,F-1,70.2,70.9,ar,0.3,0.4,2025-02-10
2,1100,Lab,F-2,70.9,71.3,ar,0.3,0.4,2025-03-10
3,900,Lab,F-3,69.8,69.6,ar,0.3,0.4,2025-04-10
""" + "".join(f"{month},1000,,,,,,,,\n" for month in range(4, 13))


def asked(file: Path, **more: Any) -> carbon_factor.AskFactor:
    return carbon_factor.AskFactor(act="determine", file=file, **more)


def test_a_table_of_assays_is_determined_and_kept(demo: Path, tmp_path: Path) -> None:
    data, file = tmp_path / "DEMO", tmp_path / "assays.csv"
    shutil.copytree(demo, data)
    file.write_text(TABLE, "utf-8")
    ask = asked(file, fuel="coal", year=2025, enterprise="E", data=data, keep=True)
    answer = carbon_factor.factor(ask)
    values = answer.values
    assert values["carbon"]["value"] == pytest.approx((702 + 1.1 * 709 + 0.9 * 698) / 3000)
    assert values["representativeness"] == pytest.approx(3000 / 12000) and values["reports"] == 3
    assert {item.code for item in answer.findings} >= {"carbon.determination.share"}
    assert values["influences"][0]["name"] == "Lab: carbon, method"
    (entry,) = [one for one in open_store(data).documents() if one.digest == values["document"]]
    assert (entry.kind, entry.issuer, entry.number) == ("factor", "E", values["number"])
    assert values["document"] in carbon.factors_of(data)


@pytest.mark.parametrize(
    ("text", "more", "code"),
    [
        (TABLE, {"fuel": ""}, "cli.carbon.factor_options"),
        (TABLE.replace("amount", "tonnes"), {}, "carbon.table.column"),
        (TABLE.replace("12,1000", "13,1000"), {}, "carbon.fuel.months"),
        (TABLE.replace("70.2", "702"), {}, "carbon.plausible.range"),
        (TABLE, {"keep": True}, "cli.carbon.keep"),
    ],
)
def test_a_table_that_cannot_be_determined(tmp_path: Path, text: str, more: dict[str, Any], code: str) -> None:
    (tmp_path / "assays.csv").write_text(text, "utf-8")
    ask = replace(asked(tmp_path / "assays.csv", fuel="coal", year=2025, enterprise="E"), **more)
    with pytest.raises(Refused) as refused:
        carbon_factor.factor(ask)
    assert code in [item.code for item in refused.value.findings]


def test_a_word_that_is_none_is_refused(tmp_path: Path) -> None:
    ran = run_in(tmp_path, "carbon", "factor", "guess", "x.csv")
    assert ran.code == 2 and "determine" in ran.err


def test_the_works_cite_their_factor_and_explain_their_balance(demo: Path) -> None:
    folder = demo / "carbon"
    ran = run_in(demo.parent, "carbon", "steel", folder / "steel-balance.json", SUYUAN_LANG="zh")
    assert ran.code == 0 and all(word in ran.out for word in ("碳平衡", "库存增加", "碳平衡输出（扣除）", "汽车衡校准"))
    answer = carbon.claim(carbon.MakeClaim(file=folder / "steel-balance.json", data=demo))
    found = carbon.calculate(carbon.Calculate(file=folder / "steel-balance.json")).values["balance"]
    parts = [one for one in answer.values["parts"] if one["kind"] in ("input", "output", "stock")]
    assert found["emission"] == pytest.approx(sum(one["best"] for one in parts))
    by_name = {row["name"]: row["contribution"] for row in found["influences"]}
    weighed = [one for one in found["flows"] if one["name"] not in ("外售高炉煤气", "焦炭库存")]
    net = sum(one["carbon"] * (1 if one["side"] == "input" else -1) for one in weighed)
    assert by_name["汽车衡校准"] == pytest.approx(0.004 * net * 44 / 12)
    assert 0.0 < found["closure"] < 0.2
    digest = json.loads((folder / "steel-balance.json").read_text("utf-8"))["streams"][1]["carbon"]["document"]
    assert digest in {one["digest"] for one in answer.values["evidence"]}
    assert "carbon.factor.cited" not in [item.code for item in answer.findings]
    assert digest == carbon_factor.factor(asked(folder / "factor-coal.json")).values["document"]


def test_published_factors_by_purpose_and_table() -> None:
    """What is asked for and not there is refused, with what there is; a table alone is not passed over."""
    for ask, code, known in (({"purpose": "foo"}, "carbon.factor.purpose", "footprint"),
                             ({"table": "zzz"}, "carbon.factor.table", "China sector guidelines")):  # fmt: skip
        with pytest.raises(Refused) as refused:
            carbon_factor.factor(carbon_factor.AskFactor(**ask))  # type: ignore[arg-type]
        assert refused.value.findings[0].code == code and known in dict(refused.value.findings[0].parameters)["known"]
    of_table = carbon_factor.factor(carbon_factor.AskFactor(table="40 CFR 98 table C-1")).values["factors"]
    assert {row["table"] for row in of_table} == {"40 CFR 98 table C-1"}
    of_purpose = carbon_factor.factor(carbon_factor.AskFactor(purpose="footprint")).values["factors"]
    assert {row["purpose"] for row in of_purpose} == {"footprint"}
    assert len(carbon_factor.factor(carbon_factor.AskFactor()).values["factors"]) > len(of_table) + len(of_purpose)
