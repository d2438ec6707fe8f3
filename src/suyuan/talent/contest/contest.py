"""A contest as it stands: what its matter's events say, folded.

    published (rubric, templates, blueprint, checklist, SHA-256 of the seed) → enrolled … → started → answered … →
    closed → revealed (the seed) → appealed, appeal_decided … → final

Nobody can know or change the tasks after the rubric is out: the seed is bound by its digest and shown at closing. The
newest answer of a person to a part counts; one after closing, or before the rubric was published, does not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.procedure import Text
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.talent.contest.rubric import Rubric, from_fields
from suyuan.talent.contest.tasks import templates
from suyuan.talent.contest.theory import Blueprint, bank, blueprint
from suyuan.talent.contest.witnessed import Sheet, checklists, read_sheet

PROCEDURE = "contest"
LEAST_SEED = 16
ANSWER_PARTS = ("theory", "data")
LONGEST_TEAM = 80
_HEX = re.compile(r"(?:[0-9a-f]{2})+")


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a person handed in for a part. event: digest of the event that says so; document: digest of the document."""

    person: str
    part: str
    time: datetime
    answers: Mapping[str, Any]
    event: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal about one item of a part («» for the whole of practice). decided: None while it waits; share: new share
    between 0 and 1 where it was accepted."""

    person: str
    part: str
    item: str
    reason: str
    time: datetime
    decided: str | None = None
    share: float | None = None
    grounds: str = ""


@dataclass(frozen=True)
class Contest:
    """Where a contest stands. seed: None until it is revealed; teams: person → team named at enrolment; answers:
    (person, part) → what counts; sheets: person → assessors' sheets; late: answers that do not count."""

    number: str
    title: Text
    commitment: str = ""
    rubric: Rubric | None = None
    templates: tuple[str, ...] = ()
    blueprint: Blueprint | None = None
    checklist: str = ""
    people: tuple[str, ...] = ()
    teams: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[tuple[str, str], Submitted] = field(default_factory=dict)
    sheets: Mapping[str, tuple[Sheet, ...]] = field(default_factory=dict)
    appeals: tuple[Appeal, ...] = ()
    late: tuple[Submitted, ...] = ()
    started: bool = False
    closed: bool = False
    final: bool = False
    seed: bytes | None = None
    findings: tuple[Finding, ...] = ()


def commitment(seed: bytes) -> str:
    """SHA-256 of a seed, which the publishing event holds. Raises Refused for a seed that could be guessed.

    >>> commitment(bytes(16))[:12]
    '374708fff771'
    """
    if len(seed) < LEAST_SEED:
        raise Refused(finding("contest.seed.short", "seed", n=len(seed), least=LEAST_SEED))
    return hashlib.sha256(seed).hexdigest()


def material_digest(chosen: Sequence[str], plan: Blueprint | None, checklist: str) -> str:
    """SHA-256 of the templates, the questions of the topics and the checklist that a contest draws from.

    A later edition of the software that changed any of them would give other tasks from the same seed: this tells.
    """
    rows: dict[str, Any] = {
        "templates": [dict(templates()[name].rule) for name in chosen if name in templates()],
        "questions": [asdict(q) for q in bank().values() if plan is not None and q.topic in plan.shares],
        "checklist": asdict(checklists()[checklist]) if checklist in checklists() else {},
    }
    return hashlib.sha256(canonical(rows)).hexdigest()


def publication(
    rubric: Rubric, chosen: Sequence[str], plan: Blueprint | None, checklist: str, seed: bytes
) -> dict[str, Any]:
    """The content of the publishing event: rubric, what is drawn from, both with their digests, and the bound seed."""
    made: dict[str, Any] = {
        "rubric": rubric.fields(), "rubric_digest": rubric.digest, "seed_commitment": commitment(seed),
        "templates": list(chosen), "checklist": checklist, "material_digest": material_digest(chosen, plan, checklist),
    }  # fmt: skip
    if plan is not None:
        shares = dict(plan.shares)
        made["blueprint"] = {"questions": plan.questions, "shares": shares, "minutes": plan.minutes}
    return made


def contest(matter: Matter) -> Contest:
    """The contest of a matter, with findings about what its events say wrong; what is sound counts."""
    standing = Contest(matter.number, matter.title)
    for i, event in enumerate(matter.events):
        step = _STEPS.get(event.act)
        if step is not None:
            standing = step(standing, event, f"/events/{i}")
    return standing


def _told(standing: Contest, *found: Finding) -> Contest:
    return replace(standing, findings=(*standing.findings, *found))


def _published(standing: Contest, event: Event, where: str) -> Contest:
    given, found = event.content, list[Finding]()
    if standing.rubric is not None:
        return _told(standing, finding("contest.published.twice", where))
    row = given.get("rubric")
    rubric, wrong = from_fields(row) if isinstance(row, Mapping) else (None, ())
    found += wrong
    if rubric is not None and given.get("rubric_digest") not in (None, "", rubric.digest):
        stated = str(given["rubric_digest"])[:12]
        found.append(finding("contest.rubric.digest", where, stated=stated, computed=rubric.digest[:12]))
        rubric = None
    seal = str(given.get("seed_commitment", "")).lower()
    if not (_HEX.fullmatch(seal) and len(seal) == 64):
        found.append(finding("contest.seed.commitment", where, given=seal[:20] or "—"))
        seal = ""
    chosen = given.get("templates", ())
    names = tuple(str(name) for name in chosen) if isinstance(chosen, (list, tuple)) else ()
    for name in sorted(set(names) - set(templates())):
        found.append(finding("contest.template.unknown", where, template=name[:60], known=", ".join(templates())))
    plan = None
    if isinstance(given.get("blueprint"), Mapping):
        plan, more = blueprint(given["blueprint"])
        found += more
    stated = str(given.get("material_digest", ""))
    if stated and stated != material_digest(names, plan, str(given.get("checklist", ""))):
        found.append(finding("contest.material.changed", where, "warning", stated=stated[:12]))
    listed = str(given.get("checklist", ""))
    if listed and listed not in checklists():
        found.append(finding("contest.practice.checklist", where, given=listed[:60], known=", ".join(checklists())))
        listed = ""
    made = replace(
        standing, rubric=rubric, commitment=seal, templates=tuple(n for n in names if n in templates()),
        blueprint=plan, checklist=listed,
    )  # fmt: skip
    return _told(made, *found)


def _enrolled(standing: Contest, event: Event, where: str) -> Contest:
    who, team = _who(event), " ".join(str(event.content.get("team") or "").split())[:LONGEST_TEAM]
    if team:
        standing = replace(standing, teams={**standing.teams, who: team})
    return standing if who in standing.people else replace(standing, people=(*standing.people, who))


def _started(standing: Contest, event: Event, where: str) -> Contest:
    return replace(standing, started=True)


def _answered(standing: Contest, event: Event, where: str) -> Contest:
    given, who = event.content, _who(event)
    part, answers = str(given.get("part", "")), given.get("answers")
    if part not in ANSWER_PARTS or not isinstance(answers, Mapping):
        return _told(standing, finding("contest.answers.form", where, part=part[:40] or "—",
                                       parts=", ".join(ANSWER_PARTS)))  # fmt: skip
    documents = given.get("documents")
    digest = str(documents.get("answers", "")) if isinstance(documents, Mapping) else ""
    made = Submitted(who, part, event.time, answers, event.digest, digest)
    if standing.rubric is None:
        late = replace(standing, late=(*standing.late, made))
        return _told(late, finding("contest.answers.before_rubric", where, person=who))
    if standing.closed:
        late = replace(standing, late=(*standing.late, made))
        return _told(late, finding("contest.answers.late", where, person=who))
    people = standing.people if who in standing.people else (*standing.people, who)
    return replace(standing, people=people, answers={**standing.answers, (who, part): made})


def _watched(standing: Contest, event: Event, where: str) -> Contest:
    given = event.content.get("sheet")
    sheet, found = read_sheet(given, where) if isinstance(given, Mapping) else (None, ())
    if not isinstance(given, Mapping):
        return _told(standing, finding("contest.practice.sheet", where, assessor=event.person))
    if sheet is None:
        return _told(standing, *found)
    if sheet.assessor != event.person:
        return _told(standing, finding("contest.practice.sheet", where, assessor=sheet.assessor))
    if standing.checklist and sheet.checklist != standing.checklist:
        return _told(standing, *found, finding("contest.practice.other", where, given=sheet.checklist,
                                               wanted=standing.checklist))  # fmt: skip
    people = standing.people if sheet.person in standing.people else (*standing.people, sheet.person)
    own = (*standing.sheets.get(sheet.person, ()), sheet)
    return _told(replace(standing, people=people, sheets={**standing.sheets, sheet.person: own}), *found)


def _closed(standing: Contest, event: Event, where: str) -> Contest:
    return replace(standing, closed=True)


def _revealed(standing: Contest, event: Event, where: str) -> Contest:
    text = str(event.content.get("seed", "")).lower()
    seed = bytes.fromhex(text) if _HEX.fullmatch(text) else b""
    if not seed or hashlib.sha256(seed).hexdigest() != standing.commitment:
        return _told(standing, finding("contest.seed.other", where, stated=standing.commitment[:12] or "—"))
    if not standing.closed:
        return _told(standing, finding("contest.seed.early", where))
    return replace(standing, seed=seed)


def _appealed(standing: Contest, event: Event, where: str) -> Contest:
    given = event.content
    made = Appeal(_who(event), str(given.get("part", "")), str(given.get("item", "")), str(given.get("reason", "")),
                  event.time)  # fmt: skip
    return replace(standing, appeals=(*standing.appeals, made))


def _decided(standing: Contest, event: Event, where: str) -> Contest:
    """The oldest open appeal of the person about the item is decided; a jury does not decide its own."""
    given, who = event.content, str(event.content.get("person", ""))
    key = (who, str(given.get("part", "")), str(given.get("item", "")))
    open_ = [i for i, a in enumerate(standing.appeals) if a.decided is None and (a.person, a.part, a.item) == key]
    if not open_:
        return _told(standing, finding("contest.appeal.none", where, person=who, item=key[2]))
    if event.person == who:
        return _told(standing, finding("contest.appeal.own", where, person=who))
    decision, share = str(given.get("decision", "")), _share(given.get("share"))
    if decision not in ("accepted", "rejected") or (decision == "accepted" and share is None):
        return _told(standing, finding("contest.appeal.decision", where, given=decision or "—"))
    old = standing.appeals[open_[0]]
    new = replace(old, decided=decision, share=share if decision == "accepted" else None,
                  grounds=str(given.get("reason", "")))  # fmt: skip
    return replace(standing, appeals=tuple(new if a is old else a for a in standing.appeals))


def _final(standing: Contest, event: Event, where: str) -> Contest:
    waiting = [a for a in standing.appeals if a.decided is None]
    found = [finding("contest.appeal.waiting", where, n=len(waiting))] if waiting else []
    return _told(replace(standing, final=not waiting), *found)


def _who(event: Event) -> str:
    """Whom an event is about: the organiser may name another person, everybody else speaks for themselves."""
    named = str(event.content.get("person") or "")
    return named if named and event.role == "organiser" else event.person


def _share(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        share = float(value)
    except (TypeError, ValueError):
        return None
    return share if 0.0 <= share <= 1.0 else None


_STEPS = {
    "published": _published, "enrolled": _enrolled, "started": _started, "answered": _answered, "watched": _watched,
    "closed": _closed, "revealed": _revealed, "appealed": _appealed, "appeal_decided": _decided, "final": _final,
}  # fmt: skip


def appeals_decided(standing: Contest) -> tuple[Finding, ...]:
    """The guard of the final step: empty where no appeal waits."""
    waiting = sum(appeal.decided is None for appeal in standing.appeals)
    return (finding("contest.appeal.waiting", "appeals", n=waiting),) if waiting else ()
