"""What comes first of a chart: its centre and limits, and each signal by its rule and its points."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from suyuan.assurance.run_rules import rule_named
from suyuan.report.figures.columns import Places
from suyuan.report.papers.document import Cell, Number, Table, Text, Word
from suyuan.report.study.told import Values, digits, joined, listed, same, term

SHOWN = 30
"""Numbers of points that a cell names; the table of points marks all."""


def limits(courses: Sequence[tuple[Text, Values]], unit: str, centre: str = "chart.word.centre") -> Table:
    """Centre, upper and lower limit, a row a course. courses: name of the ordinate, its `centre`, `ucl`, `lcl`, each a
    number or one a point; T² has no centre, and `ucl_future` for points to come."""
    keys = [key for key in ("centre", "ucl", "lcl", "ucl_future") if any(key in row for _, row in courses)]
    words = {"centre": centre, "ucl": "chart.word.ucl", "lcl": "chart.word.lcl", "ucl_future": "chart.head.future"}
    unit_text = f" / {unit}" if unit else ""
    heads: list[Text] = [term("word.quantity")]
    heads += [{one: text + unit_text for one, text in term(words[key]).items()} for key in keys]
    rows: list[list[Cell]] = [[name, *_ends([row.get(key) for key in keys])] for name, row in courses]
    return listed("limits", term("chart.table.limits"), heads, rows)


def _ends(values: Sequence[Any]) -> list[Cell]:
    """A centre and its limits with equal decimals, four digits of the width between them; limits that differ from
    point to point by their span."""
    flat = [v for value in values for v in (value if isinstance(value, list | tuple) else [value]) if v is not None]
    width = float(max(flat) - min(flat)) if flat else 0.0
    if not width > 0.0 or not 1e-4 <= max(map(abs, flat)) < 1e6:
        return [_span(value, lambda v: digits(v, 5)) for value in values]
    places = Places(0, min(math.floor(math.log10(width)) - 3, 0))
    return [_span(value, lambda v: places.value(v).text) for value in values]


def _span(value: Any, write: Callable[[float], str]) -> Cell:
    if not isinstance(value, list | tuple):
        return term("word.unknown") if value is None else Number(write(float(value)), float(value))
    known = [float(v) for v in value if v is not None]
    if not known:
        return term("word.unknown")
    low, high = write(min(known)), write(max(known))
    return Number(low, known[0]) if low == high else Number(f"{low} … {high}")


def signals(outside: Sequence[int], runs: Mapping[str, Sequence[int]] | None, spread: Sequence[int] = ()) -> Table:
    """Each signal: the rule with its pattern, and the numbers of its points.

    outside: points beyond a limit; runs: by run rule, None where no rules were asked for; spread: points of the chart
    of ranges or standard deviations beyond its limits.
    """
    rows: list[list[Cell]] = []
    told = {name: list(points) for name, points in (runs or {}).items() if len(points)}
    same_as = next((name for name, points in told.items() if points == list(outside) and _single(name)), None)
    if outside:
        name = term("state.outside")
        if same_as is not None:
            own = named(same_as)
            name = {"zh": f"{name['zh']}（{own['zh']}）", "en": f"{name['en']} ({own['en']})"}
        rows.append([Word(name, "bad"), term("chart.pattern.outside"), _points(outside)])
    if spread:
        rows.append([Word(term("chart.signal.spread"), "bad"), term("chart.pattern.outside"), _points(spread)])
    rows += [[Word(named(name), "warn"), pattern_of(name), _points(points)]
             for name, points in told.items() if name != same_as]  # fmt: skip
    notes = (term("chart.no_rules"),) if runs is None else (_source(told),) if told else ()
    return _table(rows, notes)


def sides(found: Mapping[str, Sequence[int]]) -> Table:
    """Signals of courses without run rules: key of a course's name → points beyond its limit."""
    rows: list[list[Cell]] = [[Word(term(key), "bad"), term("chart.pattern.outside"), _points(points)]
                              for key, points in found.items() if len(points)]  # fmt: skip
    return _table(rows, ())


def _table(rows: list[list[Cell]], notes: tuple[Text, ...]) -> Table:
    if not rows:
        rows = [[Word(term("chart.signal.none"), "good"), term("chart.pattern.none"), term("chart.points.none")]]
    heads = [term("chart.head.rule"), term("chart.head.pattern"), term("chart.head.points")]
    return listed("signals", term("chart.table.signals"), heads, rows, alignment="lll", notes=notes)


def named(rule: str) -> Text:
    """«西电规则 4» for «western_electric 4»."""
    set_name, _, number = rule.rpartition(" ")
    words = term(f"chart.set.{set_name}")
    return {one: f"{text} {number}" for one, text in words.items()}


def pattern_of(rule: str) -> Text:
    """What a rule looks for."""
    row = rule_named(rule)
    return same("") if row is None else {"zh": str(row["zh"]), "en": str(row["en"])}


def _single(rule: str) -> bool:
    """Whether a rule is that of one point beyond a limit."""
    row = rule_named(rule)
    return row is not None and row["form"] == "beyond" and int(row["of"]) == 1


def _points(points: Sequence[int]) -> Text:
    shown = [str(p) for p in points[:SHOWN]]
    more = " …" if len(points) > SHOWN else ""
    return {"zh": "、".join(shown) + more, "en": ", ".join(shown) + more}


def _source(told: Mapping[str, Any]) -> Text:
    """Where the rules are from, with their status."""
    found: dict[str, Text] = {}
    for name in told:
        row = rule_named(name)
        if row is not None:
            status = term(f"status.{row['status']}")
            found[str(row["source"])] = term("chart.source", source=row["source"], status=status)
    return joined(*found.values())
