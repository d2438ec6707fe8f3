"""`suyuan lake import`, bad input: zones are told, a unit goes to its column, what cannot be read does not go in."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Ran, run_in

ROOM = "time;T;RH\n2026-03-01 00:00:00;20.1;45\n2026-03-01 00:10:00;20.2;46\n2026-03-01 00:20:00;20.3;47\n"
ONE = "time;T [degC]\n2026-03-01 00:00:00;20.1\n2026-03-01 00:10:00;20.2\n2026-03-01 00:20:00;20.3\n"
MIXED = "time;T [degC]\n2026-03-01T00:00:00+08:00;20.1\n2026-03-01T00:10:00;20.2\n2026-03-01T00:20:00+02:00;20.3\n"
FOLD = """time;T [degC]
2026-10-25 01:30:00;20.1
2026-10-25 02:00:00;20.2
2026-10-25 02:30:00;20.3
2026-10-25 02:00:00;20.4
2026-10-25 02:30:00;20.5
2026-10-25 03:00:00;20.6
"""


def brought(folder: Path, text: str | bytes, *more: object, zone: str = "Asia/Shanghai") -> Ran:
    """Import one file with these bytes."""
    (folder / "a.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    zones = ("--zone", zone) if zone else ()
    return run_in(folder, "lake", "import", "a.csv", "--instrument", "T-7", "--data", "d", "--json", *zones, *more)


def told(ran: Ran, code: str) -> dict[str, str]:
    """The English sentences and the place of one finding."""
    [item] = [f for f in ran.json["findings"] if f["code"] == code]
    return {**item["en"], "where": item["where"]}


def codes(ran: Ran) -> set[str]:
    return {f["code"] for f in ran.json["findings"]}


def untouched(folder: Path) -> bool:
    """Whether no block stands."""
    if not (folder / "d").exists():
        return True
    return run_in(folder, "lake", "blocks", "--data", "d", "--json").json["blocks"] == []


def test_times_without_a_zone_and_the_one_that_was_taken_are_told(tmp_path: Path) -> None:
    ran = brought(tmp_path, ONE)
    what = told(ran, "formats.time.local")["what"]
    assert ran.code == 0 and "3" in what and "line 2" in what and "Asia/Shanghai" in what
    shown = run_in(tmp_path, "lake", "import", "a.csv", "--dry", "--zone", "Asia/Shanghai")
    assert "read in Asia/Shanghai" in " ".join(shown.out.split())
    zoned = ONE.replace(";2", "Z;2").replace(" 00:", "T00:")
    assert "formats.time.local" not in codes(brought(tmp_path, zoned, zone=""))


def test_several_zones_in_one_column_are_told_with_their_rows(tmp_path: Path) -> None:
    what = told(brought(tmp_path, MIXED), "formats.time.mixed")["what"]
    for part in ("+08:00: 1, first in line 2", "no zone: 1, first in line 3", "+02:00: 1, first in line 4"):
        assert part in what


def test_a_unit_goes_to_its_column(tmp_path: Path) -> None:
    ran = brought(tmp_path, ROOM, "--unit", "degC")
    assert ran.code == 2 and "T, RH" in told(ran, "lake.intake.unit_several")["why"] and untouched(tmp_path)
    ran = brought(tmp_path, ROOM, "--unit", "T=degC", "--unit", "RH=%")
    assert ran.code == 0 and [s["unit"] for s in ran.json["files"][0]["streams"]] == ["degC", "%"]
    half = brought(tmp_path, ROOM, "--unit", "T=degC", "--stream", "T=a", "--stream", "RH=b")
    assert half.code == 1 and told(half, "lake.intake.unit")["where"].startswith("b") and half.json["new"] == 1
    assert brought(tmp_path, ROOM, "--unit", "X=degC").code == 2
    assert brought(tmp_path, ROOM, "--unit", "T=degC", "--unit", "RH=%", "--quantity", "temperature").code == 2
    stated = brought(tmp_path, ONE, "--unit", "K")
    assert stated.code == 2 and "degC" in told(stated, "lake.intake.unit_stated")["what"]
    assert brought(tmp_path, ONE, "--unit", "degC", "--stream", "again").code == 0


def test_a_unit_beside_a_mapping_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROOM)
    assert run_in(tmp_path, "lake", "mapping", "propose", "a.csv", "--out", "m.json").code == 0
    for option, text in (("--unit", "degC"), ("--quantity", "temperature")):
        ran = brought(tmp_path, ROOM, "--mapping", "m.json", option, text)
        assert ran.code == 2 and option in ran.err and untouched(tmp_path)


CUT = b"##0142QN=20240501080000001;ST=31;CN=2011;PW=123456;MN=A1;Flag=5;CP=&&DataTime=20240501080000;a21026-Rtd=8.25"


@pytest.mark.parametrize(
    ("text", "more", "code"),
    [
        (ONE, (), "formats.time.no_zone"),
        (ONE.replace("2026-03-01", "1 Mar 26"), ("--zone", "UTC"), "formats.time.unreadable"),
        (ONE.replace("2026-03-01", "2026-13-41"), ("--zone", "UTC"), "formats.time.unreadable"),
        (ONE.replace(".", ":"), ("--zone", "UTC"), "formats.table.no_numbers"),
        ("time;T [degC]\n2026-03-01 00:00;a\n2026-03-01 00:10;b\n", ("--zone", "UTC"), "formats.table.no_numbers"),
        (CUT, (), "lake.hj212.cut"),
        (b"K0100 1\nK2001/1 a\n", (), "lake.intake.none"),
    ],
)
def test_what_cannot_be_read_at_all_does_not_go_in(
    tmp_path: Path, text: str | bytes, more: tuple[str, ...], code: str
) -> None:
    ran = brought(tmp_path, text, *more, zone="")
    assert ran.code == 2 and code in codes(ran), codes(ran)
    assert untouched(tmp_path)


def test_columns_that_hold_no_number_are_named_and_the_way_on_is_said(tmp_path: Path) -> None:
    text = "when;what\n2026-03-01 00:00:00;20.1 C\n2026-03-01 00:10:00;20.2 C\n"
    said = told(brought(tmp_path, text, zone="UTC"), "formats.table.no_numbers")
    assert "when, what" in said["what"] and "20.1 C" in said["why"] and "mapping propose" in said["remedy"]


def test_one_unreadable_column_stays_out_and_the_others_go_in(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(
        '{"suyuan": "column mapping", "separator": ";", "time": {"columns": ["time"]}, "values": '
        '[{"column": "T", "unit": "degC"}, {"column": "RH", "unit": "%"}]}'
    )
    odd = ROOM.replace(";45", ";wet").replace(";46", ";dry").replace(";47", ";wet")
    ran = brought(tmp_path, odd, "--mapping", "m.json")
    assert ran.code == 1 and ran.json["new"] == 1 and "wet" in told(ran, "lake.intake.values")["what"]
    blocks = run_in(tmp_path, "lake", "blocks", "--data", "d", "--json").json["blocks"]
    assert [b["stream"] for b in blocks] == ["T"]


def test_the_hour_that_the_clock_shows_twice_is_told_apart_by_the_order_of_rows(tmp_path: Path) -> None:
    plain = brought(tmp_path, FOLD, "--dry", zone="Europe/Berlin")
    assert "formats.time.twice" in codes(plain) and "--fold" in told(plain, "formats.time.twice")["remedy"]
    ran = brought(tmp_path, FOLD, "--fold", "order", zone="Europe/Berlin")
    assert ran.code == 0 and "formats.time.twice" not in codes(ran) and "formats.time.fold" in codes(ran)
    read = run_in(tmp_path, "lake", "read", "T", "--data", "d", "--json").json
    assert [t[11:16] for t in read["columns"]["time"]] == ["23:30", "00:00", "00:30", "01:00", "01:30", "02:00"]
    assert brought(tmp_path, FOLD, "--fold", "guess", zone="Europe/Berlin").code == 2


def test_digits_of_a_computer_are_no_resolution(tmp_path: Path) -> None:
    text = ONE.replace("20.1", "20.10000000000123").replace("20.2", "20.20000000000456")
    ran = brought(tmp_path, text, "--u", "resolution")
    assert ran.code == 0 and ran.json["files"][0]["streams"][0]["resolution"] is None
    assert "not known" in told(ran, "lake.intake.resolution_unknown")["what"]
    [block] = run_in(tmp_path, "lake", "blocks", "--data", "d", "--json").json["blocks"]
    assert block["u"] is None, "a step of storage is no u"


def test_a_block_is_taken_out_and_brought_back_and_nothing_is_lost(tmp_path: Path) -> None:
    assert brought(tmp_path, ONE).json["new"] == 1
    later = ONE.replace("2026-03-01", "2026-03-02")
    assert brought(tmp_path, later).json["new"] == 1
    first = run_in(tmp_path, "lake", "blocks", "--data", "d", "--json").json["blocks"][0]
    version = run_in(tmp_path, "lake", "streams", "--data", "d", "--json").json["version"]
    here = ("--data", "d", "--json")
    assert run_in(tmp_path, "lake", "withdraw", first["digest"][:12], "--data", "d").code == 2, "a reason is needed"
    done = run_in(tmp_path, "lake", "withdraw", first["digest"][:12], "--reason", "wrong zone", "--who", "Li", *here)
    assert done.code == 0 and done.json["readings"] == 3
    assert run_in(tmp_path, "lake", "read", "T", *here).json["readings"] == 3
    assert run_in(tmp_path, "lake", "read", "T", "--version", version, *here).json["readings"] == 6, "history keeps it"
    status = run_in(tmp_path, "lake", "streams", *here).json
    [out] = status["withdrawn"]
    assert (out["who"], out["reason"], status["streams"][0]["withdrawn"]) == ("Li", "wrong zone", 1)
    assert "wrong zone" in run_in(tmp_path, "lake", "blocks", "--data", "d").out
    asked = run_in(tmp_path, "lake", "query", "select count(*) as n from readings", *here).json["values"]
    assert asked == [{"n": 3}]
    again = brought(tmp_path, ONE)
    assert again.code == 1 and again.json["new"] == 0 and "Li" in told(again, "lake.withdrawn.again")["why"]
    assert run_in(tmp_path, "lake", "compact", *here).code == 0
    twice = run_in(tmp_path, "lake", "withdraw", first["digest"], "--reason", "again", *here)
    assert twice.code == 2 and "lake.withdrawn.already" in codes(twice)
    back = run_in(tmp_path, "lake", "withdraw", first["digest"], "--undo", "--reason", "zone was right", *here)
    assert back.code == 0 and run_in(tmp_path, "lake", "read", "T", *here).json["readings"] == 6
    assert run_in(tmp_path, "lake", "withdraw", "ffffffff", "--reason", "x", *here).code == 2


def test_a_search_without_a_result_names_words_that_are_there(tmp_path: Path) -> None:
    brought(tmp_path, ONE.replace("T [", "露点 ["), "--stream", "露点=dew-point")
    ran = run_in(tmp_path, "data", "find", "露水", "--data", "d", "--json")
    nothing = run_in(tmp_path, "data", "find", "盐雾箱", "--data", "d", "--json").json
    assert ran.code == 0 and nothing["found"] == [] and "dew-point" in nothing["near"]
    assert "dew-point" in run_in(tmp_path, "data", "find", "盐雾箱", "--data", "d").out


def rows(*values: str, head: str = "time;温度(℃)") -> str:
    lines = (f"2026-03-01T00:{n:02d}:00Z;{value}" for n, value in enumerate(values))
    return "\n".join([head, *lines])


def test_a_header_names_the_quantity_and_stays_as_the_title(tmp_path: Path) -> None:
    for head in ("time;温度(℃)", "time;温度 ℃"):
        ran = brought(tmp_path, rows("20.15", "21.25", "20.35", head=head) + "\n", "--stream", "hall", zone="")
        [stream] = ran.json["files"][0]["streams"]
        assert (stream["stream"], stream["quantity"], stream["unit"]) == ("hall", "temperature", "℃")
    found = run_in(tmp_path, "data", "find", "温度", "--data", "d", "--json").json
    assert "hall" in str(found["found"])


def test_numbers_like_celsius_below_a_header_in_kelvin_are_told(tmp_path: Path) -> None:
    room, cold = rows("20.15", "21.25", "20.35"), rows("293.15", "294.25", "293.35")
    for text, wanted in ((room, True), (cold, False)):
        ran = brought(tmp_path, text.replace("℃", "K") + "\n", "--dry", zone="")
        assert ("lake.intake.unit_doubtful" in codes(ran)) is wanted


def test_codes_for_missing_are_told_with_their_number_and_rows(tmp_path: Path) -> None:
    ran = brought(tmp_path, rows("20.15", "-999", "20.35", "-999", "20.25") + "\n", zone="")
    what = told(ran, "formats.missing.code")
    assert what["where"] == "line 3" and "2 times the code -999" in what["what"] and "lines 3, 5" in what["what"]


@pytest.mark.parametrize(("last", "cut"), [("20.2", True), ("9.25", True), ("20.25", False)])
def test_a_last_row_that_is_cut_is_told(tmp_path: Path, last: str, cut: bool) -> None:
    text = rows("20.15", "21.25", "20.35", "20.45", last)
    ran = brought(tmp_path, text, "--dry", zone="")
    assert ("formats.table.cut" in codes(ran)) is cut
    assert "formats.table.cut" not in codes(brought(tmp_path, text + "\n", "--dry", zone=""))
