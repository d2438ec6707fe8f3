"""Closed spans of one unit: joined, cut, taken away; ends that differ by the rounding of a conversion are one end."""

from __future__ import annotations

import math
from collections.abc import Iterable

from suyuan.capability.interval import Interval
from suyuan.quantity.unit import Unit

GUARD = 1e-9
"""Relative difference below which two numbers count as equal: far above rounding, far below any printed digit."""
NEAR = 1e-3
"""A value outside an interval by less than this share of its ends belongs to it: a block of 100 mm is never exactly
100 mm long. Our choice."""
Span = tuple[float, float]


def at_most(a: float, b: float) -> bool:
    """Whether a ≤ b, equality within the rounding of a conversion included.

    >>> at_most(0.1 + 0.2, 0.3), at_most(0.31, 0.3)
    (True, False)
    """
    return a <= b or math.isclose(a, b, rel_tol=GUARD, abs_tol=0.0)


def contains(outer: Span, inner: Span) -> bool:
    """Whether a span holds another one."""
    return at_most(outer[0], inner[0]) and at_most(inner[1], outer[1])


def common(a: Span, b: Span) -> Span | None:
    """What two spans share, which may be one point; None where they do not meet.

    >>> common((0.5, 100.0), (80.0, 200.0)), common((0.0, 1.0), (2.0, 3.0))
    ((80.0, 100.0), None)
    """
    low, high = max(a[0], b[0]), min(a[1], b[1])
    if not at_most(low, high):
        return None
    return _snapped((low, high), a) if low <= high else (high, high)


def within(whole: Span, spans: Iterable[Span]) -> tuple[Span, ...]:
    """The parts of a whole that spans cover, joined; single points count only where the whole is one."""
    cut = (part for span in spans if (part := common(whole, span)) is not None)
    return joined(_snapped(part, whole) for part in cut if part[0] < part[1] or whole[0] == whole[1])


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch or overlap as one.

    >>> joined([(300.0, 500.0), (-20.0, 300.0), (600.0, 700.0)])
    ((-20.0, 500.0), (600.0, 700.0))
    """
    result: list[Span] = []
    for low, high in sorted(spans):
        if result and at_most(low, result[-1][1]):
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


def without(whole: Span, spans: Iterable[Span]) -> tuple[Span, ...]:
    """The parts of a whole that spans leave uncovered, with their ends.

    >>> without((100.0, 800.0), [(0.5, 200.0)]), without((1.0, 100.0), [(0.5, 100.0)])
    (((200.0, 800.0),), ())
    """
    covered = within(whole, spans)
    if whole[0] == whole[1]:
        return () if covered else (whole,)
    result, reached = [], whole[0]
    for low, high in covered:
        if not at_most(low, reached):
            result.append((reached, low))
        reached = max(reached, high)
    if not at_most(whole[1], reached):
        result.append((reached, whole[1]))
    return tuple(result)


def both(a: Iterable[Span], b: Iterable[Span]) -> tuple[Span, ...]:
    """The parts that stand in both of two sets of spans."""
    second = tuple(b)
    return joined(part for one in a for other in second if (part := common(one, other)) is not None)


def length(spans: Iterable[Span]) -> float:
    """Width of spans that do not overlap, together."""
    return sum(high - low for low, high in spans)


def spans(intervals: Iterable[Interval], unit: Unit) -> tuple[Span, ...]:
    """Intervals as spans of one unit."""
    return tuple((i.low, i.high) for i in (interval.to(unit) for interval in intervals))


def intervals(of: Iterable[Span], unit: Unit) -> tuple[Interval, ...]:
    """Spans of a unit as intervals."""
    return tuple(Interval(low, high, unit) for low, high in of)


def _snapped(span: Span, whole: Span) -> Span:
    """A span whose ends are those of the whole where only rounding sets them apart."""
    return (_end(span[0], whole), _end(span[1], whole))


def _end(x: float, whole: Span) -> float:
    """The nearer end of a whole where a number is as good as it: a whole may be narrower than the guard."""
    low, high = whole
    if x in whole:
        return x
    end = low if abs(x - low) <= abs(x - high) else high
    return end if math.isclose(x, end, rel_tol=GUARD) else x
