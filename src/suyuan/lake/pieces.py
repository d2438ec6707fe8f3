"""A span of readings piece by piece: what is in memory at once does not grow with the span.

Marks of a reading follow from the readings of its own time and from the log of blocks, so a span may be cut at any
time: its pieces have the marks, the values and the sums of the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.corrected import Counting, Span, counted, meets, source_of, stream_of, unit_of, views
from suyuan.lake.layout import group_of
from suyuan.lake.marks import Marked, counting_rule, marked_of
from suyuan.lake.readings import Standing, standing
from suyuan.lake.said import spoken
from suyuan.lake.table import Lake
from suyuan.quantity.correction import Correction
from suyuan.series.asof import Subject, windows
from suyuan.series.gathered import Gathered, together
from suyuan.series.gathering import gather_views
from suyuan.series.periods import Periods

MOST = 250_000
"""Readings of a piece, about: some 40 MB with all that is made of them."""


def cuts(rows: Sequence[dict[str, Any]], span: Span, most: int = MOST) -> list[tuple[int, int]]:
    """The span as pieces, first ≤ time < last in µs, of about so many readings; none where no block meets it.

    rows: of the blocks that meet the span, whose readings are taken to lie evenly between their first and their last.
    """
    if not rows:
        return []
    first, last = (np.array([row[name] for row in rows], np.int64) for name in ("first", "last"))
    number = np.array([row["n"] for row in rows], float)
    low = int(first.min()) if span.first is None else max(span.first, int(first.min()))
    high = int(last.max()) + 1 if span.last is None else min(span.last, int(last.max()) + 1)
    edges = np.unique(np.concatenate([np.clip(first, low, high), np.clip(last + 1, low, high)]))
    rate = number / (last + 1 - first)
    steps = np.zeros(len(edges))
    np.add.at(steps, np.searchsorted(edges, np.clip(first, low, high)), rate)
    np.add.at(steps, np.searchsorted(edges, np.clip(last + 1, low, high)), -rate)
    until = np.append(0.0, np.cumsum(np.cumsum(steps)[:-1] * np.diff(edges)))
    pieces = max(int(np.ceil(until[-1] / most)), 1)
    inner: NDArray[np.int64] = np.interp(np.arange(1, pieces) * (until[-1] / pieces), until, edges).astype(np.int64)
    bounds = np.unique(np.concatenate([[low], inner, [high]])).tolist()
    return list(pairwise(bounds))


def marked_pieces(lake: Lake, span: Span, most: int = MOST) -> Iterator[Marked]:
    """The readings of a span that have a time, with their marks, piece by piece. Raises Refused as `marked`."""
    chosen, found, part = counting_rule(span.rule), standing(lake, span.version), group_of(span.stream, lake.groups)
    for piece in cuts(_rows(found, span), span, most):
        yield marked_of(found, span.stream, part, piece, chosen)


def counting_pieces(lake: Lake, span: Span, most: int = MOST) -> Iterator[Counting]:
    """The readings of a span that count, piece by piece. Raises Refused for an unknown stream or rule."""
    stream, said = stream_of(lake, span.stream), spoken(lake, span.stream, span.usable)
    for found in marked_pieces(lake, span, most):
        yield counted(stream, span, found, said)
        del found  # before the next piece is read


def sums_by_pieces(
    lake: Lake, span: Span, corrections: Sequence[Correction], known: int, periods: Periods | None, most: int = MOST
) -> Gathered | None:  # fmt: skip
    """The sums of a span by period, as `corrected.sums` makes them of it as a whole; None where no reading counts.

    Raises Refused as `counting`.
    """
    stream, rows = stream_of(lake, span.stream), _rows(standing(lake, span.version), span)
    subjects = dict.fromkeys(Subject.of(stream, row["instrument"], row["configuration"] or "") for row in rows)
    unit = unit_of([windows(corrections, known, subject) for subject in subjects], stream)
    parts, read = [], set[str]()
    for found in counting_pieces(lake, span, most):
        seen = views(found, corrections, known, span.u, unit)
        read |= {found.marked.blocks[n]["digest"] for n in np.unique(found.marked.block[found.marked.counts])}
        if seen:
            parts.append(gather_views(seen, periods, sources=[""] * len(seen)))
        del found, seen  # before the next piece is read
    return replace(together(parts), source=source_of(span, sorted(read))) if parts else None


def _rows(found: Standing, span: Span) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    mine = found.blocks.filter(pc.equal(found.blocks["stream"], span.stream))
    return [row for row in mine.to_pylist() if meets(row, span)]
