"""Late, repeated and conflicting readings: all are kept, marked, and a rule says which counts; engines agree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("deltalake")

import ibis
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.lake.engine import Engine
from suyuan.lake.marks import Marked, counting_rule, marked
from suyuan.lake.readings import COLUMNS, open_on
from suyuan.lake.table import Lake
from suyuan.quantity.finding import Refused
from suyuan.series.block import NO_TIME, Block
from suyuan.series.stream import Stream


def lake_at(path: Path) -> Lake:
    lake = Lake.create(path, 1)
    lake.declare([Stream("s", "temperature", "degC", "T", resolution=Decimal("0.1")), Stream("z", "mass", "kg", "M")])
    return lake


def part(time: list[int], count: list[int], received: int, resolution: str = "0.1", **more: Any) -> Block:
    return Block("s", "T", np.array(time), np.array(count), Decimal(resolution), received=received, **more)


def table(m: Marked) -> list[tuple[int, float, str, bool]]:
    """Time, value, marks as letters, whether it counts."""
    words = [
        "".join(letter for letter, mark in zip("ldc", marks, strict=True) if mark)
        for marks in zip(m.late, m.duplicate, m.conflict, strict=True)
    ]
    return list(zip(m.time.tolist(), m.value.round(6).tolist(), words, m.counts.tolist(), strict=True))


def test_marks_and_rules(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    lake.append([part([10, 20, 40], [100, 200, 400], received=1)])
    lake.append(
        [part([20, 30, 40], [2000, 3000, 4100], received=2, resolution="0.01")]
    )  # the same value in other units
    lake.append([part([50], [500], received=3), Block("z", "M", np.array([10]), np.array([1]), Decimal(1))])
    assert table(marked(lake, "s")) == [
        (10, 10.0, "", True), (20, 20.0, "", True), (20, 20.0, "ld", False), (30, 30.0, "l", True),
        (40, 40.0, "c", True), (40, 41.0, "c", False), (50, 50.0, "", True),
    ]  # fmt: skip
    found = {rule: marked(lake, "s", rule=rule).counts.tolist() for rule in ("first", "last", "none")}
    assert found == {
        "first": [True, True, False, True, True, False, True],
        "last": [True, False, True, True, False, True, True],
        "none": [True, True, False, True, False, False, True],
    }
    m = marked(lake, "s", 20, 41)
    assert len(m) == 5 and [f.code for f in m.findings] == [
        "lake.readings.conflict", "lake.readings.duplicate", "lake.readings.late",
    ]  # fmt: skip
    assert m.blocks[int(m.block[2])]["received"] == 2 and m.rule["status"] == "proposed"
    assert len(marked(lake, "s", version=1)) == 3 and len(marked(lake, "nobody")) == 0


def test_missing_readings_and_readings_without_a_time(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    lake.append([part([10, 20, NO_TIME], [0, 200, 5], received=1, missing=np.array([True, False, False]))])
    lake.append([part([10, 20, 30], [100, 0, 0], received=2, missing=np.array([False, True, True]), u=0.5)])
    m = marked(lake, "s")
    assert m.time.tolist() == [10, 10, 20, 20, 30, NO_TIME] and not m.conflict.any() and not m.duplicate.any()
    assert m.counts.tolist() == [False, True, True, False, True, False]
    np.testing.assert_array_equal(m.u, [np.nan, 0.5, np.nan, 0.5, 0.5, np.nan])


def test_rules_have_dates(tmp_path: Path) -> None:
    assert counting_rule("last", date(2027, 1, 1))["name"] == "last"
    for name, day in (("last", date(2020, 1, 1)), ("best", None)):
        with pytest.raises(Refused) as caught:
            counting_rule(name, day)
        assert [f.code for f in caught.value.findings] == ["lake.rule.unknown"]


def told(time: Any, value: Any) -> list[str]:
    """Readings as text, so that a missing one is equal to itself."""
    return sorted(f"{t} {v:.9f}" for t, v in zip(time.tolist(), value.tolist(), strict=True))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["first", "last", "none"]))
def test_engines_count_the_same_readings(tmp_path_factory: pytest.TempPathFactory, seed: int, rule: str) -> None:
    """Blocks drawn at random, with repetitions inside and between them."""
    lake = lake_at(tmp_path_factory.mktemp("marks"))
    rng = np.random.default_rng(seed)
    for _ in range(int(rng.integers(1, 5))):
        n = int(rng.integers(1, 15))
        one = part(rng.integers(0, 20, n).tolist(), rng.integers(0, 3, n).tolist(), int(rng.integers(0, 3)),
                   missing=rng.random(n) < 0.2)  # fmt: skip
        lake.append([one])
    m = marked(lake, "s", rule=rule)
    expected = told(m.time[m.counts], m.value[m.counts])
    with Engine(threads=1) as engine:
        open_on(lake, engine, counting=rule)
        t = ibis.table(COLUMNS, name="readings")
        found = engine.run(t.select("time", "count"))
        values = np.ma.filled(np.ma.asarray(found["count"]).astype(float), np.nan) / 10.0
        assert told(found["time"], values) == expected
        open_on(lake, engine, counting=None)
        assert engine.run(t.aggregate(n=t.count()))["n"][0] == len(m)
