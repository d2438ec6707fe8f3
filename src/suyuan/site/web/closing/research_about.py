"""What a project is about: milestones, results, the gap then and now; a conversion: its examples, recomputed."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from suyuan.capability.challenges.conversion import examples_of
from suyuan.capability.challenges.research import milestones, results
from suyuan.procedure.matter import Event
from suyuan.quantity.finding import errors
from suyuan.site.acts import service
from suyuan.site.acts.closing import challenge as opening
from suyuan.site.acts.matters.matter import Seen
from suyuan.site.web.closing.research import gap_of
from suyuan.site.web.closing.sides import sides_of
from suyuan.site.web.matters.words import way
from suyuan.site.web.parts.text import day_text
from suyuan.verbs.matter.matters import evaluated


def research(user: Any, view: Seen, hide: bool) -> dict[str, Any]:
    """Milestones with lateness, results, the gap."""
    known = service.now_known()
    rows = []
    for m in milestones(view.matter, known.day):
        state = "passed" if m.reached is not None else "due" if m.late else "waiting"
        key = "research.reached" if m.reached is not None else "research.late" if m.late else "research.ahead"
        rows.append({"name": m.name, "due": day_text(m.due) if m.due else "", "late": m.late, "state": state,
                     "key": key, "reached": day_text(m.reached) if m.reached else ""})  # fmt: skip
    found = [
        {"name": r.name, "kind": f"result.{r.kind}", "day": day_text(r.day),
         "file": way("matter_file", view.procedure.name, view.matter.number, r.document),
         "convert": f"{reverse('matter_new', args=['conversion'])}?project={view.matter.number}&result={r.document}"
         if opening.may_open(user, "conversion") and view.where.took("accepted") is not None else ""}
        for r in results((view.matter,), known.day)
    ]  # fmt: skip
    return {"milestones": rows, "results": found, "gap": [] if hide else gap_of(user, known, view.matter),
            "sides": sides_of(user, view)}  # fmt: skip


def conversion(user: Any, view: Seen, hide: bool) -> dict[str, Any]:
    """The examples of the newest draft, each with what recomputing gives."""
    event = next((e for e in reversed(view.matter.events) if e.content.get("examples")), None)
    rows = [_example(view, event, n) for n in range(len(examples_of(event)))] if event is not None else []
    published = view.where.took("published")
    return {"examples": rows, "paper": str(published.content.get("number", "")) if published is not None else ""}


def _example(view: Seen, event: Event, n: int) -> dict[str, Any]:
    """One example: its stated numbers, and whether they are recomputed."""
    one = examples_of(event)[n]
    alone = Event(event.act, event.time, event.person, event.role, {"examples": [event.content["examples"][n]]})
    found = evaluated(service.now_known(), view.matter, alone, ("examples_recompute",))["examples_recompute"]
    state = "unknown" if found is None else "failed" if errors(found) else "passed"
    return {"case": one.case, "stated": list(one.stated.items()), "state": state, "findings": list(found or ()),
            "key": f"research.example.{state}"}  # fmt: skip
