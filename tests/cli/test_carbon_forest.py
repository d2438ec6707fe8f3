"""`suyuan carbon forest`: a plant's forests and cases of plots in the reader's words; what is no case of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from suyuan.cli import carbon_forest
from suyuan.cli.carbon import read_claim_file
from suyuan.quantity.finding import Refused

from .conftest import run_in


def test_plots_are_told_in_words(demo: Path) -> None:
    ran = run_in(demo.parent, "carbon", "forest", demo / "carbon" / "plots.json", SUYUAN_LANG="zh")
    assert ran.code == 0 and all(word in ran.out for word in ("由样地估计", "分层抽样", "标准误", "总量"))
    assert "stratified" not in ran.out


def test_the_forests_of_a_document_are_those_of_its_claim(demo: Path) -> None:
    folder = demo / "carbon"
    answer = carbon_forest.forest(carbon_forest.AskForest(file=folder / "forest.json", data=demo))
    (one,) = answer.values["forests"]
    best = read_claim_file(folder / "claim-forest.json").best
    assert (one["uptake"], one["u"]) == pytest.approx((-float(best.value), float(best.u)))
    assert one["estimator"] == "stratified" and one["influences"]
    ran = run_in(demo.parent, "carbon", "forest", folder / "forest.json", "--data", demo, SUYUAN_LANG="zh")
    assert ran.code == 0 and all(word in ran.out for word in ("一年吸收", "分层抽样", "根冠比", "抽样：分层"))


def test_a_design_of_ones_own_in_a_table_of_plots(tmp_path: Path) -> None:
    (tmp_path / "plots.csv").write_text("agb,crown\n98,9.1\n131,12.2\n120,11.6\n64,6.5\n", "utf-8")
    asked = {
        "file": "plots.csv",
        "value_column": "agb",
        "estimator": {"design": "ratio", "auxiliary": "crown", "mean": 8},
    }
    (tmp_path / "case.json").write_text(json.dumps({"kind": "plot_estimator", "input": asked}), "utf-8")
    ran = run_in(tmp_path, "carbon", "forest", "case.json", "--json")
    assert ran.code == 0 and ran.json["mean"] == pytest.approx(8 * (98 + 131 + 120 + 64) / (9.1 + 12.2 + 11.6 + 6.5))
    asked["estimator"]["auxiliary"] = "gone"  # type: ignore[index]
    (tmp_path / "case.json").write_text(json.dumps({"kind": "plot_estimator", "input": asked}), "utf-8")
    ran = run_in(tmp_path, "carbon", "forest", "case.json")
    assert ran.code == 2 and "gone" in ran.err and "/input/estimator/auxiliary" in ran.err


def test_what_is_no_case_of_trees_is_refused_with_those_there_are(demo: Path, tmp_path: Path) -> None:
    """A claim was «None, no kind of case»: a document is told by its own word."""
    other = tmp_path / "rata.json"
    other.write_text('{"kind": "rata", "input": {}}', "utf-8")
    for file, code in ((demo / "carbon" / "claim-forest.json", "typed.kind"), (other, "cli.carbon.case_kind"),
                       (demo / "carbon" / "steel.json", "carbon.wood.none")):  # fmt: skip
        with pytest.raises(Refused) as refused:
            carbon_forest.forest(carbon_forest.AskForest(file=file))
        assert [item.code for item in refused.value.findings] == [code]
        known = dict(refused.value.findings[0].parameters).get("known", "")
        assert str(known).count(",") <= 5  # six kinds, not all sixty


def test_the_template_of_a_forest_brings_its_trees_and_can_be_claimed_as_it_is(tmp_path: Path) -> None:
    ran = run_in(tmp_path, "carbon", "template", "forest.xlsx", "--kind", "forest", "--json")
    assert ran.code == 0 and [Path(name).name for name in ran.json["tables"]] == ["trees.csv"]
    answer = carbon_forest.forest(carbon_forest.AskForest(file=tmp_path / "forest.xlsx"))
    (one,) = answer.values["forests"]
    assert one["uptake"] > one["u"] > 0.0 and not one["u_is_least"]
    (tmp_path / "forest.xlsx").unlink()
    again = run_in(tmp_path, "carbon", "template", "forest.xlsx", "--kind", "forest")
    assert again.code == 2 and "trees.csv" in again.err and not (tmp_path / "forest.xlsx").exists()
