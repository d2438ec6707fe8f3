"""A formula over several streams of a lake, read where all of them were read at one time.

Each stream is corrected by the certificate of its own instrument; rows are joined by their exact times, block by block,
and what the certificates share stays shared (`series.several`). A time that not every stream has makes no row, and is
counted. A time integral weighs each row with the seconds of its trapezoids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.corrected import Counting, Span, counting, subject_of, views
from suyuan.lake.table import Lake
from suyuan.quantity.correction import Correction
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.formula.formula import Formula
from suyuan.quantity.unit import parse_unit
from suyuan.series.asof import Status, windows
from suyuan.series.block import NO_TIME
from suyuan.series.gathered import Gathered, together
from suyuan.series.periods import SECOND, Periods
from suyuan.series.quality.use import OUT
from suyuan.series.several import gather_several
from suyuan.series.view import View, correct, with_marks

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """Streams at their common times. views: for each pair (triple …) of blocks, name in the formula → view, all of one
    length; found: what was read of each stream; alone: times that not every stream has, by name."""

    views: tuple[Mapping[str, View], ...]
    found: Mapping[str, Counting]
    alone: Mapping[str, int]

    @property
    def units(self) -> dict[str, str]:
        """Name in the formula → unit of its values."""
        return {name: view.unit.symbol for name, view in self.views[0].items()}

    @property
    def times(self) -> Times:
        """The times at which every stream has a value, ascending."""
        made: Times = np.sort(np.concatenate([_time(row)[_valid(row)] for row in self.views]))
        return made

    @property
    def source(self) -> str:
        """What was read, as text."""
        return " ".join(f"{name}={one.source}" for name, one in sorted(self.found.items()))


def joined(lake: Lake, spans: Mapping[str, Span], corrections: Sequence[Correction], known: int) -> Joined:
    """The streams of some spans at the times that all of them have.

    spans: name in the formula → readings; known: knowledge time, µs. Raises Refused for a stream that is not there, and
    where no time is in all of them.
    """
    found = {name: counting(lake, span) for name, span in spans.items()}
    seen = {name: views(one, corrections, known, spans[name].u) for name, one in found.items()}
    rows = []
    for combined in product(*seen.values()):
        common = reduce(np.intersect1d, (_known_times(view) for view in combined))
        if len(common):
            given = zip(seen, combined, strict=True)
            rows.append({n: _at(found[n], view, common, (corrections, known, spans[n].u)) for n, view in given})
    if not rows:
        raise Refused(finding("lake.joined.none", ", ".join(span.stream for span in spans.values())))
    common_count = sum(len(_time(row)) for row in rows)
    alone = {name: sum(len(_known_times(v)) for v in some) - common_count for name, some in seen.items()}
    return Joined(tuple(rows), found, alone)


def _known_times(view: View) -> Times:
    made: Times = view.block.time[view.block.time != NO_TIME]
    return made


def _at(found: Counting, view: View, common: Times, known: tuple[Sequence[Correction], int, float | None]) -> View:
    """A view at some of its times, in their order."""
    block = view.block
    order = np.argsort(block.time, kind="stable")
    at = order[np.searchsorted(block.time, common, sorter=order)]

    some = replace(
        block, time=common, count=block.count[at], missing=None if block.missing is None else block.missing[at],
        flag=None if block.flag is None else block.flag[at],
        u=block.u[at] if isinstance(block.u, np.ndarray) else block.u,
    )  # fmt: skip
    corrections, moment, u = known
    held = windows(corrections, moment, subject_of(found.stream, block))
    seen = correct(some, found.stream, held, random=u, unit=view.unit.symbol)
    return seen if view.marks is None else with_marks(seen, view.marks[at], view.marks[at] >= OUT)


def _time(row: Mapping[str, View]) -> Times:
    return next(iter(row.values())).block.time


def _valid(row: Mapping[str, View]) -> NDArray[np.bool_]:
    made: NDArray[np.bool_] = np.logical_and.reduce([view.status == Status.VALID for view in row.values()])
    return made


# ---------------------------------------------------------------- sums


def sums(given: Joined, formula: Formula, unit: str, periods: Periods | None = None) -> Gathered:
    """The sums of a formula by period; unit: of its values, which the caller vouches for."""
    name = formula.text
    return together(gather_several(formula, row, unit, name, periods, source=given.source) for row in given.views)


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """Sums whose total is a time integral; covered: seconds that lie between rows near enough; gaps: how many intervals
    are longer and were left out."""

    sums: Gathered
    covered: float
    gaps: int


def integral(given: Joined, formula: Formula, unit: str, longest: float) -> Covered:
    """∫ f dt by trapezoids between neighbouring rows where every stream has a value; the total of `sums` is in unit·s.

    longest: seconds between two rows beyond which nothing is known of what lies between, and nothing is added.
    Raises Refused where no two rows are near enough.
    """
    time = given.times
    step = np.diff(time)
    near = step <= longest * SECOND
    if not near.any():
        raise Refused(finding("series.sums.none", formula.text))
    half = np.where(near, step, 0) / (2.0 * SECOND)
    seconds = np.append(half, 0.0) + np.insert(half, 0, 0.0)
    parts = []
    for row in given.views:
        at = np.minimum(np.searchsorted(time, _time(row)), len(time) - 1)
        weight = np.where(_valid(row), seconds[at], 0.0)
        parts.append(gather_several(formula, row, unit, formula.text, weight=weight, source=given.source))
    whole = replace(together(parts), weight_unit=parse_unit("s"))
    return Covered(whole, float(step[near].sum()) / SECOND, int((~near).sum()))
