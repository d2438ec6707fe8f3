"""The appendices of a comparison report: what was received and what happened, so that all of it can be recomputed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from suyuan.comparison.round.evaluation import Evaluation
from suyuan.comparison.round.events import Event
from suyuan.comparison.round.report import Report
from suyuan.comparison.round.standing import Correction, Standing, received
from suyuan.comparison.round.submission import BudgetLine, Reported, Submission
from suyuan.quantity.notation import MINUS, number
from suyuan.report.comparison.round import Names, moment, person, same, term, word_or
from suyuan.report.papers.document import Block, Cell, Facts, Findings, Number, Paragraph, Table, Text

ON_PAPER = 600
"""Rows of a table beyond which paper bears none of it: the workbook, the JSON and the XML have all."""
MOST_LINES = 10_000
"""Lines of budgets that a workbook takes; beyond, they stand in the submissions of the JSON and the XML."""
SHOWN = 160
"""Characters of an event's content that paper shows; its digest covers all of it."""


OF_THE_CLOCK = ("closed", "revealed")
"""Kinds of events that nobody causes: their hour comes."""


def written(value: float | None, text: str = "") -> Cell:
    """A number as it was reported, else its shortest digits; the word where it is not stated."""
    if value is None:
        return term("none.not_stated")
    return Number(text.replace("-", MINUS) if text else number(value) or "", value)


def submissions(where: Standing, evaluations: Sequence[Evaluation], names: Names, note: Sequence[Text]) -> Table:
    """Every result with the digits that were received, a repeated measurement with its own day, a corrected result
    below the one that it replaces, and the digest that its submission was committed with."""
    opened = {code: received(where, code) for code in where.members}
    rows: list[tuple[Cell, ...]] = []
    for e in evaluations:
        for code, (first, last) in opened.items():
            said = first or last
            if said is not None:
                found, digest = _received(first, last, e.measurand.id), said.digest
            elif code in e.inputs.labs:  # a copy without the documents of others
                i = e.inputs.labs.index(code)
                changes = [c for c in where.corrections if (c.member, c.measurand) == (code, e.measurand.id)]
                found, digest = _from_inputs(e, i, changes), e.inputs.digests[i]
            else:
                continue
            rows += [
                (names.full(code), e.measurand.id, term(f"submitted.{state}"), *numbers,
                 unit or e.measurand.unit, day.isoformat() if day else term("none.not_stated"), digest[:16])
                for state, numbers, unit, day in found
            ]  # fmt: skip
    heads = (
        term("word.laboratory"), term("word.measurand"), term("word.state"), *(term(f"head.{key}") for key in NUMBERS),
        *(term(f"word.{key}") for key in ("unit", "measured", "event_digest")),
    )  # fmt: skip
    return on_paper(
        Table(term("caption.submissions"), heads, tuple(rows), "lllrrrrrlll", tuple(note), "submissions", size="small")
    )


NUMBERS = ("value", "U", "k", "u", "dof")
MEAN_DIGITS = 8
"""Digits of a mean, which nobody reported."""
Row = tuple[str, tuple[Cell, ...], str, date | None]
"""Of a result: received or corrected, its numbers, its unit where it has its own, its day."""


def _received(first: Submission | None, last: Submission | None, measurand: str) -> Iterator[Row]:
    """The results of a submission as received, each followed by what it was corrected to."""
    before, after = (
        [r for r in read.results if r.measurand == measurand] if read else [] for read in (first, last)
    )  # fmt: skip
    if len(before) != len(after):  # one of the two cannot be read
        yield from (_row("received", r) for r in before)
        yield from (_row("corrected", r) for r in after)
        return
    for one, other in zip(before, after, strict=True):
        yield _row("received", one)
        if (one.text, one.measured) != (other.text, other.measured):
            yield _row("corrected", other)


def _row(state: str, result: Reported) -> Row:
    return state, _numbers(result.text), result.text.get("unit", ""), result.measured


def _numbers(text: Mapping[str, str]) -> tuple[Cell, ...]:
    """U or u is shown only where it was stated, not where it follows from the other."""
    return tuple(_digits(text[key]) if text.get(key) else written(None) for key in NUMBERS)


def _digits(text: str) -> Number:
    """A number as it was typed, also where it was typed so that no spreadsheet takes it for one."""
    try:
        value: float | None = float(text.replace(MINUS, "-"))
    except ValueError:
        value = None
    return Number(text.replace("-", MINUS), value)


def _from_inputs(e: Evaluation, i: int, changes: Sequence[Correction]) -> Iterator[Row]:
    """A result as it was evaluated; of a pilot's repeated measurements such a copy knows values and days, or, where
    they bear no day, their mean alone."""
    given, text = e.inputs, e.inputs.text[i]
    state = "corrected" if changes else "received"
    if text:
        if changes:
            before = {**text, **{c.field: c.old for c in reversed(changes)}}
            then = next((c.old for c in changes if c.field == "measured"), "")
            first = date.fromisoformat(then) if then else given.measured[i]
            yield "received", _numbers(before), text.get("unit", ""), first
        yield state, _numbers(text), text.get("unit", ""), given.measured[i]
    elif given.labs[i] == given.pilot and given.pilot_days:
        rest: tuple[Cell, ...] = (term("none.withheld"),) * (len(NUMBERS) - 1)
        for day, value in zip(given.pilot_days, given.pilot_values, strict=True):
            yield state, (written(float(value)), *rest), "", day
    else:
        of_all = [float(getattr(given, key)[i]) for key in NUMBERS]
        cells = (written(x, number(x, MEAN_DIGITS) or "") if math.isfinite(x) else written(None) for x in of_all)
        yield "mean", tuple(cells), "", given.measured[i]


def budgets(received: Mapping[str, Submission], names: Names, note: Sequence[Text]) -> Iterator[Block]:
    """All contributions of all results, in the unit of the measurand, largest first within each."""
    rows: list[tuple[Cell, ...]] = []
    for code, submission in received.items():
        for r in submission.results:
            lines = sorted(r.budget, key=lambda line: -abs(line.sensitivity * line.u))
            rows += [(names.full(code), r.measurand, *_line(line, r.factor, names)) for line in lines]
    if not rows:
        yield Paragraph(term("text.no_budgets"))
        return
    if len(rows) > MOST_LINES:
        yield Paragraph(term("text.budgets_many", n=len(rows)))
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
    yield on_paper(
        Table(term("caption.budgets"), heads, tuple(rows), "lllrrrrll", tuple(note), "budgets", size="small")
    )


def _line(line: BudgetLine, factor: float, names: Names) -> tuple[Cell, ...]:
    share = abs(line.sensitivity * line.u) * factor
    certified = " ".join(filter(None, (line.issuer, line.certificate, line.place)))
    hidden = names.blind and certified
    return (
        same(line.name),
        Number(number(line.u, 4) or "", line.u),
        Number(number(line.sensitivity, 4) or "", line.sensitivity),
        Number(number(share, 3) or "", share),
        same("∞") if line.dof is None else written(line.dof),
        word_or(f"distribution.{line.distribution}", line.distribution),
        term("none.blind") if hidden else same(certified) if certified else term("none.none"),
    )


def events(report: Report, names: Names, note: Sequence[Text]) -> Iterator[Block]:
    """The chain of events with digests, and whether it proves anything; what was revealed stands in the appendix of
    submissions."""
    happened = report.events
    told = tuple(f for f in report.findings if f.code == "comparison.report.reconstructed")
    if told:
        yield Findings(told)
    keys = ["time", "event", "laboratory", "person", "content", "event_digest"]
    rows: list[tuple[Cell, ...]] = []
    unsaid = names.blind or not any(event.person for event in happened)
    for event in happened:
        clock = event.kind in OF_THE_CLOCK and not event.person
        who: list[Cell] = [term("word.clock") if clock else person(event.person)]
        rows.append((
            moment(event.time), word_or(f"event.{event.kind}", event.kind), event.member or term("none.none"),
            *([] if unsaid else who), _content(event), event.digest[:16],
        ))  # fmt: skip
    if unsaid:
        keys.remove("person")
    heads = tuple(term(f"word.{key}") for key in keys)
    yield on_paper(Table(term("caption.events"), heads, tuple(rows), "l" * len(keys), tuple(note), "events",
                         size="small"))  # fmt: skip


_DIGEST = re.compile(r"[0-9a-f]{64}")


def _content(event: Event) -> str:
    content = {k: v for k, v in event.content.items() if k not in ("document", "nonce")}
    texts = [f"{key}: {v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)}" for key, v in content.items()]
    text = _DIGEST.sub(lambda digest: digest[0][:16] + "…", "; ".join(texts))
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def recompute(report: Report) -> Iterator[Block]:
    """What is needed to compute the report again, and the command that does."""
    rule = report.protocol.reference
    yield Paragraph(term("text.recompute"))
    yield Facts((
        (term("word.method"), word_or(f"method.{rule.method}", rule.method)),
        (term("fact.constants"), term(f"constants.{rule.constants}")),
        (term("fact.draws"), f"{rule.draws}, {rule.seed}"),
        (term("fact.software"), report.software),
        (term("word.digest"), report.protocol_digest or report.protocol.digest or term("none.unknown")),
        (term("fact.rerun"), "suyuan compare rerun REPORT.json"),
    ))  # fmt: skip
    heads = (term("word.measurand"), term("word.name"), term("fact.results"), term("fact.inputs"))
    rows = tuple((e.measurand.id, e.measurand.name, str(e.inputs.n), e.digest) for e in report.evaluations)
    yield Table(term("caption.digests_of_inputs"), heads, rows, "llrl", sheet="inputs")


def on_paper(table: Table) -> Table:
    """A table as it is, or kept off the page where it is too long for one."""
    return table if len(table.rows) <= ON_PAPER else replace(table, only_sheet=True)
