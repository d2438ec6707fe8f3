"""Long tables of a centre's page: what wants somebody stands open, what is in order is folded under a counted summary.

Everything stays in the page and is reached without script: the summary of a `details` element says in words how much
lies under it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.site.language import current
from suyuan.site.web.parts.sentence import count, sentence

FEW = 3
"""A table of so many rows is shown whole."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Folded:
    """Rows of a table. open: shown at once; rest: under the summary `said`."""

    open: Sequence[Row]
    rest: Sequence[Row]
    said: str

    def __iter__(self) -> Iterator[Row]:
        yield from self.open
        yield from self.rest

    def __len__(self) -> int:
        return len(self.open) + len(self.rest)


def folded(rows: Sequence[Row], thing: str, fine: Callable[[Row], bool]) -> Folded:
    """The rows that are not fine open, the others folded where the table is long. thing: its words are
    `centres.fold.THING.more` and `.all`."""
    open_ = [row for row in rows if not fine(row)]
    rest = [row for row in rows if fine(row)]
    if len(rows) <= FEW or len(rest) < 2:
        return Folded([*open_, *rest], (), "")
    key = f"centres.fold.{thing}.{'more' if open_ else 'all'}"
    return Folded(open_, rest, _begun(sentence(key, current(), n=count(len(rest), current()))))


def indicators_said(rows: Sequence[Row]) -> str:
    """How many indicators a condition has, and of how many nothing or not all is known."""
    unsure = sum(bool(row["unknown"] or row["partly"]) for row in rows)
    key = "centres.fold.indicators.unsure" if unsure else "centres.fold.indicators"
    return sentence(key, current(), n=count(len(rows), current()), unsure=count(unsure, current()))


def _begun(said: str) -> str:
    return said[:1].upper() + said[1:]
