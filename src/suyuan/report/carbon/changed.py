"""The change document: «same data, new rule», step by step from one year's legal value to the other's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from suyuan.carbon.rule import rules
from suyuan.carbon.words import word
from suyuan.quantity.notation import grouped
from suyuan.report.carbon.told import (
    COVERAGE,
    Head,
    Paper,
    facts,
    finding_fields,
    findings,
    heads,
    number,
    paper,
    same,
    say,
    section,
    sentence,
    term,
    tonnes,
    two,
    what,
    with_u,
)
from suyuan.report.figures.carbon.waterfall import MOST, Ends, Fall, waterfall_figure
from suyuan.report.figures.dress import Axis
from suyuan.report.papers.document import Block, Cell, Language, Number, Paragraph, Table, Text, Word, said
from suyuan.verbs.carbon.change import BASIS, Change, Component, Step, component_fields, step_fields
from suyuan.verbs.carbon.differs import field_said

MOST_FIELDS = 60
"""Fields that a page prints; the workbook has all."""


def change_document(
    head: Head, change: Change, digests: tuple[str, str], language: Language = "both"
) -> Paper:  # fmt: skip
    """The change as a paper. digests: of the two documents."""
    by_data = math.fsum(step.effect for step in change.steps if step.cause == "data")
    only = "rule" if change.by_rule and not by_data else "data" if by_data and not change.by_rule else "both"
    key = "none" if not change.steps else only
    lead = term(f"lead.change.{key}", start=sentence(change.start), end=sentence(change.end),
                percent=_percent(change.relative), rule=_percent(change.by_rule / change.start if change.start else
                math.nan), data=_percent(by_data / change.start if change.start else math.nan))  # fmt: skip
    blocks: list[Block] = [Paragraph(lead, "lead")]
    blocks.append(facts(
        ("from_scheme", word("scheme", change.schemes[0])), ("to_scheme", word("scheme", change.schemes[1])),
        ("before", digests[0]), ("after", digests[1]),
        ("start", f"{sentence(change.start)} t"), ("end", f"{sentence(change.end)} t"), ("reason", change.reason),
    ))  # fmt: skip
    if change.steps:
        named = tuple(step_name(step, change.schemes[1], head.year) for step in change.steps)
        blocks += [
            section("steps"),
            _figure(change, named, language),
            _table(change, named),
            *_fields(change, named),
            Paragraph(term("text.steps"), "note"),
        ]
    blocks += [section("parts"), _parts(change)] if change.parts else []
    blocks += findings(change.findings)
    if change.years[0] != change.years[1]:
        head = replace(head, more=f"–{change.years[1]}")
    return paper(head, blocks, change_fields(change, digests))


def change_fields(change: Change, digests: tuple[str, str]) -> dict[str, Any]:
    """The change as data."""
    return {
        "before": digests[0], "after": digests[1], "start": change.start, "end": change.end, "by_rule": change.by_rule,
        "relative": None if math.isnan(change.relative) else change.relative, "schemes": list(change.schemes),
        "years": list(change.years), "reason": change.reason or None, "unit_of_mass": "t",
        "steps": [step_fields(step) for step in change.steps],
        "parts": [component_fields(one) for one in change.parts], "findings": finding_fields(change.findings),
    }  # fmt: skip


def _percent(value: float) -> str:
    return "?" if math.isnan(value) else f"{100 * value:+.2f}".replace("-", "\u2212")


def step_name(step: Step, scheme: str, year: int) -> Text:
    """What a step changed, in words: a rule row by what it says, a source by its name."""
    if step.name == BASIS:
        return term("word.basis")
    row = rules(scheme, date(year, 12, 31)).rows.get(step.name) if step.cause == "rule" else None
    return what(row) if row is not None else same(step.name or "—")


def _note(one: Component) -> Cell:
    if not one.alike:
        return Word(term("word.change_lacking", before=f"{one.lacks[0]:.6g}", after=f"{one.lacks[1]:.6g}"), "bad")
    return {} if one.counted else term("word.checks_only")


def _parts(change: Change) -> Table:
    """Each source on both sides, also what only checks."""
    sides = [_side(change, name) for name in ("before", "after")]
    moved = tonnes([math.nan if one.moved is None else one.moved for one in change.parts], sign=True)
    rows = []
    for n, one in enumerate(change.parts):
        best: Cell = "—"
        wide: Cell = "—"
        if one.best is not None:
            (best,), (wide,) = with_u([float(one.best.value)], [COVERAGE * float(one.best.u)], [one.least], True)
        rows.append((one.name, term(f"kind.{one.kind}"), sides[0][n], sides[1][n], moved[n], best, wide, _note(one)))
    columns = heads("part", "kind", "before_t", "after_t", "moved", "moved_best", "U", "note")
    return Table(term("table.changed_parts"), columns, tuple(rows), "llrrrrrl", (term("note.changed_parts"),), "parts")


def _side(change: Change, name: str) -> list[Cell]:
    """Legal values on a side; what is not there is no number, what could not be rebuilt is unknown."""
    values = [getattr(one, name) for one in change.parts]
    cells = tonnes(values)
    return [cell if value is not None or one.unknown else term("word.absent")
            for one, value, cell in zip(change.parts, values, cells, strict=True)]  # fmt: skip


def _figure(change: Change, named: Sequence[Text], language: Language) -> Block:
    short: Language = "en" if language == "en" else "zh"  # the table has both
    names = [" ".join(words for _, words in said(text, short)) for text in named]
    falls = drawn_steps(change.steps, names, say("figure.rest_steps", language))
    ends = Ends((say("figure.before", language), f"{sentence(change.start)} t", change.start),
                (say("figure.after", language), f"{sentence(change.end)} t", change.end))  # fmt: skip
    causes = {cause: say(f"cause.{cause}", language) for cause in ("rule", "data", "known", "rest")}
    axis = Axis(say("figure.legal", language), "t")
    largest = max(range(len(named)), key=lambda n: abs(change.steps[n].effect))
    label = term("alt.waterfall", n=len(named), name=named[largest],
                 effect=sentence(change.steps[largest].effect, sign=True))  # fmt: skip
    return two(lambda size: waterfall_figure(ends, falls, axis, causes, size), term("figure.waterfall"), label)


def drawn_steps(steps: Sequence[Step], names: Sequence[str], rest: str) -> tuple[Fall, ...]:
    """The steps that are drawn: of more than a figure takes the smallest are one, at the end."""
    texts = [cell.text for cell in tonnes([step.effect for step in steps], sign=True) if isinstance(cell, Number)]
    falls = [Fall(name, grouped(text), s.effect, s.cause) for s, name, text in zip(steps, names, texts, strict=True)]
    if len(falls) <= MOST:
        return tuple(falls)
    order = sorted(range(len(steps)), key=lambda n: -abs(steps[n].effect))
    small = math.fsum(steps[n].effect for n in order[MOST - 1 :])
    kept = sorted(order[: MOST - 1])
    return (*(falls[n] for n in kept), Fall(rest, sentence(small, sign=True), small, "rest"))


def _table(change: Change, named: Sequence[Text]) -> Table:
    effects = tonnes([step.effect for step in change.steps], sign=True)
    running = change.start
    after = []
    for step in change.steps:
        running += step.effect
        after.append(running)
    levels = tonnes(after)
    rows = [
        (Number(str(n + 1), n + 1.0), term(f"cause.{step.cause}"), named[n], step.before, step.after,
         effects[n], number(100 * step.effect / change.start if change.start else None, 3), levels[n])
        for n, step in enumerate(change.steps)
    ]  # fmt: skip
    columns = heads("number", "cause", "step", "before", "after", "effect", "of_first", "running_total")
    return Table(term("table.steps"), columns, tuple(rows), "rllllrrr", (), "steps")


def _fields(change: Change, named: Sequence[Text]) -> Iterator[Table]:
    """What of the data is another: month, field, old and new value."""
    rows = [
        (name, one.row, Number(str(one.month), float(one.month)) if one.month else "", dict(field_said(one.inside,
         one.field)), one.before, one.after)
        for name, step in zip(named, change.steps, strict=True) for one in step.fields
    ]  # fmt: skip
    if rows:
        yield Table(term("table.fields"), heads("step", "row_of", "month", "field", "before", "after"), tuple(rows),
                    "llrlll", (), "fields", len(rows) > MOST_FIELDS)  # fmt: skip
