"""An answer to a data task as a person typed it: digits are kept, units are converted, every fault is a finding.

    {"task": "gauge_block/0", "value": "0.194", "U": "0.14", "k": "2", "unit": "µm", "decision": "pass",
     "extra": "0.06", "result": "(0.19 ± 0.14) µm, k = 2",
     "budget": [{"name": "standard", "u": "0.03"}]}

`u` of a budget line is its contribution |c|·u(x) to the result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from suyuan.quantity.fields import Fields, Number, canonical
from suyuan.quantity.finding import Finding, Refused
from suyuan.quantity.quantity import quantity
from suyuan.quantity.unit import parse_unit
from suyuan.talent.contest.tasks import Template


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the own budget. u: contribution |c|·u(x) in the unit of the task; place: unit of its last digit."""

    name: str
    u: float
    place: float


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. None and «» for what was not given; scale: factor from the unit of the answer to that of the task, by
    which value, U and budget are multiplied where they are read as numbers."""

    task: str
    value: Number | None = None
    U: Number | None = None
    k: Number | None = None
    dof: Number | None = None
    extra: Number | None = None
    unit: str = ""
    decision: str = ""
    result: str = ""
    budget: tuple[Line, ...] = ()
    scale: float = 1.0

    def number(self, name: str) -> float | None:
        """Value, U or extra in the unit of the task, k as given; None where not given."""
        given: Number | None = getattr(self, name)
        if given is None:
            return None
        return given.value * (self.scale if name in ("value", "U") else 1.0)

    def place(self, name: str) -> float:
        """Unit of the last digit given for value, U or extra, in the unit of the task; 0 where not given."""
        given: Number | None = getattr(self, name)
        if given is None:
            return 0.0
        return place_of(given) * (self.scale if name in ("value", "U") else 1.0)


def place_of(number: Number) -> float:
    """Unit of the last digit as printed.

    >>> place_of(Number(0.014, "0.014"))
    0.001
    """
    exponent = int(Decimal(number.printed).as_tuple().exponent)
    return float(10.0 ** max(-300, min(exponent, 300)))  # «0e5000» is a number too


def read_answer(given: Mapping[str, Any], template: Template, where: str = "") -> tuple[Answer, tuple[Finding, ...]]:
    """An answer from its JSON object, with findings about what cannot be read or is missing.

    What cannot be read counts as not given: the rest of the answer is graded.
    """
    try:
        content = json.loads(canonical(given))
    except (Refused, TypeError, ValueError, RecursionError) as error:
        told = error.findings if isinstance(error, Refused) else ()
        return Answer(""), told
    row = Fields(content, where)
    numbers = {name: row.number(name) for name in ("value", "U", "k", "dof", "extra")}
    texts = {name: row.text(name) for name in ("task", "unit", "decision", "result")}
    lines: list[Line] = []
    for line in row.several("budget"):
        name, u = line.text("name", required=True), line.number("u", required=True)
        line.close()
        if u is not None and u.value >= 0.0:
            lines.append(Line(name, u.value, place_of(u)))
        elif u is not None:
            line.report("contest.answer.negative", "u", severity="warning", field="u")
    row.close()
    for name in ("U", "k", "dof"):
        one = numbers[name]
        if one is not None and one.value <= 0.0:
            row.report("contest.answer.negative", name, severity="warning", field=name)
            numbers[name] = None
    choices = tuple(template.decision.get("choices", ()))
    if texts["decision"] and texts["decision"] not in choices:
        row.report("contest.answer.choice", "decision", severity="warning", given=texts["decision"],
                   choices=", ".join(choices) or "—")  # fmt: skip
        texts["decision"] = ""
    made = Answer(
        texts["task"], numbers["value"], numbers["U"], numbers["k"], numbers["dof"], numbers["extra"], texts["unit"],
        texts["decision"], texts["result"], tuple(lines),
    )  # fmt: skip
    for name in template.asks:
        if getattr(made, name) in (None, ""):
            row.report("contest.answer.missing", name, severity="warning", field=name)
    return _in_unit(made, template, row), tuple(row.found)


def _in_unit(answer: Answer, template: Template, row: Fields) -> Answer:
    """The answer with the factor of its unit; one that has another dimension is read without its value and U."""
    if answer.unit in ("", template.unit):
        return answer
    factor = _factor(answer.unit, template.unit)
    if factor == 0.0:
        row.report("contest.answer.unit", "unit", severity="warning", given=answer.unit, wanted=template.unit)
        return replace(answer, value=None, U=None)
    scaled = tuple(Line(line.name, line.u * factor, line.place * factor) for line in answer.budget)
    return replace(answer, scale=factor, budget=scaled)


def _factor(given: str, wanted: str) -> float:
    """What a difference of one in a unit is in another; 0 for another dimension or a unit that nobody knows."""
    try:
        own, other = parse_unit(given), parse_unit(wanted)
        return float(quantity(1.0, None, own.as_difference()).to(other.as_difference()).value)
    except Refused:
        return 0.0
