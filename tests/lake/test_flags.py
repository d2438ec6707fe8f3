"""Flags in a lake: appended beside the readings, read back as they were, by block and row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("deltalake")

from suyuan.lake.flags import flags_of, keep, kept, say, subject
from suyuan.lake.marks import marked
from suyuan.lake.table import Lake
from suyuan.quantity.finding import Refused
from suyuan.series.quality.check import check
from suyuan.series.quality.examined import Circumstances
from suyuan.series.quality.flags import Human, run_of
from suyuan.series.quality.use import usable, usable_rule
from tests.series.quality.streams import NOW, START, STREAM, block, certificate, clean

DAY = date(2026, 11, 29)


def _lake(folder: Path) -> tuple[Lake, np.ndarray, np.ndarray]:
    lake = Lake.create(folder)
    lake.declare([STREAM])
    time, value = clean(3000)
    value[[10, 11, 2000]] = -300.0
    flag = np.zeros(3000, np.int32)
    flag[500:510] = 1
    lake.append([block(time[1500:], value[1500:], received=NOW - 1)])
    lake.append([block(time[:1500], value[:1500], flag=flag[:1500], legend=("", "D"), received=NOW)])
    return lake, time, value


def test_what_is_flagged_comes_back_by_time(tmp_path: Path) -> None:
    lake, time, value = _lake(tmp_path)
    found = marked(lake, "t1")
    assert kept(lake, "t1") == ((), ()) and flags_of(lake, found).unasked.all()
    examined = subject(lake, STREAM, [certificate("c1", START - 1)], NOW, Circumstances(NOW))
    checked = check(examined)
    run = run_of(checked)
    keep(lake, run)
    say(lake, Human("t1", int(time[100]), int(time[110]), "bad", "Li Wei", "door open", NOW))
    found = marked(lake, "t1")
    flags = flags_of(lake, found)
    assert np.flatnonzero(flags.computed["impossible"]).tolist() == [10, 11, 2000]
    assert np.array_equal(found.value, value)
    good = usable(flags, usable_rule(DAY, "cautious"), DAY)
    assert np.flatnonzero(~good).tolist() == [10, 11, *range(100, 110), *range(500, 510), 2000]
    (again,), (person,) = kept(lake, "t1")
    assert again.asked == run.asked and again.blocks == run.blocks and len(again) == len(run)
    assert person.reason == "door open"


def test_a_second_run_and_a_second_word_are_added(tmp_path: Path) -> None:
    lake, time, _ = _lake(tmp_path)
    examined = subject(lake, STREAM, [], NOW, Circumstances(NOW))
    keep(lake, run_of(check(examined)))
    with_certificate = subject(lake, STREAM, [certificate("c1", START - 1)], NOW, Circumstances(NOW + 1))
    keep(lake, run_of(check(with_certificate)))
    runs, _ = kept(lake, "t1")
    assert len(runs) == 2
    flags = flags_of(lake, marked(lake, "t1"))
    assert not flags.computed["calibrated"].any()
    part = flags_of(lake, marked(lake, "t1", int(time[5]), int(time[20])))
    assert np.flatnonzero(part.computed["impossible"]).tolist() == [5, 6]


def test_a_flag_on_a_block_that_is_not_there(tmp_path: Path) -> None:
    lake, _, _ = _lake(tmp_path)
    with pytest.raises(Refused) as told:
        say(lake, Human("t1", None, None, "bad", "a", "b", NOW, "0" * 64))
    assert told.value.findings[0].code == "lake.block.unknown"
