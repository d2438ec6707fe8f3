"""Matters on the site: who sees them, who may take which step, and the step itself under a lock.

The matter is a pure value (`procedure.matter`) and what it allows follows from its procedure; here its bytes are
loaded, the guards are asked on today's snapshot, and the event is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User as Account
from django.db import transaction
from django.http import Http404

from suyuan.capability.challenges.research import linked
from suyuan.procedure.admission import allowed_now
from suyuan.procedure.attachment import attachment_document, odd_kind
from suyuan.procedure.matter import Event, Matter, event_fields, head_digest, head_fields
from suyuan.procedure.procedure import Procedure, Step
from suyuan.procedure.review import Criterion
from suyuan.procedure.standing import Standing, standing
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Refused, errors, finding
from suyuan.site.acts import clock, service, store
from suyuan.site.acts.evidence.certificate import User
from suyuan.site.acts.log import told
from suyuan.site.acts.matters.called import called
from suyuan.site.acts.matters.kept import matter_of
from suyuan.site.acts.matters.tip import recorded
from suyuan.site.acts.talent import contest_seal
from suyuan.site.records.matter import MatterEvent, MatterRecord
from suyuan.verbs.matter import matters as verbs
from suyuan.verbs.matter.panels import conflicts_in, declared, names_of, scores_wanted
from suyuan.verbs.snapshot import Snapshot

ACT_OF_ROLE: Mapping[str, str] = {
    "organiser": "regulate", "office": "regulate", "secretary": "regulate", "bureau": "regulate",
    "authority": "regulate", "regulator": "regulate", "trainer": "teach", "base": "teach",
    "steward": "steward", "owner": "direct",
}  # fmt: skip
"""Roles that whoever holds an act has in every matter; all others are held in one matter, by name."""
JUDGES: Mapping[str, str] = {"reviewer": "judge", "chair": "judge"}
"""Roles of one matter that nobody is given without an act: who accepts and decides does not review for it."""
PARTIES_ONLY = frozenset(("order", "panel", "bid", "data_request"))
"""Procedures whose matters only those see who have a role in them (of a bid also those who review it)."""
AFTER: Mapping[str, tuple[str, ...]] = {"challenge": ("published", "matched_directly")}
"""Procedure → steps of which one was taken before others than the parties see its matters."""
LARGEST_FILE = 32 * 2**20


@dataclass(frozen=True)
class Seen:
    """A matter as somebody sees it. roles: those that the person holds; steps: what the person may do now, each with
    the role that allows it; me: the account."""

    row: MatterRecord
    procedure: Procedure
    matter: Matter
    where: Standing
    roles: tuple[str, ...]
    steps: tuple[tuple[Step, str], ...]
    me: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.matter.procedure, self.matter.number


def name_of(user: User) -> str:
    """The account of somebody, «» for a visitor."""
    return user.get_username() if getattr(user, "is_authenticated", False) else ""


def everywhere(user: User) -> Mapping[str, tuple[str, ...]]:
    """The roles that somebody holds in every matter, as admission wants them."""
    name = name_of(user)
    return {role: (name,) for role, act in ACT_OF_ROLE.items() if name and service.may(user, act)}


def seen(procedure: str, number: str, user: User) -> Seen:
    """A matter as somebody sees it; 404 where there is none, or none that this person may see."""
    row = MatterRecord.objects.filter(procedure=procedure, number=number).first()
    if row is None:
        raise Http404
    view = _seen(row, user)
    if not _visible(view, user):
        raise Http404
    return view


def _seen(row: MatterRecord, user: User) -> Seen:
    law, held, name = verbs.procedure_named(row.procedure), everywhere(user), name_of(user)
    matter = contest_seal.visible(matter_of(row), name)
    where = standing(law, matter, clock.now())
    roles = tuple(r for r in law.roles if name and (name in matter.holders(r) or r in held))
    return Seen(row, law, matter, where, roles, allowed_now(where, name, held) if name else (), name)


def _visible(view: Seen, user: User) -> bool:
    if view.row.public or view.roles or view.row.account == name_of(user):
        return True
    if not name_of(user):
        return False
    if view.row.procedure in PARTIES_ONLY:
        return view.row.procedure == "bid" and _judges_bid(view)
    steps = AFTER.get(view.row.procedure)
    return steps is None or any(view.where.took(act) is not None for act in steps)


def _judges_bid(view: Seen) -> bool:
    """Whether somebody reviews the challenge that a bid is for, or has the need that it was chosen for."""
    numbers = linked(view.matter, "challenge")
    for row in MatterRecord.objects.filter(procedure="challenge", number__in=numbers):
        challenge = matter_of(row)
        chosen = view.where.state.name == "chosen" and view.me in challenge.holders("needer")
        if chosen or view.me in challenge.holders("reviewer"):
            return True
    return False


def listed(user: User, *procedures: str) -> list[Seen]:
    """The matters of some procedures that somebody may see, the newest first."""
    rows = MatterRecord.objects.filter(procedure__in=procedures).prefetch_related("events")
    views = (_seen(row, user) for row in rows)
    return [view for view in views if _visible(view, user)]


def waiting(user: User, *procedures: str) -> list[Seen]:
    """The matters in which it is somebody's turn, the most overdue first."""
    views = [v for v in listed(user, *(procedures or verbs.PROCEDURES)) if my_turn(v)]
    return sorted(views, key=lambda v: (-v.where.overdue, v.where.due or datetime.max.date()))


def my_turn(view: Seen) -> bool:
    """The turn of the role that keeps the matter, or of a reviewer who has not declared or scored yet: where several
    score, it is no longer the turn of who has, nor of who may not."""
    if view.where.ended or not view.steps:
        return False
    scoring = any(step.act == "scored" and role == view.where.keeper for step, role in view.steps)
    keeps = view.where.keeper in view.roles and not scoring
    return keeps or scores_missing(view) or declaration_missing(view)


def declaration_missing(view: Seen) -> bool:
    """Whether somebody is named as a reviewer and has not declared their interests yet, nor scored without."""
    name = next((role for step, role in view.steps if step.act == "declared"), "")
    done = {*declared(view.matter), *(event.person for event in view.matter.events if event.act == "scored")}
    return bool(name) and view.me in view.matter.holders(name) and view.me not in done


def scores_missing(view: Seen) -> bool:
    """Whether somebody reviews a matter, may give scores now, and has not given all of them."""
    return bool(scores_lacking(view))


def scores_lacking(view: Seen) -> tuple[tuple[str, Criterion], ...]:
    """Subject and criterion that somebody may score now and has not; () for whoever a conflict bars."""
    if not any(step.act == "scored" and view.me in view.matter.holders(role) for step, role in view.steps):
        return ()
    known = service.now_known()
    return scores_wanted(known, view.matter, view.me, known.day)


def barred(view: Seen) -> bool:
    """Whether somebody reviews a matter and may not score for a conflict."""
    if not view.me or view.me not in view.matter.holders("reviewer"):
        return False
    known = service.now_known()
    return any(c.reviewer == view.me for c in conflicts_in(known, view.matter, known.day))


# ---------------------------------------------------------------- doing


def attach(user: User, name: str, media: str, content: bytes) -> str:
    """Keep a file of a matter; returns the digest by which events name it. Raises Refused when it is too large or of a
    kind that nobody can read."""
    if len(content) > LARGEST_FILE:
        raise Refused(finding("site.matter.file", name, name=name, limit=LARGEST_FILE // 2**20))
    if odd := odd_kind(name, content):
        raise Refused(*(replace(item, where=name) for item in odd))
    added = store.store().add(attachment_document(name or "file", media, content), name)
    if not added.stored:
        raise Refused(*errors(added.findings))
    told("attached", name_of(user), digest=added.digest, name=name)
    return added.digest


def open_matter(user: User, matter: Matter, act: str, role: str, content: Mapping[str, Any]) -> Seen:
    """Open a matter by its first step. Raises Refused where the step or a role is not allowed, or the number is taken.

    matter: without events; act, role, content: of the first event.
    """
    _may_hold(matter.procedure, {**matter.roles, **_given(content)})
    now = clock.now()
    event = Event(act, now, name_of(user), role, content)
    known = service.now_known()
    made = _taken(known, matter, event, user)
    with transaction.atomic():
        if MatterRecord.objects.filter(procedure=matter.procedure, number=matter.number).exists():
            raise Refused(finding("site.matter.taken", "number", number=matter.number))
        row = _new_row(made, name_of(user), now)
        _add(row, made.events[0], 0)
        recorded("matter_opened", name_of(user), made)
    return _seen(row, user)


def _taken(known: Snapshot, matter: Matter, event: Event, user: User) -> Matter:
    """The matter with one more event; what stands against it speaks of people by their names."""
    try:
        return verbs.take(known, matter, event, roles=everywhere(user), now=event.time)
    except Refused as refused:
        raise Refused(*called(refused.findings)) from None


def _given(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The roles that an event gives."""
    roles = content.get("roles")
    return roles if isinstance(roles, Mapping) else {}


def _may_hold(procedure: str, roles: Mapping[str, Any]) -> None:
    """Nobody is given a role of the office that does not hold it anyway, nor one of the review without the right to
    review; matters of talent are organised by whoever teaches."""
    if verbs.PROCEDURES.get(procedure) == "suyuan.talent":
        return
    for role, act in {**ACT_OF_ROLE, **JUDGES}.items():
        for name in names_of(roles.get(role)):
            account = Account.objects.filter(username=name).first()
            if account is None or not service.may(account, act):
                raise Refused(finding("site.matter.role", f"content/roles/{role}", role=role, person=name))


def step(user: User, procedure: str, number: str, act: str, content: Mapping[str, Any], role: str = "") -> Seen:
    """Take one step in a matter. role: in which; the first that allows the step where it is not said.

    Raises Http404 for whoever may not see it, Refused with everything that stands against the step.
    """
    view = seen(procedure, number, user)
    _may_hold(procedure, _given(content))
    possible = [r for s, r in view.steps if s.act == act]
    chosen = role if role in possible else next(iter(possible), role or next(iter(view.roles), ""))
    with locked(view.row) as row:
        matter = matter_of(row)
        now = clock.now()
        if matter.events and matter.events[-1].time > now:
            now = matter.events[-1].time
        event = Event(act, now, name_of(user), chosen, content)
        made = _taken(service.now_known(), matter, event, user)
        _add(row, made.events[-1], len(matter.events))
        _index(row, made, now)
        recorded(f"m_{act}", name_of(user), made)
    return _seen(row, user)


@contextmanager
def locked(row: MatterRecord) -> Iterator[MatterRecord]:
    """The row of a matter while nobody else adds to it; what fails leaves no trace."""
    with transaction.atomic():
        yield MatterRecord.objects.select_for_update().get(pk=row.pk)


def adopt(matters: Iterable[Matter], account: str = "") -> int:
    """Keep matters that came as documents: new ones whole, of known ones the events that are further on.

    A document whose events contradict those that are kept is passed over. Returns how many changed anything.
    """
    changed = 0
    for matter in matters:
        with transaction.atomic():
            row = MatterRecord.objects.filter(procedure=matter.procedure, number=matter.number).first()
            kept = matter_of(row).events if row is not None else ()
            fresh = matter.events[len(kept) :]
            same = [e.digest for e in matter.events[: len(kept)]] == [e.digest for e in kept]
            if not same or not fresh:
                continue
            row = row or _new_row(matter, account, matter.events[0].time)
            for place, event in enumerate(fresh, len(kept)):
                _add(row, event, place)
            _index(row, matter, clock.now())
            recorded("matter_adopted", account, matter)
            changed += 1
    return changed


def _new_row(matter: Matter, account: str, now: datetime) -> MatterRecord:
    head = canonical(head_fields(matter))
    organisation = matter.organisation.get("zh") or next(iter(matter.organisation.values()), "")
    where = standing(verbs.procedure_named(matter.procedure), matter, clock.now())
    return MatterRecord.objects.create(
        procedure=matter.procedure, number=matter.number, opening=head, digest=head_digest(matter),
        organisation=organisation[:400], state=where.state.name, since=where.since or now, due=where.due,
        keeper=where.keeper, account=account, added=now,
    )  # fmt: skip


def _add(row: MatterRecord, event: Event, place: int) -> None:
    document = canonical(event_fields(event))
    if contest_seal.is_secret(row.procedure, event.act):
        document = contest_seal.sealed(document, {"number": row.number, "place": place})
    MatterEvent.objects.create(
        matter=row, place=place, act=event.act[:40], time=event.time, person=event.person[:150],
        document=document, digest=event.digest,
    )  # fmt: skip


def _index(row: MatterRecord, matter: Matter, now: datetime) -> None:
    where = standing(verbs.procedure_named(row.procedure), matter, now)
    row.state, row.since, row.due, row.keeper = where.state.name, where.since or now, where.due, where.keeper
    row.save(update_fields=["state", "since", "due", "keeper"])


def numbered(procedure: str, prefix: str) -> str:
    """A number that no matter of a procedure bears yet: prefix, year, running number."""
    year = clock.today().year
    start = MatterRecord.objects.filter(procedure=procedure, number__startswith=f"{prefix}-{year}-").count()
    while True:
        start += 1
        number = f"{prefix}-{year}-{start:03d}"
        if not MatterRecord.objects.filter(procedure=procedure, number=number).exists():
            return number


def unopened(
    procedure: str, number: str, title: Mapping[str, str], organisation: Mapping[str, str], **more: Any
) -> Matter:
    """A matter before its first event. more: fields, roles, demo."""
    return replace(Matter(procedure, number, title, organisation), **more)
