"""Archives in columns: the same content as the JSON form, and nothing that comes from outside raises anything but a
finding."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import suyuan
from suyuan.quantity.archive import archive
from suyuan.quantity.archive.columns import KEY, dump, load
from suyuan.quantity.covariance import covariance
from suyuan.quantity.finding import Refused
from suyuan.quantity.influence import Source, identity
from suyuan.quantity.quantity import Quantity, quantity

from .oracle import models, world
from .reference.make_archive_columns_v1 import results as reference_results

pyarrow = pytest.importorskip("pyarrow", reason="the form in columns needs pyarrow (extra «lake»)")
from pyarrow import parquet  # noqa: E402


def large() -> dict[str, Quantity]:
    """Long and short results of every structure: in order, gathered, weighted, dense, broadcast, scalar, text."""
    rng = np.random.default_rng(3)
    n = 500
    x = quantity(rng.uniform(1, 2, n), rng.uniform(0.1, 0.2, n), "mm", dof=9, label="x", id=identity("x"))
    flat = quantity(rng.uniform(1, 2, (20, 25)), 0.1, "mm", label="flat", id=identity("flat"))
    s = quantity(1.0, 0.01, source=Source("NMI", "S-1", "0"), label="标准", id=identity("s"))
    return {
        "y": x * s + 0.5 * quantity(rng.uniform(1, 2, n), 0.02, "mm", id=identity("z")),
        "residuals": x - x.mean(),
        "steps": x[1:] - x[:-1],
        "table": flat * s,
        "columns": flat.sum(axis=0),
        "half": x[::2],
        "mean": x.mean(),
        "shape": quantity(2.5, None, "V"),
        "empty": quantity(np.zeros((0, 3)), 0.1, "V", id=identity("empty")),
    }


def same(back: archive.Archive, given_: dict[str, Quantity]) -> None:
    for key, q in given_.items():
        read = back.results[key]
        assert read.unit == q.unit and read.shape == q.shape
        np.testing.assert_array_equal(read.value, q.value)
        np.testing.assert_allclose(read.variance, q.variance, rtol=1e-14)
        np.testing.assert_allclose(read.dof, q.dof, rtol=1e-12)
        assert read.same_as(q)


def test_all_structures_survive() -> None:
    given_ = large()
    same(load(dump(given_, {"x": given_["y"]})), given_)
    assert load(dump({})).results == {}
    few = {"a": quantity(1.0, 0.1), "b": quantity([1.0, 2.0], 0.1)}
    same(load(dump(few)), few)


@pytest.mark.parametrize("disclosure", ["full", "grouped", "opaque"])
def test_both_forms_say_the_same(disclosure: archive.Disclosure) -> None:
    """Read together they cancel, in all three disclosures."""
    given_ = {key: q[:12] if q.ndim == 1 and q.size else q for key, q in large().items() if key != "table"}
    options: dict[str, Any] = {"disclosure": disclosure, "name": "A-1", "issued": Source("Lab A", "A-1")}
    json_, columns = archive.load(archive.dump(given_, **options)), load(dump(given_, **options))
    assert columns.disclosure == json_.disclosure == disclosure and columns.intermediate.keys() == set()
    for key, q in json_.results.items():
        assert columns.results[key].same_as(q)
        mine, theirs = columns.results[key].influences(), q.influences()
        assert [i.id for i in mine] == [i.id for i in theirs]
        assert [i.content() for i in mine] == [i.content() for i in theirs]
        assert [(i.source, i.label) for i in mine] == [(i.source, i.label) for i in theirs]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(models(outputs=3))
def test_any_results_survive(drawn: tuple[Callable[..., Any], int]) -> None:
    model, seed = drawn
    w = world(seed)
    given_ = {str(i): q for i, q in enumerate(model(*w.quantities))}
    back = load(dump(given_, intermediate={"x": w.quantities[4]}))
    for key, q in given_.items():
        np.testing.assert_allclose(back.results[key].variance, q.variance, rtol=1e-12, atol=1e-16)
        np.testing.assert_allclose(covariance(back.intermediate["x"], back.results[key]),
                                   covariance(w.quantities[4], q), atol=1e-15)  # fmt: skip


def test_readings_in_order_keep_one_column_and_no_index() -> None:
    """x of 500 readings: its values and one column for u and components; a shared standard adds one."""
    s = quantity(1.0, 0.01, "mm")
    table = parquet.read_table(io.BytesIO(dump({"x": large_x()})))
    assert table.num_columns == 2 and table.num_rows == 500
    table = parquet.read_table(io.BytesIO(dump({"x": large_x() + s * np.linspace(1.0, 2.0, 500)})))
    assert table.num_columns == 3 and {str(c.type) for c in table.columns} == {"double"}
    assert not any(f.nullable for f in table.schema)


def large_x() -> Quantity:
    rng = np.random.default_rng(0)
    return quantity(rng.uniform(1, 2, 500), rng.uniform(0.1, 0.2, 500), "mm", label="x")


def test_the_face_chooses_by_the_ending(tmp_path: Path) -> None:
    """Written by one process, read by another: JSON and Parquet of the same inputs stay correlated."""
    code = """
import sys, numpy as np, suyuan
x = suyuan.quantity(np.linspace(1.0, 2.0, 300), 0.1, "mm", id="a" * 32)
suyuan.save(sys.argv[1], {"x": x})
suyuan.save(sys.argv[2], {"mean": x.mean()}, x=x)
"""
    places = [str(tmp_path / name) for name in ("a.PARQUET", "b.json")]
    run = subprocess.run([sys.executable, "-c", code, *places], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert Path(places[0]).read_bytes()[:4] == b"PAR1" and Path(places[1]).read_bytes()[:1] == b"{"
    x, mean = suyuan.load(places[0])["x"], suyuan.load(places[1])["mean"]
    assert x.mean().same_as(mean)


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(Refused) as refused, np.errstate(over="ignore"):
        dump({"y": quantity(np.ones(100), 1e200) * 1e200})
    assert refused.value.findings[0].code == "quantity.value.not_finite"


def test_without_pyarrow_it_is_told() -> None:
    code = """
import sys
sys.modules["pyarrow"] = None
from suyuan.quantity.archive import columns as archive_columns
from suyuan.quantity.finding import Refused
for work in (lambda: archive_columns.load(b"PAR1"), lambda: archive_columns.dump({})):
    try:
        work()
    except Refused as refused:
        assert refused.findings[0].code == "quantity.archive.no_columns"
    else:
        raise SystemExit(1)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


# ---------------------------------------------------------------- what comes from outside


def remade(change: Callable[[dict[str, Any], dict[str, np.ndarray]], None], seal: bool = True) -> bytes:
    """A file with changed document and columns, and with the digest that belongs to them."""
    from suyuan.quantity.archive.columns import _digest

    table = parquet.read_table(io.BytesIO(dump({"y": large()["y"], "steps": large()["steps"]})))
    document = json.loads(table.schema.metadata[KEY])
    columns = {name: table[name].drop_null().to_numpy() for name in table.column_names}
    change(document, columns)
    if seal:
        body = {key: document.get(key) for key in archive.BODY}
        document["sha256"] = _digest(body, list(columns.values()))
    longest = max(map(len, columns.values()))
    arrays = [pyarrow.array(list(c) + [None] * (longest - len(c)), pyarrow.from_numpy_dtype(c.dtype))
              for c in columns.values()]  # fmt: skip
    made = pyarrow.Table.from_arrays(arrays, names=list(columns))
    sink = io.BytesIO()
    parquet.write_table(made.replace_schema_metadata({KEY: json.dumps(document).encode()}), sink)
    return sink.getvalue()


def refused_by(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        load(data, "here")
    assert refused.value.findings[0].where == "here"
    return refused.value.findings[0].code


def place_of(document: dict[str, Any], result: str = "y") -> dict[str, Any]:
    found: dict[str, Any] = document["results"][result]["value"]
    return found


def test_unchanged_is_read_and_every_change_is_seen() -> None:
    assert set(load(remade(lambda d, c: None)).results) == {"y", "steps"}

    def one_number(document: dict[str, Any], columns: dict[str, np.ndarray]) -> None:
        columns["c0"] = columns["c0"] + np.eye(1, len(columns["c0"]), 7)[0] * 1e-9

    def swapped(document: dict[str, Any], columns: dict[str, np.ndarray]) -> None:
        columns["c0"], columns["c1"] = columns["c1"], columns["c0"]

    def unit(document: dict[str, Any], columns: dict[str, np.ndarray]) -> None:
        document["results"]["y"]["unit"] = "\\\\metre"

    for change in (one_number, swapped, unit):
        assert refused_by(remade(change, seal=False)) == "quantity.archive.altered"


HOSTILE: dict[str, Callable[[dict[str, Any], dict[str, Any]], Any]] = {
    "beyond": lambda d, c: place_of(d).update(columns=[len(c), 1]),
    "none": lambda d, c: place_of(d).update(columns=[0, 0]),
    "negative": lambda d, c: place_of(d).update(columns=[-1, 1]),
    "text": lambda d, c: place_of(d).update(columns="c0"),
    "many": lambda d, c: place_of(d).update(columns=[0, 10**9]),
    "shape": lambda d, c: place_of(d).update(shape=[499]),
    "longer": lambda d, c: place_of(d).update(shape=[501]),
    "no shape": lambda d, c: place_of(d).pop("shape"),
    "huge shape": lambda d, c: place_of(d).update(shape=[10**7, 10**7]),
    "two lengths": lambda d, c: place_of(d, "steps").update(place_of(d)),
    "unused": lambda d, c: c.update(c99=np.ones(500)),
    "index of text": lambda d, c: d["results"]["y"]["blocks"][0].update(index="everything"),
    "index of another size": lambda d, c: d["results"]["steps"]["blocks"][0].update(index="elements"),
    "not a number": lambda d, c: c.update(c0=c["c0"] * np.nan),
    "infinite": lambda d, c: c.update(c0=c["c0"] * np.inf),
    "whole numbers": lambda d, c: c.update(c0=np.ones(len(c["c0"]), np.int32)),
    "no body": lambda d, c: d.pop("results"),
    "no influences": lambda d, c: d.update(influences={}),
    "stranger": lambda d, c: d["results"]["y"]["blocks"][0].update(id=identity("nobody")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name: str) -> None:
    assert refused_by(remade(lambda d, c: HOSTILE[name](d, c) and None)) == "quantity.archive.unreadable"


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_other_versions(version: Any) -> None:
    assert refused_by(remade(lambda d, c: d.update(version=version))) == "quantity.archive.version"


def test_other_bytes() -> None:
    plain = io.BytesIO()
    parquet.write_table(pyarrow.table({"a": [1.0, 2.0]}), plain)
    for data in (b"", b"PAR1", b"PAR1" * 10, b"{}", archive.dump({}), plain.getvalue(), dump(large())[:-100]):
        assert refused_by(data) == "quantity.archive.unreadable"


def test_a_short_file_claims_no_gigabyte() -> None:
    """10⁷ rows of one number each take a few kilobytes when packed; twenty such columns are not unpacked."""
    sink = io.BytesIO()
    one = pyarrow.array(np.ones(4_000_000))
    document = {"suyuan": "archive", "version": 1, "sha256": "", "disclosure": "full", "influences": [], "results": {},
                "intermediate": {}}  # fmt: skip
    table = pyarrow.table({f"c{i}": one for i in range(20)})
    parquet.write_table(table.replace_schema_metadata({KEY: json.dumps(document).encode()}), sink)
    assert len(sink.getvalue()) < 1_000_000
    assert refused_by(sink.getvalue()) == "quantity.archive.unreadable"


ORIGINAL = dump(large())


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_changed_byte_is_refused_or_means_nothing(data: st.DataObject) -> None:
    original = ORIGINAL
    at = data.draw(st.integers(0, len(original) - 1) | st.integers(len(original) - 4000, len(original) - 1))
    changed = original[:at] + bytes([data.draw(st.integers(0, 255))]) + original[at + 1 :]
    try:
        read = load(changed)
    except Refused as refused:
        assert refused.findings[0].code.startswith("quantity.archive.")
        return
    assert read.digest == load(original).digest


# ---------------------------------------------------------------- what was written

FOLDER = Path(__file__).parent / "reference"


def test_version_1_in_columns_is_read_for_ever() -> None:
    """The files lie here unchanged; the values are those of the day when they were written. The JSON file has the
    optional fields of version 1: a sample as parameter, a complex quantity."""
    stated = {
        "volts": (3, 10.030012035999999, 2.2903950846641543e-05, 217.55201029086464),
        "steps": (3, 0.01000001200000078, 1.4637312943339993e-05, 17.998389809183664),
        "residuals": (3, -0.04650000000000021, 1.0309536847016938e-06, 9.403878232392326),
        "table": ((1, 2), 10.270012324, 2.4496094865032663e-05, 123.8917194621924),
        "mean": ((), 10.495012594, 2.145979303154897e-05, 12286.65358078733),
        "wave": (3, 9.98201737775852 + 0.5996407843625237j, 0.010000012797122468 + 0.02000002400143827j, None),
        "constant": ((), 2.5, 0.0, np.inf),
    }
    columns = load((FOLDER / "archive_columns_v1.parquet").read_bytes())
    text = archive.load((FOLDER / "archive_v1_optional.json").read_bytes())
    assert text.digest.startswith("7057a8853899ba00")
    made, between = reference_results()
    for read in (columns, text):
        assert set(read.results) == set(stated) and list(read.intermediate) == ["standard"]
        assert read.intermediate["standard"].same_as(between["standard"])
        for name, (at, value, u, dof) in stated.items():
            q = read.results[name]
            assert q.value[at] == pytest.approx(value, rel=1e-15) and q.u[at] == pytest.approx(u, rel=1e-12)
            assert dof is None or float(q.dof[at]) == pytest.approx(dof, rel=1e-9)
            if not q.is_complex:
                assert q.same_as(made[name])
        (ratio,) = (i for i in read.results["volts"].influences() if i.label == "ratio")
        assert dict(ratio.parameters) == {"values": (0.999998, 1.0, 1.000002)}
        assert covariance(read.results["wave"], read.results["mean"]).shape == (100, 2, 2)
    assert json.loads(archive.dump(made, between)) == json.loads((FOLDER / "archive_v1_optional.json").read_bytes())
