"""Guards that other rooms answer several at once: life cycles of centres with their panels, and matters of talent."""

from __future__ import annotations

from suyuan.capability.challenges.challenge import scores_of
from suyuan.capability.challenges.research import linked
from suyuan.procedure.admission import Guards
from suyuan.procedure.matter import Event, Matter
from suyuan.verbs.centre.score import FINAL
from suyuan.verbs.matter import centre_guards, talent_guards
from suyuan.verbs.matter.matters import stands
from suyuan.verbs.matter.panels import panel_of, reviewers_of
from suyuan.verbs.people import contest
from suyuan.verbs.snapshot import Snapshot


def centre(known: Snapshot, matter: Matter, event: Event) -> Guards:
    """What the guards of a centre's matter find. Panels are those named in links.panel, else of the centre; of these
    the reviewers are asked for conflicts, and the scores count once a panel gave its opinion."""
    name = str(matter.fields.get("centre", ""))
    numbers = linked(matter, "panel")
    panels = [
        m for m in known.matters_of("panel") if m.number in numbers or (not numbers and name and name in _subjects(m))
    ]
    day = event.time.date()
    concluded = ((m, where) for m in panels if (where := stands(m, day)).state.name == FINAL)
    reviews = tuple((panel_of(known, m, day), scores_of(where)) for m, where in concluded)
    reviewers = {r.name: r for m in (matter, *panels) for r in reviewers_of(known, m, event if m is matter else None)}
    return centre_guards.guards(known, matter, reviews, tuple(reviewers.values()), event)


def _subjects(panel: Matter) -> list[str]:
    given = panel.fields.get("subjects", ())
    rows = given if isinstance(given, list | tuple) else [given]
    return [str(row.get("id", "")) if isinstance(row, dict) else str(row) for row in rows]


def talent(known: Snapshot, matter: Matter, event: Event) -> Guards:
    """What the guards of a training, a contest or a mentoring find."""
    if matter.procedure == "contest":
        return {**contest.guards(matter), "event_formed": contest.event_formed(known, matter, event)}
    return talent_guards.guards(known, matter, event.person, event.content)
