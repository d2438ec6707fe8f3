"""DuckDB on files and Arrow tables: types, names, what cannot be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from suyuan.lake.engine import Engine
from suyuan.quantity.finding import Refused
from suyuan.quantity.formula.formula import Formula
from suyuan.series.propagated import propagated
from suyuan.series.reading import Independent, Reading
from suyuan.series.rows import rows
from suyuan.series.sums import sums


def code(caught: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [f.code for f in caught.value.findings]


def test_parquet_files_are_one_table(tmp_path: Path) -> None:
    files = []
    for part in range(3):
        files.append(tmp_path / f"{part}.parquet")
        pq.write_table(pa.table({"x": np.arange(4.0) + part, "day": np.full(4, part)}), files[-1])
    p = propagated(Formula("2*x"), {"x": Reading("x", independent=Independent(0.1))}, table="meter")
    with Engine(threads=1, memory="200MB") as engine:
        engine.parquet("meter", *files)
        totals = engine.sums(sums(p, by=["day"]))
        order = np.argsort(totals.keys["day"])
        np.testing.assert_array_equal(totals.keys["day"][order], [0, 1, 2])
        np.testing.assert_allclose(totals.quantities["result"].value[order], [12.0, 20.0, 28.0])
        np.testing.assert_allclose(totals.quantities["result"].u, 0.4)
        table = engine.arrow_table(rows(p, ["day"]).expression)
        assert table.column_names == ["day", "value", "u", "own_1"] and table.num_rows == 12


@pytest.mark.parametrize("kind", ["int32", "int64", "float32", "decimal128(9, 2)", "uint8"])
def test_numbers_of_any_type_are_computed_in_double_precision(kind: str) -> None:
    """Integers would overflow or be divided as integers elsewhere, and decimals be rounded."""
    of_type = pa.decimal128(9, 2) if kind.startswith("decimal") else getattr(pa, kind)()
    values = pa.array([200.0, 201.0, 203.0]).cast(of_type)
    with Engine(threads=1) as engine:
        engine.arrow("readings", pa.table({"x": values, "n": pa.array([7, 7, 9])}))
        p = propagated(Formula("x*x*x*x/n"), {"x": Reading("x"), "n": Reading("n")})
        found = engine.sums(sums(p, by=["n"]))
        assert found.keys["n"].dtype.kind == "i"
        order = np.argsort(found.keys["n"])
        expected = [(200.0**4 + 201.0**4) / 7.0, 203.0**4 / 9.0]
        np.testing.assert_allclose(found.quantities["result"].value[order], expected, rtol=1e-14)


def test_names_that_are_not_there(tmp_path: Path) -> None:
    p = propagated(Formula("x"), {"x": Reading("flow")})
    with Engine(threads=1) as engine:
        with pytest.raises(Refused) as caught:
            engine.sums(sums(p))
        assert code(caught) == ["lake.table.unknown"]
        engine.arrow("readings", pa.table({"flow_1": [1.0]}))
        with pytest.raises(Refused) as caught:
            engine.sums(sums(p))
        assert code(caught) == ["lake.column.unknown"]
        assert dict(caught.value.findings[0].parameters)["nearest"] == "flow_1"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 no parquet at all")
    with Engine(threads=1) as engine:
        for path, expected in ((tmp_path / "absent.parquet", "missing"), (broken, "unreadable")):
            with pytest.raises(Refused) as caught:
                engine.parquet("readings", path)
            assert code(caught) == [f"lake.file.{expected}"] and str(path) in caught.value.findings[0].where


def test_text_in_a_column_of_readings_is_refused() -> None:
    with Engine(threads=1) as engine:
        engine.arrow("readings", pa.table({"x": ["1.0", "fault"]}))
        with pytest.raises(Refused) as caught:
            engine.sums(sums(propagated(Formula("x"), {"x": Reading("x")})))
        assert code(caught) == ["lake.query.failed"]
        assert "fault" in dict(caught.value.findings[0].parameters)["reason"]
