"""Series written in five formats and read back by readers that are not ours; u of a mean is rebuilt from each file."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.io import netcdf_file

from suyuan.lake.formats import sensorthings
from suyuan.lake.written.columns import columns
from suyuan.lake.written.files import FORMATS, one_file, save, written
from suyuan.quantity.finding import Refused
from suyuan.series.asof import Status
from suyuan.series.block import NO_TIME, Arrived, from_values
from suyuan.series.gathering import gather
from suyuan.series.periods import SECOND, Periods
from suyuan.series.stream import Stream
from suyuan.series.summary import Resampled, mean, resample
from suyuan.series.view import View, correct

from ..series.certificates import gained

STREAM = Stream(
    "plant-1/t1", "temperature", "1", "PT-01", "hall 2", resolution=Decimal("0.001"), sampling=600.0,
    owner="甲厂", licence="CC-BY-4.0", title="炉温",
)  # fmt: skip
STEP = 600 * SECOND
U = 0.012
ROWS = 120


def seen(random: float | None = U, rows: int = ROWS) -> View:
    """Twenty hours under two certificates that share a reference; the first hours have none, some readings miss."""
    rng = np.random.default_rng(7)
    value = np.round(rng.uniform(10.0, 30.0, rows), 3)
    value[::17] = np.nan
    time = np.arange(rows) * STEP + 1_700_000_000 * SECOND
    start = int(time[0])
    held = [gained("a", start + 12 * STEP), gained("b", start + 60 * STEP)]
    arrived = Arrived(flag=np.arange(rows) % 2, legend=("", "N, normal"))
    return correct(from_values(STREAM, time, value, arrived), STREAM, held, start + 10**15, random)


def hours(view: View) -> Resampled:
    return resample(gather(view, Periods("hour")), STREAM)


def rebuilt(value: Any, random: Any, parts: list[Any]) -> tuple[float, float]:
    """Mean and its u from the columns of a file, by the rule that the file states; NaN rows have no value."""
    there = np.isfinite(np.asarray(value, float))
    n = int(there.sum())
    square = sum(float(np.asarray(c, float)[there].sum() / n) ** 2 for c in parts)
    square += float((np.asarray(random, float)[there] ** 2).sum()) / n**2
    return float(np.asarray(value, float)[there].mean()), float(np.sqrt(square))


def _numbers(texts: list[str]) -> np.ndarray:
    return np.array([float(t) if t else np.nan for t in texts])


Read = Callable[[dict[str, bytes]], tuple[Any, Any, list[Any]]]


def from_parquet(files: dict[str, bytes]) -> tuple[Any, Any, list[Any]]:
    table = pq.read_table(io.BytesIO(files["series.parquet"]))
    forms = {f.name: (f.metadata or {}).get(b"form") for f in table.schema}
    column = {n: table[n].to_pandas().to_numpy(float) for n, form in forms.items() if form or n == "value"}
    [random] = [column[n] for n, form in forms.items() if form == b"random"]
    return column["value"], random, [column[n] for n, form in forms.items() if form == b"systematic"]


def from_csvw(files: dict[str, bytes]) -> tuple[Any, Any, list[Any]]:
    described = json.loads(files["series.csv-metadata.json"])
    rows = list(csv.DictReader(io.StringIO(files[described["url"]].decode("utf-8"))))
    listed = described["tableSchema"]["columns"]
    assert [c["name"] for c in listed] == list(rows[0])
    forms = {c["name"]: c.get("urn:suyuan:form") for c in listed}
    column = {n: _numbers([r[n] for r in rows]) for n in forms if forms[n] or n == "value"}
    [random] = [column[n] for n, form in forms.items() if form == "random"]
    return column["value"], random, [column[n] for n, form in forms.items() if form == "systematic"]


def from_package(files: dict[str, bytes]) -> tuple[Any, Any, list[Any]]:
    package = json.loads(files["datapackage.json"])
    for resource in package["resources"]:
        content = files[resource["path"]]
        assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest() and resource["bytes"] == len(content)
        header = next(csv.reader(io.StringIO(content.decode("utf-8"))))
        assert header == [f["name"] for f in resource["schema"]["fields"]]
    series, influences = (
        list(csv.DictReader(io.StringIO(files[r["path"]].decode("utf-8")))) for r in package["resources"]
    )
    names = [i["name"] for i in influences]
    column = {n: _numbers([r[n] for r in series]) for n in ("value", "random", *names)}
    return column["value"], column["random"], [column[n] for n in names]


def from_sensorthings(files: dict[str, bytes]) -> tuple[Any, Any, list[Any]]:
    [stream] = json.loads(files["series.json"])["Datastreams"]
    rows = stream["Observations"]
    names = [i["name"] for i in stream["properties"]["influences"]]
    value = [np.nan if r["result"] is None else r["result"] for r in rows]
    random = [r["resultQuality"].get("random", np.nan) for r in rows]
    parts = [[r["resultQuality"].get("components", {}).get(n, np.nan) for r in rows] for n in names]
    return value, random, parts


def from_netcdf(files: dict[str, bytes]) -> tuple[Any, Any, list[Any]]:
    file = netcdf_file(io.BytesIO(files["series.nc"]), "r", mmap=False)
    names = file.variables["value"].unc_comps.decode().split()
    forms = {n: file.variables[n].err_corr_1_form.decode() for n in names}
    assert all(file.variables[n].err_corr_1_dim == b"time" for n in names)
    column = {n: file.variables[n][:].copy() for n in (*names, "value")}
    [random] = [column[n] for n in names if forms[n] == "random"]
    return column["value"], random, [column[n] for n in names if forms[n] == "systematic"]


READ: dict[str, Read] = {
    "parquet": from_parquet,
    "csvw": from_csvw,
    "datapackage": from_package,
    "sensorthings": from_sensorthings,
    "netcdf": from_netcdf,
}


def test_every_format_has_a_reader_here() -> None:
    assert READ.keys() == FORMATS.keys()


@pytest.mark.parametrize("format", READ)
def test_the_u_of_a_mean_is_rebuilt_from_the_file(format: str) -> None:
    view = seen()
    value, random, parts = READ[format](dict(written(STREAM, view, format)))
    expected = mean(view)
    assert len(value) == ROWS and np.isfinite(value).sum() == view.counts[Status.VALID] < ROWS
    found = rebuilt(value, random, parts)
    np.testing.assert_allclose(found, (float(expected.value), float(expected.u)), rtol=1e-12)
    forgotten = rebuilt(value, random, [])[1]
    assert forgotten < 0.1 * float(expected.u)  # so that the components matter here


@pytest.mark.parametrize("format", READ)
def test_the_u_of_a_mean_of_hours_is_rebuilt_from_the_file(format: str) -> None:
    by_hour = hours(seen())
    assert by_hour.quantity is not None and not by_hour.known.all()
    value, random, parts = READ[format](dict(written(STREAM, by_hour, format)))
    expected = by_hour.quantity.mean()
    found = rebuilt(value, random, parts)
    np.testing.assert_allclose(found, (float(expected.value), float(expected.u)), rtol=1e-12)


@pytest.mark.parametrize("given", [seen, lambda: hours(seen())])
def test_the_parts_of_each_row_make_its_u(given: Callable[[], View | Resampled]) -> None:
    made = columns(STREAM, given())
    square = made.random**2 + sum(c.value**2 for c in made.components)
    np.testing.assert_allclose(np.sqrt(square), made.u, rtol=1e-12)
    assert np.isnan(made.u).any() and len({(c.influence, c.element) for c in made.components}) == len(made.components)


def test_the_shared_reference_keeps_its_id() -> None:
    made = columns(STREAM, seen())
    [leaf] = [c for c in made.components if c.influence == "f" * 32]
    assert leaf.label == "reference" and (np.nan_to_num(leaf.value) != 0.0).sum() == (made.status == 0).sum()


def test_netcdf_says_what_it_holds() -> None:
    view = seen()
    file = netcdf_file(io.BytesIO(written(STREAM, view, "netcdf")["series.nc"]), "r", mmap=False)
    np.testing.assert_array_equal(file.variables["time"][:], view.block.time)
    words = file.variables["status"].flag_meanings.decode().split()
    assert [words[c] for c in file.variables["status"][:][:2]] == ["missing", "no_certificate"]
    legend = json.loads(file.variables["flag"].legend.decode())
    assert [legend[i] for i in file.variables["flag"][:][:2]] == ["", "N, normal"]
    assert file.title.decode() == "炉温" and file.Conventions == b"CF-1.11"
    legend = json.loads(file.variables["certificate"].legend.decode())
    assert legend[file.variables["certificate"][:][-1]] == "b"


def test_our_own_reader_reads_what_we_wrote_as_sensorthings() -> None:
    view = seen()
    made = sensorthings.read(written(STREAM, view, "sensorthings")["series.json"])
    [stream] = made.streams
    np.testing.assert_array_equal(stream.time, view.block.time)
    np.testing.assert_array_equal(stream.value, view.value)
    np.testing.assert_array_equal(stream.u, view.u)
    assert (stream.name, stream.instrument, stream.place, stream.unit) == ("plant-1/t1", "PT-01", "hall 2", "1")
    by_hour = hours(view)
    [stream] = sensorthings.read(written(STREAM, by_hour, "sensorthings")["series.json"]).streams
    np.testing.assert_array_equal(stream.time, by_hour.begin)
    assert np.datetime64(stream.labels["until"][0][:-1], "us").astype(int) == by_hour.end[0]


def test_times_of_a_table_are_the_times() -> None:
    view = seen()
    rows = list(csv.DictReader(io.StringIO(written(STREAM, view, "csvw")["series.csv"].decode())))
    assert rows[0]["time"] == "2023-11-14T22:13:20Z" and rows[0]["value"] == "" and rows[0]["status"] == "missing"
    assert pq.read_table(io.BytesIO(written(STREAM, view, "parquet")["series.parquet"]))["time"].type.tz == "UTC"


@pytest.mark.parametrize("format", READ)
def test_unknown_is_not_zero(format: str) -> None:
    view = seen(random=None)
    assert [f.code for f in columns(STREAM, view).findings] == ["lake.written.no_u"]
    value, random, parts = READ[format](dict(written(STREAM, view, format)))
    assert np.isfinite(value).any() and np.isnan(np.asarray(random, float)).all() and parts


def test_readings_without_a_time_and_empty_ones(tmp_path: Path) -> None:
    view = seen(rows=3)
    block = from_values(STREAM, [NO_TIME, 0, 1], [1.0, 2.0, 3.0])
    untimed = correct(block, STREAM, view.windows)
    for format in READ:
        files = written(STREAM, untimed, format)
        assert all(files.values())
    empty = correct(from_values(STREAM, [], []), STREAM, view.windows)
    with pytest.raises(Refused, match=r"lake\.written\.empty"):
        written(STREAM, empty, "csvw")


@pytest.mark.parametrize("format", list(FORMATS))
def test_several_blocks_are_as_one(format: str) -> None:
    """Two blocks, the second before the first and under another certificate, give the u of the mean of both."""
    whole = seen(rows=100)
    time, value = whole.block.time, np.where(whole.status == Status.MISSING, np.nan, whole.block.count * 0.001)
    parts = [correct(from_values(STREAM, time[part], value[part]), STREAM, whole.windows, random=U)
             for part in (slice(50, 100), slice(0, 50))]  # fmt: skip
    once = columns(STREAM, whole)
    twice = columns(STREAM, parts)
    assert np.array_equal(once.time, twice.time) and np.array_equal(once.status, twice.status)
    for name in ("value", "u", "random"):
        np.testing.assert_allclose(getattr(twice, name), getattr(once, name), rtol=1e-12)
    named = {(c.influence, c.element): c.value for c in twice.components}
    for c in once.components:
        np.testing.assert_allclose(named[c.influence, c.element], c.value, rtol=1e-12)
    assert twice.certificates[twice.certificate[99]] == once.certificates[once.certificate[99]]
    assert written(STREAM, parts, format).keys() == written(STREAM, whole, format).keys()


def test_a_zip_is_the_package() -> None:
    content, told = one_file(STREAM, hours(seen()), ".zip")
    assert [f.code for f in told] == ["series.resample.incomplete"]
    assert content == one_file(STREAM, hours(seen()), ".zip")[0]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {n: archive.read(n) for n in archive.namelist()} == written(STREAM, hours(seen()), "datapackage")


def test_files_are_there_whole(tmp_path: Path) -> None:
    files = written(STREAM, seen(), "datapackage")
    paths = save(files, tmp_path / "out")
    save(files, tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(files)
    assert paths[-1].name == "datapackage.json" and all(p.read_bytes() == files[p.name] for p in paths)
