"""The appendices of a comparison report: what was received and what happened, so that all of it can be recomputed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from suyuan.comparison.round.events import Event
from suyuan.comparison.round.protocol import Protocol
from suyuan.comparison.round.submission import BudgetLine, Reported, Submission
from suyuan.quantity.notation import MINUS, number
from suyuan.report.comparison_round import Names, same, term, word_or
from suyuan.report.document import Block, Cell, Number, Paragraph, Table, Text

ON_PAPER = 600
"""Rows of a table beyond which paper bears none of it: the workbook, the JSON and the XML have all."""
SHOWN = 160
"""Characters of an event's content that paper shows; its digest covers all of it."""


def written(value: float | None, text: str = "") -> Cell:
    """A number as it was reported, else its shortest digits; the word where it is not stated."""
    if value is None:
        return term("none.not_stated")
    return Number(text.replace("-", MINUS) if text else number(value) or "", value)


def submissions(
    protocol: Protocol, received: Mapping[str, Submission], names: Names, note: Sequence[Text]
) -> Iterator[Block]:
    """Every result with the digits that were reported, and the digest that each submission was committed with."""
    rows: list[tuple[Cell, ...]] = []
    for code, submission in received.items():
        for r in submission.results:
            measurand = protocol.measurand(r.measurand)
            unit = r.text.get("unit") or (measurand.unit if measurand else "")
            rows.append((names.full(code), r.measurand, *_result(r), unit, _day(r), same(r.remark or "")))
    keys = ("laboratory", "measurand")
    heads = (
        *(term(f"word.{key}") for key in keys),
        *(term(f"head.{key}") for key in ("value", "U", "k", "u", "dof")),
        *(term(f"word.{key}") for key in ("unit", "measured", "remark")),
    )
    yield on_paper(Table(term("caption.submissions"), heads, tuple(rows), "llrrrrrlll", tuple(note), "submissions"))
    yield Table(
        term("caption.digests"),
        (term("word.laboratory"), term("word.measured_by"), term("word.file"), term("word.event_digest")),
        tuple(row for code, s in received.items() for row in _digests(code, s, names)),
        "llll",
        sheet="digests",
    )


def _result(r: Reported) -> Iterator[Cell]:
    for key in ("value", "U", "k", "u", "dof"):
        yield written(getattr(r, key), r.text.get(key, ""))


def _day(r: Reported) -> Cell:
    return r.measured.isoformat() if r.measured else term("none.not_stated")


def _digests(code: str, submission: Submission, names: Names) -> Iterator[tuple[Cell, ...]]:
    who = term("none.blind") if names.blind else same(submission.measured_by)
    yield names.full(code), who, term("word.submission"), submission.digest or term("none.unknown")
    for file in submission.files:
        hidden = names.blind  # a file's name often is that of the laboratory
        yield names.full(code), who, term("none.blind") if hidden else file.name, file.digest


def budgets(
    protocol: Protocol, received: Mapping[str, Submission], names: Names, note: Sequence[Text]
) -> Iterator[Block]:
    """All contributions of all results, in the unit of the measurand, largest first within each."""
    rows: list[tuple[Cell, ...]] = []
    for code, submission in received.items():
        for r in submission.results:
            lines = sorted(r.budget, key=lambda line: -abs(line.sensitivity * line.u))
            rows += [(names.full(code), r.measurand, *_line(line, r.factor, names)) for line in lines]
    if not rows:
        yield Paragraph(term("text.no_budgets"))
        return
    heads = (
        term("word.laboratory"),
        term("word.measurand"),
        term("word.name"),
        term("head.u_input"),
        term("word.sensitivity"),
        term("head.contribution"),
        term("head.dof"),
        term("word.distribution"),
        term("word.source"),
    )
    yield on_paper(Table(term("caption.budgets"), heads, tuple(rows), "lllrrrrll", tuple(note), "budgets"))


def _line(line: BudgetLine, factor: float, names: Names) -> tuple[Cell, ...]:
    share = abs(line.sensitivity * line.u) * factor
    certified = " ".join(filter(None, (line.issuer, line.certificate, line.place)))
    hidden = names.blind and certified
    return (
        same(line.name),
        Number(number(line.u, 4) or "", line.u),
        Number(number(line.sensitivity, 4) or "", line.sensitivity),
        Number(number(share, 3) or "", share),
        term("none.infinite") if line.dof is None else written(line.dof),
        word_or(f"distribution.{line.distribution}", line.distribution),
        term("none.blind") if hidden else same(certified) if certified else term("none.none"),
    )


def events(happened: Sequence[Event], names: Names, note: Sequence[Text]) -> Iterator[Block]:
    """The chain of events with digests; what was revealed is in the appendix before, its digest here."""
    rows = tuple(
        (
            event.time.isoformat(" ", "seconds"),
            word_or(f"event.{event.kind}", event.kind),
            names.full(event.member) if event.member else term("none.none"),
            _person(event, names),
            _content(event),
            event.digest[:16],
        )
        for event in happened
    )
    heads = tuple(term(f"word.{key}") for key in ("time", "event", "laboratory", "person", "content", "event_digest"))
    yield on_paper(Table(term("caption.events"), heads, rows, "llllll", tuple(note), "events"))


def _person(event: Event, names: Names) -> Cell:
    if not event.person:
        return term("word.clock")
    return term("none.blind") if names.blind else event.person


def _content(event: Event) -> str:
    content = {k: v for k, v in event.content.items() if k not in ("document", "nonce")}
    texts = [f"{key}: {v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)}" for key, v in content.items()]
    text = "; ".join(texts)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def on_paper(table: Table) -> Table:
    """A table as it is, or kept off the page where it is too long for one."""
    return table if len(table.rows) <= ON_PAPER else replace(table, only_sheet=True)
