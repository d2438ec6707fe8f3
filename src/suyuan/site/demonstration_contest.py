"""The contest of the demonstration that is running: set by the acts behind the pages, so that its seed is secret.

The trainer has set it, two have enrolled, one has handed in; a visitor goes on from there as trainee, trainer or judge.
"""

from __future__ import annotations

from django.contrib.auth.models import User

from suyuan.site.acts.talent import contest as acts
from suyuan.site.records.matter import MatterRecord
from suyuan.talent.contest.rubric import rubrics
from suyuan.talent.contest.theory import Blueprint

NUMBER = "CT-DEMO-002"
TITLE = {"zh": "质量与电学计量技能比武", "en": "Skills contest: mass and electricity"}
BASE = {"zh": "演示实训基地", "en": "demo training base"}
PLAN = Blueprint(6, {"terms": 2.0, "uncertainty": 3.0, "rounding": 1.0})


def running() -> bool:
    """Set the contest and play it up to today; a second call changes nothing. Returns whether it was made."""
    if MatterRecord.objects.filter(procedure=acts.PROCEDURE, number=NUMBER).exists():
        return False
    people = {name: User.objects.get(username=name) for name in ("trainer", "trainee", "metrologist", "judge")}
    draft = acts.Draft(
        TITLE, BASE, rubrics()["general"], ("repeatability", "mass_abba", "resistance"), PLAN, "weighing",
        ("trainee", "metrologist"), ("judge", "judge_b"), ("trainer", "judge_c"),
    )  # fmt: skip
    acts.publish(people["trainer"], draft, NUMBER)
    for name in ("trainee", "metrologist"):
        acts.take(people[name], NUMBER, "enrolled", {}, "contestant")
    acts.take(people["trainer"], NUMBER, "started", {}, "organiser")
    given = {"value": "1000.00", "U": "0.10", "k": "2", "unit": "mV"}
    acts.hand_in(people["metrologist"], NUMBER, "data", {"repeatability/0": given})
    return True
