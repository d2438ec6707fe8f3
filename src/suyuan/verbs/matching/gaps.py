"""Gaps of a snapshot: of all needs, of an industry, of a centre's demand; and over time, with what was closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from suyuan.capability.capability import Capability
from suyuan.capability.gaps.cluster import Merged, Ranking, clusters, merged, rank
from suyuan.capability.gaps.gap import KINDS, Closing, Gap, Side, closed, gap, need_key, side
from suyuan.capability.gaps.industry import industry, need_of, parameters
from suyuan.capability.gaps.matrix import Matrix, entries, entries_of_needs, matrix
from suyuan.capability.matching.gate import Proof
from suyuan.capability.matching.match import Match, Supports
from suyuan.capability.need import Need
from suyuan.centre.records import Centre
from suyuan.quantity.finding import Finding
from suyuan.traceability.evidence import Evidence
from suyuan.verbs.matching.what_holds import answers
from suyuan.verbs.snapshot import Documents, Snapshot, snapshot


@dataclass(frozen=True)
class Gaps:
    """The gaps of some needs on a day.

    matches: of all of them; gaps: proven ones; unknown: needs that cannot be judged (no target); needs: the same need
    of several firms as one; ranking: clusters of the proven gaps; findings: needs that could not be made.
    """

    day: date
    matches: tuple[Match, ...]
    gaps: tuple[Gap, ...]
    unknown: tuple[Gap, ...]
    needs: tuple[Merged, ...]
    ranking: Ranking
    findings: tuple[Finding, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """Verdict → number of needs; every kind of gap is named, also where there is none of it."""
        found = dict.fromkeys((*KINDS, "can"), 0)
        for match in self.matches:
            found[match.verdict] += 1
        return found


def gaps_of(
    at: Snapshot, needs: Iterable[Need] | None = None, known: Supports | None = None, proof: Proof = "evidence",
    capabilities: Iterable[Capability] | None = None, findings: tuple[Finding, ...] = (),
) -> Gaps:  # fmt: skip
    """The gaps of needs, of all registered ones where none are given.

    known: what `match.supports_on` gave; capabilities: only these count, None for all.
    """
    asked = tuple(at.needs if needs is None else needs)
    matches = answers(at, asked, known, proof, capabilities)
    found = tuple(item for match in matches if (item := gap(match)) is not None)
    proven = tuple(item for item in found if item.proven)
    return Gaps(
        at.day, matches, proven, tuple(item for item in found if not item.proven), merged(asked),
        rank(clusters(proven)), findings,
    )  # fmt: skip


def gaps_of_industry(at: Snapshot, id: str, drafts: bool = True, known: Supports | None = None) -> Gaps:
    """The gaps of an industry: registered needs that name it or one of its key parameters, and where `drafts` is true
    those of its key parameters themselves (drafts, each with its status)."""
    needs = needs_of_industry(at, id)
    told: list[Finding] = []
    if drafts:
        for need, found in _drafts(id):
            told += found
            needs = needs if need is None else (*needs, need)
    return gaps_of(at, needs, known, findings=tuple(told))


def needs_of_industry(at: Snapshot, id: str) -> tuple[Need, ...]:
    """Registered needs that name an industry, or one of its key parameters."""
    return tuple(need for need in at.needs if id in (need.industry, _industry_of(need)))


def _industry_of(need: Need) -> str:
    stem = parameters().get(need.parameter)
    return stem.industry if stem is not None else ""


def _drafts(id: str) -> Iterable[tuple[Need | None, tuple[Finding, ...]]]:
    known = industry(id)
    return (need_of(parameter) for parameter in (known.parameters if known is not None else ()))


def gaps_of_centre(at: Snapshot, centre: Centre, own: bool = False, known: Supports | None = None) -> Gaps:
    """The gaps of a centre's demand list (all needs of its industry where it names none).

    own: count only the capabilities of the centre's own laboratories, as its score does; else those of everybody.
    """
    demand = set(centre.demand)
    needs = tuple(n for n in at.needs if n.id in demand) if demand else needs_of_industry(at, centre.industry)
    names = set(centre.laboratories)
    mine = [c for c in at.capabilities if names & set(c.laboratory.values())] if own else None
    return gaps_of(at, needs, known, capabilities=mine)


def matrix_of_industry(at: Snapshot, id: str, known: Supports | None = None) -> Matrix:
    """Life-cycle stages × chain nodes of an industry's key parameters, with what is covered and by whom."""
    item = industry(id)
    stated = item.parameters if item is not None else ()
    needs = [need for need, _ in _drafts(id) if need is not None]
    return matrix(entries(stated, {match.need.id: match for match in answers(at, needs, known)}))


def matrix_of_needs(at: Snapshot, needs: Sequence[Need], known: Supports | None = None) -> Matrix:
    """Life-cycle stages × chain nodes of registered needs."""
    matches = {need_key(match.need): match for match in answers(at, needs, known)}
    return matrix(entries_of_needs(needs, matches, parameters()))


# ---------------------------------------------------------------- over time


@dataclass(frozen=True)
class Passage:
    """Gaps over days. days; counts: of each day, verdict → number of needs; closings: in the order of their days;
    opened: needs that could be met on one day and not on the next, with that day."""

    days: tuple[date, ...]
    counts: tuple[Mapping[str, int], ...]
    closings: tuple[Closing, ...]
    opened: tuple[tuple[date, Gap], ...]

    @property
    def per_year(self) -> Mapping[int, int]:
        """Year → gaps closed in it."""
        found: dict[int, int] = {}
        for closing in self.closings:
            if closing.after.day is not None:
                found[closing.after.day.year] = found.get(closing.after.day.year, 0) + 1
        return dict(sorted(found.items()))


def over_time(evidence: Evidence, documents: Documents, days: Iterable[date], proof: Proof = "evidence") -> Passage:
    """The gaps of all registered needs on each of some days, and what was closed and opened between them.

    A gap is closed between two days where the same need (organisation and id, quantity, interval and target unchanged)
    was proven open on the first and can be met on the second: a need that was made easier closes nothing.
    """
    ordered = sorted(set(days))
    counts: list[Mapping[str, int]] = []
    closings: list[Closing] = []
    opened: list[tuple[date, Gap]] = []
    before: dict[tuple[str, str], tuple[Snapshot, Match]] = {}
    for day in ordered:
        at = snapshot(evidence, documents, day)
        found = gaps_of(at, proof=proof)
        counts.append(found.counts)
        for match in found.matches:
            known = before.get(need_key(match.need))
            if known is None or not _same_demand(known[1].need, match.need):
                continue
            was, now = gap(known[1]), gap(match)
            if was is not None and now is None:
                made = closed(was, _side(*known), _side(at, match))
                closings += [made] if made is not None else []
            elif was is None and now is not None:
                opened.append((day, now))
        before = {need_key(match.need): (at, match) for match in found.matches}
    return Passage(tuple(ordered), tuple(counts), tuple(closings), tuple(opened))


def _side(at: Snapshot, match: Match) -> Side:
    return side(match, documents_of(at, match), at.day)


def _same_demand(a: Need, b: Need) -> bool:
    return (a.quantity, a.item, a.interval, a.target, a.conditions) == (
        b.quantity, b.item, b.interval, b.target, b.conditions
    )  # fmt: skip


def documents_of(at: Snapshot, match: Match) -> tuple[str, ...]:
    """SHA-256 of the documents behind a match: the delivery of the need, those of the capabilities shown, and the
    certificates that they rest on, all the way up."""
    shown = side(match)
    keys = set(shown.capabilities)
    digests = [
        register.digest for register, row in at.deliveries("need") if need_key(row) == need_key(match.need)
    ]  # fmt: skip
    digests += [register.digest for register, row in at.deliveries("capability") if row.key in keys]
    for standard in shown.standards:
        for certificate in at.evidence.by_key.get(standard, ()):
            digests.append(certificate.digest)
            above = at.graph.upstream(certificate.digest) if certificate.digest in at.graph.number_of else ()
            digests += [node.id for node in above if node.kind == "certificate"]
    return tuple(dict.fromkeys(digest for digest in digests if digest))
