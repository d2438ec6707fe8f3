"""A lake of Delta tables: all or none, once, by several writers, killed at any moment; what went in comes back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("deltalake")

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.lake.engine import Engine
from suyuan.lake.layout import readings_schema
from suyuan.lake.readings import COLUMNS, block, blocks_between, open_on, read
from suyuan.lake.table import Lake
from suyuan.lake.upkeep import compact, keeping_rule, publish, published, retire, vacuum
from suyuan.quantity.finding import Refused
from suyuan.series.block import NO_TIME, Block
from suyuan.series.stream import Stream

MINUTE, START = 60_000_000, 1_767_225_600_000_000 - 3_600_000_000  # an hour before 2026: blocks go over a month's end


def stream(name: str) -> Stream:
    return Stream(name, "mass concentration", "mg/m3", "CEMS-1", resolution=Decimal("0.1"), sampling=60)


def made(name: str, n: int = 200, seed: int = 1, start: int = 0, **more: Any) -> Block:
    rng = np.random.default_rng(seed)
    time_of = START + (start + np.arange(n)) * MINUTE
    return Block(name, "CEMS-1", time_of, np.cumsum(rng.integers(-5, 6, n)), Decimal("0.1"), **more)


def lake_at(path: Path, *names: str, groups: int = 2) -> Lake:
    lake = Lake.create(path / "lake", groups)
    lake.declare([stream(name) for name in names])
    return lake


def code(caught: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [f.code for f in caught.value.findings]


def test_a_block_comes_back_as_it_was(tmp_path: Path) -> None:
    lake = lake_at(tmp_path, "so2", "nox")
    plain = made("so2", received=5, source="ab" * 32, configuration="range 1", u=0.25)
    rng = np.random.default_rng(3)
    time_of = START + rng.integers(0, 100, 300) * MINUTE  # repeated, out of order, some not known
    time_of[[3, 250]] = NO_TIME
    odd = Block(
        "nox", "CEMS-1", time_of, rng.integers(-(2**40), 2**40, 300), Decimal("0.001"),
        missing=rng.random(300) < 0.1, flag=rng.integers(0, 3, 300).astype(np.int32), legend=("", "D", "停"),
        u=rng.random(300),
    )  # fmt: skip
    empty = Block("nox", "CEMS-1", np.zeros(0, int), np.zeros(0, int), Decimal("0.001"))
    timeless = Block("nox", "CEMS-1", np.full(2, NO_TIME), np.array([1, 2]), Decimal("0.001"))
    done = lake.append([plain, odd, empty, timeless])
    assert done.readings == 502 and len(done.new) == 4 and not done.known
    for one in (plain, odd, empty, timeless):
        found = block(lake, one.digest)
        assert found.digest == one.digest and found.received == one.received and found.source == one.source
        np.testing.assert_array_equal(found.value, one.value)
    assert [b.digest for b in blocks_between(lake, "so2", START, START + MINUTE)] == [plain.digest]
    assert list(blocks_between(lake, "so2", START + 10**12)) == []
    assert lake.streams() == (stream("nox"), stream("so2"))
    with pytest.raises(Refused) as caught:
        block(lake, "0" * 64)
    assert code(caught) == ["lake.block.unknown"]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.booleans(), st.booleans())
def test_any_block_comes_back(
    tmp_path_factory: pytest.TempPathFactory, seed: int, n: int, gaps: bool, own: bool
) -> None:
    lake = lake_at(tmp_path_factory.mktemp("any"), "s")
    rng = np.random.default_rng(seed)
    time_of = START + rng.integers(-(10**6), 10**6, n) * MINUTE
    one = Block(
        "s", "CEMS-1", time_of, rng.integers(-(2**62), 2**62, n), Decimal("0.1"),
        missing=rng.random(n) < 0.3 if gaps else None, u=rng.random(n) if own else None,
    )  # fmt: skip
    lake.append([one])
    assert block(lake, one.digest).digest == one.digest


def test_the_same_block_twice_is_one(tmp_path: Path) -> None:
    lake = lake_at(tmp_path, "so2")
    one = made("so2")
    lake.append([one])
    again = Lake(lake.folder).append([made("so2", received=9), made("so2", seed=2, start=500)])
    assert again.known == (one.digest,) and len(again.new) == 1
    assert lake.append([one, one]).new == ()
    assert lake.blocks().num_rows == 2 and read(lake, "so2").num_rows == 400


def test_a_stream_that_is_not_declared_stops_the_whole_append(tmp_path: Path) -> None:
    lake = lake_at(tmp_path, "so2")
    with pytest.raises(Refused) as caught:
        lake.append([made("so2"), made("co")])
    assert code(caught) == ["lake.stream.unknown"]
    assert lake.blocks().num_rows == 0 and read(lake, "so2").num_rows == 0
    assert not list((lake.folder / "readings").rglob("*.parquet"))
    with pytest.raises(Refused) as caught:
        Lake(tmp_path / "nothing")
    assert code(caught) == ["lake.folder.none"]


WRITER = """
import sys, numpy as np
from decimal import Decimal
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.lake.test_table import made
from suyuan.lake.table import Lake
lake = Lake({folder!r})
"""


def writer(lake: Lake, body: str) -> subprocess.Popen[str]:
    root = str(Path(__file__).resolve().parents[2])
    text = WRITER.format(root=root, folder=str(lake.folder)) + body
    return subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


KILLED = """
import os, signal
from suyuan.lake import table
def die(*given): print("readings stand", flush=True); os.kill(os.getpid(), signal.SIGKILL)
Lake._stand = die
lake.append([made("so2", 1000, 7)])
"""


def test_killed_between_readings_and_blocks(tmp_path: Path) -> None:
    """The readings are in their table, the block is not: they are in no answer; the second try counts once."""
    lake = lake_at(tmp_path, "so2")
    lake.append([made("so2")])
    process = writer(lake, KILLED)
    out, err = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL and "readings stand" in out, err[-2000:]
    held = lake.table("readings").get_add_actions(flatten=True)
    assert sum(pa.table(held)["num_records"].to_pylist()) == 1200
    assert read(lake, "so2").num_rows == 200 and lake.blocks().num_rows == 1
    with Engine(threads=1) as engine:
        open_on(lake, engine)
        assert engine.run(ibis.table(COLUMNS, name="readings").aggregate(n=ibis._.count()))["n"][0] == 200
    lake.append([made("so2", 1000, 7)])
    assert read(lake, "so2").num_rows == 1200
    assert compact(lake).dropped == 0  # they may still be on their way
    rule = {**keeping_rule(), "orphan_hours": -1}
    assert compact(lake, rule).dropped == 1000
    assert read(lake, "so2").num_rows == 1200 and block(lake, made("so2", 1000, 7).digest)


ENDLESS = """
for number in range(10_000):
    lake.append([made("so2", 500, number, 1000 * number)])
    print(number, flush=True)
"""


def test_killed_at_any_moment(tmp_path: Path) -> None:
    lake = lake_at(tmp_path, "so2")
    told = 0
    for wait in (0.0, 0.013, 0.031):
        process = writer(lake, ENDLESS)
        assert process.stdout is not None
        for _ in range(3):
            line = process.stdout.readline()
            assert line, process.communicate()[1][-2000:]
            told = max(told, int(line) + 1)
        time.sleep(wait)
        process.kill()
        rest, _ = process.communicate(timeout=60)
        told = max([told, *(int(x) + 1 for x in rest.split())])
        rows = lake.blocks()
        assert rows.num_rows >= told and sum(rows["n"].to_pylist()) == read(lake, "so2").num_rows
    for digest in lake.blocks()["digest"].to_pylist():
        assert len(block(lake, digest)) == 500


FOUR = """
for number in range(5):
    lake.append([made("so2", 100, number, 200 * number), made("nox", 50, WHO * 100 + number, 1000 * WHO + 60 * number)])
print("done", flush=True)
"""


def test_four_writers_at_once(tmp_path: Path) -> None:
    """All write the same five blocks of one stream, and each five of its own of another."""
    lake = lake_at(tmp_path, "so2", "nox")
    processes = [writer(lake, FOUR.replace("WHO", str(who))) for who in range(4)]
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert "done" in out, err[-3000:]
    assert lake.blocks("so2").num_rows == 5 and lake.blocks("nox").num_rows == 20
    assert read(lake, "so2").num_rows == 500 and read(lake, "nox").num_rows == 1000
    rule = {**keeping_rule(), "orphan_hours": -1}
    compact(lake, rule)
    assert read(lake, "so2").num_rows == 500 and read(lake, "nox").num_rows == 1000


MERGER = """
from suyuan.lake.upkeep import compact
compact(lake)
print("done", flush=True)
"""


def test_two_merges_and_an_append_at_once(tmp_path: Path) -> None:
    """The log of Delta would take both merges, and leave each row twice."""
    lake = lake_at(tmp_path, "so2", "nox")
    for number in range(12):
        lake.append([made("so2", 100, number, 200 * number), made("nox", 100, number, 200 * number)])
    processes = [writer(lake, MERGER), writer(lake, MERGER), writer(lake, FOUR.replace("WHO", "9"))]
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert "done" in out, err[-3000:]
    files = pa.table(lake.table("readings").get_add_actions(flatten=True))
    assert sum(files["num_records"].to_pylist()) == sum(lake.blocks()["n"].to_pylist()) == 2650
    assert read(lake, "so2").num_rows == 1200 and read(lake, "nox").num_rows == 1450


def test_a_lake_of_before_gets_a_new_column(tmp_path: Path) -> None:
    """Its old readings have it empty; a column that somebody added is left alone."""
    from deltalake import DeltaTable, Field
    from deltalake.schema import PrimitiveType

    import suyuan.lake.table as table

    full = readings_schema()
    older = pa.schema([f for f in full if f.name != "u"])
    real, table.readings_schema = table.readings_schema, lambda: older
    try:
        lake = lake_at(tmp_path, "so2")
    finally:
        table.readings_schema = real
    old = pa.table({"stream": ["so2"], "block": [1], "row": pa.array([0], pa.int32()), "time": [START],
                    "count": [7], "flag": pa.nulls(1, pa.int32()), "part": pa.array([0], pa.int32()),
                    "month": pa.array([202512], pa.int32())})  # fmt: skip
    from deltalake import write_deltalake

    write_deltalake(str(lake.folder / "readings"), old, mode="append")
    DeltaTable(str(lake.folder / "readings")).alter.add_columns([Field("remark", PrimitiveType("string"))])
    assert "u" not in [f.name for f in lake.table("readings").schema().fields]
    one = made("so2", u=np.full(200, 0.5))
    lake.append([one])
    assert {"u", "remark"} <= {f.name for f in lake.table("readings").schema().fields}
    assert block(lake, one.digest).digest == one.digest
    with Engine(threads=1) as engine:
        engine.delta("all", lake.folder / "readings")
        t = ibis.table({"u": "float64", "remark": "string", "count": "int64"}, name="all")
        found = engine.run(t.aggregate(n=t.count(), u=t["u"].count(), remark=t["remark"].count()))
        assert [found[name][0] for name in ("n", "u", "remark")] == [201, 200, 0]
    compact(lake)
    assert block(lake, one.digest).digest == one.digest


def test_earlier_versions(tmp_path: Path) -> None:
    lake = lake_at(tmp_path, "so2")
    first = lake.append([made("so2")])
    time.sleep(0.01)
    moment = time.time_ns() // 1000
    time.sleep(0.01)
    lake.append([made("so2", seed=2, start=1000)])
    assert lake.version_at(moment) == first.version
    assert read(lake, "so2", version=first.version).num_rows == 200 and read(lake, "so2").num_rows == 400
    compact(lake, {**keeping_rule(), "orphan_hours": -1})
    vacuum(lake, hours=0)
    assert read(lake, "so2", version=first.version).num_rows == 200  # from the merged files
    with Engine(threads=1) as engine:
        open_on(lake, engine, version=first.version)
        assert engine.run(ibis.table(COLUMNS, name="readings").aggregate(n=ibis._.count()))["n"][0] == 200
    with pytest.raises(Refused) as caught:
        lake.version_at(0)
    assert code(caught) == ["lake.version.before"]
    with pytest.raises(Refused) as caught:
        lake.blocks(version=99)
    assert code(caught) == ["lake.delta.unreadable"]


@pytest.mark.parametrize("named", [True, False])
def test_what_is_published_stays(tmp_path: Path, named: bool) -> None:
    lake = lake_at(tmp_path, "so2", "nox")
    version = lake.append([made("so2"), made("nox")]).version
    if named:
        assert publish(lake, "2025 hourly") == version and publish(lake, "2025 hourly") == version
    lake.append([made("so2", seed=4, start=5000)])
    assert retire(lake, START + 10**11, ("so2", "nox")) == 2
    assert read(lake, "nox").num_rows == 0 and read(lake, "so2").num_rows == 200
    steps: list[tuple[int, int]] = []
    compact(lake, {**keeping_rule(), "orphan_hours": -1}, lambda done, total: steps.append((done, total)))
    assert steps and steps[-1][0] == steps[-1][1]
    assert vacuum(lake, hours=0, dry=True) == vacuum(lake, hours=0)
    if named:
        assert read(lake, "nox", version=version).num_rows == 200 and published(lake) == {"2025 hourly": version}
        with pytest.raises(Refused) as caught:
            publish(lake, "2025 hourly")
        assert code(caught) == ["lake.version.named"]
    else:
        with pytest.raises(Refused) as caught:
            read(lake, "nox", version=version)
        assert code(caught) == ["lake.version.gone"]


def test_other_streams_are_not_read(tmp_path: Path) -> None:
    """With every other file gone, a stream is still read."""
    names = [f"s{i}" for i in range(6)]
    lake = lake_at(tmp_path, *names, groups=1)
    for name in names:
        lake.append([made(name)])
    for file in (lake.folder / "readings").rglob("*.parquet"):
        if pq.read_table(file, columns=["stream"], partitioning=None)["stream"][0].as_py() != "s3":
            file.unlink()
    assert read(lake, "s3").num_rows == 200
    with Engine(threads=1) as engine:
        open_on(lake, engine, streams=["s3"])
        assert engine.run(ibis.table(COLUMNS, name="readings").aggregate(n=ibis._.count()))["n"][0] == 200


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    lake = lake_at(tmp_path, "so2")
    one = made("so2", 20)
    lake.append([one])
    (file,) = {p.parent: p for p in (lake.folder / "readings").rglob("*.parquet")}.values()
    table = pq.read_table(file, partitioning=None)
    counts = table["count"].to_numpy().copy()
    counts[4] += 1
    pq.write_table(table.set_column(table.column_names.index("count"), "count", pa.array(counts)), file)
    with pytest.raises(Refused) as caught:
        block(lake, one.digest)
    assert code(caught) == ["lake.block.damaged"]


def test_storage_of_regular_data(tmp_path: Path) -> None:
    lake = lake_at(tmp_path, "so2")
    lake.append([made("so2", 300_000)])
    size = sum(p.stat().st_size for p in (lake.folder / "readings").rglob("*.parquet"))
    assert size / 300_000 <= 1.5


def test_progress_and_settings(tmp_path: Path) -> None:
    lake = lake_at(tmp_path, "so2", groups=3)
    steps: list[tuple[int, int]] = []
    lake.append([made("so2"), made("so2", seed=2, start=900)], lambda done, total: steps.append((done, total)))
    assert steps == [(1, 2), (2, 2)]
    assert Lake.create(lake.folder, groups=7).groups == 3
    assert json.loads((lake.folder / "lake.json").read_text("utf-8"))["groups"] == 3
    assert lake.declare([stream("so2")]) == 0
    assert lake.declare([Stream("so2", "mass concentration", "mg/m3", "CEMS-2")]) == 1
    assert lake.streams()[0].instrument == "CEMS-2"
    assert os.access(lake.folder, os.W_OK) and shutil.disk_usage(lake.folder).free
