"""Gaps on the site: the gaps of a day worked out once, and their course over months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from suyuan.capability.challenges.challenge import named
from suyuan.capability.challenges.research import linked
from suyuan.capability.gaps.cluster import clusters, merged, rank
from suyuan.capability.gaps.gap import gap
from suyuan.capability.gaps.industry import industries, industry, need_of
from suyuan.capability.matching.match import Match
from suyuan.capability.need import Need
from suyuan.procedure.matter import Matter
from suyuan.site.acts.matching.need import answer, screened
from suyuan.verbs.matching.gaps import Gaps, Passage, gaps_of, gaps_of_industry, needs_of_industry, over_time
from suyuan.verbs.matter.matters import stands
from suyuan.verbs.snapshot import Snapshot

MONTHS = 12
FEW = 500
"""Capabilities up to which every one is examined for every need."""
MOST_PAIRS = 5_000
"""Needs times capabilities up to which the past is computed again while somebody waits."""


def all_gaps(known: Snapshot) -> Gaps:
    """The gaps of all registered needs on the snapshot's day."""
    return known.once("site gaps", lambda: _gaps(known, known.needs))


def draft_gaps(known: Snapshot) -> Mapping[str, Gaps]:
    """Industry → gaps of its key parameters, which are drafts, and of the registered needs that name it."""

    def of(id: str) -> Gaps:
        if len(known.capabilities) <= FEW:
            return gaps_of_industry(known, id)
        item = industry(id)
        drafts = [need_of(parameter)[0] for parameter in (item.parameters if item is not None else ())]
        return _gaps(known, (*needs_of_industry(known, id), *(need for need in drafts if need is not None)))

    return known.once("site draft gaps", lambda: {i.id: of(i.id) for i in industries()})


def _gaps(known: Snapshot, needs: Sequence[Need]) -> Gaps:
    """The gaps of needs; with many capabilities a screen of columns finds those that can be met, and only the others
    are examined gate by gate."""
    if len(known.capabilities) <= FEW or not needs:
        return gaps_of(known, needs)
    verdicts = screened(known, needs).verdict
    matches = tuple(
        _met(need, known) if verdict == "can" else answer(known, need)
        for need, verdict in zip(needs, verdicts, strict=True)
    )
    found = [item for match in matches if (item := gap(match)) is not None]
    proven = tuple(item for item in found if item.proven)
    unknown = tuple(item for item in found if not item.proven)
    return Gaps(known.day, matches, proven, unknown, merged(needs), rank(clusters(proven)))


def _met(need: Need, known: Snapshot) -> Match:
    """A need that can be met, without the capabilities behind it: it is only counted here."""
    count, day = len(known.capabilities), need.service_day(known.day)
    return Match(need, day, "can", (), count, (), (), (), (), (), (), (), (), None, None, (), ())


def course(known: Snapshot) -> Passage | None:
    """The gaps on the first day of each of the last months and on the day itself; None where it would take too long for
    a page."""
    if len(known.needs) * len(known.capabilities) > MOST_PAIRS:
        return None
    days = [*_months(known.day), known.day]
    return known.once("site gaps over time", lambda: over_time(known.evidence, known.documents, days))


def _months(day: date) -> list[date]:
    """The first days of the last months.

    >>> _months(date(2026, 1, 15))[-2:]
    [datetime.date(2025, 12, 1), datetime.date(2026, 1, 1)]
    """
    count = day.year * 12 + day.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(count - MONTHS + 1, count + 1)]


FAILED = frozenset(("withdrawn", "merged", "unsolved"))
"""States of a challenge after which its need is free for another one."""


def challenge_about(known: Snapshot, need: Need) -> Matter | None:
    """The challenge about a need, that is under way or ended well."""

    def made() -> dict[str, Matter]:
        going = [m for m in known.matters_of("challenge") if stands(m, known.day).state.name not in FAILED]
        return {name: m for m in going for name in linked(m, "need")}

    return known.once("site challenges by need", made).get(named(need))
