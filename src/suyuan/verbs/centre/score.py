"""Scorecards from a snapshot, for any past day: facts computed, counted by a guideline, with what reviewers said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from suyuan.capability.challenges.challenge import scores_of
from suyuan.centre.candidates import Readiness, readiness
from suyuan.centre.columns import columns
from suyuan.centre.facts import Fact
from suyuan.centre.funds import Funds, funds
from suyuan.centre.guideline import Guideline
from suyuan.centre.records import Centre
from suyuan.centre.scorecard import Judgement, Judgements, Scorecard, Scorecards, indicators, score
from suyuan.centre.shipped import guidelines as shipped
from suyuan.procedure.review import Panel, Score, reviewed
from suyuan.verbs.centre.facts import all_facts, facts
from suyuan.verbs.matter.matters import stands
from suyuan.verbs.matter.panels import panel_of
from suyuan.verbs.snapshot import Snapshot

Review = tuple[Panel, Sequence[Score]]
"""A panel whose subjects are ids of centres and whose criteria bear the ids of judged indicators, with its scores."""


@dataclass(frozen=True)
class Scored:
    """Scorecards with the facts that they were made from."""

    facts: tuple[Fact, ...]
    cards: Scorecards

    def opened(self, centre: str, id: str) -> dict[str, tuple[Fact, ...]]:
        """The facts behind an indicator or gate of a centre: «good», «bad», «unknown», «against»."""
        found = self.cards.facts_of(centre, id)
        return {name: tuple(self.facts[int(at)] for at in rows) for name, rows in found.items()}

    def card(self, centre: str) -> Scorecard:
        """One centre's card."""
        return self.cards.card(centre)

    @cached_property
    def readiness(self) -> tuple[Readiness, ...]:
        """All as candidates, the ripest first."""
        return readiness(self.cards)

    def funds(self, centre: str) -> Funds:
        """The money of a centre, with warnings by the limits of the guideline."""
        return funds(self.facts, centre, self.cards.day, self.cards.guideline)


def scorecards(snapshot: Snapshot, guideline: Guideline, reviews: Iterable[Review] | None = None) -> Scored:
    """All centres of the guideline's scope on the day of a snapshot. reviews: those of the snapshot where not given."""
    names = tuple(row.id for row in snapshot.rows("centre") if row.scope == guideline.scope)
    made = tuple(fact for fact in all_facts(snapshot) if fact.centre in set(names))
    return scored(made, names, snapshot, guideline, reviews)


def scorecard(
    snapshot: Snapshot, centre: str, guideline: Guideline, reviews: Iterable[Review] | None = None
) -> Scorecard:
    """One centre's card on the day of a snapshot; all unknown where no register names the centre."""
    return scored(facts(snapshot, centre), (centre,), snapshot, guideline, reviews).card(centre)


def scored(
    made: tuple[Fact, ...], centres: tuple[str, ...], snapshot: Snapshot, guideline: Guideline,
    reviews: Iterable[Review] | None = None,
) -> Scored:  # fmt: skip
    """Facts counted by a guideline, with what reviewers said: the reviews of the snapshot where none are given."""
    said = judgements(reviews_of(snapshot) if reviews is None else reviews, guideline)
    return Scored(made, score(columns(made, centres), guideline, snapshot.day, said))


ENDED = ("discussed", "concluded")
"""States of a panel in which nobody scores any more; before, nobody is to see what the others gave."""
FINAL = "concluded"
"""The state of a panel that gave its opinion: only then its scores count."""


def reviews_of(snapshot: Snapshot) -> tuple[Review, ...]:
    """The panels that gave their opinion by the day of a snapshot."""
    return tuple(review for _, review in _concluded(snapshot))


def _concluded(snapshot: Snapshot) -> tuple[tuple[str, Review], ...]:
    """Number of each concluded panel, and what was given in it."""

    def made() -> tuple[tuple[str, Review], ...]:
        panels = [(m, stands(m, snapshot.day)) for m in snapshot.matters_of("panel")]
        return tuple(
            (m.number, (panel_of(snapshot, m, snapshot.day), scores_of(where)))
            for m, where in panels
            if where.state.name == FINAL
        )

    return snapshot.once("reviews of centres", made)


@dataclass(frozen=True, slots=True)
class Given:
    """One reviewer's score that counts. panel: its number; place: of the reviewer, from 1; value; low, high: scale."""

    panel: str
    place: int
    value: float
    low: float
    high: float


def scores_given(snapshot: Snapshot, centre: str, criterion: str) -> tuple[Given, ...]:
    """What the reviewers of concluded panels gave a centre for a criterion; those in conflict are left out."""
    found = []
    for number, (panel, scores) in _concluded(snapshot):
        scale = next((c for c in panel.criteria if c.id == criterion), None)
        barred = {c.reviewer for c in panel.conflicts if panel.competing or c.subject == centre}
        given = {s.reviewer: s.value for s in scores if (s.subject, s.criterion) == (centre, criterion)}
        for place, name in enumerate(panel.reviewers, 1):
            if scale is not None and name in given and name not in barred:
                found.append(Given(number, place, given[name], scale.low, scale.high))
    return tuple(found)


def judgements(reviews: Iterable[Review], guideline: Guideline) -> Judgements:
    """What panels say, by centre and judged indicator or gate.

    An indicator is judged by the criterion of its id: mean and standard deviation of the reviewers' scores on 0 to 1.
    A judged gate without a criterion of its own asks whether the reviewers are free of conflict: passed where the
    panel has none. Scores of reviewers in conflict never enter.
    """
    wanted = {i.id for i in indicators(guideline) if i.judged}
    gates = {g.id for g in guideline.gates if g.rule is None and not g.document}
    found: dict[tuple[str, str], Judgement] = {}
    for panel, scores in reviews:
        for criterion in panel.criteria:
            if criterion.id in wanted | gates:
                own = [s for s in scores if s.criterion == criterion.id]
                said = reviewed(
                    Panel((criterion,), panel.reviewers, panel.subjects, panel.conflicts, panel.competing), own, draws=0
                )
                for n, subject in enumerate(said.subjects):
                    if said.count[n]:
                        spread = None if np.isnan(said.s[n]) else float(said.s[n])
                        found[subject, criterion.id] = Judgement(float(said.mean[n]), spread, int(said.count[n]))
        for gate in gates - {criterion.id for criterion in panel.criteria}:
            for subject in panel.subjects:
                barred = any(c.subject == subject for c in panel.conflicts)
                found[subject, gate] = Judgement(0.0 if barred else 1.0, None, len(panel.reviewers))
    return found


def guideline_of(snapshot: Snapshot, centre: Centre, version: str = "") -> Guideline | None:
    """The guideline that a centre is measured by: the one of its row in force on the day (of several the newest), else
    the newest for its scope; delivered ones before those of the package."""
    known = {(g.number, g.version): g for g in shipped()} | dict(snapshot.guidelines)
    fitting = [g for g in known.values() if g.scope == centre.scope and version in ("", g.version)]
    named = [g for g in fitting if g.number == centre.guideline]
    day = snapshot.day
    for rows in (named, fitting):
        in_force = [g for g in rows if (g.valid_from is None or g.valid_from <= day)
                    and (g.valid_until is None or day <= g.valid_until)]  # fmt: skip
        if in_force:
            return max(in_force, key=lambda g: (str(g.valid_from or ""), len(g.version), g.version))
    return None


def versions_of(snapshot: Snapshot, number: str) -> tuple[Guideline, ...]:
    """All versions of a guideline, delivered or of the package, in order."""
    known = {(g.number, g.version): g for g in shipped()} | dict(snapshot.guidelines)
    return tuple(sorted((g for g in known.values() if g.number == number), key=lambda g: (len(g.version), g.version)))


def trend(snapshots: Iterable[Snapshot], centre: str, guideline: Guideline) -> tuple[Scorecard, ...]:
    """The cards of a centre on several days, each from what was known on its day."""
    return tuple(scorecard(snapshot, centre, guideline) for snapshot in snapshots)
