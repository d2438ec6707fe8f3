"""Training and mentoring on the site: a trainee applies, the employer supports, the base admits; help after a failure.

Both go their way by their procedure (`talent/rules`); here the matter is opened with whom it concerns, and a step takes
what was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User as Account

from suyuan.certificate.certificate import Text
from suyuan.procedure.procedure import Procedure, Step
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.site.acts import service
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.matters import matter as matters
from suyuan.site.acts.matters.matter import Seen, name_of
from suyuan.site.acts.talent import people
from suyuan.site.acts.talent.people import View
from suyuan.site.records.comparison import Round
from suyuan.talent.base import Course, TrainingBase
from suyuan.talent.joined import own, shares
from suyuan.talent.mentoring import Pair
from suyuan.verbs.people import standing as verbs

LEARN, HELP = "learn", "regulate"
PROCEDURES = ("training", "mentoring")


def course_of(seen: View, id: str) -> tuple[Course, TrainingBase | None] | None:
    """A course by its id, with its base."""
    for course in seen.known.rows("course"):
        if course.id == id:
            return course, next((b for b in seen.known.rows("training_base") if b.id == course.base), None)
    return None


def apply(user: User, seen: View, course_id: str) -> Seen:
    """A trainee applies for a course. Raises PermissionDenied; Refused where that cannot be."""
    service.require(user, LEARN)
    found = course_of(seen, course_id)
    if found is None:
        raise Refused(finding("site.training.course", "course", given=course_id or "—"))
    course, base = found
    me = name_of(user)
    open_ = [m for m in matters.listed(user, "training") if m.matter.fields.get("course") == course.id
             and me in m.matter.holders("applicant") and not m.where.ended]  # fmt: skip
    if open_:
        raise Refused(finding("site.training.twice", "course", number=open_[0].matter.number, course=course.id))
    organisation = seen.works[0] if seen.works else people.own_laboratory(seen)
    if not organisation:
        raise Refused(finding("site.training.employer", "course"))
    number = matters.numbered("training", "TR")
    title = {x: f"{own(course.title, x)}" for x in ("zh", "en")}
    fields: dict[str, Any] = {"course": course.id, "base": course.base}
    if seen.me:
        fields["person"] = seen.me[0]
    roles = {
        "applicant": (me,), "employer": employers_of(seen, organisation, me),
        "instructor": instructors_of(seen, course, base),
    }  # fmt: skip
    demo = bool(course.demo)
    matter = matters.unopened("training", number, title, organisation, fields=fields, roles=roles, demo=demo)
    return matters.open_matter(user, matter, "applied", "applicant", {"course": course.id})


def employers_of(seen: View, organisation: Text, me: str) -> tuple[str, ...]:
    """The accounts that speak for an employer: those who may authorise and work there; else all who may authorise."""
    able = _holding("authorise", "direct")
    there = {
        row.account for rows in seen.records.persons.values() for row in rows if shares(row.organisation, organisation)
    }
    return tuple(a for a in able if a in there and a != me) or tuple(a for a in able if a != me)


def _holding(*acts: str) -> tuple[str, ...]:
    wanted = Account.objects.filter(is_active=True, groups__permissions__codename__in=acts)
    return tuple(wanted.distinct().order_by("username").values_list("username", flat=True))


def instructors_of(seen: View, course: Course, base: TrainingBase | None) -> tuple[str, ...]:
    """The accounts of those who teach a course."""
    ids = course.instructors or (base.instructors if base is not None else ())
    return _accounts(seen, ids)


def _accounts(seen: View, persons: Iterable[str]) -> tuple[str, ...]:
    found = [row.account for id in persons for row in seen.records.persons.get(id, ()) if row.account]
    return tuple(dict.fromkeys(found))


# ---------------------------------------------------------------- steps


def step(user: User, procedure: str, number: str, act: str, given: Mapping[str, str],
         files: Mapping[str, tuple[str, str, bytes]]) -> Seen:  # fmt: skip
    """Take a step with what was typed. given: fields by their names; files: document → name, media, content.

    Raises Http404; Refused with everything that is missing, each at its field: then nothing is kept.
    """
    seen = matters.seen(procedure, number, user)
    law = next((s for s, _ in seen.steps if s.act == act), None)
    if law is None:
        raise Refused(finding("site.training.step", "act", act=act))
    found = _missing(seen.procedure, law, given, files)
    if found:
        raise Refused(*found)
    content: dict[str, Any] = {name: given[name].strip() for name in given if given[name].strip()}
    kept = {name: matters.attach(user, *file) for name, file in files.items()}
    if kept:
        content["documents"] = kept
    return matters.step(user, procedure, number, act, content)


def _missing(law: Procedure, one: Step, given: Mapping[str, str],
             files: Mapping[str, tuple[str, str, bytes]]) -> list[Finding]:  # fmt: skip
    found = []
    for name in one.fields:
        if not given.get(name, "").strip():
            found.append(_lacks(name, law.fields.get(name, {})))
    for name in one.documents:
        if name not in files or not files[name][2]:
            found.append(_lacks(name, law.documents.get(name, {})))
    return found


def _lacks(name: str, title: Text) -> Finding:
    return finding("site.training.missing", name, name_zh=own(title, "zh") or name, name_en=own(title, "en") or name)


# ---------------------------------------------------------------- mentoring


def pair_of(seen: View, outcome: str) -> Pair | None:
    """A failed result by the id of its outcome, with who may help."""
    return next((p for p in verbs.mentoring_pairs(seen.known) if p.outcome.id == outcome), None)


def open_mentoring(user: User, seen: View, outcome: str, mentor: str) -> Seen:
    """Pair a failed result with a mentor. mentor: id of the person. Raises PermissionDenied, Refused."""
    service.require(user, HELP)
    pair = pair_of(seen, outcome)
    if pair is None:
        raise Refused(finding("site.mentoring.pair", "outcome", given=outcome[:40] or "—"))
    account = next(iter(_accounts(seen, (mentor,))), "")
    if mentor not in {e.person for e in pair.experts} or not account:
        raise Refused(finding("site.mentoring.mentor", "mentor", given=mentor or "—"))
    known = opened_for(user, pair)
    if known is not None and not known.where.ended:
        raise Refused(finding("site.mentoring.twice", "mentor", number=known.matter.number))
    about = pair.outcome
    number = matters.numbered("mentoring", "MT")
    name = f"{about.comparison} {about.measurand}"
    title = {"zh": f"{name} 的帮扶", "en": f"help after {name}"}
    fields = {"comparison": about.comparison, "member": about.member, "measurand": about.measurand}
    roles = {"organiser": (name_of(user),), "mentor": (account,), "helped": helped(seen, pair)}
    matter = matters.unopened("mentoring", number, title, about.laboratory, fields=fields, roles=roles)
    return matters.open_matter(user, matter, "proposed", "organiser", {"mentor": account})


def helped(seen: View, pair: Pair) -> tuple[str, ...]:
    """The accounts of the laboratory that is helped: of its member in the round, and of its persons."""
    from suyuan.site.acts.rounds.one import protocol_of

    found: list[str] = []
    row = Round.objects.filter(number=pair.outcome.comparison).first()
    if row is not None:
        member = protocol_of(row).member(pair.outcome.member)
        found += [member.account] if member is not None and member.account else []
    ids = [id for id, rows in seen.records.persons.items()
           if any(shares(r.organisation, pair.outcome.laboratory) for r in rows)]  # fmt: skip
    return tuple(dict.fromkeys((*found, *_accounts(seen, ids))))


def opened_for(user: User, pair: Pair) -> Seen | None:
    """The mentoring that was opened for a failed result, the newest."""
    about = pair.outcome
    for view in matters.listed(user, "mentoring"):
        fields = view.matter.fields
        theirs = fields.get("member") == about.member or shares(view.matter.organisation, about.laboratory)
        if (
            fields.get("comparison") == about.comparison
            and theirs
            and (fields.get("measurand") in (None, "", about.measurand))
        ):
            return view
    return None
