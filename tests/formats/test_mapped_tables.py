"""CSV, Excel and Parquet by a mapping that is data; mappings proposed with reasons; time zones and missing codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from suyuan.lake.formats.column_mapping import ColumnMapping, TimeColumns, ValueColumn, read_mapping
from suyuan.lake.formats.imported import NO_TIME, Imported
from suyuan.lake.formats.mapped import propose, read
from suyuan.quantity.finding import Refused, sentences


def codes(made: Imported) -> list[str]:
    return [f.code for f in made.findings]


@pytest.fixture(scope="module")
def air(reference: Path) -> bytes:
    return (reference / "data" / "airquality" / "AirQualityUCI.csv").read_bytes()


def test_air_quality(air: bytes) -> None:
    """9357 rows from 2004-03-10 18:00 to 2005-04-04 14:00, no gap; 1683 of the CO values are -200."""
    proposal = propose(air)
    assert proposal.mapping.time == TimeColumns(("Date", "Time"), ("%Y-%m-%d %H:%M:%S",))
    assert proposal.mapping.missing == ("-200",) and len(proposal.mapping.values) == 13
    assert all(v.unit == "" for v in proposal.mapping.values), "«CO(GT)» is no gigatesla"
    made = read(air, mapping=proposal.mapping.to_bytes(), zone="Etc/GMT-1")
    rows = list(csv.DictReader(io.StringIO(air.decode("utf-8-sig"))))
    assert len(rows) == 9357 and made.unread == {} and made.local
    said = [f for f in made.findings if f.code != "formats.missing.code"]
    assert [(f.code, dict(f.parameters)["zone"]) for f in said] == [("formats.time.local", "Etc/GMT-1")]
    codes = {dict(f.parameters)["column"]: dict(f.parameters)["count"] for f in made.findings if f not in said}
    assert len(codes) == 13 and codes["CO(GT)"] == "1683"
    for stream in made.streams:
        printed = np.array([float(r[stream.name]) for r in rows])
        assert np.array_equal(stream.value, np.where(printed == -200, np.nan, printed), equal_nan=True)
        assert (stream.flag_texts == "-200").tolist() == (printed == -200).tolist()
    co = made.streams[0]
    assert (co.name, int(np.isnan(co.value).sum()), co.resolution) == ("CO(GT)", 1683, 0.1)
    assert co.time[0] == 1_078_938_000_000_000 and (np.diff(co.time) == 3_600_000_000).all()


def test_air_quality_was_not_recorded_in_civil_time(air: bytes) -> None:
    """Hours that the clocks of Italy skipped stand in the file: told, and without an instant."""
    made = read(air, mapping=propose(air).mapping, zone="Europe/Rome")
    told = {f.code: dict(f.parameters)["count"] for f in made.findings if f.code != "formats.missing.code"}
    assert told == {"formats.time.local": "9357", "formats.time.never": "2", "formats.time.twice": "1"}
    assert int((made.streams[0].time == NO_TIME).sum()) == 3


ORIGINAL = (
    "Date;Time;CO(GT);T;;\n10/03/2004;18.00.00;2,6;13,6;;\n13/03/2004;19.00.00;-200;13,3;;\n"
    "14/03/2004;20.00.00;2;-200;;\n;;;;;\n;;;;;\n"
)
"""In the form in which the data were first published: decimal comma, day first, empty columns and rows at the end."""


def test_decimal_comma_empty_columns_and_rows() -> None:
    proposal = propose(ORIGINAL.encode())
    plan = proposal.mapping
    assert (plan.decimal, plan.separator, plan.missing) == (",", ";", ("-200",))
    assert plan.time.patterns == ("%d/%m/%Y %H.%M.%S",)
    made = read(ORIGINAL.encode(), mapping=plan, zone="UTC")
    assert [s.value.tolist()[0] for s in made.streams] == [2.6, 13.6]
    assert made.streams[0].flag_texts.tolist() == ["", "-200", ""] and made.streams[0].time[0] == 1_078_941_600_000_000
    assert made.unread == {"empty column": 2, "empty row": 2}


def test_mapping_is_data() -> None:
    plan = ColumnMapping(
        (ValueColumn("v", "level", "length", "mm", flag="f", u="s", resolution=0.5),),
        TimeColumns(("t",), ("unix s",)),
        separator="\t",
        missing=("-9",),
        labels=("who",),
        instrument="L-7",
    )
    assert read_mapping(plan.to_bytes()) == plan
    made = read(
        b"t\tv\ts\tf\twho\textra\n1700000000.5\t4.5\t0.1\tM\tann\t1\n1700000060\t-9\t0.1\t\tbo\t2\n", mapping=plan
    )
    (stream,) = made.streams
    assert stream.time.tolist() == [1_700_000_000_500_000, 1_700_000_060_000_000] and not made.local
    assert stream.flag_texts.tolist() == ["M", "-9"] and stream.u is not None and stream.u.tolist() == [0.1, 0.1]
    assert (stream.resolution, stream.instrument, stream.labels["who"].tolist()) == (0.5, "L-7", ["ann", "bo"])
    assert made.unread == {"column extra": 2}


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"values": [{"column": "v", "unit": "florps"}]}, "quantity.unit.unknown", "/values/0/unit"),
        ({"values": [{}]}, "typed.field.missing", "/values/0/column"),
        ({"layout": "tall"}, "typed.field.choice", "/layout"),
        ({"layout": "long"}, "typed.field.missing", "/names"),
        ({"time": {"columns": ["t"], "patterns": ["dd.mm"]}}, "formats.mapping.pattern", "/time/patterns/0"),
        ({"separator": ";;"}, "formats.mapping.separator", "/separator"),
        ({"missing": "-200"}, "formats.mapping.texts", "/missing"),
        ({"header": -4}, "formats.mapping.header", "/header"),
        ({"values": [{"column": "v", "resolution": 0}]}, "formats.mapping.resolution", "/values/0/resolution"),
    ],
)
def test_faults_of_a_mapping_at_their_place(change: dict[str, object], code: str, place: str) -> None:
    with pytest.raises(Refused) as refused:
        read_mapping(json.dumps({"suyuan": "column mapping", "values": [{"column": "v"}]} | change).encode())
    assert (refused.value.findings[0].code, refused.value.findings[0].where) == (code, place)


def test_a_column_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(Refused) as refused:
        read(b"time;Temperature\n1;2\n2;3\n", mapping=ColumnMapping((ValueColumn("temperature"),)))
    (told,) = refused.value.findings
    assert told.code == "formats.mapping.column" and dict(told.parameters)["nearest"] == "Temperature"


LONG = "时间,测点,数值,单位\n" + "".join(
    f"2024-05-01 0{i}:00:00,{p},{v + i},{u}\n"
    for i in range(4)
    for p, v, u in (("甲", 1.5, "MPa"), ("乙", 20.0, "degC"))
)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_long_layout(encoding: str) -> None:
    proposal = propose(LONG.encode(encoding))
    assert proposal.mapping.layout == "long" and proposal.mapping.units == "单位"
    made = read(LONG.encode(encoding), mapping=proposal.mapping, zone="Asia/Shanghai")
    assert [(s.name, s.unit, s.value.tolist()) for s in made.streams] == [
        ("甲", "MPa", [1.5, 2.5, 3.5, 4.5]),
        ("乙", "degC", [20.0, 21.0, 22.0, 23.0]),
    ]
    assert made.streams[1].time[0] == 1_714_492_800_000_000, "2024-04-30T16:00Z"


def test_workbook_and_parquet() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    from datetime import datetime

    import pyarrow as pa
    import pyarrow.parquet as arrow_parquet

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Station 3"], ["time", "p (kPa)"], [datetime(2024, 5, 1), 101.25], [datetime(2024, 5, 1, 1), -999]):
        sheet.append(row)
    book.create_sheet("notes")
    stream = io.BytesIO()
    book.save(stream)
    made = read(stream.getvalue(), mapping=propose(stream.getvalue()).mapping, zone="UTC")
    assert made.format == "excel" and made.streams[0].unit == "kPa" and made.unread == {"sheet": 1}
    assert np.array_equal(made.streams[0].value, [101.25, np.nan], equal_nan=True)
    assert made.streams[0].time.tolist() == [1_714_521_600_000_000, 1_714_525_200_000_000]

    table = pa.table(
        {
            "when": pa.array([1_714_521_600_000, None], pa.timestamp("ms", "Asia/Shanghai")),
            "q [m3/h]": pa.array([1.5, None]),
            "note": ["a", "b"],
        }
    )
    sink = io.BytesIO()
    arrow_parquet.write_table(table, sink)
    made = read(sink.getvalue(), mapping=propose(sink.getvalue()).mapping)
    assert made.streams[0].time.tolist() == [1_714_521_600_000_000, NO_TIME] and not made.local
    assert made.streams[0].unit == "m3/h" and np.isnan(made.streams[0].value[1])


def test_zones_written_in_the_file_and_mixed_with_bare_ones() -> None:
    plan = ColumnMapping((ValueColumn("v"),), TimeColumns(("t",)))
    made = read(
        b"t;v\n2024-05-01T08:00:00.25+08:00;1\n2024-05-01T00:00:00Z;2\n2024-05-01 00:00:00;3\n2024-02-30 00:00:00;4\n",
        mapping=plan,
    )
    assert made.streams[0].time.tolist() == [1_714_521_600_250_000, 1_714_521_600_000_000, NO_TIME, NO_TIME]
    told = {f.code: f.where for f in made.findings}
    mixed, bare = "formats.time.mixed", "formats.time.no_zone"
    assert told == {mixed: "line 2", bare: "line 4", "formats.time.unreadable": "line 5"}
    said = next(f for f in made.findings if f.code == mixed)
    for part in ("+00:00: 1, first in line 3", "+08:00: 1, first in line 2", "no zone: 1, first in line 4"):
        assert part in sentences(said, "en")["what"]
    same = read(b"t;v\n2024-05-01T08:00:00+00:00;1\n2024-05-01T00:00:00Z;2\n", mapping=plan)
    assert same.findings == (), "Z and +00:00 are one zone"


def test_unknown_zone_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        read(
            b"t;v\n2024-05-01;1\n2024-05-02;2\n",
            mapping=ColumnMapping((ValueColumn("v"),), TimeColumns(("t",))),
            zone="Mars/X",
        )
    assert refused.value.findings[0].code == "formats.time.zone_unknown"


def test_day_and_month_that_cannot_be_told_apart() -> None:
    proposal = propose(b"date,v\n01/02/2024,1\n02/02/2024,2\n03/02/2024,4\n")
    (doubt,) = [r for r in proposal.reasons if r.severity == "warning"]
    assert doubt.code == "formats.proposed.day_or_month" and dict(doubt.parameters)["other"] == "%m/%d/%Y"
    clear = propose(b"date,v\n01/02/2024,1\n22/02/2024,2\n").mapping
    assert clear.time.patterns == ("%d/%m/%Y",)


def test_a_million_bad_rows_are_counted_and_the_rest_is_read() -> None:
    rows = np.arange(100_000)
    lines = [f"{i},{i / 8}" if i % 10 else f"{i},bad" for i in rows]
    lines[500] = "only one"
    made = read(("n,v\n" + "\n".join(lines)).encode(), mapping=ColumnMapping((ValueColumn("v"),), labels=()))
    told = {f.code: dict(f.parameters) for f in made.findings}
    assert told["formats.number.unreadable"]["count"] == "9999", "one of the 10 000 fell out with its row"
    assert told["formats.table.width"]["line"] == "502"
    assert int(np.isfinite(made.streams[0].value).sum()) == 90_000
    assert made.streams[0].flags == ("", "bad")


def test_resolution_is_the_last_printed_place() -> None:
    plan = ColumnMapping(tuple(ValueColumn(c) for c in "abcde"))
    made = read(b"a,b,c,d,e\n1.50,1,1e-3,0.138888888888889,\n22.5,2,2.5e-3,0.277777777777778,\n", mapping=plan)
    assert [s.resolution for s in made.streams] == [0.01, 1.0, 0.0001, None, None]


def test_without_mapping_the_proposed_one_is_used_and_said() -> None:
    made = read(b"time,v [bar]\n2024-05-01 00:00:00,1.5\n2024-05-01 01:00:00,1.6\n", zone="UTC")
    assert codes(made) == ["formats.mapping.proposed", "formats.time.local"] and made.streams[0].unit == "bar"
    assert made.facts["mapping"]["values"] == [{"column": "v [bar]", "name": "v", "unit": "bar"}]


def test_energy_balance_table(reference: Path) -> None:
    data = (reference / "data" / "own" / "energy_balance.csv").read_bytes()
    made = read(data, zone="UTC")
    rows = list(csv.reader(io.StringIO(data.decode())))
    assert {len(s.value) for s in made.streams} == {len(rows) - 1}


def test_a_first_row_taken_for_the_header_is_told() -> None:
    made = read(b"2024-05-01 00:00:00,1.5\n2024-05-01 01:00:00,1.6\n", zone="UTC")
    assert made.findings[0].code == "formats.table.header_is_data" and made.findings[0].where == "line 1"


def test_line_ends_of_every_kind() -> None:
    plan = ColumnMapping((ValueColumn("v"),))
    for end in ("\n", "\r\n", "\r"):
        made = read(end.join(("n,v", "1,2.5", "2,3.5", "")).encode(), mapping=plan)
        assert made.streams[0].value.tolist() == [2.5, 3.5] and made.unread == {"column n": 2}, repr(end)
