"""Tests of accuracy in a quality report: RATA, QAL2 and AST against their limits, and when the next is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from suyuan.carbon.words import word
from suyuan.report.carbon.told import heads, number, term, unknown
from suyuan.report.papers.document import Cell, Table, Text, Word
from suyuan.verbs.carbon.accuracy import Accuracy

MARKS = {"yearly": "good", "half-yearly": "warn", "passed": "good", "failed": "bad", "unjudged": "warn"}


def accuracy_table(tests: Sequence[Accuracy], day: date) -> Table:
    """The tests of all channels. day: of the paper; one that is due by then is marked."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (one.stack, word("channel", one.role), word("test", one.kind), one.day.isoformat(), _judged(one),
         number(one.value, 2), number(one.limit, 2),
         Word(term(f"outcome.{one.outcome}"), MARKS[one.outcome]),  # type: ignore[arg-type]
         number(one.baf, 3) if one.kind == "rata" else {}, _until(one, day))
        for one in tests
    )  # fmt: skip
    columns = heads("stack", "channel", "test", "day", "judged", "accuracy", "accuracy_limit", "verdict", "baf",
                    "next_test")  # fmt: skip
    notes = (term("note.accuracy"),)
    return Table(term("table.accuracy"), columns, rows, "lllllrrlrl", notes, "accuracy", size="small")


def _judged(one: Accuracy) -> Text:
    """What is judged, with its unit."""
    return {language: f"{text} / {one.unit}" for language, text in term(f"measure.{one.measure}").items()}


def _until(one: Accuracy, day: date) -> Cell:
    if one.until is None:
        return unknown()
    return Word({"": one.until.isoformat()}, "bad" if one.due(day) else "")
