"""What a result of readings says beside its numbers: statuses, who speaks against readings, chains that are broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from suyuan.cli import measured
from suyuan.quantity.finding import Finding

if TYPE_CHECKING:
    from suyuan.lake.corrected import Span
    from suyuan.quantity.table import Row
    from suyuan.series.gathered import Gathered
    from suyuan.series.view import View
    from suyuan.verbs.series.corrections import Join

K = 2.0
"""Coverage factor of the expanded uncertainties that are shown; it is said beside them."""


@dataclass(frozen=True)
class Said:
    """Of one result. statuses: word → readings; flagged: see `use.counted`; used: id of a correction → readings with a
    value that it corrects."""

    span: Span
    statuses: Mapping[str, int]
    flagged: Mapping[int, int]
    used: Mapping[str, int]

    @property
    def rule(self) -> Row:
        """The rule of use that was applied."""
        from suyuan.cli.command import today
        from suyuan.series.quality.use import usable_rule

        return usable_rule(today(), self.span.usable or "")

    @property
    def values(self) -> dict[str, Any]:
        """For programs: statuses, the rule of use, and flagged readings that are in the result."""
        from suyuan.series.quality.use import KINDS

        flagged = {
            "readings": self.flagged.get(0, 0),
            **{word: self.flagged.get(bit, 0) for bit, word in KINDS.items()},
        }
        return {"statuses": dict(self.statuses), "usable": self.rule["id"], "flagged": flagged}

    @property
    def facts(self) -> list[tuple[str, object]]:
        """For people: the statuses."""
        return [(measured.status(word), count) for word, count in self.statuses.items()]

    def findings(self, opened: measured.Opened, join: Join) -> tuple[Finding, ...]:
        """Flags in the result and what was taken out of it, and chains of its certificates that are broken."""
        from suyuan.cli.command import today
        from suyuan.series.quality.use import findings
        from suyuan.verbs.series.quality import untraced

        total, out = (self.statuses.get(word, 0) for word in ("valid", "flagged"))
        chains = untraced(opened.store.load()[0], join, self.used, today()) if self.used else ()
        return (*findings(self.span.stream, self.rule, self.flagged, total, out), *chains)


def of_views(span: Span, seen: Sequence[View]) -> Said:
    """What is said of a result that is made of views."""
    from suyuan.series.quality.use import counted_in
    from suyuan.series.reasons import behind

    statuses: dict[str, int] = {}
    for view in seen:
        for status, count in view.counts.items():
            statuses[status.word] = statuses.get(status.word, 0) + count
    return Said(span, statuses, counted_in(seen)[0], behind(seen))


def of_sums(span: Span, sums: Gathered) -> Said:
    """What is said of a result that is made of sums."""
    import numpy as np

    from suyuan.series.asof import Status
    from suyuan.series.quality.use import counted
    from suyuan.series.reasons import behind

    number = np.bincount(sums.tally[1], sums.tally[2], minlength=len(Status))
    statuses = {s.word: int(number[s]) for s in Status if number[s]}
    return Said(span, statuses, counted(*sums.flagged[1:]), behind(sums))
