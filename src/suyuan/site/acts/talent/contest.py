"""Contests on the site: who sees what of one, drafting and running it, handing in, marking, appeals, what follows.

A contest is a matter; here are its seed (`acts.talent.contest_seal`), the permissions that go with its roles, results,
computed once for a number of events. Until the seed is revealed nobody sees the answers or sheets of others.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User as Account
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts import clock, service
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.log import told
from suyuan.site.acts.matters import matter
from suyuan.site.acts.matters.kept import matter_of
from suyuan.site.acts.service import Delivered
from suyuan.site.acts.talent import contest_seal
from suyuan.site.acts.talent.contest_seal import visible
from suyuan.site.records.matter import MatterRecord
from suyuan.site.secret import badge_key
from suyuan.talent.badge import credential, did_key, sign
from suyuan.talent.contest.contest import Contest, publication
from suyuan.talent.contest.marks import Ranked
from suyuan.talent.contest.rubric import Rubric
from suyuan.talent.contest.theory import Blueprint
from suyuan.verbs.matter.matters import procedure_named, stands
from suyuan.verbs.people import contest as verbs
from suyuan.verbs.people.contest import PersonTasks, Results

__all__ = ["PROCEDURE", "Draft", "View", "visible"]
PROCEDURE = contest_seal.PROCEDURE
SET = ("teach", "regulate")
"""Acts of which one is needed to set a contest."""
BADGE_YEARS = 3
_kept: dict[tuple[str, int, str], Results] = {}
_MOST_KEPT = 16


@dataclass(frozen=True)
class View:
    """A contest as somebody sees it. seen: the matter, others' answers hidden; contest: as it stands with everything,
    for this module and for what is the person's own; me: the account, «» for a visitor."""

    seen: matter.Seen
    contest: Contest
    me: str

    @property
    def number(self) -> str:
        return self.contest.number

    @property
    def state(self) -> str:
        return self.seen.where.state.name

    def is_(self, role: str) -> bool:
        """Whether the person holds a role."""
        return role in self.seen.roles

    def may(self, act: str) -> bool:
        """Whether the person may take a step now."""
        return any(step.act == act for step, _ in self.seen.steps)

    @property
    def enrolled(self) -> bool:
        return self.me in self.contest.people

    @property
    def marked(self) -> bool:
        """Whether marks can be computed."""
        return self.contest.seed is not None and self.contest.rubric is not None

    @property
    def sees_all(self) -> bool:
        """Whether the person sees everybody's marks in detail: whoever runs the contest or decides appeals."""
        return self.is_("organiser") or self.is_("jury")


def view(number: str, user: User) -> View:
    """A contest as somebody sees it; 404 where there is none."""
    return _view(matter.seen(PROCEDURE, number, user))


def _view(seen: matter.Seen) -> View:
    return View(seen, verbs.standing(matter_of(seen.row)), seen.me)


def contests(user: User) -> list[View]:
    """All contests that somebody may see, the newest first."""
    return [_view(seen) for seen in matter.listed(user, PROCEDURE)]


def public(number: str) -> View:
    """A contest with final results for whoever asks; 404 for another."""
    row = MatterRecord.objects.filter(procedure=PROCEDURE, number=number, state="final").first()
    if row is None:
        raise Http404
    whole = matter_of(row)
    seen = matter.Seen(row, procedure_named(PROCEDURE), whole, stands(whole, clock.now()),
                       (), ())  # fmt: skip
    return _view(seen)


def accounts(*acts: str) -> list[Account]:
    """The accounts that hold one of some acts, by name."""
    held = Q(groups__permissions__codename__in=acts) | Q(user_permissions__codename__in=acts)
    return list(Account.objects.filter(held, is_active=True).distinct().order_by("username"))


def names() -> dict[str, Mapping[str, str]]:
    """Account → the person's name in both languages."""
    return {a.username: {"zh": a.last_name or a.username, "en": a.first_name or a.username}
            for a in Account.objects.all()}  # fmt: skip


# ---------------------------------------------------------------- setting and running one


@dataclass(frozen=True)
class Draft:
    """What a contest is to be. chosen: templates; plan: of the paper, None without; checklist: «» without practice;
    contestants, assessors, jury: accounts."""

    title: Mapping[str, str]
    organisation: Mapping[str, str]
    rubric: Rubric
    chosen: Sequence[str]
    plan: Blueprint | None
    checklist: str
    contestants: Sequence[str]
    assessors: Sequence[str] = ()
    jury: Sequence[str] = ()

    def faults(self) -> tuple[Finding, ...]:
        """What is missing or cannot be."""
        wanted = {
            "title": any(t.strip() for t in self.title.values()), "contestants": self.contestants,
            "jury": self.jury, "templates": self.chosen or "data" not in self.rubric.parts,
            "questions": self.plan or "theory" not in self.rubric.parts,
            "checklist": self.checklist or "practice" not in self.rubric.parts,
        }  # fmt: skip
        found = [finding("typed.field.missing", name, field=name) for name, there in wanted.items() if not there]
        if self.checklist and len(self.assessors) < 2:
            found.append(finding("site.contest.assessors", "assessors"))
        found += [
            finding("site.contest.own", role, person=who)
            for role, held in (("assessors", self.assessors), ("jury", self.jury))
            for who in held
            if who in self.contestants
        ]
        found += [finding("site.contest.both", "jury", person=who) for who in self.jury if who in self.assessors]
        return tuple(found)


def publish(user: User, draft: Draft, number: str = "") -> View:
    """Publish a contest: rubric and material with their digests and the seed, bound and kept secret from here on.

    Raises PermissionDenied for whoever may not set contests, Refused with all that is missing.
    """
    service.require(user, *SET)
    faults = draft.faults()
    if faults:
        raise Refused(*faults)
    roles = {
        "organiser": (matter.name_of(user),), "contestant": tuple(draft.contestants),
        "assessor": tuple(draft.assessors), "jury": tuple(draft.jury),
    }  # fmt: skip
    number = number or matter.numbered(PROCEDURE, "CT")
    made = matter.unopened(
        PROCEDURE, number, {k: v for k, v in draft.title.items() if v}, draft.organisation,
        roles=roles, fields={"salt": contest_seal.salt()}, demo=bool(settings.DEMO),
    )  # fmt: skip
    seed = contest_seal.seed_of(made)
    content = publication(draft.rubric, draft.chosen, draft.plan, draft.checklist, seed)
    return _view(matter.open_matter(user, made, "published", "organiser", content))


def take(user: User, number: str, act: str, content: Mapping[str, Any], role: str = "") -> View:
    """Take a step whose content hides nothing: enrol, start, close, appeal, decide, final, cancel."""
    return _view(matter.step(user, PROCEDURE, number, act, content, role))


def reveal(user: User, number: str) -> View:
    """Reveal the seed; from here on everybody computes the marks."""
    found = view(number, user)
    if not found.is_("organiser"):
        raise PermissionDenied
    return take(user, number, "revealed", {"seed": contest_seal.seed_of(found.seen.matter).hex()})


# ---------------------------------------------------------------- tasks, answers, sheets


def my_tasks(found: View) -> PersonTasks:
    """The tasks of the person, while the contest runs and after the seed is out. Raises PermissionDenied for others."""
    if not found.enrolled or not (found.state == "running" or found.marked):
        raise PermissionDenied
    return tasks_of(found, found.me)


def tasks_of(found: View, person: str) -> PersonTasks:
    seed = None if found.contest.seed is not None else contest_seal.seed_of(found.seen.matter)
    return verbs.tasks_for(found.seen.matter, person, seed)


def my_answers(found: View, part: str) -> Mapping[str, Any]:
    """What the person handed in for a part, as it counts now."""
    given = found.contest.answers.get((found.me, part))
    return given.answers if given is not None else {}


def hand_in(user: User, number: str, part: str, answers: Mapping[str, Any], emptier: bool = False) -> View:
    """Hand in a part; what was handed in before is replaced. Raises Refused where nothing is answered or it is late,
    and where less is answered than before, unless that is meant.

    emptier: whether the person said that less is to count.
    """
    found = view(number, user)
    if not found.enrolled:
        raise PermissionDenied
    if not found.may("answered"):
        raise Refused(finding("site.contest.closed", "part"))
    if not any(answers.values()):
        raise Refused(finding("site.contest.nothing", "answers"))
    before, now = _answered(my_answers(found, part)), _answered(answers)
    if now < before and not emptier:
        raise Refused(finding("site.contest.emptier", "answers", before=before, now=now))
    content = {"part": part, "answers": dict(answers), "salt": contest_seal.salt()}
    return take(user, number, "answered", content, "contestant")


def _answered(answers: Mapping[str, Any]) -> int:
    """Number of fields that are answered; the unit that a form brings along is none."""
    return sum(sum(name != "unit" for name in one) if isinstance(one, Mapping) else bool(one)
               for one in answers.values())  # fmt: skip


def my_sheet(found: View, person: str) -> Mapping[str, Any]:
    """The newest sheet of the assessor about a person, as it was handed in."""
    for event in reversed(found.seen.matter.events):
        sheet = event.content.get("sheet")
        if event.act != "watched" or event.person != found.me or not isinstance(sheet, Mapping):
            continue
        if sheet.get("person") == person:
            return sheet
    return {}


def hand_in_sheet(user: User, number: str, sheet: Mapping[str, Any]) -> View:
    """Hand in the sheet of a witnessed practice. Raises PermissionDenied for whoever is no assessor, Refused for a
    sheet in which no step is marked."""
    found = view(number, user)
    if not found.is_("assessor"):
        raise PermissionDenied
    if not sheet.get("shares"):
        raise Refused(finding("site.contest.empty_sheet", "shares"))
    content = {"sheet": {**sheet, "assessor": found.me}, "salt": contest_seal.salt()}
    return take(user, number, "watched", content, "assessor")


# ---------------------------------------------------------------- results


def results(found: View) -> Results:
    """The ranking, computed once for a number of events. Raises Refused before the seed is revealed."""
    events = found.seen.matter.events
    key = found.number, len(events), events[-1].digest if events else ""
    if key not in _kept:
        made = verbs.results(found.seen.matter)
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = made
    return _kept[key]


def marks_of(found: View, person: str) -> Ranked:
    """The marks of a person; 404 for somebody who is not in the contest, PermissionDenied for marks of others."""
    if person != found.me and not found.sees_all:
        raise PermissionDenied
    one = next((r for r in results(found).ranked if r.marks.person == person), None)
    if one is None:
        raise Http404
    return one


def final_time(found: View) -> datetime:
    """When the results became final; 404 before."""
    event = found.seen.matter.last("final")
    if event is None or not found.contest.final:
        raise Http404
    return event.time


# ---------------------------------------------------------------- what follows


def evidence_rows(found: View) -> list[Mapping[str, Any]]:
    """The final results as rows of the competence register: persons by their id there, where the account has one."""
    known = {p.account: p.id for p in service.now_known().rows("person") if p.account}
    rows: list[Mapping[str, Any]] = []
    day = final_time(found).date()
    for item in verbs.evidence(results(found), day):
        row = {k: v for k, v in asdict(item).items() if v not in (None, "", {}, ())}
        rows.append(row | {"person": known.get(item.person, item.person), "day": item.day.isoformat(),
                           "value": str(item.value), "good": item.good})  # fmt: skip
    return rows


def delivered(found: View) -> bool:
    """Whether the results stand in the competence register."""
    prefix = f"contest-{found.number}-"
    return any(item.id.startswith(prefix) for item in service.now_known().rows("evidence"))


def deliver(user: User, number: str) -> Delivered:
    """Put the final results into the competence register."""
    service.require(user, "teach")
    found = view(number, user)
    house = found.seen.matter.organisation
    if not service.speaks_for(user, house):  # then in the contest's own name, which takes no row of that house
        house = {language: f"{name} {number}" for language, name in house.items()}
    return service.deliver(user, house, {"evidence": evidence_rows(found)})


def badge(user: User, number: str, person: str) -> bytes:
    """The signed badge of a person who passed, as JSON; the person's own, or any for whoever runs the contest.

    The same results give the same badge; its key is the site's own.
    """
    found = view(number, user)
    if person != found.me and not found.sees_all:
        raise PermissionDenied
    start = final_time(found)
    private, public_key = badge_key(settings.DATA)
    name = found.seen.matter.organisation
    issuer = did_key(public_key), name.get("zh") or next(iter(name.values()), "Suyuan")
    id_ = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{found.seen.matter.digest}/{person}')}"
    made = verbs.badge(results(found), person, issuer, id_, (start, start + timedelta(days=365 * BADGE_YEARS)))
    told("badge", found.me, number=number, person=person)
    return json.dumps(sign(credential(made), private, start), ensure_ascii=False, indent=1).encode()


def statements(user: User, number: str, home: str) -> bytes:
    """The final results as xAPI statements, for whoever runs the contest."""
    found = view(number, user)
    if not found.sees_all:
        raise PermissionDenied
    time = final_time(found)
    return json.dumps(verbs.statements(results(found), home, time), ensure_ascii=False, indent=1).encode()


def without_names(found: Results) -> Results:
    """The results with numbers in place of names, for whoever is not signed in."""
    from suyuan.talent.contest.marks import without_names as numbered

    ranked = numbered(found.ranked)
    number = {old.marks.person: new.marks.person for old, new in zip(found.ranked, ranked, strict=True)}
    teams = tuple(
        replace(t, members=tuple(number[p] for p in t.members), counted=tuple(number[p] for p in t.counted))
        for t in found.teams
    )
    return replace(found, ranked=ranked, teams=teams)
