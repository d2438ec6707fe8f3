"""From one year's document to another: which rule, which data and which certificates moved the tonnes, step by step.

«Same data, new rule: −1.1 %» is a statement that anybody can recompute: rows of the rule set are exchanged one at a
time, in the order of their names, then the schemes of stacks, then source streams, stacks and forests one at a time;
each step is the legal value after it less that before it. The steps add up to the whole change; what each is called
depends on the order only where two changes multiply, which is told by the order being stated. What only checks moves no
total and makes no step; it stands among the parts.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from suyuan.carbon.claim.claim import Claim, Part
from suyuan.carbon.fuel.stream import part_of
from suyuan.carbon.plant import Plant
from suyuan.carbon.rule import rules
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Finding, Refused, finding, reason
from suyuan.quantity.quantity import Quantity
from suyuan.quantity.table import Row
from suyuan.verbs.carbon.differs import Differs, differences
from suyuan.verbs.carbon.rebuilt import LISTS, Side, State, alone, legal_of, listed, plant_in, rebuilt

Cause = Literal["rule", "data", "known", "rest"]
Listed = tuple[str, Mapping[str, Any]] | None
"""Key of a list, and what a stack or forest of it is filed as; None where it is not there."""
BASIS = "legal_basis"
"""Name of the step in which what the legal total stands on is another."""


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange. cause: a rule row or scheme, data of a source, certificates known on another day, or what is left;
    name: of it; before, after: as text; effect: of it on the legal value, tCO2; fields: what of the data is another."""

    cause: Cause
    name: str
    before: str
    after: str
    effect: float
    fields: tuple[Differs, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """A source, stack or forest on both sides, tCO2. before, after: legal value, None where it is not there or not
    known; best: best estimate after less before, with what both share taken out; counted: on either side; unknown:
    whether it is there on a side and could not be rebuilt; lacks: running hours of both sides without a legal value;
    least: whether u of the difference is a lower bound."""

    name: str
    kind: str
    counted: bool
    before: float | None
    after: float | None
    best: Quantity | None
    unknown: bool = False
    lacks: tuple[float, float] = (0.0, 0.0)
    least: bool = False

    @property
    def alike(self) -> bool:
        """Whether both sides leave the same hours out; else neither difference says what moved."""
        return self.lacks[0] == self.lacks[1]

    @property
    def moved(self) -> float | None:
        """Legal value after less before; what counts and is not there on a side brought nothing to its total, what only
        checks cannot be compared then, nor what leaves other hours out."""
        if self.unknown or not self.alike or (not self.counted and None in (self.before, self.after)):
            return None
        return (self.after or 0.0) - (self.before or 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """The whole change of the legal value, tCO2. relative: to the first; steps: in the order of making; parts: each
    source on both sides, also what only checks; findings: what could not be rebuilt, and how it was taken; years: of
    both sides; reason: for which the later claim says that it supersedes another, «» where it says none."""

    start: float
    end: float
    steps: tuple[Step, ...]
    schemes: tuple[str, str]
    parts: tuple[Component, ...] = ()
    findings: tuple[Finding, ...] = ()
    years: tuple[int, int] = (0, 0)
    reason: str = ""

    @property
    def relative(self) -> float:
        """The change over the first value; NaN where that is zero."""
        return (self.end - self.start) / self.start if self.start else math.nan

    @property
    def by_rule(self) -> float:
        """What the rules alone changed, tCO2."""
        return math.fsum(step.effect for step in self.steps if step.cause == "rule")


def change(before: Side, after: Side) -> Change:
    """How the legal value of one side becomes that of the other.

    Both are rebuilt from their documents; where a claim's document is not at hand, the claims are compared part by
    part, which is told: rules and data cannot be told apart then. Raises Refused for a document that is none, for two
    sides that are one or of different units, and where a part that counts is unknown.
    """
    if before.data is not None and (before.data, before.day) == (after.data, after.day):
        raise Refused(finding("carbon.change.same", ""))
    if before.data is None or after.data is None:
        return _claimed(before, after)
    told: list[Finding] = []
    first, last = before.plant(), after.plant()
    _one_unit(first, last)
    state, goal = rebuilt(before, first, told), rebuilt(after, last, told)
    try:
        ends = state.parts(), goal.parts()
    except Refused as refused:
        raise Refused(*dict.fromkeys((*refused.findings, *told))) from None
    start, end = (legal_of(parts) for parts in ends)
    told += [*_departs(before, start), *_departs(after, end)]
    parts = _components(*ends, {name for one in (state, goal) for name, part in one.brought.items() if part is None})
    walk = _Walk(state, start)
    _rules(walk, first, last)
    _schemes(walk, before, first, last, told)
    _streams(walk, before.data, after.data)
    _brought(walk, goal, (first, last))
    _basis(walk, goal)
    if not math.isclose(walk.now, end, rel_tol=1e-12, abs_tol=1e-9):
        walk.steps.append(Step("rest", "", "", "", end - walk.now))
    return Change(start, end, tuple(walk.steps), (first.rules.scheme, last.rules.scheme), parts,
                  tuple(dict.fromkeys(told)), (first.year, last.year), _reason(after))  # fmt: skip


def _reason(after: Side) -> str:
    return after.claim.reason if after.claim is not None else ""


@dataclass(eq=False)
class _Walk:
    """The way from one side to the other, so far. now: legal value after the last step."""

    state: State
    now: float
    steps: list[Step] = field(default_factory=list)

    def step(
        self, cause: Cause, name: str, before: str, after: str, always: bool = True, fields: tuple[Differs, ...] = ()
    ) -> None:
        """A step of what was exchanged in the state; always: also where it moves nothing."""
        then = self.state.legal
        if always or then != self.now:
            self.steps.append(Step(cause, name, before, after, then - self.now, fields))
        self.now = then


def _departs(side: Side, legal: float) -> list[Finding]:
    """A claim that does not come out again, as readings or documents that came later leave it."""
    if side.claim is None or math.isclose(side.claim.legal, legal, rel_tol=1e-9, abs_tol=1e-6):
        return []
    return [finding("carbon.change.departs", side.claim.number, "warning", claimed=f"{side.claim.legal:.8g}",
                    rebuilt=f"{legal:.8g}", made=side.claim.made.isoformat())]  # fmt: skip


# ---------------------------------------------------------------- the exchanges


def _rules(walk: _Walk, first: Plant, last: Plant) -> None:
    """Rows that the first document uses and whose value is another under the rules of the last."""
    later = rules(last.rules.scheme, date(last.year, 12, 31)).rows
    used = {str(row["name"]): row for row in first.rules.used.values()}
    for name, row in sorted(used.items()):
        if name in later and later[name]["value"] != row["value"]:
            walk.state.swapped[name] = later[name]
            walk.step("rule", name, _shown(row), _shown(later[name]))


def _schemes(walk: _Walk, before: Side, first: Plant, last: Plant, told: list[Finding]) -> None:
    """The scheme of each monitored stack: the same hours under the rules of the other side."""
    wanted = {name: one for key, name, one in listed(last.content) if key == "stacks"}
    for key, name, one in tuple(listed(first.content)):
        new = wanted.get(name, one)
        if key != "stacks" or new.get("rules") == one.get("rules") or walk.state.brought.get(name) is None:
            continue
        try:
            walk.state.brought[name] = alone(before, first, key, {**one, "rules": new.get("rules")}, told)
        except Refused as refused:
            told.append(finding("carbon.change.scheme", name, "warning", part=name, scheme=str(new.get("rules")),
                                **reason(refused.findings[0])))  # fmt: skip
            continue
        for stack in walk.state.document[key]:
            if str(stack.get("id")) == name:
                stack["rules"] = new.get("rules")
        walk.step("rule", name, str(one.get("rules")), str(new.get("rules")), _counts(walk.state, name))


def _counts(state: State, name: str) -> bool:
    return any(part.counted and part.name == name for part in state.parts())


def _streams(walk: _Walk, before: bytes, after: bytes) -> None:
    """Source streams one at a time, in the order of the first document."""
    held = {str(one.get("name")): one for one in walk.state.document.get("streams", ())}
    wanted = {str(one.get("name")): one for one in json.loads(after).get("streams", ())}
    for name in dict.fromkeys((*held, *wanted)):
        if held.get(name) == wanted.get(name):
            continue
        fields = differences(held.get(name) or {}, wanted.get(name) or {})
        held = {key: one for key, one in {**held, name: wanted.get(name)}.items() if one is not None}
        walk.state.document["streams"] = list(held.values())
        walk.step("data", name, _sum(before, name), _sum(after, name), fields=fields)


def _brought(walk: _Walk, goal: State, plants: tuple[Plant, Plant]) -> None:
    """Stacks and forests one at a time: other data, or the same under certificates known on another day."""
    first, last = ({name: (key, one) for key, name, one in listed(of)} for of in (walk.state.document, goal.document))
    for name in dict.fromkeys((*first, *last)):
        old, new = walk.state.brought.get(name), goal.brought.get(name)
        cause = _cause(first.get(name), last.get(name), plants[0].year == plants[1].year)
        counts = old is not None and _counts(walk.state, name)
        _place(walk.state, name, last.get(name), new)
        if old is new or (cause == "known" and old is not None and new is not None and old.legal == new.legal):
            continue
        counts = counts or (new is not None and _counts(walk.state, name))
        sides = [plant.made.isoformat() for plant in plants] if cause == "known" else [_tonnes(old), _tonnes(new)]
        filed = [one[1] if one is not None else {} for one in (first.get(name), last.get(name))]
        walk.step(cause, name, sides[0], sides[1], counts, differences(filed[0], filed[1]))


def _cause(old: Listed, new: Listed, same_year: bool) -> Cause:
    """What a stack or forest is exchanged for: the same document is known otherwise; one that differs in its scheme
    only could not be rebuilt under it, so that nobody knows whether rule or data moved it."""
    if old is None or new is None or not same_year:
        return "data"
    if old == new:
        return "known"
    bare = [{key: value for key, value in one[1].items() if key != "rules"} for one in (old, new)]
    return "rest" if bare[0] == bare[1] else "data"


def _place(state: State, name: str, wanted: Listed, part: Part | None) -> None:
    """Put a part of the other side into the state, or take one out that it has not."""
    for key, named in LISTS.items():
        kept = [one for one in state.document.get(key) or () if str(one.get(named)) != name]
        state.document[key] = [*kept, wanted[1]] if wanted is not None and wanted[0] == key else kept
    state.brought.pop(name, None)
    if wanted is not None:
        state.brought[name] = part


def _basis(walk: _Walk, goal: State) -> None:
    """What the legal total stands on."""
    old, new = (str(one.document.get(BASIS, "calculation")) for one in (walk.state, goal))
    if old != new:
        walk.state.document[BASIS] = new
        walk.step("rule", BASIS, old, new)


def _shown(row: Row) -> str:
    return f"{row['value']} {row.get('unit', '')}".strip()


def _sum(data: bytes, name: str) -> str:
    """The legal value of one stream of a document, as text; «—» where it is not there."""
    parts = {stream.name: stream for stream in plant_in(data).streams}
    return _tonnes(part_of(parts[name]).part) if name in parts else "—"


def _tonnes(part: Part | None) -> str:
    """The legal value of a part as text; «—» where it is not there."""
    if part is None:
        return "—"
    whole = math.fsum(part.legal)
    return f"{whole:.0f} t" if abs(whole) >= 1000 else f"{whole:.6g} t"


# ---------------------------------------------------------------- parts


def _components(first: Sequence[Part], last: Sequence[Part], unknown: Collection[str] = ()) -> tuple[Component, ...]:
    """unknown: names of stacks that are there and could not be rebuilt; what counts is never among them."""
    old, new = ({(part.name, part.kind): part for part in parts} for parts in (first, last))
    keys = dict.fromkeys((*old, *new, *((name, "monitoring") for name in sorted(unknown))))
    return tuple(_component(key, old.get(key), new.get(key), key[0] in unknown) for key in keys)


def _component(key: tuple[str, str], old: Part | None, new: Part | None, unknown: bool) -> Component:
    sides = [part for part in (old, new) if part is not None]
    best: Any = None
    if old is not None and new is not None and sum(old.unknown) == sum(new.unknown):
        best = new.months.sum() - old.months.sum()
    before, after = (None if part is None else math.fsum(part.legal) for part in (old, new))
    lacks = tuple(0.0 if part is None else math.fsum(part.missing) for part in (old, new))
    return Component(*key, any(part.counted for part in sides), before, after, best, unknown, (lacks[0], lacks[1]),
                     any(part.least for part in sides))  # fmt: skip


def _claimed(before: Side, after: Side) -> Change:
    """Two claims part by part, where a document is not at hand."""
    claims = [side.claim for side in (before, after)]
    told = [_no_document(side) for side in (before, after) if side.data is None]
    if any(claim is None for claim in claims):
        raise Refused(*told)
    first, last = (claim for claim in claims if claim is not None)
    _one_unit(first, last)
    parts = _components(first.parts, last.parts)
    steps = []
    old, new = ({(p.name, p.kind): p for p in claim.parts if p.counted} for claim in (first, last))
    for key in dict.fromkeys((*old, *new)):
        effect = math.fsum(new[key].legal if key in new else ()) - math.fsum(old[key].legal if key in old else ())
        if effect:
            steps.append(Step("rest", key[0], _tonnes(old.get(key)), _tonnes(new.get(key)), effect))
    return Change(first.legal, last.legal, tuple(steps), (first.scheme, last.scheme), parts, tuple(told),
                  (first.year, last.year), last.reason)  # fmt: skip


def _one_unit(first: Plant | Claim, last: Plant | Claim) -> None:
    """Refuse two units: what lies between them is no change of either."""
    if (first.enterprise, first.unit) != (last.enterprise, last.unit):
        raise Refused(finding("carbon.change.units", "", before=f"{first.enterprise} {first.unit}",
                              after=f"{last.enterprise} {last.unit}"))  # fmt: skip


def _no_document(side: Side) -> Finding:
    one: Claim | None = side.claim
    unit, digest = (one.number, one.plant[:12]) if one is not None else ("?", "")
    if not digest:
        return finding("carbon.change.unbound", unit, "warning", unit=unit)
    return finding("carbon.change.no_document", unit, "warning", unit=unit, digest=digest)


# ---------------------------------------------------------------- as a document


def document(found: Change, before: str, after: str) -> bytes:
    """A change as a canonical document. before, after: SHA-256 of the two documents or claims; refused where they are
    one."""
    if before == after:
        raise Refused(finding("carbon.change.same", before[:12]))
    return canonical({
        "suyuan": "carbon-change", "before": before, "after": after, "start": found.start, "end": found.end,
        "relative": found.relative, "by_rule": found.by_rule, "schemes": list(found.schemes),
        "reason": found.reason or None,
        "steps": [step_fields(step) for step in found.steps], "parts": [component_fields(one) for one in found.parts],
    })  # fmt: skip


def step_fields(step: Step) -> dict[str, Any]:
    """A step as plain values."""
    return {"cause": step.cause, "name": step.name, "before": step.before, "after": step.after, "effect": step.effect,
            "fields": [one.fields() for one in step.fields] or None}  # fmt: skip


def component_fields(one: Component) -> dict[str, Any]:
    """A part as plain values."""
    best = None if one.best is None else float(one.best.value)
    u = None if one.best is None else float(one.best.u)
    return {"name": one.name, "kind": one.kind, "counted": one.counted, "before": one.before, "after": one.after,
            "best": best, "u": u, "u_is_least": one.least or None, "unknown": one.unknown or None, "moved": one.moved,
            "missing": list(one.lacks) if any(one.lacks) else None}  # fmt: skip
