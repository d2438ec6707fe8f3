"""Guards of the life cycles of centres: each a function over a snapshot and a matter that says what stands against.

() passes; an error forbids; None: nobody can say, and that does not pass (`procedure.admission.Guards`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from suyuan.centre.funds import limit
from suyuan.centre.guideline import Gate, Guideline
from suyuan.centre.records import Centre
from suyuan.centre.rectification import raised
from suyuan.centre.scorecard import GateRow
from suyuan.procedure.admission import Guards
from suyuan.procedure.conflict import About, Reviewer, free, house_rules
from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.read import procedure
from suyuan.procedure.standing import Standing, documents_of, standing
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.verbs.centre.facts import facts
from suyuan.verbs.centre.score import Review, Scored, guideline_of, scored
from suyuan.verbs.snapshot import Snapshot

Found = tuple[Finding, ...] | None
PACKAGE = "suyuan.centre"
PROCEDURES = ("centre", "rectification", "annual_assessment", "periodic_review", "candidate")


@dataclass(frozen=True)
class Asked:
    """What a guard looks at. reviewers: whom the step names or the panel has; reviews: with scores; event: the one
    to be taken, whose documents count as brought."""

    snapshot: Snapshot
    matter: Matter
    reviews: tuple[Review, ...] = ()
    reviewers: tuple[Reviewer, ...] = ()
    event: Event | None = None

    @cached_property
    def brought(self) -> frozenset[str]:
        """Names of documents that came with the matter or come with the event; a step that asks for a document cannot
        be taken without it, so before anybody hands it in it counts as coming."""
        coming = {} if self.event is None else documents_of(self.event)
        there = {name for name, sha in {**self.stands(self.matter).documents, **coming}.items() if sha}
        steps = procedure(PACKAGE, self.matter.procedure).steps if self.event is not None else ()
        asked_for = (step.documents for step in steps if self.event is not None and step.act == self.event.act)
        return frozenset(there.union(*asked_for))

    @cached_property
    def centre(self) -> Centre | None:
        """The centre that the matter is about."""
        id = str(self.matter.fields.get("centre", ""))
        return next((row for row in self.snapshot.rows("centre") if row.id == id), None)

    @cached_property
    def guideline(self) -> Guideline | None:
        """By its version in the matter, where one stands there."""
        version = str(self.matter.fields.get("guideline_version", ""))
        return None if self.centre is None else guideline_of(self.snapshot, self.centre, version)

    @cached_property
    def scored(self) -> Scored | None:
        if self.centre is None or self.guideline is None:
            return None
        made = facts(self.snapshot, self.centre.id)
        return scored(made, (self.centre.id,), self.snapshot, self.guideline, self.reviews)

    def matters(self, *names: str) -> tuple[Matter, ...]:
        """The centre's matters of some procedures."""
        id = str(self.matter.fields.get("centre", ""))
        return tuple(m for m in self.snapshot.matters_of(*names) if str(m.fields.get("centre", "")) == id)

    def last(self, act: str) -> Event | None:
        """The last event of a step that the procedure allowed."""
        taken = self.stands(self.matter).taken
        return next((event for event in reversed(taken) if event.act == act), None)

    def stands(self, matter: Matter) -> Standing:
        return standing(procedure(PACKAGE, matter.procedure), matter, self.snapshot.day)


def guards(
    snapshot: Snapshot, matter: Matter, reviews: Iterable[Review] = (), reviewers: Iterable[Reviewer] = (),
    event: Event | None = None,
) -> Guards:  # fmt: skip
    """All guards of a matter of one of `PROCEDURES`, evaluated; only those that its possible steps ask for."""
    asked = Asked(snapshot, matter, tuple(reviews), tuple(reviewers), event)
    wanted = {name for possible in asked.stands(matter).possible for name in possible.step.guards}
    return {name: GUARDS[name](asked) for name in sorted(wanted) if name in GUARDS}


def centre_known(asked: Asked) -> Found:
    """The register names the centre."""
    if asked.centre is None:
        return (finding("centre.guard.unknown_centre", "centre", id=str(asked.matter.fields.get("centre", "—"))),)
    return ()


def gates_passed(asked: Asked) -> Found:
    """Every gate of the guideline is known to be passed, but for those that only reviewers can judge later on."""
    if asked.scored is None or asked.centre is None:
        return None
    rows = [row for row in asked.scored.card(asked.centre.id).gates if row.passed is not True]
    return tuple(
        _of_gate(row) for row in rows if not _judged_later(row.gate, asked) and row.gate.document not in asked.brought
    )


def _judged_later(gate: Gate, asked: Asked) -> bool:
    return gate.rule is None and not gate.document and not asked.reviews


def _of_gate(row: GateRow) -> Finding:
    title = in_both("title", row.gate.title, row.gate.id)
    if row.passed is None:
        return finding("centre.guard.gate_unknown", row.gate.id, id=row.gate.id, **title)
    return finding("centre.guard.gate_failed", row.gate.id, id=row.gate.id, value=f"{row.low:.4g}", **title)


def dossier_complete(asked: Asked) -> Found:
    """The documents that the guideline's gates ask for are there, each named that is not."""
    if asked.guideline is None or asked.scored is None or asked.centre is None:
        return None
    there = {f.detail.get("name") for f in asked.scored.facts if f.kind == "document" and f.good}
    asked_for = [gate.document for gate in asked.guideline.gates if gate.document]
    return tuple(
        finding("centre.guard.document", name, **in_both("title", asked.guideline.documents.get(name, {}), name))
        for name in asked_for
        if name not in there and name not in asked.brought
    )


def survey_done(asked: Asked) -> Found:
    """A survey of the industry's need is recorded, with its document."""
    return _recorded(asked, "survey", "survey of demand", "产业需求调研")


def _recorded(asked: Asked, kind: str, en: str, zh: str) -> Found:
    if asked.centre is None:
        return None
    rows = [r for r in asked.snapshot.rows("centre_record") if r.centre == asked.centre.id and r.kind == kind]
    if any(row.document for row in rows):
        return ()
    return (finding("centre.guard.document", kind, title_zh=zh, title_en=en),)


def reviewers_free(asked: Asked) -> Found:
    """No reviewer has a conflict with the centre, its host or its partners; with nobody named nobody can say."""
    if asked.centre is None or not (asked.reviewers or asked.reviews):
        return None
    row = asked.centre
    about = About(row.id, {
        "centre": (row.id, *row.name.values(), *row.laboratories), "host": tuple(row.host.values()),
        "partner": row.partners,
    })  # fmt: skip
    found = [item for one in asked.reviewers for item in free(one, (about,), house_rules(), asked.snapshot.day)]
    for panel, _ in asked.reviews:
        found += [c.finding() for c in panel.conflicts if c.subject == row.id]
    return tuple(found)


def review_done(asked: Asked) -> Found:
    """At least three reviewers without conflict gave complete scores (three: our own proposal)."""
    if not asked.reviews or asked.centre is None:
        return None
    least, counts = 3, [_scorers(review, asked.centre.id) for review in asked.reviews]
    if max(counts) >= least:
        return ()
    return (finding("centre.guard.reviewers_few", "scores", count=max(counts), least=least),)


def _scorers(review: Review, subject: str) -> int:
    panel, scores = review
    barred = {c.reviewer for c in panel.conflicts if c.subject == subject}
    wanted = {criterion.id for criterion in panel.criteria}
    given: dict[str, set[str]] = {}
    for score in scores:
        if score.subject == subject and score.reviewer in panel.reviewers and score.reviewer not in barred:
            given.setdefault(score.reviewer, set()).add(score.criterion)
    return sum(wanted <= names for names in given.values())


def funds_committed(asked: Asked) -> Found:
    """Money is planned for this year or a later one, with a document."""
    if asked.scored is None or asked.centre is None:
        return None
    years = [y.year for y in asked.scored.funds(asked.centre.id).years if y.plan]
    if any(year >= asked.snapshot.day.year for year in years):
        return ()
    return (finding("centre.guard.funds", "fund_plan", year=asked.snapshot.day.year),)


def indicators_met(asked: Asked) -> Found:
    """The lower end of the total reaches the guideline's limit: what is unknown does not help."""
    if asked.scored is None or asked.centre is None:
        return None
    card, least = asked.scored.card(asked.centre.id), limit(asked.guideline, "candidate_least", 60.0)
    low, high = (100.0 * end / card.total for end in (card.low, card.high))
    if low >= least:
        return ()
    return (finding("centre.guard.score", "total", low=f"{low:.1f}", high=f"{high:.1f}", least=f"{least:g}"),)


def findings_closed(asked: Asked) -> Found:
    """Every rectification of the centre is closed; one that this matter raised must have been opened at all."""
    cases = asked.matters("rectification")
    open_ = [case for case in cases if asked.stands(case).state.name != "closed"]
    found = [finding("centre.guard.open", case.number, number=case.number,
                     **in_both("title", asked.stands(case).state.title, "—")) for case in open_]  # fmt: skip
    raised = [asked.last(act) for act in ("findings_raised", "assessment_failed", "review_failed")]
    last = max((event.time for event in raised if event is not None), default=None)
    if last is not None and not any(case.events[0].time >= last for case in cases):
        found.append(finding("centre.guard.not_opened", asked.matter.number, day=last.date()))
    return tuple(found)


def evidence_shown(asked: Asked) -> Found:
    """Each finding of a rectification has the document of its closure, under its number in «closures»; asked before the
    evidence is handed in as well as before the closing."""
    coming = asked.event if asked.event is not None and asked.event.act == "submitted" else None
    rows = raised((*asked.stands(asked.matter).taken, *((coming,) if coming is not None else ())))
    if rows is None:
        return None
    place = "content/closures" if coming is not None else "closures"
    return tuple(finding("centre.guard.no_evidence", f"{place}/{row.number}", number=row.number, text=_short(row.text))
                 for row in rows if not row.digest)  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def services_public(asked: Asked) -> Found:
    """At least one capability of the centre is supported: there is something to serve with."""
    if asked.scored is None:
        return None
    if any(fact.kind == "capability" and fact.good for fact in asked.scored.facts):
        return ()
    return (finding("centre.guard.no_service", "capability"),)


def assessment_done(asked: Asked) -> Found:
    """The annual assessment of this stay in the state has passed."""
    return _passed(asked, "annual_assessment", "assessment_opened")


def review_closed(asked: Asked) -> Found:
    """The periodic review of this stay in the state has passed."""
    return _passed(asked, "periodic_review", "review_began")


def _passed(asked: Asked, name: str, began: str) -> Found:
    begun = asked.last(began)
    since = date.min if begun is None else begun.time.date()
    ended = [asked.stands(m) for m in asked.matters(name)]
    # the year's assessment may have been opened before the life cycle took note of it
    if any(s.state.name == "passed" and s.since is not None and (since - s.since.date()).days <= 365 for s in ended):
        return ()
    return (finding("centre.guard.not_passed", name, **in_both("title", procedure(PACKAGE, name).title, name)),)


def ripe(asked: Asked) -> Found:
    """The scorecard recommends the candidate: all gates passed and the lower end of the score high enough."""
    if asked.scored is None:
        return None
    row = asked.scored.readiness[0]
    if row.stage == "recommend":
        return ()
    return (*(gates_passed(asked) or ()), *(indicators_met(asked) or ())) or None


GUARDS: Mapping[str, Callable[[Asked], Found]] = {
    "centre_known": centre_known, "survey_done": survey_done, "gates_passed": gates_passed,
    "dossier_complete": dossier_complete, "reviewers_free": reviewers_free, "review_done": review_done,
    "funds_committed": funds_committed, "indicators_met": indicators_met, "findings_closed": findings_closed,
    "evidence_shown": evidence_shown, "services_public": services_public, "assessment_done": assessment_done,
    "review_closed": review_closed, "ripe": ripe,
}  # fmt: skip
"""Name of a guard in the rules → its check."""
