"""A contest of the demo that is over: nine persons, each with a manner of their own, two assessors, an appeal.

Everything in it is invented and follows from the seed, which is revealed: whoever has the events computes the ranking.
The contest that is running is set by the site itself, which keeps its seed secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from suyuan.cli.demo.service.stage import Stage
from suyuan.cli.demo.shelf import both
from suyuan.quantity.notation import notate
from suyuan.talent.contest.contest import publication
from suyuan.talent.contest.rubric import TeamRule, rubrics
from suyuan.talent.contest.theory import Blueprint, Paper, right_letters
from suyuan.talent.contest.variants import Variant
from suyuan.talent.contest.witnessed import checklists
from suyuan.verbs.people.contest import tasks_for

NUMBER = "CT-DEMO-001"
SEED = hashlib.sha256(b"demo contest, over and revealed").digest()
TEMPLATES = ("repeatability", "gauge_block", "thermometer", "conformity")
PLAN = Blueprint(12, {"terms": 3.0, "uncertainty": 5.0, "rounding": 2.0, "conformity": 2.0})
ASSESSORS = ("judge", "judge_b")
PEOPLE: Mapping[str, tuple[str, float, tuple[str, ...]]] = {
    "metrologist": ("right", 0.95, ()),
    "trainee": ("forgot_k", 0.75, ("record",)),
    "演示选手甲": ("right", 0.85, ()),
    "演示选手乙": ("padded", 0.8, ()),
    "演示选手丙": ("small", 0.7, ()),
    "演示选手丁": ("sign", 0.55, ()),
    "演示选手戊": ("right", 0.6, ("safety",)),
    "演示选手己": ("padded", 0.45, ()),
    "演示选手庚": ("absent", 0.35, ()),
}
"""Contestant → manner with data tasks, part of the questions that are answered right, steps that were not done."""


TEAMS = ("演示甲队", "演示乙队", "演示丙队")


def build(stage: Stage) -> None:
    """Play the contest from publication to final results."""
    organisation = both("演示实训基地", "demo training base")
    roles = {
        "organiser": ["trainer"], "contestant": list(PEOPLE), "assessor": list(ASSESSORS),
        "jury": ["trainer", "judge_c"],
    }  # fmt: skip
    play = stage.begin(
        "contest",
        NUMBER,
        both("长度与温度计量技能比武", "Skills contest: length and temperature"),
        organisation,
        roles,
        {},
    )
    rubric = replace(rubrics()["general"], team=TeamRule("mean", best=2))
    content = publication(rubric, TEMPLATES, PLAN, "pressure_gauge", SEED)
    play.step(50, "published", "trainer", "organiser", **content)
    for n, person in enumerate(PEOPLE):
        play.step(45, "enrolled", person, "contestant", team=TEAMS[n % len(TEAMS)])
    play.step(40, "started", "trainer", "organiser")
    for n, (person, (manner, knows, _)) in enumerate(PEOPLE.items()):
        tasks = tasks_for(play.matter, person, SEED)
        if manner != "absent":
            data = {v.id: answer(v, manner) for v in tasks.data}
            play.step(39, "answered", person, "contestant", part="data", answers=data)
        if tasks.paper is not None:
            theory = letters(tasks.paper, knows, n)
            play.step(39, "answered", person, "contestant", part="theory", answers=theory)
    for assessor in ASSESSORS:
        for person, (_, _, missed) in PEOPLE.items():
            play.step(38, "watched", assessor, "assessor", sheet=sheet(person, assessor, missed))
    play.step(37, "closed", "trainer", "organiser")
    play.step(36, "revealed", "trainer", "organiser", seed=SEED.hex())
    reason = "U 栏填的是 u，结果表述里写的是 U"
    play.step(34, "appealed", "trainee", "contestant", part="data", item="gauge_block/0", reason=reason)
    play.step(
        32, "appeal_decided", "judge_c", "jury", person="trainee", part="data", item="gauge_block/0",
        decision="rejected", reason="以栏内所填为准",
    )  # fmt: skip
    play.step(30, "final", "trainer", "organiser")


def answer(variant: Variant, manner: str) -> dict[str, Any]:
    """An answer to a data task in somebody's manner: right, u for U, padded, too small, or a sign lost."""
    factors: Mapping[str, Callable[[float], float]] = {
        "forgot_k": lambda U: U / variant.truth.k, "padded": lambda U: 2.4 * U, "small": lambda U: 0.55 * U,
    }  # fmt: skip
    truth = variant.truth
    U = factors.get(manner, float)(truth.U)
    value = -truth.value if manner == "sign" else truth.value
    written = notate(value, U)
    number = (written.value_text or "").replace("−", "-").replace("\u2009", "").replace(" ", "")
    size = (written.uncertainty_text or "").replace("\u2009", "").replace(" ", "")
    made: dict[str, Any] = {"value": number, "U": size, "k": f"{truth.k:.2f}", "unit": variant.template.unit}
    if truth.decision:
        made["decision"] = truth.decision
    if truth.extra is not None:
        made["extra"] = f"{truth.extra:.2f}"
    return made


def letters(paper: Paper, knows: float, shift: int) -> dict[str, str]:
    """Answers to a paper: of easy questions more are right than of hard ones; a wrong one is the first other option."""
    made = {}
    for n, question in enumerate(sorted(paper.questions, key=lambda q: (q.level, q.id))):
        right = right_letters(question, paper.order[question.id])
        sure = (n + 0.5) / len(paper.questions) + 0.17 * ((n * 7 + shift * 3) % 5 - 2) / 2 <= knows
        if sure:
            made[question.id] = right
        elif question.kind == "numeric":
            made[question.id] = "1"
        else:
            made[question.id] = next(x for x in "abcd" if x != right[:1])
    return made


def sheet(person: str, assessor: str, missed: tuple[str, ...]) -> dict[str, Any]:
    """What an assessor saw: everything done but what the person missed; the second one is a little stricter."""
    steps = checklists()["pressure_gauge"].steps
    place = list(PEOPLE).index(person)
    shares = {}
    for n, step in enumerate(steps):
        weak = (n * 5 + place * 3) % 7 == 0 and not step.mandatory
        shares[step.id] = "0.5" if weak else "1"
        if weak and assessor == ASSESSORS[1] and place % 2:
            shares[step.id] = "0"
        if step.id in missed or (missed == ("safety",) and step.mandatory and n == 0):
            shares[step.id] = "0"
    return {
        "person": person, "assessor": assessor, "checklist": "pressure_gauge", "serial": f"DEMO-PG-{place + 1:02d}",
        "certificate": f"DEMO-CT-{place + 1:02d}", "shares": shares, "remarks": {},
    }  # fmt: skip
