"""Witnessed practice: a checklist, two assessors, the item that was measured.

Each step is marked 0 to 1 by two assessors who do not see each other's sheet. A mandatory step that either of them
marks as failed fails the whole. Agreement is told as Cohen's κ of done and not done, with the steps on which
they differ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from suyuan.certificate.certificate import Text
from suyuan.quantity.fields import Fields, canonical
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.table import load

DONE = 0.5
"""A share from which a step counts as done."""
DIFFERENT = 0.25
"""Shares of two assessors further apart than this are told (proposed)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a checklist. mandatory: failed, it fails the whole."""

    id: str
    text: Text
    weight: float
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    """A checklist. item: class of the instrument; minutes: allowed."""

    id: str
    title: Text
    item: str
    minutes: int
    steps: tuple[Step, ...]
    source: str
    status: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one assessor saw. person: who was watched; serial: of the item, certificate: its number; shares: step → 0 to
    1, steps that were not seen are absent; remarks: step → text."""

    person: str
    assessor: str
    checklist: str
    serial: str
    certificate: str
    shares: Mapping[str, float]
    remarks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Practice:
    """The result of a witnessed practice.

    low, high: score between 0 and 1 with steps that nobody saw as not done, and as done; failed: mandatory steps that
    an assessor marked as not done; kappa: agreement, None without two sheets or without any difference in the marks;
    apart: steps on which the assessors differ.
    """

    person: str
    low: float | None
    high: float | None
    failed: tuple[str, ...]
    kappa: float | None
    agreement: float | None
    apart: tuple[str, ...]
    unseen: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    unseen_mandatory: tuple[str, ...] = ()

    @property
    def passed(self) -> bool | None:
        """False where a mandatory step failed, None where nothing was assessed or nobody saw a mandatory step."""
        if self.failed:
            return False
        return None if self.low is None or self.unseen_mandatory else True


@cache
def checklists() -> Mapping[str, Checklist]:
    """The checklists of the house by id.

    >>> sum(step.weight for step in checklists()["pressure_gauge"].steps)
    100.0
    """
    return {row["id"]: _checklist(row) for row in load("suyuan.talent.contest", "checklists.checklists")}


def _checklist(row: Mapping[str, Any]) -> Checklist:
    steps = tuple(
        Step(s["id"], {"zh": s["zh"], "en": s["en"]}, float(s["weight"]), bool(s.get("mandatory")))
        for s in row["steps"]
    )
    return Checklist(row["id"], row["title"], row["item"], row["minutes"], steps, row["source"], row["status"])


def read_sheet(given: Mapping[str, Any], where: str = "") -> tuple[Sheet | None, tuple[Finding, ...]]:
    """An assessor's sheet from its JSON object; None where it names no known checklist, person or assessor.

    A share that is no number between 0 and 1 is a finding and counts as not seen; the others count.
    """
    row = Fields(json.loads(canonical(given)), where)
    names = {key: row.text(key, required=True) for key in ("person", "assessor", "checklist", "serial", "certificate")}
    known = checklists().get(names["checklist"])
    if known is None:
        row.report("contest.practice.checklist", "checklist", given=names["checklist"], known=", ".join(checklists()))
    shares: dict[str, float] = {}
    inner = row.inner("shares", required=True)
    steps = {step.id for step in known.steps} if known else set()
    for name in inner.content if inner and known else ():
        number = inner.number(name) if inner else None
        if name not in steps or number is None or not 0.0 <= number.value <= 1.0:
            given_text = number.printed if number else "—"
            row.report("contest.practice.share", "shares", name, severity="warning", step=name, given=given_text)
        else:
            shares[name] = number.value
    texts = row.inner("remarks")
    remarks = {name: texts.text(name) for name in texts.content} if texts else {}
    row.close()
    if known is None or not names["person"] or not names["assessor"]:
        return None, tuple(row.found)
    if names["assessor"] == names["person"]:
        row.report("contest.practice.self", "assessor", person=names["person"])
        return None, tuple(row.found)
    told = tuple(Finding(f.code, f.where, "warning", f.parameters, f.rule) for f in row.found)
    made = Sheet(names["person"], names["assessor"], names["checklist"], names["serial"], names["certificate"], shares,
                 remarks)  # fmt: skip
    return made, told


def assess(sheets: Sequence[Sheet]) -> Practice:
    """The practice of one person from the sheets of its assessors (two; more are averaged, one is told).

    Sheets of another checklist, or a second sheet of one assessor, are left out with a finding: the first one counts.
    """
    if not sheets:
        return Practice("", None, None, (), None, None, (), ())
    first = sheets[0]
    used: list[Sheet] = []
    found: list[Finding] = []
    for sheet in sheets:
        same = (sheet.checklist, sheet.person) == (first.checklist, first.person)
        if same and sheet.assessor not in {s.assessor for s in used}:
            used.append(sheet)
        else:
            found.append(finding("contest.practice.sheet", sheet.assessor, "warning", assessor=sheet.assessor))
    if len({sheet.serial for sheet in used}) > 1:
        found.append(finding("contest.practice.item", "serial", "warning",
                             serials=", ".join(sorted({s.serial for s in used}))))  # fmt: skip
    if len(used) < 2:
        found.append(finding("contest.practice.alone", first.assessor, "warning", assessor=first.assessor))
    return _assessed(checklists()[first.checklist], used, found)


def _assessed(checklist: Checklist, used: Sequence[Sheet], found: Sequence[Finding]) -> Practice:
    total = sum(step.weight for step in checklist.steps)
    got, seen, failed, apart, unseen = 0.0, 0.0, [], [], []
    for step in checklist.steps:
        given = [sheet.shares[step.id] for sheet in used if step.id in sheet.shares]
        if not given:
            unseen.append(step.id)
            continue
        seen += step.weight
        got += step.weight * sum(given) / len(given)
        if step.mandatory and min(given) < DONE:
            failed.append(step.id)
        if max(given) - min(given) > DIFFERENT:
            apart.append(step.id)
    low, high = got / total, (got + total - seen) / total
    agreement, kappa = _agreement(used)
    return Practice(
        used[0].person,
        low,
        high,
        tuple(failed),
        kappa,
        agreement,
        tuple(apart),
        tuple(unseen),
        tuple(found),
        tuple(step.id for step in checklist.steps if step.mandatory and step.id in unseen),
    )


def _agreement(used: Sequence[Sheet]) -> tuple[float | None, float | None]:
    """Part of the steps on which two assessors agree, done or not, and Cohen's κ of it."""
    if len(used) < 2:
        return None, None
    pairs = [
        (used[0].shares[name] >= DONE, used[1].shares[name] >= DONE)
        for name in used[0].shares
        if name in used[1].shares
    ]
    if not pairs:
        return None, None
    return sum(a == b for a, b in pairs) / len(pairs), kappa(pairs)


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's κ = (p_o − p_e)/(1 − p_e) of two assessors; None where chance alone gives full agreement.

    pairs: done or not by each. Example: 20 both done, 15 both not, 5 and 10 of each kind apart.

    >>> pairs = 20 * [(True, True)] + 15 * [(False, False)] + 5 * [(True, False)] + 10 * [(False, True)]
    >>> kappa(pairs)
    0.4
    """
    n = len(pairs)
    seen = sum(a == b for a, b in pairs) / n
    one, two = (sum(pair[i] for pair in pairs) / n for i in (0, 1))
    chance = one * two + (1.0 - one) * (1.0 - two)
    return None if chance >= 1.0 else round((seen - chance) / (1.0 - chance), 12)
