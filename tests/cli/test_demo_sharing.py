"""What the demo shares: a dataset of each industry, grants, requests, a log; nothing of it lies in the future."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

pytest.importorskip("deltalake", reason="the lake is an extra: pip install -e '.[lake]'")

from tests.demonstration import TODAY

from suyuan.lake.beside import lake_of
from suyuan.lake.datasets import checked, compared, shelf_of
from suyuan.series.dataset.moment import moment_of
from suyuan.store.folder import Store
from suyuan.verbs.matter.matters import stands

from .conftest import run_in


def test_each_industry_has_a_dataset_that_can_be_computed_again(demo: Path) -> None:
    lake = lake_of(demo)
    versions, damaged = shelf_of(lake).datasets()
    assert not damaged
    assert {v.head.classification.partition(" / ")[2] for v in versions} == {
        "aircraft", "electric vehicles", "environment", "ships",
    }  # fmt: skip
    for version in versions:
        assert not checked(lake, version)
        assert version.certificates and version.head.licence and "Synthetic" in version.head.description["en"]
    early, late = (shelf_of(lake).dataset(f"demo-stack1@{n}") for n in (1, 2))
    assert [p.blocks for p in early.parts] == [p.blocks for p in late.parts]
    found = compared(lake, early, late)
    assert found.beyond > 200 and found.certificates  # the certificate that came late


def test_grants_requests_and_the_log_are_there(demo: Path) -> None:
    shelf = shelf_of(lake_of(demo))
    direct, asked = sorted(shelf.grants()[0], key=lambda g: bool(g.request))
    assert direct.purpose and direct.licence and direct.end and direct.columns and direct.step and direct.masks
    assert asked.request == "D-DEMO-001" and asked.ladder == "statistics"
    lines, broken = shelf.ledger.read()
    assert not broken and [x.use.act for x in lines] == ["read", "refused", "summary"]
    requests = {m.number: m for m in Store(demo).service().matters if m.procedure == "data_request"}
    noon = datetime.fromisoformat(f"{TODAY}T12:00:00+08:00")
    assert {n: stands(m, noon).state.name for n, m in requests.items()} == {
        "D-DEMO-001": "granted", "D-DEMO-002": "asked",
    }  # fmt: skip
    end = moment_of(f"{TODAY}T00:00:00+08:00")
    assert end is not None and all(x.use.time < end for x in lines)


def test_no_reading_was_received_before_it_was_read(demo: Path) -> None:
    rows = lake_of(demo).blocks().select(["stream", "last", "received"]).to_pylist()
    assert rows and [r["stream"] for r in rows if r["received"] < r["last"]] == []
    ran = run_in(demo.parent, "data", "quality", "demo-stack1-so2", "--data", demo, "--json", SUYUAN_LANG="en")
    codes = {f["code"] for f in ran.json["findings"]}
    assert not any("ahead" in code or "future" in code for code in codes), codes


def test_a_certificate_in_two_parts_is_named_once(demo: Path) -> None:
    shown = run_in(demo.parent, "data", "show", "demo-stack1@2", "--data", demo, "--json").json
    by_name = {a["name"]: a["value"] for a in shown["attributes"]}
    named = by_name["dct:provenance"].split("; ")
    assert len(named) == len(set(named)) == 3
    assert len(shown["dataset"]["certificates"]) == 4  # one of them was superseded, and counts until that day


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["c*x", "--of", "c=demo-stack1-so2", "--unit", "1"], "lake.joined.names"),
        (["c", "--of", "demo-stack1-so2", "--unit", "1"], "lake.joined.names"),
        (["c*d", "--of", "c=demo-cell118-current", "--of", "d=demo-block12-x", "--unit", "1"], "lake.joined.none"),
        (["c", "--of", "c=nothing", "--unit", "1"], "lake.stream.none"),
        (["c", "--of", "c=demo-stack1-so2", "--unit", "1", "--by", "year"], "series.periods.kind"),
        (["c", "--of", "c=demo-stack1-so2", "--unit", "1", "--what", "integral"], "cli.series.what"),
        (["c", "--of", "c=demo-stack1-so2", "--unit", "furlongs per"], "quantity.unit.unknown"),
        (["c +", "--of", "c=demo-stack1-so2", "--unit", "1"], "formula.operand_missing"),
    ],
)
def test_a_formula_that_cannot_be_computed_says_why(words: list[str], code: str, demo: Path) -> None:
    ran = run_in(demo.parent, "series", "formula", *words, "--data", demo, "--json")
    assert ran.code == 2 and code in [f["code"] for f in ran.json["findings"]], ran.json["findings"]


def test_a_unit_that_does_not_fit_the_formula_is_refused(demo: Path) -> None:
    streams = ("--of", "c=demo-stack1-so2", "--of", "q=demo-stack1-flow", "--by", "span", "--data", demo, "--json")
    ran = run_in(demo.parent, "series", "formula", "c*q", *streams, "--unit", "kg")
    assert ran.code == 2 and any(f["code"].startswith("formula.unit.") for f in ran.json["findings"])
    ran = run_in(demo.parent, "series", "formula", "c*q", *streams, "--unit", "mg/s")
    assert any(f["code"] == "lake.joined.alone" for f in ran.json["findings"])  # the flow goes on in the gap of SO2
