"""Industries: product → process → key parameter, as drafts to start a discussion with; and the need that follows.

The rows are the project's own collection, each with its source and status: «confirmed» says that the number of the
requirement was read in the named source, «from memory» everything else. Nothing here is a list of any authority.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from suyuan.capability.interval import Interval
from suyuan.capability.need import Need, Target, Tolerance, Wanted
from suyuan.certificate.certificate import Text
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import Row, load
from suyuan.quantity.unit import Unit, parse_unit

PACKAGE = "suyuan.capability"
RequirementKind = Literal["tolerance", "target_uncertainty", "max_permissible_error", "accuracy_class"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What is asked for, in exactly one form.

    value: plus or minus, in `unit`; relative: a plain fraction of the value (or of the conditions' `relative_to`);
    lower, upper: limits of the value or of its deviation, in `unit`, one of them None where only the other is set;
    accuracy_class: its name; k: of a target uncertainty, None where the source gives none.
    """

    kind: RequirementKind
    value: float | None = None
    relative: float | None = None
    lower: float | None = None
    upper: float | None = None
    accuracy_class: str = ""
    unit: str = "1"
    k: float | None = None


@dataclass(frozen=True, slots=True)
class KeyParameter:
    """A key parameter of an industry (关键参数).

    id: unique over all industries; quantity: kind of quantity; low, high, unit: usual range of the measurand, or of
    `interval_of`; conditions: as written; confirmed: which of requirement, interval, conditions were read in it.
    """

    id: str
    industry: str
    product: Text
    process: Text
    name: Text
    quantity: str
    low: float
    high: float
    unit: str
    requirement: Requirement
    conditions: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    difficulty: Text = field(default_factory=dict)
    source: str = ""
    status: str = ""
    confirmed: tuple[str, ...] = ()

    @property
    def interval_of(self) -> str:
        """The other thing that the interval is of, «» where it is of the measurand."""
        return self.conditions.get("interval_of", "")


@dataclass(frozen=True, slots=True)
class Industry:
    """An industry with its key parameters, in the order of the rows. status: of the choice and grouping."""

    id: str
    name: Text
    parameters: tuple[KeyParameter, ...]
    source: str = ""
    status: str = ""

    @property
    def tree(self) -> Mapping[str, Mapping[str, tuple[KeyParameter, ...]]]:
        """Product → process → key parameters; products and processes by their first name."""
        return tree(self.parameters)

    @property
    def statuses(self) -> Mapping[str, int]:
        """Status → number of parameters with it."""
        return statuses(self.parameters)


@cache
def industries() -> tuple[Industry, ...]:
    """The industries of the house.

    >>> [len(industry.parameters) for industry in industries()], sum(len(i.parameters) for i in industries())
    ([31, 31, 30, 30, 34, 32, 35], 223)
    """
    return tuple(
        Industry(row["id"], _names(row), _parameters(row["id"]), row["source"], row["status"])
        for row in load(PACKAGE, "industry-names")
    )


def industry(id: str) -> Industry | None:
    """The industry of an id, or None."""
    return next((item for item in industries() if item.id == id), None)


@cache
def parameters() -> Mapping[str, KeyParameter]:
    """Id → key parameter, over all industries.

    >>> parameters()["ic-overlay"].name["zh"]
    '套刻误差'
    """
    return {parameter.id: parameter for item in industries() for parameter in item.parameters}


def tree(parameters: Iterable[KeyParameter]) -> Mapping[str, Mapping[str, tuple[KeyParameter, ...]]]:
    """Product → process → key parameters, in the order in which they first appear."""
    found: dict[str, dict[str, tuple[KeyParameter, ...]]] = {}
    for item in parameters:
        processes = found.setdefault(_first(item.product), {})
        processes[_first(item.process)] = (*processes.get(_first(item.process), ()), item)
    return found


def statuses(parameters: Iterable[KeyParameter]) -> Mapping[str, int]:
    """Status → number of parameters with it.

    >>> statuses(parameters().values())
    {'confirmed': 60, 'from memory': 163}
    """
    return dict(sorted(Counter(item.status for item in parameters).items()))


def _parameters(id: str) -> tuple[KeyParameter, ...]:
    return tuple(_parameter(row, id) for row in load(PACKAGE, f"industry-{id}"))


def _parameter(row: Row, id: str) -> KeyParameter:
    interval = row["interval"]
    return KeyParameter(
        row["id"], id, _names(row, "product_"), _names(row, "process_"), _names(row, "parameter_"), row["quantity"],
        float(interval["lower"]), float(interval["upper"]), interval["unit"], _requirement(row["requirement"]),
        dict(row["conditions"]), tuple(row["lifecycle_stages"]), tuple(row["chain_nodes"]), 
        {"zh": row["difficulty_zh"], "en": row["difficulty"]},
        row["source"], row["status"], tuple(row.get("confirmed_fields", ())),
    )  # fmt: skip


def _requirement(row: Mapping[str, Any]) -> Requirement:
    kind: RequirementKind = row["kind"]
    if kind == "accuracy_class":
        return Requirement(kind, accuracy_class=str(row["value"]), unit=row["unit"])
    value, relative, lower, upper, k = (
        None if row.get(key) is None else float(row[key]) for key in ("value", "relative", "lower", "upper", "k")
    )
    return Requirement(kind, value, relative, lower, upper, unit=row["unit"], k=k)


def _names(row: Mapping[str, Any], start: str = "") -> Text:
    return {"zh": row[f"{start}zh"], "en": row[f"{start}en"]}


def _first(name: Text) -> str:
    return name.get("zh") or next(iter(name.values()), "")


def shown_conditions(parameter: KeyParameter, language: str) -> tuple[tuple[str, str], ...]:
    """The conditions of a key parameter in words: (name, value) in a language; what has no words of its own (a number
    with its unit, a number of a document) stands as written.

    >>> shown_conditions(parameters()["sb-cut-size"], "zh"), shown_conditions(parameters()["ic-pitch"], "en")
    ((('温度', '车间'),), (('temperature', '20 °C'),))
    """
    names, values = _words()
    return tuple(
        (names[name][language] if name in names else name, _value(value, values.get(value), language))
        for name, value in parameter.conditions.items()
    )


def _value(written: str, zh: str | None, language: str) -> str:
    text = zh if language == "zh" and zh is not None else written
    return text.replace("degC", "°C").replace(" um", " µm").replace("full_scale", "full scale")


@cache
def _words() -> tuple[Mapping[str, Text], Mapping[str, str]]:
    names = {row["id"]: _names(row) for row in load(PACKAGE, "industry-words.names")}
    return names, {row["en"]: row["zh"] for row in load(PACKAGE, "industry-words.values")}


# ---------------------------------------------------------------- the need that follows


def target_rules() -> Mapping[str, Row]:
    """Id → rule that gives a target uncertainty from a tolerance or an error limit: «of», «ratio» as two numbers."""
    return {row["id"]: row for row in load(PACKAGE, "industry-targets.rules")}


def need_of(parameter: KeyParameter, rules: Mapping[str, Row] | None = None) -> tuple[Need | None, tuple[Finding, ...]]:
    """The need that a key parameter states, or None where its interval has no unit that can be converted.

    A target uncertainty is taken as stated (k = 2 where the source gives none, which is told). From an error limit or a
    tolerance it follows by a rule of `target_rules`, whose status is told. An accuracy class gives no target. A
    relative requirement whose base is the full scale becomes an absolute one with the upper end of the interval.

    >>> need, _ = need_of(parameters()["sb-line-heat-temp"])
    >>> need.target.U, need.target.unit.kind, need.interval.unit.kind
    (15.0, 'difference', 'point')
    """
    where = f"industry-{parameter.industry}.json {parameter.id}"
    try:
        unit = parse_unit(parameter.unit)
        asked_unit = parse_unit(parameter.requirement.unit).as_difference()
    except Refused:
        return None, (
            finding("capability.industry.unit.unusable", where, "warning", id=parameter.id, unit=parameter.unit),
        )
    interval = Interval(parameter.low, parameter.high, unit)
    rules = rules if rules is not None else target_rules()
    whose = _industry_names().get(parameter.industry, {"": parameter.industry})
    target, tolerance, found = _target(parameter, interval, asked_unit, rules, where)
    need = Need(
        parameter.id, whose, parameter.quantity, interval, target, tolerance,
        title=parameter.name, measurand=parameter.name, interval_of=parameter.interval_of,
        conditions=_conditions(parameter), stage=parameter.stages[0] if len(parameter.stages) == 1 else "",
        node=parameter.nodes[0] if len(parameter.nodes) == 1 else "", product=parameter.product,
        process=parameter.process, parameter=parameter.id, industry=parameter.industry, source=parameter.source,
        status=parameter.status,
    )  # fmt: skip
    if relative_at_nil(need):
        found = (finding("capability.industry.target.at_nil", where, "warning", id=parameter.id), *found)
    return need, found


def relative_at_nil(need: Need) -> bool:
    """Whether a need asks for a relative uncertainty over an interval that holds nil, where it has no meaning.

    >>> [relative_at_nil(need_of(parameters()[id])[0]) for id in ("en-so2", "ic-overlay")]
    [True, False]
    """
    if need.target is None or not need.target.relative or need.interval_of:
        return False
    return need.interval.low <= 0.0 <= need.interval.high and not need.interval.unit.offset


@cache
def _industry_names() -> Mapping[str, Text]:
    return {row["id"]: _names(row) for row in load(PACKAGE, "industry-names")}


Derived = tuple[Target | None, Tolerance | None, tuple[Finding, ...]]


def _target(parameter: KeyParameter, interval: Interval, unit: Unit, rules: Mapping[str, Row], where: str) -> Derived:
    asked = parameter.requirement
    if asked.kind == "accuracy_class":
        note = finding("capability.industry.target.class", where, "note", id=parameter.id, given=asked.accuracy_class)
        return None, None, (note,)
    if asked.kind == "target_uncertainty":
        size, size_unit = _size(parameter, interval, unit)
        notes = () if asked.k else (finding("capability.industry.target.coverage", where, "note", id=parameter.id),)
        return Target(size, size_unit, asked.k or 2.0), None, notes
    half, half_unit = _size(parameter, interval, unit)
    if asked.lower is not None and asked.upper is None:  # from the limit up there is no width to take a part of
        return None, None, (finding("capability.industry.target.lower_only", where, "note", id=parameter.id),)
    kind = "upper_only" if asked.upper is not None and asked.lower is None else asked.kind
    rule = next((row for row in rules.values() if row["of"] == kind), None)
    if rule is None or half <= 0.0:
        return None, None, (finding("capability.industry.target.no_rule", where, "note", id=parameter.id, kind=kind),)
    over, under = rule["ratio"]
    note = finding(
        "capability.industry.target.by_rule", where, "note", id=parameter.id,
        formula=rule["en"], formula_zh=rule["zh"], source=rule["source"], status=rule["status"],
    )  # fmt: skip
    return Target(half * over / under, half_unit), Tolerance(half, half_unit, rule["id"]), (note,)


def _size(parameter: KeyParameter, interval: Interval, unit: Unit) -> tuple[float, Unit | None]:
    """Half width (or U) and its unit, None for a fraction of the value."""
    asked = parameter.requirement
    if asked.relative is not None:
        if parameter.conditions.get("relative_to") == "full_scale":
            return asked.relative * parameter.high, interval.unit.as_difference()
        return asked.relative, None
    if asked.value is not None:
        return asked.value, unit
    # with unit 1 the limits of a quantity that has a dimension are fractions of the nominal value
    shown = None if asked.unit == "1" and parameter.unit != "1" else unit
    if asked.lower is not None and asked.upper is not None:
        return (asked.upper - asked.lower) / 2.0, shown
    return abs(asked.upper if asked.upper is not None else asked.lower or 0.0) / 2.0, shown


_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER}) (\S+) to ({_NUMBER}) (\S+)")
_SINGLE = re.compile(rf"(up to )?({_NUMBER}) (\S+)")


def _conditions(parameter: KeyParameter) -> Mapping[str, Wanted]:
    """Conditions that a laboratory states in its scope; the rest describes and is no gate."""
    roles = {row["id"]: row["role"] for row in load(PACKAGE, "industry-targets.conditions")}
    read = {name: wanted(text) for name, text in parameter.conditions.items() if name in roles}
    return {name: value for name, value in read.items() if roles[name] == "word" or isinstance(value, Interval)}


def wanted(text: str) -> Wanted:
    """A condition as an interval where it is a number with a unit, or two; else the word.

    >>> wanted("0.01 Hz to 10 kHz").to(parse_unit("Hz")).high, wanted("500 V").low, wanted("steam")
    (10000.0, 500.0, 'steam')
    """
    try:
        if found := _RANGE.fullmatch(text):
            unit = parse_unit(found[4])
            low = Interval(float(found[1]), float(found[1]), parse_unit(found[2])).to(unit).low
            return Interval(low, float(found[3]), unit)
        if found := _SINGLE.fullmatch(text):
            high = float(found[2])
            return Interval(0.0 if found[1] else high, high, parse_unit(found[3]))
    except Refused:
        pass
    return text
