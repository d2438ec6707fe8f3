"""A span read piece by piece: the marks, what counts and the sums of the whole, however it is cut."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("deltalake")

from suyuan.lake.corrected import Span, counting, sums, views
from suyuan.lake.pieces import cuts, marked_pieces, sums_by_pieces
from suyuan.lake.table import Lake
from suyuan.quantity.correction import Correction, gain_and_offset
from suyuan.quantity.quantity import quantity
from suyuan.series.block import NO_TIME, Block
from suyuan.series.periods import HOUR, Periods
from suyuan.series.stream import Stream

START = 1_767_225_600_000_000
STEP = HOUR // 6


def filled(path: Path) -> Lake:
    """Three blocks: one late and overlapping the first with other values, one far away; some without a time."""
    lake = Lake.create(path, 1)
    lake.declare([Stream("s", "mass", "kg", "meter", resolution=Decimal("0.1"))])
    rng = np.random.default_rng(5)
    for received, (begin, n) in enumerate([(0, 300), (100, 90), (5000, 200)]):
        time = START + (begin + np.arange(n)) * STEP
        if received == 2:
            time[:3] = NO_TIME
        block = Block("s", "meter", time, rng.integers(100, 120, n), Decimal("0.1"), received=received + 1, u=0.02)
        lake.append([block])
    return lake


def certificates() -> list[Correction]:
    made = []
    for at in (50, 5100):
        model, parameters = gain_and_offset(quantity(1.0, 0.01), quantity(0.1, 0.02))
        made.append(Correction(f"c{at}", "meter", model, parameters, START + at * STEP, 0, raw_unit="kg", unit="kg"))
    return made


@pytest.mark.parametrize("most", [7, 64, 10_000])
@pytest.mark.parametrize("span", [(None, None), (START + 120 * STEP + 1, START + 5050 * STEP)])
def test_pieces_have_the_marks_and_sums_of_the_whole(
    tmp_path: Path, most: int, span: tuple[int | None, int | None]
) -> None:
    lake, every, asked = filled(tmp_path), certificates(), Span("s", *span)
    found = counting(lake, asked)
    timed = found.marked.time != NO_TIME
    pieces = list(marked_pieces(lake, asked, most))
    assert len(pieces) > 10 if most == 7 else len(pieces) >= 1
    for name in ("time", "count", "late", "duplicate", "conflict", "counts"):
        whole = getattr(found.marked, name)[timed]
        assert np.concatenate([getattr(piece, name) for piece in pieces]).tolist() == whole.tolist(), name
    assert found.marked.conflict.any() and found.marked.late.any()
    for periods in (Periods("hour"), None):
        a, b = sums(found, views(found, every, 1), periods), sums_by_pieces(lake, asked, every, 1, periods, most)
        assert b is not None and a.source == b.source
        for one, other in zip(a.tally, b.tally, strict=True):
            assert one.tolist() == other.tolist()
        np.testing.assert_allclose(b.means().value, a.means().value, rtol=1e-13)
        np.testing.assert_allclose(b.means().u, a.means().u, rtol=1e-12)


def test_pieces_are_about_as_long_as_wanted_and_leave_nothing_out() -> None:
    rows = [{"first": 0, "last": 999, "n": 1000}, {"first": 500, "last": 1499, "n": 3000}]
    found = cuts(rows, Span("s"), 500)
    assert found[0][0] == 0 and found[-1][1] == 1500 and len(found) == 8
    assert all(a[1] == b[0] for a, b in pairwise(found))
    assert cuts(rows, Span("s", 200, 210), 500) == [(200, 210)]
    assert cuts([], Span("s"), 500) == []


def test_a_span_in_which_nothing_counts_has_no_sums(tmp_path: Path) -> None:
    assert sums_by_pieces(filled(tmp_path), Span("s", START - 10, START - 5), certificates(), 1, None) is None
