"""The hours of a stack made by an engine, on DuckDB and on Sail, are those that its rows make in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from suyuan.carbon.monitoring.hours.engine_rows import Shelf
from suyuan.carbon.monitoring.hours.minutes import Minutes
from suyuan.carbon.monitoring.hours.month import Course
from suyuan.carbon.monitoring.year.year import StackYear
from suyuan.lake.engine import Running, open_engine
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused
from suyuan.verbs.carbon.stack import course_of, stack_year
from suyuan.verbs.carbon.stack_engine import told_by, year_told

from .stacks import HJ75, HOURS, KNOWN, LEGEND, PART75, YEAR, ZONE, certificate, certificates, law, minutes, plant

MONTHS = (2, 3)
HOUR = 3_600_000_000
LOST = {2: [(60 * 600, 200, 2), (60 * 30, 60 * 8, 3), (500, 12, 1)], 3: [(60 * 5, 60 * 9, 2), (60 * 700, 90, 5)]}
CLASSES = dict(enumerate(LEGEND))


@pytest.fixture(scope="module", params=["duckdb", "sail"])
def engine(request: pytest.FixtureRequest) -> Iterator[Running]:
    pytest.importorskip("duckdb")
    if request.param == "duckdb":
        with open_engine("duckdb", threads=1) as duck:
            yield duck
        return
    server = pytest.importorskip("pysail.spark", reason="pysail is not installed").SparkConnectServer()
    pytest.importorskip("pyspark", reason="pyspark-client is not installed")
    server.start()
    host, port = server.listening_address
    with open_engine(f"sc://{host}:{port}") as spark:
        yield spark
    server.stop()


def given() -> dict[int, Minutes]:
    """Two months with gaps, calibrations, a stop, and readings that are absent, beyond the range and impossible."""
    found = {month: minutes(month, lost=LOST[month], hours=24 * 6) for month in MONTHS}
    columns = {name: column.copy() for name, column in found[2].columns.items()}
    columns["co2"][700:720] = np.nan
    columns["velocity"][900:960] = -9999.0
    columns["temperature"][1500:1560] = 0.0  # plausible, and yet beyond the range of the certificate
    columns["co2"][2000:2100] = 80.0
    columns["moisture"][2200:2300] = 0.0
    columns["co2"][2400:2410] = 0.0
    columns["load"] = 300.0 + 50.0 * np.sin(np.arange(len(columns["co2"])) / 500.0)
    columns["load"][3000:3200] = 0.0  # while the gas says that it burns
    columns["load"][4000:4100], columns["co2"][4000:4100] = 0.0, 0.2
    columns["load"][5000:5005] = np.nan
    found[3] = replace(found[3], columns={**found[3].columns, "load": np.full(len(found[3]), 310.0)})
    found[2] = Minutes(found[2].time, columns, found[2].flags, found[2].source)
    return found


def every() -> list[Correction]:
    march = int(HOURS.begin[HOURS.of_month(3).start])
    known = [one for one in certificates() if one.instrument not in ("temperature-1", "pressure-1")]
    return [*known, certificate("temperature", range=(80.0, 180.0)), certificate("pressure", until=march + 50 * HOUR),
            certificate("velocity", since=march + 30 * HOUR, number="velocity-C2", scale=0.5)]  # fmt: skip


def course(scheme: str = HJ75, corrections: list[Correction] | None = None) -> Course:
    return course_of(
        plant(0.1, load="load"), law(scheme), every() if corrections is None else corrections, KNOWN, YEAR, ZONE
    )


def shelf(folder: Path, rows: dict[int, Minutes], engine: Running, stamps: bool) -> Shelf:
    """The rows as a Parquet file, known to an engine."""
    time = np.concatenate([one.time for one in rows.values()])
    table = {name: np.concatenate([one.columns[name] for one in rows.values()]) for name in rows[2].columns}
    table["status"] = np.concatenate([one.flags[0].code for one in rows.values()]).astype(np.int64)
    kinds = dict.fromkeys(table, "float64") | {"status": "int64", "time": "timestamp('UTC')" if stamps else "int64"}
    table["time"] = pa.array(time, pa.timestamp("us", "UTC")) if stamps else time
    path = folder / "rows.parquet"
    pq.write_table(pa.table(table), path)
    engine.parquet("rows", path)
    return Shelf("rows", kinds, "time", "status", CLASSES)


def same(found: StackYear, wanted: StackYear) -> None:
    np.testing.assert_array_equal(found.reason, wanted.reason)
    np.testing.assert_array_equal(found.operating, wanted.operating)
    for name in ("value", "legal", "best"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), rtol=1e-12)
    for kind in ("legal", "best"):
        a, b = found.total(kind), wanted.total(kind)
        np.testing.assert_allclose([float(a.value), float(a.u)], [float(b.value), float(b.u)], rtol=1e-12)
    assert found.findings == wanted.findings and len(found.findings) > 3


@pytest.mark.parametrize("stamps", [False, True], ids=["numbers", "timestamps"])
def test_hours_of_an_engine_are_those_of_rows(engine: Running, tmp_path: Path, stamps: bool) -> None:
    rows, made = given(), course()
    told = told_by(engine.run, made, shelf(tmp_path, rows, engine, stamps), "rows")
    found = year_told(told, made, law(), KNOWN, MONTHS)
    wanted = stack_year(made, law(), KNOWN, rows.__getitem__, MONTHS)
    same(found, wanted)
    for month in MONTHS:
        a, b = (year.made.months[month].month for year in (found, wanted))
        assert a.ends == b.ends and a.shown == b.shown and set(a.expired) == set(b.expired)
        np.testing.assert_array_equal(a.events.begin, b.events.begin)
        np.testing.assert_array_equal(a.events.mark, b.events.mark)
        np.testing.assert_array_equal(a.burning, b.burning)
        np.testing.assert_allclose(a.load, b.load, rtol=1e-13)
        assert {k: (v.minutes, v.zeros, v.low, v.high) for k, v in a.implausible.items()} == {
            k: (v.minutes, v.zeros, v.low, v.high) for k, v in b.implausible.items()
        }
    assert found.made.months[2].month.implausible and len(found.made.months[2].month.burning)


def test_a_row_that_stands_twice_is_refused(engine: Running, tmp_path: Path) -> None:
    rows, made = given(), course()
    one = rows[3]
    rows[3] = one.taken(np.append(np.arange(len(one)), 5))
    with pytest.raises(Refused) as caught:
        told_by(engine.run, made, shelf(tmp_path, rows, engine, False), "rows")
    assert [f.code for f in caught.value.findings] == ["carbon.engine.twice"]


def test_rows_beside_their_minute_are_not_taken_for_doubles(engine: Running, tmp_path: Path) -> None:
    """Two rows within one minute at different times: not told by the cheap look, but by the full one."""
    rows, made = given(), course()
    time = rows[3].time.copy()
    time[100] = time[101] + 1_000_000
    rows[3] = replace(rows[3], time=np.sort(time))
    told = told_by(engine.run, made, shelf(tmp_path, rows, engine, False), "rows")
    same(year_told(told, made, law(), KNOWN, MONTHS), stack_year(made, law(), KNOWN, rows.__getitem__, MONTHS))


def test_a_certificate_that_begins_within_an_hour_is_no_hindrance(engine: Running, tmp_path: Path) -> None:
    rows = given()
    late = certificate("co2", since=int(HOURS.begin[HOURS.of_month(3).start]) + 37 * 60_000_000, number="co2-C2")
    made = course(HJ75, [*every(), late])
    told = told_by(engine.run, made, shelf(tmp_path, rows, engine, False), "rows")
    same(year_told(told, made, law(), KNOWN, MONTHS), stack_year(made, law(), KNOWN, rows.__getitem__, MONTHS))


def test_a_flag_without_a_class_is_refused(engine: Running, tmp_path: Path) -> None:
    known = shelf(tmp_path, given(), engine, False)
    few = Shelf(known.name, known.kinds, known.time, known.status, {0: "measured", 1: "calibration"})
    with pytest.raises(Refused) as caught:
        told_by(engine.run, course(), few, "rows")
    assert [f.code for f in caught.value.findings] == ["carbon.stack.mark"]


def test_what_an_engine_cannot_do_is_refused_with_the_reason() -> None:
    kinds = dict.fromkeys(("co2", "velocity", "temperature", "pressure", "load"), "float64") | {"moisture": "string"}
    with pytest.raises(Refused) as caught:
        told_by(lambda _: {}, course(PART75), Shelf("rows", {**kinds, "time": "string"}, "time"), "rows")
    codes = [f.code for f in caught.value.findings]
    assert codes == ["carbon.engine.scheme", "carbon.engine.column", "carbon.engine.column"]  # moisture and time


def test_hours_of_an_engine_are_those_of_utc_wherever_the_machine_stands() -> None:
    """DuckDB compares times by the zone of its session, which is the machine's: in Shanghai hours were missing."""
    line = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        __file__,
        "-k",
        "are_those_of_rows and duckdb",
    ]
    ran = subprocess.run(line, capture_output=True, text=True, check=False, env={**os.environ, "TZ": "Asia/Shanghai"})
    assert ran.returncode == 0 and "2 passed" in ran.stdout, ran.stdout[-2000:]
