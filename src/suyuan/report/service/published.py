"""What a snapshot publishes as open data: indicators, capabilities, centres, needs and gaps of a day, masked.

    snapshot of a day ─ scorecards, supports, life cycles, matches, gaps ─▶ datasets ─▶ `open_data.open_data`

The same snapshot gives the same files, so what was published for a past day can be made again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from suyuan.centre.records import SCOPES
from suyuan.report.service.drawn import pick
from suyuan.report.service.open_data import Dataset, Indicator, capabilities, centres, gaps, indicators, needs
from suyuan.report.service.shown import gap_rows
from suyuan.verbs.centre.register_of_centres import register_of_centres
from suyuan.verbs.centre.score import guideline_of, scorecards
from suyuan.verbs.matching.gaps import gaps_of
from suyuan.verbs.matching.match import supports_on
from suyuan.verbs.snapshot import Snapshot

MOST_EVIDENCE = 50
"""Addresses that stand beside an indicator; the pages open all of them."""


def published(snapshot: Snapshot) -> tuple[Dataset, ...]:
    """The datasets of a day: nothing confidential is in them."""
    supports = supports_on(snapshot)
    found = gaps_of(snapshot, known=supports)
    verdicts = [(match.need, match.verdict) for match in found.matches]
    entries = register_of_centres(snapshot)
    return (
        indicators(_indicators(snapshot)),
        capabilities(snapshot.capabilities, {key: support.chain for key, support in supports.items()}),
        centres((e.centre for e in entries), {e.centre.id: e.state for e in entries}),
        needs(verdicts),
        gaps(gap_rows(found.ranking)),
    )


def _indicators(snapshot: Snapshot) -> Iterator[Indicator]:
    """Every indicator of every centre by the guideline that it is measured by; an unknown one has no number."""
    for scope in SCOPES:
        rows = [row for row in snapshot.rows("centre") if row.scope == scope]
        by_guideline = {(g.number, g.version): g for row in rows if (g := guideline_of(snapshot, row)) is not None}
        for guideline in by_guideline.values():
            scored = scorecards(snapshot, guideline)
            for row in rows:
                own = guideline_of(snapshot, row)
                if own is None or (own.number, own.version) != (guideline.number, guideline.version):
                    continue
                for line in scored.card(row.id).rows:
                    facts = scored.opened(row.id, line.indicator.id).get("good", ())
                    evidence = tuple(dict.fromkeys(f.evidence for f in facts if f.evidence))[:MOST_EVIDENCE]
                    title = line.indicator.title
                    yield Indicator(
                        line.indicator.id, pick(title, "zh"), title.get("en", ""), _known(line.low, line.unknown),
                        _known(line.high, line.unknown), line.indicator.unit, row.id, evidence,
                    )  # fmt: skip


def _known(value: float, unknown: bool) -> float | None:
    return None if unknown or not math.isfinite(value) else float(value)
