"""Who speaks against readings: the same by arrays and by an engine, as known at a moment, and never silent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("deltalake")

from suyuan.lake.corrected import Span, counting, sums, sums_on, views
from suyuan.lake.engine import open_engine
from suyuan.lake.flags import keep, kept, say, subject
from suyuan.lake.readings import untimed_of
from suyuan.lake.table import Lake
from suyuan.quantity.finding import Refused, finding
from suyuan.series.asof import Status
from suyuan.series.block import NO_TIME
from suyuan.series.periods import Periods
from suyuan.series.quality.check import check
from suyuan.series.quality.examined import Circumstances
from suyuan.series.quality.flags import Human, run_of
from suyuan.series.quality.use import DEVICE, PEOPLE, RULES, counted
from suyuan.series.reasons import reasons
from suyuan.series.summary import resample
from tests.series.quality.streams import NOW, START, STREAM, block, certificate, clean

CERTIFICATES = [certificate("c1", START - 1)]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two blocks; 10 readings that the device marks invalid, 3 that a rule calls an error (2 of them let pass by a
    person), 10 that a person calls bad; later somebody calls all of them bad."""
    lake = Lake.create(tmp_path_factory.mktemp("said") / "lake")
    lake.declare([STREAM])
    time, value = clean(3000)
    value[[10, 11, 2000]] = -300.0
    flag = np.zeros(3000, np.int32)
    flag[500:510] = 1
    lake.append([block(time[1500:], value[1500:], received=NOW - 1)])
    lake.append([block(time[:1500], value[:1500], flag=flag[:1500], legend=("", "D"), received=NOW)])
    keep(lake, run_of(check(subject(lake, STREAM, CERTIFICATES, NOW, Circumstances(NOW)))))
    say(lake, Human("t1", int(time[100]), int(time[110]), "bad", "Li Wei", "door open", NOW))
    say(lake, Human("t1", int(time[10]), int(time[12]), "good", "Li Wei", "looked at", NOW))
    say(lake, Human("t1", None, None, "bad", "Li Wei", "wrong thermometer", NOW + 10))
    return lake


@pytest.mark.parametrize(
    ("rule", "out", "flagged"),
    [(None, 0, 21), ("unflagged", 21, 0), ("people", 10, 11), ("cautious", 21, 0), ("strict", 23, 0)],
)
def test_an_engine_counts_flags_as_arrays_do(lake: Lake, rule: str | None, out: int, flagged: int) -> None:
    span, hours = Span("t1", usable=rule, u=0.1), Periods("hour")
    found = counting(lake, span)
    for known, gone, spoken in ((NOW, out, flagged), (NOW + 10, 3000 if rule else 0, 0 if rule else 3000)):
        here = sums(found, views(found, CERTIFICATES, known, 0.1), hours)
        with open_engine() as engine:
            there = sums_on(engine, lake, span, CERTIFICATES, known, hours)
        for name in ("tally", "flagged"):
            for a, b in zip(getattr(here, name), getattr(there, name), strict=True):
                assert np.array_equal(a, b)
        np.testing.assert_allclose(here.by_period(here.value), there.by_period(there.value), rtol=1e-12)
        period, status, count = here.tally
        assert count[status == Status.FLAGGED].sum() == gone and count.sum() == 3000 and len(period)
        assert counted(here.flagged[1], here.flagged[2])[0] == spoken


@pytest.mark.parametrize(("rule", "out"), [("unflagged", 1), ("cautious", 1), ("strict", 400)])
def test_a_broken_chain_leaves_readings_in_unless_it_must_be_whole(tmp_path: Path, rule: str, out: int) -> None:
    lake = Lake.create(tmp_path / "lake")
    lake.declare([STREAM])
    time, value = clean(400)
    value[7] = -300.0
    lake.append([block(time, value)])
    broken = {"c1": (finding("traceability.anchor.absent", "c1", named="PTB 4711"),)}
    keep(lake, run_of(check(subject(lake, STREAM, CERTIFICATES, NOW, Circumstances(NOW, broken=broken)))))
    span = Span("t1", usable=rule, u=0.1)
    found = counting(lake, span)
    here = sums(found, views(found, CERTIFICATES, NOW, 0.1), None)
    with open_engine() as engine:
        there = sums_on(engine, lake, span, CERTIFICATES, NOW, None)
    for made in (here, there):
        _, status, count = made.tally
        assert count[status == Status.FLAGGED].sum() == out


def test_a_sail_server_counts_them_too(lake: Lake) -> None:
    server = pytest.importorskip("pysail.spark", reason="pysail is not installed").SparkConnectServer()
    server.start(background=True)
    host, port = server.listening_address
    span, hours = Span("t1", usable="people", u=0.1), Periods("hour")
    try:
        with open_engine(f"sc://{host}:{port}") as engine:
            there = sums_on(engine, lake, span, CERTIFICATES, NOW, hours)
    finally:
        server.stop()
    found = counting(lake, span)
    here = sums(found, views(found, CERTIFICATES, NOW, 0.1), hours)
    for name in ("tally", "flagged"):
        for a, b in zip(getattr(here, name), getattr(there, name), strict=True):
            assert np.array_equal(a, b)


def test_a_word_about_one_block_is_about_that_block(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    lake.declare([STREAM])
    time, value = clean(400)
    lake.append([block(time[:200], value[:200])])
    lake.append([block(time[200:], value[200:])])
    digest = lake.blocks("t1").sort_by("first")["digest"].to_pylist()[1]
    say(lake, Human("t1", int(time[100]), int(time[300]), "bad", "Li Wei", "this delivery", NOW, digest))
    span = Span("t1", usable="people", u=0.1)
    found = counting(lake, span)
    gone = np.concatenate([view.status == Status.FLAGGED for view in views(found, CERTIFICATES, NOW, 0.1)])
    assert np.flatnonzero(gone).tolist() == list(range(200, 300))
    with open_engine() as engine:
        _, status, count = sums_on(engine, lake, span, CERTIFICATES, NOW, None).tally
    assert count[status == Status.FLAGGED].tolist() == [100]


def test_a_result_with_flagged_readings_is_not_just_valid(lake: Lake) -> None:
    found = counting(lake, Span("t1", u=0.1))
    made = sums(found, views(found, CERTIFICATES, NOW, 0.1), Periods("hour"))
    hours = resample(made, STREAM)
    why = reasons(hours, made).status
    assert set(why) == {"valid", "with_flagged"} and hours.flagged is not None and hours.flagged.sum() == 21
    assert counted(*made.flagged[1:]) == {DEVICE: 10, RULES: 1, PEOPLE: 10, 0: 21}
    taken = counting(lake, Span("t1", u=0.1, usable="unflagged"))
    out = sums(taken, views(taken, CERTIFICATES, NOW, 0.1), Periods("hour"))
    less = resample(out, STREAM)
    assert less.valued.sum() == 3000 - 21 and less.readings.sum() == 3000 and less.share.min() < hours.share.min()
    assert made.source != out.source, "other readings make another quantity"


def test_what_is_known_of_flags_may_be_shown_beside_what_was_taken_out_before(lake: Lake) -> None:
    found = counting(lake, Span("t1", u=0.1, usable="people"))
    seen = views(found, CERTIFICATES, NOW, 0.1, told=NOW + 10)
    status = np.concatenate([view.status for view in seen])
    assert (status == Status.FLAGGED).sum() == 10
    assert all(view.marks is not None and (view.marks & PEOPLE).all() for view in seen)


def test_a_flag_where_no_reading_is_is_not_kept(lake: Lake) -> None:
    before = len(kept(lake, "t1")[1])
    with pytest.raises(Refused) as told:
        say(lake, Human("t1", 1, 2, "bad", "Li Wei", "door open", NOW))
    assert told.value.findings[0].code == "series_quality.flag.empty" and len(kept(lake, "t1")[1]) == before


def test_readings_without_a_time_are_told_of(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    lake.declare([STREAM])
    time, value = clean(100)
    time[40:52] = NO_TIME
    lake.append([block(time, value)])
    assert untimed_of(lake, "t1") == 12
    for span in (Span("t1"), Span("t1", START, START + 10)):
        codes = {f.code: dict(f.parameters) for f in counting(lake, span).findings}
        assert codes["series.readings.untimed"]["count"] == "12"
