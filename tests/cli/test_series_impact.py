"""`suyuan series impact` and `detach`: what cannot be computed is said, and the same readings are compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .conftest import run_in
from .test_series import FIRST, N, asked, certificate, correction, filled, kept, raw, table_of

HUMID = "rh"


def humidity(folder: Path, data: str = "d") -> Any:
    """The readings of relative humidity of the same instrument, which no certificate corrects."""
    text = table_of(raw() + 30.0).replace("T [degC]", "rh [%]")
    (folder / "rh.csv").write_text(text, "utf-8")
    return run_in(folder, "lake", "import", "rh.csv", "--stream", HUMID, "--instrument", "T-7", "--u", "0.5",
                  "--data", data, "--json")  # fmt: skip


def codes(ran: Any) -> list[str]:
    return [f["code"] for f in ran.json["findings"]]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One thermohygrometer with two streams, °C and % RH, and a certificate of °C; not to be written to."""
    folder = filled(tmp_path_factory.mktemp("impact") / "w", *FIRST)
    ran = humidity(folder)
    assert ran.code == 0 and codes(ran)[-1] == "series.asof.unit"  # told when it comes in
    yield folder


def test_a_stream_of_another_quantity_is_named_and_the_rest_is_computed(two: Path) -> None:
    ran = run_in(two, "series", "impact", "C-1", "--withdrawn", "2026-01-25", "--data", "d", "--json")
    assert ran.code == 0, ran.err
    assert [one["stream"] for one in ran.json["streams"]] == ["T"]
    told = [f for f in ran.json["findings"] if f["code"] == "series.asof.unit"]
    assert [f["parameters"]["stream"] for f in told] == [HUMID] and "Lab C-1" in told[0]["parameters"]["certificates"]
    shown = run_in(two, "series", "impact", "C-1", "--withdrawn", "2026-01-25", "--data", "d", "--lang", "zh")
    assert shown.code == 0 and "修正的是 °C" in shown.out
    rows = run_in(two, "series", "correct", HUMID, "--to", "2026-01-12", "--data", "d", "--json")
    assert rows.code == 0 and set(rows.json["statuses"]) == {"no_certificate"} and "series.asof.unit" in codes(rows)


def test_the_correction_that_comes_later_is_told_too(tmp_path: Path) -> None:
    folder = filled(tmp_path / "w")
    assert "series.asof.unit" not in codes(humidity(folder))
    (folder / "c.json").write_text(json.dumps(FIRST[0]), "utf-8")
    (folder / "k.json").write_text(json.dumps(FIRST[1]), "utf-8")
    ran = run_in(folder, "certificate", "add", "c.json", "k.json", "--data", "d", "--json")
    assert ran.code == 0 and codes(ran) == ["series.asof.unit"]
    # a correction of its own quantity, by the same instrument: each stream has its own, and nothing is to be said
    other = certificate("H-1", "2026-01-05", "1.01", "0.5")
    other["results"][1]["unit"] = "%"
    kept(folder, other, correction("H-1", "2026-01-07", raw_unit="%"))
    both = [run_in(folder, "series", "correct", name, "--to", "2026-01-12", "--data", "d", "--json").json
            for name in ("T", HUMID)]  # fmt: skip
    assert [set(one["columns"]["certificate"]) for one in both] == [{"Lab C-1"}, {"Lab H-1"}]
    assert both[0]["columns"]["value"][0] == pytest.approx(1.001 * raw()[0] + 0.10, rel=1e-12)
    assert both[1]["columns"]["value"][0] == pytest.approx(1.01 * (raw()[0] + 30.0) + 0.5, rel=1e-9)
    assert not [f for one in both for f in one["findings"] if f["code"].startswith("series.asof")]


def test_an_instrument_is_taken_from_a_stream_and_given_back(tmp_path: Path) -> None:
    folder = filled(tmp_path / "w", *FIRST)
    words = ("series", "detach", "T", "--from", "2026-01-20", "--data", "d")
    dry = run_in(folder, *words, "--dry", "--json").json
    assert dry["kept"] is None and asked(folder, "total", "T")["statuses"] == {"valid": N}
    done = run_in(folder, *words, "--reason", "moved to bench 2", "--json").json
    cut = 10 * 144 - 48  # midnight in Shanghai is 16:00 in Greenwich
    assert done["kept"] and done["streams"][0]["readings"] == dry["streams"][0]["readings"] == {"gone": N - cut}
    assert asked(folder, "total", "T")["statuses"] == {"valid": cut, "no_certificate": N - cut}
    days = run_in(folder, "series", "resample", "T", "day", "--zone", "Asia/Shanghai", "--data", "d", "--json").json
    assert [row["status"] for row in days["rows"]][10:12] == ["no_certificate"] * 2  # by an engine too
    again = run_in(folder, "series", "detach", "T", "--again", "--data", "d", "--json")
    assert again.code == 0 and again.json["streams"][0]["readings"] == {"came": N - cut}
    assert asked(folder, "total", "T")["statuses"] == {"valid": N}
    assert run_in(folder, *words, "--dry", "--json").json["streams"][0]["readings"] == {"gone": N - cut}  # once more
    twice = run_in(folder, "series", "detach", "T", "--again", "--data", "d", "--json")
    assert twice.code == 2 and codes(twice) == ["series_join.taken.none"]
    assert run_in(folder, "series", "detach", "T", "--data", "d").code == 2


def test_one_certificate_is_taken_and_the_next_one_counts(tmp_path: Path) -> None:
    second = certificate("C-2", "2026-01-20", "1.0030", "0.25"), correction("C-2", "2026-01-21")
    folder = filled(tmp_path / "w", *FIRST, *second)
    ran = run_in(folder, "series", "detach", "T", "--certificate", "C-1", "--from", "2026-01-01", "--data", "d")
    assert ran.code == 0, ran.err
    assert asked(folder, "total", "T")["statuses"] == {"no_certificate": 10 * 144 - 48, "valid": N - 10 * 144 + 48}


def test_a_stream_whose_certificates_give_other_units_does_not_stop_the_rest(tmp_path: Path) -> None:
    folder = filled(tmp_path / "w", *FIRST)
    (folder / "x.csv").write_text(table_of(raw()[:300]), "utf-8")
    run_in(folder, "lake", "import", "x.csv", "--stream", "X", "--instrument", "T-9", "--u", "0.05", "--data", "d")
    pressure = certificate("P-1", "2026-01-11", "1.0", "0.5")
    pressure["results"] = [{"name": "gain", "value": "2", "unit": "Pa/K", "u": "0.1"}]
    del pressure["correlations"]
    model: dict[str, Any] = {"form": "formula", "model": "g*raw", "unit": "Pa", "raw_unit": "degC"}
    model["parameters"] = {"g": {"place": "0/0", "unit": "Pa/K"}}
    odd = correction("P-1", "2026-01-12", instrument="T-9") | model
    kept(folder, correction("C-1", "2026-01-07", instrument="T-9"), pressure, odd)
    ran = run_in(folder, "series", "impact", "C-1", "--withdrawn", "2026-01-10", "--data", "d", "--json")
    assert ran.code == 1 and [one["stream"] for one in ran.json["streams"]] == ["T"]
    (told,) = [f for f in ran.json["findings"] if f["code"] == "lake.effect.stream"]
    assert told["parameters"]["stream"] == "X" and "Pa" in told["en"]["what"]


# ---------------------------------------------------------------- not computable


def test_a_certificate_that_corrects_nothing_is_not_said_to_change_nothing(tmp_path: Path) -> None:
    folder = filled(tmp_path / "w", *FIRST)
    kept(folder, certificate("C-2", "2026-01-20", "1.0030", "0.25"))
    for words in (("impact", "C-2"), ("impact", "C-2", "--withdrawn", "2026-01-25")):
        ran = run_in(folder, "series", *words, "--data", "d", "--json")
        assert ran.code == 1 and ran.json["computable"] is False and codes(ran)[0] == "series_join.no_correction"
        shown = run_in(folder, "series", *words, "--data", "d", "--lang", "en")
        assert shown.code == 1 and "not computable" in shown.out and "no reading changes" not in shown.out
        assert "propose C-2" in shown.out + shown.err
    good = run_in(folder, "series", "impact", "C-1", "--superseded-by", "C-2", "--data", "d", "--json")
    assert good.code == 0 and good.json["computable"] is True and good.json["streams"]


def test_a_replacement_that_cannot_be_carried_over_is_not_computable(tmp_path: Path) -> None:
    folder = filled(tmp_path / "w", *FIRST)
    other = certificate("C-2", "2026-01-20", "1.0030", "0.25")
    other["results"] = other["results"][:1]
    del other["correlations"]
    kept(folder, other)
    ran = run_in(folder, "series", "impact", "C-1", "--superseded-by", "C-2", "--data", "d", "--json")
    assert ran.code == 1 and ran.json["computable"] is False and ran.json["streams"] == []
    assert "series_join.no_replacement" in codes(ran)
    # kept as what has happened: the readings have no value, and it is said that this is for want of a correction
    statement = {"suyuan": "statement", "kind": "superseded", "issuer": "Lab", "number": "C-1", "day": "2026-01-20",
                 "known": "2026-01-21", "source": "letter",
                 "replaced_by": {"issuer": "Lab", "number": "C-2"}}  # fmt: skip
    kept(folder, statement)
    ran = run_in(folder, "series", "impact", "C-1", "--data", "d", "--json")
    assert ran.code == 1 and "series_join.no_replacement" in codes(ran)
    assert ran.json["streams"][0]["readings"] == {"gone": N - 10 * 144 + 48}


# ---------------------------------------------------------------- the same readings


def test_only_the_same_readings_are_compared(two: Path) -> None:
    """Withdrawn from a moment on, all that is left has the value that it had: nothing changes but what is gone."""
    words = ("series", "impact", "C-1", "--withdrawn", "2026-01-25", "--zone", "UTC", "--data", "d")
    one = run_in(two, *words, "--json").json["streams"][0]
    left = 15 * 144 - 48
    mean, value = one["mean"], 1.001 * raw() + 0.10
    assert (mean["readings"], mean["valued_before"], mean["valued_after"]) == (N, N, left)
    assert (mean["gone"], mean["came"], mean["ratio"]) == (N - left, 0, 0.0)
    assert mean["before"] == pytest.approx(value.mean(), rel=1e-12)
    assert mean["after"] == mean["same"]["after"] == pytest.approx(value[:left].mean(), rel=1e-12)
    assert mean["same"]["before"] == pytest.approx(value[:left].mean(), rel=1e-12) and mean["same"]["readings"] == left
    days = {row["begin"]: row for row in one["days"]}
    edge = days["2026-01-24"]  # the house's midnight falls into this day of Greenwich
    assert (edge["readings"], edge["valued_before"], edge["valued_after"], edge["gone"]) == (144, 144, 96, 48)
    assert edge["ratio"] == 0.0 and edge["change"] == "below" and days["2026-01-25"]["ratio"] == "gone"
    shown = run_in(two, *words, "--lang", "en").out
    assert f"gone: {N - left} of {N} readings have no value any more" in shown
    assert f"{N}/{N} → {left}/{N}" in shown
    (line,) = [row for row in shown.splitlines() if row.startswith("mean ")]
    assert line.rstrip().endswith(f"gone {N - left}")


def test_a_replacement_from_a_day_on_is_compared_on_the_readings_that_stay(tmp_path: Path) -> None:
    """The successor has a narrower range: some readings go, the others move, and only those are compared."""
    narrow = certificate("C-2", "2026-01-20", "1.0010", "0.30")
    folder = filled(tmp_path / "w", *FIRST)
    kept(folder, narrow, correction("C-2", "2026-01-21", range=["18", "22"]))
    mean = asked(folder, "impact", "C-2", "--zone", "UTC")["streams"][0]["mean"]
    x, later = raw(), np.arange(N) >= 10 * 144 - 48
    out = later & ((x < 18.0) | (x > 22.0))
    assert mean["gone"] == int(out.sum()) and mean["valued_after"] == N - int(out.sum())
    old, new = 1.001 * x + 0.10, 1.001 * x + np.where(later, 0.30, 0.10)
    delta = new[~out].mean() - old[~out].mean()
    assert mean["same"]["after"] - mean["same"]["before"] == pytest.approx(delta, rel=1e-9)
    assert mean["ratio"] == pytest.approx(delta / mean["same"]["u_before"], rel=1e-9)
    assert abs(mean["after"] - mean["before"] - delta) > 0.5 * delta  # what different readings would have said


# ---------------------------------------------------------------- one standard for two


def test_the_difference_of_two_streams_of_one_standard_has_the_smaller_u(tmp_path: Path) -> None:
    """Both thermometers were calibrated with one standard, which is most of u: it cancels in their difference."""
    folder = filled(tmp_path / "w")
    (folder / "b.csv").write_text(table_of(raw() - 1.5), "utf-8")
    words = ("--stream", "B", "--instrument", "T-8", "--u", "0.05", "--data", "d")
    ran = run_in(folder, "lake", "import", "b.csv", *words)
    assert ran.code == 0, ran.err
    used = {"issuer": "NMI", "number": "R-1"}
    documents = []
    for name, part in (("A", "0.018"), ("B", "0.016")):
        row = {"name": "offset", "value": "0.10", "unit": "K", "u": "0.020", "shared": [{**used, "u": part}]}
        one = certificate(name, "2026-01-05", "1", "0.10", results=[row])
        one |= {"equipment": [{"name": "standard", "certificate": used}]}
        del one["correlations"]
        instrument = "T-7" if name == "A" else "T-8"
        offset = {"offset": {"place": "0/0"}}
        documents += [one, correction(name, "2026-01-07", instrument=instrument, parameters=offset)]
    kept(folder, *documents)
    inputs = [{"name": name, "distribution": "series", "unit": "degC", "parameters": {"stream": stream}}
              for name, stream in (("a", "T"), ("b", "B"))]  # fmt: skip
    case = {"kind": "model", "input": {"inputs": inputs, "model": "a - b", "unit": "K"}}
    (folder / "case.json").write_text(json.dumps(case), "utf-8")
    ran = run_in(folder, "evaluate", "case.json", "--data", "d", "--json")
    assert ran.code == 0, ran.out + ran.err
    random = 2 * 0.05**2 / N
    u = ((0.018 - 0.016) ** 2 + (0.02**2 - 0.018**2) + (0.02**2 - 0.016**2) + random) ** 0.5
    assert u < 0.54 * (2 * 0.02**2 + random) ** 0.5  # what it would be without the standard in common
    found = ran.json["first_order"]
    assert found["value"] == pytest.approx(1.5, abs=1e-9) and found["u"] == pytest.approx(u, rel=1e-6)
    budget = asked(folder, "total", "T")["budget"]
    assert (budget[0]["kind"], budget[0]["certificate"]) == ("shared", "NMI R-1")


def test_what_a_dcc_cannot_carry_is_told(suyuan: Any) -> None:
    words = ("--particulars", "docs/example/standard-particulars.json", "--out", "m.xml", "--json")
    ran = suyuan("certificate", "write", "docs/example/charging/meter.json", *words)
    assert "certificate.shared.not_written" in codes(ran)


def test_one_reading_without_a_u_hides_no_hour_and_no_day(tmp_path: Path) -> None:
    """Unknown is not zero: what holds that reading is compared by value, all else as before, and it is said."""
    folder = filled(tmp_path / "w", *FIRST)
    words = ("series", "impact", "C-1", "--withdrawn", "2026-01-25", "--data", "d")
    before = run_in(folder, *words, "--json").json["streams"][0]
    assert before["hours"] and before["days"] and before["mean"]["u_before"] > 0.0
    (folder / "one.csv").write_text("time,T [degC]\n2026-02-08T23:55:00+00:00,20.00\n", "utf-8")
    assert run_in(folder, "lake", "import", "one.csv", "--stream", "T", "--instrument", "T-7", "--data", "d").code == 0
    ran = run_in(folder, *words, "--json")
    after = ran.json["streams"][0]
    old = {kind: {row["number"]: row for row in before[kind]} for kind in ("hours", "days")}
    new = {kind: {row["number"]: row for row in after[kind]} for kind in ("hours", "days")}
    lacking = {kind: {n for n, row in new[kind].items() if row["u_before"] is None} for kind in new}
    for kind, rows in old.items():
        assert rows.keys() == new[kind].keys()
        assert {n for n in rows if new[kind][n] != rows[n]} == lacking[kind] and len(lacking[kind]) == 1
        row = new[kind][next(iter(lacking[kind]))]
        assert row["before"] is not None and row["gone"] == rows[row["number"]]["gone"] + 1
    mean = after["mean"]
    assert mean["u_before"] is None and mean["before"] == pytest.approx(before["mean"]["before"], abs=1e-2)
    told = [f["parameters"] for f in ran.json["findings"] if f["code"] == "lake.effect.u_unknown"]
    assert told == [{"count": "1", "first": "2026-02-08T23:55:00Z", "stream": "T"}]
    shown = run_in(folder, *words, "--lang", "zh")
    assert shown.code == 0 and "有 1 个读数没有说明自身的不确定度" in shown.out + shown.err and "未知" in shown.out
    again = run_in(folder, *words, "--u", "0.05", "--json")  # the remedy
    assert "lake.effect.u_unknown" not in codes(again) and again.json["streams"][0]["mean"]["u_before"] > 0.0


def test_a_reading_pushed_without_a_u_is_compared_by_value(tmp_path: Path) -> None:
    from suyuan.lake.beside import lake_of
    from suyuan.lake.live.cut import Cutter, understood
    from suyuan.lake.live.journal import Record

    folder = filled(tmp_path / "w", *FIRST)
    pushed = Record(1, "", b"T,2026-02-08T23:55:00Z,20.00")
    (folder / "live").mkdir()
    assert Cutter(lake_of(folder / "d"), folder / "live").cut(1, [(pushed, understood(pushed))]).readings == 1
    words = ("series", "impact", "C-1", "--off-by", "0.2 K", "--place", "1/0", "--data", "d")
    one = run_in(folder, *words, "--json").json["streams"][0]
    mean = one["mean"]
    assert abs(mean["after"] - mean["before"]) == pytest.approx(0.2, rel=1e-9) and mean["ratio"] is None
    kinds = [row["change"] for row in one["days"]]
    assert kinds.count("u_unknown") == 1 and set(kinds) == {"more", "u_unknown"} and len(kinds) >= 30
    assert "u 未知" in run_in(folder, *words, "--lang", "zh").out
