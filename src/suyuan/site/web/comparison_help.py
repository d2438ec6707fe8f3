"""Help plans (指导帮扶) on the page of a round: expert, cause, action, re-measurement, closed or not."""

from __future__ import annotations

from typing import Any

from suyuan.site.acts.comparison import Seen
from suyuan.site.web.comparison_facts import called
from suyuan.site.web.parts.number import digits, quantity_html
from suyuan.site.web.parts.text import day_text

STATES = {"opened": "waiting", "cause": "waiting", "action": "waiting", "remeasured": "waiting", "closed": "passed"}


def plans(view: Seen) -> list[dict[str, Any]]:
    """The plans that the viewer may see: the pilot all, a participant its own."""
    rows = []
    for plan in view.where.help_plans:
        if view.part != "pilot" and plan.member != view.me:
            continue
        measurand = view.protocol.measurand(plan.measurand)
        unit = measurand.unit if measurand is not None else ""
        rows.append({
            "name": called(view, plan.member), "measurand": plan.measurand, "expert": plan.expert,
            "opened": day_text(plan.opened), "state": STATES[plan.state], "word": f"comparison.plan.{plan.state}",
            "causes": plan.causes, "actions": plan.actions, "closed": day_text(plan.closed) if plan.closed else "",
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
