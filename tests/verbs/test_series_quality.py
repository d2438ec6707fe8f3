"""What rules of quality take from certificates, and lineage from certificates, blocks and files."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

import numpy as np
import pytest

from suyuan.series.dataset.version import DatasetVersion, Head, Part
from suyuan.series.stream import Stream
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.series.lineage import Held, Papers, dataset_lineage, summary_lineage
from suyuan.verbs.series.quality import broken, circumstances, found_and_left
from tests.verbs.test_corrections import certificate, declared, join, statement, typed

DAY = date(2026, 11, 29)
NOW = 1_796_000_000_000_000
FILE, BLOCK = "f" * 64, "b" * 64
START = 1_780_000_000_000_000
STREAM = Stream("hall", "Celsius temperature", "degC", "T-7")
ROW = {"digest": BLOCK, "stream": "hall", "instrument": "T-7", "configuration": "", "source": FILE, "first": START,
       "last": START + 10_000_000, "n": 10, "received": START}  # fmt: skip


def _both(found: str = "0.50", left: str = "0.02", names: tuple[str, str] = ("调修前误差", "调修后误差")) -> Any:
    rows = [{"name": name, "value": value, "unit": "degC", "U": "0.04", "k": "2"}
            for name, value in zip(names, (found, left), strict=True)]  # fmt: skip
    return typed("C-1", "2026-01-05", rows)


@pytest.mark.parametrize(
    "names",
    [("调修前误差", "调修后误差"), ("error as found", "error as left"), ("Before adjustment", "After adjustment")],
)
def test_as_found_and_as_left_are_read_by_what_results_are_called(names: tuple[str, str]) -> None:
    ((before, after),) = found_and_left(_both(names=names), DAY)
    assert (float(before.value[0]), float(after.value[0])) == (0.50, 0.02)
    assert not found_and_left(_both(names=("error", "repeatability")), DAY)
    assert not found_and_left(_both(names=("error as found", "repeatability")), DAY)


def test_circumstances_carry_the_difference_with_its_u() -> None:
    c = _both()
    made = join(Evidence((c,)), declared(c, parameters={"offset": {"place": "1/0"}}))
    around = circumstances(Evidence((c,)), made, ["T-7"], NOW, DAY, UTC)
    (one,) = around.adjusted
    d = one.found - one.left
    assert np.isclose(float(d.value), 0.48) and np.isclose(float(d.u), 0.02 * 2**0.5)
    assert one.instrument == "T-7" and one.time == made.corrections[0].valid_from
    assert not circumstances(Evidence((c,)), made, ["other"], NOW, DAY, UTC).adjusted


def test_what_is_wrong_above_a_certificate_and_not_its_own_withdrawal() -> None:
    c = certificate("C-1", "2026-01-05")
    gone = statement("withdrawn", c, "2026-06-01", "2026-06-02")
    evidence = Evidence((c,), statements=(gone,))
    made = join(evidence, declared(c))
    told = broken(evidence, made, ["T-7"])
    assert set(told) == {one.id for one in made.corrections}
    assert {f.code for found in told.values() for f in found} == {"traceability.anchor.absent"}
    assert not broken(evidence, made, ["other"])


def test_lineage_of_a_summary_and_of_a_dataset() -> None:
    c = certificate("C-1", "2026-01-05")
    evidence = Evidence((c,))
    made = join(evidence, declared(c))
    papers = Papers(made.corrections, made.used, evidence)
    held = Held([STREAM], [ROW])
    found = summary_lineage(STREAM, START, START + 5_000_000, NOW, held, papers)
    assert [n.kind for n in found.nodes] == ["summary", "stream", "block", "file", "correction", "certificate"]
    links = {(k.of.split()[0], k.on.split()[0], k.how, k.state) for k in found.links}
    assert links == {
        ("summary", "stream", "part", ""), ("stream", "block", "holds", ""), ("block", "file", "from", ""),
        ("stream", "correction", "corrected", "valid"), ("correction", "certificate", "states", ""),
    }  # fmt: skip
    assert found.of_kind("certificate")[0].id == f"certificate {c.digest}"
    assert [f.code for f in found.findings] == ["traceability.anchor.absent"]
    version = DatasetVersion(
        Head("hall", "1", {"en": "hall"}), (Part(STREAM, None, None, (BLOCK, "c" * 64), 20),), (), NOW, "", "d" * 64
    )
    whole = dataset_lineage(version, held, papers)
    assert whole.of_kind("file")[0].id == f"file {FILE}" and whole.to_json()["root"] == f"dataset {'d' * 64}"
    assert "series_quality.lineage.block" in {f.code for f in whole.findings}


def test_lineage_says_what_it_does_not_have() -> None:
    c = certificate("C-1", "2026-01-05")
    evidence = Evidence((c,))
    made = join(evidence, declared(c))
    nowhere = Papers(made.corrections, {}, evidence)
    found = summary_lineage(STREAM, None, None, NOW, Held([STREAM], [{**ROW, "source": ""}]), nowhere)
    assert {f.code for f in found.findings} == {"series_quality.lineage.source", "series_quality.lineage.certificate"}
    late = summary_lineage(STREAM, START + 20_000_000, None, NOW, Held([STREAM], [ROW]), nowhere)
    assert [n.kind for n in late.nodes] == ["summary", "stream"]


def test_a_withdrawn_certificate_is_in_the_lineage_with_its_state() -> None:
    c = certificate("C-1", "2026-01-05")
    evidence = Evidence((c,), statements=(statement("withdrawn", c, "2026-01-06", "2026-01-07"),))
    made = join(evidence, declared(c))
    found = summary_lineage(STREAM, None, None, NOW, Held([STREAM], [ROW]),
                            Papers(made.corrections, made.used, evidence))  # fmt: skip
    assert {k.state for k in found.links if k.how == "corrected"} == {"withdrawn"}
