"""Reviews inside matters: who reviews, whom the review is about, with what conflicts, and what the scores say.

A reviewer's work is known from the register of persons and from what a matter states of its reviewers:

    "reviewers": [{"name": "account", "affiliations": [{"organisation": …, "since": …, "until": …}],
                   "ties": [{"kind": "adviser", "other": …, "until": …}]}]

in its fields or in any event's content; a reviewer's own «declared» event brings `declaration`, a list of ties.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from suyuan.capability.challenges.challenge import BID, CHALLENGE, bids_of, criteria, criteria_of, needs_of, scores_of
from suyuan.capability.challenges.research import rows_of
from suyuan.centre.guideline import Guideline
from suyuan.centre.scorecard import indicators
from suyuan.procedure.conflict import About, Affiliation, Conflict, Party, Reviewer, Tie, barred, house_rules
from suyuan.procedure.matter import Event, Matter
from suyuan.procedure.review import Criterion, Panel, Reviewed, reviewed
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.talent.records import Person
from suyuan.verbs.matter.matters import stands
from suyuan.verbs.snapshot import Snapshot

LOW, HIGH = 0.0, 100.0
"""Scale of a reviewer's score: ours, proposed."""


def names_of(given: Any) -> tuple[str, ...]:
    """Names out of a text, a list of texts, or a text in languages."""
    if isinstance(given, str):
        return (given,) if given else ()
    if isinstance(given, Mapping):
        return tuple(str(v) for v in given.values() if isinstance(v, str) and v)
    if isinstance(given, list | tuple):
        return tuple(name for one in given for name in names_of(one))
    return ()


# ---------------------------------------------------------------- reviewers


def reviewers_of(
    known: Snapshot, matter: Matter, event: Event | None = None, role: str = "reviewer"
) -> tuple[Reviewer, ...]:
    """The reviewers of a matter: those whom an event names, else those who hold the role. Whoever gave scores and was
    replaced is none of them any more; their scores stay in the record and do not count."""
    roles = event.content.get("roles") if event is not None else None
    named = roles.get(role) if isinstance(roles, Mapping) else None
    held = names_of(named) if named else matter.holders(role)
    return tuple(reviewer_of(known, matter, name, event) for name in dict.fromkeys(held))


def reviewer_of(known: Snapshot, matter: Matter, name: str, event: Event | None = None) -> Reviewer:
    """A reviewer with all that is known of their work and ties; the name of the account comes first."""
    rows = [row for row in known.rows("person") if name in (row.id, row.account, *row.name.values())]
    stated = [row for row in _stated(matter, event) if name in names_of(row.get("name"))]
    return Reviewer(
        tuple(dict.fromkeys((name, *(n for row in rows for n in _person_names(row))))),
        (*(_employment(row) for row in rows), *(_affiliation(a) for row in stated for a in rows_of(
            row.get("affiliations")) if names_of(a.get("organisation")))),
        tuple(_tie(t) for t in (*(t for row in stated for t in rows_of(row.get("ties"))),
                                *_declared(matter, event, name))),
    )  # fmt: skip


def _person_names(row: Person) -> tuple[str, ...]:
    return tuple(name for name in (row.account, *row.name.values()) if name)


def _employment(row: Person) -> Affiliation:
    return Affiliation(tuple(row.organisation.values()), row.employed_from, row.employed_until)


def _stated(matter: Matter, event: Event | None) -> list[Mapping[str, Any]]:
    contents = (matter.fields, *(e.content for e in matter.events), *((event.content,) if event is not None else ()))
    return [row for content in contents for row in rows_of(content.get("reviewers"))]


def _declared(matter: Matter, event: Event | None, name: str) -> list[Mapping[str, Any]]:
    events = (*matter.events, *((event,) if event is not None else ()))
    return [row for e in events if e.person == name for row in rows_of(e.content.get("declaration"))]


def declared(matter: Matter, event: Event | None = None) -> frozenset[str]:
    """Who declared their interests in a matter, be it that there are none; event: one that is being taken."""
    events = (*matter.events, *((event,) if event is not None else ()))
    return frozenset(e.person for e in events if e.content.get("declaration"))


def all_declared(known: Snapshot, matter: Matter, event: Event) -> tuple[Finding, ...]:
    """Every reviewer declared before scoring opens; silence is no declaration."""
    done = declared(matter)
    return tuple(_undeclared(name) for name in matter.holders("reviewer") if name not in done)


def has_declared(known: Snapshot, matter: Matter, event: Event) -> tuple[Finding, ...]:
    """Who gives scores declared before."""
    return () if event.person in declared(matter) else (_undeclared(event.person),)


def _undeclared(name: str) -> Finding:
    return finding("centre.panel.undeclared", "reviewers", reviewer=name)


def chair_free(known: Snapshot, matter: Matter, event: Event) -> tuple[Finding, ...]:
    """Who leads the panel from here on has no conflict, and did not leave it as a reviewer."""
    after = [tuple(r.name for r in reviewers_of(known, matter, event, role)) for role in ("reviewer", "chair")]
    left = set(matter.holders("reviewer")) - set(after[0])
    found = [finding("challenge.panel.chair_left", "content/roles", reviewer=one) for one in after[1] if one in left]
    chairs = [reviewer_of(known, matter, name, event) for name in after[1]]
    day = event.time.date()
    return (*found, *conflicts_said(known, barred(chairs, abouts_of(known, matter, day), house_rules(), day)))


def _affiliation(row: Mapping[str, Any]) -> Affiliation:
    return Affiliation(names_of(row.get("organisation")), _day(row.get("since")), _day(row.get("until")))


def _tie(row: Mapping[str, Any]) -> Tie:
    return Tie(str(row.get("kind", "declared")), str(row.get("other", "")), _day(row.get("until")))


def _day(given: Any) -> date | None:
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        return None


# ---------------------------------------------------------------- what is reviewed


def abouts_of(known: Snapshot, matter: Matter, day: date) -> tuple[About, ...]:
    """What a matter's review is about: the bids and the need of a challenge, the subjects of a panel, the drafters of a
    conversion, else the organisation whose matter it is."""
    if matter.procedure == CHALLENGE:
        return tuple(_of_challenge(known, matter, day))
    given = matter.fields.get("subjects")
    subjects = given if isinstance(given, list | tuple) else [given] if given else []
    if subjects:
        return tuple(_of_subject(known, one) for one in subjects)
    persons = tuple(name for held in (matter.holders("drafter"), matter.holders("leader")) for name in held)
    own: dict[Party, tuple[str, ...]] = {"applicant": names_of(dict(matter.organisation)), "person": persons}
    return (About(matter.number, own),)


def _of_challenge(known: Snapshot, matter: Matter, day: date) -> Iterable[About]:
    needers = [names_of(dict(n.organisation)) for n in needs_of(matter, known.needs) or ()]
    names = (*names_of(dict(matter.organisation)), *(name for row in needers for name in row))
    yield About(matter.number, {"needer": tuple(dict.fromkeys(names)), "person": matter.holders("needer")})
    for bid in bids_of(matter, known.matters, day):
        yield of_bid(bid)


def of_bid(bid: Matter) -> About:
    """Whom a bid is from: the organisation, its partners, its team."""
    return About(bid.number, {
        "bidder": names_of(dict(bid.organisation)), "partner": names_of(bid.fields.get("partners")),
        "person": (*names_of(bid.fields.get("team")), *bid.holders("bidder")),
    })  # fmt: skip


def _of_subject(known: Snapshot, given: Any) -> About:
    """A subject as it is written: an object id, applicant, host, partner, centre, person; or a name, of a centre or a
    bid where there is one."""
    if isinstance(given, Mapping):
        parts: dict[Party, tuple[str, ...]] = {
            "applicant": names_of(given.get("applicant")), "host": names_of(given.get("host")),
            "partner": names_of(given.get("partner")), "centre": names_of(given.get("centre")),
            "person": names_of(given.get("person")), "bidder": names_of(given.get("bidder")),
        }  # fmt: skip
        return About(str(given.get("id", "")), parts)
    name = str(given)
    centre = next((row for row in known.rows("centre") if row.id == name), None)
    if centre is not None:
        return About(name, {
            "centre": (name, *names_of(dict(centre.name)), *centre.laboratories), "host": names_of(dict(centre.host)),
            "partner": tuple(centre.partners),
        })  # fmt: skip
    bid = next((m for m in known.matters_of(BID) if m.number == name), None)
    return of_bid(bid) if bid is not None else About(name, {"applicant": (name,)})


def subjects_of(known: Snapshot, matter: Matter, day: date) -> tuple[str, ...]:
    """What is scored: the bids of a challenge, the subjects of a panel."""
    found = abouts_of(known, matter, day)
    return tuple(about.subject for about in (found[1:] if matter.procedure == CHALLENGE else found))


# ---------------------------------------------------------------- the review


def criteria_under(guideline: Guideline) -> list[dict[str, Any]]:
    """What reviewers score under a guideline: its conditions by their weight, and the indicators that it leaves to
    reviewers; the scale is ours and proposed."""
    scale = {"low": f"{LOW:g}", "high": f"{HIGH:g}"}
    source = f"{guideline.number} {guideline.version}"
    left = [i for i in indicators(guideline) if i.judged]
    rows: list[dict[str, Any]] = [
        {
            "id": c.id,
            "title": dict(c.title),
            "weight": f"{weight:g}",
            **scale,
            "source": source,
            "status": guideline.status,
        }
        for c in guideline.conditions
        if (weight := sum(i.weight for i in c.indicators if not i.judged)) > 0
    ]
    return rows + [
        {"id": i.id, "title": dict(i.title), "weight": f"{i.weight:g}", **scale, "source": i.source, "status": i.status}
        for i in left
    ]


def criteria_for(matter: Matter) -> tuple[Criterion, ...]:
    """The criteria that a matter states, else those of the house for bids."""
    return criteria_of(rows_of(matter.fields.get("criteria"))) or criteria()


def conflicts_in(known: Snapshot, matter: Matter, day: date, event: Event | None = None) -> tuple[Conflict, ...]:
    """All conflicts between the reviewers of a matter and what it is about."""
    return barred(reviewers_of(known, matter, event), abouts_of(known, matter, day), house_rules(), day)


def scores_wanted(known: Snapshot, matter: Matter, name: str, day: date) -> tuple[tuple[str, Criterion], ...]:
    """What a reviewer has not scored yet: subject and criterion; () where all is there, or a conflict bars them."""
    if name not in matter.holders("reviewer") or any(c.reviewer == name for c in conflicts_in(known, matter, day)):
        return ()
    given = {(s.subject, s.criterion) for s in scores_of(stands(matter, day)) if s.reviewer == name}
    subjects, by = subjects_of(known, matter, day), criteria_for(matter)
    return tuple((one, c) for one in subjects for c in by if (one, c.id) not in given)


def comments_of(matter: Matter) -> dict[str, str]:
    """Reviewer → what they wrote with their last scores, «» where they wrote nothing."""
    return {e.person: str(e.content.get("comment") or "") for e in matter.events if e.act == "scored"}


def conflicts_said(known: Snapshot, conflicts: Iterable[Conflict]) -> tuple[Finding, ...]:
    """Conflicts in words: a centre by its name, and each rule once however many names a party bears."""
    names, once = {row.id: row.name for row in known.rows("centre")}, dict[tuple[str, str, str], Conflict]()
    for c in conflicts:
        once.setdefault((c.reviewer, c.subject, c.rule.id), c)
    return tuple(_named(c.finding(), names.get(c.subject, {})) for c in once.values())


def _named(item: Finding, name: Mapping[str, str]) -> Finding:
    if not name:
        return item
    parts = {key: value for key, value in dict(item.parameters).items() if key != "subject"}
    return finding(item.code, item.where, item.severity, item.rule, **parts, **in_both("subject", name))


def freedom(known: Snapshot, one: Reviewer, matter: Matter, day: date) -> tuple[Finding, ...]:
    """What stands against a reviewer; one who has not said for whom they work is not shown to be free."""
    found = conflicts_said(known, barred((one,), abouts_of(known, matter, day), house_rules(), day))
    if one.affiliations:
        return found
    return (*found, finding("procedure.conflict.unknown", "reviewers", reviewer=one.name))


def panel_of(known: Snapshot, matter: Matter, day: date) -> Panel:
    """The review of a matter as `reviewed` wants it. Bids compete, so a conflict with one bars from all."""
    names = tuple(reviewer.name for reviewer in reviewers_of(known, matter))
    competing = matter.procedure == CHALLENGE or matter.fields.get("competing") is True
    return Panel(
        criteria_for(matter), names, subjects_of(known, matter, day), conflicts_in(known, matter, day), competing
    )


def review_of(known: Snapshot, matter: Matter, day: date, seed: int = 1) -> Reviewed:
    """What the scores in a matter say on a day: means, spread, agreement, ranking; conflicts are named and left out.

    A reviewer of whom nobody knows for whom they work is told. Raises Refused for criteria that are none.
    """
    panel = panel_of(known, matter, day)
    given = scores_of(stands(matter, day))
    left = [name for name in dict.fromkeys(score.reviewer for score in given) if name not in panel.reviewers]
    found = reviewed(panel, [score for score in given if score.reviewer in panel.reviewers], seed)
    gone = (finding("challenge.panel.left", "reviewers", "note", reviewer=name) for name in left)
    unknown = [r.name for r in reviewers_of(known, matter) if not r.affiliations]
    told = (finding("procedure.conflict.unknown", "reviewers", "warning", reviewer=name) for name in unknown)
    return replace(found, findings=(*found.findings, *told, *gone))
