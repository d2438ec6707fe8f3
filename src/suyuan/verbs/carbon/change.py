"""From one year's document to another: which rule row and which data moved the tonnes, step by step.

«Same data, new rule: −1.1 %» is a statement that anybody can recompute: rows of the rule set are exchanged one at a
time, in the order of their names, then source streams one at a time; each step is the legal value after it less that
before it. The steps add up to the whole change; what each is called depends on the order only where two changes
multiply, which is told by the order being stated.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from suyuan.carbon.fuel.stream import part_of
from suyuan.carbon.plant import Plant, read_plant
from suyuan.carbon.rule import rules
from suyuan.quantity.fields import canonical
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.table import Row

Cause = Literal["rule", "data", "rest"]


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange. cause: a rule row, a source stream, or what is left; name: of it; before, after: as text; effect:
    of it on the legal value, tCO2."""

    cause: Cause
    name: str
    before: str
    after: str
    effect: float


@dataclass(frozen=True, slots=True)
class Change:
    """The whole change of the legal value, tCO2. relative: to the first; steps: in the order of making."""

    start: float
    end: float
    steps: tuple[Step, ...]
    schemes: tuple[str, str]

    @property
    def relative(self) -> float:
        """The change over the first value; NaN where that is zero."""
        return (self.end - self.start) / self.start if self.start else math.nan

    @property
    def by_rule(self) -> float:
        """What the rules alone changed, tCO2."""
        return math.fsum(step.effect for step in self.steps if step.cause == "rule")


def change(before: bytes, after: bytes) -> Change:
    """How the legal value of one document becomes that of another. Raises Refused for a document that is none."""
    first, last = _plant(before), _plant(after)
    start, end = _legal(first), _legal(last)
    document = json.loads(before)
    steps: list[Step] = []
    now, swapped = start, dict[str, Row]()
    for name, (old, new) in _rows(first, last).items():
        swapped[name] = new
        now = _step(steps, document, swapped, now, ("rule", name, _shown(old), _shown(new)))
    streams = {str(one.get("name")): one for one in document.get("streams", ())}
    wanted = {str(one.get("name")): one for one in json.loads(after).get("streams", ())}
    for name in dict.fromkeys((*streams, *wanted)):
        if streams.get(name) == wanted.get(name):
            continue
        held = {**streams, name: wanted.get(name)}
        document["streams"] = [one for one in held.values() if one is not None]
        streams = {key: one for key, one in held.items() if one is not None}
        now = _step(steps, document, swapped, now, ("data", name, _sum(before, name), _sum(after, name)))
    if not math.isclose(now, end, rel_tol=1e-12, abs_tol=1e-9):
        steps.append(Step("rest", "", "", "", end - now))
    return Change(start, end, tuple(steps), (first.rules.scheme, last.rules.scheme))


def _plant(data: bytes, swapped: Mapping[str, Row] | None = None) -> Plant:
    plant, told = read_plant(data, swapped)
    if plant is None:
        raise Refused(*told)
    return plant


def _legal(plant: Plant) -> float:
    return math.fsum(t for stream in plant.streams for t in part_of(stream).part.legal)


def _rows(first: Plant, last: Plant) -> dict[str, tuple[Row, Row]]:
    """Rows that the first document uses and whose value is another under the rules of the last."""
    later = rules(last.rules.scheme, date(last.year, 12, 31)).rows
    used = {str(row["name"]): row for row in first.rules.used.values()}
    return {
        name: (row, later[name])
        for name, row in sorted(used.items())
        if name in later and later[name]["value"] != row["value"]
    }


def _step(
    steps: list[Step], document: Mapping[str, Any], swapped: Mapping[str, Row], now: float,
    named: tuple[Cause, str, str, str],
) -> float:  # fmt: skip
    then = _legal(_plant(json.dumps(document, ensure_ascii=False).encode("utf-8"), swapped))
    steps.append(Step(*named, then - now))
    return then


def _shown(row: Row) -> str:
    return f"{row['value']} {row.get('unit', '')}".strip()


def _sum(data: bytes, name: str) -> str:
    """The legal value of one stream of a document, as text; «—» where it is not there."""
    parts = {stream.name: stream for stream in _plant(data).streams}
    return f"{math.fsum(part_of(parts[name]).part.legal):.6g} t" if name in parts else "—"


def document(found: Change, before: str, after: str) -> bytes:
    """A change as a canonical document. before, after: SHA-256 of the two documents; refused where they are one."""
    if before == after:
        raise Refused(finding("carbon.change.same", before[:12]))
    return canonical({
        "suyuan": "carbon-change", "before": before, "after": after, "start": found.start, "end": found.end,
        "relative": found.relative, "by_rule": found.by_rule, "schemes": list(found.schemes),
        "steps": [{"cause": s.cause, "name": s.name, "before": s.before, "after": s.after, "effect": s.effect}
                  for s in found.steps],
    })  # fmt: skip
