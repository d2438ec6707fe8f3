"""Help plans (指导帮扶) on the page of a round: expert, cause, action, re-measurement, closed or not."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from suyuan.site.acts.rounds.one import Seen
from suyuan.site.web.parts.number import digits, quantity_html
from suyuan.site.web.parts.text import day_text
from suyuan.site.web.rounds.facts import called

STATES = {"opened": "waiting", "cause": "waiting", "action": "waiting", "remeasured": "waiting", "closed": "passed"}


def plans(view: Seen) -> list[dict[str, Any]]:
    """The plans that the viewer may see: the pilot all, a participant its own."""
    rows = []
    for plan, (opened, closed) in zip(view.where.help_plans, _days(view), strict=True):
        if view.part != "pilot" and plan.member != view.me:
            continue
        measurand = view.protocol.measurand(plan.measurand)
        unit = measurand.unit if measurand is not None else ""
        rows.append({
            "name": called(view, plan.member), "measurand": plan.measurand, "expert": plan.expert,
            "opened": day_text(opened), "state": STATES[plan.state], "word": f"comparison.plan.{plan.state}",
            "causes": plan.causes, "actions": plan.actions, "closed": day_text(closed) if plan.closed else "",
            "mine": plan.member == view.me,
            "again": [
                {
                    "value": quantity_html(r.value, r.U, unit, k=r.k),
                    "reference": quantity_html(r.reference_value, r.reference_U, unit, k=r.reference_k),
                    "En": digits(f"{r.En:.2f}", sign=True), "good": abs(r.En) <= 1.0, "with": r.compared_with,
                    "day": day_text(r.measured) if r.measured else "",
                }
                for r in plan.remeasured
            ],
        })  # fmt: skip
    return rows


def _days(view: Seen) -> list[tuple[date, date | None]]:
    """When each plan was opened and closed, by the calendar of the site: an event keeps its time in UTC. A plan is
    closed on the day of its last re-measurement, where that was stated."""
    found: list[tuple[date, date | None]] = []
    current: dict[tuple[str, str], int] = {}
    for event in view.events:
        key, day = (event.member, str(event.content.get("measurand", ""))), timezone.localtime(event.time).date()
        if event.kind == "help_opened":
            current[key] = len(found)
            found.append((day, None))
        elif event.kind == "help_closed" and event.content.get("closed") is True and key in current:
            plan = view.where.help_plans[current[key]]
            measured = plan.remeasured[-1].measured if plan.remeasured else None
            found[current[key]] = found[current[key]][0], measured or day
    return found
