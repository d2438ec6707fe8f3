"""Which of a sender's messages have come: spans of numbers, what is missing between them, and when a gap closes."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from suyuan.quantity.finding import Finding, finding

MOST_SPANS = 1000
"""Spans that are remembered of one sender: the oldest gaps beyond that are told and no longer watched."""
MOST_SENDERS = 10_000
"""Senders (with their runs) that are remembered; whoever was silent longest is forgotten first."""

Sender = tuple[str, str]
"""A sender and its run."""


@dataclass
class Numbers:
    """The numbers that have come, as spans [first, last] that rise and do not touch."""

    spans: list[list[int]] = field(default_factory=list)

    def take(self, number: int) -> bool:
        """Note a number; whether it is new.

        >>> n = Numbers(); [n.take(k) for k in (1, 2, 5, 2, 3)], n.spans, n.missing()
        ([True, True, True, False, True], [[1, 3], [5, 5]], [(4, 4)])
        """
        spans = self.spans
        if spans and number == spans[-1][1] + 1:  # the next one, as nearly always
            spans[-1][1] = number
            return True
        at = bisect_right(spans, number, key=lambda span: span[0])
        before = spans[at - 1] if at else None
        after = spans[at] if at < len(spans) else None
        if before is not None and number <= before[1]:
            return False
        joins, meets = before is not None and before[1] + 1 == number, after is not None and number + 1 == after[0]
        if joins and meets:
            spans[at - 1 : at + 1] = [[before[0], after[1]]]  # type: ignore[index]
        elif joins:
            before[1] = number  # type: ignore[index]
        elif meets:
            after[0] = number  # type: ignore[index]
        else:
            spans.insert(at, [number, number])
        return True

    def missing(self) -> list[tuple[int, int]]:
        """The gaps: first and last number of each; a sender begins with 1 (or 0)."""
        whole = [[0, 0], *self.spans] if self.spans and self.spans[0][0] > 0 else self.spans
        return [(a[1] + 1, b[0] - 1) for a, b in pairwise(whole) if b[0] > a[1] + 1]

    def forget(self) -> int:
        """Close the oldest gaps where there are too many; how many numbers are given up."""
        given_up = 0
        while len(self.spans) > MOST_SPANS:
            first, second = self.spans[0], self.spans[1]
            given_up += second[0] - first[1] - 1
            self.spans[:2] = [[first[0], second[1]]]
        return given_up


class Sequences:
    """The numbers of all senders, and what changed in their gaps since one asked last."""

    def __init__(self, rows: Iterable[Any] = ()) -> None:
        self._of: OrderedDict[Sender, Numbers] = OrderedDict()
        for sender, run, spans in rows:
            self._of[sender, run] = Numbers([[int(a), int(b)] for a, b in spans])
        self._touched: dict[Sender, list[tuple[int, int]]] = {}

    def take(self, sender: str, run: str, number: int) -> bool:
        """Note a message; whether its number is new."""
        key = sender, run
        numbers = self._of.get(key)
        if numbers is None:
            numbers = self._of[key] = Numbers()
        if key not in self._touched:
            self._touched[key] = numbers.missing()
        self._of.move_to_end(key)
        return numbers.take(number)

    def changes(self) -> list[Finding]:
        """Gaps that opened, shrank or closed since the last call; senders beyond the limit are forgotten."""
        found = []
        for (sender, run), before in self._touched.items():
            numbers = self._of[sender, run]
            where = f"{sender} {run}".strip()
            after = numbers.missing()
            was, is_now = _total(before), _total(after)
            opened = _total(_outside(after, before))
            if opened:
                first, last = after[-1]
                found.append(finding("live.sequence.gap", where, "warning", count=opened, first=first, last=last,
                                     open=is_now))  # fmt: skip
            if (came := was + opened - is_now) > 0:
                found.append(finding("live.sequence.late", where, "note", count=came, open=is_now))
            if given_up := numbers.forget():
                found.append(finding("live.sequence.many", where, "warning", count=given_up))
        self._touched = {}
        while len(self._of) > MOST_SENDERS:
            (sender, run), _ = self._of.popitem(last=False)
            found.append(finding("live.sequence.forgotten", f"{sender} {run}".strip(), "note", limit=MOST_SENDERS))
        return found

    def open(self) -> dict[Sender, list[tuple[int, int]]]:
        """The gaps that are open."""
        return {key: gaps for key, numbers in self._of.items() if (gaps := numbers.missing())}

    def rows(self) -> list[list[Any]]:
        """What is known, for a file."""
        return [[sender, run, [list(span) for span in numbers.spans]] for (sender, run), numbers in self._of.items()]


def _total(gaps: Iterable[tuple[int, int]]) -> int:
    return sum(last - first + 1 for first, last in gaps)


def _outside(gaps: list[tuple[int, int]], others: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of some gaps lies in none of the others."""
    left = []
    for first, last in gaps:
        at = first
        for begin, end in others:
            if end < at or begin > last:
                continue
            if begin > at:
                left.append((at, begin - 1))
            at = max(at, end + 1)
        if at <= last:
            left.append((at, last))
    return left
