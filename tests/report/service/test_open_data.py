"""Open data: the same bytes each time, every field explained, nothing confidential, no formula."""

from __future__ import annotations

import csv
import json
from datetime import date
from io import StringIO

import pytest
from tests.centre.test_dossier import sound
from tests.demonstration import demonstration
from tests.report.service.test_documents_of_service import CAPABILITIES, MM, NEED

from suyuan.capability.need import Need, Target
from suyuan.quantity.unit import parse_unit
from suyuan.report.service.coverage_figures import Gap
from suyuan.report.service.drawn import both
from suyuan.report.service.open_data import (
    Dataset,
    Field,
    Indicator,
    capabilities,
    centres,
    gaps,
    indicators,
    needs,
    open_data,
    packed,
)
from suyuan.report.service.published import published
from suyuan.store.folder import Store
from suyuan.verbs.snapshot import snapshot

DAY = date(2026, 11, 23)
SECRET = Need("N-2", {"zh": "机密厂"}, "length", CAPABILITIES[0].interval, Target(1.0, parse_unit("nm")),
              title={"zh": "机密环"}, region="310000", industry="ic", confidential=True)  # fmt: skip


def made() -> dict[str, bytes]:
    sets = (
        indicators([Indicator("C1", "覆盖率", "coverage", 0.6, 0.8, "1", "Z-1", ("row:need/N-1",)),
                    Indicator("C2", "余量", "adequacy", None, None, "1")]),
        capabilities(CAPABILITIES, {CAPABILITIES[0].key: "complete"}),
        centres([sound().centre], {"Z-1": "preparing"}),
        needs([(NEED, "not_accurate"), (SECRET, "cannot")]),
        gaps([Gap("G1", both("台阶", "step"), 60.0, 12, "cannot"),
              Gap("G2", both("机密环", "x"), 80.0, 4, "partly", False)]),
    )  # fmt: skip
    return dict(open_data(sets, DAY, {"zh": "演示市监局"}))


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"))))


def test_the_same_rows_give_the_same_bytes() -> None:
    assert made() == made() and packed(made()) == packed(made())


def test_csv_and_json_say_the_same() -> None:
    files = made()
    for name in ("indicators", "capabilities", "centres", "needs", "gaps"):
        table, values = rows(files[f"{name}.csv"]), json.loads(files[f"{name}.json"])
        assert len(table) == len(values) and table
        for text, value in zip(table, values, strict=True):
            assert set(text) == set(value)
            for key, cell in value.items():
                if isinstance(cell, float):
                    assert float(text[key]) == cell
                else:
                    assert text[key].removeprefix("'") == ("" if cell is None else str(cell))


def test_every_field_is_in_the_dictionary() -> None:
    files = made()
    dictionary = json.loads(files["dictionary.json"])
    assert dictionary["as_of"] == DAY.isoformat() and dictionary["licence_chosen"] is False
    for one in dictionary["datasets"]:
        assert [f["name"] for f in one["fields"]] == list(rows(files[f"{one['name']}.csv"])[0])
        assert all(f["zh"] and f["en"] and f["source"] for f in one["fields"])
    chosen = json.loads(open_data([], DAY, {}, {"zh": "甲"})["dictionary.json"])
    assert chosen["licence"] == {"zh": "甲"} and chosen["licence_chosen"] is True


def test_nothing_confidential_goes_out() -> None:
    everything = b"".join(made().values()).decode("utf-8", "replace")
    for word in ("机密环", "机密厂", "N-2"):
        assert word not in everything
    secret = [row for row in rows(made()["needs.csv"]) if row["confidential"] == "1"]
    assert secret == [dict.fromkeys(secret[0], "") | {"quantity": "length", "verdict": "cannot", "confidential": "1",
                                                     "demo": "0"}]  # fmt: skip


def test_what_is_not_stated_is_empty_and_never_zero() -> None:
    (_, unknown) = rows(made()["indicators.csv"])
    assert unknown["low"] == "" and unknown["high"] == ""
    assert json.loads(made()["indicators.json"])[1]["low"] is None


def test_no_cell_is_a_formula() -> None:
    field = (Field("x", "x", "x"),)
    files = open_data([Dataset("t", "t", "t", field, (("=cmd()",), ("@x",), ("+1",), (-2.5,)))], DAY, {})
    assert [row["x"] for row in rows(files["t.csv"])] == ["'=cmd()", "'@x", "'+1", "-2.5"]


def test_the_sums_are_of_the_files() -> None:
    import hashlib

    files = made()
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    assert len(files["SHA256SUMS"].splitlines()) == len(files) - 1


def test_uncertainty_is_written_with_its_k_and_its_unit() -> None:
    first = rows(made()["capabilities.csv"])[0]
    assert first["uncertainty"] == "Q[0.03, 0.0005L] µm, k=2, L in mm" and first["chain"] == "complete"
    assert (first["low"], first["high"], first["unit"]) == ("0.5", "100", MM.symbol)


def test_a_row_with_a_cell_too_few_is_refused() -> None:
    from suyuan.report.service.open_data import _dataset

    with pytest.raises(ValueError, match="as many cells"):
        _dataset("t", "t", "t", (Field("a", "", ""), Field("b", "", "")), [(1,)])


def test_a_snapshot_of_the_demo_is_published_twice_alike() -> None:
    """Every centre with its indicators, every capability with the state of its chain, nothing confidential."""
    store = Store(demonstration(DAY))
    at = snapshot(store.evidence(), store.service(), DAY)
    files = open_data(published(at), DAY, {"zh": "演示"})
    again = snapshot(store.evidence(), store.service(), DAY)
    assert files == open_data(published(again), DAY, {"zh": "演示"})
    assert {row["centre"] for row in rows(files["indicators.csv"])} <= {c.id for c in at.rows("centre")}
    assert len(rows(files["capabilities.csv"])) == len(at.capabilities)
    assert {row["chain"] for row in rows(files["capabilities.csv"])} >= {"complete", "broken"}
    hidden = [need for need in at.needs if need.confidential]
    everything = b"".join(files.values()).decode("utf-8", "replace")
    assert not [need.id for need in hidden if need.id in everything]
    assert len(rows(files["needs.csv"])) == len(at.needs)
