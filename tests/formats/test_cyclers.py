"""Battery cyclers: three exports against counts of the csv module, and what their values show of faults."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from suyuan.lake.formats import cycler
from suyuan.lake.formats.header_unit import header
from suyuan.lake.formats.imported import NO_TIME, Imported, RawStream
from suyuan.lake.intake import Given, brought
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import parse_unit


def sample(reference: Path, name: str) -> bytes:
    return (reference / "data" / "battery" / name).read_bytes()


def rows(data: bytes, skip: int = 0) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("\n".join(data.decode("utf-8-sig").splitlines()[skip:]))))


def stream(made: Imported, column: str) -> RawStream:
    return next(s for s in made.streams if s.facts["column"] == column)


def codes(made: Imported) -> list[str]:
    return [f.code for f in made.findings]


@pytest.mark.parametrize(
    ("name", "skip", "maker", "count"),
    [
        ("batmo_bdf_first2000.csv", 0, "BDF", 2000),
        ("neware_uio_first2000.csv", 0, "Neware-like", 2000),
        ("pec_Test25209.csv", 45, "PEC", 281),
    ],
)
def test_every_row_and_value(reference: Path, name: str, skip: int, maker: str, count: int) -> None:
    data = sample(reference, name)
    made = cycler.read(data, zone="Europe/Oslo")
    expected = rows(data, skip)
    assert made.format == maker and len(expected) == count
    for one in made.streams:
        assert len(one.value) == count
        if one.unit:
            parse_unit(one.unit)
        if "printed as" not in one.facts:
            printed = [r[one.facts["column"]] for r in expected]
            assert np.array_equal(one.value, [float(p) if p else np.nan for p in printed], equal_nan=True)


def test_neware(reference: Path) -> None:
    """1279 CC DChg and 721 Rest rows; lowest voltage 0.0598 V; a damaged unit; discharge negative."""
    made = cycler.read(sample(reference, "neware_uio_first2000.csv"), zone="Europe/Oslo")
    voltage = stream(made, "Voltage(V)")
    kinds = voltage.labels["Step Type"]
    assert ((kinds == "CC DChg").sum(), (kinds == "Rest").sum()) == (1279, 721)
    assert voltage.value.min() == 0.0598 and voltage.resolution == 0.0001 and voltage.quantity == "voltage"
    assert voltage.time[0] == 1_652_884_072_000_000, "2022-05-18T14:27:52Z"
    assert made.local and made.facts["sign of current"] == "charge positive"
    assert stream(made, "Contact resistance(mO)").unit == ""
    damaged = next(f for f in made.findings if f.code == "formats.unit.damaged")
    assert dict(damaged.parameters)["unit"] == "mΩ"
    assert stream(made, "Time").value[:3].tolist() == [0.0, 60.0, 120.0] and stream(made, "Time").unit == "s"


def test_bdf(reference: Path) -> None:
    made = cycler.read(sample(reference, "batmo_bdf_first2000.csv"))
    assert [s.unit for s in made.streams] == ["h", "A", "V", "Ah", "Ah"]
    assert made.facts["sign of current"] == "discharge positive"
    assert codes(made).count("formats.cycler.reset") == 2 and "formats.cycler.discharge_positive" in codes(made)
    assert all((s.time == NO_TIME).all() for s in made.streams), "the file counts from its own start"


def test_pec(reference: Path) -> None:
    made = cycler.read(sample(reference, "pec_Test25209.csv"), zone="Europe/Brussels")
    assert made.facts["test"]["Test"] == "25209" and made.facts["test"]["TestRegime CellSize"] == "1500 mAh"
    assert stream(made, "Voltage (V)").value[0] == 3.7525636
    assert {"formats.time.day_or_month", "formats.cycler.sign_unknown"} <= set(codes(made))
    assert stream(made, "Voltage (V)").labels["Real Time"][0] == "01/09/2026 15:08:38", "kept, as it is not understood"


HEADER = "Step Type,Step Index,Current(A),Voltage(V),DChg. Cap.(Ah)\n"


def test_impossible_voltages_are_told_with_their_rows_and_kept() -> None:
    made = cycler.read((HEADER + "Rest,1,0,3.3,0\nRest,1,0,-0.2,0\nRest,1,0,9.9,0\nRest,1,0,3.3,0\n").encode())
    told = next(f for f in made.findings if f.code == "formats.cycler.voltage")
    assert dict(told.parameters)["lines"] == "3, 4" and stream(made, "Voltage(V)").value.tolist() == [
        3.3,
        -0.2,
        9.9,
        3.3,
    ]


def test_resets_and_falls_are_told_apart() -> None:
    made = cycler.read(
        (HEADER + "CC DChg,1,-1,3.3,0.5\nCC DChg,1,-1,3.2,0.4\nCC DChg,2,-1,3.3,0\nCC DChg,2,-1,3.2,0.1\n").encode()
    )
    told = {f.code: dict(f.parameters)["lines"] for f in made.findings if "column" in dict(f.parameters)}
    assert told == {"formats.cycler.fall": "3", "formats.cycler.reset": "4"}


def test_magnitude_without_sign_and_wrong_unit() -> None:
    made = cycler.read(
        b"Step Type,Current(V),Voltage(V)\nCC Chg,1.0,3.3\nCC DChg,1.0,3.2\nRest,0,3.2\nCC DChg,1.0,3.1\n"
    )
    assert {"formats.cycler.magnitude", "formats.unit.dimension"} <= set(codes(made))


def test_cut_and_foreign_rows_are_kept_aside() -> None:
    made = cycler.read((HEADER + "Rest,1,0,3.3,0\nRest,1,0\nRest,1,0,3.3,0\nRest,1,0,x,0\nRest,1,0,3.").encode())
    assert made.unread["row of another width"] == 2
    told = {f.code: f.where for f in made.findings}
    assert told["formats.table.width"] == "line 3" and told["formats.number.unreadable"] == "line 5"
    voltage = stream(made, "Voltage(V)")
    assert voltage.value[:2].tolist() == [3.3, 3.3] and voltage.flag_texts.tolist() == ["", "", "x"]


@pytest.mark.parametrize(
    ("text", "unit", "state"),
    [
        ("Current(A)", "A", "stated"),
        ("温度（℃）", "℃", "stated"),
        ("Total Time (Hours in hh:mm:ss.xxx)", "h", "stated"),
        ("CO(GT)", "", "unknown"),
        ("R(m\ufffd)", "", "damaged"),
        ("Temp(癈)", "", "damaged"),
        ("Voltage", "", "none"),
    ],
)
def test_units_of_headers(text: str, unit: str, state: str) -> None:
    made = header(text)
    assert (made.unit, made.state) == (unit, state)


def test_no_cycler() -> None:
    with pytest.raises(Refused) as refused:
        cycler.read(b"a,b\n1,2\n3,4\n")
    assert refused.value.findings[0].code == "formats.file.other"


def test_workbook() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["Step Type", "Current(A)", "Voltage(V)"], ["CC DChg", -1, 3.3], ["CC DChg", -1, 3.25]):
        book.active.append(row)
    sink = io.BytesIO()
    book.save(sink)
    made = cycler.read(sink.getvalue())
    assert (
        stream(made, "Voltage(V)").value.tolist() == [3.3, 3.25] and made.facts["sign of current"] == "charge positive"
    )


def test_numbers_of_a_calculation_go_in(reference: Path) -> None:
    """All five columns of a BDF export: to 15 digits without a word, to the stated step with it; times from a start."""
    made = cycler.read(sample(reference, "batmo_bdf_first2000.csv"))
    bare = brought(made, Given(received=1))
    assert all(one.block is not None for one in bare)
    assert "lake.intake.start" in {f.code for one in bare for f in one.findings}
    for one, raw in zip(bare, made.streams, strict=True):
        assert one.block is not None
        assert np.abs(one.block.value - raw.value).max() <= 5e-15 * np.abs(raw.value).max()
    begin = 1_772_323_200_000_000
    done = brought(made, Given(received=1, resolution="0.001", resolutions={"Current": "0.000001"}, start=begin))
    current = done[1].block
    assert current is not None and current.resolution == Decimal("0.000001") and current.span is not None
    assert current.span[0] == begin + round(0.138888888888889 * 3600e6)
    u = np.broadcast_to(np.asarray(current.u, dtype=float), len(current))
    assert np.allclose(u, 1e-6 / 12**0.5)
    [told] = [f for f in done[1].findings if f.code == "lake.intake.rounded"]
    assert 0 < float(dict(told.parameters)["change"]) <= 0.51e-6


def test_a_printed_number_is_not_rounded() -> None:
    made = cycler.read(b"Test Time / h,Current / A,Voltage / V\n0.1,-1.5,3.21\n0.2,-1.5,3.16\n")
    assert [one.block is None for one in brought(made, Given(received=1, resolution="0.1"))] == [False, False, True]


def test_a_start_for_a_file_with_times_is_refused(reference: Path) -> None:
    made = cycler.read(sample(reference, "neware_uio_first2000.csv"), zone="Europe/Oslo")
    with pytest.raises(Refused, match="--start"):
        brought(made, Given(received=1, start=0))
