"""Everything that is known on a day, as one value: what every answer of the service system is computed from.

    documents ─ evidence, registers, matters, guidelines ─▶ snapshot of a day ─▶ capability, match, gap, talent, score

Two snapshots of one day from the same documents are equal, so an answer given for a past day can be given again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from operator import is_
from threading import RLock
from typing import Any, TypeVar

from suyuan.capability.capability import Capability
from suyuan.capability.need import Need
from suyuan.centre.guideline import Guideline
from suyuan.procedure.matter import Matter
from suyuan.procedure.register import Register, Row, merged
from suyuan.traceability.evidence import Evidence
from suyuan.traceability.graph import Graph, build
from suyuan.traceability.survey import Survey, survey

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds for which one waits for what another thread works out; then it is worked out twice rather than never."""


@dataclass(frozen=True)
class Documents:
    """What a store states besides what the graph is built from. held: digests of all that the store holds, by which a
    document that a row names is evidence or a mere word; None where nobody can look."""

    registers: tuple[Register, ...] = ()
    matters: tuple[Matter, ...] = ()
    guidelines: tuple[Guideline, ...] = ()
    held: frozenset[str] | None = None

    def holds(self, digest: str) -> bool:
        """Whether a document is there to be looked at."""
        return bool(digest) and (self.held is None or digest in self.held)


@dataclass(frozen=True)
class Snapshot:
    """What is known on a day. `evidence` and `matters` hold nothing that was learned after it."""

    day: date
    evidence: Evidence
    documents: Documents

    @cached_property
    def graph(self) -> Graph:
        """Calibration events and results."""
        return build(self.evidence)

    @cached_property
    def survey(self) -> Survey:
        """Every use with its breaks."""
        return survey(self.graph, self.evidence)

    @cached_property
    def _kept(self) -> dict[str, Any]:
        return {}

    @cached_property
    def _making(self) -> dict[str, RLock]:
        return {}

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What follows from the snapshot alone, worked out when it is first asked for under a name and then kept.

        Who asks while another thread works on it waits for that, at most `PATIENCE`.
        """
        if name not in self._kept:
            lock = self._making.setdefault(name, RLock())
            mine = lock.acquire(timeout=PATIENCE)
            try:
                if name not in self._kept:
                    self._kept[name] = make()
            finally:
                if mine:
                    lock.release()
        kept: T = self._kept[name]
        return kept

    def deliveries(self, kind: str) -> tuple[Row, ...]:
        """The rows of a kind of register that count on the day, each with the register that it comes from."""
        return self.once(f"deliveries {kind}", lambda: _joined(self.documents.registers, kind, self.day)[0])

    def rows(self, kind: str) -> tuple[Any, ...]:
        """The rows of a kind of register that count on the day."""
        return self.once(f"rows {kind}", lambda: _joined(self.documents.registers, kind, self.day)[1])

    @cached_property
    def capabilities(self) -> tuple[Capability, ...]:
        """All registered capabilities; whether they hold is for `verbs.matching.match` to say."""
        return self.rows("capability")

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """All registered needs."""
        return self.rows("need")

    @cached_property
    def matters(self) -> tuple[Matter, ...]:
        """The matters with their events until the end of the day."""
        return tuple(_until(matter, self.day) for matter in self.documents.matters if _begun(matter, self.day))

    def matters_of(self, *procedures: str) -> tuple[Matter, ...]:
        """The matters of some procedures."""
        return tuple(matter for matter in self.matters if matter.procedure in procedures)

    @cached_property
    def guidelines(self) -> Mapping[tuple[str, str], Guideline]:
        """Number and version → guideline."""
        return {(g.number, g.version): g for g in self.documents.guidelines}


Joined = tuple[tuple[Row, ...], tuple[Any, ...]]
_MOST_JOINED = 4
_known: dict[str, tuple[tuple[tuple[Register, ...], Joined], ...]] = {}


def _joined(registers: Iterable[Register], kind: str, day: date) -> Joined:
    """The rows of a kind that count on a day, with their registers and without; the very same value for days on which
    the same deliveries count. A few are kept of each kind, the newest first."""
    counting = tuple(r for r in registers if r.day <= day and (r.rows.get(kind) or r.removed.get(kind)))
    kept = _known.get(kind, ())
    for known, joined in kept:
        if len(known) == len(counting) and all(map(is_, known, counting)):
            return joined
    rows = merged(counting, kind, day)
    made = rows, tuple(row for _, row in rows)
    _known[kind] = ((counting, made), *kept[: _MOST_JOINED - 1])
    return made


def snapshot(evidence: Evidence, documents: Documents, day: date) -> Snapshot:
    """What was known on a day: certificates issued, statements learned, reports of comparisons released until then."""
    return Snapshot(day, evidence_on(evidence, day), documents)


def evidence_on(evidence: Evidence, day: date) -> Evidence:
    """The evidence as it was on a day; a certificate without a day of issue counts from the end of its calibration."""
    kept = tuple(c for c in evidence.certificates if (c.issued or c.ended or date.min) <= day)
    statements = tuple(s for s in evidence.statements if s.known <= day)
    results = tuple(r for r in evidence.results if r.day <= day)
    outcomes = tuple(_remedy_known(evidence.outcomes, day))
    if (len(kept), len(statements), len(results)) == (
        len(evidence.certificates), len(evidence.statements), len(evidence.results)
    ) and outcomes == evidence.outcomes:  # fmt: skip
        return evidence
    return replace(evidence, certificates=kept, statements=statements, results=results, outcomes=outcomes)


def _remedy_known(outcomes: Iterable[Any], day: date) -> Iterable[Any]:
    for outcome in outcomes:
        if (outcome.released or outcome.measured) <= day:
            later = outcome.remedied is not None and outcome.remedied > day
            yield replace(outcome, remedied=None) if later else outcome


def _begun(matter: Matter, day: date) -> bool:
    return bool(matter.events) and matter.events[0].time.date() <= day


def _until(matter: Matter, day: date) -> Matter:
    kept = tuple(event for event in matter.events if event.time.date() <= day)
    return matter if len(kept) == len(matter.events) else replace(matter, events=kept)
