"""`suyuan practice`: an exercise in evaluating measurements, and an answer to it graded at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli import reading, service
from suyuan.cli.language import one_of, term
from suyuan.cli.output import Answer, Page
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.notation import behind

if TYPE_CHECKING:
    from suyuan.talent.contest.grading import ItemGrade


@dataclass(frozen=True)
class Practice:
    """Which exercise: the same number gives the same numbers again."""

    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help=term("help.practice.template"))] = ""
    number: Annotated[str, typer.Argument(metavar="NUMBER", help=term("help.practice.number"))] = "1"
    answer: Annotated[Path | None, typer.Option("--answer", metavar="FILE", help=term("help.practice.answer"))] = None


def run(asked: Practice) -> Answer:
    """The list of exercises, one of them, or a graded answer. Exit 1 where the answer does not pass."""
    from suyuan.verbs.people.contest import check_exercise, exercise, exercises

    if not asked.template:
        rows = exercises()
        listed = [{"id": t.id, "level": t.level, "topic": t.topic, "title": dict(t.title)} for t in rows]
        lines = [[t.id, t.level, one_of(t.title)] for t in rows]
        heads = service.columns("id", "difficulty", "title")
        return Answer({"exercises": listed}, lambda page: page.table(heads, lines, (1,)))
    known = [t.id for t in exercises()]
    if asked.template not in known:
        raise Refused(finding("cli.practice.template", asked.template, given=asked.template[:40],
                              known=", ".join(known)))  # fmt: skip
    if asked.answer is None:
        task = exercise(asked.template, asked.number).to_json()
        return Answer({"template": asked.template, "number": asked.number, "task": task},
                      lambda page: _task(page, asked, task))  # fmt: skip
    with reading.about(asked.answer):
        graded = check_exercise(asked.template, asked.number, reading.read_object(asked.answer))
    missed = () if graded.passed else (finding("cli.practice.missed", str(asked.answer), mark=f"{graded.mark:.0f}"),)
    told = tuple(reading.in_file(item, asked.answer) for item in graded.findings)
    return Answer({"number": asked.number, **graded.to_json()}, lambda page: _graded(page, graded), (*missed, *told))


def _task(page: Page, asked: Practice, task: dict[str, Any]) -> None:
    page.title(f"{one_of(task['title'])}  {asked.template} {asked.number}")
    page.text(one_of(task["text"]))
    page.table(service.columns("symbol", "title", "unit", "given", "readings"), map(_given, task["given"]))
    choices = ", ".join(f"{choice['id']} ({one_of(choice)})" for choice in task["choices"])
    page.facts((
        (term("practice.asks"), ", ".join(task["asks"])), (term("column.unit"), task["unit"]),
        (term("practice.k"), task["k_rule"]), (term("practice.choices"), choices),
        (term("part.extra"), one_of(task["extra"])),
    ))  # fmt: skip
    page.text(term("practice.form", template=asked.template, number=asked.number), "dim")


def _given(given: dict[str, Any]) -> list[object]:
    """An input as it is given: every number of it, and its readings row by row."""
    apart = ("name", "kind", "label", "unit", "rows", "columns")
    told = [f"{name} = {value}" for name, value in given.items() if name not in apart]
    heads = " ".join(given.get("columns", ()))
    readings = "; ".join(" ".join(row) for row in given.get("rows", ()))
    named = f"{heads}: {readings}" if heads and readings else readings
    return [given["name"], one_of(given["label"]), given["unit"], ", ".join(told), named]


def _graded(page: Page, graded: ItemGrade) -> None:
    truth, unit = graded.variant.truth, behind(graded.variant.template.unit)
    style = "green" if graded.passed else "bold red"
    page.text(term("practice.passed" if graded.passed else "practice.failed", mark=f"{graded.mark:.0f}"), style)
    page.table(service.columns("part", "share"), [
        [term(f"part.{name}"), "—" if share is None else f"{100 * share:.0f} %"] for name, share in graded.parts.items()
    ], (1,))  # fmt: skip
    page.facts((
        ("E_n", service.number(graded.En, 3)), ("ζ", service.number(graded.zeta, 3)),
        (term("practice.ratio"), service.number(graded.U_ratio, 3)),
        (term("practice.right"), f"{truth.value:.6g}{unit}, U = {truth.U:.3g}{unit}, k = {truth.k:.3g}"),
        (term("practice.true"), f"{truth.true:.6g}{unit}"),
    ))  # fmt: skip
    if graded.slips:
        page.title(term("practice.slips"))
        page.findings(graded.slips)
